"""Amazon DynamoDB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

ARCHIVED = frozenset({"ARCHIVING", "ARCHIVED"})
"""The status of a table or a replica that is out of reach for good."""


@dataclass(frozen=True, slots=True)
class Encryption:
    """Encryption under a key of KMS: `type` KMS and `status` ENABLED are what AWS says today.

    `inaccessible_at` is when the table began to be out of reach, None while its key can be used.
    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSEDescription.html
    """

    type: str
    status: str
    key_arn: str | None = None
    inaccessible_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index that is in use, with the capacity that is provisioned for it.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GlobalSecondaryIndexDescription.html
    """

    arn: str
    name: str
    read_units: int = 0
    write_units: int = 0


@dataclass(frozen=True, slots=True)
class Replica:
    """A copy of a table in another region; `key_arn` is None unless a customer's key encrypts it.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ReplicaDescription.html
    """

    arn: str
    status: str = "ACTIVE"
    key_arn: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table, in use or archived. `replicas` maps each other region to the replica there.

    `encryption` is None under a key that AWS owns, which is the default. Capacities are zero on
    demand.
    `restored_at` is when the restore began that made the table; None where none did, or where it is
    not yet through.
    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
    """

    arn: str
    name: str
    created_at: datetime
    replicas: Mapping[str, Replica] = field(default_factory=dict)
    status: str = "ACTIVE"
    billing_mode: str = "PAY_PER_REQUEST"
    read_units: int = 0
    write_units: int = 0
    indexes: tuple[Index, ...] = ()
    encryption: Encryption | None = None
    restored_at: datetime | None = None

    @property
    def provisioned(self) -> bool:
        """Whether its capacity is set beforehand instead of paid for by request."""
        return self.billing_mode == "PROVISIONED"

    @property
    def archived(self) -> bool:
        """Whether it can only be had back from the backup that AWS made of it in the end.

        AWS archives a table that has been without its key for seven days.
        Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ArchivalSummary.html
        """
        return self.status in ARCHIVED


@dataclass(frozen=True, slots=True)
class ContinuousBackups:
    """A table's point-in-time recovery, that of a replica under the replica's own ARN.

    `recovery_period_days` and `latest_restorable_at` are None while recovery is off.
    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoveryDescription.html
    """

    table_arn: str
    enabled: bool
    recovery_period_days: int | None = None
    latest_restorable_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OnDemandBackup:
    """A backup that somebody or something took of a table, and that can be restored now.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BackupSummary.html
    """

    arn: str
    table_arn: str
    created_at: datetime
