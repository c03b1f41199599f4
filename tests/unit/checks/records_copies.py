"""Records of vaults, copies and restores, good and bad ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from example_alarms import ACCOUNT, TABLE
from records import NOW

from compliance.facts.backups import BackupVault, CopyJob
from compliance.facts.replication import BucketReplication
from compliance.facts.restores import RestoreJob, RestoreTestingPlan

_VAULT = f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault"
_OTHER, _THIRD = (f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{n}" for n in ("ledger", "audit"))
_PLAN = f"arn:aws:backup:us-east-1:{ACCOUNT}:restore-testing-plan:monthly-1"


def _ago(days: float) -> Any:
    return NOW - timedelta(days=days)


POOL: Mapping[str, Sequence[Any]] = {
    "backup_vaults": [
        BackupVault(f"{_VAULT}:open", "open"),
        BackupVault(
            f"{_VAULT}:short", "short", locked=True, minimum_retention_days=7, lock_date=_ago(1)
        ),
        BackupVault(f"{_VAULT}:sealed", "sealed", minimum_retention_days=90, air_gapped=True),
    ],
    "copy_jobs": [
        CopyJob("c1", TABLE.arn, "eu-west-1", "FAILED", _ago(2)),
        CopyJob("c2", TABLE.arn, "eu-west-1", "COMPLETED", _ago(1)),
        CopyJob("c3", _OTHER, "eu-west-1", "PARTIAL", _ago(1)),
        CopyJob("c4", _THIRD, "eu-north-1", "FAILED", _ago(1)),
    ],
    "bucket_replications": [
        BucketReplication("arn:aws:s3:::omnitrack-documents", ("omnitrack-far",)),
        BucketReplication("arn:aws:s3:::omnitrack-exports", ("omnitrack-gone",)),
    ],
    "restore_jobs": [
        RestoreJob("r1", TABLE.arn, "DynamoDB", "COMPLETED", _ago(9), _ago(8.9)),
        RestoreJob("r2", _OTHER, "DynamoDB", "COMPLETED", _ago(7), _ago(6), "SUCCESSFUL", _PLAN),
        RestoreJob("r3", _OTHER, "DynamoDB", "COMPLETED", _ago(6), _ago(5), "FAILED", _PLAN),
        RestoreJob("r4", _THIRD, "DynamoDB", "ABORTED", _ago(5), _ago(5)),
        RestoreJob("r5", TABLE.arn, "DynamoDB", "RUNNING", _ago(0)),
    ],
    "restore_testing_plans": [
        RestoreTestingPlan(_PLAN, "monthly", _ago(6)),
        RestoreTestingPlan(f"{_PLAN}2", "yearly", _ago(60)),
        RestoreTestingPlan(f"{_PLAN}3", "new", None),
    ],
}
RESOURCE_OF: Mapping[str, Callable[[Any], str]] = {
    "bucket_replications": lambda replication: replication.bucket_arn
}
