"""What must be watched: of which resource, by which metrics, and how closely."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from compliance.facts.alarms import Metric
from compliance.facts.apis import Api
from compliance.facts.functions import Function
from compliance.facts.tables import Table

__all__ = [
    "READS",
    "WRITES",
    "Definition",
    "Demand",
    "charges",
    "error_rate_of",
    "errors_of",
    "latency_of",
    "throttles_of",
]

READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan"})
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"})


@dataclass(frozen=True, slots=True)
class Definition:
    """An alarm as the baseline has it: `threshold` in `unit`, M of N periods of this length."""

    threshold: float
    unit: str
    datapoints_to_alarm: int
    evaluation_periods: int
    period_seconds: int
    percentile: float | None = None

    @property
    def in_words(self) -> str:
        """For people: "above 5 percent, 2 of 2 periods of 300 s"."""
        of = f" (p{self.percentile:g})" if self.percentile else ""
        return (
            f"above {self.threshold:.12g} {self.unit}{of}, {self.datapoints_to_alarm} of "
            f"{self.evaluation_periods} periods of {self.period_seconds} s"
        )


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing that must be watched by an alarm.

    `parts` are the metrics that must all be watched, by one alarm or by several; `totals` what a
    rate is a share of (empty: no rate). `dimensions` are those that the metrics must have;
    `may_have` those that they may have besides, with the values allowed.
    `part` tells which part a metric is, where its name alone does not. `unit` is the only one that
    the metrics are published in: asked for in another, they have no datapoint.

    Of an API `stages` are the production stages that exist, and each must be watched: by itself, or
    by what watches the API whole. `stages_fact` says where they were looked for, if they matter.
    `beside` are values of dimensions that are of the same resource, but not of this stage.
    """

    kind: str
    resource: str
    subject: str
    namespace: str
    dimensions: Mapping[str, str]
    parts: frozenset[str]
    totals: frozenset[str] = frozenset()
    may_have: Mapping[str, frozenset[str]] = field(default_factory=dict)
    part: Callable[[Metric], str | None] | None = None
    unit: str = "Count"
    stages: frozenset[str] = frozenset()
    stages_fact: str | None = None
    beside: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What is missing when nothing watches it, as the baseline names it."""
        return f"alarm:{self.kind}/{self.subject}"

    def part_of(self, metric: Metric) -> str | None:
        """The part that the metric is, or None."""
        if self.part:
            return self.part(metric)
        return metric.name if metric.name in self.parts else None

    def is_total(self, metric: Metric) -> bool:
        """Whether the metric counts what the rate is a share of."""
        return metric.name in self.totals or (
            metric.statistic == "SampleCount" and bool(self.totals) and metric.name in self.parts
        )

    def concerns(self, metric: Metric) -> bool:
        """Whether the metric is one of this very subject, whole or in part."""
        return (
            metric.account is None
            and metric.namespace == self.namespace
            and all(metric.dimensions.get(name) == value for name, value in self.dimensions.items())
            and not any(metric.dimensions.get(name) in of for name, of in self.beside.items())
        )

    def whole(self, metric: Metric) -> bool:
        """Whether the metric is of all of the subject, not of one operation or resource of it."""
        return all(
            name in self.dimensions or value in self.may_have.get(name, ())
            for name, value in metric.dimensions.items()
        )

    def by_stage(self) -> list[Demand]:
        """The demand for each stage by itself; as it is where no stage is known to exist."""
        if not self.stages:
            return [self]
        production = self.may_have["Stage"]
        return [
            replace(
                self,
                may_have={"Stage": frozenset({stage})},
                stages=frozenset({stage}),
                beside={"Stage": production - {stage}},
            )
            for stage in sorted(self.stages)
        ]


def error_rate_of(api: Api, stages: Collection[str], existing: Collection[str] = ()) -> Demand:
    """Server errors of an API, as a share of its requests, on each of `stages` that is `existing`.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
    """
    parts, totals = {
        "REST": ({"5XXError"}, {"Count"}),
        "HTTP": ({"5xx"}, {"Count"}),
        "WEBSOCKET": ({"IntegrationError", "ExecutionError"}, {"MessageCount", "ConnectCount"}),
    }[api.protocol]
    demand = _api("api-error-rate", api, stages, existing)
    return replace(demand, parts=frozenset(parts), totals=frozenset(totals))


def latency_of(api: Api, stages: Collection[str], existing: Collection[str] = ()) -> Demand:
    """The latency that an API's callers see; of a WebSocket API, that of its integrations."""
    name = "IntegrationLatency" if api.protocol == "WEBSOCKET" else "Latency"
    demand = _api("api-latency", api, stages, existing)
    return replace(demand, parts=frozenset({name}), unit="Milliseconds")


_STAGES_FACTS = {"REST": "rest_stages", "WEBSOCKET": "websocket_stages"}


def _api(kind: str, api: Api, stages: Collection[str], existing: Collection[str]) -> Demand:
    """CloudWatch knows only REST APIs by their names; of others, these may coincide."""
    production = frozenset(stages)
    return Demand(
        kind=kind,
        resource=api.arn,
        subject=api.name if api.protocol == "REST" else f"{api.name}/{api.id}",
        namespace="AWS/ApiGateway",
        dimensions=dict([api.dimension]),
        parts=frozenset(),
        may_have={"Stage": production},
        stages=production.intersection(existing),
        stages_fact=_STAGES_FACTS.get(api.protocol) if len(production) > 1 else None,
    )


def errors_of(function: Function) -> Demand:
    """A function's errors, as a share of its invocations.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    return Demand(
        kind="lambda-errors",
        resource=function.arn,
        subject=function.name,
        namespace="AWS/Lambda",
        dimensions={"FunctionName": function.name},
        parts=frozenset({"Errors"}),
        totals=frozenset({"Invocations"}),
        may_have={"Resource": frozenset({function.name})},
    )


def throttles_of(table: Table) -> Demand:
    """A table's throttled reads and writes.

    ThrottledRequests exists only by table and operation: an alarm on it by table alone never sees a
    datapoint, and one on it must cover the operations that read, or those that write. The events
    exist by table and by index, never by operation.
    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    """

    def part(metric: Metric) -> str | None:
        operation = metric.dimensions.get("Operation")
        if metric.name == "ThrottledRequests":
            return operation
        events = {"ReadThrottleEvents": "reads", "WriteThrottleEvents": "writes"}
        return None if operation else events.get(metric.name)

    return Demand(
        kind="dynamodb-throttles",
        resource=table.arn,
        subject=table.name,
        namespace="AWS/DynamoDB",
        dimensions={"TableName": table.name},
        parts=frozenset({"reads", "writes"}),
        may_have={"Operation": READS | WRITES | _OTHER_OPERATIONS},
        part=part,
    )


_OTHER_OPERATIONS = frozenset(
    {
        "TransactGetItems",
        "TransactWriteItems",
        "ExecuteStatement",
        "BatchExecuteStatement",
        "ExecuteTransaction",
        "GetRecords",
        "Streams",
    }
)


def charges(account: str) -> Demand:
    """The account's estimated charges of the month so far: a number in no unit that AWS knows.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html
    """
    return Demand(
        kind="cost",
        resource="account",
        subject="account",
        namespace="AWS/Billing",
        dimensions={"Currency": "USD"},
        parts=frozenset({"EstimatedCharges"}),
        may_have={"LinkedAccount": frozenset({account})},
        unit="None",
    )
