"""What a subscription to a topic can filter by."""

from __future__ import annotations

import re

from compliance.messages import Message

__all__ = ["attributes"]

_LONGEST = 256
_NEVER_IN_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def attributes(message: Message) -> dict[str, dict[str, str]]:
    """The message's attributes as SNS takes them: severity, section, kind and item.

    A value is never empty and holds no character that SNS refuses, or else one odd name would keep
    the message from everybody.
    Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
    """
    values = {
        "severity": message.severity,
        "section": message.section,
        "kind": message.kind,
        "item": message.item,
    }
    return {
        name: {"DataType": "String", "StringValue": _plain(value)} for name, value in values.items()
    }


def _plain(value: str) -> str:
    return _NEVER_IN_XML.sub("\ufffd", value)[:_LONGEST] or "-"
