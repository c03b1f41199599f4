"""Backup plans keep their copies long enough, and vaults see to it where that is asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from compliance.checks.backup import backup_plans_keep_their_copies_long_enough
from compliance.facts.backups import BackupCopy, BackupPlan, BackupRule, BackupVault
from compliance.model import Verdict

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PLAN = "arn:aws:backup:us-east-1:123456789012:backup-plan:p"
VAULT = "arn:aws:backup:us-east-1:123456789012:backup-vault:near"
FAR = "arn:aws:backup:us-west-2:123456789012:backup-vault:far"
GOOD = BackupRule("daily", 30, ("near",))


def judged(*rules: BackupRule, vaults: tuple[BackupVault, ...] = (), lock: str = "") -> Verdict:
    return backup_plans_keep_their_copies_long_enough(
        [BackupPlan(PLAN, "p", "nightly", rules)], vaults, NOW, days=30, lock=lock or None
    )


def faults(verdict: Verdict) -> list[tuple[str, str, str]]:
    return [(o.resource, o.fault, o.observed) for o in verdict.offenders]


def locked(days: int | None, lock_date: datetime | None = None) -> BackupVault:
    return BackupVault(VAULT, "near", locked=True, minimum_retention_days=days, lock_date=lock_date)


def test_a_rule_that_keeps_the_baselines_days_holds() -> None:
    verdict = judged(GOOD)
    assert (verdict.evaluated, verdict.offenders) == ((PLAN,), ())
    assert verdict.holds == "every rule keeps its copies 30 days or more"


def test_a_rule_that_keeps_less_fails_by_its_name() -> None:
    assert faults(judged(GOOD, BackupRule("hourly", 29))) == [
        (PLAN, "rule:hourly:too-short", "rule hourly is kept 29 days")
    ]


def test_a_rule_without_an_end_fails_for_that() -> None:
    assert faults(judged(BackupRule("daily", None))) == [
        (PLAN, "rule:daily:never-expires", "rule daily is kept for ever")
    ]


def test_each_rule_at_fault_is_named() -> None:
    verdict = judged(BackupRule("hourly", 1), BackupRule("weekly", 7))
    assert [o.fault for o in verdict.offenders] == [
        "rule:hourly:too-short",
        "rule:weekly:too-short",
    ]


@pytest.mark.parametrize(
    ("days", "fault", "observed"),
    [
        (14, "copy-too-short", "rule daily: its copy in us-west-2 is kept 14 days"),
        (None, "copy-never-expires", "rule daily: its copy in us-west-2 is kept for ever"),
    ],
)
def test_a_copy_has_an_end_of_its_own(days: int | None, fault: str, observed: str) -> None:
    rule = BackupRule("daily", 30, ("near",), (BackupCopy(FAR, days),))
    assert faults(judged(rule)) == [(PLAN, f"rule:daily:{fault}", observed)]


def test_a_copy_that_is_kept_longer_than_its_rule_does_not_make_up_for_it() -> None:
    rule = BackupRule("daily", 7, ("near",), (BackupCopy(FAR, 90),))
    assert [o.fault for o in judged(rule).offenders] == ["rule:daily:too-short"]


def test_a_copy_that_is_kept_as_its_rule_is_not_named_twice() -> None:
    rule = BackupRule("daily", 7, ("near",), (BackupCopy(FAR, 7),))
    assert [o.fault for o in judged(rule).offenders] == ["rule:daily:too-short"]


def test_no_lock_is_looked_at_where_none_is_asked_for() -> None:
    verdict = judged(GOOD, vaults=(BackupVault(VAULT, "near"),))
    assert (verdict.evaluated, verdict.offenders) == ((PLAN,), ())


def test_a_vault_without_the_lock_that_is_asked_for_fails() -> None:
    verdict = judged(GOOD, vaults=(BackupVault(VAULT, "near"),), lock="governance")
    assert verdict.evaluated == (PLAN, VAULT)
    assert faults(verdict) == [(VAULT, "not-locked", "the vault has no lock")]


@pytest.mark.parametrize(("days", "observed"), [(29, "29"), (None, "not set")])
def test_a_lock_that_enforces_less_or_nothing_fails(days: int | None, observed: str) -> None:
    assert faults(judged(GOOD, vaults=(locked(days),), lock="governance")) == [
        (VAULT, "lock-too-short", f"the lock's minimum retention is {observed}")
    ]


def test_a_lock_that_enforces_the_baselines_days_holds() -> None:
    verdict = judged(GOOD, vaults=(locked(30),), lock="governance")
    assert verdict.offenders == ()
    assert verdict.holds.endswith(", and every vault's lock sees to it")


@pytest.mark.parametrize(
    ("lock_date", "observed"),
    [
        (None, "the lock can be taken away at any time"),
        (NOW + timedelta(hours=1), "the lock can be taken away until 2026-06-01 13:00 UTC"),
    ],
)
def test_a_lock_that_can_be_taken_away_is_not_one_for_good(
    lock_date: datetime | None, observed: str
) -> None:
    vaults = (locked(30, lock_date),)
    assert faults(judged(GOOD, vaults=vaults, lock="compliance")) == [
        (VAULT, "lock-removable", observed)
    ]
    assert judged(GOOD, vaults=vaults, lock="governance").offenders == ()


def test_a_lock_past_its_date_is_for_good() -> None:
    assert judged(GOOD, vaults=(locked(30, NOW),), lock="compliance").offenders == ()


def test_an_air_gapped_vault_is_locked_for_good_from_its_first_day() -> None:
    sealed = BackupVault(VAULT, "near", minimum_retention_days=30, air_gapped=True)
    assert judged(GOOD, vaults=(sealed,), lock="compliance").offenders == ()


def test_a_vault_that_no_plan_stores_into_is_not_asked() -> None:
    other = BackupVault(f"{VAULT}-other", "other")
    assert judged(GOOD, vaults=(other,), lock="governance").evaluated == (PLAN,)


def test_without_plans_there_is_nothing_to_keep() -> None:
    verdict = backup_plans_keep_their_copies_long_enough(
        [], [BackupVault(VAULT, "near")], NOW, days=30, lock="governance"
    )
    assert verdict.inapplicable == "no backup plans in the region"
