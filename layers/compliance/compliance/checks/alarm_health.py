"""Alarms that are worth hearing: neither dead, muted, flapping nor stuck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from compliance.facts.alarm_history import AlarmEvent, StateChange
from compliance.facts.alarms import Alarm, MetricAlarm
from compliance.model import Offender, Verdict, plural
from compliance.printable import minute
from compliance.registry import check

_SCALES = frozenset({"autoscaling"})
_DAY = timedelta(days=1)


@check
def alarms_are_in_good_health(
    alarms: Sequence[Alarm],
    alarm_history: Sequence[AlarmEvent],
    now: datetime,
    *,
    limits: Mapping[str, int],
    silent_metrics: Collection[str],
) -> Verdict:
    """No alarm is long without data, muted, restless, or long in ALARM.

    A disabled action silences an alarm for good, while a composite alarm's suppressor does so for
    a time and on purpose, so that it counts as none. Alarms that do nothing but scale are not
    judged: the one that scales in is in ALARM all the time that a table idles. An alarm on any of
    `silent_metrics`, which are published only while something goes wrong, needs no data.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-concepts.html
    """
    judged = [alarm for alarm in alarms if not _only_scales(alarm)]
    if not judged:
        return Verdict.not_applicable("no alarms in the region, or none but those that scale")
    changes = Counter(
        event.alarm
        for event in alarm_history
        if isinstance(event, StateChange) and now - _DAY < event.at <= now
    )
    return Verdict.of(
        "alarm",
        (alarm.arn for alarm in judged),
        (
            offender
            for alarm in judged
            for offender in (
                *_muted(alarm),
                *_dead(alarm, now, timedelta(days=limits["no_data_days"]), silent_metrics),
                *_stuck(alarm, now, timedelta(hours=limits["in_alarm_hours"])),
                *_restless(alarm, changes[alarm.name], limits["changes_a_day"]),
            )
        ),
        holds="all have data and actions, and are at rest",
        seen=(alarm.arn for alarm in alarms),
    )


def _only_scales(alarm: Alarm) -> bool:
    services = {action.split(":")[2] for action in alarm.actions if action.startswith("arn:")}
    return bool(alarm.actions) and services == _SCALES


def _muted(alarm: Alarm) -> Iterator[Offender]:
    if not alarm.actions_enabled:
        expected = "actions that are taken"
        yield Offender(alarm.arn, "actions-disabled", "its actions are disabled", expected)


def _dead(
    alarm: Alarm, now: datetime, most: timedelta, silent: Collection[str]
) -> Iterator[Offender]:
    if isinstance(alarm, MetricAlarm) and any(m.name in silent for m in alarm.metrics.values()):
        return
    since = alarm.state_changed_at
    if alarm.state == "INSUFFICIENT_DATA" and since and now - since >= most:
        observed = f"without data since {minute(since)}"
        yield Offender(alarm.arn, "no-data", observed, f"data within {plural(most.days, 'day')}")


def _stuck(alarm: Alarm, now: datetime, most: timedelta) -> Iterator[Offender]:
    since = alarm.state_changed_at
    if alarm.state == "ALARM" and since and now - since > most:
        hours = plural(int(most.total_seconds()) // 3600, "hour")
        observed = f"in ALARM since {minute(since)}"
        yield Offender(alarm.arn, "stuck-in-alarm", observed, f"no ALARM for more than {hours}")


def _restless(alarm: Alarm, changes: int, most: int) -> Iterator[Offender]:
    if changes > most:
        observed = f"changed its state {changes} times in a day"
        yield Offender(alarm.arn, "flapping", observed, f"{most} times at most")
