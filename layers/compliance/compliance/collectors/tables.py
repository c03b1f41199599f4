"""Amazon DynamoDB tables and their own backups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from compliance.collectors.reader import Reader
from compliance.facts.tables import ContinuousBackups, OnDemandBackup, Table
from compliance.registry import Read, collector

LIST_TABLES = Read("dynamodb", "ListTables")
DESCRIBE_TABLE = Read("dynamodb", "DescribeTable", absent=frozenset({"ResourceNotFoundException"}))
DESCRIBE_CONTINUOUS_BACKUPS = Read(
    "dynamodb", "DescribeContinuousBackups", absent=frozenset({"TableNotFoundException"})
)
LIST_BACKUPS = Read("dynamodb", "ListBackups")

_OUT_OF_USE = frozenset({"DELETING", "ARCHIVING", "ARCHIVED"})


@collector(LIST_TABLES, DESCRIBE_TABLE)
def tables(reader: Reader) -> Iterator[Table]:
    """Every table in the region that is in use; one that vanishes meanwhile is no table.

    A table that cannot be described hides its replicas too, so that it casts doubt on more than
    itself.
    """
    names = (name for page in reader.pages(LIST_TABLES) for name in page["TableNames"])
    yield from reader.each(names, partial(_table, reader))


def _table(reader: Reader, name: str) -> Table | None:
    answer = reader.call(DESCRIBE_TABLE, TableName=name)
    if answer is None or answer["Table"]["TableStatus"] in _OUT_OF_USE:
        return None
    table = answer["Table"]
    arn: str = table["TableArn"]
    region = arn.split(":")[3]
    replicas = {
        replica["RegionName"]: replica.get("ReplicaArn")
        or arn.replace(f":{region}:", f":{replica['RegionName']}:", 1)
        for replica in table.get("Replicas", ())
        if replica["RegionName"] != region and replica.get("ReplicaStatus") not in _OUT_OF_USE
    }
    return Table(arn, table["TableName"], table["CreationDateTime"], replicas)


@collector(DESCRIBE_CONTINUOUS_BACKUPS)
def continuous_backups(reader: Reader, tables: Sequence[Table]) -> Iterator[ContinuousBackups]:
    """Point-in-time recovery of each table, and of each replica in its own region.

    Replicas keep their own recovery settings.
    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
    """
    copies = [(table.arn, table.name, reader.identity.region) for table in tables]
    copies += [
        (arn, table.name, region) for table in tables for region, arn in table.replicas.items()
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
