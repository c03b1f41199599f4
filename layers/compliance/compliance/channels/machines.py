"""The JSON for programs: every field always there, described by `message.schema.json`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.channels import wording
from compliance.messages import MOST_OFFENCES, Message, Offence

__all__ = ["LARGEST", "SCHEMA", "SCHEMA_VERSION", "document", "encoded"]

SCHEMA = Path(__file__).with_name("message.schema.json")
SCHEMA_VERSION = "1"

LARGEST = 262_144 - 4_096
"""Bytes that SNS takes, less what the attributes beside it may need."""

_LONGEST_TEXT = 2_000
_LONGEST_NAME = 1_200
_LONGEST_COMMAND = 6_000
_MOST_NOTES = 12
_MOST_LINES = 30
_LARGEST_FIGURES = 8_000


def document(message: Message) -> dict[str, Any]:
    """The message in the shape of `message.schema.json`. Names are as AWS gives them, not escaped.

    A text is cut where it is longer than any that AWS or a check makes; a command is whole or left
    out, for half a command does something else.
    """
    origin = message.origin
    return {
        "schema_version": SCHEMA_VERSION,
        "id": _text(message.id),
        "kind": _text(message.kind),
        "severity": _text(message.severity),
        "section": _text(message.section),
        "item": _text(message.item),
        "title": _text(message.title),
        "headline": _text(message.headline),
        "why": _text(message.why),
        "reason": None if message.reason is None else _text(message.reason),
        "at": _text(message.at),
        "since": wording.since(message),
        "workload": _text(origin.workload),
        "environment": _text(origin.environment),
        "account": _text(origin.account),
        "region": _text(origin.region),
        "run": _text(origin.run),
        "offences": [_offence(offence, message) for offence in message.offences[:MOST_OFFENCES]],
        "offence_count": max(message.offence_count, len(message.offences)),
        "fix": [_text(c, _LONGEST_COMMAND) for c in message.fix if len(c) <= _LONGEST_COMMAND],
        "link": wording.link(message),
        "figures": _figures(message.figures),
        "notes": [
            {
                "title": _text(note.title),
                "lines": [_text(line) for line in note.lines[:_MOST_LINES]],
            }
            for note in message.notes[:_MOST_NOTES]
        ],
        "changes": [_text(change) for change in message.changes],
        "runbook": wording.runbook(message),
        "accept": wording.accept(message, _LONGEST_COMMAND),
    }


def encoded(message: Message, largest: int = LARGEST) -> str:
    """The document as JSON in at most `largest` bytes.

    What does not fit is left out: first what is only there to be read, then from the end of the
    offences, whose count still tells, and last of a digest's changes.
    """
    shown = document(message)
    text = _json(shown)
    parts = [shown[name] for name in ("notes", "offences", "fix", "changes")]
    while len(text.encode()) > largest and (longest := next(filter(None, parts), None)):
        # A tenth at once of what is long, for each turn writes the whole anew.
        del longest[-(len(longest) // 10 or 1) :]
        text = _json(shown)
    return text


def _offence(offence: Offence, message: Message) -> dict[str, Any]:
    return {
        "resource": _text(offence.resource, _LONGEST_NAME),
        "fault": _text(offence.fault, _LONGEST_NAME),
        "observed": _text(offence.observed),
        "expected": _text(offence.expected),
        "since": _text(offence.since),
        "ending": None if offence.ending is None else _text(offence.ending),
        "lasted_seconds": _seconds(offence.since, offence.until or message.at)
        if offence.ending
        else None,
    }


def _seconds(start: str, end: str) -> int | None:
    try:
        seconds = (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    except (TypeError, ValueError):
        return None
    return int(seconds) if seconds >= 0 else None


def _figures(figures: Mapping[str, Any]) -> Mapping[str, Any]:
    """The figures as any JSON reader takes them; none where they are no figures at all."""
    plain = {_text(name): _plain(value) for name, value in figures.items()}
    return plain if len(_json(plain).encode()) <= _LARGEST_FIGURES else {}


def _plain(value: object) -> object:
    """The value as JSON has it: Python would write NaN, which JSON has not."""
    match value:
        case str():
            return _text(value)
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {_text(str(name)): _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case _:
            return value


def _text(text: str, longest: int = _LONGEST_TEXT) -> str:
    """The text cut, and without halves of surrogate pairs: no JSON reader agrees on those."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return whole if len(whole) <= longest else f"{whole[: longest - 1]}…"


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
