"""What an address answers to whoever asks from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """The answer to one request; of its headers those that were asked for, by lower-case name.

    `distrusted` says why no browser would accept the connection, and then there is no answer: a
    stable code and its reason in words. `location` is where the answer sends on to, in full.
    """

    url: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    location: str | None = None
    distrusted: tuple[str, str] | None = None
