"""Amazon Bedrock: whether the model is really used, and answers."""

from __future__ import annotations

from collections.abc import Sequence

from compliance.facts.levels import ModelLevels
from compliance.levels import percent, share
from compliance.model import Offender, Verdict, plural
from compliance.registry import check


@check
def model_answers_real_calls(
    model_levels: Sequence[ModelLevels], *, model: str, days: int, error_percent: float
) -> Verdict:
    """The model was invoked in the last `days`, directly or by an inference profile, and answered.

    Nothing is invoked to find out. AWS's pages differ on whether Invocations counts those that
    failed: failures are held against it, and against themselves where they are more. Throttled
    invocations are in neither.

    Source: https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-runtime-metrics.html
    """
    name = f"model:{model}"
    invocations = sum(each.invocations for each in model_levels)
    errors = {
        "client": sum(each.client_errors for each in model_levels),
        "server": sum(each.server_errors for each in model_levels),
    }
    failed = sum(errors.values())
    calls = max(invocations, failed)
    window = plural(days, "day")
    offenders = [
        Offender(
            name,
            f"too-many-{kind}-errors",
            f"{percent(share(count, calls))} of {calls:,.0f} invocations were {kind} errors",
            f"at most {error_percent:g} % in the last {window}",
            absent_from=("model_levels",),
        )
        for kind, count in errors.items()
        if share(count, calls) > error_percent
    ]
    if not invocations:
        offenders.append(
            Offender(
                name,
                "not-invoked",
                "no invocation by its id or by an inference profile",
                f"at least one in the last {window}",
                absent_from=("model_levels",),
            )
        )
    return Verdict.of(
        "model",
        [name],
        offenders,
        holds=f"{calls:,.0f} invocations in the last {window}, {percent(share(failed, calls))} "
        "of them failed",
    )
