"""Many things in one message: what drifted together, and the day's summary. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from compliance.messages import Message, Note, Origin
from compliance.model import Item, Severity, plural
from compliance.printable import minute
from compliance.statements.due import Due

__all__ = ["ANNOUNCED_BEFORE", "Day", "Unseen", "daily", "digest_of", "newly_due"]

ANNOUNCED_BEFORE = (timedelta(days=14), timedelta(days=3), timedelta(days=1))
"""How long before its end a statement is announced, once each."""

_MOST_LINES = 12
_LONGEST_LINE = 240
_AGES = (
    ("less than a day", timedelta(days=1)),
    ("a day to a week", timedelta(days=7)),
    ("a week to a month", timedelta(days=30)),
)
_OLDER = "more than a month"


def digest_of(
    id_: str,
    origin: Origin,
    at: datetime,
    told: Sequence[Message],
    *,
    after_maintenance: bool = False,
) -> Message:
    """All those changes in one message: counted, the most severe first, with the first names."""
    ordered = sorted(told, key=lambda each: -Severity(each.severity).weight)
    items = plural(len({each.item for each in told}), "item")
    kinds = Counter(each.kind for each in ordered)
    severities = Counter(each.severity for each in ordered)
    counts = [f"{count:,} {name}" for name, count in severities.items()]
    happened = [f"{count:,} {kind}" for kind, count in kinds.most_common()]
    when = "held back during maintenance" if after_maintenance else "together"
    notes = [
        Note(
            f"{severities[severity.value]:,} {severity.value}",
            _bounded(
                f"{each.kind}: {each.headline} ({each.item})"
                for each in ordered
                if each.severity == severity.value
            ),
        )
        for severity in Severity
        if severities[severity.value]
    ]
    notes.append(Note("All that is open now", ("compliance run",)))
    return Message(
        id=id_,
        kind="digest",
        origin=origin,
        at=at.isoformat(timespec="seconds"),
        item="*",
        section="*",
        severity=ordered[0].severity,
        title="Changes that came together",
        headline=f"{items} {when}: {', '.join(counts)}; {', '.join(happened)}",
        notes=tuple(notes),
        changes=tuple(each.id for each in told),
    )


@dataclass(frozen=True, slots=True)
class Unseen:
    """An item that the last run could not see, and why."""

    item: Item
    reason: str


@dataclass(frozen=True, slots=True)
class Day:
    """What the day's summary is made of.

    `open` are the failing items with the time since which each does. `ran` is when each family last
    finished a run; None where it did not of late. `waiting` counts the dead letters by queue; None
    where a queue did not answer. `figures` are the latest run's, `yesterday` and `last_week` what
    they were; None where there was no run then. `due` is None where statements cannot be read.
    """

    figures: Mapping[str, Any]
    yesterday: Mapping[str, Any] | None
    last_week: Mapping[str, Any] | None
    open: Sequence[tuple[Item, datetime]]
    unseen: Sequence[Unseen]
    ran: Mapping[str, datetime | None]
    waiting: Mapping[str, int | None] = field(default_factory=dict)
    due: Sequence[Due] | None = ()


def daily(id_: str, origin: Origin, at: datetime, day: Day) -> Message:
    """The day's one summary: how it stands, what changed, what is due, and how the monitor does."""
    critical = sum(item.severity is Severity.CRITICAL for item, _ in day.open)
    failing = f"{plural(len(day.open), 'item')} open, {critical:,} critical"
    score = _share(day.figures.get("score"))
    return Message(
        id=id_,
        kind="daily",
        origin=origin,
        at=at.isoformat(timespec="seconds"),
        item="*",
        section="*",
        severity=Severity.LOW.value,
        title="The day's summary",
        headline=f"score {score}; {failing}; {len(day.unseen):,} not seen",
        figures=day.figures,
        notes=tuple(_parts(day, at)),
    )


def newly_due(due: Iterable[Due], since: datetime, now: datetime) -> list[Due]:
    """What came within two weeks, three days or a day of its end since the last summary."""
    return [
        each
        for each in due
        if each.at is not None
        and any(since < each.at - before <= now for before in (*ANNOUNCED_BEFORE, timedelta()))
    ]


def _parts(day: Day, at: datetime) -> Iterator[Note]:
    yield Note("Change", tuple(_change(name, day) for name in ("score", "coverage")))
    yield Note("Open by age", tuple(_by_age(day.open, at)))
    if day.due is None:
        yield Note("Due", ("statements cannot be read",))
    elif day.due:
        yield Note("Due", _bounded(_due(each) for each in day.due))
    if day.unseen:
        lines = (f"{each.item.id}: {each.reason}" for each in day.unseen)
        yield Note("Could not be seen", _bounded(lines))
    yield Note("Last run", tuple(f"{name}: {_ran(last, at)}" for name, last in day.ran.items()))
    letters = {name: count for name, count in day.waiting.items() if count != 0}
    lines = (f"{name}: {'does not answer' if n is None else n}" for name, n in letters.items())
    yield Note("Waiting in dead-letter queues", _bounded(lines) if letters else ("nothing",))


def _change(name: str, day: Day) -> str:
    now = day.figures.get(name)
    steps = [
        f"{_step(now, before.get(name) if before else None)} in a {span}"
        for span, before in (("day", day.yesterday), ("week", day.last_week))
    ]
    return f"{name} {_share(now)}: {', '.join(steps)}"


def _step(now: float | None, before: float | None) -> str:
    return "unknown" if now is None or before is None else f"{now - before:+.1f}"


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1f} %"


def _by_age(open_: Sequence[tuple[Item, datetime]], at: datetime) -> Iterator[str]:
    if not open_:
        yield "nothing"
        return
    ages: dict[str, list[tuple[Item, datetime]]] = {}
    for item, since in sorted(open_, key=lambda each: (-each[0].severity.weight, each[1])):
        age = next((name for name, limit in _AGES if at - since < limit), _OLDER)
        ages.setdefault(age, []).append((item, since))
    for age in (*(name for name, _ in _AGES), _OLDER):
        if members := ages.get(age):
            names = [f"{item.id} ({item.severity.value})" for item, _ in members[:_NAMED]]
            more = f" and {len(members) - _NAMED:,} more" if len(members) > _NAMED else ""
            yield f"{age}: {len(members):,}: {', '.join(names)}{more}"


_NAMED = 4


def _due(each: Due) -> str:
    end = f"{each.at:%Y-%m-%d}" if each.at else "never stated"
    owner = f", {each.owner}" if each.owner else ""
    return f"{each.kind} of {each.item.id}, {end}{owner}: {each.words}"


def _ran(last: datetime | None, at: datetime) -> str:
    if last is None:
        return "not in the last week"
    minutes = int((at - last).total_seconds()) // 60
    ago = f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"  # noqa: PLR2004 -- two hours
    return f"{minute(last)}, {ago} ago"


def _bounded(lines: Iterable[str]) -> tuple[str, ...]:
    """The first lines, each cut, and how many there are besides."""
    all_ = list(lines)
    shown = [
        line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"
        for line in all_[:_MOST_LINES]
    ]
    if hidden := len(all_) - len(shown):
        shown.append(f"and {hidden:,} more")
    return tuple(shown)
