"""CloudWatch: logs that last, and alarms that somebody hears."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compliance.alarms.alerting import Alerting, Targets
from compliance.alarms.demand import (
    Definition,
    Demand,
    charges,
    error_rate_of,
    errors_of,
    latency_of,
    throttles_of,
)
from compliance.alarms.remedies import Fix, fixes
from compliance.alarms.watching import Watchers
from compliance.facts.alarms import BILLING_REGION, Alarm
from compliance.facts.apis import Api, RestStage, WebSocketStage
from compliance.facts.functions import Function
from compliance.facts.logs import LogGroup
from compliance.facts.tables import Table
from compliance.facts.topics import Subscription, Topic
from compliance.model import Identity, Offender, Verdict
from compliance.registry import check


def retention_faults(group: LogGroup, minimum: int, maximum: int) -> Iterator[Offender]:
    """What is wrong with how long a group keeps its events: shorter, longer, or for ever."""
    expected = f"{minimum} to {maximum} days"
    if group.log_class == "DELIVERY":
        return
    if group.retention_days is None:
        yield Offender(group.arn, "never-expires", "never expires", expected)
    elif group.retention_days < minimum:
        yield Offender(group.arn, "too-short", f"{group.retention_days} days", expected)
    elif group.retention_days > maximum:
        yield Offender(group.arn, "too-long", f"{group.retention_days} days", expected)


@check
def log_groups_keep_events(
    log_groups: Sequence[LogGroup], *, minimum: int, maximum: int
) -> Verdict:
    """Every log group keeps its events from `minimum` to `maximum` days, and none for ever.

    Groups of the DELIVERY class are not judged: AWS fixes what they keep at one day.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html
    """
    judged = [group for group in log_groups if group.log_class != "DELIVERY"]
    if not judged:
        return Verdict.not_applicable("no log groups in the region")
    return Verdict.of(
        "log group",
        (group.arn for group in judged),
        (fault for group in judged for fault in retention_faults(group, minimum, maximum)),
        holds=f"all keep their events {minimum} to {maximum} days",
    )


@check
def alarms_watch_the_workload(
    rest_apis: Sequence[Api],
    http_and_websocket_apis: Sequence[Api],
    rest_stages: Sequence[RestStage],
    websocket_stages: Sequence[WebSocketStage],
    functions: Sequence[Function],
    tables: Sequence[Table],
    alarms: Sequence[Alarm],
    topics: Sequence[Topic],
    subscriptions: Sequence[Subscription],
    billing_region_alarms: Sequence[Alarm],
    billing_region_topics: Sequence[Topic],
    billing_region_subscriptions: Sequence[Subscription],
    identity: Identity,
    *,
    definitions: Mapping[str, Mapping[str, Any]],
    production_stages: Sequence[str],
    trusted_targets: Sequence[str],
    topic: str,
    alert_emails: Sequence[str],
) -> Verdict:
    """Each API, function and table, and the account's charges, are watched by an alarm as defined.

    An alarm is matched by what it watches and computes, never by its name, and counts when its
    threshold, M of N and period are those of the baseline (a tighter threshold is fine) and it
    wakes somebody: by a live target of its own, or through a composite alarm that it fires alone.
    One good alarm is enough, whatever else watches the same thing. An alarm on one stage of an API
    says nothing of its other production stages. An anomaly band has no threshold that could be
    compared, so it does not count. Charges are watched from us-east-1.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
    """
    defined = {kind: Definition(**values) for kind, values in definitions.items()}
    names = frozenset(function.name for function in functions)
    here = Targets(identity.account, identity.region, topics, subscriptions, names, trusted_targets)
    there = Targets.of_charges(
        identity.account,
        billing_region_topics,
        billing_region_subscriptions,
        names if identity.region == BILLING_REGION else frozenset(),
        trusted_targets,
    )
    watchers = Watchers(alarms, Alerting(alarms, here))
    billing = Watchers(
        billing_region_alarms,
        Alerting(billing_region_alarms, there),
        alarms_fact="billing_region_alarms",
    )
    fix = fixes(identity.region, topic, alert_emails[0])
    fix_charges = fixes(BILLING_REGION, topic, alert_emails[0])
    stages = [
        *((stage.api_id, stage.name) for stage in rest_stages),
        *((stage.api_id, stage.name) for stage in websocket_stages),
    ]
    apis = [
        (api, [name for api_id, name in stages if api_id == api.id])
        for api in (*rest_apis, *http_and_websocket_apis)
    ]
    demands = [
        *(error_rate_of(api, production_stages, existing) for api, existing in apis),
        *(latency_of(api, production_stages, existing) for api, existing in apis),
        *(errors_of(function) for function in functions),
        *(throttles_of(table) for table in tables),
    ]
    cost = charges(identity.account)
    offenders = _offenders(demands, watchers, defined, fix)
    offenders += _offenders([cost], billing, defined, fix_charges)
    return Verdict.of(
        "demanded alarm",
        (demand.name for demand in [*demands, cost]),
        offenders,
        holds="all are there as defined, and wake somebody",
        seen=(alarm.arn for alarm in [*alarms, *billing_region_alarms]),
    )


def _offenders(
    demands: Sequence[Demand],
    watchers: Watchers,
    defined: Mapping[str, Definition],
    fix: Fix,
) -> list[Offender]:
    return [
        offender
        for demand in sorted(demands, key=lambda demand: demand.name)
        for offender in watchers.offenders(demand, defined[demand.kind], fix)
    ]


@check
def log_groups_are_there(
    functions: Sequence[Function],
    rest_stages: Sequence[RestStage],
    log_groups: Sequence[LogGroup],
    identity: Identity,
    *,
    production_stages: Sequence[str],
) -> Verdict:
    """The log group of each function and of each production stage of a REST API exists.

    A function's is the one that it names, else `/aws/lambda/NAME`; a stage's is where its access
    log goes, and one without an access log has none. A Firehose stream is no log group, but keeps
    the stage's log just as well. Edge replicas log where their function is set up.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
    """
    there = {group.name: group.arn for group in log_groups}
    users: dict[str, list[str]] = {}
    for function in functions:
        if not function.replicated:
            users.setdefault(function.log_group, []).append(function.name)
    stages = [stage for stage in rest_stages if stage.name in production_stages]
    for stage in stages:
        if group := _log_group_in(stage.access_log_arn):
            users.setdefault(group, []).append(f"stage {stage.name} of {stage.api_name}")
    mute = [stage for stage in stages if stage.access_log_arn is None]
    streaming = [stage for stage in stages if ":firehose:" in (stage.access_log_arn or "")]
    if not users and not mute and not streaming:
        return Verdict.not_applicable("no function and no production stage")
    prefix = f"arn:{identity.partition}:logs:{identity.region}:{identity.account}:log-group:"
    return Verdict.of(
        "log group",
        (
            *(there.get(name, f"{prefix}{name}") for name in users),
            *(stage.arn for stage in (*mute, *streaming)),
        ),
        (
            *(
                Offender(
                    f"{prefix}{name}",
                    "no-log-group",
                    f"it does not exist, and {', '.join(sorted(by)[:3])} "
                    f"{'logs' if len(by) == 1 else 'log'} to it",
                    "a log group",
                    absent_from=("log_groups",),
                )
                for name, by in users.items()
                if name not in there
            ),
            *(
                Offender(
                    stage.arn,
                    "no-access-log",
                    f"stage {stage.name} of {stage.api_name} writes no access log",
                    "an access log in a log group",
                )
                for stage in mute
            ),
        ),
        holds="all that functions and stages log to are there",
    )


def _log_group_in(arn: str | None) -> str | None:
    """The name in a log group's ARN, which may end in the `:*` of its streams."""
    _, _, name = (arn or "").partition(":log-group:")
    return name.removesuffix(":*") or None
