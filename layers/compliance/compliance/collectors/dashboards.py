"""CloudWatch dashboards: which there are, what they consist of, and what of them has data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from compliance.collectors.metric_data import GET_METRIC_DATA, metric_data
from compliance.collectors.reader import Reader
from compliance.dashboard_body import parse
from compliance.engine import ReadFailed
from compliance.facts.dashboards import (
    Dashboard,
    DashboardBody,
    GraphedExpression,
    GraphedMetric,
    Line,
    Widget,
)
from compliance.facts.metrics import MetricQuery
from compliance.facts.regions import Region
from compliance.model import Gap
from compliance.registry import Read, collector

LIST_DASHBOARDS = Read("cloudwatch", "ListDashboards")
GET_DASHBOARD = Read(
    "cloudwatch",
    "GetDashboard",
    absent=frozenset({"DashboardNotFoundError", "ResourceNotFound"}),
)

_HOUR_SECONDS, _DAY_SECONDS = 3600, 86_400
_NOT_UNDERSTOOD = frozenset({"ValidationError", "InvalidParameterCombination"})


@collector(LIST_DASHBOARDS)
def dashboards(reader: Reader) -> Iterator[Dashboard]:
    """Every dashboard of the account: they are global, and listed alike from any region."""
    for page in reader.pages(LIST_DASHBOARDS):
        for entry in page.get("DashboardEntries", ()):
            yield Dashboard(entry["DashboardArn"], entry["DashboardName"])


@collector(GET_DASHBOARD, named="dashboards.named")
def dashboard_bodies(reader: Reader, *, named: Sequence[str]) -> Iterator[DashboardBody]:
    """The dashboards that the baseline names, as far as they open."""
    yield from reader.each(dict.fromkeys(named), partial(_body, reader))


def _body(reader: Reader, name: str) -> DashboardBody | None:
    answer = reader.call(GET_DASHBOARD, DashboardName=name)
    if answer is None:
        return None
    return parse(answer["DashboardArn"], name, answer["DashboardBody"], reader.identity.region)


@collector(
    GET_METRIC_DATA, window_hours="dashboards.window_hours", known_days="dashboards.known_days"
)
def graphed_metrics(
    reader: Reader,
    dashboard_bodies: Sequence[DashboardBody],
    regions: Sequence[Region],
    now: datetime,
    *,
    window_hours: int,
    known_days: int,
) -> Iterator[GraphedMetric]:
    """Each metric of this account on any of the dashboards, asked once, in its own region.

    A point an hour tells whether there were data. What had none in the window is asked again, a
    point a day, for the days in which CloudWatch would still list it. Metrics of a region that
    does not exist, or is not open to the account, are not asked for.
    """
    end = _whole_hour(now)
    failures = []
    for region, queries in _by_region(_lines_of(dashboard_bodies, reader, regions)).items():
        empty = []
        try:
            for data in metric_data(
                reader, queries, start=end - timedelta(hours=window_hours), end=end, region=region
            ):
                if data.points:
                    yield GraphedMetric(region, data.query, in_window=True, lately=True)
                else:
                    empty.append(data.query)
        except ReadFailed as failure:
            failures.append(failure)
        by_day = [replace(query, period_seconds=_DAY_SECONDS) for query in empty]
        try:
            for data in metric_data(
                reader, by_day, start=end - timedelta(days=known_days), end=end, region=region
            ):
                query = replace(data.query, period_seconds=_HOUR_SECONDS)
                yield GraphedMetric(region, query, in_window=False, lately=bool(data.points))
        except ReadFailed as failure:
            failures.append(failure)
    if failures:
        raise failures[0]


def _whole_hour(now: datetime) -> datetime:
    """The end of the hour under way, since what came within it counts too."""
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _lines_of(
    bodies: Sequence[DashboardBody], reader: Reader, regions: Sequence[Region]
) -> Iterator[Line]:
    open_here = _open(regions)
    for body in bodies:
        for widget in body.widgets:
            for line in widget.lines:
                if _own(line, reader) and line.region in open_here:
                    yield line


def _open(regions: Sequence[Region]) -> frozenset[str]:
    return frozenset(region.name for region in regions if region.enabled)


def _own(line: Line, reader: Reader) -> bool:
    return line.account in {None, reader.identity.account}


def _by_region(lines: Iterator[Line]) -> Mapping[str, list[MetricQuery]]:
    found: dict[str, list[MetricQuery]] = defaultdict(list)
    for line in lines:
        if line.metric:
            found[line.region].append(replace(line.metric, period_seconds=_HOUR_SECONDS))
    return found


@dataclass(frozen=True, slots=True)
class _Asked:
    """The expressions of one widget, with all that they may refer to."""

    widget: Widget
    region: str
    start: datetime
    end: datetime


@collector(GET_METRIC_DATA, window_hours="dashboards.window_hours")
def graphed_expressions(
    reader: Reader,
    dashboard_bodies: Sequence[DashboardBody],
    regions: Sequence[Region],
    now: datetime,
    *,
    window_hours: int,
) -> Iterator[GraphedExpression]:
    """Each visible expression of a widget, evaluated by CloudWatch itself, a call a widget.

    A call evaluates in one region and account, so that widgets that mix them are left out.
    """
    end = _whole_hour(now)
    start, open_here = end - timedelta(hours=window_hours), _open(regions)
    asked = [
        _Asked(widget, widget.lines[0].region, start, end)
        for body in dashboard_bodies
        for widget in body.widgets
        if any(line.expression and line.visible for line in widget.lines)
        and len({line.region for line in widget.lines}) == 1
        and widget.lines[0].region in open_here
        and all(_own(line, reader) for line in widget.lines)
    ]
    for answers in reader.each(asked, partial(_evaluated, reader)):
        yield from answers


def _evaluated(reader: Reader, asked: _Asked) -> list[GraphedExpression]:
    """An expression such as SEARCH answers a result a metric, or none at all."""
    lines = asked.widget.lines
    shown = [line.id for line in lines if line.expression and line.visible]
    found, status = set(), dict.fromkeys(shown, "Complete")
    try:
        for page in reader.pages(
            GET_METRIC_DATA,
            region=asked.region,
            MetricDataQueries=[_wire(line) for line in lines],
            StartTime=asked.start,
            EndTime=asked.end,
        ):
            for result in page.get("MetricDataResults", ()):
                if result.get("Values"):
                    found.add(result["Id"])
                status[result["Id"]] = result.get("StatusCode", "Complete")
    except ReadFailed as failure:
        if failure.gap.code not in _NOT_UNDERSTOOD:
            raise
        why = failure.gap.message or failure.gap.code
        return [GraphedExpression(asked.widget.resource, each, False, why) for each in shown]  # noqa: FBT003 -- a record in its own order
    for each in shown:
        if each not in found and status[each] != "Complete":
            message = f"the expression {each} of {asked.widget.resource}"
            reader.doubt(Gap(GET_METRIC_DATA.action, status[each], message))
    return [
        GraphedExpression(asked.widget.resource, each, each in found)
        for each in shown
        if each in found or status[each] == "Complete"
    ]


def _wire(line: Line) -> dict[str, Any]:
    if line.metric is None:
        return {
            "Id": line.id,
            "Expression": line.expression,
            "Period": _HOUR_SECONDS,
            "ReturnData": line.visible,
        }
    metric = line.metric
    return {
        "Id": line.id,
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
            },
            "Period": _HOUR_SECONDS,
            "Stat": metric.stat,
        },
        "ReturnData": False,
    }
