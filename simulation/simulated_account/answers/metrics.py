"""The statistics of metrics, as GetMetricData answers them."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulated_account.answers.service import Output, ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simulated_account.requests import AwsRequest

_ID = re.compile(r"\b[a-z]\w*")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")

Key = tuple[str, str, frozenset[tuple[str, str]]]
"""Namespace, name and dimensions: CloudWatch tells metrics apart by all three."""


def results(request: AwsRequest, data: Iterable[Any]) -> list[Output]:
    """Of each query that returns data; of an expression only when it has some, not how much."""
    start, end = request["StartTime"], request["EndTime"]
    if start >= end:
        message = "The parameter EndTime must be greater than StartTime."
        raise ServiceError(message, code="ValidationError")
    by_key: dict[Key, list[Any]] = defaultdict(list)
    for datum in data:
        if start <= _aware(datum.timestamp) < end:
            by_key[_key(datum)].append(datum)
    newest_first = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    queries = {query["Id"]: query for query in request["MetricDataQueries"]}
    measured = {
        name: _result(query, by_key, start, newest_first=newest_first)
        for name, query in queries.items()
        if "MetricStat" in query
    }
    found = {
        name: measured.get(name) or _evaluated(query, queries, measured, by_key)
        for name, query in queries.items()
    }
    return [found[name] for name, query in queries.items() if query.get("ReturnData", True)]


def _evaluated(
    query: Output,
    queries: dict[str, Output],
    measured: dict[str, Output],
    by_key: dict[Key, list[Any]],
) -> Output:
    """A point of 1 where every metric that the expression names has one."""
    timestamps = _moments(query, queries, measured, by_key)
    return {
        "Id": query["Id"],
        "Label": query.get("Label", query["Id"]),
        "Timestamps": timestamps,
        "Values": [1.0 for _ in timestamps],
        "StatusCode": "Complete",
    }


def _moments(
    query: Output,
    queries: dict[str, Output],
    measured: dict[str, Output],
    by_key: dict[Key, list[Any]],
) -> list[datetime]:
    text = query["Expression"]
    if text.startswith("SEARCH("):
        return sorted(
            {
                _aware(datum.timestamp)
                for (namespace, name, by), data in by_key.items()
                if namespace in text and name in text and all(key in text for key, _ in by)
                for datum in data
            }
        )
    names = _ID.findall(_QUOTED.sub("", text))
    if unknown := [name for name in names if name not in queries]:
        message = f"Unknown identifier '{unknown[0]}' in the expression {query['Id']}"
        raise ServiceError(message, code="ValidationError")
    moments = [
        set(measured[name]["Timestamps"])
        if name in measured
        else set(_moments(queries[name], queries, measured, by_key))
        for name in names
    ]
    return sorted(set.intersection(*moments)) if moments else []


def _key(datum: Any) -> Key:
    return datum.namespace, datum.name, frozenset((d.name, d.value) for d in datum.dimensions)


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _result(
    query: Output, by_key: dict[Key, list[Any]], start: datetime, *, newest_first: bool
) -> Output:
    asked = query["MetricStat"]
    metric, period = asked["Metric"], timedelta(seconds=int(asked["Period"]))
    dimensions = frozenset((d["Name"], d["Value"]) for d in metric.get("Dimensions", ()))
    periods: dict[datetime, list[Any]] = defaultdict(list)
    for datum in by_key[metric["Namespace"], metric["MetricName"], dimensions]:
        periods[start + (_aware(datum.timestamp) - start) // period * period].append(datum)
    timestamps = sorted(periods, reverse=newest_first)
    return {
        "Id": query["Id"],
        "Label": query.get("Label", metric["MetricName"]),
        "Timestamps": timestamps,
        "Values": [statistic(asked["Stat"], periods[at]) for at in timestamps],
        "StatusCode": "Complete",
    }


def statistic(stat: str, data: Sequence[Any]) -> float:
    """Of data as moto keeps them, single values and sets of statistics."""
    count = sum(getattr(datum, "sample_count", 1) for datum in data)
    total = sum(_of(datum, "sum") for datum in data)
    match stat:
        case "Sum":
            return float(total)
        case "SampleCount":
            return float(count)
        case "Average":
            return float(total / count)
        case "Minimum":
            return float(min(_of(datum, "min") for datum in data))
        case "Maximum":
            return float(max(_of(datum, "max") for datum in data))
    if not stat.startswith("p"):
        message = f"the statistic {stat} is not simulated"
        raise ServiceError(message, code="ValidationError")
    ordered = sorted(_of(datum, "max") for datum in data)
    return float(ordered[max(0, math.ceil(float(stat[1:]) / 100 * len(ordered)) - 1)])


def _of(datum: Any, part: str) -> Any:
    return getattr(datum, part) if hasattr(datum, part) else datum.value
