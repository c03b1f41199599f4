"""Lambda's error handling: what is kept and tried again, alarms on errors, and logs that last."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from compliance.alarms.alerting import Alerting, Targets
from compliance.alarms.demand import Definition, errors_of
from compliance.alarms.remedies import fixes
from compliance.alarms.watching import Watchers
from compliance.checks.cloudwatch import retention_faults
from compliance.facts.alarms import Alarm
from compliance.facts.buckets import Bucket
from compliance.facts.event_sources import (
    AsynchronousFunction,
    EventBus,
    EventInvokeConfig,
    EventSourceMapping,
    Queue,
)
from compliance.facts.functions import Function
from compliance.facts.logs import LogGroup
from compliance.facts.topics import Subscription, Topic
from compliance.model import Identity, Offender, Verdict
from compliance.registry import check


@check
def function_errors_have_alarms(
    functions: Sequence[Function],
    alarms: Sequence[Alarm],
    topics: Sequence[Topic],
    subscriptions: Sequence[Subscription],
    identity: Identity,
    *,
    definition: Mapping[str, Any],
    trusted_targets: Sequence[str],
    topic: str,
    alert_emails: Sequence[str],
) -> Verdict:
    """Each function's errors are watched by an alarm as defined that wakes somebody.

    As `alarms_watch_the_workload` judges it. An alarm over all functions together does not count:
    one function that always fails hardly moves it.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    if not functions:
        return Verdict.not_applicable("no functions in the region")
    names = frozenset(function.name for function in functions)
    targets = Targets(
        identity.account, identity.region, topics, subscriptions, names, trusted_targets
    )
    watchers = Watchers(alarms, Alerting(alarms, targets))
    fix = fixes(identity.region, topic, alert_emails[0])
    defined = Definition(**definition)
    demands = sorted(map(errors_of, functions), key=lambda demand: demand.name)
    return Verdict.of(
        "demanded alarm",
        (demand.name for demand in demands),
        (o for demand in demands for o in watchers.offenders(demand, defined, fix)),
        holds="all are there as defined, and wake somebody",
        seen=(alarm.arn for alarm in alarms),
    )


@check
def function_logs_are_kept(
    functions: Sequence[Function],
    log_groups: Sequence[LogGroup],
    identity: Identity,
    *,
    minimum: int,
    maximum: int,
) -> Verdict:
    """The log group of each function exists and keeps its events from `minimum` to `maximum` days.

    The group is the one that the function names, else `/aws/lambda/NAME`. One that is not there yet
    fails: Lambda creates it at the first invocation, and then its events never expire.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
    """
    if not functions:
        return Verdict.not_applicable("no functions in the region")
    groups = {group.name: group for group in log_groups}
    users: dict[str, list[str]] = {}
    for function in functions:
        users.setdefault(function.log_group, []).append(function.name)
    offenders: list[Offender] = []
    for name, users_of_it in users.items():
        if name in groups:
            offenders += retention_faults(groups[name], minimum, maximum)
        else:
            offenders.append(
                Offender(
                    _arn(identity, name),
                    "no-log-group",
                    f"it does not exist, and {', '.join(sorted(users_of_it)[:3])} "
                    f"{'logs' if len(users_of_it) == 1 else 'log'} to it",
                    f"a log group that keeps {minimum} to {maximum} days",
                    absent_from=("log_groups",),
                )
            )
    return Verdict.of(
        "log group",
        (groups[name].arn if name in groups else _arn(identity, name) for name in users),
        offenders,
        holds=f"all that functions log to keep their events {minimum} to {maximum} days",
    )


def _arn(identity: Identity, group: str) -> str:
    return f"arn:{identity.partition}:logs:{identity.region}:{identity.account}:log-group:{group}"


@check
def failed_events_are_kept(
    functions: Sequence[Function],
    asynchronous_functions: Sequence[AsynchronousFunction],
    event_invoke_configs: Sequence[EventInvokeConfig],
    event_source_mappings: Sequence[EventSourceMapping],
    queues: Sequence[Queue],
    topics: Sequence[Topic],
    event_buses: Sequence[EventBus],
    buckets: Sequence[Bucket],
    identity: Identity,
) -> Verdict:
    """What a function fails on for good is left in a place that exists.

    A function that gets events asynchronously has a dead-letter queue, or a destination for
    failures wherever it has settings for its name, a version or an alias. A queue that it polls has
    a redrive policy, a stream or a Kafka topic a destination for failures. Message brokers and
    document databases can have none and are not judged, nor are mappings that are switched off. A
    target in another account cannot be looked at and counts as there.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    mappings = [each for each in event_source_mappings if each.enabled and each.source != "other"]
    by_arn = {function.arn: function for function in functions}
    called = [each for each in asynchronous_functions if each.function_arn in by_arn]
    if not called and not mappings:
        return Verdict.not_applicable("no function gets events asynchronously or from a source")
    there = Existing(
        identity,
        {
            "queues": (queue.arn for queue in queues),
            "topics": (topic.arn for topic in topics),
            "functions": by_arn,
            "event_buses": (bus.arn for bus in event_buses),
            "buckets": (bucket.arn for bucket in buckets),
        },
    )
    configs: dict[str, list[EventInvokeConfig]] = {}
    for config in event_invoke_configs:
        configs.setdefault(config.function_arn, []).append(config)
    by_queue = {queue.arn: queue for queue in queues}
    offenders: list[Offender] = []
    for each in called:
        function = by_arn[each.function_arn]
        offenders += _lost(function, each.because, configs.get(function.arn, ()), there)
    for mapping in mappings:
        offenders += _dropped(mapping, by_queue, there)
    return Verdict.of(
        "event source",
        (*(each.function_arn for each in called), *(mapping.arn for mapping in mappings)),
        offenders,
        holds="what fails for good is kept in a place that exists",
    )


def _lost(
    function: Function, because: str, configs: Sequence[EventInvokeConfig], there: Existing
) -> Iterator[Offender]:
    if function.dead_letter_arn:
        yield from there.gone(function.arn, function.dead_letter_arn)
        return
    without = sorted(config.qualifier for config in configs if not config.on_failure_arn)
    if not configs or without:
        of = f" for {', '.join(without[:3])}" if without else ""
        yield Offender(
            function.arn,
            "no-failure-target",
            f"it has no dead-letter queue and no destination for failures{of}, and {because}",
            "a dead-letter queue or a destination for failures",
            absent_from=() if without else ("event_invoke_configs",),
            fix=_look_at(function.arn),
        )
    targets = sorted({config.on_failure_arn for config in configs if config.on_failure_arn})
    for target in targets:
        yield from there.gone(function.arn, target)


def _dropped(
    mapping: EventSourceMapping, queues: Mapping[str, Queue], there: Existing
) -> Iterator[Offender]:
    function = mapping.function_arn.rpartition(":function:")[2]
    source = (mapping.source_arn or "a Kafka cluster").rpartition(":")[2]
    if mapping.source == "queue":
        queue = queues.get(mapping.source_arn or "")
        if queue is None:
            return
        if queue.dead_letter_arn:
            yield from there.gone(mapping.arn, queue.dead_letter_arn)
        else:
            observed = f"{function} polls {source}, which has no redrive policy"
            expected = "a redrive policy on the queue"
            fix = _look_at(mapping.arn)
            yield Offender(mapping.arn, "no-redrive", observed, expected, fix=fix)
    elif mapping.on_failure_arn:
        yield from there.gone(mapping.arn, mapping.on_failure_arn)
    else:
        observed = f"{function} polls {source} without a destination for failures"
        expected = "a destination for failures"
        fix = _look_at(mapping.arn)
        yield Offender(mapping.arn, "no-failure-target", observed, expected, fix=fix)


def _look_at(arn: str) -> str:
    """What a function or a mapping has set: where failures are to go, only its people know."""
    region, kind, name = arn.split(":")[3], *arn.split(":")[5:7]
    if kind == "function":
        asked = f"list-function-event-invoke-configs --function-name {shlex.quote(name)}"
    else:
        asked = f"get-event-source-mapping --uuid {shlex.quote(name)}"
    return f"aws lambda {asked} --region {region}"


class Existing:
    """What is there of the things that failures may be sent to, by the fact that tells."""

    def __init__(self, identity: Identity, seen: Mapping[str, Iterable[str]]) -> None:
        self._seen = {fact: frozenset(arns) for fact, arns in seen.items()}
        self._here = (identity.region, identity.account)

    def gone(self, resource: str, target: str) -> Iterator[Offender]:
        """The offence of a resource whose target does not exist; a bucket's ARN has no account."""
        parts = target.split(":")
        if parts[0] != "arn" or len(parts) < 6:  # noqa: PLR2004 -- a Kafka topic has no ARN
            return
        fact = _TELLS.get(parts[2])
        if fact is None or (fact != "buckets" and tuple(parts[3:5]) != self._here):
            return
        named = ":".join(parts[:7]) if fact == "functions" else target
        if named not in self._seen[fact]:
            yield Offender(
                resource,
                "target-gone",
                f"{target} does not exist",
                "a target that exists",
                absent_from=(fact,),
                fix=_look_at(resource),
            )


_TELLS = {
    "sqs": "queues",
    "sns": "topics",
    "lambda": "functions",
    "events": "event_buses",
    "s3": "buckets",
}
# What Lambda does where nothing is set.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
_DEFAULT_RETRIES = 2
_DEFAULT_AGE_SECONDS = 21_600
_ENDLESS = -1


@check
def retries_stay_within_bounds(
    functions: Sequence[Function],
    asynchronous_functions: Sequence[AsynchronousFunction],
    event_invoke_configs: Sequence[EventInvokeConfig],
    event_source_mappings: Sequence[EventSourceMapping],
    queues: Sequence[Queue],
    *,
    events: Mapping[str, int],
    streams: Mapping[str, int],
    most_receives: int,
) -> Verdict:
    """Failing events and records are tried again as often, and for as long, as the baseline allows.

    Where nothing is set, what AWS does by itself is judged: two retries within six hours for
    events, retries without end for the records of a stream. A version or an alias has settings of
    its own. Of a queue, its redrive policy says how often; without one lambda-errors.dead-letter-
    queues fails. Of a Kafka topic only what it sets is judged.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-retries.html
    """
    mappings = [each for each in event_source_mappings if each.enabled and each.source != "other"]
    known = {function.arn for function in functions}
    called = [each.function_arn for each in asynchronous_functions if each.function_arn in known]
    if not called and not mappings:
        return Verdict.not_applicable("no function gets events asynchronously or from a source")
    configs: dict[str, list[EventInvokeConfig]] = {}
    for config in event_invoke_configs:
        configs.setdefault(config.function_arn, []).append(config)
    by_queue = {queue.arn: queue for queue in queues}
    offenders: list[Offender] = []
    for arn in called:
        if arn in configs:
            for config in configs[arn]:
                offenders += _tried(arn, config, events)
        else:
            default = EventInvokeConfig(arn, "any of its names")
            offenders += _tried(arn, default, events, absent_from=("event_invoke_configs",))
    for mapping in mappings:
        if mapping.source == "queue":
            offenders += _received(mapping, by_queue.get(mapping.source_arn or ""), most_receives)
        else:
            offenders += _polled(mapping, streams)
    return Verdict.of(
        "event source",
        (*called, *(mapping.arn for mapping in mappings)),
        offenders,
        holds="all retry within bounds",
    )


def _tried(
    arn: str,
    config: EventInvokeConfig,
    most: Mapping[str, int],
    absent_from: tuple[str, ...] = (),
) -> Iterator[Offender]:
    retries = _DEFAULT_RETRIES if config.retries is None else config.retries
    age = _DEFAULT_AGE_SECONDS if config.age_seconds is None else config.age_seconds
    by_default = " by default" if None in {config.retries, config.age_seconds} else ""
    observed = f"{retries} retries within {age} s for {config.qualifier}{by_default}"
    # What has no settings of its own is put some, which would take all others from what has.
    verb = "put" if absent_from else "update"
    of = "" if absent_from else f" --qualifier {shlex.quote(config.qualifier)}"
    fix = (
        f"aws lambda {verb}-function-event-invoke-config --function-name {shlex.quote(arn)}{of} "
        f"--maximum-retry-attempts {min(retries, most['retries'])} "
        f"--maximum-event-age-in-seconds {min(age, most['age_seconds'])} "
        f"--region {arn.split(':')[3]}"
    )
    for offender in _beyond(arn, retries, age, most, observed):
        yield replace(offender, absent_from=absent_from, fix=fix)


def _polled(mapping: EventSourceMapping, most: Mapping[str, int]) -> Iterator[Offender]:
    unset = _ENDLESS if mapping.source == "stream" else 0
    retries = unset if mapping.retries is None else mapping.retries
    age = unset if mapping.age_seconds is None else mapping.age_seconds
    often = "retries without end" if retries == _ENDLESS else f"{retries} retries"
    old = "of records of any age" if age == _ENDLESS else f"of records up to {age} s old"
    options = {
        "too-many-retries": f"--maximum-retry-attempts {most['retries']}",
        "retried-too-long": f"--maximum-record-age-in-seconds {most['age_seconds']}",
    }
    for offender in _beyond(mapping.arn, retries, age, most, f"{often} {old}"):
        fix = (
            f"aws lambda update-event-source-mapping --uuid {mapping.id} "
            f"{options[offender.fault]} --region {mapping.arn.split(':')[3]}"
        )
        yield replace(offender, fix=fix)


def _beyond(
    arn: str, retries: int, age: int, most: Mapping[str, int], observed: str
) -> Iterator[Offender]:
    expected = f"at most {most['retries']} retries, of what is at most {most['age_seconds']} s old"
    for fault, value, limit in (
        ("too-many-retries", retries, most["retries"]),
        ("retried-too-long", age, most["age_seconds"]),
    ):
        if value == _ENDLESS or value > limit:
            yield Offender(arn, fault, observed, expected)


def _received(mapping: EventSourceMapping, queue: Queue | None, most: int) -> Iterator[Offender]:
    if queue and queue.most_receives and queue.most_receives > most:
        region, _, name = queue.arn.split(":")[3:]
        policy = {"deadLetterTargetArn": queue.dead_letter_arn, "maxReceiveCount": most}
        attributes = shlex.quote(json.dumps({"RedrivePolicy": json.dumps(policy)}))
        url = f"aws sqs get-queue-url --queue-name {name} --region {region} --output text"
        observed = f"a message is received up to {queue.most_receives} times"
        yield Offender(
            mapping.arn,
            "too-many-retries",
            observed,
            f"at most {most} times",
            fix=f'aws sqs set-queue-attributes --queue-url "$({url})" '
            f"--attributes {attributes} --region {region}",
        )
