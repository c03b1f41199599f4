"""Amazon DynamoDB: which tables hold temporary data, and when their items expire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.tables import Table
from compliance.facts.times_to_live import TimeToLive
from compliance.registry import Read, collector

DESCRIBE_TTL = Read(
    "dynamodb", "DescribeTimeToLive", absent=frozenset({"ResourceNotFoundException"})
)
GET_RESOURCES = Read("resourcegroupstaggingapi", "GetResources", ("tag:GetResources",))


@collector(GET_RESOURCES, temporary="dynamodb.temporary")
def temporary_tables(
    reader: Reader, tables: Sequence[Table], *, temporary: Mapping[str, Any]
) -> Iterator[Table]:
    """The tables that the baseline calls temporary: first those by name, then those by tag.

    Only the tag that the baseline names is asked for, so that the tables without it cost nothing.
    """
    by_name = {
        table.arn: table
        for table in tables
        if any(fnmatchcase(table.name, pattern) for pattern in temporary["names"])
    }
    yield from by_name.values()
    tag = temporary["tag"]
    if tag is None:
        return
    others = {table.arn: table for table in tables if table.arn not in by_name}
    pages = reader.pages(
        GET_RESOURCES,
        ResourceTypeFilters=["dynamodb:table"],
        TagFilters=[{"Key": tag["key"], "Values": [tag["value"]]}],
        ResourcesPerPage=100,
    )
    for page in pages:
        for resource in page["ResourceTagMappingList"]:
            if resource["ResourceARN"] in others:
                yield others[resource["ResourceARN"]]


@collector(DESCRIBE_TTL)
def times_to_live(reader: Reader, temporary_tables: Sequence[Table]) -> Iterator[TimeToLive]:
    """The TTL of each temporary table; one that vanishes meanwhile is no table."""
    yield from reader.each(temporary_tables, partial(_ttl, reader), arn=lambda table: table.arn)


def _ttl(reader: Reader, table: Table) -> TimeToLive | None:
    answer = reader.call(DESCRIBE_TTL, TableName=table.name)
    if answer is None:
        return None
    ttl = answer["TimeToLiveDescription"]
    return TimeToLive(table.arn, ttl.get("TimeToLiveStatus", "DISABLED"), ttl.get("AttributeName"))
