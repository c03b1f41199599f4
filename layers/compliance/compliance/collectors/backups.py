"""AWS Backup: plans and what they select, vaults, recovery points, jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.backups import (
    BackupCopy,
    BackupJob,
    BackupPlan,
    BackupRule,
    BackupSelection,
    BackupSettings,
    BackupVault,
    CopyJob,
    RecoveryPoint,
    ResourceTags,
)
from compliance.model import name_of
from compliance.registry import Read, collector

_GONE = frozenset({"ResourceNotFoundException"})

LIST_PLANS = Read("backup", "ListBackupPlans")
GET_PLAN = Read("backup", "GetBackupPlan", absent=_GONE)
LIST_SELECTIONS = Read("backup", "ListBackupSelections", absent=_GONE)
GET_SELECTION = Read("backup", "GetBackupSelection", absent=_GONE)
LIST_VAULTS = Read("backup", "ListBackupVaults")
LIST_RECOVERY_POINTS = Read("backup", "ListRecoveryPointsByBackupVault", absent=_GONE)
LIST_JOBS = Read("backup", "ListBackupJobs")
LIST_COPY_JOBS = Read("backup", "ListCopyJobs")
DESCRIBE_SETTINGS = Read("backup", "DescribeRegionSettings")
GET_RESOURCES = Read("resourcegroupstaggingapi", "GetResources", ("tag:GetResources",))

_RESTORABLE = frozenset({"COMPLETED", "AVAILABLE"})
_ENDED = frozenset({"COMPLETED", "PARTIAL", "FAILED", "ABORTED", "EXPIRED"})


@collector(LIST_PLANS, GET_PLAN)
def backup_plans(reader: Reader) -> Iterator[BackupPlan]:
    """Every plan in the region with its rules."""
    plans = (plan for page in reader.pages(LIST_PLANS) for plan in page["BackupPlansList"])
    yield from reader.each(plans, partial(_plan, reader))


def _plan(reader: Reader, listed: dict[str, Any]) -> BackupPlan | None:
    answer = reader.call(GET_PLAN, BackupPlanId=listed["BackupPlanId"])
    if answer is None:
        return None
    rules = tuple(map(_rule, answer["BackupPlan"]["Rules"]))
    name = answer["BackupPlan"]["BackupPlanName"]
    return BackupPlan(listed["BackupPlanArn"], listed["BackupPlanId"], name, rules)


def _rule(rule: dict[str, Any]) -> BackupRule:
    lifecycle = rule.get("Lifecycle", {})
    air_gapped = rule.get("TargetLogicallyAirGappedBackupVaultArn")
    return BackupRule(
        name=rule["RuleName"],
        delete_after_days=_delete_after_days(lifecycle),
        vault_names=(
            rule["TargetBackupVaultName"],
            *([name_of(air_gapped)] if air_gapped else []),
        ),
        copies=tuple(
            BackupCopy(
                copy["DestinationBackupVaultArn"],
                _delete_after_days(copy.get("Lifecycle", lifecycle)),
            )
            for copy in rule.get("CopyActions", ())
        ),
    )


def _delete_after_days(lifecycle: dict[str, Any]) -> int | None:
    """AWS writes "for ever" as nothing, and as -1 where a lifecycle was taken away.

    Source: https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Lifecycle.html
    """
    days: int = lifecycle.get("DeleteAfterDays", -1)
    return days if days > 0 else None


@collector(LIST_SELECTIONS, GET_SELECTION)
def backup_selections(
    reader: Reader, backup_plans: Sequence[BackupPlan]
) -> Iterator[BackupSelection]:
    """What each plan backs up, as written: by ARN, by tag, with conditions."""
    listed = [
        (plan.id, selection)
        for selections in reader.each(backup_plans, partial(_selections, reader))
        for plan, selection in selections
    ]
    yield from reader.each(listed, partial(_selection, reader))


def _selections(reader: Reader, plan: BackupPlan) -> list[tuple[BackupPlan, str]]:
    return [
        (plan, selection["SelectionId"])
        for page in reader.pages(LIST_SELECTIONS, BackupPlanId=plan.id)
        for selection in page["BackupSelectionsList"]
    ]


def _selection(reader: Reader, pair: tuple[str, str]) -> BackupSelection | None:
    plan_id, selection_id = pair
    answer = reader.call(GET_SELECTION, BackupPlanId=plan_id, SelectionId=selection_id)
    if answer is None:
        return None
    selection = answer["BackupSelection"]
    return BackupSelection(
        plan_id=plan_id,
        name=selection["SelectionName"],
        resources=tuple(selection.get("Resources", ())),
        not_resources=tuple(selection.get("NotResources", ())),
        any_tags=tuple(
            (tag["ConditionKey"], tag["ConditionValue"]) for tag in selection.get("ListOfTags", ())
        ),
        conditions=tuple(
            (operator, condition["ConditionKey"], condition["ConditionValue"])
            for operator, conditions in selection.get("Conditions", {}).items()
            for condition in conditions
        ),
    )


@collector(GET_RESOURCES)
def table_tags(
    reader: Reader, backup_selections: Sequence[BackupSelection]
) -> Iterator[ResourceTags]:
    """The tags of every table that has any; read only where a plan selects by tag."""
    if not any(selection.asks_for_tags for selection in backup_selections):
        return
    pages = reader.pages(
        GET_RESOURCES, ResourceTypeFilters=["dynamodb:table"], ResourcesPerPage=100
    )
    for page in pages:
        for resource in page["ResourceTagMappingList"]:
            tags = {tag["Key"]: tag["Value"] for tag in resource.get("Tags", ())}
            yield ResourceTags(resource["ResourceARN"], tags)


@collector(DESCRIBE_SETTINGS)
def backup_settings(reader: Reader) -> Iterator[BackupSettings]:
    """The region's opt-in: one record, or none where it could not be seen."""
    answer = reader.call(DESCRIBE_SETTINGS) or {}
    yield BackupSettings(answer.get("ResourceTypeOptInPreference", {}).get("DynamoDB", True))


@collector(LIST_VAULTS)
def backup_vaults(reader: Reader) -> Iterator[BackupVault]:
    """Every vault in the region, of either type, with its lock: the listing carries it."""
    for page in reader.pages(LIST_VAULTS):
        for vault in page["BackupVaultList"]:
            yield BackupVault(
                arn=vault["BackupVaultArn"],
                name=vault["BackupVaultName"],
                locked=vault.get("Locked", False),
                minimum_retention_days=vault.get("MinRetentionDays"),
                lock_date=vault.get("LockDate"),
                air_gapped=vault.get("VaultType") == "LOGICALLY_AIR_GAPPED_BACKUP_VAULT",
            )


@collector(LIST_RECOVERY_POINTS, retention_days="backups.retention_days")
def recovery_points(
    reader: Reader, backup_vaults: Sequence[BackupVault], now: datetime, *, retention_days: int
) -> Iterator[RecoveryPoint]:
    """Every restorable recovery point of a table that is no older than the retention."""
    after = now - timedelta(days=retention_days)
    read = partial(_recovery_points, reader, after)
    for points in reader.each((vault.name for vault in backup_vaults), read):
        yield from points


def _recovery_points(reader: Reader, after: datetime, vault: str) -> list[RecoveryPoint]:
    pages = reader.pages(
        LIST_RECOVERY_POINTS,
        BackupVaultName=vault,
        ByResourceType="DynamoDB",
        ByCreatedAfter=after,
    )
    return [
        RecoveryPoint(point["RecoveryPointArn"], point["ResourceArn"], point["CreationDate"])
        for page in pages
        for point in page["RecoveryPoints"]
        if point.get("Status") in _RESTORABLE
    ]


@collector(LIST_JOBS, window_hours="backups.job_window_hours")
def backup_jobs(reader: Reader, now: datetime, *, window_hours: int) -> Iterator[BackupJob]:
    """Every backup job of a table that was created within the window and has ended."""
    pages = reader.pages(
        LIST_JOBS, ByResourceType="DynamoDB", ByCreatedAfter=now - timedelta(hours=window_hours)
    )
    for page in pages:
        for job in page["BackupJobs"]:
            if job["State"] in _ENDED:
                yield BackupJob(
                    id=job["BackupJobId"],
                    resource_arn=job["ResourceArn"],
                    state=job["State"],
                    created_at=job["CreationDate"],
                    message=job.get("StatusMessage", ""),
                )


@collector(LIST_COPY_JOBS, window_hours="backups.job_window_hours")
def copy_jobs(reader: Reader, now: datetime, *, window_hours: int) -> Iterator[CopyJob]:
    """Every copy job, of whatever resource, that was created within the window and has ended."""
    for page in reader.pages(LIST_COPY_JOBS, ByCreatedAfter=now - timedelta(hours=window_hours)):
        for job in page["CopyJobs"]:
            if job["State"] in _ENDED:
                yield CopyJob(
                    id=job["CopyJobId"],
                    resource_arn=job["ResourceArn"],
                    region=job["DestinationBackupVaultArn"].split(":")[3],
                    state=job["State"],
                    created_at=job["CreationDate"],
                    message=job.get("StatusMessage", ""),
                )
