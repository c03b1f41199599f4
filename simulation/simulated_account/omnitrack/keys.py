"""KMS keys, and how tables are encrypted and scaled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulated_account.omnitrack.place import REGION, REPLICA_REGION, arn
from simulated_account.omnitrack.workload import GLOBAL_TABLE, TABLES

if TYPE_CHECKING:
    from datetime import datetime

    from simulated_account.account import SimulatedAccount
    from simulated_account.omnitrack.place import Fault


@dataclass(frozen=True)
class Key:
    """A key of the customer's under an id of its own."""

    alias: str
    id: str
    region: str = REGION
    period_days: int | None = 365
    made: tuple[tuple[str, str], ...] = ()

    @property
    def arn(self) -> str:
        """Where it is."""
        return arn("kms", f"key/{self.id}", self.region)


DATA_KEY = Key("omnitrack-data", "5f0c1d3a-7c55-4b1e-9d0e-2a6b8c9f1e01")
REPLICA_KEY = Key("omnitrack-data", "5f0c1d3a-7c55-4b1e-9d0e-2a6b8c9f1e02", REPLICA_REGION)
EXPORTS_KEY = Key("omnitrack-exports", "5f0c1d3a-7c55-4b1e-9d0e-2a6b8c9f1e03", period_days=None)
CONTRACTS_KEY = Key("omnitrack-contracts", "5f0c1d3a-7c55-4b1e-9d0e-2a6b8c9f1e04")
KEYS = (
    DATA_KEY,
    REPLICA_KEY,
    EXPORTS_KEY,
    CONTRACTS_KEY,
    Key("omnitrack-secrets", "5f0c1d3a-7c55-4b1e-9d0e-2a6b8c9f1e05", period_days=180),
    Key(
        "omnitrack-webhook-signing",
        "5f0c1d3a-7c55-4b1e-9d0e-2a6b8c9f1e06",
        period_days=None,
        made=(("KeyUsage", "SIGN_VERIFY"), ("KeySpec", "ECC_NIST_P256")),
    ),
)

CONTRACTS_TABLE = "omnitrack-supplier-contracts"
UNENCRYPTED_TABLE = "omnitrack-route-plans"
AWS_KEY_TABLES = frozenset({"omnitrack-connections", "omnitrack-sessions"})

PROVISIONED_TABLE = "omnitrack-forecasts"
INDEX = "by-horizon"
_UNITS = {"ReadCapacityUnits": 25, "WriteCapacityUnits": 25}

FAULTS: frozenset[Fault] = frozenset(
    {
        ("security.kms-rotation", EXPORTS_KEY.arn, "rotation-disabled"),
        ("security.kms-rotation", CONTRACTS_KEY.arn, "pending-deletion"),
        (
            "dynamodb.encryption",
            arn("dynamodb", f"table/{CONTRACTS_TABLE}"),
            "key-pending-deletion",
        ),
        ("dynamodb.encryption", arn("dynamodb", f"table/{UNENCRYPTED_TABLE}"), "aws-owned-key"),
        (
            "dynamodb.auto-scaling",
            arn("dynamodb", f"table/{PROVISIONED_TABLE}/index/{INDEX}"),
            "writes-not-scaled",
        ),
    }
)


def seed(account: SimulatedAccount, now: datetime) -> None:
    """Ages are counted from `now`."""
    for key in KEYS:
        _make(account, key)
    _encrypt_tables(account)
    account.client("kms").schedule_key_deletion(KeyId=CONTRACTS_KEY.id, PendingWindowInDays=14)
    _provision(account)
    _scaled(account, now)


def _make(account: SimulatedAccount, key: Key) -> None:
    kms = account.client("kms", key.region)
    made = kms.create_key(Description=key.alias, **dict(key.made))["KeyMetadata"]
    account.data.kms.give_id(key.region, made["KeyId"], key.id)
    kms.create_alias(AliasName=f"alias/{key.alias}", TargetKeyId=key.id)
    if key.period_days:
        kms.enable_key_rotation(KeyId=key.id, RotationPeriodInDays=key.period_days)


def _encrypt_tables(account: SimulatedAccount) -> None:
    dynamodb = account.client("dynamodb")
    for table in TABLES:
        if table.name != UNENCRYPTED_TABLE:
            own = CONTRACTS_KEY if table.name == CONTRACTS_TABLE else DATA_KEY
            named = {} if table.name in AWS_KEY_TABLES else {"KMSMasterKeyId": own.arn}
            dynamodb.update_table(
                TableName=table.name,
                SSESpecification={"Enabled": True, "SSEType": "KMS", **named},
            )
    dynamodb.update_table(
        TableName=GLOBAL_TABLE,
        ReplicaUpdates=[
            {"Update": {"RegionName": REPLICA_REGION, "KMSMasterKeyId": REPLICA_KEY.arn}}
        ],
    )


def _provision(account: SimulatedAccount) -> None:
    account.client("dynamodb").update_table(
        TableName=PROVISIONED_TABLE,
        BillingMode="PROVISIONED",
        ProvisionedThroughput=_UNITS,
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "horizon")
        ],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": INDEX,
                    "KeySchema": [{"AttributeName": "horizon", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                    "ProvisionedThroughput": _UNITS,
                }
            }
        ],
    )
    table, index = f"table/{PROVISIONED_TABLE}", f"table/{PROVISIONED_TABLE}/index/{INDEX}"
    for resource, kind, what in (
        (table, "table", "Read"),
        (table, "table", "Write"),
        (index, "index", "Read"),
    ):
        _scale(account, resource, f"dynamodb:{kind}:{what}CapacityUnits", what)


def _scaled(account: SimulatedAccount, now: datetime) -> None:
    """Up before the nightly forecasts and down after them; once AWS did not manage at first."""
    activities, name = account.data.application_autoscaling, f"table/{PROVISIONED_TABLE}"
    dimension = "dynamodb:table:ReadCapacityUnits"
    for days, hours, capacity, changes in (
        (9, 4, 60, {}),
        (9, 2, 25, {}),
        (1, 4, 80, {"StatusCode": "Failed", "StatusMessage": "Failed to set read capacity."}),
        (1, 3, 80, {}),
        (1, 1, 25, {}),
    ):
        at = now - timedelta(days=days, hours=hours)
        activities.add_activity(name, dimension, capacity, at, **changes)


def _scale(account: SimulatedAccount, resource: str, dimension: str, what: str) -> None:
    scaling = account.client("application-autoscaling")
    at: dict[str, Any] = {
        "ServiceNamespace": "dynamodb",
        "ResourceId": resource,
        "ScalableDimension": dimension,
    }
    scaling.register_scalable_target(**at, MinCapacity=25, MaxCapacity=500)
    scaling.put_scaling_policy(
        **at,
        PolicyName=f"{what.lower()}-utilization",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 70,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": f"DynamoDB{what}CapacityUtilization"
            },
        },
    )
