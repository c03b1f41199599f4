"""Statements as they are kept: written once, never changed, never deleted.

Pure data. Whoever keeps them appends; what counts at a moment is worked out in `standing`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance.model import Severity

__all__ = [
    "LONGEST_EXCEPTION",
    "LONGEST_TIME",
    "Attestation",
    "Author",
    "Evidence",
    "ItemException",
    "Quantity",
    "Revocation",
    "Statement",
    "new_id",
]

LONGEST_EXCEPTION = {
    Severity.CRITICAL: timedelta(days=7),
    Severity.HIGH: timedelta(days=30),
    Severity.MEDIUM: timedelta(days=90),
    Severity.LOW: timedelta(days=180),
}
"""For how long a fault may be accepted, by the severity of its item."""

LONGEST_TIME = timedelta(days=100 * 365)
"""The longest time that can be stated: past it no date can be worked out."""

_SECONDS = {
    **dict.fromkeys(("second", "sec"), 1),
    **dict.fromkeys(("minute", "min"), 60),
    **dict.fromkeys(("hour", "hr", "h"), 3_600),
    **dict.fromkeys(("day", "d"), 86_400),
}


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes a statement: the name that people know, and the AWS identity that was recorded.

    `user_id` is the caller's unique id, which the key of the record must begin with, so that nobody
    can state in another's name; `arn` is the caller's at that time. Both are empty for a statement
    from a reviewed file, whose approval is the review.
    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """

    name: str
    user_id: str = ""
    arn: str = ""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, such as an objective of 4 hours."""

    number: float
    unit: str

    @property
    def duration(self) -> timedelta | None:
        """The quantity as a time; None where its unit is none of time, or it is past all measure.

        >>> Quantity(90, "min").duration
        datetime.timedelta(seconds=5400)
        """
        seconds = self.number * (self._seconds or math.nan)
        longest = LONGEST_TIME.total_seconds()
        return timedelta(seconds=seconds) if -longest <= seconds <= longest else None

    @property
    def is_time(self) -> bool:
        """Whether the unit is one of time."""
        return self._seconds is not None

    @property
    def _seconds(self) -> int | None:
        return _SECONDS.get(self.unit.lower().rstrip("s"))

    def __str__(self) -> str:
        return f"{self.number:g} {self.unit}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a statement rests on: a link, a file known by its digest, or a value.

    `detail` is what a machine read in the file, such as the counts of a test report.
    """

    link: str | None = None
    file: str | None = None
    sha256: str | None = None
    value: Quantity | None = None
    detail: str | None = None

    def __bool__(self) -> bool:
        return bool(self.link or self.sha256 or self.value)

    def __str__(self) -> str:
        parts = [
            self.link,
            f"{self.file or 'file'} (sha256 {self.sha256[:12]})" if self.sha256 else None,
            str(self.value) if self.value else None,
            self.detail,
        ]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Attestation:
    """A person states that an item holds, from `at` until `valid_until`."""

    id: str
    item: str
    author: Author
    at: datetime
    valid_until: datetime
    evidence: Evidence
    note: str = ""


@dataclass(frozen=True, slots=True)
class ItemException:
    """A person accepts faults of an item's resources, from `at` until `until`.

    `resource` is exact or a pattern with `*` and `?`; `faults` are codes, never all there may ever
    be: what appears later was not accepted.
    """

    id: str
    item: str
    author: Author
    at: datetime
    until: datetime
    resource: str
    faults: frozenset[str]
    reason: str


@dataclass(frozen=True, slots=True)
class Revocation:
    """An item's attestations up to `at` count no more, or the one exception `exception` does."""

    id: str
    item: str
    author: Author
    at: datetime
    reason: str
    exception: str | None = None


Statement = Attestation | ItemException | Revocation


def new_id(at: datetime, *parts: str) -> str:
    """An id that sorts by time and is the same for the same content: it makes writing idempotent.

    >>> from datetime import UTC
    >>> new_id(datetime(2026, 5, 1, 12, tzinfo=UTC), "cost.cost-explorer")[:17]
    '20260501T120000Z-'
    """
    digest = _digest(parts)
    return f"{at:%Y%m%dT%H%M%SZ}-{digest}"


def _digest(parts: Iterable[str]) -> str:
    import hashlib  # noqa: PLC0415 -- only who writes needs it

    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:12]
