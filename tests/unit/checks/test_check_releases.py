"""The release before the live one can be put back, and documents are at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from example_alarms import ACCOUNT, FUNCTION, TOPIC, arn, composite_alarm, error_rate_alarm

from compliance.checks.rollback import releases_can_be_put_back
from compliance.checks.technical_docs import (
    api_documentation_is_published,
    critical_alarms_link_to_a_runbook,
)
from compliance.facts.alarms import Alarm
from compliance.facts.apis import RestStage
from compliance.facts.buckets import BucketVersioning
from compliance.facts.functions import Function, FunctionAlias, PublishedVersion
from compliance.model import Verdict

ARN = FUNCTION.arn
RUNNING = replace(FUNCTION, code_sha256="new")
OLD, NEW = PublishedVersion(ARN, 1, "old"), PublishedVersion(ARN, 2, "new")
STAGE = RestStage("arn:stage", "r1", "shop", "prod", documentation_version="7")


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


def back(
    *versions: PublishedVersion,
    live: Sequence[str] = (),
    bucket: BucketVersioning | None = None,
    functions: Sequence[Function] = (RUNNING,),
) -> Verdict:
    aliases = [FunctionAlias(ARN, "live", tuple(live))] if live else []
    buckets = [bucket] if bucket else []
    return releases_can_be_put_back(
        functions, buckets, versions, aliases, artifact_bucket="artifacts"
    )


def test_a_version_before_the_live_one_holds() -> None:
    assert back(OLD, NEW).offenders == ()
    assert back(OLD, NEW, live=["2"]).offenders == ()
    assert back(OLD, NEW, live=["1", "2"]).offenders == ()


def test_without_a_version_before_the_live_one_there_is_no_way_back() -> None:
    for verdict in (back(), back(NEW), back(NEW, live=["2"]), back(OLD, NEW, live=["1"])):
        [offender] = verdict.offenders
        assert offender.key == (ARN, "no-previous-version")
        assert "published_versions" in offender.absent_from


def test_an_alias_of_what_is_not_published_is_no_version() -> None:
    assert back(OLD, live=["$LATEST"]).offenders == ()
    assert keys(back(NEW, live=["$LATEST"])) == [(ARN, "no-previous-version")]


def test_artifacts_that_keep_versions_are_enough() -> None:
    kept = BucketVersioning("arn:aws:s3:::artifacts", "Enabled")
    assert back(bucket=kept).offenders == ()
    for other in (
        replace(kept, status="Suspended"),
        replace(kept, status=None),
        replace(kept, bucket_arn="arn:aws:s3:::other-artifacts"),
    ):
        assert keys(back(bucket=other)) == [(ARN, "no-previous-version")]


def test_a_container_image_goes_back_by_its_versions_alone() -> None:
    kept = BucketVersioning("arn:aws:s3:::artifacts", "Enabled")
    image = replace(RUNNING, package_type="Image")
    zipped = replace(RUNNING, arn=f"{ARN}-zipped")
    assert keys(back(bucket=kept, functions=[image, zipped])) == [(ARN, "no-previous-version")]
    assert back(OLD, NEW, bucket=kept, functions=[image, zipped]).offenders == ()


def test_without_functions_there_is_nothing_to_put_back() -> None:
    edge = replace(FUNCTION, master_arn="arn:master")
    assert back(functions=[]).inapplicable
    assert back(functions=[edge]).inapplicable


def runbooks(*alarms: Alarm) -> Verdict:
    return critical_alarms_link_to_a_runbook(alarms, topic=TOPIC, link="https://")


def test_a_link_in_the_description_holds() -> None:
    said = "Too slow. See https://runbooks.example/latency"
    alarms = (error_rate_alarm(description=said), composite_alarm("ALARM(x)", description=said))
    assert runbooks(*alarms).offenders == ()


def test_a_critical_alarm_without_a_link_fails_muted_or_not() -> None:
    alarms = (error_rate_alarm(actions_enabled=False), composite_alarm("ALARM(x)"))
    assert keys(runbooks(*alarms)) == [
        (arn("all"), "no-runbook"),
        (arn("the-alarm"), "no-runbook"),
    ]


def test_a_description_without_a_link_is_not_enough() -> None:
    assert keys(runbooks(error_rate_alarm(description="Too slow. Ask the devops lead."))) == [
        (arn("the-alarm"), "no-runbook")
    ]


def test_an_alarm_that_does_not_tell_the_alert_topic_is_not_critical() -> None:
    other = f"arn:aws:sns:us-east-1:{ACCOUNT}:reports"
    assert runbooks(error_rate_alarm(actions=(other,))).inapplicable


def test_each_production_stage_publishes_its_documentation() -> None:
    def published(*stages: RestStage) -> Verdict:
        return api_documentation_is_published(stages, production_stages=["prod"])

    bare = replace(STAGE, documentation_version=None)
    assert published(STAGE).offenders == ()
    assert keys(published(bare)) == [("arn:stage", "not-documented")]
    assert published(replace(bare, name="test")).inapplicable
