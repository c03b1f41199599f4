"""CloudWatch metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """One statistic of one metric. CloudWatch matches the dimensions exactly, none left out.

    `stat` is as CloudWatch writes it: Sum, Average, Minimum, Maximum, SampleCount, p95, tm99 ...
    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricStat.html
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    stat: str
    period_seconds: int


@dataclass(frozen=True, slots=True)
class MetricData:
    """Everything that CloudWatch has for a query, oldest first. No points: nothing was published.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataResult.html
    """

    query: MetricQuery
    points: tuple[tuple[datetime, float], ...]

    @property
    def total(self) -> float:
        """The sum of all points."""
        return sum(value for _, value in self.points)


@dataclass(frozen=True, slots=True)
class Usage:
    """How much a function or a table was used in the window: invocations, or capacity units."""

    resource_arn: str
    total: float
