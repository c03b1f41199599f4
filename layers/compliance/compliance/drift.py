"""Drift: (what was known of an item, what a run found) → what is known now, and what changed.

The unit is (item, resource, fault): an item that fails because of one log group, and then of a
second, has drifted twice. Pure: the time is an argument, and the state is plain data that whoever
calls this keeps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from compliance.model import ItemResult, Offender, Severity, Status

__all__ = [
    "SETTLED_AFTER",
    "Change",
    "Ending",
    "Flaps",
    "Flip",
    "Kind",
    "Known",
    "Open",
    "Step",
    "advance",
    "compare",
]

BLIND_RUNS = 3
BLIND_RUNS_CRITICAL = 2
BLIND_AFTER = timedelta(hours=6)
REMIND_AFTER = timedelta(hours=24)
REMIND_EARLY = timedelta(minutes=5)
"""A daily run that starts a second earlier than the last would else remind every other day."""

FLAPPING_FLIPS = 3
FLAPPING_WITHIN = timedelta(hours=1)
SETTLED_AFTER = timedelta(hours=1)
MOST_FLIPS = 12
MOST_FLAPPING = 100
REMEMBERED_FOR = timedelta(days=400)
MOST_REMEMBERED = 1_000


class Kind(StrEnum):
    """What happened to an item between two runs."""

    DRIFTED = "drifted"
    RECOVERED = "recovered"
    BLINDED = "blinded"
    REMINDER = "reminder"
    FLAPPING = "flapping"
    SETTLED = "settled"


class Ending(StrEnum):
    """Why an offence ended: somebody mended it, its resource is gone, or nobody asks any more."""

    MENDED = "mended"
    GONE = "gone"
    UNJUDGED = "no longer judged"
    VISIBLE = "visible again"


@dataclass(frozen=True, slots=True)
class Open:
    """An offence as last seen, and since when it is known; `until` when, of one that has ended."""

    offender: Offender
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, order=True)
class Flip:
    """An offence began or ended."""

    at: datetime
    began: bool


@dataclass(frozen=True, slots=True)
class Flaps:
    """An offence that comes and goes: its latest flips, as last seen, and whether that was told."""

    flips: tuple[Flip, ...]
    last: Open
    told: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of an item. `status` is the last decided one; None before the first.

    `since` is when that status began, `reminded_at` when it was last told that something goes on.
    `blind_since` and `blind_runs` count the runs in a row that could not see all that the item
    needs; `blinded` tells whether that was announced. `evidence` is what was seen once and may have
    been forgotten by AWS since, with the latest time of each. `accepted` are the offences that an
    exception took out: they begin when it ends.
    `flaps` are the offences that lately began or ended, by their key.
    """

    status: Status | None = None
    since: datetime | None = None
    offences: Mapping[tuple[str, str], Open] = field(default_factory=dict)
    blind_since: datetime | None = None
    blind_runs: int = 0
    blinded: bool = False
    reminded_at: datetime | None = None
    evidence: Mapping[str, datetime] = field(default_factory=dict)
    accepted: frozenset[tuple[str, str]] = frozenset()
    flaps: Mapping[tuple[str, str], Flaps] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to tell about one item: the offences that began, or that ended and how.

    `omitted` counts those that whoever stored the change had no room for. `history` is when the
    offences began and ended, of a change that tells of flapping.
    """

    item: str
    severity: Severity
    kind: Kind
    at: datetime
    offences: tuple[Open, ...] = ()
    endings: tuple[tuple[Open, Ending], ...] = ()
    reason: str | None = None
    omitted: int = 0
    history: tuple[Flip, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What is known after a run, what changed, and whether the item was enrolled by it.

    An item without a decided state before is enrolled: it is known from now on, and is no drift.
    """

    known: Known
    changes: tuple[Change, ...] = ()
    enrolled: bool = False


def advance(known: Known | None, result: ItemResult, at: datetime) -> Step:
    """What one run makes of what was known of an item.

    What somebody accepted is no offence and has not recovered either; it drifts when the exception
    ends. Where exceptions could not be read, those of the last run still count.
    """
    before = _remembering(known or Known(), result, at)
    sight, blinded = _sight(before, result, at)
    decided = result.status.decided
    if not decided and (before.status is None or result.unseen is None):
        return Step(sight, blinded)
    accepted = _accepted(before, result)
    sight = replace(sight, accepted=accepted)
    found = {each.key: each for each in result.offenders if each.key not in accepted}
    if before.status is None:
        offences = {key: Open(offender, at) for key, offender in found.items()}
        known = replace(sight, status=result.status, since=at, offences=offences)
        seen = _recovered(before, sight, {}, result, at)
        return Step(known, (*seen, *blinded), enrolled=True)

    began = {key: Open(o, at) for key, o in found.items() if key not in before.offences}
    ended = {}
    offences = dict(began)
    for key, offence in before.offences.items():
        if key in found:
            offences[key] = replace(offence, offender=found[key])
        elif key in accepted:
            continue
        elif result.may_have_recovered(offence.offender.resource):
            ended[key] = offence
        else:
            offences[key] = offence

    now = replace(
        sight,
        status=result.status if decided else before.status,
        since=at if decided and result.status is not before.status else before.since,
        offences=offences,
    )
    flapping = _Flapping(before, result, accepted, at)
    flapping.note(began, ended)
    flaps = flapping.remembered()
    goes_on = offences or any(each.told for each in flaps.values())
    reminded_at = before.reminded_at if goes_on else None
    now = replace(now, flaps=flaps, reminded_at=at if flapping.begins else reminded_at)
    changes = [
        *_drifted(flapping.steady(began), result, at),
        *_recovered(before, sight, flapping.steady(ended), result, at),
        *flapping.changes(offences),
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


def _accepted(before: Known, result: ItemResult) -> frozenset[tuple[str, str]]:
    if result.exceptions_unread:
        return before.accepted
    return frozenset(offender.key for offender, _ in result.accepted)


def _remembering(before: Known, result: ItemResult, at: datetime) -> Known:
    """Add what this run saw to the evidence; the oldest goes where it is too old or too much."""
    latest = dict(before.evidence)
    for what, seen in result.evidence.items():
        latest[what] = max(seen, latest.get(what, seen))
    kept = [(seen, what) for what, seen in latest.items() if at - seen < REMEMBERED_FOR]
    kept = sorted(kept, reverse=True)[:MOST_REMEMBERED]
    return replace(before, evidence={what: seen for seen, what in sorted(kept)})


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
    over = {key: replace(offence, until=at) for key, offence in ended.items()}
    if endings := _endings(over, result):
        return (_change(result, Kind.RECOVERED, at, endings=endings),)
    if before.blinded and not sight.blinded:
        return (_change(result, Kind.RECOVERED, at, reason=Ending.VISIBLE.value),)
    return ()


class _Flapping:
    """Which offences come and go faster than anybody wants to be told.

    The third flip within an hour is told as flapping, with those before it; what follows is not
    told, until for an hour nothing flipped and this run saw how it is.
    """

    def __init__(
        self, before: Known, result: ItemResult, accepted: frozenset[tuple[str, str]], at: datetime
    ) -> None:
        self._flaps = {
            key: each
            for key, each in before.flaps.items()
            if key not in accepted and (each.told or at - each.flips[-1].at < FLAPPING_WITHIN)
        }
        self._result = result
        self._at = at
        self._silent = {key for key, each in self._flaps.items() if each.told}
        self._new: list[tuple[str, str]] = []
        self._settled: dict[tuple[str, str], Flaps] = {}

    def note(
        self, began: Mapping[tuple[str, str], Open], ended: Mapping[tuple[str, str], Open]
    ) -> None:
        """Take in what flipped in this run."""
        flipped = [(key, offence, True) for key, offence in began.items()]
        flipped += [(key, offence, False) for key, offence in ended.items()]
        for key, offence, begins in flipped:
            known = self._flaps.get(key, Flaps((), offence))
            flips = (*known.flips, Flip(self._at, begins))[-MOST_FLIPS:]
            lately = [flip for flip in flips if self._at - flip.at <= FLAPPING_WITHIN]
            # Past what can be remembered an offence is told each time, rather than not at all.
            room = len(self._silent) + len(self._new) < MOST_FLAPPING
            told = known.told or (len(lately) >= FLAPPING_FLIPS and room)
            if told and not known.told:
                self._new.append(key)
            self._flaps[key] = Flaps(flips, offence, told)
        for key in self._silent:
            each = self._flaps[key]
            if self._at - each.flips[-1].at >= SETTLED_AFTER and self._sees(key):
                self._settled[key] = self._flaps.pop(key)

    @property
    def begins(self) -> bool:
        """Whether this run tells that something began to flap."""
        return bool(self._new)

    def _sees(self, key: tuple[str, str]) -> bool:
        found = any(offender.key == key for offender in self._result.offenders)
        return found or self._result.may_have_recovered(key[0])

    def steady(self, offences: Mapping[tuple[str, str], Open]) -> dict[tuple[str, str], Open]:
        """Those that are told as any other: they do not flap."""
        told = {*self._silent, *self._new}
        return {key: offence for key, offence in offences.items() if key not in told}

    def remembered(self) -> dict[tuple[str, str], Flaps]:
        """What the next run needs to know, bounded: the told ones first, then the latest."""
        ranked = sorted(
            self._flaps.items(), key=lambda each: (each[1].told, each[1].flips[-1].at), reverse=True
        )
        return dict(sorted(ranked[:MOST_FLAPPING]))

    def changes(self, open_: Mapping[tuple[str, str], Open]) -> Iterator[Change]:
        """One change for all that began to flap, one for all that settled."""
        began = {key: self._flaps[key] for key in self._new}
        for kind, flaps in ((Kind.FLAPPING, began), (Kind.SETTLED, self._settled)):
            if not flaps:
                continue
            lasting = tuple(open_[key] for key in flaps if key in open_)
            over = {
                key: replace(each.last, until=each.flips[-1].at)
                for key, each in flaps.items()
                if key not in open_
            }
            endings = _endings(over, self._result)
            change = _change(self._result, kind, self._at, offences=lasting, endings=endings)
            flips = sorted({flip for each in flaps.values() for flip in each.flips})
            yield replace(change, history=tuple(flips[-MOST_FLIPS:]))


def _endings(
    ended: Mapping[tuple[str, str], Open], result: ItemResult
) -> tuple[tuple[Open, Ending], ...]:
    return tuple((offence, _ending(key[0], result)) for key, offence in ended.items())


def _ending(resource: str, result: ItemResult) -> Ending:
    if result.waived or resource in result.excluded:
        return Ending.UNJUDGED
    return Ending.MENDED if resource in result.seen else Ending.GONE


def _reminder(now: Known, result: ItemResult, at: datetime, *, told: bool) -> Change | None:
    if told or result.item.severity is not Severity.CRITICAL or not now.offences:
        return None
    last = now.reminded_at or min(offence.since for offence in now.offences.values())
    if at - last < REMIND_AFTER - REMIND_EARLY:
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
