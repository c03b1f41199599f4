"""Customers' keys rotate where they can, and none is on its way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from compliance.checks.keys import customer_keys_rotate_and_are_kept
from compliance.facts.keys import Key, KeyRotation
from compliance.model import Verdict

ARN = "arn:aws:kms:us-east-1:123456789012:key/1"
KEY = Key(ARN, "CUSTOMER", "Enabled", ("alias/data", "alias/old"), can_rotate=True)
YEARLY = KeyRotation(ARN, enabled=True, period_days=365)


def judged(*keys: Key, rotations: Sequence[KeyRotation] = (YEARLY,), days: int = 365) -> Verdict:
    return customer_keys_rotate_and_are_kept(keys, rotations, days=days)


def faults(verdict: Verdict) -> list[str]:
    return [offender.fault for offender in verdict.offenders]


def test_a_key_that_rotates_every_year_holds() -> None:
    verdict = judged(KEY)
    assert (verdict.evaluated, verdict.offenders) == ((ARN,), ())


def test_a_key_that_does_not_rotate_fails_under_its_alias() -> None:
    [offender] = judged(KEY, rotations=[KeyRotation(ARN, enabled=False)]).offenders
    assert offender.key == (ARN, "rotation-disabled")
    assert offender.observed == "alias/data does not rotate by itself"
    assert offender.expected == "rotation every 365 days or more often"


def test_a_key_without_an_alias_fails_all_the_same() -> None:
    nameless = replace(KEY, aliases=())
    [offender] = judged(nameless, rotations=[KeyRotation(ARN, enabled=False)]).offenders
    assert offender.observed == "does not rotate by itself"


@pytest.mark.parametrize(("period", "holds"), [(90, True), (365, True), (366, False)])
def test_a_period_may_be_as_long_as_the_baseline_allows(period: int, holds: bool) -> None:  # noqa: FBT001 -- a column of the table above
    verdict = judged(KEY, rotations=[KeyRotation(ARN, enabled=True, period_days=period)])
    assert faults(verdict) == ([] if holds else ["rotated-too-rarely"])


def test_a_period_that_is_too_long_is_told() -> None:
    [offender] = judged(KEY, rotations=[replace(YEARLY, period_days=730)]).offenders
    assert offender.observed == "alias/data rotates every 730 days"


@pytest.mark.parametrize(("days", "expected"), [(365, []), (364, ["rotated-too-rarely"])])
def test_a_period_that_is_not_stated_is_a_year(days: int, expected: list[str]) -> None:
    verdict = judged(KEY, rotations=[replace(YEARLY, period_days=None)], days=days)
    assert faults(verdict) == expected


def test_a_key_pending_deletion_fails_with_the_date() -> None:
    at = datetime(2026, 6, 9, 23, tzinfo=UTC)
    leaving = replace(KEY, state="PendingDeletion", deletion_at=at)
    [offender] = judged(leaving, rotations=()).offenders
    assert offender.key == (ARN, "pending-deletion")
    assert offender.observed == "alias/data is deleted on 2026-06-09"


def test_a_primary_whose_replicas_go_first_is_pending_deletion_too() -> None:
    [offender] = judged(replace(KEY, state="PendingReplicaDeletion"), rotations=()).offenders
    assert offender.key == (ARN, "pending-deletion")
    assert offender.observed == "alias/data is deleted once its replicas are gone"


def test_a_key_that_cannot_rotate_is_judged_for_deletion_alone() -> None:
    signing = replace(KEY, can_rotate=False)
    assert judged(signing, rotations=()).offenders == ()
    assert faults(judged(replace(signing, state="PendingDeletion"), rotations=())) == [
        "pending-deletion"
    ]


@pytest.mark.parametrize("state", ["Disabled", "Creating", "Updating", "Unavailable"])
def test_a_key_that_is_neither_enabled_nor_leaving_holds(state: str) -> None:
    assert judged(replace(KEY, state=state), rotations=()).offenders == ()


def test_keys_that_aws_manages_are_not_judged() -> None:
    theirs = Key(f"{ARN}2", "AWS", "Enabled", ("alias/aws/dynamodb",))
    assert judged(KEY, theirs).evaluated == (ARN,)
    assert judged(theirs, rotations=()).inapplicable == "no customer-managed keys in the region"
