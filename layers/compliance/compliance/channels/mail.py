"""The mail: a subject that says it all, a body that needs no other tool. Plain text.

SNS adds its own line on unsubscribing below the body.
Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator

from compliance.channels import wording
from compliance.messages import Message, Offence

__all__ = ["LARGEST_BODY", "LONGEST_SUBJECT", "body", "subject"]

LONGEST_SUBJECT = 99
"""SNS wants less than 100 characters."""

LARGEST_BODY = 262_144 - 4_096
"""Bytes that SNS takes, less what the attributes beside it may need."""

_WIDTH = 76
_LONGEST_NAME = 1_200
_LONGEST_VALUE = 600
_MOST_IN_NOTES = 12_000
_LONGEST_PROSE = 3_000
_LONGEST_COMMAND = 6_000
_SIGNS = str.maketrans(
    {"\u2192": "->", "\u2013": "-", "\u2014": "-", "\u2018": "'", "\u2019": "'"}
    | dict.fromkeys("\u201c\u201d", '"')
)


def subject(message: Message) -> str:
    """Severity, what happened, where, and to what: ASCII, one line, within SNS's limit."""
    told = (
        f"[{message.severity}] {message.kind.upper()} {message.origin.environment}: "
        f"{message.headline}"
    )
    # Last of all, for some signs come apart into a space and an accent.
    line = " ".join(_ascii(wording.printable(told)).split())
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 3]}..."


def body(message: Message) -> str:
    """The mail's text. Prose is wrapped; a name or a command is on one line, ready to be copied."""
    paragraphs = [
        _wrapped(wording.cut(wording.headline(message), _LONGEST_PROSE)),
        "\n".join(_facts(message)),
        *_offences(message),
        *_notes(message),
        *_explanation(message),
        *_fix(message),
        *_accept(message),
        *_links(message),
        f"Change: {wording.compact(message.id, _LONGEST_NAME)}",
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def _facts(message: Message) -> Iterator[str]:
    origin = message.origin
    yield from _row("Severity", message.severity)
    yield from _row("Where", f"{origin.workload} {origin.environment}, {_place(message)}")
    if message.item != "*":
        yield from _row("Item", f"{message.item} ({message.section})")
        yield from _row("Demanded", message.title)
    yield from _row("When", wording.span(message))
    if message.reason:
        yield from _row("Reason", message.reason)
    for name, value in wording.figures(message):
        yield from _row(name.capitalize() if name.islower() else name, value)


def _place(message: Message) -> str:
    return f"account {message.origin.account}, {message.origin.region}"


def _row(name: str, value: str) -> Iterator[str]:
    """A fact beside its name; a value that goes on stays in its column."""
    indent = " " * 14
    text = f"{name + ':':<13} {wording.cut(wording.isolated(value), _LONGEST_PROSE)}"
    yield _wrapped(text, subsequent_indent=indent)


def _offences(message: Message) -> Iterator[str]:
    for offence in message.offences[: wording.MOST_SHOWN]:
        yield "\n".join(_offence(offence, message.at))
    if hidden := wording.remaining(message):
        command = wording.show_all(message)
        yield f"{hidden}; all of them:\n    {command}" if command else hidden


def _offence(offence: Offence, at: str) -> Iterator[str]:
    yield f"* {wording.isolated(wording.compact(offence.resource, _LONGEST_NAME))}"
    seen = wording.isolated(wording.cut(offence.observed, _LONGEST_VALUE))
    wanted = wording.isolated(wording.cut(offence.expected, _LONGEST_VALUE))
    end = wording.ended(offence, at)
    told = f"was {seen} → expected {wanted}" if end else f"{seen} → expected {wanted}"
    yield _wrapped(told, initial_indent="  ", subsequent_indent="    ")
    yield f"  since {wording.when(offence.since)}" + (f", {end}" if end else "")


def _explanation(message: Message) -> Iterator[str]:
    if message.why and message.kind != "recovered":
        yield _wrapped(wording.cut(f"Why it matters: {message.why}", _LONGEST_PROSE))
    if message.kind == "blinded":
        yield _wrapped("Until this can be seen again, a drift of this item goes unnoticed.")


def _fix(message: Message) -> Iterator[str]:
    fitting, left_out = wording.commands(message, _LONGEST_COMMAND)
    if fitting:
        yield "To mend it:\n" + "\n".join(f"    {command}" for command in fitting)
    if left_out and (command := wording.show_all(message)):
        yield f"Commands that cannot be shown in a mail: {left_out}. To see them:\n    {command}"


def _accept(message: Message) -> Iterator[str]:
    if command := wording.accept(message, _LONGEST_COMMAND):
        yield f"To except the first for a while:\n    {command}"


def _links(message: Message) -> Iterator[str]:
    if address := wording.runbook(message):
        yield f"Runbook:\n    {address}"
    if address := wording.link(message):
        yield f"In the console:\n    {address}"


def _notes(message: Message) -> Iterator[str]:
    for note in wording.notes(message, _LONGEST_VALUE, _MOST_IN_NOTES):
        lines = [_wrapped(line, initial_indent="* ", subsequent_indent="  ") for line in note.lines]
        yield "\n".join([f"{note.title}:", *lines])


def _wrapped(text: str, initial_indent: str = "", subsequent_indent: str = "") -> str:
    """Prose at the width of a mail; a word that is longer stays whole on a line of its own."""
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=initial_indent,
        subsequent_indent=subsequent_indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _ascii(text: str) -> str:
    """The text in ASCII: accents dropped, signs spelt out, everything else a question mark."""
    spelt = unicodedata.normalize("NFKD", text.translate(_SIGNS))
    bare = "".join(character for character in spelt if not unicodedata.combining(character))
    return wording.printable(bare).encode("ascii", "replace").decode("ascii")
