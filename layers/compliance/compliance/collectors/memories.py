"""What the monitor remembers, read from its own state table; a run without one is told so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from compliance.collectors.reader import Reader
from compliance.engine import ReadFailed
from compliance.facts.memories import LastDelivery, Remembered
from compliance.memory import DELIVERIES, HEADS, partition_of, unpack_evidence
from compliance.model import NO_STATE, Gap
from compliance.registry import Read, collector

QUERY = Read("dynamodb", "Query")

_unpack = TypeDeserializer().deserialize


@collector(QUERY, vouches=True)
def remembered(reader: Reader) -> Iterator[Remembered]:
    """The evidence in the heads of all items."""
    for row in _rows(reader, HEADS, "evidence"):
        packed = row.get("evidence")
        for what, at in unpack_evidence(packed.value if packed else None).items():
            yield Remembered(what, at)


@collector(QUERY, vouches=True)
def last_deliveries(reader: Reader) -> Iterator[LastDelivery]:
    """When each channel last delivered, as its sender noted it."""
    for row in _rows(reader, DELIVERIES, "sk, last_at"):
        yield LastDelivery(row["sk"], datetime.fromisoformat(row["last_at"]))


def _rows(reader: Reader, kind: str, wanted: str) -> Iterator[Mapping[str, Any]]:
    if reader.state_table is None:
        without = "no state: what earlier runs saw is not known here"
        raise ReadFailed(Gap(QUERY.action, NO_STATE, without))
    where = reader.identity
    pages = reader.pages(
        QUERY,
        TableName=reader.state_table,
        KeyConditionExpression="pk = :pk",
        ProjectionExpression=wanted,
        ExpressionAttributeValues={":pk": {"S": partition_of(where.account, where.region, kind)}},
    )
    for page in pages:
        for row in page["Items"]:
            yield {name: _unpack(value) for name, value in row.items()}
