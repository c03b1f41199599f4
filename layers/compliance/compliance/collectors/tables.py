"""Amazon DynamoDB tables and their own backups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.tables import (
    ContinuousBackups,
    Encryption,
    Index,
    OnDemandBackup,
    Replica,
    Table,
)
from compliance.registry import Read, collector

LIST_TABLES = Read("dynamodb", "ListTables")
DESCRIBE_TABLE = Read("dynamodb", "DescribeTable", absent=frozenset({"ResourceNotFoundException"}))
DESCRIBE_CONTINUOUS_BACKUPS = Read(
    "dynamodb", "DescribeContinuousBackups", absent=frozenset({"TableNotFoundException"})
)
LIST_BACKUPS = Read("dynamodb", "ListBackups")

_INDEX_OUT_OF_USE = frozenset({"CREATING", "DELETING"})


@collector(LIST_TABLES, DESCRIBE_TABLE)
def tables(reader: Reader) -> Iterator[Table]:
    """Every table in the region; one that vanishes, or is being deleted, is no table.

    One that is archived is still there, out of reach: AWS archives what it lost the key of.

    A table that cannot be described hides its replicas too, so that it casts doubt on more than
    itself.
    """
    names = (name for page in reader.pages(LIST_TABLES) for name in page["TableNames"])
    yield from reader.each(names, partial(_table, reader))


def _table(reader: Reader, name: str) -> Table | None:
    answer = reader.call(DESCRIBE_TABLE, TableName=name)
    if answer is None or answer["Table"]["TableStatus"] == "DELETING":
        return None
    table = answer["Table"]
    arn: str = table["TableArn"]
    region = arn.split(":")[3]
    return Table(
        arn,
        table["TableName"],
        table["CreationDateTime"],
        replicas={
            replica["RegionName"]: _replica(replica, arn)
            for replica in table.get("Replicas", ())
            if replica["RegionName"] != region and replica.get("ReplicaStatus") != "DELETING"
        },
        status=table["TableStatus"],
        # AWS leaves the summary out of tables that have been provisioned all along.
        billing_mode=table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        indexes=tuple(
            Index(
                index.get("IndexArn") or f"{arn}/index/{index['IndexName']}",
                index["IndexName"],
                **_capacity(index),
            )
            for index in table.get("GlobalSecondaryIndexes", ())
            if index.get("IndexStatus") not in _INDEX_OUT_OF_USE
        ),
        encryption=_encryption(table.get("SSEDescription")),
        restored_at=_restored_at(table),
        **_capacity(table),
    )


def _capacity(described: Mapping[str, Any]) -> dict[str, int]:
    throughput = described.get("ProvisionedThroughput", {})
    return {
        "read_units": throughput.get("ReadCapacityUnits", 0),
        "write_units": throughput.get("WriteCapacityUnits", 0),
    }


def _encryption(described: Mapping[str, Any] | None) -> Encryption | None:
    if not described:
        return None
    return Encryption(
        type=described.get("SSEType", ""),
        status=described.get("Status", ""),
        key_arn=described.get("KMSMasterKeyArn"),
        inaccessible_at=described.get("InaccessibleEncryptionDateTime"),
    )


def _replica(described: Mapping[str, Any], table_arn: str) -> Replica:
    partition, _, region, account, _ = table_arn.split(":", 5)[1:]
    there = described["RegionName"]
    key = described.get("KMSMasterKeyId")
    if key and not key.startswith("arn:"):
        key = f"arn:{partition}:kms:{there}:{account}:key/{key}"
    return Replica(
        described.get("ReplicaArn") or table_arn.replace(f":{region}:", f":{there}:", 1),
        described.get("ReplicaStatus", "ACTIVE"),
        key,
    )


def _restored_at(table: Mapping[str, Any]) -> datetime | None:
    """A restore makes a new table; its RestoreDateTime is that of the data, not of the restore.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreSummary.html
    """
    restore = table.get("RestoreSummary")
    if restore is None or restore["RestoreInProgress"]:
        return None
    created: datetime = table["CreationDateTime"]
    return created


@collector(DESCRIBE_CONTINUOUS_BACKUPS)
def continuous_backups(reader: Reader, tables: Sequence[Table]) -> Iterator[ContinuousBackups]:
    """Point-in-time recovery of each table, and of each replica in its own region.

    Replicas keep their own recovery settings.
    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
    """
    copies = [(table.arn, table.name, reader.identity.region) for table in tables]
    copies += [
        (replica.arn, table.name, region)
        for table in tables
        for region, replica in table.replicas.items()
    ]
    yield from reader.each(copies, partial(_continuous_backups, reader), arn=lambda copy: copy[0])


def _continuous_backups(reader: Reader, copy: tuple[str, str, str]) -> ContinuousBackups | None:
    arn, name, region = copy
    answer = reader.call(DESCRIBE_CONTINUOUS_BACKUPS, region=region, TableName=name)
    if answer is None:
        return None
    recovery = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    return ContinuousBackups(
        table_arn=arn,
        enabled=recovery.get("PointInTimeRecoveryStatus") == "ENABLED",
        recovery_period_days=recovery.get("RecoveryPeriodInDays"),
        latest_restorable_at=recovery.get("LatestRestorableDateTime"),
    )


@collector(LIST_BACKUPS)
def on_demand_backups(reader: Reader) -> Iterator[OnDemandBackup]:
    """Every backup in the region that can be restored now, whoever took it, 100 a page."""
    for page in reader.pages(LIST_BACKUPS, BackupType="ALL", Limit=100):
        for backup in page["BackupSummaries"]:
            if backup.get("BackupStatus") == "AVAILABLE":
                yield OnDemandBackup(
                    backup["BackupArn"], backup["TableArn"], backup["BackupCreationDateTime"]
                )
