"""What CloudWatch alarms did within the 30 days that AWS remembers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.alarm_history import ActionTaken, AlarmEvent, StateChange
from compliance.facts.alarms import BILLING_REGION
from compliance.registry import Read, collector

DESCRIBE_ALARM_HISTORY = Read("cloudwatch", "DescribeAlarmHistory")

_ENDED = {"Succeeded": True, "Failed": False}


@collector(DESCRIBE_ALARM_HISTORY)
def alarm_history(reader: Reader) -> Iterator[AlarmEvent]:
    """Changes of state and actions of all alarms of both kinds in the region, 100 a page.

    One listing for all: a call per alarm would take minutes where there are thousands.
    """
    yield from _history(reader, reader.identity.region)


@collector(DESCRIBE_ALARM_HISTORY)
def billing_region_alarm_history(
    reader: Reader, alarm_history: Sequence[AlarmEvent]
) -> Iterator[AlarmEvent]:
    """The same of us-east-1, where alarms on charges live; read only where that is elsewhere."""
    if reader.identity.region == BILLING_REGION:
        yield from alarm_history
    else:
        yield from _history(reader, BILLING_REGION)


def _history(reader: Reader, region: str) -> Iterator[AlarmEvent]:
    """Without AlarmTypes AWS leaves composite alarms out."""
    pages = reader.pages(
        DESCRIBE_ALARM_HISTORY,
        region=region,
        AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        MaxRecords=100,
    )
    for page in pages:
        for entry in page.get("AlarmHistoryItems", ()):
            if event := _event(entry):
                yield event


def _event(entry: Mapping[str, Any]) -> AlarmEvent | None:
    """The entry as far as its data say what happened; data that cannot be read are no evidence.

    An action tells the moment of the change of state that it answers, in milliseconds.
    """
    name, kind = entry.get("AlarmName", ""), entry.get("HistoryItemType")
    try:
        data = json.loads(entry.get("HistoryData", ""))
        if kind == "StateUpdate":
            return StateChange(name, entry["Timestamp"], data["newState"]["stateValue"])
        if kind == "Action" and data["actionState"] in _ENDED:
            at = datetime.fromtimestamp(data["stateUpdateTimestamp"] / 1000, UTC)
            return ActionTaken(name, at, data["notificationResource"], _ENDED[data["actionState"]])
    except (KeyError, OverflowError, TypeError, ValueError):
        return None
    return None
