"""Amazon DynamoDB: when items expire."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeToLive:
    """A table's TTL. `status` is ENABLED, ENABLING, DISABLING or DISABLED.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TimeToLiveDescription.html
    """

    table_arn: str
    status: str
    attribute: str | None = None
