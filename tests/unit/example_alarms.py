"""Alarms, and the resources that they watch, for tests to vary by the one thing that they test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from compliance.alarms.alerting import Alerting, Targets
from compliance.alarms.demand import Definition, Demand
from compliance.alarms.remedies import fixes
from compliance.alarms.watching import Watchers
from compliance.facts.alarms import Alarm, CompositeAlarm, Metric, MetricAlarm
from compliance.facts.apis import Api
from compliance.facts.functions import Function
from compliance.facts.tables import Table
from compliance.facts.topics import Subscription, Topic
from compliance.model import Identity, Offender

ACCOUNT = "123456789012"
REGION = "us-east-1"
IDENTITY = Identity(ACCOUNT, REGION)
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
TOPICS = (Topic(TOPIC),)
SUBSCRIPTIONS = (Subscription(TOPIC, "email", "oncall@example.com", confirmed=True),)

REST = Api("arn:aws:apigateway:us-east-1::/restapis/r1", "r1", "shop", "REST")
HTTP = Api("arn:aws:apigateway:us-east-1::/apis/h1", "h1", "partners", "HTTP")
WEBSOCKET = Api("arn:aws:apigateway:us-east-1::/apis/w1", "w1", "live", "WEBSOCKET")
FUNCTION = Function(
    f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orders", "orders", "/aws/lambda/orders"
)
TABLE = Table(
    f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/parcels",
    "parcels",
    datetime(2026, 1, 1, tzinfo=UTC),
)

DEFINITIONS: Mapping[str, Mapping[str, Any]] = {
    "api-error-rate": {
        "threshold": 5,
        "unit": "percent",
        "datapoints_to_alarm": 2,
        "evaluation_periods": 2,
        "period_seconds": 300,
    },
    "api-latency": {
        "threshold": 2000,
        "unit": "milliseconds",
        "percentile": 95,
        "datapoints_to_alarm": 2,
        "evaluation_periods": 3,
        "period_seconds": 300,
    },
    "lambda-errors": {
        "threshold": 5,
        "unit": "percent",
        "datapoints_to_alarm": 2,
        "evaluation_periods": 2,
        "period_seconds": 300,
    },
    "dynamodb-throttles": {
        "threshold": 10,
        "unit": "count",
        "datapoints_to_alarm": 1,
        "evaluation_periods": 1,
        "period_seconds": 300,
    },
    "cost": {
        "threshold": 1500,
        "unit": "USD",
        "datapoints_to_alarm": 1,
        "evaluation_periods": 1,
        "period_seconds": 21600,
    },
}


def definition_of(kind: str) -> Definition:
    return Definition(**DEFINITIONS[kind])


def arn(alarm_name: str) -> str:
    return f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{alarm_name}"


def metric_alarm(
    metrics: Metric | Mapping[str, Metric],
    threshold: float | None,
    expression: str | Mapping[str, str] = "",
    *,
    of: tuple[int, int] = (2, 2),
    name: str = "the-alarm",
    actions: Sequence[str] = (TOPIC,),
    **others: Any,
) -> MetricAlarm:
    """An alarm on one metric, or on the last of the expressions over several; `of` is M of N."""
    single = isinstance(metrics, Metric)
    expressions = {"watched": expression} if isinstance(expression, str) else expression
    return MetricAlarm(
        arn=arn(name),
        name=name,
        watched="m1" if single else [*expressions][-1],
        metrics={"m1": metrics} if single else metrics,
        expressions={} if single else expressions,
        threshold=threshold,
        datapoints_to_alarm=of[0],
        evaluation_periods=of[1],
        actions=tuple(actions),
        **others,
    )


def composite_alarm(rule: str, *, name: str = "all", **others: Any) -> CompositeAlarm:
    return CompositeAlarm(arn(name), name, rule, **{"actions": (TOPIC,), **others})


def api_metric(name: str, statistic: str = "Sum", **dimensions: str) -> Metric:
    return Metric("AWS/ApiGateway", name, dimensions or {"ApiName": REST.name}, statistic, 300)


def function_metric(name: str, statistic: str = "Sum", **dimensions: str) -> Metric:
    of = {"FunctionName": FUNCTION.name} | dimensions
    return Metric("AWS/Lambda", name, of, statistic, 300)


def table_metric(name: str, statistic: str = "Sum", **dimensions: str) -> Metric:
    return Metric("AWS/DynamoDB", name, {"TableName": TABLE.name} | dimensions, statistic, 300)


def charges_metric(statistic: str = "Maximum", **dimensions: str) -> Metric:
    of = {"Currency": "USD"} | dimensions
    return Metric("AWS/Billing", "EstimatedCharges", of, statistic, 21600)


def error_rate_alarm(**others: Any) -> MetricAlarm:
    return metric_alarm(api_metric("5XXError", "Average"), 0.05, **others)


def latency_alarm(statistic: str = "p95", threshold: float = 2000, **others: Any) -> MetricAlarm:
    given = {"of": (2, 3)} | others
    return metric_alarm(api_metric("Latency", statistic), threshold, **given)


def function_alarm(threshold: float = 0.05, **others: Any) -> MetricAlarm:
    return metric_alarm(function_metric("Errors", "Average"), threshold, **others)


def throttle_alarm(threshold: float = 10, **others: Any) -> MetricAlarm:
    metrics = {"r": table_metric("ReadThrottleEvents"), "w": table_metric("WriteThrottleEvents")}
    return metric_alarm(metrics, threshold, "r+w", **{"of": (1, 1), **others})


def charges_alarm(threshold: float = 1500, **others: Any) -> MetricAlarm:
    return metric_alarm(charges_metric(), threshold, **{"of": (1, 1), **others})


def with_period(alarm: MetricAlarm, seconds: int) -> MetricAlarm:
    metrics = {id_: replace(m, period_seconds=seconds) for id_, m in alarm.metrics.items()}
    return replace(alarm, metrics=metrics)


def targets(**others: Any) -> Targets:
    given = {"topics": TOPICS, "subscriptions": SUBSCRIPTIONS, "functions": {FUNCTION.name}}
    return Targets(ACCOUNT, REGION, **(given | others))


def offenders(
    demand: Demand, alarms: Iterable[Alarm], definition: Definition | None = None, **others: Any
) -> list[Offender]:
    """What keeps these alarms from meeting the demand."""
    alarms = list(alarms)
    watchers = Watchers(alarms, Alerting(alarms, targets(**others)))
    fix = fixes(REGION, TOPIC, "oncall@example.com")
    return watchers.offenders(demand, definition or definition_of(demand.kind), fix)


def faults(demand: Demand, *alarms: Alarm, **others: Any) -> set[tuple[str, str]]:
    """The alarms that fail the demand, and of what; what is missing under its own name."""
    return {
        (offender.resource.removeprefix(arn("")), offender.fault)
        for offender in offenders(demand, alarms, **others)
    }
