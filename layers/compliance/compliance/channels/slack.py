"""The Slack message: Block Kit within Slack's limits, whatever the message holds.

Every text that comes from an account is in a plain or rich text element. Slack shows those as they
are and looks for no mention, link, emoji or formatting in them, so that nothing needs to be escaped
and a command can be copied as it stands. The one text that Slack parses, the fallback that
notifications show, is escaped.
Sources: https://docs.slack.dev/reference/block-kit/blocks
         https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from compliance.channels import wording
from compliance.messages import Message, Offence
from compliance.model import name_of, plural

__all__ = ["payload"]

Block = dict[str, Any]

_LONGEST_HEADER = 150
_LONGEST_FALLBACK = 300
_LONGEST_NAME = 200
_LONGEST_VALUE = 160
_LONGEST_PROSE = 700
_LONGEST_REASON = 1_200
_LONGEST_NOTE = 200
_MOST_IN_NOTES = 3_500
_LONGEST_COMMAND = 2_500
_MOST_IN_COMMANDS = 3_000
_COLOURS = {"critical": "🔴", "high": "🟠", "medium": "🟡", "low": "🔵"}
_WORD_JOINER = "\u2060"
_EVERYBODY = re.compile(r"@(?=(?:here|channel|everyone|group)\b)", re.IGNORECASE)


def payload(message: Message) -> dict[str, Any]:
    """The body that an incoming webhook takes."""
    blocks = [
        _header(message),
        _context(_place(message)),
        *_demand(message),
        *_offences(message),
        *_notes(message),
        *_explanation(message),
        *_fix(message),
        *_accept(message),
        *_links(message),
        _context(_identity(message)),
    ]
    return {
        "text": _fallback(message),
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _fallback(message: Message) -> str:
    """What a notification shows: escaped, and with no word in it that rings a whole channel."""
    origin = message.origin
    line = wording.cut(
        f"[{message.severity}] {origin.environment}: {wording.headline(message)}",
        _LONGEST_FALLBACK,
    )
    escaped = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _EVERYBODY.sub(f"@{_WORD_JOINER}", escaped)


def _header(message: Message) -> Block:
    over = message.kind in {"recovered", "settled"} and all(o.ending for o in message.offences)
    colour = "🟢" if over else _COLOURS.get(message.severity, "⚪")
    limit = _LONGEST_HEADER
    while _units(text := f"{colour} {_shown(wording.headline(message), limit)}") > _LONGEST_HEADER:
        limit -= 1
    return {"type": "header", "text": _plain(text)}


def _place(message: Message) -> Iterator[str]:
    origin = message.origin
    yield message.severity
    yield f"{origin.workload} {origin.environment}"
    yield f"account {origin.account}"
    yield origin.region
    yield wording.span(message)


def _identity(message: Message) -> Iterator[str]:
    if message.item != "*":
        yield f"item {message.item}"
    yield f"change {message.id}"


def _demand(message: Message) -> Iterator[Block]:
    if message.item != "*":
        yield _section(f"Demanded: {message.title}", _LONGEST_PROSE)
    if message.reason:
        yield _section(message.reason, _LONGEST_REASON)
    if message.kind == "blinded":
        yield _section(
            "Until this can be seen again, a drift of this item goes unnoticed.", _LONGEST_PROSE
        )
    if shown := [f"{name} {value}" for name, value in wording.figures(message)]:
        yield _section(" · ".join(shown), _LONGEST_PROSE)


def _offences(message: Message) -> Iterator[Block]:
    elements = [
        _paragraph(_offence(offence, message.at))
        for offence in message.offences[: wording.MOST_SHOWN]
    ]
    if hidden := wording.remaining(message):
        command = wording.show_all(message)
        all_of_them = [_text(f"{hidden}; all of them: "), _code(command)] if command else []
        elements.append(_paragraph(all_of_them or [_text(hidden)]))
    if elements:
        yield {"type": "rich_text", "elements": elements}


def _offence(offence: Offence, at: str) -> Iterator[dict[str, Any]]:
    seen = _shown(offence.observed, _LONGEST_VALUE)
    wanted = _shown(offence.expected, _LONGEST_VALUE)
    yield _code(wording.isolated(wording.compact(name_of(offence.resource), _LONGEST_NAME)))
    if end := wording.ended(offence, at):
        yield _text(f"  {end}\nwas {seen} → expected {wanted}\n")
    else:
        yield _text(f"\n{seen} → expected {wanted}\n")


def _explanation(message: Message) -> Iterator[Block]:
    if message.why and message.kind != "recovered":
        yield _section(f"Why it matters: {message.why}", _LONGEST_PROSE)


def _fix(message: Message) -> Iterator[Block]:
    shown, left_out = _fitting(message)
    if shown:
        yield {
            "type": "rich_text",
            "elements": [
                _paragraph([_text("To mend it:", bold=True)]),
                {"type": "rich_text_preformatted", "elements": [_text("\n".join(shown))]},
            ],
        }
    if left_out and (command := wording.show_all(message)):
        said = f"{plural(left_out, 'command')} cannot be shown here: "
        yield {"type": "rich_text", "elements": [_paragraph([_text(said), _code(command)])]}


def _fitting(message: Message) -> tuple[list[str], int]:
    """The commands that fit together, each whole, and how many do not."""
    candidates, left_out = wording.commands(message, _LONGEST_COMMAND)
    shown: list[str] = []
    for command in candidates:
        if _units("\n".join([*shown, command])) <= _MOST_IN_COMMANDS:
            shown.append(command)
    return shown, left_out + len(candidates) - len(shown)


def _accept(message: Message) -> Iterator[Block]:
    if command := wording.accept(message, _LONGEST_COMMAND):
        said = _paragraph([_text("To except the first for a while: "), _code(command)])
        yield {"type": "rich_text", "elements": [said]}


def _links(message: Message) -> Iterator[Block]:
    named = [("Runbook", wording.runbook(message)), ("Open in the console", wording.link(message))]
    for name, address in named:
        if address:
            opened = {"type": "link", "url": address, "text": name}
            yield {"type": "rich_text", "elements": [_paragraph([opened])]}


def _notes(message: Message) -> Iterator[Block]:
    for note in wording.notes(message, _LONGEST_NOTE, _MOST_IN_NOTES):
        yield {
            "type": "rich_text",
            "elements": [
                _paragraph([_text(note.title, bold=True)]),
                {
                    "type": "rich_text_list",
                    "style": "bullet",
                    "elements": [_paragraph([_text(line)]) for line in note.lines],
                },
            ],
        }


def _section(text: str, limit: int) -> Block:
    return {"type": "section", "text": _plain(_shown(text, limit))}


def _context(texts: Iterable[str]) -> Block:
    elements = [_plain(wording.isolated(wording.compact(text, _LONGEST_NAME))) for text in texts]
    return {"type": "context", "elements": elements}


def _plain(text: str) -> dict[str, Any]:
    """A text that Slack shows as it is; without `emoji: false`, `:smile:` in a name would smile."""
    return {"type": "plain_text", "text": text if text.strip() else "-", "emoji": False}


def _shown(text: str, limit: int) -> str:
    return wording.isolated(wording.cut(text, limit))


def _units(text: str) -> int:
    """The length as JavaScript counts it, which is never less than the number of characters."""
    return len(text.encode("utf-16-le")) // 2


def _paragraph(elements: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(elements)}


def _text(text: str, *, bold: bool = False) -> dict[str, Any]:
    element: dict[str, Any] = {"type": "text", "text": text}
    return {**element, "style": {"bold": True}} if bold else element


def _code(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text if text.strip() else "-", "style": {"code": True}}
