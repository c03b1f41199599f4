"""Counts of a day by the hour: shares, worst hours, and how they read."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from compliance.facts.levels import ApiLevels, Points

__all__ = [
    "by_hour",
    "during",
    "highest",
    "look_at",
    "percent",
    "share",
    "total",
]


def by_hour(points: Points) -> dict[datetime, float]:
    """The sums of the hours that the points begin in."""
    hours: dict[datetime, float] = defaultdict(float)
    for at, value in points:
        hours[at.replace(minute=0, second=0, microsecond=0)] += value
    return dict(hours)


def total(points: Points) -> float:
    """The sum of all points."""
    return sum(value for _, value in points)


def highest(values: Mapping[datetime, float] | Points) -> tuple[datetime, float]:
    """The highest value and when it was, the earliest where several are. Raises on none at all."""
    points = values.items() if isinstance(values, Mapping) else values
    return max(points, key=lambda point: (point[1], -point[0].timestamp()))


def share(part: float, whole: float) -> float:
    """In percent. A part that was counted is a part of something: never of less than itself."""
    whole = max(part, whole)
    return 100 * part / whole if whole else 0.0


def percent(value: float) -> str:
    """For people: 7.4 %, and never 0 % of what is not nothing."""
    return f"{value:.3g} %"


def during(hour: datetime) -> str:
    """For people: 2026-06-01 09:00 to 10:00 UTC."""
    return f"{hour:%Y-%m-%d %H:%M} to {hour + timedelta(hours=1):%H:%M} UTC"


def look_at(api: ApiLevels, metric: str, statistics: str, hour: datetime, *, region: str) -> str:
    """The command that shows one hour of an API's metric by the minute."""
    dimensions = " ".join(
        shlex.quote(f"Name={name},Value={value}") for name, value in api.dimensions
    )
    return (
        f"aws cloudwatch get-metric-statistics --namespace AWS/ApiGateway --metric-name {metric} "
        f"--dimensions {dimensions} {statistics} --period 60 --start-time {_instant(hour)} "
        f"--end-time {_instant(hour + timedelta(hours=1))} --region {region}"
    )


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
