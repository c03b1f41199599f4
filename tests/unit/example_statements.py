"""Items and statements that tests of statements share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from compliance.model import How, Item, Severity
from compliance.statements.records import (
    Attestation,
    Author,
    Evidence,
    ItemException,
    Revocation,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LEAD = Author(
    "the devops lead", "AROAEXAMPLE:lead", "arn:aws:sts::123456789012:assumed-role/x/lead"
)
LINK = Evidence(link="https://wiki.omnitrack.example/plan")


def item_of(how: How = How.ATTEST, *, days: int | None = 90, severity: str = "high") -> Item:
    return Item(
        id="rollback.tested",
        section="rollback",
        title="Rolling back was tried",
        severity=Severity(severity),
        how=how,
        why="",
        family="api",
        valid_days=days,
        check="something_holds" if how is not How.ATTEST else None,
    )


def attestation(
    days_ago: float = 1, valid: float = 90, evidence: Evidence = LINK, by: Author = LEAD
) -> Attestation:
    at = NOW - timedelta(days=days_ago)
    until = at + timedelta(days=valid)
    return Attestation(f"a{days_ago}", "rollback.tested", by, at, until, evidence)


def exception(
    resource: str = "arn:one",
    *faults: str,
    days_ago: float = 1,
    days: float = 20,
    name: str = "",
) -> ItemException:
    at = NOW - timedelta(days=days_ago)
    until = at + timedelta(days=days)
    return ItemException(
        name or f"e{days_ago}",
        "rollback.tested",
        LEAD,
        at,
        until,
        resource,
        frozenset(faults or {"open"}),
        "a migration is under way",
    )


def revocation(days_ago: float = 0.5, of: str | None = None) -> Revocation:
    at = NOW - timedelta(days=days_ago)
    return Revocation(f"r{days_ago}", "rollback.tested", LEAD, at, "found to be wrong", of)
