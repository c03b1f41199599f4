"""A queue's message: what is to be sent, through which channel, and the outbox row it is from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compliance.messages import Message

__all__ = ["Envelope", "NoEnvelope", "read"]

SCHEMA_VERSION = "1"

_TEXTS = ("id", "kind", "at", "item", "section", "severity", "title", "headline", "why")
_OFFENCE_TEXTS = ("resource", "fault", "observed", "expected", "since")
_ORIGIN_TEXTS = ("workload", "environment", "account", "region", "run")


class NoEnvelope(ValueError):  # noqa: N818 -- said of a body, as in "this is no envelope"
    """A body that nothing can be sent from. What it holds is not repeated: it may be anything."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message for one receiver; `change` is the key of its row in the outbox.

    `channel` is the receiver: the channel's name, or `channel:route` (`compliance.routes`).
    """

    channel: str
    message: Message
    change: Mapping[str, str]


def read(body: str) -> Envelope:
    """The envelope in a queue's body; raises NoEnvelope with what is amiss."""
    # Raised out here, so that no parser's error, which quotes the body, travels along.
    found = _read(body)
    if isinstance(found, str):
        raise NoEnvelope(found)
    return found


def _read(body: str) -> Envelope | str:
    try:
        document = json.loads(body)
    except (RecursionError, ValueError):
        return "the body is no JSON"
    if not isinstance(document, Mapping) or document.get("schema_version") != SCHEMA_VERSION:
        return f"the body is no envelope of version {SCHEMA_VERSION}, which this function reads"
    try:
        message = Message.from_json(document["message"])
        channel, change = document["channel"], document["change"]
        envelope = Envelope(channel, message, {"pk": change["pk"], "sk": change["sk"]})
    except KeyError as error:
        return f"the envelope lacks {error}"
    except (AttributeError, TypeError):
        return "the envelope or its message has other fields than it should"
    typed = (
        all(isinstance(text, str) for text in _texts(envelope))
        and isinstance(message.figures, Mapping)
        and isinstance(message.offence_count, int)
    )
    return envelope if typed and message.id else "a field of the envelope is of another type"


def _texts(envelope: Envelope) -> Iterator[Any]:
    """All that must be text: JSON with the right names may still hold anything."""
    message = envelope.message
    yield envelope.channel
    yield from envelope.change.values()
    yield from (getattr(message, name) for name in _TEXTS)
    yield from (getattr(message.origin, name) for name in _ORIGIN_TEXTS)
    yield from message.fix
    yield from message.changes
    for note in message.notes:
        yield note.title
        yield from note.lines
    optional = [message.reason, message.link, message.runbook, message.accept]
    for offence in message.offences:
        yield from (getattr(offence, name) for name in _OFFENCE_TEXTS)
        optional.append(offence.ending)
    yield from (text for text in optional if text is not None)
