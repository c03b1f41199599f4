"""Amazon DynamoDB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is in use. `replicas` maps each other region to the replica's ARN.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
    """

    arn: str
    name: str
    created_at: datetime
    replicas: Mapping[str, str] = field(default_factory=dict)


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
