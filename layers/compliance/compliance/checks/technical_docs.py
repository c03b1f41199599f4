"""Documents that whoever is woken, or builds on the API, needs at hand."""

from __future__ import annotations

from collections.abc import Sequence

from compliance.facts.alarms import Alarm
from compliance.facts.apis import RestStage
from compliance.model import Offender, Verdict
from compliance.registry import check


@check
def critical_alarms_link_to_a_runbook(alarms: Sequence[Alarm], *, topic: str, link: str) -> Verdict:
    """Each alarm that tells the alert topic has a runbook's link in its description.

    What begins with `link` is one. Muted alarms count: they are critical again once they speak.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
    """
    critical = [alarm for alarm in alarms if topic in alarm.actions]
    if not critical:
        return Verdict.not_applicable("no alarm tells the alert topic")
    return Verdict.of(
        "critical alarm",
        (alarm.arn for alarm in critical),
        (
            Offender(
                alarm.arn,
                "no-runbook",
                "its description links to no runbook",
                f"a link that begins with {link}",
            )
            for alarm in critical
            if link not in alarm.description
        ),
        holds="all link to a runbook",
    )


@check
def api_documentation_is_published(
    rest_stages: Sequence[RestStage], *, production_stages: Sequence[str]
) -> Verdict:
    """Each production stage of a REST API has a documentation version.

    API Gateway publishes a version for a stage, so that one on no stage is a draft.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-documenting-api-quick-start-publishing.html
    """
    stages = [stage for stage in rest_stages if stage.name in production_stages]
    if not stages:
        return Verdict.not_applicable("no production stage of a REST API")
    return Verdict.of(
        "stage",
        (stage.arn for stage in stages),
        (
            Offender(
                stage.arn,
                "not-documented",
                f"no documentation is published for stage {stage.name} of {stage.api_name}",
                "a published documentation version",
            )
            for stage in stages
            if stage.documentation_version is None
        ),
        holds="documentation is published for all",
    )
