"""Metric filters of CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class CountedMetric:
    """A metric that a filter publishes, and the names of the dimensions that it gives it.

    Each combination of dimension values is a metric of its own; without dimensions there is one.
    Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html
    """

    namespace: str
    name: str
    dimensions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MetricFilter:
    """A filter of a log group; its name is unique within the group.

    Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricFilter.html
    """

    log_group: str
    name: str
    metrics: tuple[CountedMetric, ...]

    def answering(self, demand: Mapping[str, str]) -> tuple[CountedMetric, ...]:
        """Its metrics that are asked for by a log group's pattern and a filter's or metric's name.

        None where it is another filter.
        """
        if not fnmatchcase(self.log_group, demand["log_group"]):
            return ()
        if "filter" in demand:
            return self.metrics if self.name == demand["filter"] else ()
        return tuple(metric for metric in self.metrics if metric.name == demand["metric"])
