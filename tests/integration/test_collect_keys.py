"""What is read of keys and of tables: which calls, how many, and what odd answers mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from evaluating import REGISTRY, Evaluate, faults

from compliance.collectors.reader import Connection
from compliance.facts.keys import KeyRotation
from compliance.facts.tables import Encryption, Index, Replica
from compliance.model import Gap, Status
from simulated_account import SimulatedAccount
from simulated_account.failures import AccessDenied

REGION, ELSEWHERE = "us-east-1", "eu-west-1"
ROTATION = "security.kms-rotation"

Collect = Callable[[str], list[Any]]


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("210987654321") as empty:
        yield empty


@pytest.fixture
def collect(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collect]:
    """All records of a fact, and of the facts that it builds on."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.endpoint_url)
    session = boto3.Session("a", "b", region_name=REGION)
    connection = Connection(session, rate_share=None, attempts=1)

    def collected(fact: str) -> list[Any]:
        collector = REGISTRY.collectors[fact]
        gaps: list[Gap] = []
        reader = connection.reader(collector, gaps.append, float("inf"))
        records = list(collector.function(reader, *(collected(need) for need in collector.needs)))
        assert gaps == []
        return records

    yield collected
    connection.close()


def make_key(account: SimulatedAccount, region: str = REGION, **created: Any) -> str:
    """Its ARN."""
    made = account.client("kms", region).create_key(**created)
    return str(made["KeyMetadata"]["Arn"])


def make_table(account: SimulatedAccount, name: str = "parcels", **created: Any) -> Any:
    dynamodb = account.client("dynamodb")
    dynamodb.create_table(
        TableName=name,
        **{
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            **created,
        },
    )
    return dynamodb


def asked(account: SimulatedAccount) -> Counter[str]:
    return Counter(call.operation for call in account.calls if call.service != "sts")


# Keys


def test_many_keys_take_no_more_calls_than_they_must(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    held = account.backend("kms")
    for _ in range(30):
        held.create_key(None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "", None)
    make_table(account, SSESpecification={"Enabled": True, "SSEType": "KMS"})
    account.forget_calls()
    report = evaluated(account, ROTATION)
    assert len(report.results[ROTATION].offenders) == 30
    assert asked(account) == {
        "ListAliases": 1,
        "ListKeys": 1,
        "DescribeKey": 30,
        "GetKeyRotationStatus": 30,
    }


def test_a_key_that_aws_manages_is_known_by_its_alias_alone(
    account: SimulatedAccount, collect: Collect
) -> None:
    """Moto calls it the customer's, and gives aliases without a key the id of one."""
    make_table(account, SSESpecification={"Enabled": True, "SSEType": "KMS"})
    account.forget_calls()
    [key] = collect("keys")
    assert (key.manager, key.state, key.aliases) == ("AWS", "Enabled", ("alias/aws/dynamodb",))
    assert asked(account) == {"ListAliases": 1, "ListKeys": 1}


def test_a_key_that_aws_manages_without_an_alias_is_described(
    account: SimulatedAccount, collect: Collect
) -> None:
    make_table(account, SSESpecification={"Enabled": True, "SSEType": "KMS"})
    [managed] = account.backend("kms").keys.values()
    managed.aliases = {}
    [key] = collect("keys")
    assert (key.arn, key.aliases) == (managed.arn, ())
    assert asked(account)["DescribeKey"] == 1


@pytest.mark.parametrize(
    "created",
    [
        {"KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_P256"},
        {"KeyUsage": "GENERATE_VERIFY_MAC", "KeySpec": "HMAC_256"},
        {"Origin": "EXTERNAL"},
        {"Origin": "AWS_CLOUDHSM"},
        {"Origin": "EXTERNAL_KEY_STORE"},
    ],
)
def test_the_rotation_of_a_key_that_cannot_rotate_is_not_asked_for(
    created: dict[str, str], account: SimulatedAccount, collect: Collect
) -> None:
    make_key(account, **created)
    account.forget_calls()
    assert collect("key_rotations") == []
    assert asked(account)["GetKeyRotationStatus"] == 0


def test_a_replica_of_a_key_rotates_with_its_primary(
    account: SimulatedAccount, collect: Collect
) -> None:
    """Moto shares one configuration among a key's regions, and calls a replica one when asked."""
    primary = make_key(account, ELSEWHERE, MultiRegion=True).rpartition("/")[2]
    account.client("kms", ELSEWHERE).replicate_key(KeyId=primary, ReplicaRegion=REGION)
    own = make_key(account, MultiRegion=True)
    assert [rotation.key_arn for rotation in collect("key_rotations")] == [own]


def test_the_rotation_of_a_disabled_key_is_not_asked_for(
    account: SimulatedAccount, collect: Collect
) -> None:
    key_id = make_key(account).rpartition("/")[2]
    account.client("kms").disable_key(KeyId=key_id)
    assert [key.state for key in collect("keys")] == ["Disabled"]
    assert collect("key_rotations") == []


def test_the_period_of_rotation_is_read(account: SimulatedAccount, collect: Collect) -> None:
    arn = make_key(account)
    account.client("kms").enable_key_rotation(KeyId=arn, RotationPeriodInDays=730)
    assert collect("key_rotations") == [KeyRotation(arn, enabled=True, period_days=730)]


def test_a_key_pending_deletion_has_a_date_and_its_aliases(
    account: SimulatedAccount, collect: Collect
) -> None:
    arn = make_key(account)
    kms, key_id = account.client("kms"), arn.rpartition("/")[2]
    for alias in ("alias/old", "alias/data"):
        kms.create_alias(AliasName=alias, TargetKeyId=key_id)
    at = kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)["DeletionDate"]
    [key] = collect("keys")
    assert (key.state, key.aliases) == ("PendingDeletion", ("alias/data", "alias/old"))
    assert abs(key.deletion_at - at).total_seconds() < 1


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("DescribeKey", "NotFoundException"),
        ("GetKeyRotationStatus", "NotFoundException"),
        ("GetKeyRotationStatus", "KMSInvalidStateException"),
        ("GetKeyRotationStatus", "UnsupportedOperationException"),
    ],
)
def test_a_key_that_changed_meanwhile_has_no_rotation(
    operation: str, code: str, account: SimulatedAccount, collect: Collect
) -> None:
    make_key(account)
    account.fail("kms", operation, code)
    assert collect("key_rotations") == []


@pytest.mark.parametrize("operation", ["DescribeKey", "GetKeyRotationStatus"])
def test_a_refusal_for_one_key_leaves_the_verdict_on_all_others(
    operation: str, account: SimulatedAccount, evaluated: Evaluate
) -> None:
    refused, other = make_key(account), make_key(account)
    account.fail("kms", operation, AccessDenied, when=lambda given: given["KeyId"] == refused)
    result = evaluated(account, ROTATION).results[ROTATION]
    assert [offender.key for offender in result.offenders] == [(other, "rotation-disabled")]
    assert result.unseen == {refused}


# Tables


def test_a_table_that_was_always_provisioned_has_no_billing_mode(
    account: SimulatedAccount, collect: Collect
) -> None:
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}
    dynamodb = make_table(account, BillingMode="PROVISIONED", ProvisionedThroughput=units)
    assert "BillingModeSummary" not in dynamodb.describe_table(TableName="parcels")["Table"]
    [table] = collect("tables")
    assert (table.provisioned, table.read_units, table.write_units) == (True, 5, 6)


def test_indexes_in_use_have_an_arn_and_a_capacity(
    account: SimulatedAccount, collect: Collect
) -> None:
    """Moto gives no ARN of an index, and has none that is being created."""
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}
    make_table(
        account,
        BillingMode="PROVISIONED",
        ProvisionedThroughput=units,
        GlobalSecondaryIndexes=[
            {
                "IndexName": name,
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": units,
            }
            for name in ("by-day", "new")
        ],
    )
    held = account.backend("dynamodb").get_table("parcels")
    held.global_indexes[1].status = "CREATING"
    [table] = collect("tables")
    assert table.indexes == (Index(f"{table.arn}/index/by-day", "by-day", 5, 6),)


def test_the_key_of_a_table_is_read(account: SimulatedAccount, collect: Collect) -> None:
    key = make_key(account)
    dynamodb = make_table(account)
    [table] = collect("tables")
    assert table.encryption is None
    sse = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    dynamodb.update_table(TableName="parcels", SSESpecification=sse)
    [table] = collect("tables")
    assert table.encryption == Encryption("KMS", "ENABLED", key)


def test_a_table_out_of_reach_says_since_when(account: SimulatedAccount, collect: Collect) -> None:
    make_table(account, SSESpecification={"Enabled": True, "SSEType": "KMS"})
    since = datetime(2026, 6, 1, 12, tzinfo=UTC)
    account.data.dynamodb.make_inaccessible(REGION, "parcels", since)
    [table] = collect("tables")
    assert table.status == "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
    assert table.encryption.inaccessible_at == since


@pytest.mark.parametrize("status", ["ARCHIVING", "ARCHIVED"])
def test_a_table_that_aws_archived_is_still_a_table(
    status: str, account: SimulatedAccount, collect: Collect
) -> None:
    make_table(account, SSESpecification={"Enabled": True, "SSEType": "KMS"})
    since = datetime(2026, 5, 24, 12, tzinfo=UTC)
    account.data.dynamodb.make_inaccessible(REGION, "parcels", since, status)
    [table] = collect("tables")
    assert (table.status, table.archived) == (status, True)
    assert table.encryption.inaccessible_at == since


def test_a_table_that_is_being_deleted_is_no_table(
    account: SimulatedAccount, collect: Collect
) -> None:
    make_table(account, SSESpecification={"Enabled": True, "SSEType": "KMS"})
    since = datetime(2026, 5, 24, 12, tzinfo=UTC)
    account.data.dynamodb.make_inaccessible(REGION, "parcels", since, "DELETING")
    assert collect("tables") == []


def replicate(account: SimulatedAccount, **described: Any) -> None:
    make_table(account).update_table(
        TableName="parcels", ReplicaUpdates=[{"Create": {"RegionName": ELSEWHERE}}]
    )
    account.data.dynamodb.set_replica("parcels", ELSEWHERE, **described)


@pytest.mark.parametrize("named", ["arn:aws:kms:eu-west-1:210987654321:key/1", "1"])
def test_a_replica_has_a_status_and_a_key_of_its_own(
    named: str, account: SimulatedAccount, collect: Collect
) -> None:
    replicate(account, ReplicaStatus="UPDATING", KMSMasterKeyId=named)
    [table] = collect("tables")
    assert table.replicas == {
        ELSEWHERE: Replica(
            "arn:aws:dynamodb:eu-west-1:210987654321:table/parcels",
            "UPDATING",
            "arn:aws:kms:eu-west-1:210987654321:key/1",
        )
    }


def test_the_key_of_a_replica_is_described_in_its_region(
    account: SimulatedAccount, collect: Collect
) -> None:
    arn = make_key(account, ELSEWHERE)
    replicate(account, KMSMasterKeyId=arn)
    account.data.kms.set_state(ELSEWHERE, arn.rpartition("/")[2], "Unavailable")
    [key] = collect("replica_keys")
    assert (key.arn, key.state) == (arn, "Unavailable")


def test_a_key_of_another_account_is_not_asked_about(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    """Nobody may describe it, while DynamoDB may well use it."""
    other = "arn:aws:kms:eu-west-1:999999999999:key/1"
    replicate(account, KMSMasterKeyId=other)
    own = {"Enabled": True, "SSEType": "KMS"}
    account.client("dynamodb").update_table(TableName="parcels", SSESpecification=own)
    account.forget_calls()
    report = evaluated(account, "dynamodb.encryption")
    assert report.results["dynamodb.encryption"].status is Status.PASS
    assert asked(account)["DescribeKey"] == 0


# Scaling


def register(account: SimulatedAccount, name: str, **registered: Any) -> None:
    scaling = account.client("application-autoscaling")
    for what in ("Read", "Write"):
        at = {
            "ServiceNamespace": "dynamodb",
            "ResourceId": f"table/{name}",
            "ScalableDimension": f"dynamodb:table:{what}CapacityUnits",
        }
        bounds = {"MinCapacity": 5, "MaxCapacity": 50}
        scaling.register_scalable_target(**at, **bounds, **registered)
        scaling.put_scaling_policy(
            **at,
            PolicyName="utilization",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={"TargetValue": 70},
        )


def provision(account: SimulatedAccount, name: str) -> None:
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    make_table(account, name, BillingMode="PROVISIONED", ProvisionedThroughput=units)


def test_scaling_is_read_in_bulk_and_to_its_last_page(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    """AWS answers 50 targets and 10 policies a page; moto's pages of targets never end."""
    for number in range(51):
        provision(account, f"parcels-{number}")
        register(account, f"parcels-{number}")
    account.forget_calls()
    report = evaluated(account, "dynamodb.auto-scaling")
    assert report.results["dynamodb.auto-scaling"].status is Status.PASS
    calls = asked(account)
    assert (calls["DescribeScalableTargets"], calls["DescribeScalingPolicies"]) == (3, 11)


@pytest.mark.parametrize(
    ("state", "suspended"),
    [
        ({"DynamicScalingOutSuspended": True}, ("out",)),
        ({"DynamicScalingInSuspended": True}, ("in",)),
        ({"ScheduledScalingSuspended": True}, ()),
    ],
)
def test_what_is_suspended_is_read(
    state: dict[str, bool],
    suspended: tuple[str, ...],
    account: SimulatedAccount,
    collect: Collect,
) -> None:
    provision(account, "parcels")
    register(account, "parcels", SuspendedState=state)
    targets = collect("table_scalable_targets")
    assert [target.suspended for target in targets] == [suspended, suspended]


def test_where_all_tables_are_on_demand_scaling_is_not_asked_for(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    make_table(account)
    account.forget_calls()
    report = evaluated(account, "dynamodb.auto-scaling")
    assert report.results["dynamodb.auto-scaling"].status is Status.NOT_APPLICABLE
    assert asked(account) == {"ListTables": 1, "DescribeTable": 1}


def test_a_replica_that_is_not_there_is_found_by_the_baseline(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    item = "dynamodb.global-tables"
    make_table(account, "omnitrack-shipments")
    name = "replica:omnitrack-shipments/us-west-2"
    assert faults(evaluated(account, item)) == {(item, name, "missing")}
