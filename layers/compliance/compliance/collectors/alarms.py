"""Amazon CloudWatch alarms, and those on charges, which live in us-east-1 whatever the region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.alarms import BILLING_REGION, Alarm, CompositeAlarm, Metric, MetricAlarm
from compliance.registry import Read, collector

DESCRIBE_ALARMS = Read("cloudwatch", "DescribeAlarms")


@collector(DESCRIBE_ALARMS)
def alarms(reader: Reader) -> Iterator[Alarm]:
    """Every metric and every composite alarm in the region, 100 a page."""
    yield from _alarms(reader, reader.identity.region)


@collector(DESCRIBE_ALARMS)
def billing_region_alarms(reader: Reader, alarms: Sequence[Alarm]) -> Iterator[Alarm]:
    """Every alarm of us-east-1, where AWS publishes charges; read only where that is elsewhere.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html
    """
    if reader.identity.region == BILLING_REGION:
        yield from alarms
    else:
        yield from _alarms(reader, BILLING_REGION)


def _alarms(reader: Reader, region: str) -> Iterator[Alarm]:
    pages = reader.pages(
        DESCRIBE_ALARMS,
        region=region,
        AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        MaxRecords=100,
    )
    for page in pages:
        for alarm in page.get("MetricAlarms", ()):
            yield _metric_alarm(alarm)
        for alarm in page.get("CompositeAlarms", ()):
            yield CompositeAlarm(
                arn=alarm["AlarmArn"],
                name=alarm["AlarmName"],
                rule=alarm["AlarmRule"],
                actions_enabled=alarm.get("ActionsEnabled", True),
                actions=tuple(alarm.get("AlarmActions", ())),
                description=alarm.get("AlarmDescription", ""),
                **_state(alarm),
            )


def _metric_alarm(alarm: dict[str, Any]) -> MetricAlarm:
    queries = alarm.get("Metrics", ())
    own = alarm["AlarmArn"].split(":")[4]
    metrics = {query["Id"]: _queried(query, own) for query in queries if "MetricStat" in query}
    expressions = {query["Id"]: query["Expression"] for query in queries if "Expression" in query}
    band = alarm.get("ThresholdMetricId")
    if "MetricName" in alarm:
        metrics = {"m1": _single(alarm)}
        watched = "m1"
    else:
        watched = next(
            (q["Id"] for q in queries if q.get("ReturnData", True) and q["Id"] != band), ""
        )
    periods = alarm.get("EvaluationPeriods", 1)
    return MetricAlarm(
        arn=alarm["AlarmArn"],
        name=alarm["AlarmName"],
        watched=watched,
        metrics=metrics,
        expressions=expressions,
        threshold=alarm.get("Threshold"),
        comparison=alarm.get("ComparisonOperator", ""),
        evaluation_periods=periods,
        datapoints_to_alarm=alarm.get("DatapointsToAlarm") or periods,
        band=band,
        actions_enabled=alarm.get("ActionsEnabled", True),
        actions=tuple(alarm.get("AlarmActions", ())),
        description=alarm.get("AlarmDescription", ""),
        **_state(alarm),
    )


def _state(alarm: dict[str, Any]) -> dict[str, Any]:
    """StateUpdatedTimestamp moves on when only the state's reason changes."""
    return {
        "state": alarm.get("StateValue", "OK"),
        "state_changed_at": alarm.get("StateTransitionedTimestamp")
        or alarm.get("StateUpdatedTimestamp"),
    }


def _single(alarm: dict[str, Any]) -> Metric:
    return Metric(
        namespace=alarm.get("Namespace", ""),
        name=alarm["MetricName"],
        dimensions={d["Name"]: d["Value"] for d in alarm.get("Dimensions", ())},
        statistic=alarm.get("ExtendedStatistic") or alarm.get("Statistic", ""),
        period_seconds=alarm.get("Period", 0),
        unit=alarm.get("Unit"),
    )


def _queried(query: dict[str, Any], own: str) -> Metric:
    stat = query["MetricStat"]
    metric = stat["Metric"]
    return Metric(
        namespace=metric.get("Namespace", ""),
        name=metric["MetricName"],
        dimensions={d["Name"]: d["Value"] for d in metric.get("Dimensions", ())},
        statistic=stat["Stat"],
        period_seconds=stat["Period"],
        unit=stat.get("Unit"),
        account=None if query.get("AccountId") == own else query.get("AccountId"),
    )
