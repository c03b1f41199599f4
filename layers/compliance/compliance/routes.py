"""Whom a message is for: the channels, and the further receivers that the baseline routes to.

A receiver is a channel's name, or `channel:route` for one of the baseline's routes.
"""

from __future__ import annotations

from collections.abc import Collection

from compliance.baseline import Baseline
from compliance.model import Severity

__all__ = ["FOR_PEOPLE", "channel_of", "receivers", "route_of"]

FOR_PEOPLE = frozenset({"mail", "slack"})
"""The channels that people read. Programs are not disturbed by many messages: they get each change
by itself and at once, and match it by what happened."""


def receivers(
    baseline: Baseline, channels: Collection[str], severity: Severity, section: str
) -> list[str]:
    """Everybody who is to get what is of this severity and section, by channel."""
    found: list[str] = []
    for channel in channels:
        routed = [
            f"{channel}:{route['name']}"
            for route in baseline["alerts"]["routes"]
            if route["channel"] == channel
            and severity.value in route.get("severities", [severity.value])
            and section in route.get("sections", [section])
        ]
        found += routed or [channel]
    return found


def channel_of(receiver: str) -> str:
    """The channel that a receiver is reached through.

    >>> channel_of("slack:security")
    'slack'
    """
    return receiver.partition(":")[0]


def route_of(receiver: str) -> str | None:
    """The receiver's route; None for the channel's default.

    >>> route_of("slack:security"), route_of("slack")
    ('security', None)
    """
    return receiver.partition(":")[2] or None
