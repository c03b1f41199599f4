"""AWS Backup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BackupCopy:
    """Where a rule copies its recovery points to; `delete_after_days` None: kept for ever there.

    A copy without a lifecycle of its own has that of its rule.
    Source: https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CopyAction.html
    """

    vault_arn: str
    delete_after_days: int | None

    @property
    def region(self) -> str:
        """Where the vault is, whichever account holds it."""
        return self.vault_arn.split(":")[3]


@dataclass(frozen=True, slots=True)
class BackupRule:
    """A rule of a plan. `delete_after_days` None: its recovery points are kept for ever.

    `vault_names` are the vaults of the plan's region that it stores into: one, and a logically
    air-gapped one beside it where the rule names that too.
    """

    name: str
    delete_after_days: int | None
    vault_names: tuple[str, ...] = ()
    copies: tuple[BackupCopy, ...] = ()


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """A plan and its rules.

    Source: https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupPlan.html
    """

    arn: str
    id: str
    name: str
    rules: tuple[BackupRule, ...]


@dataclass(frozen=True, slots=True)
class BackupSelection:
    """What a plan backs up.

    A resource is selected when an ARN pattern of `resources` or a tag of `any_tags` matches it, no
    pattern of `not_resources` does, and every condition holds. `conditions` are (operator, tag key,
    value) with AWS's operators: StringEquals, StringNotEquals, StringLike, StringNotLike.
    Source: https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupSelection.html
    """

    plan_id: str
    name: str
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    any_tags: tuple[tuple[str, str], ...] = ()
    conditions: tuple[tuple[str, str, str], ...] = ()

    @property
    def asks_for_tags(self) -> bool:
        """Whether the tags of a resource decide."""
        return bool(self.any_tags or self.conditions)


@dataclass(frozen=True, slots=True)
class ResourceTags:
    """The tags of one resource that has any, or once had."""

    arn: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BackupVault:
    """A vault. From `lock_date` on nobody can take its lock away; None: whoever may change it can.

    A logically air-gapped vault is locked for good from its first day, and has no such date.
    Source: https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
    """

    arn: str
    name: str
    locked: bool = False
    minimum_retention_days: int | None = None
    lock_date: datetime | None = None
    air_gapped: bool = False


@dataclass(frozen=True, slots=True)
class RecoveryPoint:
    """A recovery point in a vault that can be restored: COMPLETED or AVAILABLE.

    Source: https://docs.aws.amazon.com/aws-backup/latest/devguide/API_RecoveryPointByBackupVault.html
    """

    arn: str
    resource_arn: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class BackupJob:
    """A backup job that has ended. `state` is COMPLETED, PARTIAL, FAILED, ABORTED or EXPIRED.

    Source: https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupJob.html
    """

    id: str
    resource_arn: str
    state: str
    created_at: datetime
    message: str = ""


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """Whether AWS Backup is opted in to DynamoDB in this region.

    Without it, plans take a table only where a selection names tables, by ARN or by a pattern.
    Source: https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeRegionSettings.html
    """

    dynamodb_opted_in: bool


@dataclass(frozen=True, slots=True)
class CopyJob:
    """A copy to another vault that has ended. `state` is COMPLETED, PARTIAL or FAILED.

    Source: https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CopyJob.html
    """

    id: str
    resource_arn: str
    region: str
    state: str
    created_at: datetime
    message: str = ""
