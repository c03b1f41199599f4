"""The event for EventBridge: rules match its source, its detail type and its detail.

The event as a rule's target receives it is described by `event.schema.json`.
Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.channels.machines import encoded
from compliance.messages import Message

__all__ = ["LARGEST_ENTRY", "SCHEMA", "SOURCE", "detail_type", "entry", "size"]

SCHEMA = Path(__file__).with_name("event.schema.json")
SOURCE = "omnitrack.compliance"

LARGEST_ENTRY = 262_144
"""Bytes of an entry as EventBridge counts them; see `size`."""

_LARGEST_DETAIL = 200_000
_MOST_RESOURCES = 10
_LONGEST_RESOURCE = 2_048
_LONGEST_DETAIL_TYPE = 128
_TIME_BYTES = 14


def entry(message: Message, bus: str) -> dict[str, Any]:
    """The entry for PutEvents: the ARNs of the first resources, and the whole message as detail."""
    resources = [
        offence.resource
        for offence in message.offences
        if offence.resource.startswith("arn:")
        and len(offence.resource) <= _LONGEST_RESOURCE
        and offence.resource.isprintable()
    ]
    put = {
        "Source": SOURCE,
        "DetailType": detail_type(message),
        "Detail": encoded(message, _LARGEST_DETAIL),
        "Resources": list(dict.fromkeys(resources))[:_MOST_RESOURCES],
        "EventBusName": bus,
    }
    try:
        return {"Time": datetime.fromisoformat(message.at), **put}
    except ValueError:
        return put


def detail_type(message: Message) -> str:
    """What a rule names: "Compliance Drifted", "Compliance Recovered" and so on, by the kind."""
    kind = "".join(c for c in message.kind.capitalize() if c.isprintable())
    return f"Compliance {kind}"[:_LONGEST_DETAIL_TYPE]


def size(put: dict[str, Any]) -> int:
    """The bytes of an entry as EventBridge counts them.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
    """
    texts = [put["Source"], put["DetailType"], put["Detail"], *put["Resources"]]
    return (_TIME_BYTES if "Time" in put else 0) + sum(len(text.encode()) for text in texts)
