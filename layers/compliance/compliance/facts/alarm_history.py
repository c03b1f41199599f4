"""What Amazon CloudWatch alarms did: AWS keeps it for 30 days, of deleted alarms too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StateChange:
    """An alarm, metric or composite, went into a state: OK, ALARM or INSUFFICIENT_DATA."""

    alarm: str
    at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class ActionTaken:
    """An alarm acted on `target` (an ARN) because of the state that it went into at `at`.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmHistoryItem.html
    """

    alarm: str
    at: datetime
    target: str
    succeeded: bool


AlarmEvent = StateChange | ActionTaken
