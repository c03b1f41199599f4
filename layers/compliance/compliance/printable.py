"""Names and times as people may safely see them.

Whoever may create a resource chooses what it is called, and AWS answers in whatever time zone.
"""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["day", "minute", "printable", "shortened"]


def printable(text: str) -> str:
    r"""The text with nothing in it that a terminal or a browser obeys rather than shows.

    White space of every kind becomes a space, so that a name stays on its line. Control characters,
    and those that reverse or hide their neighbours, are shown as Python writes them: dropping them
    would make two different names look alike.

    >>> printable("a\x1b[31m\nb")
    'a\\x1b[31m b'
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    if character.isspace():
        return " "
    return character.encode("unicode_escape").decode("ascii")


def shortened(text: str, limit: int) -> str:
    """The text in at most `limit` characters, cut in the middle: names differ at their ends.

    >>> shortened("arn:aws:logs:us-east-1:123456789012:log-group:/a", 20)
    'arn:aws:lo…-group:/a'
    """
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail]}…{text[len(text) - tail :]}"


def minute(at: datetime) -> str:
    """The moment as people read it, in UTC: "2026-03-01 14:05 UTC"."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day(at: datetime) -> str:
    """The day of a moment, in UTC: "2026-03-01"."""
    return f"{at.astimezone(UTC):%Y-%m-%d}"
