"""Tables: under which key, at which capacity, in which regions and how they are paid for."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from compliance.checks.dynamodb import (
    provisioned_tables_scale,
    replicas_are_live,
    tables_are_encrypted_under_a_usable_key,
    tables_have_the_expected_billing_mode,
)
from compliance.facts.keys import Key
from compliance.facts.scaling import ScalableTarget, ScalingPolicy
from compliance.facts.tables import Encryption, Index, Replica, Table
from compliance.model import Identity, Verdict

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/parcels"
REPLICA = ARN.replace("us-east-1", "eu-west-1")
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/1"
REPLICA_KEY_ARN = KEY_ARN.replace("us-east-1", "eu-west-1")
ENCRYPTED = Encryption("KMS", "ENABLED", KEY_ARN)
TABLE = Table(ARN, "parcels", NOW, encryption=ENCRYPTED)
REPLICATED = replace(TABLE, replicas={"eu-west-1": Replica(REPLICA, key_arn=REPLICA_KEY_ARN)})
KEY = Key(KEY_ARN, "CUSTOMER", "Enabled", ("alias/data",))
IDENTITY = Identity("123456789012", "us-east-1")


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


# Encryption


def encrypted(table: Table, *known: Key, replica_keys: Sequence[Key] = ()) -> Verdict:
    return tables_are_encrypted_under_a_usable_key([table], known, replica_keys)


def test_a_table_under_an_enabled_key_holds() -> None:
    verdict = encrypted(TABLE, KEY)
    assert (verdict.evaluated, verdict.offenders) == ((ARN,), ())


def test_a_table_under_the_key_that_aws_manages_for_dynamodb_holds() -> None:
    theirs = Key(KEY_ARN, "AWS", "Enabled", ("alias/aws/dynamodb",))
    assert encrypted(TABLE, theirs).offenders == ()


def test_a_table_under_the_default_key_fails() -> None:
    [offender] = encrypted(replace(TABLE, encryption=None), KEY).offenders
    assert offender.key == (ARN, "aws-owned-key")
    assert offender.observed == "encrypted under a key that AWS owns"


@pytest.mark.parametrize(
    ("described", "holds"),
    [
        (("KMS", "ENABLED"), True),
        (("KMS", "UPDATING"), True),
        (("KMS", "ENABLING"), False),
        (("KMS", "DISABLED"), False),
        (("AES256", "ENABLED"), False),
    ],
)
def test_encryption_must_be_enabled_and_of_kms(described: tuple[str, str], holds: bool) -> None:  # noqa: FBT001 -- a column of the table above
    verdict = encrypted(replace(TABLE, encryption=Encryption(*described, KEY_ARN)), KEY)
    assert keys(verdict) == ([] if holds else [(ARN, "aws-owned-key")])


@pytest.mark.parametrize(
    ("state", "fault", "fix"),
    [
        ("Disabled", "key-disabled", ["enable-key"]),
        ("PendingDeletion", "key-pending-deletion", ["cancel-key-deletion", "enable-key"]),
        ("PendingReplicaDeletion", "key-pending-deletion", ["cancel-key-deletion", "enable-key"]),
        ("PendingImport", "key-unavailable", []),
        ("Unavailable", "key-unavailable", []),
        ("Lost", "key-unavailable", []),
    ],
)
def test_a_key_that_cannot_be_used_fails_and_is_mended_where_it_can_be(
    state: str, fault: str, fix: list[str]
) -> None:
    [offender] = encrypted(TABLE, replace(KEY, state=state)).offenders
    assert offender.key == (ARN, fault)
    assert offender.observed == f"its key alias/data is {state}"
    commands = [shlex.split(command) for command in (offender.fix or "").split(" && ") if command]
    assert [words[2] for words in commands] == fix
    assert all(words[3:5] == ["--key-id", KEY_ARN] for words in commands)


def test_the_day_of_deletion_is_told() -> None:
    leaving = replace(KEY, state="PendingDeletion", deletion_at=datetime(2026, 6, 9, tzinfo=UTC))
    [offender] = encrypted(TABLE, leaving).offenders
    assert offender.observed == "its key alias/data is PendingDeletion and deleted on 2026-06-09"


@pytest.mark.parametrize("state", ["Enabled", "Updating", "Creating"])
def test_a_key_in_transition_can_be_used(state: str) -> None:
    assert encrypted(TABLE, replace(KEY, state=state)).offenders == ()


def test_nothing_is_claimed_of_a_key_that_is_not_in_the_account() -> None:
    assert encrypted(TABLE).offenders == ()


def test_a_table_whose_key_cannot_be_reached_fails_since_when() -> None:
    lost = replace(ENCRYPTED, inaccessible_at=datetime(2026, 5, 31, 8, tzinfo=UTC))
    [offender] = encrypted(replace(TABLE, encryption=lost), KEY).offenders
    assert offender.key == (ARN, "inaccessible")
    assert "since 2026-05-31 08:00 UTC" in offender.observed


def test_the_status_of_a_table_alone_tells_that_its_key_cannot_be_reached() -> None:
    lost = replace(TABLE, status="INACCESSIBLE_ENCRYPTION_CREDENTIALS")
    assert keys(encrypted(lost, KEY)) == [(ARN, "inaccessible")]


@pytest.mark.parametrize("status", ["ARCHIVING", "ARCHIVED"])
def test_a_table_that_is_archived_since_its_key_was_lost_fails_as_before(status: str) -> None:
    lost = replace(ENCRYPTED, inaccessible_at=datetime(2026, 5, 24, 8, tzinfo=UTC))
    verdict = encrypted(replace(TABLE, status=status, encryption=lost), KEY)
    [offender] = verdict.offenders
    assert offender.key == (ARN, "inaccessible")
    assert offender.observed == (
        f"DynamoDB cannot use its key since 2026-05-24 08:00 UTC: it is {status}, "
        "its data only in a backup"
    )


@pytest.mark.parametrize("status", ["ARCHIVING", "ARCHIVED"])
def test_a_replica_that_is_archived_fails(status: str) -> None:
    lost = {"eu-west-1": Replica(REPLICA, status)}
    assert keys(encrypted(replace(TABLE, replicas=lost), KEY)) == [(REPLICA, "inaccessible")]


def test_a_replica_is_judged_by_its_own_key() -> None:
    theirs = Key(REPLICA_KEY_ARN, "CUSTOMER", "Disabled")
    verdict = encrypted(REPLICATED, KEY, replica_keys=[theirs])
    assert verdict.evaluated == (ARN, REPLICA)
    [offender] = verdict.offenders
    assert offender.key == (REPLICA, "key-disabled")
    assert str(offender.fix).endswith("--region eu-west-1")


def test_a_replica_whose_key_cannot_be_reached_fails() -> None:
    lost = {"eu-west-1": Replica(REPLICA, "INACCESSIBLE_ENCRYPTION_CREDENTIALS")}
    assert keys(encrypted(replace(TABLE, replicas=lost), KEY)) == [(REPLICA, "inaccessible")]


def test_without_tables_encryption_does_not_apply() -> None:
    verdict = tables_are_encrypted_under_a_usable_key([], [KEY], [])
    assert verdict.inapplicable == "no tables in the region"


# Scaling

INDEX_ARN = f"{ARN}/index/by-day"
PROVISIONED = replace(TABLE, billing_mode="PROVISIONED", read_units=5, write_units=7)
INDEXED = replace(PROVISIONED, indexes=(Index(INDEX_ARN, "by-day", 3, 4),))
SCALED = [
    (resource, f"dynamodb:{kind}:{what}CapacityUnits")
    for resource, kind in (("table/parcels", "table"), ("table/parcels/index/by-day", "index"))
    for what in ("Read", "Write")
]
TARGETS = [ScalableTarget(*at, minimum=5, maximum=50) for at in SCALED]
POLICIES = [ScalingPolicy(*at, name="utilization") for at in SCALED]


def scaling(
    *tables: Table,
    targets: Sequence[ScalableTarget] = TARGETS,
    policies: Sequence[ScalingPolicy] = POLICIES,
) -> Verdict:
    return provisioned_tables_scale(tables, targets, policies, target_percent=70)


def test_a_table_and_an_index_that_scale_hold() -> None:
    verdict = scaling(INDEXED)
    assert (verdict.evaluated, verdict.offenders) == ((ARN, INDEX_ARN), ())


@pytest.mark.parametrize(
    ("at", "key"),
    [
        (0, (ARN, "reads-not-scaled")),
        (1, (ARN, "writes-not-scaled")),
        (2, (INDEX_ARN, "reads-not-scaled")),
        (3, (INDEX_ARN, "writes-not-scaled")),
    ],
)
def test_each_dimension_needs_a_target_of_its_own(at: int, key: tuple[str, str]) -> None:
    without = [*TARGETS[:at], *TARGETS[at + 1 :]]
    [offender] = scaling(INDEXED, targets=without).offenders
    assert offender.key == key
    assert offender.absent_from == ("table_scalable_targets",)


@pytest.mark.parametrize("at", range(4))
def test_each_dimension_needs_a_policy_of_its_own(at: int) -> None:
    without = [*POLICIES[:at], *POLICIES[at + 1 :]]
    [offender] = scaling(INDEXED, policies=without).offenders
    assert offender.fault == ("reads-without-policy", "writes-without-policy")[at % 2]
    assert offender.resource == (ARN, INDEX_ARN)[at // 2]
    assert offender.absent_from == ("table_scaling_policies",)


def test_a_capacity_that_stays_is_told_with_the_commands_that_let_it_scale() -> None:
    [offender] = scaling(INDEXED, targets=TARGETS[:3]).offenders
    assert offender.observed == "its writes stay at 4 units: no scalable target"
    register, follow = (shlex.split(each) for each in str(offender.fix).split(" && "))
    at = [
        *("--service-namespace", "dynamodb", "--resource-id", "table/parcels/index/by-day"),
        *("--scalable-dimension", "dynamodb:index:WriteCapacityUnits"),
    ]
    bounds = ["--min-capacity", "4", "--max-capacity", "40"]
    assert register[2:] == ["register-scalable-target", *at, *bounds, "--region", "us-east-1"]
    assert follow[2:9] == ["put-scaling-policy", *at]
    assert (
        "TargetValue=70,PredefinedMetricSpecification="
        "{PredefinedMetricType=DynamoDBWriteCapacityUtilization}"
    ) in follow


def changed(**fields: Any) -> list[ScalableTarget]:
    return [replace(TARGETS[0], **fields), *TARGETS[1:]]


def test_a_target_whose_bounds_are_the_same_cannot_scale() -> None:
    [offender] = scaling(INDEXED, targets=changed(maximum=5)).offenders
    assert offender.key == (ARN, "reads-fixed")
    assert offender.observed == "its reads can only be 5 units"
    assert "--min-capacity 5 --max-capacity 50" in str(offender.fix)


@pytest.mark.parametrize("suspended", [("out",), ("in",), ("out", "in")])
def test_suspended_scaling_fails(suspended: tuple[str, ...]) -> None:
    [offender] = scaling(INDEXED, targets=changed(suspended=suspended)).offenders
    assert offender.key == (ARN, "reads-suspended")
    assert offender.observed.endswith(" and ".join(suspended))
    assert "DynamicScalingOutSuspended=false" in str(offender.fix)


def test_a_table_on_demand_is_not_judged() -> None:
    other = replace(TABLE, arn=f"{ARN}-2", indexes=INDEXED.indexes)
    assert scaling(other, PROVISIONED).evaluated == (ARN,)


def test_a_table_that_is_being_created_is_not_due() -> None:
    new = replace(PROVISIONED, status="CREATING")
    assert scaling(new, targets=[]).inapplicable


def test_a_table_that_is_archived_has_nothing_to_scale_for() -> None:
    assert scaling(replace(PROVISIONED, status="ARCHIVED"), targets=[]).inapplicable


def test_a_table_that_is_being_updated_is_judged_by_the_mode_that_aws_says() -> None:
    updating = replace(PROVISIONED, status="UPDATING")
    assert len(keys(scaling(updating, targets=[]))) == 2


def test_where_all_tables_are_on_demand_scaling_does_not_apply() -> None:
    verdict = scaling(TABLE, targets=[], policies=[])
    assert verdict.inapplicable == "no table in the region has provisioned capacity"


# Replicas

DEMANDED = [{"table": "parcels", "regions": ["eu-west-1"]}]
NAMED = "replica:parcels/eu-west-1"


def live(*tables: Table, replicas: Any = DEMANDED, identity: Identity = IDENTITY) -> Verdict:
    return replicas_are_live(tables, identity, replicas=replicas)


@pytest.mark.parametrize("status", ["ACTIVE", "UPDATING"])
def test_a_replica_that_serves_holds(status: str) -> None:
    verdict = live(replace(TABLE, replicas={"eu-west-1": Replica(REPLICA, status)}))
    assert (verdict.evaluated, verdict.offenders) == ((REPLICA,), ())


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        ("CREATING", "creating"),
        ("CREATION_FAILED", "creation-failed"),
        ("REGION_DISABLED", "region-disabled"),
        ("INACCESSIBLE_ENCRYPTION_CREDENTIALS", "inaccessible-encryption-credentials"),
        ("REPLICATION_NOT_AUTHORIZED", "replication-not-authorized"),
        ("ARCHIVED", "archived"),
    ],
)
def test_a_replica_that_does_not_serve_fails_by_its_status(status: str, fault: str) -> None:
    [offender] = live(replace(TABLE, replicas={"eu-west-1": Replica(REPLICA, status)})).offenders
    assert offender.key == (REPLICA, fault)
    assert offender.observed == f"the replica in eu-west-1 is {status}"


def test_a_missing_replica_is_named_as_the_baseline_names_it() -> None:
    verdict = live(TABLE)
    [offender] = verdict.offenders
    assert offender.key == (NAMED, "missing")
    assert verdict.evaluated == (NAMED,)
    assert shlex.split(str(offender.fix)) == [
        *("aws", "dynamodb", "update-table", "--table-name", "parcels", "--region", "us-east-1"),
        *("--replica-updates", "Create={RegionName=eu-west-1}"),
    ]


def test_a_replica_that_is_there_now_is_known_to_have_been_missing() -> None:
    assert NAMED in live(REPLICATED).seen


def test_a_missing_table_may_only_be_unread() -> None:
    [offender] = live().offenders
    assert offender.key == (NAMED, "no-table")
    assert offender.observed == "no table of that name in us-east-1"
    assert offender.absent_from == ("tables",)


def test_each_region_of_each_table_is_asked_for() -> None:
    demanded = [
        {"table": "parcels", "regions": ["eu-west-1", "us-west-2"]},
        {"table": "orders", "regions": ["eu-west-1"]},
    ]
    assert keys(live(REPLICATED, replicas=demanded)) == [
        ("replica:orders/eu-west-1", "no-table"),
        ("replica:parcels/us-west-2", "missing"),
    ]


def test_in_the_regions_own_run_the_table_itself_is_enough() -> None:
    there = replace(TABLE, arn=REPLICA)
    assert live(there, identity=Identity("123456789012", "eu-west-1")).offenders == ()


@pytest.mark.parametrize("status", ["INACCESSIBLE_ENCRYPTION_CREDENTIALS", "ARCHIVED"])
def test_a_table_whose_key_is_lost_serves_not_even_in_its_own_region(status: str) -> None:
    there = replace(TABLE, arn=REPLICA, status=status)
    [offender] = live(there, identity=Identity("123456789012", "eu-west-1")).offenders
    assert offender.key == (NAMED, status.lower().replace("_", "-"))
    assert offender.observed == f"the table in eu-west-1 is {status}"


def test_a_single_region_asks_for_no_replicas() -> None:
    verdict = live(TABLE, replicas=[])
    assert verdict.inapplicable == "single-region: the baseline asks for no replicas"


# Billing


def billed(*tables: Table, mode: str = "PAY_PER_REQUEST", named: Sequence[str] = ()) -> Verdict:
    return tables_have_the_expected_billing_mode(tables, mode=mode, provisioned_tables=named)


def test_a_table_that_is_paid_per_request_holds() -> None:
    verdict = billed(TABLE)
    assert (verdict.evaluated, verdict.offenders) == ((ARN,), ())


def test_a_provisioned_table_fails_with_its_capacity() -> None:
    [offender] = billed(PROVISIONED).offenders
    assert offender.key == (ARN, "provisioned")
    assert offender.observed == "provisioned: 5 read and 7 write units"
    assert offender.expected == "on demand, or an exception in the baseline"


@pytest.mark.parametrize("table", [TABLE, PROVISIONED])
@pytest.mark.parametrize("mode", ["PAY_PER_REQUEST", "PROVISIONED"])
def test_a_table_that_the_baseline_names_may_have_either_mode(table: Table, mode: str) -> None:
    assert billed(table, mode=mode, named=["parcels"]).offenders == ()


def test_a_baseline_of_provisioned_tables_finds_those_on_demand() -> None:
    [offender] = billed(TABLE, PROVISIONED, mode="PROVISIONED").offenders
    assert offender.key == (ARN, "on-demand")


def test_without_tables_the_billing_mode_does_not_apply() -> None:
    assert billed().inapplicable == "no tables in the region"
