"""DynamoDB: what can be restored, how far back, and how fresh."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from compliance.backup_plans import COVERAGE_FACTS, Coverage
from compliance.facts.backups import (
    BackupPlan,
    BackupSelection,
    BackupSettings,
    RecoveryPoint,
    ResourceTags,
)
from compliance.facts.tables import ContinuousBackups, OnDemandBackup, Table
from compliance.model import Offender, Verdict
from compliance.registry import check

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoverySpecification.html
_DEFAULT_RECOVERY_DAYS = 35
_NO_TABLES = Verdict.not_applicable("no tables in the region")


@check(alone=True)
def tables_can_be_restored_to_any_second(
    tables: Sequence[Table], continuous_backups: Sequence[ContinuousBackups]
) -> Verdict:
    """Point-in-time recovery is on for every table, and for every replica in its own region.

    A replica keeps a setting of its own, so that of the table says nothing of it.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
    """
    if not tables:
        return _NO_TABLES
    return Verdict.of(
        "table",
        (backups.table_arn for backups in continuous_backups),
        (
            Offender(
                backups.table_arn,
                "pitr-disabled",
                "point-in-time recovery is off",
                "point-in-time recovery on",
            )
            for backups in continuous_backups
            if not backups.enabled
        ),
        holds="point-in-time recovery is on for all",
    )


@check(alone=True)
def table_backups_are_kept(
    tables: Sequence[Table],
    continuous_backups: Sequence[ContinuousBackups],
    backup_plans: Sequence[BackupPlan],
    backup_selections: Sequence[BackupSelection],
    table_tags: Sequence[ResourceTags],
    backup_settings: Sequence[BackupSettings],
    *,
    days: int,
) -> Verdict:
    """Each table can be restored as it was `days` ago: by recovery period or by a backup plan.

    The longest of what keeps counts, one rule of one plan is enough. Backups that a person takes do
    not count: nothing takes the next one.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
    """
    if not tables:
        return _NO_TABLES
    recovery = {backups.table_arn: backups for backups in continuous_backups}
    coverage = Coverage(backup_plans, backup_selections, table_tags, backup_settings)
    return Verdict.of(
        "table",
        (table.arn for table in tables),
        (
            offender
            for table in tables
            for offender in _kept(
                table, recovery.get(table.arn), coverage.plans_for(table.arn), days
            )
        ),
        holds=f"all can be restored as they were {days} days ago",
    )


def _kept(
    table: Table, recovery: ContinuousBackups | None, plans: Sequence[BackupPlan], days: int
) -> Iterator[Offender]:
    periods: list[tuple[float, str]] = []
    if recovery and recovery.enabled:
        period = recovery.recovery_period_days or _DEFAULT_RECOVERY_DAYS
        periods.append((period, f"point-in-time recovery keeps {period} days"))
    for plan in plans:
        for rule in plan.rules:
            kept = rule.delete_after_days
            periods.append((kept or float("inf"), f"plan {plan.name} keeps {kept} days"))
    longest, observed = max(periods, default=(0.0, "no recovery period and no backup plan"))
    if longest >= days:
        return
    yield Offender(
        table.arn,
        "kept-too-short" if periods else "nothing-kept",
        observed,
        f"{days} days or more",
        absent_from=("continuous_backups", *COVERAGE_FACTS),
    )


@check(alone=True)
def tables_have_a_fresh_restorable_point(
    tables: Sequence[Table],
    continuous_backups: Sequence[ContinuousBackups],
    on_demand_backups: Sequence[OnDemandBackup],
    recovery_points: Sequence[RecoveryPoint],
    now: datetime,
    *,
    hours: int,
) -> Verdict:
    """The newest point that each table can be restored to is less than `hours` old.

    It may come from point-in-time recovery, a backup on demand or an AWS Backup recovery point. A
    table younger than that is not due yet, whatever an earlier table of its name has left behind. A
    replica's points do not count for the table.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoveryDescription.html
    """
    if not tables:
        return _NO_TABLES
    newest = _newest_points(continuous_backups, on_demand_backups, recovery_points)
    oldest = now - timedelta(hours=hours)
    return Verdict.of(
        "table",
        (table.arn for table in tables),
        (
            _stale(table, newest.get(table.arn), now, hours)
            for table in tables
            if max(newest.get(table.arn, table.created_at), table.created_at) <= oldest
        ),
        holds=f"all can be restored to a point less than {hours} h old",
    )


def _newest_points(
    continuous_backups: Iterable[ContinuousBackups],
    on_demand_backups: Iterable[OnDemandBackup],
    recovery_points: Iterable[RecoveryPoint],
) -> dict[str, datetime]:
    points = [
        *(
            (backups.table_arn, backups.latest_restorable_at)
            for backups in continuous_backups
            if backups.enabled and backups.latest_restorable_at
        ),
        *((backup.table_arn, backup.created_at) for backup in on_demand_backups),
        *((point.resource_arn, point.created_at) for point in recovery_points),
    ]
    newest: dict[str, datetime] = {}
    for arn, at in points:
        newest[arn] = max(at, newest.get(arn, at))
    return newest


def _stale(table: Table, newest: datetime | None, now: datetime, hours: int) -> Offender:
    sources = ("continuous_backups", "on_demand_backups", "recovery_points")
    expected = f"a restorable point less than {hours} h old"
    if newest is None:
        observed = "nothing that it could be restored from"
        return Offender(table.arn, "no-backup", observed, expected, absent_from=sources)
    age = (now - newest).total_seconds() / 3600
    observed = f"the newest is {age:.0f} h old ({newest.astimezone(UTC):%Y-%m-%d %H:%M} UTC)"
    return Offender(table.arn, "too-old", observed, expected, absent_from=sources)
