"""Amazon EBS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume of this account's own. AWS does not tell when it was last attached.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Volume.html
    """

    arn: str
    state: str
    created_at: datetime
    size_gb: int
