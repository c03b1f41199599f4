"""The words that all channels use for people: labels, times, and names as they may be shown."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta

from compliance.messages import Message, Note, Offence
from compliance.printable import printable

__all__ = [
    "MOST_SHOWN",
    "accept",
    "commands",
    "compact",
    "cut",
    "ended",
    "figures",
    "headline",
    "isolated",
    "label",
    "lasted",
    "link",
    "notes",
    "printable",
    "remaining",
    "runbook",
    "show_all",
    "since",
    "span",
    "when",
]

MOST_SHOWN = 10
"""People are shown this many offences, then the count and the command that shows all."""

_LABELS = {
    "drifted": "Drifted",
    "recovered": "Recovered",
    "blinded": "Cannot see",
    "reminder": "Still failing",
    "enrolled": "First look",
    "flapping": "Flapping",
    "settled": "Settled",
    "digest": "Digest",
    "daily": "Today",
}
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_ADDRESS = re.compile(r"https://[\w.:/?#\[\]@!$&()*+,;=%~-]{1,2900}", re.ASCII)
_LONGEST_FIGURE = 60
_MOST_FIGURES = 12
_MOST_NOTES = 8
_MOST_LINES = 15
_LONGEST_TITLE = 80


def isolated(text: str) -> str:
    """Printable text whose direction stays its own.

    Without the isolates an Arabic name would pull the arrow and the value beside it to its left.
    """
    text = printable(text)
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text):
        return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"
    return text


def cut(text: str, limit: int) -> str:
    """Printable text in at most `limit` characters, cut at its end: sentences begin with the point.

    >>> cut("all is well", 8)
    'all is …'
    """
    text = printable(text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def compact(text: str, limit: int) -> str:
    """Printable text in at most `limit` characters, cut in the middle: names differ at their ends.

    >>> compact("arn:aws:logs:us-east-1:123456789012:log-group:/a", 20)
    'arn:aws:lo…-group:/a'
    """
    text = printable(text)
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail]}…{text[len(text) - tail :]}"


def label(message: Message) -> str:
    """What happened, in a word or two; a kind that is not known yet stands for itself."""
    return _LABELS.get(message.kind, cut(message.kind.capitalize(), 40) or "Changed")


def headline(message: Message) -> str:
    """What is wrong in one line that stands alone: where the message does not say what, we do."""
    said = printable(message.headline)
    return said if message.kind in {"blinded", "reminder"} else f"{label(message)}: {said}"


def when(moment: str) -> str:
    """A time as people read it; anything that is no time is shown as it came.

    >>> when("2026-03-01T14:05:09+00:00")
    '2026-03-01 14:05 UTC'
    """
    parsed = _parsed(moment)
    return f"{parsed:%Y-%m-%d %H:%M} UTC" if parsed else cut(moment, 40)


def since(message: Message) -> str | None:
    """When the first of the offences began; None where there is none or it does not say."""
    times = [parsed for offence in message.offences if (parsed := _parsed(offence.since))]
    return min(times).isoformat() if times else None


def lasted(start: str, end: str) -> str | None:
    """How long it took, in its two largest units; None where the times do not say.

    >>> lasted("2026-03-01T14:05:09+00:00", "2026-03-02T15:05:09+00:00")
    '1 day 1 hour'
    """
    began, over = _parsed(start), _parsed(end)
    if began is None or over is None or over < began:
        return None
    return _in_words(over - began)


def _in_words(duration: timedelta) -> str:
    minutes = int(duration.total_seconds()) // 60
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "day"), (hours, "hour"), (minutes, "minute")]
    named = [f"{count:,} {unit}{'s' if count > 1 else ''}" for count, unit in parts if count]
    return " ".join(named[:2]) or "less than a minute"


def span(message: Message) -> str:
    """Since when it has been so, or how long it was, or just when it was seen."""
    began = since(message)
    took = lasted(began, message.at) if began else None
    if message.kind == "recovered" and began and took:
        return f"lasted {took}, {when(began)} to {when(message.at)}"
    if message.kind == "recovered" or began is None:
        return f"seen {when(message.at)}"
    if message.kind == "settled" and all(offence.ending for offence in message.offences):
        return f"over since {when(max(each.until or message.at for each in message.offences))}"
    return f"since {when(began)}" + (f", for {took}" if took and began != message.at else "")


def ended(offence: Offence, at: str) -> str | None:
    """How an offence ended and after how long; None while it lasts."""
    if offence.ending is None:
        return None
    took = lasted(offence.since, offence.until or at)
    return f"{cut(offence.ending, 40)} after {took}" if took else cut(offence.ending, 40)


def remaining(message: Message) -> str | None:
    """How many offences are not shown; None where all are."""
    hidden = max(message.offence_count, len(message.offences)) - min(
        len(message.offences), MOST_SHOWN
    )
    return f"and {hidden:,} more" if hidden > 0 else None


def show_all(message: Message) -> str | None:
    """The command that shows all offences; None where none would show up: they ended."""
    if message.kind == "recovered" or not message.item.isprintable():
        return None
    return f"compliance run --item {shlex.quote(message.item)}" if len(message.item) < 200 else None  # noqa: PLR2004 -- no item's id is as long


def commands(message: Message, longest: int) -> tuple[list[str], int]:
    """The commands that mend it, whole, and how many are too long to show.

    Half a command does something else than the whole: it is shown entirely or not at all. The same
    holds for one with characters that cannot be shown as they are.
    """
    given = [command for command in message.fix if command.strip()]
    fit = [command for command in given if command.isprintable() and len(command) <= longest]
    return fit, len(given) - len(fit)


def link(message: Message) -> str | None:
    """Where the console shows the first resource; None for whatever is no plain https address."""
    return message.link if message.link and _ADDRESS.fullmatch(message.link) else None


def runbook(message: Message) -> str | None:
    """Where it is written what to do; None for whatever is no plain https address."""
    known = message.runbook
    return known if known and _ADDRESS.fullmatch(known) else None


def accept(message: Message, longest: int) -> str | None:
    """The command that excepts it for a while, whole; None where it cannot be shown so."""
    command = message.accept
    if not command or not command.isprintable() or len(command) > longest:
        return None
    return command


def notes(message: Message, longest: int, most: int) -> Iterator[Note]:
    """What else there is to read, in `most` characters: each line cut, the rest counted."""
    for note in message.notes[:_MOST_NOTES]:
        lines: list[str] = []
        for line in [each for each in note.lines if each.strip()]:
            shown = isolated(cut(line, longest))
            if len(lines) == _MOST_LINES or len(shown) > most:
                break
            lines.append(shown)
            most -= len(shown)
        if hidden := sum(bool(each.strip()) for each in note.lines) - len(lines):
            lines.append(f"and {hidden:,} more")
        if lines:
            yield Note(isolated(cut(note.title, _LONGEST_TITLE)).strip() or "-", tuple(lines))


def figures(message: Message) -> Iterator[tuple[str, str]]:
    """The figures of a summary by name: the score first, the counts as they come."""
    flat: dict[str, object] = {}
    for name, value in message.figures.items():
        if isinstance(value, dict):
            flat.update({f"{name} {inner}": each for inner, each in value.items()})
        else:
            flat[name] = value
    for name, value in list(flat.items())[:_MOST_FIGURES]:
        share = name in {"score", "coverage"} and isinstance(value, int | float)
        shown = "unknown" if value is None else f"{value:.1f} %" if share else str(value)
        yield cut(name.replace("_", " "), _LONGEST_FIGURE), cut(shown, _LONGEST_FIGURE)


def _parsed(moment: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else None
