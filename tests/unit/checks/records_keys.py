"""Records of keys, and of how tables scale, good and bad ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from records import NOW
from records_workload import DISABLED_KEY, ENABLED_KEY, LEAVING_KEY, REPLICA_KEY

from compliance.facts.keys import Key, KeyRotation
from compliance.facts.scaling import ScalableTarget, ScalingActivity, ScalingPolicy

_READS, _WRITES = (f"dynamodb:table:{what}CapacityUnits" for what in ("Read", "Write"))
_INDEX_READS = "dynamodb:index:ReadCapacityUnits"
_INDEX = "table/ledger/index/by-day"

POOL: Mapping[str, Sequence[Any]] = {
    "keys": [
        Key(ENABLED_KEY, "CUSTOMER", "Enabled", ("alias/data",), can_rotate=True),
        Key(DISABLED_KEY, "CUSTOMER", "Disabled", can_rotate=True),
        Key(
            LEAVING_KEY,
            "CUSTOMER",
            "PendingDeletion",
            can_rotate=True,
            deletion_at=NOW + timedelta(days=9),
        ),
        Key(f"{ENABLED_KEY}-of-aws", "AWS", "Enabled", ("alias/aws/dynamodb",)),
    ],
    "replica_keys": [Key(REPLICA_KEY, "CUSTOMER", "Unavailable")],
    "key_rotations": [
        KeyRotation(ENABLED_KEY, enabled=True, period_days=730),
        KeyRotation(f"{ENABLED_KEY}-2", enabled=False),
        KeyRotation(f"{ENABLED_KEY}-3", enabled=True, period_days=90),
    ],
    "table_scalable_targets": [
        ScalableTarget("table/ledger", _READS, 5, 50),
        ScalableTarget("table/ledger", _WRITES, 5, 5, ("out",)),
        ScalableTarget(_INDEX, _INDEX_READS, 5, 50),
    ],
    "table_scaling_activities": [
        ScalingActivity("table/fixed", "Setting read capacity units to 40.", "Successful", NOW),
        ScalingActivity("table/fixed", "Setting read capacity units to 9.", "Failed", NOW),
    ],
    "table_scaling_policies": [
        ScalingPolicy("table/ledger", _READS, "reads"),
        ScalingPolicy("table/ledger", _WRITES, "writes"),
    ],
}
RESOURCE_OF = {
    "keys": lambda key: key.arn,
    "key_rotations": lambda rotation: rotation.key_arn,
}
