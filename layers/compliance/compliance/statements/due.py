"""What people must state anew: what is missing, what has ended, and what soon will."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from compliance.baseline import Baseline
from compliance.model import Gap, How, Item
from compliance.statements.standing import Statements

__all__ = ["SOON", "Due", "due", "expiring", "owner_of"]

SOON = timedelta(days=14)
"""How long before its end a statement is announced for the first time."""


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to state anew. `at` is when it ends or ended; None where nothing was stated."""

    item: Item
    kind: str
    at: datetime | None
    overdue: bool
    owner: str | None
    words: str


def due(
    items: Iterable[Item],
    statements: Statements,
    baseline: Baseline,
    now: datetime,
    within: timedelta,
) -> list[Due]:
    """What is overdue and what ends `within` that time, what was never stated first."""
    found = [
        each
        for item in items
        for each in (
            *_attestation_due(item, statements, baseline, now, within),
            *_exceptions_due(item, statements, baseline, now, within),
        )
    ]
    first = datetime.min.replace(tzinfo=UTC)
    return sorted(found, key=lambda each: (each.at or first, each.item.id, each.words))


def expiring(
    items: Iterable[Item], statements: Statements | Gap, baseline: Baseline, now: datetime
) -> int | None:
    """How many statements that hold end within two weeks; None where they could not be read."""
    if isinstance(statements, Gap):
        return None
    applying = (item for item in items if not baseline.not_applicable(item.id))
    return sum(not each.overdue for each in due(applying, statements, baseline, now, SOON))


def owner_of(item: Item, baseline: Baseline) -> str | None:
    """Who answers for the item's section: a mail address or a Slack handle."""
    owners = baseline["owners"]
    owner: str | None = owners["sections"].get(item.section, owners["default"])
    return owner


def _attestation_due(
    item: Item, statements: Statements, baseline: Baseline, now: datetime, within: timedelta
) -> Iterator[Due]:
    if item.how is How.CHECK:
        return
    standing, owner = statements.standing(item, now), owner_of(item, baseline)
    end = standing.attestation.valid_until if standing.attestation else None
    if standing.fault is not None:
        yield Due(item, "attestation", end, overdue=True, owner=owner, words=standing.summary)
    elif end is not None and end - now <= within:
        yield Due(item, "attestation", end, overdue=False, owner=owner, words=standing.summary)


def _exceptions_due(
    item: Item, statements: Statements, baseline: Baseline, now: datetime, within: timedelta
) -> Iterator[Due]:
    for each in statements.exceptions(item, now).in_force:
        if each.until - now > within:
            continue
        words = (
            f"{each.author.name} accepts {', '.join(sorted(each.faults))} of {each.resource} "
            f"until {each.until:%Y-%m-%d}"
        )
        owner = owner_of(item, baseline)
        yield Due(item, "exception", each.until, overdue=False, owner=owner, words=words)
