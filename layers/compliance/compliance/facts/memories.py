"""What the monitor itself remembers of earlier runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Remembered:
    """Something that an earlier run saw, by the name that its check gave it, and its last time."""

    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LastDelivery:
    """When a channel of the monitor (mail, slack ...) last took a message."""

    channel: str
    at: datetime
