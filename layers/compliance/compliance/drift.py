"""Drift: (what was known of an item, what a run found) → what is known now, and what changed.

The unit is (item, resource, fault): an item that fails because of one log group, and then of a
second, has drifted twice. Pure: the time is an argument, and the state is plain data that whoever
calls this keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from compliance.model import ItemResult, Offender, Severity, Status

__all__ = ["Change", "Ending", "Kind", "Known", "Open", "Step", "advance", "compare"]

BLIND_RUNS = 3
BLIND_RUNS_CRITICAL = 2
BLIND_AFTER = timedelta(hours=6)
REMIND_AFTER = timedelta(hours=24)


class Kind(StrEnum):
    """What happened to an item between two runs."""

    DRIFTED = "drifted"
    RECOVERED = "recovered"
    BLINDED = "blinded"
    REMINDER = "reminder"


class Ending(StrEnum):
    """Why an offence ended: somebody mended it, or there is nothing left to offend."""

    MENDED = "mended"
    GONE = "gone"
    VISIBLE = "visible again"


@dataclass(frozen=True, slots=True)
class Open:
    """An offence that has not ended, as last seen, and since when it is known."""

    offender: Offender
    since: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of an item. `status` is the last decided one; None before the first.

    `since` is when that status began. `blind_since` and `blind_runs` count the runs in a row that
    could not see all that the item needs; `blinded` tells whether that was announced.
    """

    status: Status | None = None
    since: datetime | None = None
    offences: Mapping[tuple[str, str], Open] = field(default_factory=dict)
    blind_since: datetime | None = None
    blind_runs: int = 0
    blinded: bool = False
    reminded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to tell about one item: the offences that began, or that ended and how.

    `omitted` counts those that whoever stored the change had no room for.
    """

    item: str
    severity: Severity
    kind: Kind
    at: datetime
    offences: tuple[Open, ...] = ()
    endings: tuple[tuple[Open, Ending], ...] = ()
    reason: str | None = None
    omitted: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What is known after a run, what changed, and whether the item was enrolled by it.

    An item without a decided state before is enrolled: it is known from now on, and is no drift.
    """

    known: Known
    changes: tuple[Change, ...] = ()
    enrolled: bool = False


def advance(known: Known | None, result: ItemResult, at: datetime) -> Step:
    """What one run makes of what was known of an item."""
    before = known or Known()
    sight, blinded = _sight(before, result, at)
    decided = result.status.decided
    if not decided and (before.status is None or result.unseen is None):
        return Step(sight, blinded)
    found = {offender.key: offender for offender in result.offenders}
    if before.status is None:
        offences = {key: Open(offender, at) for key, offender in found.items()}
        known = replace(sight, status=result.status, since=at, offences=offences)
        return Step(known, blinded, enrolled=True)

    began = {key: Open(o, at) for key, o in found.items() if key not in before.offences}
    ended = {}
    offences = dict(began)
    for key, offence in before.offences.items():
        if key in found:
            offences[key] = replace(offence, offender=found[key])
        elif result.may_have_recovered(offence.offender.resource):
            ended[key] = offence
        else:
            offences[key] = offence

    now = replace(
        sight,
        status=result.status if decided else before.status,
        since=at if decided and result.status is not before.status else before.since,
        offences=offences,
        reminded_at=before.reminded_at if offences else None,
    )
    changes = [
        *_drifted(began, result, at),
        *_recovered(before, sight, ended, result, at),
        *blinded,
    ]
    if reminder := _reminder(now, result, at, told=bool(began)):
        changes.append(reminder)
        now = replace(now, reminded_at=at)
    return Step(now, tuple(changes))


def compare(
    known: Mapping[str, Known], results: Mapping[str, ItemResult], at: datetime
) -> dict[str, Step]:
    """A step for each item of a run; items that the run did not evaluate keep what is known."""
    return {item: advance(known.get(item), result, at) for item, result in results.items()}


def _sight(before: Known, result: ItemResult, at: datetime) -> tuple[Known, tuple[Change, ...]]:
    """Count the runs that could not see; announce once after three (critical: two) or six hours."""
    if not result.blind:
        return replace(before, blind_since=None, blind_runs=0, blinded=False), ()
    since, runs = before.blind_since or at, before.blind_runs + 1
    critical = result.item.severity is Severity.CRITICAL
    enough = runs >= (BLIND_RUNS_CRITICAL if critical else BLIND_RUNS) or at - since >= BLIND_AFTER
    now = replace(before, blind_since=since, blind_runs=runs, blinded=before.blinded or enough)
    if before.blinded or not enough:
        return now, ()
    return now, (_change(result, Kind.BLINDED, at, reason=result.reason),)


def _drifted(
    began: Mapping[tuple[str, str], Open], result: ItemResult, at: datetime
) -> tuple[Change, ...]:
    return (_change(result, Kind.DRIFTED, at, offences=tuple(began.values())),) if began else ()


def _recovered(
    before: Known,
    sight: Known,
    ended: Mapping[tuple[str, str], Open],
    result: ItemResult,
    at: datetime,
) -> tuple[Change, ...]:
    endings = tuple(
        (offence, Ending.MENDED if resource in result.seen else Ending.GONE)
        for (resource, _), offence in ended.items()
    )
    if endings:
        return (_change(result, Kind.RECOVERED, at, endings=endings),)
    if before.blinded and not sight.blinded:
        return (_change(result, Kind.RECOVERED, at, reason=Ending.VISIBLE.value),)
    return ()


def _reminder(now: Known, result: ItemResult, at: datetime, *, told: bool) -> Change | None:
    if told or result.item.severity is not Severity.CRITICAL or not now.offences:
        return None
    last = now.reminded_at or min(offence.since for offence in now.offences.values())
    if at - last < REMIND_AFTER:
        return None
    return _change(result, Kind.REMINDER, at, offences=tuple(now.offences.values()))


def _change(
    result: ItemResult,
    kind: Kind,
    at: datetime,
    *,
    offences: tuple[Open, ...] = (),
    endings: tuple[tuple[Open, Ending], ...] = (),
    reason: str | None = None,
) -> Change:
    item = result.item
    return Change(item.id, item.severity, kind, at, offences, endings, reason)
