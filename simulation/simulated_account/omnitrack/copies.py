"""Copies of backups, vault locks and restores."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from simulated_account.omnitrack.place import (
    REGION,
    REPLICA_REGION,
    Fault,
    arn,
)
from simulated_account.omnitrack.workload import VAULT

if TYPE_CHECKING:
    from datetime import datetime

    from simulated_account.account import SimulatedAccount

# Moto gives each plan an id of its own, and known faults name theirs.
_WEEKLY_ID = "5d1c7b1e-0a52-4d6b-9d3f-1c1f7c0c2a11"
_WEEKLY = arn("backup", f"backup-plan:{_WEEKLY_ID}")
_COPIED = (
    arn("dynamodb", "table/omnitrack-orders"),
    arn("dynamodb", "table/omnitrack-inventory"),
)
_FAR_VAULT = "omnitrack-vault-west"
_TESTING_PLAN = "omnitrack_monthly"

FAULTS: frozenset[Fault] = frozenset(
    {("backup.retention-policy", _WEEKLY, "rule:weekly:too-short")}
)


def seed(account: SimulatedAccount, now: datetime) -> None:
    """Ages are counted from `now`."""
    backup, data = account.client("backup"), account.data.backup
    backup.put_backup_vault_lock_configuration(BackupVaultName=VAULT, MinRetentionDays=30)
    _seed_weekly_plan(account)
    far = arn("backup", f"backup-vault:{_FAR_VAULT}", REPLICA_REGION)
    for table, state, message in (
        (_COPIED[0], "COMPLETED", None),
        (_COPIED[1], "FAILED", "Access denied trying to call AWS Backup service"),
    ):
        data.add_copy_job(
            REGION,
            VAULT,
            far,
            table,
            created=now - timedelta(days=2),
            state=state,
            message=message,
        )
    backup.create_restore_testing_plan(
        RestoreTestingPlan={
            "RestoreTestingPlanName": _TESTING_PLAN,
            "ScheduleExpression": "cron(0 5 1 * ? *)",
            "RecoveryPointSelection": {
                "Algorithm": "LATEST_WITHIN_WINDOW",
                "IncludeVaults": ["*"],
                "RecoveryPointTypes": ["SNAPSHOT"],
            },
        }
    )
    ran = now - timedelta(days=12)
    plan_arn = data.run_testing_plan(REGION, _TESTING_PLAN, ran)
    for table, minutes in zip(_COPIED, (38, 71), strict=True):
        data.add_restore_job(
            REGION,
            VAULT,
            table,
            created=ran,
            took=timedelta(minutes=minutes),
            validation="SUCCESSFUL",
            testing_plan_arn=plan_arn,
        )


def _seed_weekly_plan(account: SimulatedAccount) -> None:
    """Somebody meant the copies in the other region, and cut those in this one short."""
    backup = account.client("backup")
    account.client("backup", REPLICA_REGION).create_backup_vault(BackupVaultName=_FAR_VAULT)
    far = arn("backup", f"backup-vault:{_FAR_VAULT}", REPLICA_REGION)
    made = backup.create_backup_plan(
        BackupPlan={
            "BackupPlanName": "omnitrack-weekly",
            "Rules": [
                {
                    "RuleName": "weekly",
                    "TargetBackupVaultName": VAULT,
                    "ScheduleExpression": "cron(0 4 ? * SUN *)",
                    "Lifecycle": {"DeleteAfterDays": 14},
                    "CopyActions": [
                        {
                            "DestinationBackupVaultArn": far,
                            "Lifecycle": {"DeleteAfterDays": 90},
                        }
                    ],
                }
            ],
        }
    )["BackupPlanId"]
    held = account.backend("backup").plans
    plan = held[_WEEKLY_ID] = held.pop(made)
    plan.backup_plan_id, plan.backup_plan_arn = _WEEKLY_ID, _WEEKLY
    backup.create_backup_selection(
        BackupPlanId=_WEEKLY_ID,
        BackupSelection={
            "SelectionName": "omnitrack-far-copies",
            "IamRoleArn": arn("iam", "role/service-role/AWSBackupDefaultServiceRole", region=""),
            "Resources": list(_COPIED),
        },
    )
