"""Text in Markdown that stays text, whatever it holds."""

from __future__ import annotations

import re

from compliance.printable import printable, shortened

__all__ = ["code", "longest_run", "plain"]

_LONGEST = 200


def code(text: str, limit: int = _LONGEST, *, in_table: bool = False, beside: str = "") -> str:
    """A code span: its fence is longer than any run of backticks inside, or in the text beside."""
    content = shortened(printable(text), limit) or " "
    if in_table:
        content = content.replace("|", "\\|")
    fence = "`" * (longest_run(f"{content} {beside}") + 1)
    space = " " if content.startswith("`") or content.endswith("`") else ""
    return f"{fence}{space}{content}{space}{fence}"


def plain(text: str) -> str:
    """Prose in which nothing is markup: punctuation that Markdown reads is escaped."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&@])", r"\\\1", printable(text))


def longest_run(text: str) -> int:
    """The most backticks in a row."""
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
