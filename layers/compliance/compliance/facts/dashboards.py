"""CloudWatch dashboards, and what of them has data."""

from __future__ import annotations

from dataclasses import dataclass

from compliance.facts.metrics import MetricQuery


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard of the account; its ARN has no region, and it can be opened from any."""

    arn: str
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a graph: a statistic of one metric, or an expression over the others.

    `id` is unique in the widget; `account` is None for the dashboard's own. What is not `visible`
    only feeds expressions.
    """

    id: str
    region: str
    metric: MetricQuery | None = None
    expression: str | None = None
    visible: bool = True
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Widget:
    """One tile of a dashboard, with all that it refers to; `resource` is how messages name it.

    `kind` is metric, text, log, alarm, custom, explorer ...; `alarms` are ARNs; `function` is the
    ARN of the function that draws a custom widget; `log_groups` are those that a query names
    outright. `mistake` says what keeps CloudWatch from drawing it.
    """

    resource: str
    kind: str
    region: str | None = None
    lines: tuple[Line, ...] = ()
    alarms: tuple[str, ...] = ()
    log_groups: tuple[str, ...] = ()
    function: str | None = None
    mistake: str | None = None


@dataclass(frozen=True, slots=True)
class DashboardBody:
    """What a dashboard consists of; with a `mistake` it could not be understood at all.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """

    arn: str
    name: str
    widgets: tuple[Widget, ...] = ()
    mistake: str | None = None


@dataclass(frozen=True, slots=True)
class GraphedMetric:
    """Whether a metric that a dashboard shows had data in the window, and whether it had lately.

    The period of `query` is the one that it was asked with, whatever the widget's.
    """

    region: str
    query: MetricQuery
    in_window: bool
    lately: bool


@dataclass(frozen=True, slots=True)
class GraphedExpression:
    """Whether an expression gave data in the window; `refused` says why CloudWatch takes it not."""

    widget: str
    line: str
    has_data: bool
    refused: str | None = None
