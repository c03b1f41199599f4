"""CloudWatch Logs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A log group. `retention_days` None: its events never expire.

    `log_class` is STANDARD, INFREQUENT_ACCESS or DELIVERY; a DELIVERY group keeps what passes
    through for a day and takes no retention of its own.
    `stored_bytes` lags by up to a day.
    Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html
    """

    arn: str
    name: str
    retention_days: int | None
    log_class: str = "STANDARD"
    created_at: datetime | None = None
    stored_bytes: int | None = None
