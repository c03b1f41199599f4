"""CloudWatch metrics, many at a time: the one way in which collectors read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import TypeVar

from compliance.collectors.reader import Reader
from compliance.engine import ReadFailed
from compliance.facts.metrics import MetricData, MetricQuery
from compliance.model import Gap
from compliance.registry import Read

__all__ = ["GET_METRIC_DATA", "metric_data", "metric_data_of"]

S = TypeVar("S")

GET_METRIC_DATA = Read("cloudwatch", "GetMetricData")

_MOST_QUERIES = 500
_MOST_POINTS = 100_800


def metric_data(
    reader: Reader,
    queries: Iterable[MetricQuery],
    *,
    start: datetime,
    end: datetime,
    region: str | None = None,
) -> Iterator[MetricData]:
    """What CloudWatch has for each query from `start` until `end`, in the queries' order.

    Up to 500 queries a call, and no more than the points that a call may answer; each query is
    asked once, however often it is given. A query of which CloudWatch did not say that its data are
    complete is left out, and leaves a gap: no data would mean that nothing happened. The collector
    declares GET_METRIC_DATA. Every metric asked for is billed, $0.01 per 1,000.
    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
    """
    broken: list[Gap] = []
    batches = _batches(dict.fromkeys(queries), (end - start).total_seconds())
    for answers, gaps in reader.each(batches, partial(_ask, reader, start, end, region)):
        yield from answers
        broken += gaps
    if broken:
        raise ReadFailed(broken[0])


def metric_data_of(
    reader: Reader,
    subjects: Sequence[tuple[S, Sequence[MetricQuery]]],
    end: datetime,
    *,
    days: int = 1,
) -> Iterator[tuple[S, list[MetricData]]]:
    """Each subject with the answers to its queries; one with a query unanswered is left out."""
    found: dict[MetricQuery, MetricData] = {}
    asked = (query for _, queries in subjects for query in queries)
    failure = None
    try:
        for data in metric_data(reader, asked, start=end - timedelta(days=days), end=end):
            found[data.query] = data
    except ReadFailed as incomplete:
        failure = incomplete
    for subject, queries in subjects:
        if all(query in found for query in queries):
            yield subject, [found[query] for query in queries]
    if failure:
        raise failure


def _batches(queries: Iterable[MetricQuery], seconds: float) -> Iterator[list[MetricQuery]]:
    """Queries of one period together, so that the points of a call can be counted ahead."""
    by_period: dict[int, list[MetricQuery]] = defaultdict(list)
    for query in queries:
        by_period[query.period_seconds].append(query)
    for period, members in by_period.items():
        points = max(1, -(-int(seconds) // period) + 1)
        size = max(1, min(_MOST_QUERIES, _MOST_POINTS // points))
        left = iter(members)
        while batch := list(islice(left, size)):
            yield batch


def _ask(
    reader: Reader,
    start: datetime,
    end: datetime,
    region: str | None,
    batch: list[MetricQuery],
) -> tuple[list[MetricData], list[Gap]]:
    """A query's points may be spread over pages; only its last status says whether that is all."""
    points: dict[str, dict[datetime, float]] = defaultdict(dict)
    status: dict[str, str] = {}
    by_id = {f"m{at}": query for at, query in enumerate(batch)}
    for page in reader.pages(
        GET_METRIC_DATA,
        region=region,
        MetricDataQueries=[_wire(name, query) for name, query in by_id.items()],
        StartTime=start,
        EndTime=end,
        ScanBy="TimestampAscending",
    ):
        for result in page.get("MetricDataResults", ()):
            name = result["Id"]
            points[name].update(
                zip(result.get("Timestamps", ()), result.get("Values", ()), strict=True)
            )
            status[name] = result.get("StatusCode", "Complete")
    complete = [
        MetricData(query, tuple(sorted(points[name].items())))
        for name, query in by_id.items()
        if status.get(name) == "Complete"
    ]
    gaps = [
        Gap(GET_METRIC_DATA.action, status.get(name, "NoResult"), f"{query.namespace} {query.name}")
        for name, query in by_id.items()
        if status.get(name) != "Complete"
    ]
    return complete, gaps


def _wire(name: str, query: MetricQuery) -> dict[str, object]:
    dimensions = [{"Name": key, "Value": value} for key, value in query.dimensions]
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": query.namespace,
                "MetricName": query.name,
                "Dimensions": dimensions,
            },
            "Period": query.period_seconds,
            "Stat": query.stat,
        },
    }
