"""Dashboards: they are there, they open, their widgets refer to what exists, and show it."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from compliance.facts.alarms import BILLING_REGION, Alarm
from compliance.facts.dashboards import (
    Dashboard,
    DashboardBody,
    GraphedExpression,
    GraphedMetric,
    Line,
    Widget,
)
from compliance.facts.functions import Function
from compliance.facts.logs import LogGroup
from compliance.facts.metrics import MetricQuery
from compliance.facts.regions import Region
from compliance.model import Identity, Offender, Verdict, name_of, plural
from compliance.registry import check

_DAY_SECONDS = 86_400


@check
def dashboards_exist(dashboards: Sequence[Dashboard], *, named: Sequence[str]) -> Verdict:
    """Every dashboard that the baseline names is in the account.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListDashboards.html
    """
    return _found(
        named, {dashboard.name for dashboard in dashboards}, "missing", "dashboards", "all exist"
    )


@check
def dashboards_open(dashboard_bodies: Sequence[DashboardBody], *, named: Sequence[str]) -> Verdict:
    """CloudWatch answers with the content of every dashboard that the baseline names.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html
    """
    opened = {body.name for body in dashboard_bodies}
    return _found(named, opened, "does-not-open", "dashboard_bodies", "all open")


def _found(
    named: Sequence[str], there: Collection[str], fault: str, fact: str, holds: str
) -> Verdict:
    if not named:
        return Verdict.not_applicable("the baseline names no dashboards", settled=True)
    return Verdict.of(
        "dashboard",
        (f"dashboard:{name}" for name in named),
        (
            Offender(
                f"dashboard:{name}",
                fault,
                "there is no dashboard of this name",
                "a dashboard of this name, spelled in the same case",
                absent_from=(fact,),
                fix=_put(name),
            )
            for name in named
            if name not in there
        ),
        holds=holds,
    )


def _put(name: str) -> str:
    called = f"--dashboard-name {shlex.quote(name)}"
    return f"aws cloudwatch put-dashboard {called} --dashboard-body file://dashboard.json"


def _redraw(name: str) -> str:
    """Its body is printed, to be mended in a file and put again."""
    called = f"--dashboard-name {shlex.quote(name)}"
    shown = f"aws cloudwatch get-dashboard {called} --query DashboardBody --output text"
    return f"{shown} && {_put(name)}"


@dataclass(frozen=True, slots=True)
class _Known:
    """What CloudWatch said of the lines of graphs."""

    metrics: Mapping[tuple[str, MetricQuery], GraphedMetric]
    expressions: Mapping[tuple[str, str], GraphedExpression]
    account: str
    silent: frozenset[str]

    @classmethod
    def of(
        cls,
        metrics: Iterable[GraphedMetric],
        expressions: Iterable[GraphedExpression],
        account: str,
        silent: Iterable[str],
    ) -> _Known:
        return cls(
            {(each.region, _metric(each.query)): each for each in metrics},
            {(each.widget, each.line): each for each in expressions},
            account,
            frozenset(silent),
        )

    def elsewhere(self, line: Line) -> bool:
        return line.account not in {None, self.account}

    def metric(self, line: Line) -> GraphedMetric | None:
        """What is known of a line's own metric, where its silence would mean something."""
        if line.metric is None or self.elsewhere(line) or line.metric.name in self.silent:
            return None
        return self.metrics.get((line.region, _metric(line.metric)))

    def expression(self, widget: Widget, line: Line) -> GraphedExpression | None:
        return self.expressions.get((widget.resource, line.id))

    def is_empty(self, widget: Widget, line: Line) -> bool:
        """Whether the line surely has nothing to draw."""
        if line.expression is not None:
            found = self.expression(widget, line)
            return found is not None and not found.has_data and not self._may_be_silent(widget)
        seen = self.metric(line)
        if seen is None or line.metric is None:
            return False
        by_day = line.metric.period_seconds >= _DAY_SECONDS
        return not (seen.lately if by_day else seen.in_window)

    def _may_be_silent(self, widget: Widget) -> bool:
        return any(
            line.metric.name in self.silent
            if line.metric
            else any(name in (line.expression or "") for name in self.silent)
            for line in widget.lines
        )


def _metric(query: MetricQuery) -> MetricQuery:
    """The statistic, whatever the period that it is drawn or was asked with."""
    return MetricQuery(query.namespace, query.name, query.dimensions, query.stat, 0)


def _called(query: MetricQuery) -> str:
    dimensions = "".join(f" {name}={value}" for name, value in query.dimensions)
    return f"{query.namespace} {query.name}{dimensions}"


@check
def graphs_have_data(
    dashboard_bodies: Sequence[DashboardBody],
    graphed_metrics: Sequence[GraphedMetric],
    graphed_expressions: Sequence[GraphedExpression],
    identity: Identity,
    *,
    window_hours: int,
    silent_metrics: Sequence[str],
) -> Verdict:
    """Each graph of the named dashboards draws a point of the last `window_hours` somewhere.

    One visible line with data is enough; what is hidden only feeds expressions, which CloudWatch
    evaluates. A line drawn by day or longer may be as old as CloudWatch would still list it:
    storage metrics come late. `silent_metrics` are published only while something goes wrong. Lines
    of other accounts cannot be looked at; a graph of nothing else is not judged.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
    """
    known = _Known.of(graphed_metrics, graphed_expressions, identity.account, silent_metrics)
    graphs = {
        widget.resource: [line for line in widget.lines if line.visible]
        for body in dashboard_bodies
        for widget in body.widgets
        if widget.lines
    }
    elsewhere = {
        resource for resource, lines in graphs.items() if lines and all(map(known.elsewhere, lines))
    }
    judged = [resource for resource in graphs if resource not in elsewhere]
    if not judged:
        return Verdict.not_applicable("no graph of this account on the named dashboards")
    unjudged = f"; {plural(len(elsewhere), 'graph')} of other accounts not judged"
    return Verdict.of(
        "graph",
        judged,
        (
            Offender(
                widget.resource,
                "shows-nothing",
                _nothing(graphs[widget.resource], window_hours),
                f"a point of the last {plural(window_hours, 'hour')}",
                fix=_redraw(body.name),
            )
            for body in dashboard_bodies
            for widget in body.widgets
            if widget.lines
            and widget.resource not in elsewhere
            and all(known.is_empty(widget, line) for line in widget.lines if line.visible)
        ),
        holds=f"all have data of the last {plural(window_hours, 'hour')}"
        + (unjudged if elsewhere else ""),
    )


def _nothing(lines: Sequence[Line], window_hours: int) -> str:
    if not lines:
        return "everything on it is hidden"
    first = next((_called(line.metric) for line in lines if line.metric), lines[0].expression)
    more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
    return f"no data in {plural(window_hours, 'hour')} of {first}{more}"


@check
def widgets_refer_to_what_exists(
    dashboard_bodies: Sequence[DashboardBody],
    regions: Sequence[Region],
    graphed_metrics: Sequence[GraphedMetric],
    graphed_expressions: Sequence[GraphedExpression],
    alarms: Sequence[Alarm],
    billing_region_alarms: Sequence[Alarm],
    functions: Sequence[Function],
    log_groups: Sequence[LogGroup],
    identity: Identity,
    *,
    known_days: int,
    silent_metrics: Sequence[str],
) -> Verdict:
    """The named dashboards can be read, and what their widgets name exists.

    A metric exists that had data in the last `known_days`: CloudWatch lists none for longer.
    Hidden lines count, since expressions are made of them. Alarms, functions and log groups of
    other accounts and regions cannot be looked at and are not judged, nor are explorer widgets,
    which find their resources by tag.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    if not dashboard_bodies:
        return Verdict.not_applicable("none of the named dashboards is there")
    known = _Known.of(graphed_metrics, graphed_expressions, identity.account, silent_metrics)
    there = _There(
        identity,
        {region.name: region.enabled for region in regions},
        frozenset(alarm.arn for alarm in alarms),
        frozenset(alarm.arn for alarm in billing_region_alarms),
        frozenset(function.arn for function in functions),
        frozenset(group.name for group in log_groups),
    )
    return Verdict.of(
        "widget",
        (
            resource
            for body in dashboard_bodies
            for resource in ([widget.resource for widget in body.widgets] or [body.arn])
        ),
        (
            replace(offender, fix=_redraw(body.name))
            for body in dashboard_bodies
            for offender in (
                *_unreadable(body),
                *(o for w in body.widgets for o in _faults_of(w, there, known, known_days)),
            )
        ),
        holds="all refer to what exists",
    )


def _unreadable(body: DashboardBody) -> Iterator[Offender]:
    if body.mistake:
        expected = "a body as CloudWatch documents it"
        yield Offender(body.arn, "body-invalid", f"the body {body.mistake}", expected)
    elif not body.widgets:
        yield Offender(body.arn, "no-widgets", "has no widgets", "widgets")


@dataclass(frozen=True, slots=True)
class _There:
    """What there is in the account, as far as widgets refer to it."""

    identity: Identity
    regions: Mapping[str, bool]
    alarms: frozenset[str]
    billing_region_alarms: frozenset[str]
    functions: frozenset[str]
    log_groups: frozenset[str]

    def alarms_like(self, arn: str) -> tuple[frozenset[str], str] | None:
        """The alarms among which one of this ARN would be, and their fact."""
        _, _, _, region, account, *_ = [*arn.split(":"), "", "", "", "", ""]
        if account == self.identity.account and region == self.identity.region:
            return self.alarms, "alarms"
        if account == self.identity.account and region == BILLING_REGION:
            return self.billing_region_alarms, "billing_region_alarms"
        return None


def _faults_of(widget: Widget, there: _There, known: _Known, known_days: int) -> Iterator[Offender]:
    if widget.mistake:
        expected = "a widget as CloudWatch documents it"
        yield Offender(widget.resource, "widget-invalid", widget.mistake, expected)
    yield from _wrong_regions(widget, there)
    yield from _wrong_metrics(widget, known, known_days)
    yield from _wrong_alarms(widget, there)
    yield from _wrong_function(widget, there)
    yield from _wrong_log_groups(widget, there)


def _wrong_regions(widget: Widget, there: _There) -> Iterator[Offender]:
    named = {widget.region, *(line.region for line in widget.lines)} - {None}
    unknown = sorted(str(region) for region in named if region not in there.regions)
    closed = sorted(str(region) for region in named if there.regions.get(str(region)) is False)
    if unknown:
        yield Offender(
            widget.resource,
            "unknown-region",
            f"there is no region {', '.join(unknown)}",
            "regions of AWS",
            absent_from=("regions",),
        )
    if closed:
        observed = f"the account did not opt in to {', '.join(closed)}"
        yield Offender(widget.resource, "region-closed", observed, "regions open to the account")


def _wrong_metrics(widget: Widget, known: _Known, known_days: int) -> Iterator[Offender]:
    seen = [found for line in widget.lines if (found := known.metric(line))]
    unknown = [_called(found.query) for found in seen if not found.lately]
    if unknown:
        observed = f"no data in {plural(known_days, 'day')} of {_listed(unknown)}"
        yield Offender(widget.resource, "unknown-metric", observed, "metrics that exist")
    said = [known.expression(widget, line) for line in widget.lines]
    refused = sorted(found.refused for found in said if found and found.refused)
    if refused:
        observed = f"CloudWatch refuses its expressions: {refused[0]}"
        yield Offender(widget.resource, "invalid-expression", observed, "valid expressions")


def _wrong_alarms(widget: Widget, there: _There) -> Iterator[Offender]:
    missing = [
        (name_of(arn), fact)
        for arn in widget.alarms
        if (looked := there.alarms_like(arn))
        for among, fact in [looked]
        if arn not in among
    ]
    if missing:
        yield Offender(
            widget.resource,
            "unknown-alarm",
            f"there is no alarm {_listed([name for name, _ in missing])}",
            "alarms that exist",
            absent_from=tuple(sorted({fact for _, fact in missing})),
        )


def _wrong_function(widget: Widget, there: _There) -> Iterator[Offender]:
    """An ARN may end in a version or an alias."""
    parts = (widget.function or "").split(":")
    here = ["lambda", there.identity.region, there.identity.account, "function"]
    arn = ":".join(parts[:7])
    if parts[2:6] == here and arn not in there.functions:
        yield Offender(
            widget.resource,
            "unknown-function",
            f"there is no function {name_of(arn)} to draw it",
            "a function that exists",
            absent_from=("functions",),
        )


def _wrong_log_groups(widget: Widget, there: _There) -> Iterator[Offender]:
    if widget.region != there.identity.region:
        return
    missing = [name for name in widget.log_groups if name not in there.log_groups]
    if missing:
        yield Offender(
            widget.resource,
            "unknown-log-group",
            f"there is no log group {_listed(missing)}",
            "log groups that exist",
            absent_from=("log_groups",),
        )


def _listed(names: Iterable[str]) -> str:
    first, *rest = sorted(set(names))
    return f"{first} and {len(rest)} more" if rest else first
