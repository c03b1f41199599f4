"""What invokes functions, and what becomes of the events that they fail on.

For 1,000 functions: ten pages of mappings, 1,000 metrics in two calls, and of the functions that no
metric shows to be asynchronous a policy each, at half of Lambda's 15 requests a second two minutes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from compliance.collectors.metric_data import GET_METRIC_DATA, metric_data
from compliance.collectors.reader import Reader
from compliance.engine import ReadFailed
from compliance.facts.event_sources import (
    AsynchronousFunction,
    EventBus,
    EventInvokeConfig,
    EventSource,
    EventSourceMapping,
    Queue,
)
from compliance.facts.functions import LATEST, Function
from compliance.facts.metrics import MetricQuery
from compliance.registry import Read, collector

_GONE = frozenset({"ResourceNotFoundException"})
_NO_QUEUE = frozenset({"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"})

LIST_MAPPINGS = Read("lambda", "ListEventSourceMappings")
LIST_INVOKE_CONFIGS = Read("lambda", "ListFunctionEventInvokeConfigs", absent=_GONE)
GET_POLICY = Read("lambda", "GetPolicy", absent=_GONE)
GET_QUEUE_URL = Read("sqs", "GetQueueUrl", absent=_NO_QUEUE)
GET_QUEUE = Read("sqs", "GetQueueAttributes", absent=_NO_QUEUE)
LIST_BUSES = Read("events", "ListEventBuses", token=("NextToken", "NextToken"))

_SERVICES = {"sqs": "queue", "kinesis": "stream", "dynamodb": "stream", "kafka": "kafka"}
_ASYNCHRONOUS = ("s3", "sns", "events")
_DAYS = 30
_DAY_SECONDS = 86_400


@collector(LIST_MAPPINGS)
def event_source_mappings(reader: Reader) -> Iterator[EventSourceMapping]:
    """Every event source mapping in the region, 100 a page, but for those being deleted."""
    where = reader.identity
    prefix = f"arn:{where.partition}:lambda:{where.region}:{where.account}:event-source-mapping:"
    for page in reader.pages(LIST_MAPPINGS, MaxItems=100):
        for mapping in page["EventSourceMappings"]:
            if mapping.get("State") != "Deleting":
                yield EventSourceMapping(
                    arn=mapping.get("EventSourceMappingArn") or f"{prefix}{mapping['UUID']}",
                    id=mapping["UUID"],
                    function_arn=mapping["FunctionArn"],
                    source=_source(mapping),
                    source_arn=mapping.get("EventSourceArn"),
                    enabled=mapping.get("State") not in {"Disabled", "Disabling"},
                    on_failure_arn=_on_failure(mapping),
                    retries=mapping.get("MaximumRetryAttempts"),
                    age_seconds=mapping.get("MaximumRecordAgeInSeconds"),
                )


def _source(mapping: Mapping[str, Any]) -> EventSource:
    """A self-managed Kafka cluster has no ARN."""
    if "SelfManagedEventSource" in mapping:
        return "kafka"
    service = mapping.get("EventSourceArn", "::").split(":")[2]
    return _SERVICES.get(service, "other")  # type: ignore[return-value]  # the values are literals


def _on_failure(config: Mapping[str, Any]) -> str | None:
    target = (config.get("DestinationConfig") or {}).get("OnFailure") or {}
    return target.get("Destination") or None


@collector(GET_METRIC_DATA, GET_POLICY)
def asynchronous_functions(
    reader: Reader, functions: Sequence[Function], now: datetime
) -> Iterator[AsynchronousFunction]:
    """The functions that get events whose senders do not wait.

    Known by a dead-letter queue, which serves no other events, by events received in 30 days, or by
    a policy that admits S3, SNS or EventBridge. Only who is not known by the first two is asked for
    its policy; that of an alias is not read, so that a new alias is known by its first event.
    Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    own = [function for function in functions if not function.replicated]
    rest = []
    for function in own:
        if function.dead_letter_arn:
            yield AsynchronousFunction(function.arn, "it has a dead-letter queue")
        else:
            rest.append(function)
    queries = {_events_received(function): function for function in rest}
    end = now.replace(minute=0, second=0, microsecond=0)
    start = end - timedelta(days=_DAYS)
    failure = None
    try:
        for data in metric_data(reader, queries, start=start, end=end):
            if data.total > 0:
                function = queries[data.query]
                rest.remove(function)
                because = f"it received {data.total:,.0f} events in {_DAYS} days"
                yield AsynchronousFunction(function.arn, because)
    except ReadFailed as incomplete:
        failure = incomplete
    yield from reader.each(rest, partial(_admitting, reader), arn=lambda function: function.arn)
    if failure:
        raise failure


def _events_received(function: Function) -> MetricQuery:
    by = (("FunctionName", function.name),)
    return MetricQuery("AWS/Lambda", "AsyncEventsReceived", by, "Sum", _DAYS * _DAY_SECONDS)


def _admitting(reader: Reader, function: Function) -> AsynchronousFunction | None:
    answer = reader.call(GET_POLICY, FunctionName=function.name)
    if answer is None:
        return None
    principals = {
        name
        for statement in _list(json.loads(answer["Policy"]).get("Statement", ()))
        if statement.get("Effect") == "Allow"
        for name in _principals(statement)
    }
    admitted = [name for name in _ASYNCHRONOUS if f"{name}.amazonaws.com" in principals]
    if not admitted:
        return None
    return AsynchronousFunction(function.arn, f"its policy admits {' and '.join(admitted)}")


def _principals(statement: Mapping[str, Any]) -> Iterable[str]:
    principal = statement.get("Principal", {})
    return _list(principal.get("Service", ())) if isinstance(principal, Mapping) else ()


def _list(value: Any) -> Sequence[Any]:  # noqa: ANN401 -- policies write one thing without a list
    return value if isinstance(value, (list, tuple)) else [value]


@collector(LIST_INVOKE_CONFIGS)
def event_invoke_configs(
    reader: Reader,
    functions: Sequence[Function],
    asynchronous_functions: Sequence[AsynchronousFunction],
) -> Iterator[EventInvokeConfig]:
    """Of each asynchronous function, with its versions and aliases, how it treats failures."""
    names = {function.arn: function.name for function in functions}
    arns = [each.function_arn for each in asynchronous_functions]
    read_one = partial(_invoke_configs, reader, names)
    for configs in reader.each(arns, read_one, arn=lambda arn: arn):
        yield from configs


def _invoke_configs(
    reader: Reader, names: Mapping[str, str], function_arn: str
) -> list[EventInvokeConfig]:
    pages = reader.pages(LIST_INVOKE_CONFIGS, FunctionName=names[function_arn], MaxItems=50)
    return [
        EventInvokeConfig(
            function_arn,
            config["FunctionArn"].removeprefix(function_arn).lstrip(":") or LATEST,
            config.get("MaximumRetryAttempts"),
            config.get("MaximumEventAgeInSeconds"),
            _on_failure(config),
        )
        for page in pages
        for config in page["FunctionEventInvokeConfigs"]
    ]


@collector(GET_QUEUE_URL, GET_QUEUE)
def queues(
    reader: Reader,
    functions: Sequence[Function],
    event_source_mappings: Sequence[EventSourceMapping],
    event_invoke_configs: Sequence[EventInvokeConfig],
) -> Iterator[Queue]:
    """The queues that functions take events from or leave failures in, and where those lead.

    One of another account or region cannot be looked at and is left out.
    """
    where = reader.identity
    prefix = f"arn:{where.partition}:sqs:{where.region}:{where.account}:"
    named = dict.fromkeys(
        arn
        for arn in (
            *(function.dead_letter_arn for function in functions),
            *(mapping.source_arn for mapping in event_source_mappings),
            *(mapping.on_failure_arn for mapping in event_source_mappings),
            *(config.on_failure_arn for config in event_invoke_configs),
        )
        if arn and arn.startswith(prefix)
    )
    read_one = partial(_queue, reader)
    targets: dict[str, None] = {}
    for queue in reader.each(named, read_one):
        yield queue
        if queue.dead_letter_arn:
            targets[queue.dead_letter_arn] = None
    yield from reader.each(_here(targets, prefix, named), read_one)


def _here(targets: Iterable[str], prefix: str, known: Collection[str]) -> Iterator[str]:
    return (arn for arn in targets if arn.startswith(prefix) and arn not in known)


def _queue(reader: Reader, arn: str) -> Queue | None:
    found = reader.call(GET_QUEUE_URL, QueueName=arn.rpartition(":")[2])
    answer = found and reader.call(
        GET_QUEUE, QueueUrl=found["QueueUrl"], AttributeNames=["RedrivePolicy"]
    )
    if not answer:
        return None
    redrive = json.loads(answer.get("Attributes", {}).get("RedrivePolicy") or "{}")
    receives = redrive.get("maxReceiveCount")
    return Queue(arn, redrive.get("deadLetterTargetArn"), int(receives) if receives else None)


@collector(LIST_BUSES)
def event_buses(reader: Reader) -> Iterator[EventBus]:
    """Every event bus in the region, 100 a page."""
    for page in reader.pages(LIST_BUSES, Limit=100):
        for bus in page["EventBuses"]:
            yield EventBus(bus["Arn"])
