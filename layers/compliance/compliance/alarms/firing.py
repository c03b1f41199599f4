"""When an alarm fired, and whether anybody was told, by the history that AWS keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from compliance.alarms.alerting import Alerting, tells
from compliance.facts.alarm_history import ActionTaken, AlarmEvent, StateChange
from compliance.facts.alarms import MetricAlarm

__all__ = ["Firing", "Firings"]

# What one change of state caused bears times that differ by less than this.
_SAME_MOMENT = timedelta(seconds=5)
# A composite alarm follows its children within this, or it fired because of others.
_FOLLOWS_WITHIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Firing:
    """An alarm went into ALARM and acted; `told` says whether one of its actions succeeded.

    `target` is that of its first action that failed, where none succeeded.
    """

    at: datetime
    told: bool
    target: str


class Firings:
    """The history of the alarms of one region, ready to be asked what each of them caused.

    An action counts only beside the change to ALARM that it answers: what a cut history lacks can
    hide a firing, and not make one up.
    """

    def __init__(self, history: Iterable[AlarmEvent], alerting: Alerting) -> None:
        self._alerting = alerting
        self._changes: dict[str, list[StateChange]] = {}
        self._actions: dict[str, list[ActionTaken]] = {}
        for event in history:
            if isinstance(event, StateChange):
                self._changes.setdefault(event.alarm, []).append(event)
            elif tells(event.target):
                self._actions.setdefault(event.alarm, []).append(event)

    def of(self, alarm: MetricAlarm) -> list[Firing]:
        """Each time that the alarm fired and told somebody or tried to, in the order of time.

        By itself, or by a composite alarm that it fires alone.
        """
        own = list(self._answers(alarm.name))
        above = [
            answer
            for composite in self._alerting.fired_by(alarm.name)
            for answer in self._answers(composite.name)
        ]
        firings = []
        for at in sorted({c.at for c in self._changes.get(alarm.name, ()) if _is_alarm(c)}):
            actions = [action for since, action in own if since == at]
            actions += [a for since, a in above if -_SAME_MOMENT <= since - at <= _FOLLOWS_WITHIN]
            if actions:
                told = any(action.succeeded for action in actions)
                firings.append(Firing(at, told, min(action.target for action in actions)))
        return firings

    def _answers(self, name: str) -> Iterator[tuple[datetime, ActionTaken]]:
        """The actions of an alarm because of ALARM, each with the moment of that change."""
        changes = self._changes.get(name, ())
        for action in self._actions.get(name, ()):
            near = min(changes, key=partial(_apart, action), default=None)
            if near and _is_alarm(near) and abs(near.at - action.at) <= _SAME_MOMENT:
                yield near.at, action


def _is_alarm(change: StateChange) -> bool:
    return change.state == "ALARM"


def _apart(action: ActionTaken, change: StateChange) -> tuple[timedelta, datetime, str]:
    return abs(change.at - action.at), change.at, change.state
