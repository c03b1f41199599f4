"""Backup strategy: what is backed up and copied by itself, for how long, and can be restored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from compliance.backup_plans import COVERAGE_FACTS, Coverage
from compliance.facts.backups import (
    BackupJob,
    BackupPlan,
    BackupRule,
    BackupSelection,
    BackupSettings,
    BackupVault,
    CopyJob,
    ResourceTags,
)
from compliance.facts.buckets import Bucket, BucketVersioning
from compliance.facts.replication import BucketReplication
from compliance.facts.restores import RestoreJob, RestoreTestingPlan
from compliance.facts.tables import ContinuousBackups, Table
from compliance.model import Identity, Offender, Verdict
from compliance.printable import minute
from compliance.registry import check

_Job = TypeVar("_Job", BackupJob, CopyJob)

_FAILED = frozenset({"FAILED", "EXPIRED", "ABORTED", "PARTIAL"})

# AWS documents 30 days for the jobs that it lists; an older restore may be listed no more.
# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListBackupJobs.html
_JOB_HISTORY = timedelta(days=30)


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
    last = _last_of_each_resource(backup_jobs)
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
            f"the job of {minute(last[table.arn].created_at)} "
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


def _last_of_each_resource(jobs: Iterable[_Job]) -> dict[str, _Job]:
    in_order = sorted(jobs, key=lambda job: (job.created_at, job.id))
    return {job.resource_arn: job for job in in_order}


@check(alone=True)
def data_has_a_copy_in_the_second_region(
    tables: Sequence[Table],
    backup_plans: Sequence[BackupPlan],
    backup_selections: Sequence[BackupSelection],
    table_tags: Sequence[ResourceTags],
    backup_settings: Sequence[BackupSettings],
    buckets: Sequence[Bucket],
    bucket_replications: Sequence[BucketReplication],
    copy_jobs: Sequence[CopyJob],
    identity: Identity,
    *,
    second_region: str | None,
) -> Verdict:
    """Each table and each bucket of the region has a copy in the second one, made by itself.

    A table has a replica there, or a backup plan that copies it; a plan counts by its rule, so that
    a new table is not due for a night, and its vault may be another account's. A bucket is
    replicated to one there, or a backup of it was copied. No last copy may have failed.

    Source: https://docs.aws.amazon.com/aws-backup/latest/devguide/cross-region-backup.html
    """
    if second_region is None:
        return Verdict.not_applicable("the baseline names no second region", settled=True)
    near = [bucket for bucket in buckets if bucket.region == identity.region]
    judged = [*(table.arn for table in tables), *(bucket.arn for bucket in near)]
    if not judged:
        return Verdict.not_applicable("neither tables nor buckets in the region")
    coverage = Coverage(backup_plans, backup_selections, table_tags, backup_settings)
    last = _last_of_each_resource(job for job in copy_jobs if job.region == second_region)
    arrived = {arn for arn, job in last.items() if job.state == "COMPLETED"}
    far = {bucket.name for bucket in buckets if bucket.region == second_region}
    replicated = {each.bucket_arn: each.destinations for each in bucket_replications}
    offenders = [
        Offender(
            table.arn,
            "no-copy",
            f"no replica in {second_region}, and no backup plan copies it there",
            "one of them",
            absent_from=COVERAGE_FACTS,
        )
        for table in tables
        if second_region not in table.replicas
        and not any(
            copy.region == second_region
            for plan in coverage.plans_for(table.arn)
            for rule in plan.rules
            for copy in rule.copies
        )
    ]
    offenders += [
        Offender(
            bucket.arn,
            "no-replication",
            f"replicated to {', '.join(destinations) or 'no bucket'}, "
            f"and no backup of it was copied to {second_region}",
            f"replicated to a bucket of this account in {second_region}, or its backups copied",
            absent_from=("buckets", "copy_jobs"),
        )
        for bucket in near
        if (destinations := replicated.get(bucket.arn)) is not None
        and far.isdisjoint(destinations)
        and bucket.arn not in arrived
    ]
    offenders += [
        Offender(
            arn,
            f"last-copy-{job.state.lower()}",
            f"the copy of {minute(job.created_at)} to {second_region} {job.state.lower()}: "
            f"{job.message or job.id}",
            "a last copy that completed",
            absent_from=("copy_jobs",),
        )
        for arn in judged
        if (job := last.get(arn)) and job.state in _FAILED
    ]
    return Verdict.of(
        "data store",
        judged,
        offenders,
        holds=f"all have a copy in {second_region}, and no last copy failed",
    )


@check
def backup_plans_keep_their_copies_long_enough(
    backup_plans: Sequence[BackupPlan],
    backup_vaults: Sequence[BackupVault],
    now: datetime,
    *,
    days: int,
    lock: str | None,
) -> Verdict:
    """Every rule of every plan keeps what it stores and copies for `days`, and none for ever.

    Where a lock is asked for, each vault that a rule stores into has one that enforces `days`;
    for "compliance" it is past the date until which it can be taken away.

    Source: https://docs.aws.amazon.com/aws-backup/latest/devguide/creating-a-backup-plan.html
    """
    if not backup_plans:
        return Verdict.not_applicable("no backup plans in the region")
    used = {name for plan in backup_plans for rule in plan.rules for name in rule.vault_names}
    locked = [vault for vault in backup_vaults if lock and vault.name in used]
    return Verdict.of(
        "backup resource" if locked else "backup plan",
        [*(plan.arn for plan in backup_plans), *(vault.arn for vault in locked)],
        [
            *(
                offender
                for plan in backup_plans
                for rule in plan.rules
                for offender in _kept(plan, rule, days)
            ),
            *(
                offender
                for vault in locked
                for offender in _enforced(vault, now, days, for_good=lock == "compliance")
            ),
        ],
        holds=f"every rule keeps its copies {days} days or more"
        + (", and every vault's lock sees to it" if locked else ""),
    )


def _kept(plan: BackupPlan, rule: BackupRule, days: int) -> Iterator[Offender]:
    """A copy that is kept as the rule's own recovery points are is not named a second time."""
    copies = {
        copy.delete_after_days: f"its copy in {copy.region}"
        for copy in rule.copies
        if copy.delete_after_days != rule.delete_after_days
    }
    expected = f"{days} days or more, and an end"
    for kept, what, code in [
        (rule.delete_after_days, f"rule {rule.name}", ""),
        *((kept, f"rule {rule.name}: {what}", "copy-") for kept, what in copies.items()),
    ]:
        fault = f"rule:{rule.name}:{code}"
        if kept is None:
            yield Offender(plan.arn, f"{fault}never-expires", f"{what} is kept for ever", expected)
        elif kept < days:
            yield Offender(plan.arn, f"{fault}too-short", f"{what} is kept {kept} days", expected)


def _enforced(
    vault: BackupVault, now: datetime, days: int, *, for_good: bool
) -> Iterator[Offender]:
    expected = f"a lock with a minimum retention of {days} days or more"
    if not (vault.locked or vault.air_gapped):
        yield Offender(vault.arn, "not-locked", "the vault has no lock", expected)
        return
    minimum = vault.minimum_retention_days
    if minimum is None or minimum < days:
        observed = f"the lock's minimum retention is {minimum or 'not set'}"
        yield Offender(vault.arn, "lock-too-short", observed, expected)
    if for_good and not vault.air_gapped and (vault.lock_date is None or vault.lock_date > now):
        until = f"until {minute(vault.lock_date)}" if vault.lock_date else "at any time"
        yield Offender(
            vault.arn,
            "lock-removable",
            f"the lock can be taken away {until}",
            "a lock in compliance mode, past its cooling-off period",
        )


@check
def a_restore_has_worked_lately(
    restore_jobs: Sequence[RestoreJob],
    restore_testing_plans: Sequence[RestoreTestingPlan],
    tables: Sequence[Table],
    now: datetime,
    *,
    days: int,
) -> Verdict:
    """A restore was completed in the last `days`, and the last one of each resource worked.

    It may be one by AWS Backup, or a table that DynamoDB itself restored and that is still there.
    One whose validation failed or timed out has not worked; one that is under way or is being
    validated does not count either way. A testing plan's last run counts by itself only where it is
    so long ago that its jobs may be listed no more.

    Source: https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing.html
    """
    since = now - timedelta(days=days)
    ended = [job for job in restore_jobs if _has_ended(job)]
    worked = [
        *(job.started_at for job in ended if _trouble(job) is None),
        *(table.restored_at for table in tables if table.restored_at),
        *(
            plan.last_executed_at
            for plan in restore_testing_plans
            if plan.last_executed_at and plan.last_executed_at <= now - _JOB_HISTORY
        ),
    ]
    last = {
        job.resource_arn: job for job in sorted(ended, key=lambda job: (job.started_at, job.id))
    }
    offenders = [
        Offender(
            arn,
            fault,
            f"the restore of {minute(job.started_at)} {what}: {job.message or job.id}",
            "a last restore that worked",
            absent_from=("restore_jobs",),
        )
        for arn, job in last.items()
        if (trouble := _trouble(job))
        for fault, what in [trouble]
    ]
    if not any(at >= since for at in worked):
        offenders.append(
            Offender(
                "restore:any",
                "no-restore",
                f"no restore has worked in {days} days",
                "one that completed",
                absent_from=("restore_jobs", "restore_testing_plans", "tables"),
            )
        )
    return Verdict.of(
        "restore",
        ["restore:any", *last],
        offenders,
        holds=f"one worked in the last {days} days, and the last of each resource did",
    )


def _has_ended(job: RestoreJob) -> bool:
    return job.status in {"COMPLETED", "FAILED", "ABORTED"} and job.validation != "VALIDATING"


def _trouble(job: RestoreJob) -> tuple[str, str] | None:
    """The fault of a restore that ended without having worked, and what happened in words."""
    if job.status != "COMPLETED":
        return f"last-restore-{job.status.lower()}", job.status.lower()
    return {
        "FAILED": ("last-validation-failed", "completed, its validation failed"),
        "TIMED_OUT": ("last-validation-timed-out", "completed, its validation never answered"),
    }.get(job.validation or "")


@check(alone=True)
def objects_can_be_brought_back(
    buckets: Sequence[Bucket], bucket_versionings: Sequence[BucketVersioning]
) -> Verdict:
    """Versioning is enabled on every bucket of the account.

    A bucket whose versioning is suspended keeps the old versions, but the next write is final.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
    """
    if not buckets:
        return Verdict.not_applicable("no buckets in the account")
    return Verdict.of(
        "bucket",
        (versioning.bucket_arn for versioning in bucket_versionings),
        (
            Offender(
                versioning.bucket_arn,
                "versioning-suspended" if versioning.status else "versioning-off",
                f"versioning is {(versioning.status or 'off').lower()}",
                "versioning enabled",
            )
            for versioning in bucket_versionings
            if versioning.status != "Enabled"
        ),
        holds="all keep the versions of their objects",
    )
