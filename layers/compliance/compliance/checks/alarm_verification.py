"""Alarm verification: an alarm that was never seen firing may be one that cannot."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from compliance.alarms.alerting import Alerting, Targets, tells
from compliance.alarms.demand import (
    Definition,
    Demand,
    charges,
    error_rate_of,
    errors_of,
    latency_of,
    throttles_of,
)
from compliance.alarms.firing import Firing, Firings
from compliance.alarms.watching import Watchers
from compliance.facts.alarm_history import AlarmEvent
from compliance.facts.alarms import Alarm, MetricAlarm
from compliance.facts.apis import Api
from compliance.facts.budgets import Budget, BudgetNotification
from compliance.facts.functions import Function
from compliance.facts.memories import Remembered
from compliance.facts.tables import Table
from compliance.model import Identity, Offender, Verdict, name_of, plural
from compliance.printable import minute
from compliance.registry import check

_HERE = ("alarms", "alarm_history")
_THERE = ("billing_region_alarms", "billing_region_alarm_history")


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one region's alarms did until now, for how long that counts, and which facts say so."""

    alarms: Sequence[Alarm]
    history: Sequence[AlarmEvent]
    remembered: Sequence[Remembered]
    identity: Identity
    now: datetime
    within_days: int
    subjects: tuple[str, ...]
    region: tuple[str, ...] = _HERE

    @property
    def counts_since(self) -> datetime:
        return self.now - timedelta(days=self.within_days)

    @property
    def looked_in(self) -> tuple[str, ...]:
        return (*self.subjects, *self.region, "remembered")


@check
def an_api_alarm_has_told_somebody(
    rest_apis: Sequence[Api],
    http_and_websocket_apis: Sequence[Api],
    alarms: Sequence[Alarm],
    alarm_history: Sequence[AlarmEvent],
    remembered: Sequence[Remembered],
    identity: Identity,
    now: datetime,
    *,
    kind: str,
    definitions: Mapping[str, Mapping[str, Any]],
    production_stages: Sequence[str],
    within_days: int,
    each_resource: bool,
) -> Verdict:
    """An alarm on the APIs' errors, or latency, went to ALARM within the days, and told somebody.

    The alarm is found by what it watches. One of the kind is enough, unless each API must have one
    that did. A test by SetAlarmState counts; an action that only scales or restarts does not, and a
    composite alarm speaks for a child that fires it alone. AWS forgets after 30 days: what a run
    saw is remembered and counts on.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
    """
    demanded = error_rate_of if kind == "api-error-rate" else latency_of
    demands = [demanded(api, production_stages) for api in [*rest_apis, *http_and_websocket_apis]]
    if not demands:
        return Verdict.not_applicable("no APIs in the region")
    subjects = ("rest_apis", "http_and_websocket_apis")
    seen = _Seen(alarms, alarm_history, remembered, identity, now, within_days, subjects)
    return _verified(demands, Definition(**definitions[kind]), seen, each=each_resource)


@check
def a_function_alarm_has_told_somebody(
    functions: Sequence[Function],
    alarms: Sequence[Alarm],
    alarm_history: Sequence[AlarmEvent],
    remembered: Sequence[Remembered],
    identity: Identity,
    now: datetime,
    *,
    definitions: Mapping[str, Mapping[str, Any]],
    within_days: int,
    each_resource: bool,
) -> Verdict:
    """An alarm on the functions' errors went to ALARM within the days, and told somebody.

    What counts is said at `an_api_alarm_has_told_somebody`.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
    """
    if not functions:
        return Verdict.not_applicable("no functions in the region")
    seen = _Seen(alarms, alarm_history, remembered, identity, now, within_days, ("functions",))
    demands = [errors_of(function) for function in functions]
    return _verified(demands, Definition(**definitions["lambda-errors"]), seen, each=each_resource)


@check
def a_table_alarm_has_told_somebody(
    tables: Sequence[Table],
    alarms: Sequence[Alarm],
    alarm_history: Sequence[AlarmEvent],
    remembered: Sequence[Remembered],
    identity: Identity,
    now: datetime,
    *,
    definitions: Mapping[str, Mapping[str, Any]],
    within_days: int,
    each_resource: bool,
) -> Verdict:
    """An alarm on the tables' throttling went to ALARM within the days, and told somebody.

    What counts is said at `an_api_alarm_has_told_somebody`.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
    """
    if not tables:
        return Verdict.not_applicable("no tables in the region")
    seen = _Seen(alarms, alarm_history, remembered, identity, now, within_days, ("tables",))
    demands = [throttles_of(table) for table in tables]
    definition = Definition(**definitions["dynamodb-throttles"])
    return _verified(demands, definition, seen, each=each_resource)


@check
def a_spend_alert_has_told_somebody(
    billing_region_alarms: Sequence[Alarm],
    billing_region_alarm_history: Sequence[AlarmEvent],
    budgets: Sequence[Budget],
    budget_notifications: Sequence[BudgetNotification],
    remembered: Sequence[Remembered],
    identity: Identity,
    now: datetime,
    *,
    definitions: Mapping[str, Mapping[str, Any]],
    within_days: int,
) -> Verdict:
    """The alarm on charges told somebody within the days, or an alert of a cost budget went off.

    A budget only tells the state that its alerts are in, until its period ends, and not whom they
    reached: cost.budget-alerts judges that.

    Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Notification.html
    """
    seen = _Seen(
        billing_region_alarms,
        billing_region_alarm_history,
        remembered,
        identity,
        now,
        within_days,
        ("budgets", "budget_notifications"),
        _THERE,
    )
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    costs = {budget.arn for budget in budgets}
    alerts = [n for n in budget_notifications if n.budget_arn in costs]
    went_off = {alert.budget_arn: today for alert in alerts if alert.in_alarm}
    definition = Definition(**definitions["cost"])
    others = [alert.budget_arn for alert in alerts]
    return _verified([charges(identity.account)], definition, seen, went_off, others)


def _verified(
    demands: Sequence[Demand],
    definition: Definition,
    seen: _Seen,
    went_off: Mapping[str, datetime] | None = None,
    others: Sequence[str] = (),
    *,
    each: bool = False,
) -> Verdict:
    """One alarm of all demands told somebody, or of `each` demand one.

    `others` are what may speak for it beside alarms, and `went_off` which of them did, and when.
    """
    kind = demands[0].kind
    # Whether its targets are live today is for cloudwatch.alarms to judge: here none is asked for.
    alerting = Alerting(seen.alarms, Targets(seen.identity.account, "", (), (), ()))
    watchers = Watchers(seen.alarms, alerting)
    firings = Firings(seen.history, alerting)
    groups: dict[str, dict[str, MetricAlarm]] = {}
    for demand in demands:
        watching = watchers.watching(demand, definition)
        group = groups.setdefault(demand.name if each else f"alarm:{kind}", {})
        group.update((alarm.arn, alarm) for alarm in watching)
    alarms = {arn: alarm for group in groups.values() for arn, alarm in group.items()}
    fired = {arn: firings.of(alarm) for arn, alarm in sorted(alarms.items())}
    evidence = _told(fired) | dict(went_off or {})
    counting: dict[str, datetime] = {}
    for what, at in [*((m.what, m.at) for m in seen.remembered), *evidence.items()]:
        if at >= seen.counts_since and (what in alarms or what in others):
            counting[what] = max(at, counting.get(what, at))
    offenders = [*_failed(fired, seen)]
    offenders += [
        _never(name, group, seen, others=others)
        for name, group in groups.items()
        if counting.keys().isdisjoint([*group, *others])
    ]
    latest = max(((at, what) for what, at in counting.items()), default=None)
    return Verdict.of(
        "demanded test",
        [*groups, *(offender.resource for offender in offenders)],
        offenders,
        holds=f"{name_of(latest[1])} told somebody on {latest[0]:%Y-%m-%d}" if latest else "",
        seen=alarms,
        evidence=evidence,
    )


def _told(fired: Mapping[str, Sequence[Firing]]) -> dict[str, datetime]:
    """When each alarm last told somebody, of those that ever did."""
    told = {arn: [firing.at for firing in each if firing.told] for arn, each in fired.items()}
    return {arn: max(times) for arn, times in told.items() if times}


def _failed(fired: Mapping[str, Sequence[Firing]], seen: _Seen) -> Iterator[Offender]:
    """The alarms that told nobody when they fired last; one of several targets is somebody."""
    for arn, firings in fired.items():
        if firings and not firings[-1].told:
            last = firings[-1]
            yield Offender(
                arn,
                "action-failed",
                f"it fired on {minute(last.at)} and its action on {name_of(last.target)} failed",
                "an action that succeeds",
                absent_from=seen.region,
            )


def _never(
    name: str, alarms: Mapping[str, MetricAlarm], seen: _Seen, *, others: Sequence[str]
) -> Offender:
    watching = sorted(alarms.values(), key=lambda alarm: alarm.name)
    expected = f"one that told somebody within {seen.within_days} days"
    if not watching and not others:
        # Nothing that is remembered could speak for it.
        looked_in = seen.looked_in[:-1]
        return Offender(name, "no-alarm", "no alarm watches it", expected, absent_from=looked_in)
    if not watching:
        observed = "no budget alert has gone off"
        return Offender(name, "never-verified", observed, expected, absent_from=seen.looked_in)
    told = [alarm for alarm in watching if any(tells(action) for action in alarm.actions)]
    return Offender(
        name,
        "never-verified",
        f"{plural(len(watching), 'alarm')} of it, and none was seen to tell anybody",
        expected,
        absent_from=seen.looked_in,
        fix=_test([*told, *watching][0]),
    )


def _test(alarm: MetricAlarm) -> str:
    """The command that makes the alarm fire once; its next evaluation brings it back by itself."""
    return shlex.join(
        [
            "aws",
            "cloudwatch",
            "set-alarm-state",
            "--alarm-name",
            alarm.name,
            "--state-value",
            "ALARM",
            "--state-reason",
            "A test of whom this alarm tells",
            "--region",
            alarm.arn.split(":")[3],
        ]
    )
