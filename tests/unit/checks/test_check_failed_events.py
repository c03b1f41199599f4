"""What functions fail on is kept where it can be replayed, and not tried again for ever."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import replace

import pytest
from example_alarms import ACCOUNT, FUNCTION, IDENTITY, TOPIC, TOPICS

from compliance.checks.lambda_errors import failed_events_are_kept, retries_stay_within_bounds
from compliance.facts.buckets import Bucket
from compliance.facts.event_sources import (
    AsynchronousFunction,
    EventBus,
    EventInvokeConfig,
    EventSourceMapping,
    Queue,
)
from compliance.facts.functions import Function
from compliance.model import Verdict

ARN = FUNCTION.arn
CALLED = AsynchronousFunction(ARN, "its policy admits s3")
FAILURES = f"arn:aws:sqs:us-east-1:{ACCOUNT}:failures"
SOURCE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:source"
BUS = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/failures"
CONFIG = EventInvokeConfig(ARN, "$LATEST", 2, 3600, FAILURES)
_MAPPING = f"arn:aws:lambda:us-east-1:{ACCOUNT}:event-source-mapping:"
STREAM = EventSourceMapping(
    f"{_MAPPING}m",
    "m",
    ARN,
    "stream",
    f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s",
    on_failure_arn=FAILURES,
    retries=3,
    age_seconds=600,
)
POLLED = EventSourceMapping(f"{_MAPPING}q", "q", ARN, "queue", SOURCE)


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


def kept(
    *configs: EventInvokeConfig,
    called: Sequence[AsynchronousFunction] = (CALLED,),
    functions: Sequence[Function] = (FUNCTION,),
    mappings: Sequence[EventSourceMapping] = (),
    queues: Sequence[Queue] = (Queue(FAILURES),),
) -> Verdict:
    return failed_events_are_kept(
        functions,
        called,
        configs,
        mappings,
        queues,
        TOPICS,
        [EventBus(BUS)],
        [Bucket("arn:aws:s3:::failures", "failures", "us-east-1")],
        IDENTITY,
    )


def test_a_destination_for_failures_or_a_dead_letter_queue_holds() -> None:
    assert kept(CONFIG).offenders == ()
    assert kept(functions=[replace(FUNCTION, dead_letter_arn=FAILURES)]).offenders == ()


def test_an_asynchronous_function_without_either_fails_by_absence() -> None:
    [offender] = kept().offenders
    assert offender.key == (ARN, "no-failure-target")
    assert "its policy admits s3" in offender.observed
    assert offender.absent_from == ("event_invoke_configs",)


def test_an_alias_with_settings_of_its_own_needs_a_destination_of_its_own() -> None:
    [offender] = kept(CONFIG, replace(CONFIG, qualifier="live", on_failure_arn=None)).offenders
    assert offender.key == (ARN, "no-failure-target")
    assert "for live" in offender.observed
    assert offender.absent_from == ()


def test_a_function_that_only_answers_callers_needs_none() -> None:
    assert kept(called=[]).inapplicable


@pytest.mark.parametrize(
    "target", [FAILURES, TOPIC, ARN, f"{ARN}:live", BUS, "arn:aws:s3:::failures", "kafka://failed"]
)
def test_every_kind_of_target_that_is_there_holds(target: str) -> None:
    assert kept(replace(CONFIG, on_failure_arn=target)).offenders == ()


@pytest.mark.parametrize(
    ("target", "fact"),
    [
        (f"{FAILURES}2", "queues"),
        (f"{TOPIC}2", "topics"),
        (f"{ARN}2", "functions"),
        (f"{BUS}2", "event_buses"),
        ("arn:aws:s3:::failures2", "buckets"),
    ],
)
def test_a_target_that_is_gone_fails_by_absence(target: str, fact: str) -> None:
    [offender] = kept(replace(CONFIG, on_failure_arn=target)).offenders
    assert offender.key == (ARN, "target-gone")
    assert offender.absent_from == (fact,)
    dead = kept(functions=[replace(FUNCTION, dead_letter_arn=target)])
    assert keys(dead) == [(ARN, "target-gone")]


def test_a_target_of_another_account_counts_as_there() -> None:
    elsewhere = f"{FAILURES}2".replace(ACCOUNT, "999999999999")
    assert kept(replace(CONFIG, on_failure_arn=elsewhere)).offenders == ()


def test_a_queue_needs_a_redrive_policy_to_a_queue_that_exists() -> None:
    def polled(*queues: Queue) -> list[tuple[str, str]]:
        return keys(kept(called=[], mappings=[POLLED], queues=queues))

    assert polled(Queue(SOURCE, FAILURES, 5), Queue(FAILURES)) == []
    assert polled(Queue(SOURCE)) == [(POLLED.arn, "no-redrive")]
    assert polled(Queue(SOURCE, FAILURES, 5)) == [(POLLED.arn, "target-gone")]
    assert polled() == []


def test_a_stream_and_a_kafka_topic_need_a_destination() -> None:
    bare = replace(STREAM, on_failure_arn=None)
    assert kept(called=[], mappings=[STREAM]).offenders == ()
    for source in (bare, replace(bare, source="kafka", source_arn=None)):
        assert keys(kept(called=[], mappings=[source])) == [(STREAM.arn, "no-failure-target")]


def test_brokers_databases_and_mappings_that_are_off_are_not_judged() -> None:
    bare = replace(STREAM, on_failure_arn=None)
    for mapping in (replace(bare, source="other"), replace(bare, enabled=False)):
        assert kept(called=[], mappings=[mapping]).inapplicable


def retried(
    *configs: EventInvokeConfig,
    called: Sequence[AsynchronousFunction] = (CALLED,),
    mappings: Sequence[EventSourceMapping] = (),
    queues: Sequence[Queue] = (),
    age: int = 3600,
) -> Verdict:
    return retries_stay_within_bounds(
        [FUNCTION],
        called,
        configs,
        mappings,
        queues,
        events={"retries": 2, "age_seconds": age},
        streams={"retries": 10, "age_seconds": 86400},
        most_receives=10,
    )


def test_settings_within_bounds_hold() -> None:
    assert retried(CONFIG, mappings=[STREAM]).offenders == ()
    assert retried(called=[]).inapplicable


def test_more_retries_or_older_events_fail_for_each_qualifier() -> None:
    assert keys(retried(replace(CONFIG, retries=3))) == [(ARN, "too-many-retries")]
    late = replace(CONFIG, qualifier="live", age_seconds=3601)
    assert keys(retried(CONFIG, late)) == [(ARN, "retried-too-long")]


def test_where_nothing_is_set_the_defaults_of_aws_are_judged() -> None:
    [offender] = retried().offenders
    assert offender.key == (ARN, "retried-too-long")
    assert offender.absent_from == ("event_invoke_configs",)
    assert retried(age=21_600).offenders == ()
    assert keys(retried(replace(CONFIG, age_seconds=None))) == [(ARN, "retried-too-long")]


def test_a_stream_that_is_retried_without_end_fails() -> None:
    for retries, age in ((None, None), (-1, -1)):
        endless = replace(STREAM, retries=retries, age_seconds=age)
        assert keys(retried(called=[], mappings=[endless])) == [
            (STREAM.arn, "retried-too-long"),
            (STREAM.arn, "too-many-retries"),
        ]


def test_a_kafka_topic_is_judged_by_what_it_sets() -> None:
    kafka = replace(STREAM, source="kafka", retries=None, age_seconds=None)
    assert retried(called=[], mappings=[kafka]).offenders == ()
    assert keys(retried(called=[], mappings=[replace(kafka, retries=11)])) == [
        (STREAM.arn, "too-many-retries")
    ]


def test_a_queue_is_judged_by_its_redrive_policy() -> None:
    def polled(receives: int | None) -> list[tuple[str, str]]:
        queues = [Queue(SOURCE, FAILURES, receives)]
        return keys(retried(called=[], mappings=[POLLED], queues=queues))

    assert polled(10) == polled(None) == []
    assert polled(11) == [(POLLED.arn, "too-many-retries")]


# --- commands


def _fixes(verdict: Verdict) -> list[str]:
    return [str(offender.fix) for offender in verdict.offenders]


def test_the_command_looks_at_what_loses_events() -> None:
    lost = kept(mappings=[replace(STREAM, on_failure_arn=None)])
    assert _fixes(lost) == [
        "aws lambda get-event-source-mapping --uuid m --region us-east-1",
        (
            f"aws lambda list-function-event-invoke-configs --function-name {FUNCTION.name}"
            " --region us-east-1"
        ),
    ]


def test_the_command_lowers_what_is_too_high_and_raises_nothing() -> None:
    own = EventInvokeConfig(ARN, "live", 1, 21_600)
    assert _fixes(retried(own)) == [
        (
            f"aws lambda update-function-event-invoke-config --function-name {ARN} --qualifier live"
            " --maximum-retry-attempts 1 --maximum-event-age-in-seconds 3600 --region us-east-1"
        )
    ]


def test_where_nothing_is_set_the_command_puts_both() -> None:
    [fix] = _fixes(retried())
    assert fix.startswith(
        f"aws lambda put-function-event-invoke-config --function-name {ARN} --max"
    )


def test_the_command_limits_the_retries_of_a_stream() -> None:
    endless = replace(STREAM, retries=-1, age_seconds=-1)
    assert _fixes(retried(called=[], mappings=[endless])) == [
        (
            "aws lambda update-event-source-mapping --uuid m --maximum-record-age-in-seconds 86400"
            " --region us-east-1"
        ),
        (
            "aws lambda update-event-source-mapping --uuid m --maximum-retry-attempts 10"
            " --region us-east-1"
        ),
    ]


def test_the_command_gives_a_queue_up_earlier_to_the_same_dead_letters() -> None:
    queue = Queue(SOURCE, FAILURES, 99)
    [fix] = _fixes(retried(called=[], mappings=[POLLED], queues=[queue]))
    words = shlex.split(fix)
    attributes = json.loads(words[words.index("--attributes") + 1])
    policy = {"deadLetterTargetArn": FAILURES, "maxReceiveCount": 10}
    assert json.loads(attributes["RedrivePolicy"]) == policy
    assert "sqs get-queue-url --queue-name source" in fix
