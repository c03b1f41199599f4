"""Amazon GuardDuty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Detector:
    """GuardDuty in one region, which has one detector at most.

    Source: https://docs.aws.amazon.com/guardduty/latest/APIReference/API_GetDetector.html
    """

    arn: str
    id: str
    enabled: bool
    publishing_frequency: Literal["FIFTEEN_MINUTES", "ONE_HOUR", "SIX_HOURS"]
