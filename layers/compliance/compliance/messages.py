"""What there is to tell: one message an item and run, whole in itself, for whatever channel.

A message is built once, when a run is told, and travels as JSON through its channel's queue and, if
need be, its dead-letter queue: whoever reads it there needs nothing else.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self
from urllib.parse import quote

from compliance.baseline import Baseline
from compliance.drift import Change, Ending, Kind, Open
from compliance.engine import remedy
from compliance.model import Identity, Item, Offender, Severity, name_of, plural
from compliance.printable import minute

__all__ = [
    "MOST_OFFENCES",
    "Act",
    "Ask",
    "Message",
    "Note",
    "Offence",
    "Origin",
    "enrolment",
    "message_of",
]

MOST_OFFENCES = 20
"""A message names this many offences and counts the rest: it has to fit a queue."""

_MOST_COMMANDS = 5
_ACCEPTED_FOR = "7d"
_LONGEST_TEXT = 500
_LONGEST_NAME = 1_024


@dataclass(frozen=True, slots=True)
class Origin:
    """Which run of which monitor tells: what every message of the run has in common."""

    workload: str
    environment: str
    account: str
    region: str
    run: str


@dataclass(frozen=True, slots=True)
class Offence:
    """One offence, since when (ISO 8601), and where it ended how and when."""

    resource: str
    fault: str
    observed: str
    expected: str
    since: str
    ending: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did to a resource, as CloudTrail tells it."""

    event: str
    principal: str
    at: datetime
    resource: str


Ask = Callable[[Sequence[str], datetime], Sequence[Act]]
"""Who did something to the resources before that time; nothing where it is not known in seconds."""


@dataclass(frozen=True, slots=True)
class Note:
    """Some lines that belong together, under a title."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell. `id` stays the same however often it is sent, so that doubles are known.

    `kind` is a change's kind, or `enrolled` for the summary of what a run saw for the first time,
    `digest` for many changes in one message, `daily` for the day's summary.
    `offences` are the first of `offence_count`; `fix` a command for the first of each fault.
    `figures` are the score and counts of a summary, `notes` what else there is to read, `changes`
    the ids of all changes that a digest tells. `accept` is the command that excepts the first
    offence for a while.
    """

    id: str
    kind: str
    origin: Origin
    at: str
    item: str
    section: str
    severity: str
    title: str
    headline: str
    why: str = ""
    reason: str | None = None
    offences: tuple[Offence, ...] = ()
    offence_count: int = 0
    fix: tuple[str, ...] = ()
    link: str | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    changes: tuple[str, ...] = ()
    runbook: str | None = None
    accept: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The message in the shape that `from_json` takes."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """The message in a queue's body. Raises KeyError or TypeError for anything else."""
        return cls(
            **{
                **document,
                "origin": Origin(**document["origin"]),
                "offences": tuple(Offence(**offence) for offence in document["offences"]),
                "fix": tuple(document["fix"]),
                "notes": tuple(
                    Note(note["title"], tuple(note["lines"])) for note in document.get("notes", ())
                ),
                "changes": tuple(document.get("changes", ())),
            }
        )


def message_of(  # noqa: PLR0913, PLR0917 -- all that a message is made of
    id_: str,
    change: Change,
    item: Item,
    origin: Origin,
    identity: Identity,
    baseline: Baseline,
    acts: Sequence[Act] = (),
) -> Message:
    """What one change of one item has to tell, with the commands that mend or except it."""
    told = [_offence(offence, None) for offence in change.offences]
    told += [_offence(offence, ending) for offence, ending in change.endings]
    open_ = [offence.offender for offence in change.offences]
    first = {offender.fault: offender for offender in reversed(open_)}
    commands = [remedy(item, offender, identity, baseline) for offender in first.values()]
    return Message(
        id=id_,
        kind=change.kind.value,
        origin=origin,
        at=change.at.isoformat(timespec="seconds"),
        item=item.id,
        section=item.section,
        severity=change.severity.value,
        title=item.title,
        headline=_headline(change, item),
        why=item.why,
        reason=_cut(change.reason) if change.reason else None,
        offences=tuple(told[:MOST_OFFENCES]),
        offence_count=len(told) + change.omitted,
        fix=tuple(dict.fromkeys(command for command in commands if command))[:_MOST_COMMANDS],
        link=_link(told[0].resource) if told else None,
        notes=tuple(_notes(change, acts)),
        runbook=_runbook(item, baseline),
        accept=_accept(item, open_[0]) if open_ else None,
    )


def _notes(change: Change, acts: Sequence[Act]) -> Iterator[Note]:
    if change.history:
        lines = [f"{minute(f.at)} {'failed' if f.began else 'recovered'}" for f in change.history]
        yield Note("How it went", tuple(lines))
    if acts:
        lines = [
            f"{act.event} by {act.principal}, {minute(act.at)}: {name_of(act.resource)}"
            for act in acts
        ]
        yield Note("Changed before, as CloudTrail tells", tuple(_cut(line) for line in lines))


def _runbook(item: Item, baseline: Baseline) -> str | None:
    runbooks = baseline["alerts"]["runbooks"]
    default = runbooks["sections"].get(item.section, runbooks["default"])
    address: str | None = runbooks["items"].get(item.id, default)
    return address


def _accept(item: Item, offender: Offender) -> str:
    """The command that excepts one offence for a week; the reason is for whoever runs it."""
    words = ["compliance", "except", item.id, "--resource", offender.resource]
    words += ["--fault", offender.fault, "--reason", "WHY", "--until", _ACCEPTED_FOR]
    return shlex.join(words)


def enrolment(
    id_: str,
    origin: Origin,
    at: datetime,
    items: Sequence[Item],
    failing: Collection[str],
    figures: Mapping[str, Any],
) -> Message:
    """The one summary for all items that a run saw for the first time.

    `failing` are the ids of those that fail, each of which is named: it is as severe as they are,
    for nothing else tells of them while they go on. `figures` are those of the whole checklist.
    """
    failed = [item for item in items if item.id in failing]
    by_severity = {
        severity: [item for item in failed if item.severity is severity] for severity in Severity
    }
    worst = next((severity for severity, some in by_severity.items() if some), Severity.LOW)
    return Message(
        id=id_,
        kind="enrolled",
        origin=origin,
        at=at.isoformat(timespec="seconds"),
        item="*",
        section="*",
        severity=worst.value,
        title="First look",
        headline=f"{plural(len(items), 'item')} seen for the first time: {len(failed):,} fail",
        figures=figures,
        notes=tuple(
            Note(
                f"{len(some):,} {severity.value}",
                tuple(f"{item.title} ({item.id})" for item in some),
            )
            for severity, some in by_severity.items()
            if some
        ),
    )


def _headline(change: Change, item: Item) -> str:
    """What is wrong, or no longer, in one line that stands alone."""
    names = [name_of(offence.offender.resource) for offence in change.offences]
    names += [name_of(offence.offender.resource) for offence, _ in change.endings]
    unique = list(dict.fromkeys(names))
    named = ", ".join(unique[:2]) + (f" and {len(unique) - 2:,} more" if len(unique) > 2 else "")  # noqa: PLR2004 -- two fit a line
    seen = _first_observed(change)
    match change.kind:
        case Kind.BLINDED:
            said = f"Cannot see: {item.title}"
        case Kind.RECOVERED if not named:
            said = f"Can see again: {item.title}"
        case Kind.RECOVERED:
            said = f"{named}: {change.endings[0][1].value} (was: {seen})"
        case Kind.FLAPPING:
            flips = plural(len(change.history), "time")
            said = f"{named}: came and went, {flips} of late: {seen}"
        case Kind.SETTLED if change.offences:
            said = f"{named}: stays as it is: {seen}"
        case Kind.SETTLED:
            said = f"{named}: stays {change.endings[0][1].value} (was: {seen})"
        case Kind.REMINDER:
            said = f"Still failing: {named}: {seen}"
        case _:
            said = f"{named}: {seen}"
    return said


def _first_observed(change: Change) -> str:
    offences: Iterable[Open] = (*change.offences, *(offence for offence, _ in change.endings))
    return _cut(next((offence.offender.observed for offence in offences), ""), 200)


def _offence(offence: Open, ending: Ending | None) -> Offence:
    offender = offence.offender
    return Offence(
        _cut(offender.resource, _LONGEST_NAME),
        offender.fault,
        _cut(offender.observed),
        _cut(offender.expected),
        offence.since.isoformat(timespec="seconds"),
        ending.value if ending else None,
        offence.until.isoformat(timespec="seconds") if offence.until else None,
    )


def _cut(text: str, longest: int = _LONGEST_TEXT) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _link(resource: str) -> str | None:
    """Where the console shows the resource; None for what is missing."""
    if not resource.startswith("arn:"):
        return None
    return f"https://console.aws.amazon.com/go/view?arn={quote(resource, safe='')}"
