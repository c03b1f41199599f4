"""How fresh the newest point is that something can be restored to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from compliance.facts.backups import RecoveryPoint
from compliance.facts.tables import ContinuousBackups, OnDemandBackup
from compliance.model import Offender
from compliance.printable import minute

__all__ = ["TABLE_SOURCES", "Point", "newest_of", "span", "stale", "table_points"]

Point = tuple[str, datetime]
"""The ARN of what can be restored, and to when."""

TABLE_SOURCES = ("continuous_backups", "on_demand_backups", "recovery_points")
"""The facts that must have been read whole before a table's newest point is known."""

_HOUR = timedelta(hours=1)


def table_points(
    continuous_backups: Iterable[ContinuousBackups],
    on_demand_backups: Iterable[OnDemandBackup],
    recovery_points: Iterable[RecoveryPoint],
) -> Iterator[Point]:
    """Every point that a table can be restored to; point-in-time recovery gives its latest."""
    for backups in continuous_backups:
        if backups.enabled and backups.latest_restorable_at:
            yield backups.table_arn, backups.latest_restorable_at
    for backup in on_demand_backups:
        yield backup.table_arn, backup.created_at
    for point in recovery_points:
        yield point.resource_arn, point.created_at


def newest_of(points: Iterable[Point]) -> dict[str, datetime]:
    """The newest point of each resource that has any."""
    newest: dict[str, datetime] = {}
    for arn, at in points:
        newest[arn] = max(at, newest.get(arn, at))
    return newest


def stale(
    arn: str,
    created_at: datetime | None,
    newest: Mapping[str, datetime],
    now: datetime,
    limit: timedelta,
    sources: tuple[str, ...],
) -> Iterator[Offender]:
    """The offence of a resource whose newest point is as old as `limit` or older, if it is one.

    What is younger than that itself is not due yet, whatever an earlier one of its name has left
    behind. None as its creation is long ago.
    """
    point = newest.get(arn)
    latest = max((at for at in (point, created_at) if at), default=None)
    if latest and latest > now - limit:
        return
    expected = f"a restorable point less than {span(limit)} old"
    if point is None:
        observed = "nothing that it could be restored from"
        yield Offender(arn, "no-backup", observed, expected, absent_from=sources)
        return
    observed = f"the newest is {span(_rounded(now - point))} old ({minute(point)})"
    yield Offender(arn, "too-old", observed, expected, absent_from=sources)


def span(duration: timedelta) -> str:
    """A duration for people: "24 h" or "1.5 h", and minutes below an hour."""
    if duration < _HOUR:
        return f"{duration / timedelta(minutes=1):g} min"
    return f"{duration / _HOUR:g} h"


def _rounded(age: timedelta) -> timedelta:
    """To tenths of an hour while they matter, to minutes below an hour."""
    if age < _HOUR:
        return timedelta(minutes=age // timedelta(minutes=1))
    return timedelta(hours=round(age / _HOUR, None if age >= 10 * _HOUR else 1))
