"""Lambda's error handling: alarms on errors, and logs that last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from compliance.alarms.alerting import Alerting, Targets
from compliance.alarms.demand import Definition, errors_of
from compliance.alarms.remedies import fixes
from compliance.alarms.watching import Watchers
from compliance.checks.cloudwatch import retention_faults
from compliance.facts.alarms import Alarm
from compliance.facts.functions import Function
from compliance.facts.logs import LogGroup
from compliance.facts.topics import Subscription, Topic
from compliance.model import Identity, Offender, Verdict
from compliance.registry import check


@check
def function_errors_have_alarms(
    functions: Sequence[Function],
    alarms: Sequence[Alarm],
    topics: Sequence[Topic],
    subscriptions: Sequence[Subscription],
    identity: Identity,
    *,
    definition: Mapping[str, Any],
    trusted_targets: Sequence[str],
    topic: str,
    alert_emails: Sequence[str],
) -> Verdict:
    """Each function's errors are watched by an alarm as defined that wakes somebody.

    As `alarms_watch_the_workload` judges it. An alarm over all functions together does not count:
    one function that always fails hardly moves it.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    if not functions:
        return Verdict.not_applicable("no functions in the region")
    names = frozenset(function.name for function in functions)
    targets = Targets(
        identity.account, identity.region, topics, subscriptions, names, trusted_targets
    )
    watchers = Watchers(alarms, Alerting(alarms, targets))
    fix = fixes(identity.region, topic, alert_emails[0])
    defined = Definition(**definition)
    demands = sorted(map(errors_of, functions), key=lambda demand: demand.name)
    return Verdict.of(
        "demanded alarm",
        (demand.name for demand in demands),
        (o for demand in demands for o in watchers.offenders(demand, defined, fix)),
        holds="all are there as defined, and wake somebody",
        seen=(alarm.arn for alarm in alarms),
    )


@check
def function_logs_are_kept(
    functions: Sequence[Function],
    log_groups: Sequence[LogGroup],
    identity: Identity,
    *,
    minimum: int,
    maximum: int,
) -> Verdict:
    """The log group of each function exists and keeps its events from `minimum` to `maximum` days.

    The group is the one that the function names, else `/aws/lambda/NAME`. One that is not there yet
    fails: Lambda creates it at the first invocation, and then its events never expire.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
    """
    if not functions:
        return Verdict.not_applicable("no functions in the region")
    groups = {group.name: group for group in log_groups}
    users: dict[str, list[str]] = {}
    for function in functions:
        users.setdefault(function.log_group, []).append(function.name)
    offenders: list[Offender] = []
    for name, users_of_it in users.items():
        if name in groups:
            offenders += retention_faults(groups[name], minimum, maximum)
        else:
            offenders.append(
                Offender(
                    _arn(identity, name),
                    "no-log-group",
                    f"it does not exist, and {', '.join(sorted(users_of_it)[:3])} "
                    f"{'logs' if len(users_of_it) == 1 else 'log'} to it",
                    f"a log group that keeps {minimum} to {maximum} days",
                    absent_from=("log_groups",),
                )
            )
    return Verdict.of(
        "log group",
        (groups[name].arn if name in groups else _arn(identity, name) for name in users),
        offenders,
        holds=f"all that functions log to keep their events {minimum} to {maximum} days",
    )


def _arn(identity: Identity, group: str) -> str:
    return f"arn:{identity.partition}:logs:{identity.region}:{identity.account}:log-group:{group}"
