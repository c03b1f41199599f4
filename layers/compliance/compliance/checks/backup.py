"""Backup strategy: what is backed up without anybody having to think of it."""

from __future__ import annotations

from collections.abc import Sequence

from compliance.backup_plans import COVERAGE_FACTS, Coverage
from compliance.facts.backups import (
    BackupJob,
    BackupPlan,
    BackupSelection,
    BackupSettings,
    ResourceTags,
)
from compliance.facts.tables import ContinuousBackups, Table
from compliance.model import Offender, Verdict
from compliance.registry import check

_FAILED = frozenset({"FAILED", "EXPIRED", "ABORTED", "PARTIAL"})


@check(alone=True)
def tables_are_backed_up_automatically(
    tables: Sequence[Table],
    continuous_backups: Sequence[ContinuousBackups],
    backup_plans: Sequence[BackupPlan],
    backup_selections: Sequence[BackupSelection],
    table_tags: Sequence[ResourceTags],
    backup_settings: Sequence[BackupSettings],
    backup_jobs: Sequence[BackupJob],
) -> Verdict:
    """Each table has point-in-time recovery or is taken by a backup plan, and its last job worked.

    A failed, expired, aborted or partial job counts until a later one of the same table completes
    or the window is over.

    Source: https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources.html
    """
    if not tables:
        return Verdict.not_applicable("no tables in the region")
    recovering = {backups.table_arn for backups in continuous_backups if backups.enabled}
    coverage = Coverage(backup_plans, backup_selections, table_tags, backup_settings)
    last: dict[str, BackupJob] = {}
    for job in sorted(backup_jobs, key=lambda job: (job.created_at, job.id)):
        last[job.resource_arn] = job
    offenders = [
        Offender(
            table.arn,
            "not-backed-up",
            "no point-in-time recovery and no backup plan",
            "one of them",
            absent_from=("continuous_backups", *COVERAGE_FACTS),
        )
        for table in tables
        if table.arn not in recovering and not coverage.plans_for(table.arn)
    ]
    offenders += [
        Offender(
            table.arn,
            f"last-job-{last[table.arn].state.lower()}",
            f"the job of {last[table.arn].created_at:%Y-%m-%d %H:%M} UTC "
            f"{last[table.arn].state.lower()}: {last[table.arn].message or last[table.arn].id}",
            "a last backup job that completed",
            absent_from=("backup_jobs",),
        )
        for table in tables
        if table.arn in last and last[table.arn].state in _FAILED
    ]
    return Verdict.of(
        "table",
        (table.arn for table in tables),
        offenders,
        holds="all are backed up automatically, and no last job failed",
    )
