"""When a change is told, and with which others: pure, the time is an argument.

What is critical is told at once. The rest waits two minutes for what comes with it, and a
maintenance window out; many that come together are told together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from compliance.baseline import Baseline
from compliance.model import Severity

__all__ = ["Pacing", "Window"]

JOINING = timedelta(seconds=15)
"""What is collected is joined until this long before it is told: a later one may miss it."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Window:
    """A maintenance window that a moment is in."""

    name: str
    end: datetime


@dataclass(frozen=True, slots=True)
class Pacing:
    """The pace that a baseline sets."""

    collect: timedelta
    digest_from: int
    windows: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, baseline: Baseline) -> Self:
        """The baseline's `alerts`, as far as they are about time and number."""
        alerts = baseline["alerts"]
        return cls(
            timedelta(seconds=alerts["collect_seconds"]),
            alerts["digest_from"],
            tuple(alerts["maintenance"]),
        )

    def window(self, now: datetime) -> Window | None:
        """The maintenance window that it is, with the end of those that follow without a gap."""
        names: list[str] = []
        end = now
        while found := [each for each in self._at(end) if each.end > end]:
            names += [each.name for each in found if each.name not in names]
            end = max(each.end for each in found)
            if end - now > _WEEK:
                break
        return Window(", ".join(names), end) if names else None

    def waits(self, severity: Severity, now: datetime, *, summary: bool = False) -> bool:
        """Whether people are told later; a summary, being one message already, only in a window."""
        if severity is Severity.CRITICAL:
            return False
        return self.window(now) is not None or not summary

    def until(self, now: datetime, collecting: Iterable[datetime]) -> datetime:
        """When what waits from now on is told: with what is being collected, if there is any."""
        if window := self.window(now):
            return window.end
        latest = now + self.collect
        return min((each for each in collecting if now + JOINING < each <= latest), default=latest)

    def together(self, count: int, *, after_maintenance: bool) -> bool:
        """Whether so many that waited for each other are told as one digest."""
        return count >= self.digest_from or (after_maintenance and count > 1)

    def _at(self, now: datetime) -> Iterator[Window]:
        for each in self.windows:
            start, end = _weekly(each["weekly"], now) if "weekly" in each else _once(each)
            if start <= now < end:
                yield Window(each["name"], end)


def _once(window: Mapping[str, Any]) -> tuple[datetime, datetime]:
    start, end = (datetime.fromisoformat(window[name][:-1]) for name in ("from", "until"))
    return start.replace(tzinfo=UTC), end.replace(tzinfo=UTC)


def _weekly(window: str, now: datetime) -> tuple[datetime, datetime]:
    """This week's occurrence, or the last one's where it reaches over the week's end."""
    first, last = (_since_monday(moment) for moment in window.split("-"))
    lasts = (last - first) % _WEEK or _WEEK
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight - timedelta(days=now.astimezone(UTC).weekday()) + first
    if start > now:
        start -= _WEEK
    return start, start + lasts


def _since_monday(moment: str) -> timedelta:
    day, hours, minutes = moment.split(":")
    return timedelta(days=_DAYS.index(day), hours=int(hours), minutes=int(minutes))
