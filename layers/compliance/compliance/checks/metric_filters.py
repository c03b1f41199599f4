"""Metric filters: log patterns that matter are counted, and somebody watches the counts."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

from compliance.facts.alarms import Alarm, MetricAlarm
from compliance.facts.dashboards import DashboardBody
from compliance.facts.metric_filters import CountedMetric, MetricFilter
from compliance.model import Identity, Offender, Verdict
from compliance.registry import check

_Read = tuple[str, str, frozenset[str]]
"""Namespace, name and the names of the dimensions with which a metric is read."""


@check
def metric_filters_feed_what_is_watched(
    metric_filters: Sequence[MetricFilter],
    alarms: Sequence[Alarm],
    dashboard_bodies: Sequence[DashboardBody],
    identity: Identity,
    *,
    filters: Sequence[Mapping[str, str]],
    topic: str,
) -> Verdict:
    """The filters that the baseline names exist and feed what an alarm or a named dashboard reads.

    A demand names a log group, by a pattern, and a filter or its metric; every filter that answers
    to it is judged. A metric with dimensions is another one than that without: an alarm on the
    bare name of a metric that the filter publishes by tenant waits for data that never come.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
    """
    if not filters:
        return Verdict.not_applicable("the baseline names no metric filters", settled=True)
    reads, expressions = _reads(alarms, dashboard_bodies), _expressions(alarms, dashboard_bodies)
    answering = {
        _demanded(demand): [each for each in metric_filters if each.answering(demand)]
        for demand in filters
    }
    return Verdict.of(
        "demanded metric filter",
        answering,
        (
            offender
            for demanded, found in answering.items()
            for offender in (
                *_missing(demanded, found),
                *_unread(found, reads, expressions, identity.region, topic),
            )
        ),
        holds="all exist, and an alarm or a dashboard reads what they count",
        seen=(_name(each) for each in metric_filters),
    )


def _demanded(demand: Mapping[str, str]) -> str:
    what = demand["filter"] if "filter" in demand else f"metric {demand['metric']}"
    return f"metric-filter:{demand['log_group']}/{what}"


def _name(found: MetricFilter) -> str:
    return f"metric-filter:{found.log_group}/{found.name}"


def _missing(demanded: str, found: Sequence[MetricFilter]) -> Iterator[Offender]:
    if not found:
        yield Offender(
            demanded,
            "missing",
            "no log group has this filter",
            "a metric filter on the log group",
            absent_from=("metric_filters",),
        )


def _unread(
    found: Sequence[MetricFilter],
    reads: frozenset[_Read],
    expressions: Sequence[str],
    region: str,
    topic: str,
) -> Iterator[Offender]:
    for each in found:
        if not any(_is_read(metric, reads, expressions) for metric in each.metrics):
            named = ", ".join(f"{metric.namespace} {metric.name}" for metric in each.metrics)
            yield Offender(
                _name(each),
                "feeds-nothing",
                f"no alarm or dashboard reads {named}{_by(each)}",
                "an alarm on the metric, or a graph of it",
                absent_from=("alarms", "dashboard_bodies"),
                fix=_alarm(each, region, topic),
            )


def _alarm(found: MetricFilter, region: str, topic: str) -> str | None:
    """An alarm on its count; there is none for a metric whose dimensions have values unknown."""
    metric = found.metrics[0]
    if metric.dimensions:
        return None
    return (
        f"aws cloudwatch put-metric-alarm --alarm-name {shlex.quote(found.name)} "
        f"--namespace {shlex.quote(metric.namespace)} --metric-name {shlex.quote(metric.name)} "
        "--statistic Sum --period 300 --evaluation-periods 1 --threshold 1 "
        "--comparison-operator GreaterThanOrEqualToThreshold --treat-missing-data notBreaching "
        f"--alarm-actions {topic} --region {region}"
    )


def _by(found: MetricFilter) -> str:
    dimensions = sorted({name for metric in found.metrics for name in metric.dimensions})
    return f" by {', '.join(dimensions)}" if dimensions else ""


def _is_read(metric: CountedMetric, reads: frozenset[_Read], expressions: Sequence[str]) -> bool:
    return (metric.namespace, metric.name, metric.dimensions) in reads or any(
        metric.namespace in expression and metric.name in expression for expression in expressions
    )


def _reads(alarms: Sequence[Alarm], bodies: Sequence[DashboardBody]) -> frozenset[_Read]:
    of_alarms = (
        (metric.namespace, metric.name, frozenset(metric.dimensions))
        for alarm in alarms
        if isinstance(alarm, MetricAlarm)
        for metric in alarm.metrics.values()
    )
    of_graphs = (
        (line.metric.namespace, line.metric.name, frozenset(dict(line.metric.dimensions)))
        for body in bodies
        for widget in body.widgets
        for line in widget.lines
        if line.metric
    )
    return frozenset((*of_alarms, *of_graphs))


def _expressions(alarms: Sequence[Alarm], bodies: Sequence[DashboardBody]) -> list[str]:
    """What searches and queries name is in their text."""
    return [
        *(
            expression
            for alarm in alarms
            if isinstance(alarm, MetricAlarm)
            for expression in alarm.expressions.values()
        ),
        *(
            line.expression
            for body in bodies
            for widget in body.widgets
            for line in widget.lines
            if line.expression
        ),
    ]
