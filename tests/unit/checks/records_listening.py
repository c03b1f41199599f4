"""Records of what alarms did and what is remembered, and of the ways to a pager and a chat."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from example_alarms import ACCOUNT, arn
from records import NOW

from compliance.baseline import load_baseline
from compliance.facts.alarm_history import ActionTaken, AlarmEvent, StateChange
from compliance.facts.chat import ChatChannel
from compliance.facts.incidents import ResponsePlan
from compliance.facts.memories import LastDelivery, Remembered

TOPIC: str = load_baseline()["alarms.topic"]
_HEARD = f"arn:aws:sns:us-east-1:{ACCOUNT}:heard"


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def fired(alarm: str, at: datetime, *, told: bool = True, target: str = _HEARD) -> list[AlarmEvent]:
    """An alarm goes to ALARM, acts, and is back after five minutes, which it tells as well."""
    back = at + timedelta(minutes=5)
    return [
        StateChange(alarm, at, "ALARM"),
        ActionTaken(alarm, at, target, told),
        StateChange(alarm, back, "OK"),
        ActionTaken(alarm, back, target, succeeded=True),
    ]


_HISTORY = [
    *fired("errors", days_ago(3)),
    *fired("errors", days_ago(9), told=False),
    *fired("latency-mute", days_ago(2)),
    *fired("latency-scaling", days_ago(1), told=False),
    *fired("all", days_ago(2) + timedelta(seconds=2)),
    *fired("function", days_ago(5), told=False),
    *fired("function-to-function", days_ago(29)),
    *fired("throttles", days_ago(4), target=f"arn:aws:autoscaling:us-east-1:{ACCOUNT}:policy"),
    *fired("throttles-loose", days_ago(6), told=False),
    *fired("charges", days_ago(8)),
    *fired("charges-loose", days_ago(8), told=False),
]

POOL: Mapping[str, Sequence[Any]] = {
    "alarm_history": _HISTORY,
    "billing_region_alarm_history": _HISTORY,
    "remembered": [
        Remembered(arn("errors"), days_ago(60)),
        Remembered(arn("function"), days_ago(90)),
        Remembered(arn("throttles"), days_ago(200)),
        Remembered(arn("charges-loose"), days_ago(100)),
    ],
    "chat_channels": [ChatChannel("arn:slack", "Slack", (TOPIC,), enabled=False)],
    "last_deliveries": [
        LastDelivery("mail", days_ago(0.1)),
        LastDelivery("slack", days_ago(90)),
    ],
    "response_plans": [ResponsePlan("arn:plan", "plan")],
}
RESOURCE_OF: Mapping[str, Callable[[Any], str]] = {}
