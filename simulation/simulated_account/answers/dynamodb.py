"""DynamoDB: moto has no replicas, no change of keys, and its recovery window never moves."""

from __future__ import annotations

import copy
from collections import defaultdict
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from moto.dynamodb.models.table import Table

from simulated_account.answers.service import Output, ServiceAnswers, amends, answers, now

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest

_RESTORABLE_UNTIL = timedelta(minutes=5)
_OWN_UPDATES = frozenset({"ReplicaUpdates", "SSESpecification"})
_COPIED = ("TableName", "KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes")

_sharing_rows: ContextVar[bool] = ContextVar("_sharing_rows", default=False)


def _deepcopy(table: Table, memo: dict[int, Any]) -> Table:
    """A table's copy; one that shares its rows where nobody changes a row, but only replaces it."""
    copied = copy.copy(table)
    if not _sharing_rows.get():
        vars(copied).update(copy.deepcopy(vars(table), memo))
        return copied
    copied.items = defaultdict(dict)
    for key, rows in table.items.items():
        copied.items[key] = dict(rows) if isinstance(rows, dict) else rows
    if table.stream_shard is not None:
        copied.stream_shard = copy.copy(table.stream_shard)
        copied.stream_shard.table = copied
        copied.stream_shard.items = list(table.stream_shard.items)
    return copied


Table.__deepcopy__ = _deepcopy  # type: ignore[attr-defined]  # copy.deepcopy asks for it


class DynamoDb(ServiceAnswers):
    """Replicas, keys, recovery windows and the age of tables."""

    service = "dynamodb"

    def __init__(self, moto: MotoAccount) -> None:
        """No replicas, every recovery window up to date."""
        super().__init__(moto)
        self._replicas: dict[str, list[str]] = defaultdict(list)
        self._replica_details: dict[tuple[str, str], Output] = {}
        self._inaccessible_since: dict[tuple[str, str], tuple[str, datetime]] = {}
        self._switched: set[tuple[str, str]] = set()
        self._latest_restorable: dict[tuple[str, str], datetime] = {}

    def date_table(self, region: str, table: str, created: datetime) -> None:
        """A table made long ago, with continuous backups since then."""
        backend = self.moto.backend("dynamodb", region)
        held = backend.get_table(table)
        held.created_at = created.astimezone(UTC).replace(tzinfo=None)
        window = held.continuous_backups["PointInTimeRecoveryDescription"]
        if "EarliestRestorableDateTime" in window:
            window["EarliestRestorableDateTime"] = created.timestamp()

    def date_backup(self, region: str, backup_arn: str, created: datetime) -> None:
        """An on-demand backup made at another time."""
        backup = self.moto.backend("dynamodb", region).backups[backup_arn]
        backup.creation_date_time = created.astimezone(UTC).replace(tzinfo=None)

    def set_latest_restorable(self, region: str, table: str, latest: datetime | None) -> None:
        """Recovery that has fallen behind; None lets it keep up again."""
        if latest is None:
            self._latest_restorable.pop((region, table), None)
        else:
            self._latest_restorable[region, table] = latest

    def set_replica(self, table: str, region: str, **described: Any) -> None:
        """Another status of a replica, or anything else that its table says of it."""
        self._replica_details.setdefault((table, region), {}).update(described)

    def make_inaccessible(
        self,
        region: str,
        table: str,
        since: datetime,
        status: str = "INACCESSIBLE_ENCRYPTION_CREDENTIALS",
    ) -> None:
        """A table whose key DynamoDB has not been able to use for a while, or ARCHIVED since."""
        self._inaccessible_since[region, table] = status, since

    @amends("DescribeTable")
    def describe_table(self, request: AwsRequest, output: Output) -> Output:
        """The replicas in other regions, the key that is out of reach, the mode that was chosen.

        AWS has no billing mode of a table that has been provisioned all along.
        """
        table = output["Table"]
        here = request.region, table["TableName"]
        if lost := self._inaccessible_since.get(here):
            table["TableStatus"], since = lost
            table["SSEDescription"]["InaccessibleEncryptionDateTime"] = since
        if here not in self._switched and _mode(table) == "PROVISIONED":
            table.pop("BillingModeSummary", None)
        others = [r for r in self._replicas.get(table["TableName"], ()) if r != request.region]
        if others:
            table["GlobalTableVersion"] = "2019.11.21"
            table["Replicas"] = [
                {
                    "RegionName": region,
                    "ReplicaStatus": "ACTIVE",
                    **self._replica_details.get((table["TableName"], region), {}),
                }
                for region in others
            ]
        return output

    @answers("TransactWriteItems")
    def transact_write_items(self, request: AwsRequest) -> Output:
        """Moto's, which copies a table with all its rows and stream records to put it back.

        Each transaction would take longer than the one before it. Only an update changes a row.
        """
        updates = any("Update" in action for action in request["TransactItems"])
        token = _sharing_rows.set(not updates)
        try:
            return self.from_moto(request)
        finally:
            _sharing_rows.reset(token)

    @answers("UpdateTable")
    def update_table(self, request: AwsRequest) -> Output:
        """A replica is a table of its own in the other region; the rest is moto's."""
        name = request["TableName"].rpartition("/")[2]
        for update in request.get("ReplicaUpdates", ()):
            for action, replica in update.items():
                self._update_replica(request, action, replica)
        if "SSESpecification" in request.params:
            self._encrypt(request.region, name, request["SSESpecification"])
        if "BillingMode" in request.params:
            self._switched.add((request.region, name))
        others = {key: value for key, value in request.params.items() if key not in _OWN_UPDATES}
        if set(others) == {"TableName"}:
            table = self.moto.call("dynamodb", "DescribeTable", request.region, others)
            return {
                "TableDescription": self.describe_table(request, {"Table": table["Table"]})["Table"]
            }
        return self.moto.call("dynamodb", "UpdateTable", request.region, others)

    def _encrypt(self, region: str, table: str, specification: Output) -> None:
        held = self.moto.backend("dynamodb", region).get_table(table)
        if not specification.get("Enabled"):
            held.sse_specification = None
            return
        key = {"KeyId": specification.get("KMSMasterKeyId", "alias/aws/dynamodb")}
        described = self.moto.call("kms", "DescribeKey", region, key)["KeyMetadata"]
        held.sse_specification = {**specification, "KMSMasterKeyId": described["Arn"]}

    @amends("DescribeContinuousBackups", "UpdateContinuousBackups")
    def continuous_backups(self, request: AwsRequest, output: Output) -> Output:
        """The window ends five minutes ago and starts at most the recovery period before now."""
        described = output["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        if described["PointInTimeRecoveryStatus"] != "ENABLED":
            return output
        table = request["TableName"].rpartition("/")[2]
        period = timedelta(days=described.get("RecoveryPeriodInDays", 35))
        enabled = described["EarliestRestorableDateTime"]
        earliest = max(enabled, now() - period)
        latest = self._latest_restorable.get(
            (request.region, table), max(now() - _RESTORABLE_UNTIL, earliest)
        )
        described["EarliestRestorableDateTime"] = min(earliest, latest)
        described["LatestRestorableDateTime"] = latest
        return output

    @amends("ListBackups")
    def list_backups(self, request: AwsRequest, output: Output) -> Output:
        """The filters that moto ignores."""
        lower, upper = request.get("TimeRangeLowerBound"), request.get("TimeRangeUpperBound")
        kind = request.get("BackupType", "ALL")
        output["BackupSummaries"] = [
            backup
            for backup in output["BackupSummaries"]
            if (lower is None or backup["BackupCreationDateTime"] >= lower)
            and (upper is None or backup["BackupCreationDateTime"] < upper)
            and kind in {"ALL", backup["BackupType"]}
        ]
        return output

    def _update_replica(self, request: AwsRequest, action: str, replica: Output) -> None:
        name, region = request["TableName"].rpartition("/")[2], replica["RegionName"]
        if key := replica.get("KMSMasterKeyId"):
            self.set_replica(name, region, KMSMasterKeyId=key)
        regions = self._replicas[name]
        if action == "Create":
            source = self.moto.call(
                "dynamodb", "DescribeTable", request.region, {"TableName": name}
            )
            copied: dict[str, Any] = {
                k: source["Table"][k] for k in _COPIED if k in source["Table"]
            }
            copied.pop("GlobalSecondaryIndexes", None)
            keys = {key["AttributeName"] for key in copied["KeySchema"]}
            copied["AttributeDefinitions"] = [
                each for each in copied["AttributeDefinitions"] if each["AttributeName"] in keys
            ]
            self.moto.call(
                "dynamodb", "CreateTable", region, {**copied, "BillingMode": "PAY_PER_REQUEST"}
            )
            regions.extend(each for each in (request.region, region) if each not in regions)
        elif action == "Delete" and region in regions:
            regions.remove(region)
            self._replica_details.pop((name, region), None)
            self.moto.call("dynamodb", "DeleteTable", region, {"TableName": name})


def _mode(table: Output) -> str:
    return str(table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"))
