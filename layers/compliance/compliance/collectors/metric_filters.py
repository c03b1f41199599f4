"""Metric filters of CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.collectors.reader import Reader
from compliance.facts.metric_filters import CountedMetric, MetricFilter
from compliance.registry import Read, collector

DESCRIBE_METRIC_FILTERS = Read("logs", "DescribeMetricFilters")


@collector(DESCRIBE_METRIC_FILTERS)
def metric_filters(reader: Reader) -> Iterator[MetricFilter]:
    """Every filter of every log group in the region, 50 a page: without a group, AWS lists all.

    Fields that AWS adds as dimensions by itself (the account, the region) count like the others.
    """
    for page in reader.pages(DESCRIBE_METRIC_FILTERS, limit=50):
        for each in page.get("metricFilters", ()):
            added = [name.removeprefix("@") for name in each.get("emitSystemFieldDimensions", ())]
            yield MetricFilter(
                log_group=each.get("logGroupName", ""),
                name=each["filterName"],
                metrics=tuple(
                    CountedMetric(
                        metric["metricNamespace"],
                        metric["metricName"],
                        frozenset([*metric.get("dimensions", ()), *added]),
                    )
                    for metric in each["metricTransformations"]
                ),
            )
