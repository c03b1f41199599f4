"""CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from compliance.collectors.reader import Reader
from compliance.facts.logs import LogGroup
from compliance.registry import Read, collector

DESCRIBE_LOG_GROUPS = Read("logs", "DescribeLogGroups")


@collector(DESCRIBE_LOG_GROUPS)
def log_groups(reader: Reader) -> Iterator[LogGroup]:
    """Every log group of every class in the region, 50 a page."""
    for page in reader.pages(DESCRIBE_LOG_GROUPS, limit=50):
        for group in page["logGroups"]:
            created = group.get("creationTime")
            yield LogGroup(
                arn=group.get("logGroupArn") or group["arn"].removesuffix(":*"),
                name=group["logGroupName"],
                retention_days=group.get("retentionInDays"),
                log_class=group.get("logGroupClass", "STANDARD"),
                created_at=created and datetime.fromtimestamp(created / 1000, UTC),
                stored_bytes=group.get("storedBytes"),
            )
