"""What statements are worth at a moment: pure, the time is an argument."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from itertools import chain

from compliance.model import Item, Offender, plural
from compliance.statements.records import (
    LONGEST_EXCEPTION,
    Attestation,
    ItemException,
    Revocation,
    Statement,
)

__all__ = ["Ended", "Exceptions", "Standing", "Statements", "attested", "resource_of"]

SKEW = timedelta(minutes=5)
"""How far the clock of whoever states may be ahead of ours."""


class Ended(StrEnum):
    """Why an exception is not in force."""

    OVER = "ended"
    REVOKED = "revoked"
    TOO_LONG = "longer than allowed"
    NOT_YET = "begins in the future"
    SUPERSEDED = "superseded by a newer one"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an item's attestation stands: the one that counts, or why none does (`fault`)."""

    item: Item
    attestation: Attestation | None = None
    fault: Offender | None = None

    @property
    def holds(self) -> bool:
        """Whether a person's word stands behind the item now."""
        return self.fault is None

    @property
    def summary(self) -> str:
        """One clause on who stated it and until when, or on what is wrong with it."""
        if self.fault is not None:
            return self.fault.observed
        stated = self.attestation
        assert stated is not None  # noqa: S101 -- for the type checker: without a fault there is one
        return f"attested by {stated.author.name} until {stated.valid_until:%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class Exceptions:
    """An item's exceptions at a moment: those in force, and why each other one is not."""

    in_force: tuple[ItemException, ...] = ()
    others: tuple[tuple[ItemException, Ended], ...] = ()

    def accepting(self, offender: Offender) -> ItemException | None:
        """The newest exception in force that accepts the offender."""
        return next(
            (
                each
                for each in reversed(self.in_force)
                if offender.fault in each.faults and covers(each.resource, offender.resource)
            ),
            None,
        )


@dataclass(frozen=True, slots=True)
class Statements:
    """All that people ever stated, by item, each in the order of its time."""

    by_item: dict[str, tuple[Statement, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, statements: Iterable[Statement]) -> Statements:
        """Statements in any order; what the same person stated twice counts once."""
        held: dict[str, dict[tuple[str, str], Statement]] = {}
        for each in statements:
            held.setdefault(each.item, {})[each.id, each.author.user_id] = each
        return cls(
            {
                item: tuple(sorted(members.values(), key=_order))
                for item, members in sorted(held.items())
            }
        )

    def of_item(self, item: str) -> Sequence[Statement]:
        """The trail of an item: who said what when, oldest first."""
        return self.by_item.get(item, ())

    def __iter__(self) -> Iterator[Statement]:
        return chain.from_iterable(self.by_item.values())

    def standing(self, item: Item, now: datetime) -> Standing:
        """Which attestation of an item counts at `now`; a newer one supersedes an older one.

        One from the future supersedes nothing, and a revocation ends all that came before it.
        """
        trail = self.of_item(item.id)
        made = [each for each in trail if isinstance(each, Attestation)]
        past = [each for each in made if each.at <= now + SKEW]
        if not past:
            return attested(item, made[-1] if made else None, None, now)
        newest = past[-1]
        taken_back = [
            each
            for each in trail
            if isinstance(each, Revocation)
            and each.exception is None
            and newest.at <= each.at <= now + SKEW
        ]
        return attested(item, newest, taken_back[-1] if taken_back else None, now)

    def exceptions(self, item: Item, now: datetime) -> Exceptions:
        """Which exceptions of an item are in force at `now`.

        Of two that accept the same faults of the same resource the newer one counts, so that there
        are never two for one thing.
        """
        trail = self.of_item(item.id)
        revoked = {
            each.exception: each.at
            for each in trail
            if isinstance(each, Revocation) and each.exception is not None and each.at <= now + SKEW
        }
        in_force: dict[tuple[str, frozenset[str]], ItemException] = {}
        others: list[tuple[ItemException, Ended]] = []
        for each in trail:
            if not isinstance(each, ItemException):
                continue
            if ended := _ended(each, item, now, revoked=each.id in revoked):
                others.append((each, ended))
                continue
            if before := in_force.pop((each.resource, each.faults), None):
                others.append((before, Ended.SUPERSEDED))
            in_force[each.resource, each.faults] = each
        return Exceptions(tuple(in_force.values()), tuple(others))


def attested(
    item: Item, stated: Attestation | None, taken_back: Revocation | None, now: datetime
) -> Standing:
    """How one attestation stands at `now`, each thing wrong with it in its own words."""
    wrong = next(_wrong(item, stated, taken_back, now), None)
    if wrong is None:
        return Standing(item, stated)
    fault, observed = wrong
    expected = f"stated with evidence, every {plural(item.valid_days or 0, 'day')} at least"
    return Standing(item, stated, Offender(resource_of(item.id), fault, observed, expected))


def _wrong(
    item: Item, stated: Attestation | None, taken_back: Revocation | None, now: datetime
) -> Iterator[tuple[str, str]]:
    """What is wrong with an attestation as fault and words, the most telling first."""
    if stated is None:
        yield "missing", "nobody has stated it"
        return
    by, until = f"{stated.author.name} stated it on {stated.at:%Y-%m-%d}", stated.valid_until
    if taken_back is not None:
        who, when = taken_back.author.name, f"{taken_back.at:%Y-%m-%d}"
        yield "revoked", f"{by}; {who} revoked it on {when}: {taken_back.reason}"
    if stated.at > now + SKEW:
        yield "future-dated", f"{by}, which is in the future"
    if not stated.evidence:
        yield "no-evidence", f"{by} without evidence"
    if until - stated.at > timedelta(days=item.valid_days or 0, hours=1):
        yield "too-long", f"{by} until {until:%Y-%m-%d}, longer than {item.valid_days} days"
    if now >= until:
        yield "expired", f"{by}; it ended on {until:%Y-%m-%d}"


def resource_of(item: str) -> str:
    """The name under which an item's attestation can offend."""
    return f"attestation:{item}"


def covers(pattern: str, resource: str) -> bool:
    """Whether an exception's resource is this one, or a pattern that it matches."""
    return pattern == resource or fnmatchcase(resource, pattern)


def _ended(each: ItemException, item: Item, now: datetime, *, revoked: bool) -> Ended | None:
    if revoked:
        return Ended.REVOKED
    if each.at > now + SKEW:
        return Ended.NOT_YET
    if each.until - each.at > LONGEST_EXCEPTION[item.severity] + timedelta(hours=1):
        return Ended.TOO_LONG
    return Ended.OVER if now >= each.until else None


def _order(statement: Statement) -> tuple[datetime, str, str]:
    return statement.at, statement.id, statement.author.user_id
