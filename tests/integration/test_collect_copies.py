"""Vaults, copies and restores are read as AWS answers them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from evaluating import BASELINE, CHECKLIST, REGISTRY

from compliance.collectors.reader import Connection
from compliance.engine import evaluate
from compliance.facts.backups import BackupCopy, BackupRule
from compliance.facts.buckets import Bucket
from compliance.model import Gap, Identity, Status
from simulated_account import SimulatedAccount
from simulated_account.failures import AccessDenied

ACCOUNT_ID = "210987654321"
REGION = "us-east-1"
NOW = datetime.now(UTC).replace(microsecond=0)
FAR = f"arn:aws:backup:us-west-2:{ACCOUNT_ID}:backup-vault:far"
SEALED = f"arn:aws:backup:{REGION}:{ACCOUNT_ID}:backup-vault:sealed"

Collect = Callable[..., list[Any]]


def table_arn(name: str) -> str:
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{name}"


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount(ACCOUNT_ID) as account:
        yield account


@pytest.fixture
def connection(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    environment = account.environment
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.endpoint_url)
    session = boto3.Session(
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
    connection = Connection(session, rate_share=None, attempts=1)
    yield connection
    connection.close()


@pytest.fixture
def collect(connection: Connection) -> Collect:
    def collect(fact: str, *needs: Any, **settings: Any) -> list[Any]:
        collector = REGISTRY.collectors[fact]
        reader = connection.reader(collector, pytest.fail, float("inf"))
        return list(collector.function(reader, *needs, **settings))

    return collect


# --- rules of plans


def made_plan(account: SimulatedAccount, **rule: Any) -> None:
    account.client("backup").create_backup_plan(
        BackupPlan={
            "BackupPlanName": "nightly",
            "Rules": [{"RuleName": "daily", "TargetBackupVaultName": "near", **rule}],
        }
    )


@pytest.mark.parametrize(
    ("lifecycle", "days"),
    [
        ({"Lifecycle": {"DeleteAfterDays": 35}}, 35),
        ({"Lifecycle": {"MoveToColdStorageAfterDays": 7}}, None),
        ({"Lifecycle": {"DeleteAfterDays": -1, "MoveToColdStorageAfterDays": -1}}, None),
        ({}, None),
    ],
    ids=["days", "cold storage alone", "minus one", "no lifecycle"],
)
def test_a_rule_keeps_for_its_days_or_for_ever(
    account: SimulatedAccount, collect: Collect, lifecycle: dict[str, Any], days: int | None
) -> None:
    made_plan(account, **lifecycle)
    [plan] = collect("backup_plans")
    assert plan.rules == (BackupRule("daily", days, ("near",)),)


def test_a_copy_without_a_lifecycle_of_its_own_has_that_of_its_rule(
    account: SimulatedAccount, collect: Collect
) -> None:
    made_plan(
        account,
        Lifecycle={"DeleteAfterDays": 35},
        CopyActions=[
            {"DestinationBackupVaultArn": FAR},
            {"DestinationBackupVaultArn": FAR, "Lifecycle": {"DeleteAfterDays": 90}},
            {"DestinationBackupVaultArn": FAR, "Lifecycle": {"DeleteAfterDays": -1}},
        ],
    )
    [plan] = collect("backup_plans")
    assert plan.rules[0].copies == (
        BackupCopy(FAR, 35),
        BackupCopy(FAR, 90),
        BackupCopy(FAR, None),
    )
    assert {copy.region for copy in plan.rules[0].copies} == {"us-west-2"}


def test_a_rule_stores_into_its_air_gapped_vault_too(
    account: SimulatedAccount, collect: Collect
) -> None:
    made_plan(account, TargetLogicallyAirGappedBackupVaultArn=SEALED)
    [plan] = collect("backup_plans")
    assert plan.rules[0].vault_names == ("near", "sealed")


# --- vaults


def test_the_listing_of_vaults_carries_their_locks(
    account: SimulatedAccount, collect: Collect
) -> None:
    """Moto makes no air-gapped vault, so one of its vaults is called that."""
    backup = account.client("backup")
    for name in ("open", "removable", "cooling", "sealed"):
        backup.create_backup_vault(BackupVaultName=name)
    backup.put_backup_vault_lock_configuration(BackupVaultName="removable")
    backup.put_backup_vault_lock_configuration(
        BackupVaultName="cooling", MinRetentionDays=30, ChangeableForDays=3
    )
    account.data.backup.seal_vault(REGION, "sealed")
    account.page_size("backup", "ListBackupVaults", 1)

    vaults = {vault.name: vault for vault in collect("backup_vaults")}

    assert {
        name: (vault.locked, vault.minimum_retention_days, vault.lock_date, vault.air_gapped)
        for name, vault in vaults.items()
        if name != "cooling"
    } == {
        "open": (False, None, None, False),
        "removable": (True, None, None, False),
        "sealed": (False, None, None, True),
    }
    cooling = vaults["cooling"]
    assert (cooling.locked, cooling.minimum_retention_days) == (True, 30)
    assert timedelta(days=2) < cooling.lock_date - NOW < timedelta(days=4)
    assert cooling.arn == f"arn:aws:backup:{REGION}:{ACCOUNT_ID}:backup-vault:cooling"


# --- copies and restores


def test_copies_that_ended_within_the_window_are_read_with_the_region_they_went_to(
    account: SimulatedAccount, collect: Collect
) -> None:
    for hours, state in ((1, "FAILED"), (2, "COMPLETED"), (3, "RUNNING"), (99, "COMPLETED")):
        account.data.backup.add_copy_job(
            REGION,
            "near",
            FAR,
            table_arn(f"t{hours}"),
            created=NOW - timedelta(hours=hours),
            state=state,
            message="no access" if state == "FAILED" else None,
        )
    account.page_size("backup", "ListCopyJobs", 1)
    jobs = collect("copy_jobs", NOW, window_hours=72)
    assert [(job.resource_arn, job.region, job.state, job.message) for job in jobs] == [
        (table_arn("t1"), "us-west-2", "FAILED", "no access"),
        (table_arn("t2"), "us-west-2", "COMPLETED", ""),
    ]


def test_restores_are_read_with_the_time_they_took_and_who_began_them(
    account: SimulatedAccount, collect: Collect
) -> None:
    data = account.data.backup
    began = NOW - timedelta(days=2)
    data.add_restore_job(REGION, "near", table_arn("a"), created=began, testing_plan_arn="arn:plan")
    data.add_restore_job(
        REGION, "near", table_arn("b"), created=began, status="RUNNING", took=None, message="busy"
    )
    data.add_restore_job(
        REGION, "near", table_arn("c"), created=began, validation="FAILED", message="m"
    )
    data.add_restore_job(REGION, "near", table_arn("d"), created=NOW - timedelta(days=20))
    account.page_size("backup", "ListRestoreJobs", 1)

    jobs = {job.resource_arn: job for job in collect("restore_jobs", NOW, window_days=10)}

    assert list(jobs) == [table_arn("a"), table_arn("b"), table_arn("c")]
    ended = jobs[table_arn("a")]
    assert (ended.started_at, ended.completed_at) == (began, began + timedelta(minutes=40))
    assert (ended.resource_type, ended.testing_plan_arn) == ("DynamoDB", "arn:plan")
    running = jobs[table_arn("b")]
    assert (running.status, running.completed_at, running.message) == ("RUNNING", None, "busy")
    assert running.testing_plan_arn is None
    assert jobs[table_arn("c")].validation == "FAILED"


def test_testing_plans_are_read_with_their_last_run(
    account: SimulatedAccount, collect: Collect
) -> None:
    for name in ("monthly", "new"):
        account.client("backup").create_restore_testing_plan(
            RestoreTestingPlan={
                "RestoreTestingPlanName": name,
                "ScheduleExpression": "cron(0 5 1 * ? *)",
                "RecoveryPointSelection": {},
            }
        )
    arn = account.data.backup.run_testing_plan(REGION, "monthly", NOW)
    account.page_size("backup", "ListRestoreTestingPlans", 1)
    plans = collect("restore_testing_plans")
    assert [(plan.name, plan.last_executed_at) for plan in plans] == [
        ("monthly", NOW),
        ("new", None),
    ]
    assert plans[0].arn == arn


# --- tables that were restored


def made_table(account: SimulatedAccount, name: str) -> None:
    account.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


def test_a_table_was_restored_when_it_was_made_and_not_when_its_data_were(
    account: SimulatedAccount, collect: Collect
) -> None:
    """Moto says the time of the restore where AWS says that of the data."""
    made_table(account, "orders")
    account.client("dynamodb").restore_table_to_point_in_time(
        SourceTableName="orders", TargetTableName="orders-restored", UseLatestRestorableTime=True
    )
    account.data.dynamodb.date_table(REGION, "orders-restored", NOW - timedelta(days=3))
    restored = {table.name: table.restored_at for table in collect("tables")}
    assert restored == {"orders": None, "orders-restored": NOW - timedelta(days=3)}


def test_a_table_that_is_still_being_restored_is_not_yet_restored(
    account: SimulatedAccount, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moto restores at once, so that its table is told to say otherwise."""
    made_table(account, "orders")
    account.client("dynamodb").restore_table_to_point_in_time(
        SourceTableName="orders", TargetTableName="restoring", UseLatestRestorableTime=True
    )
    held = account.backend("dynamodb").get_table("restoring")
    describe = held.describe

    def under_way(base_key: str = "TableDescription") -> dict[str, Any]:
        described: dict[str, Any] = describe(base_key)
        described[base_key]["RestoreSummary"]["RestoreInProgress"] = True
        return described

    monkeypatch.setattr(held, "describe", under_way)
    restored = {table.name: table.restored_at for table in collect("tables")}
    assert restored == {"orders": None, "restoring": None}


# --- replication of buckets


def replicate(account: SimulatedAccount, source: str, **destinations: str) -> None:
    for name in (source, *destinations):
        account.client("s3").create_bucket(Bucket=name)
        account.client("s3").put_bucket_versioning(
            Bucket=name, VersioningConfiguration={"Status": "Enabled"}
        )
    account.client("s3").put_bucket_replication(
        Bucket=source,
        ReplicationConfiguration={
            "Role": f"arn:aws:iam::{ACCOUNT_ID}:role/replication",
            "Rules": [
                {
                    "ID": name,
                    "Priority": at,
                    "Filter": {"Prefix": ""},
                    "Status": status,
                    "DeleteMarkerReplication": {"Status": "Disabled"},
                    "Destination": {"Bucket": f"arn:aws:s3:::{name}"},
                }
                for at, (name, status) in enumerate(destinations.items())
            ],
        },
    )


def bucket(name: str, region: str = REGION) -> Bucket:
    return Bucket(f"arn:aws:s3:::{name}", name, region)


def test_enabled_rules_alone_replicate_and_a_bucket_without_any_has_a_record_too(
    account: SimulatedAccount, collect: Collect
) -> None:
    replicate(account, "documents", far="Enabled", paused="Disabled")
    found = collect(
        "bucket_replications",
        [bucket("documents"), bucket("far"), bucket("elsewhere", "eu-west-1")],
        Identity(ACCOUNT_ID, REGION),
        second_region="us-west-2",
    )
    assert [(each.bucket_arn, each.destinations) for each in found] == [
        ("arn:aws:s3:::documents", ("far",)),
        ("arn:aws:s3:::far", ()),
    ]


def test_a_workload_of_one_region_is_not_asked_for_replication(
    account: SimulatedAccount, collect: Collect
) -> None:
    account.forget_calls()
    identity = Identity(ACCOUNT_ID, REGION)
    assert collect("bucket_replications", [bucket("a")], identity, second_region=None) == []
    assert account.calls == []


def test_a_replication_that_may_not_be_read_is_a_gap_of_its_bucket(
    account: SimulatedAccount, connection: Connection
) -> None:
    replicate(account, "documents", far="Enabled")
    account.fail(
        "s3", "GetBucketReplication", AccessDenied, when=lambda asked: asked["Bucket"] == "far"
    )
    collector = REGISTRY.collectors["bucket_replications"]
    gaps: list[Gap] = []
    reader = connection.reader(collector, gaps.append, float("inf"))
    subjects = [bucket("documents"), bucket("far")]
    identity = Identity(ACCOUNT_ID, REGION)
    found = list(collector.function(reader, subjects, identity, second_region="us-west-2"))
    assert [each.bucket_arn for each in found] == ["arn:aws:s3:::documents"]
    assert [(gap.action, gap.resource) for gap in gaps] == [
        ("s3:GetReplicationConfiguration", "arn:aws:s3:::far")
    ]


# --- what another baseline asks for


def judged(connection: Connection, item: str, **asked: dict[str, Any]) -> Any:
    values = {**BASELINE.values}
    for section, changed in asked.items():
        values[section] = {**values[section], **changed}
    baseline = replace(BASELINE, values=values)
    found = evaluate([CHECKLIST.items[item]], baseline, REGISTRY, connection, now=NOW)
    return found.results[item]


def test_a_multi_region_workload_is_told_of_tables_without_a_copy(
    account: SimulatedAccount, connection: Connection
) -> None:
    for name in ("copied", "replicated", "forgotten"):
        made_table(account, name)
    account.client("dynamodb").update_table(
        TableName="replicated", ReplicaUpdates=[{"Create": {"RegionName": "us-west-2"}}]
    )
    made_plan(account, CopyActions=[{"DestinationBackupVaultArn": FAR}])
    [plan] = account.client("backup").list_backup_plans()["BackupPlansList"]
    account.client("backup").create_backup_selection(
        BackupPlanId=plan["BackupPlanId"],
        BackupSelection={
            "SelectionName": "s",
            "IamRoleArn": f"arn:aws:iam::{ACCOUNT_ID}:role/backup",
            "Resources": [table_arn("copied")],
        },
    )
    item, region = "backup.cross-region", {"second_region": "us-west-2"}

    result = judged(connection, item, account=region)
    assert [offender.key for offender in result.offenders] == [(table_arn("forgotten"), "no-copy")]

    account.fail("backup", "ListBackupSelections", AccessDenied)
    assert judged(connection, item, account=region).status is Status.UNKNOWN


def test_locks_are_judged_where_the_baseline_asks_for_them(
    account: SimulatedAccount, connection: Connection
) -> None:
    account.client("backup").create_backup_vault(BackupVaultName="near")
    made_plan(account, Lifecycle={"DeleteAfterDays": 35})
    item = "backup.retention-policy"
    assert judged(connection, item).status is Status.PASS
    [offender] = judged(connection, item, backups={"vault_lock": "governance"}).offenders
    assert offender.fault == "not-locked"
