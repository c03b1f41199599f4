"""AWS Organizations."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Organization:
    """The organization that the account belongs to."""

    arn: str
