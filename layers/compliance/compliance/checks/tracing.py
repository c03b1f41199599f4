"""X-Ray: requests that are traced from the gateway to the last step."""

from __future__ import annotations

from collections.abc import Sequence

from compliance.checks.aws_lambda import own, untraced
from compliance.facts.apis import RestStage
from compliance.facts.functions import Function
from compliance.facts.state_machines import StateMachine
from compliance.model import Offender, Verdict
from compliance.registry import check


@check(alone=True)
def requests_are_traced_all_the_way(
    functions: Sequence[Function],
    rest_stages: Sequence[RestStage],
    state_machines: Sequence[StateMachine],
    *,
    production_stages: Sequence[str],
) -> Verdict:
    """Each function, production stage of a REST API and state machine records its part of a trace.

    HTTP and WebSocket APIs cannot trace, nor can edge replicas.

    Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-services-apigateway.html
    """
    judged = own(functions)
    stages = [stage for stage in rest_stages if stage.name in production_stages]
    resources = [
        *(function.arn for function in judged),
        *(stage.arn for stage in stages),
        *(machine.arn for machine in state_machines),
    ]
    if not resources:
        return Verdict.not_applicable("no function, production stage or state machine to trace")
    return Verdict.of(
        "resource",
        resources,
        (
            *(offender for function in judged for offender in untraced(function)),
            *(
                Offender(
                    stage.arn,
                    "stage-not-traced",
                    f"stage {stage.name} of {stage.api_name} does not trace",
                    "X-Ray tracing on",
                )
                for stage in stages
                if not stage.tracing
            ),
            *(
                Offender(
                    machine.arn,
                    "state-machine-not-traced",
                    "its executions are not traced",
                    "X-Ray tracing on",
                )
                for machine in state_machines
                if not machine.traced
            ),
        ),
        holds="all record their part of a trace",
    )
