"""Tables can be restored: at all, far enough back, and to a fresh point."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from compliance.checks.dynamodb import (
    table_backups_are_kept,
    tables_can_be_restored_to_any_second,
    tables_have_a_fresh_restorable_point,
)
from compliance.facts.backups import (
    BackupPlan,
    BackupRule,
    BackupSelection,
    BackupSettings,
    RecoveryPoint,
)
from compliance.facts.tables import ContinuousBackups, OnDemandBackup, Replica, Table
from compliance.model import Verdict

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/parcels"
REPLICA = ARN.replace("us-east-1", "eu-west-1")
TABLE = Table(ARN, "parcels", NOW - timedelta(days=100), {"eu-west-1": Replica(REPLICA)})
ON = ContinuousBackups(ARN, enabled=True, recovery_period_days=35, latest_restorable_at=NOW)
OFF = ContinuousBackups(ARN, enabled=False)


def hours_ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


# Point-in-time recovery


def test_recovery_that_is_on_holds() -> None:
    verdict = tables_can_be_restored_to_any_second([TABLE], [ON])
    assert (verdict.evaluated, verdict.offenders) == ((ARN,), ())


def test_recovery_that_is_off_fails() -> None:
    [offender] = tables_can_be_restored_to_any_second([TABLE], [OFF]).offenders
    assert offender.key == (ARN, "pitr-disabled")
    assert offender.observed == "point-in-time recovery is off"


def test_a_replica_keeps_a_setting_of_its_own() -> None:
    replica = ContinuousBackups(REPLICA, enabled=False)
    verdict = tables_can_be_restored_to_any_second([TABLE], [ON, replica])
    assert verdict.evaluated == (ARN, REPLICA)
    assert keys(verdict) == [(REPLICA, "pitr-disabled")]


def test_without_tables_recovery_does_not_apply() -> None:
    verdict = tables_can_be_restored_to_any_second([], [])
    assert verdict.inapplicable == "no tables in the region"


# Retention


def kept(
    recovery: ContinuousBackups | None, *rules: BackupRule, days: int = 30, **others: Any
) -> Verdict:
    plans = [BackupPlan("arn:plan", "p", "nightly", rules)] if rules else []
    selections = [BackupSelection("p", "all", resources=("*",))]
    return table_backups_are_kept(
        others.get("tables", [TABLE]),
        [recovery] if recovery else [],
        plans,
        selections,
        [],
        [BackupSettings(dynamodb_opted_in=True)],
        days=days,
    )


def recovering(days: int | None) -> ContinuousBackups:
    return ContinuousBackups(ARN, enabled=True, recovery_period_days=days)


@pytest.mark.parametrize("days", [30, 35])
def test_a_recovery_period_as_long_as_demanded_holds(days: int) -> None:
    assert kept(recovering(days)).offenders == ()


def test_a_shorter_recovery_period_fails_with_its_length() -> None:
    [offender] = kept(recovering(29)).offenders
    assert offender.key == (ARN, "kept-too-short")
    assert offender.observed == "point-in-time recovery keeps 29 days"
    assert offender.expected == "30 days or more"


def test_recovery_without_a_stated_period_keeps_the_default_of_35_days() -> None:
    assert kept(recovering(None)).offenders == ()
    assert keys(kept(recovering(None), days=36)) == [(ARN, "kept-too-short")]


@pytest.mark.parametrize("recovery", [None, OFF])
def test_a_plan_that_keeps_long_enough_holds_without_recovery(
    recovery: ContinuousBackups | None,
) -> None:
    assert kept(recovery, BackupRule("daily", 30)).offenders == ()


def test_a_plan_that_keeps_for_ever_holds() -> None:
    assert kept(OFF, BackupRule("daily", None)).offenders == ()


def test_one_rule_that_keeps_long_enough_is_enough() -> None:
    assert kept(recovering(7), BackupRule("daily", 7), BackupRule("monthly", 365)).offenders == ()


def test_the_longest_of_what_is_too_short_is_named() -> None:
    [offender] = kept(recovering(7), BackupRule("daily", 14), BackupRule("hourly", 1)).offenders
    assert offender.observed == "plan nightly keeps 14 days"


def test_nothing_kept_at_all_is_a_fault_of_its_own() -> None:
    [offender] = kept(OFF).offenders
    assert offender.key == (ARN, "nothing-kept")
    assert offender.observed == "no recovery period and no backup plan"
    assert "continuous_backups" in offender.absent_from
    assert "backup_selections" in offender.absent_from


def test_without_tables_retention_does_not_apply() -> None:
    assert kept(OFF, tables=[]).inapplicable == "no tables in the region"


# Freshness


def fresh(
    *,
    table: Table = TABLE,
    recovery: Sequence[ContinuousBackups] = (OFF,),
    on_demand: Sequence[datetime] = (),
    points: Sequence[datetime] = (),
    of: str = ARN,
) -> Verdict:
    return tables_have_a_fresh_restorable_point(
        [table],
        recovery,
        [OnDemandBackup(f"arn:backup:{at}", of, at) for at in on_demand],
        [RecoveryPoint(f"arn:point:{at}", of, at) for at in points],
        NOW,
        hours=24,
    )


def test_a_fresh_point_of_recovery_holds() -> None:
    latest = ContinuousBackups(ARN, True, 35, hours_ago(0.1))  # noqa: FBT003 -- a record's field
    assert fresh(recovery=[latest]).offenders == ()


def test_a_fresh_backup_on_demand_holds() -> None:
    assert fresh(on_demand=[hours_ago(23)]).offenders == ()


def test_a_fresh_recovery_point_holds() -> None:
    assert fresh(points=[hours_ago(23)]).offenders == ()


def test_the_newest_of_all_counts() -> None:
    assert fresh(on_demand=[hours_ago(900), hours_ago(2)], points=[hours_ago(99)]).offenders == ()


def test_an_old_newest_point_fails_with_its_age_and_time() -> None:
    [offender] = fresh(on_demand=[hours_ago(900)], points=[hours_ago(49)]).offenders
    assert offender.key == (ARN, "too-old")
    assert offender.observed == "the newest is 49 h old (2026-05-30 11:00 UTC)"
    assert offender.expected == "a restorable point less than 24 h old"


@pytest.mark.parametrize(("hours", "holds"), [(23.99, True), (24, False), (24.01, False)])
def test_a_point_must_be_younger_than_the_limit(hours: float, holds: bool) -> None:  # noqa: FBT001 -- a column of the table above
    assert (fresh(points=[hours_ago(hours)]).offenders == ()) is holds


def test_recovery_that_was_switched_off_leaves_no_point() -> None:
    stopped = ContinuousBackups(ARN, False, None, hours_ago(1))  # noqa: FBT003 -- a record's field
    assert keys(fresh(recovery=[stopped])) == [(ARN, "no-backup")]


def test_nothing_to_restore_from_is_a_fault_of_its_own() -> None:
    [offender] = fresh().offenders
    assert offender.key == (ARN, "no-backup")
    assert offender.observed == "nothing that it could be restored from"
    assert offender.absent_from == ("continuous_backups", "on_demand_backups", "recovery_points")


@pytest.mark.parametrize(("hours", "due"), [(1, False), (23.9, False), (24, True), (25, True)])
def test_a_young_table_is_not_due_yet(hours: float, due: bool) -> None:  # noqa: FBT001 -- a column of the table above
    young = Table(ARN, "parcels", hours_ago(hours))
    assert bool(fresh(table=young).offenders) is due


def test_a_young_table_is_not_blamed_for_the_backups_of_an_earlier_one() -> None:
    young = Table(ARN, "parcels", hours_ago(2))
    assert fresh(table=young, on_demand=[hours_ago(900)]).offenders == ()


def test_the_points_of_a_replica_do_not_count_for_the_table() -> None:
    replica = ContinuousBackups(REPLICA, True, 35, NOW)  # noqa: FBT003 -- a record's field
    verdict = fresh(recovery=[OFF, replica], points=[NOW], of=REPLICA)
    assert keys(verdict) == [(ARN, "no-backup")]
    assert verdict.evaluated == (ARN,)


def test_times_of_another_zone_are_told_in_utc() -> None:
    zone = (NOW - timedelta(days=3)).astimezone(
        datetime.fromisoformat("2026-01-01T00+09:00").tzinfo
    )
    [offender] = fresh(points=[zone]).offenders
    assert offender.observed == "the newest is 72 h old (2026-05-29 12:00 UTC)"


def test_without_tables_freshness_does_not_apply() -> None:
    verdict = tables_have_a_fresh_restorable_point([], [], [], [], NOW, hours=24)
    assert verdict.inapplicable == "no tables in the region"
