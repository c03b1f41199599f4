"""Cost management: who is told of spend, what it is spent on, and what nobody uses."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase

from compliance.alarms.alerting import Silence, Targets, loudest
from compliance.facts.alarms import BILLING_REGION
from compliance.facts.apis import Api
from compliance.facts.backups import ResourceTags
from compliance.facts.budgets import Budget, BudgetNotification, BudgetSubscriber
from compliance.facts.costs import (
    AnomalyMonitor,
    AnomalySubscriber,
    AnomalySubscription,
    BilledTagKey,
    CostAnomaly,
    DailyCost,
    ReservationCoverage,
    SavingsPlanAdvice,
)
from compliance.facts.elastic_ips import ElasticIp
from compliance.facts.functions import Function
from compliance.facts.logs import LogGroup
from compliance.facts.metrics import Usage
from compliance.facts.tables import Table
from compliance.facts.topics import Subscription, Topic, TopicPolicy
from compliance.facts.volumes import Volume
from compliance.model import Identity, Offender, Verdict, name_of, plural
from compliance.registry import check
from compliance.resource_policy import PUBLISHES, shut_out

_WORDS = {"ACTUAL": "actual", "FORECASTED": "forecast"}
_MONTHS = {"MONTHLY": 1, "QUARTERLY": 3, "ANNUALLY": 12}
_LISTENERS = ("budget_notifications", "budget_subscribers")
_EDGE_REPLICA = re.compile(r"[a-z]{2}(-[a-z]+)+-\d\.")
_SETTLING = timedelta(days=1)
_RECENT_DAYS = 2
_REFUSES = "topic-refuses"
_ABOVE = "GREATER_THAN"
_MONTH = timedelta(days=365) / 12


@check(alone=True)
def budgets_alert_in_time(
    budgets: Sequence[Budget],
    budget_notifications: Sequence[BudgetNotification],
    budget_subscribers: Sequence[BudgetSubscriber],
    topics: Sequence[Topic],
    subscriptions: Sequence[Subscription],
    billing_region_topics: Sequence[Topic],
    billing_region_subscriptions: Sequence[Subscription],
    budget_topic_policies: Sequence[TopicPolicy],
    identity: Identity,
    *,
    monthly_limit_usd: float,
    trusted_targets: Sequence[str],
) -> Verdict:
    """A budget covers the whole account, and each cost budget alerts somebody before its limit.

    Each needs an alert on actual and one on forecast spend, at or below the limit, with a
    subscriber that is reached: an address, or a topic that exists, has a confirmed subscription and
    lets AWS Budgets publish, which no topic does of itself. An alert on spend that equals a number
    is none: spend passes it unseen. Neither the actual nor the forecast spend is over the limit. A
    daily budget needs no forecast alert, AWS has none. A budget of zero fails: no percentage of it
    can be reached in time. One for the whole account may not allow more a month than the baseline,
    whatever its period and even if it adjusts itself. A filter to this very account narrows
    nothing, a billing view other than the primary one does.

    Source: https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html
    """
    everywhere = _targets(
        identity,
        (topics, subscriptions),
        (billing_region_topics, billing_region_subscriptions),
        trusted_targets,
    )
    told = _Told.by_budgets(everywhere, budget_topic_policies)
    listeners = _Listeners(budget_notifications, budget_subscribers, told)
    offenders = [
        offender
        for budget in budgets
        for offender in (
            *_limits(budget, Decimal(str(monthly_limit_usd))),
            *(o for on in _needed(budget) for o in listeners.faults(budget, on)),
        )
    ]
    if not any(budget.whole_account and budget.period != "DAILY" for budget in budgets):
        offenders.append(
            Offender(
                "budget:account",
                "missing",
                "no budget covers the whole account",
                f"a cost budget of at most {monthly_limit_usd:,g} USD a month without filters",
                absent_from=("budgets",),
            )
        )
    return Verdict.of(
        "budget",
        ["budget:account", *(budget.arn for budget in budgets)],
        offenders,
        holds="all are within their limits and alert somebody on actual and forecast spend",
    )


def _needed(budget: Budget) -> tuple[str, ...]:
    return ("ACTUAL",) if budget.period == "DAILY" else ("ACTUAL", "FORECASTED")


def _limits(budget: Budget, monthly: Decimal) -> Iterator[Offender]:
    limit, unit = budget.limit, budget.currency
    if not budget.healthy:
        yield Offender(
            budget.arn, "unhealthy", "AWS calls it unhealthy", "a budget whose data AWS can see"
        )
    if limit <= 0:
        yield Offender(budget.arn, "zero-limit", f"a limit of {limit:,} {unit}", "more than zero")
    allowed = _allowed(budget, monthly)
    if budget.whole_account and unit == "USD" and allowed and limit > allowed:
        how = ", which AWS adjusts by itself" if budget.adjusts else ""
        observed = f"a limit of {limit:,} {unit}{how}"
        wanted = f"at most {allowed:,} {unit}"
        yield Offender(budget.arn, "limit-above-baseline", observed, wanted)
    for word, spend in (("actual", budget.actual), ("forecast", budget.forecast)):
        if spend is not None and spend > limit:
            observed = f"{word} spend of {spend:,} {unit}"
            yield Offender(budget.arn, f"{word}-over-limit", observed, f"at most {limit:,} {unit}")


def _allowed(budget: Budget, monthly: Decimal) -> Decimal | None:
    """What a budget's period may cost by what a month may; None of a daily one.

    A period of the user's own is scaled by its days; one without an end is taken for a month.
    """
    if budget.period != "CUSTOM":
        months = _MONTHS.get(budget.period)
        return monthly * months if months else None
    if not budget.starts_at or not budget.ends_at:
        return monthly
    share = Decimal((budget.ends_at - budget.starts_at) / _MONTH)
    return (monthly * share).quantize(Decimal("0.01"))


class _Listeners:
    """Who hears of each budget, and through topics of which regions."""

    def __init__(
        self,
        notifications: Sequence[BudgetNotification],
        subscribers: Sequence[BudgetSubscriber],
        told: _Told,
    ) -> None:
        self._told = told
        self._notifications: dict[tuple[str, str], list[BudgetNotification]] = {}
        for notification in notifications:
            key = (notification.budget_arn, notification.on)
            self._notifications.setdefault(key, []).append(notification)
        self._subscribers: dict[BudgetNotification, list[BudgetSubscriber]] = {}
        for subscriber in subscribers:
            self._subscribers.setdefault(subscriber.notification, []).append(subscriber)

    def faults(self, budget: Budget, on: str) -> Iterator[Offender]:
        """Why nobody hears in time of this budget's actual or forecast spend."""
        word = _WORDS[on]
        alerts = [
            n for n in self._notifications.get((budget.arn, on), ()) if n.comparison == _ABOVE
        ]
        in_time = [n for n in alerts if _in_time(n, budget)]
        subscribers = [s for n in in_time for s in self._subscribers.get(n, ())]
        silence = loudest(self._told.silence(s.protocol, s.address) for s in subscribers)
        if subscribers and not silence:
            return
        if not alerts:
            why = Silence("no-alert", f"no alert on {word} spend")
        elif not in_time:
            why = Silence("alert-above-limit", f"its alert on {word} spend is above its limit")
        else:
            without = Silence("no-subscriber", f"its alert on {word} spend has no subscriber")
            why = silence or without
        yield Offender(
            budget.arn,
            f"{word}:{why.fault}",
            why.observed,
            f"an alert on {word} spend that reaches somebody",
            absent_from=(*_LISTENERS, *why.absent_from),
            fix=self._told.admit(each.address for each in subscribers)
            if why.fault == _REFUSES
            else None,
        )


_Heard = tuple[Sequence[Topic], Sequence[Subscription]]


def _targets(
    identity: Identity, here: _Heard, billing_region: _Heard, trusted: Sequence[str]
) -> Mapping[str, Targets]:
    """The topics that spend can be told to, by region."""
    return {
        identity.region: Targets(identity.account, identity.region, *here, (), trusted),
        BILLING_REGION: Targets.of_charges(identity.account, *billing_region, (), trusted),
    }


@dataclass(frozen=True, slots=True)
class _Told:
    """Whom a service of AWS can tell of spend, by address or by a topic that admits it.

    `fact` is where the policies of topics were looked for.
    """

    targets: Mapping[str, Targets]
    policies: Mapping[str, str]
    service: str
    fact: str

    @classmethod
    def by_budgets(cls, targets: Mapping[str, Targets], policies: Iterable[TopicPolicy]) -> _Told:
        """Whom AWS Budgets tells.

        Source: https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
        """
        known = {each.topic_arn: each.policy for each in policies}
        return cls(targets, known, "budgets.amazonaws.com", "budget_topic_policies")

    @classmethod
    def of_anomalies(cls, targets: Mapping[str, Targets], policies: Iterable[TopicPolicy]) -> _Told:
        """Whom Cost Anomaly Detection tells.

        Source: https://docs.aws.amazon.com/cost-management/latest/userguide/ad-SNS.html
        """
        known = {each.topic_arn: each.policy for each in policies}
        return cls(targets, known, "costalerts.amazonaws.com", "anomaly_topic_policies")

    def silence(self, protocol: str, address: str) -> Silence | None:
        """Why nobody hears at this address; None where somebody does."""
        if protocol == "EMAIL":
            return None
        region = address.split(":")[3] if address.count(":") > 3 else ""  # noqa: PLR2004 -- the region of an ARN
        target = self.targets.get(region) or next(iter(self.targets.values()))
        silence = target.silence(address)
        if silence or address in target.trusted:
            return silence
        if address not in self.policies:
            observed = f"whether the topic {name_of(address)} admits {self.service} is not known"
            return Silence("topic-unread", observed, (self.fact,))
        if self._refuses(address):
            observed = f"the topic {name_of(address)} does not admit {self.service}"
            return Silence(_REFUSES, observed)
        return None

    def admit(self, addresses: Iterable[str]) -> str | None:
        """What shows the policy of the first topic that refuses, and puts another in its place."""
        topic = next((each for each in addresses if self._refuses(each)), None)
        if topic is None:
            return None
        at = f"--topic-arn {topic}"
        region = f"--region {topic.split(':')[3]}"
        return (
            f"aws sns get-topic-attributes {at} --query Attributes.Policy --output text {region} &&"
            f" aws sns set-topic-attributes {at} --attribute-name Policy"
            f" --attribute-value file://topic-policy.json {region}"
        )

    def _refuses(self, topic: str) -> bool:
        policy = self.policies.get(topic)
        return policy is not None and bool(shut_out(policy, [self.service], PUBLISHES))


def _in_time(notification: BudgetNotification, budget: Budget) -> bool:
    limit = Decimal(100) if notification.in_percent else budget.limit
    return notification.threshold <= limit


@check
def resources_carry_cost_tags(
    functions: Sequence[Function],
    tables: Sequence[Table],
    log_groups: Sequence[LogGroup],
    rest_apis: Sequence[Api],
    http_and_websocket_apis: Sequence[Api],
    topics: Sequence[Topic],
    volumes: Sequence[Volume],
    elastic_ips: Sequence[ElasticIp],
    resource_tags: Sequence[ResourceTags],
    billed_tag_keys: Sequence[BilledTagKey],
    identity: Identity,
    *,
    keys: Sequence[str],
) -> Verdict:
    """Every resource that users can tag carries all `keys`, and the bill is split by each of them.

    Judged are functions, tables, log groups, APIs, topics, volumes and Elastic IP addresses. What
    the tagging API does not name was never tagged. Keys are told apart by case, and an empty value
    splits nothing off.

    Source: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/custom-tags.html
    """
    kinds = functions, tables, log_groups, rest_apis, http_and_websocket_apis, topics
    resources = [each.arn for kind in (*kinds, volumes, elastic_ips) for each in kind]
    if not resources:
        return Verdict.not_applicable("nothing in the region takes tags")
    billed = {tag.key for tag in billed_tag_keys}
    offenders = [
        Offender(
            f"tag-key:{key}",
            "not-activated",
            f"no cost is split by {key}",
            f"{key} activated as a cost allocation tag, by the payer account",
            absent_from=("billed_tag_keys",),
            fix="aws ce update-cost-allocation-tags-status --cost-allocation-tags-status "
            f"{shlex.quote(f'TagKey={key},Status=Active')}",
        )
        for key in keys
        if key not in billed
    ]
    tags = {tagged.arn: tagged.tags for tagged in resource_tags}
    usual = _usual_values(resource_tags, keys)
    offenders += [
        Offender(
            arn,
            "lacks-tags",
            lacking,
            f"a value for {' and '.join(keys)}",
            absent_from=() if arn in tags else ("resource_tags",),
            fix=_tagging(arn, usual, identity.region),
        )
        for arn in resources
        if (lacking := _lacking(tags.get(arn), keys))
    ]
    return Verdict.of(
        "resource",
        [*(f"tag-key:{key}" for key in keys), *resources],
        offenders,
        holds=f"100% tagged by {' and '.join(keys)}, and the bill is split by them",
        coverage="tagged",
    )


def _usual_values(tagged: Iterable[ResourceTags], keys: Sequence[str]) -> dict[str, str]:
    """The value that most resources have under each key; no entry for a key that none has."""
    found = Counter(
        (key, value)
        for each in tagged
        for key, value in each.tags.items()
        if key in keys and value.strip()
    )
    by_use = sorted(found, key=lambda each: (found[each], each))
    usual = dict(by_use)
    return {key: usual[key] for key in keys if key in usual}


def _tagging(arn: str, usual: Mapping[str, str], region: str) -> str | None:
    """Gives a resource what most others have; None where there is no other to go by."""
    if not usual:
        return None
    tags = shlex.quote(json.dumps(usual))
    return (
        f"aws resourcegroupstaggingapi tag-resources --resource-arn-list {shlex.quote(arn)} "
        f"--tags {tags} --region {region}"
    )


def _lacking(tags: Mapping[str, str] | None, keys: Sequence[str]) -> str:
    """Which keys a resource lacks, in words; empty where it has them all."""
    if not tags:
        return "no tags"
    alike = {key.casefold(): key for key in tags}
    words = []
    for key in keys:
        if key in tags:
            words += [] if tags[key].strip() else [f"{key} is empty"]
        elif other := alike.get(key.casefold()):
            words.append(f"{other} instead of {key}")
        else:
            words.append(f"no {key}")
    return ", ".join(words)


# --- what stands beside decisions -----------------------------------------------------------------


@check(shows=True)
def reserved_share_is_known(reservation_coverage: Sequence[ReservationCoverage]) -> Verdict:
    """What share of the cache nodes' hours was reserved, beside the decision for or against it.

    DynamoDB's reserved capacity is in no report of coverage: nothing is shown of it.

    Source: https://docs.aws.amazon.com/cost-management/latest/userguide/ce-ris.html
    """
    used = [each for each in reservation_coverage if each.running_hours]
    if not used:
        return Verdict.not_applicable("no cache node ran in the last 30 days")
    shown = ", ".join(
        f"{each.covered_percent:.3g} % of {each.running_hours:,.0f} h of {each.service}"
        for each in used
    )
    return Verdict.shown(f"reserved in the last 30 days: {shown}")


@check(shows=True)
def advised_savings_plan_is_known(savings_plan_advice: Sequence[SavingsPlanAdvice]) -> Verdict:
    """What AWS advises to commit to, beside what people decided of it.

    A compute plan for a year without payment upfront, by the use of the last 30 days.

    Source: https://docs.aws.amazon.com/savingsplans/latest/userguide/sp-recommendations.html
    """
    if not savings_plan_advice:
        return Verdict.not_applicable("AWS advises no compute savings plan")
    shown = ", ".join(
        f"{each.hourly_commitment:,.3f} {each.currency} an hour, which would save "
        f"{each.monthly_saving:,.2f} {each.currency} a month"
        for each in savings_plan_advice
    )
    return Verdict.shown(f"AWS advises a compute savings plan of {shown}")


# --- what nobody uses -----------------------------------------------------------------------------


@check
def resources_are_used(
    functions: Sequence[Function],
    tables: Sequence[Table],
    log_groups: Sequence[LogGroup],
    volumes: Sequence[Volume],
    elastic_ips: Sequence[ElasticIp],
    usage: Sequence[Usage],
    now: datetime,
    *,
    days: int,
    rarely_used: Sequence[str],
) -> Verdict:
    """Volumes are attached, addresses associated, and in `days` functions, tables and logs used.

    What is younger than that is not judged; a function is at least as old as its last change, so
    that one deployed often is judged only when deploys cease. Names that match `rarely_used` may
    rest longer, and so may replicas of Lambda@Edge, whose metrics are in other regions. An archived
    table is not idle but lost. A volume
    has a day to be attached. The log group of an existing function is judged by its function, one
    of class DELIVERY holds its events elsewhere.

    Source: https://docs.aws.amazon.com/compute-optimizer/latest/ug/view-idle-recommendations.html
    """
    used = {each.resource_arn: each.total for each in usage}
    since = now - timedelta(days=days)
    logged_to = {function.log_group for function in functions}

    def due(name: str, at: datetime | None) -> bool:
        return at is not None and at <= since and not _matches(name, rarely_used)

    idle = [
        *(
            _unused(f.arn, "not-invoked", "not invoked", f.modified_at, now, "unchanged for")
            for f in functions
            if used.get(f.arn) == 0
            and due(f.name, f.modified_at)
            and not _EDGE_REPLICA.match(f.name)
        ),
        *(
            _unused(t.arn, "not-accessed", "neither read nor written", t.created_at, now)
            for t in tables
            if used.get(t.arn) == 0 and due(t.name, t.created_at) and not t.archived
        ),
        *(
            _unused(g.arn, "empty", "holds no events", g.created_at, now, on=("functions",))
            for g in log_groups
            if g.stored_bytes == 0
            and g.log_class != "DELIVERY"
            and g.name not in logged_to
            and due(g.name, g.created_at)
        ),
        *(
            _unused(v.arn, "unattached", f"{v.size_gb:,} GB unattached", v.created_at, now)
            for v in volumes
            if v.state == "available" and v.created_at <= now - _SETTLING
        ),
        *(
            Offender(
                e.arn,
                "unassociated",
                f"{e.address} is associated with nothing",
                "associated, or released",
            )
            for e in elastic_ips
            if not e.associated
        ),
    ]
    kinds = functions, tables, log_groups, volumes, elastic_ips
    judged = [each.arn for kind in kinds for each in kind]
    if not judged:
        return Verdict.not_applicable("no functions, tables, log groups, volumes or addresses")
    return Verdict.of("resource", judged, idle, holds=f"none lay idle for {plural(days, 'day')}")


def _matches(name: str, patterns: Sequence[str]) -> bool:
    """A log group's last part counts too, so that one pattern serves a function and its logs."""
    return any(
        fnmatchcase(each, pattern)
        for each in (name, name.rpartition("/")[2])
        for pattern in patterns
    )


def _unused(
    arn: str,
    fault: str,
    what: str,
    at: datetime | None,
    now: datetime,
    age: str = "made",
    *,
    on: tuple[str, ...] = (),
) -> Offender:
    days = plural((now - at).days, "day") if at else "an unknown time"
    since = f"{age} {days}" + (" ago" if age == "made" else "")
    return Offender(arn, fault, f"{what}; {since}", "in use, or removed", absent_from=on)


@check
def model_spend_alerts_somebody(
    budgets: Sequence[Budget],
    budget_notifications: Sequence[BudgetNotification],
    budget_subscribers: Sequence[BudgetSubscriber],
    anomaly_monitors: Sequence[AnomalyMonitor],
    anomaly_subscriptions: Sequence[AnomalySubscription],
    topics: Sequence[Topic],
    subscriptions: Sequence[Subscription],
    billing_region_topics: Sequence[Topic],
    billing_region_subscriptions: Sequence[Subscription],
    budget_topic_policies: Sequence[TopicPolicy],
    anomaly_topic_policies: Sequence[TopicPolicy],
    identity: Identity,
    *,
    trusted_targets: Sequence[str],
) -> Verdict:
    """A budget for Amazon Bedrock alone, or a monitor that watches it by itself, tells somebody.

    A budget counts that is narrowed to services of Bedrock and to nothing else, and alerts on
    actual spend at or below its limit; shared with other services it would notice late. A monitor
    counts that watches every service by itself, or only those of Bedrock, and tells at least daily.
    A topic tells nobody of what its policy does not let AWS publish.
    Models of third parties are billed as services of their own, named "... (Amazon Bedrock
    Edition)": they count as Bedrock's.

    Source: https://docs.aws.amazon.com/cost-management/latest/userguide/manage-ad.html
    """
    everywhere = _targets(
        identity,
        (topics, subscriptions),
        (billing_region_topics, billing_region_subscriptions),
        trusted_targets,
    )
    by_budgets = _Told.by_budgets(everywhere, budget_topic_policies)
    of_anomalies = _Told.of_anomalies(everywhere, anomaly_topic_policies)
    listeners = _Listeners(budget_notifications, budget_subscribers, by_budgets)
    silent = [
        (budget.name, next((o.observed for o in listeners.faults(budget, "ACTUAL")), None))
        for budget in budgets
        if _of_bedrock(budget.services)
    ]
    silent += [
        (monitor.arn, _unheard(monitor, anomaly_subscriptions, of_anomalies))
        for monitor in anomaly_monitors
        if monitor.every_service or _of_bedrock(monitor.services)
    ]
    demand = "alert:bedrock-spend"
    offenders = []
    if all(why for _, why in silent):
        name, why = min(silent, default=("", None))
        offenders.append(
            Offender(
                demand,
                "reaches-nobody" if silent else "missing",
                f"{name}: {why}" if silent else "no budget and no monitor is for Amazon Bedrock",
                "a budget for Amazon Bedrock, or an anomaly monitor by service, that is heard",
                absent_from=(
                    "budgets",
                    *_LISTENERS,
                    "anomaly_monitors",
                    "anomaly_subscriptions",
                    *("topics", "subscriptions"),
                    *("billing_region_topics", "billing_region_subscriptions"),
                    *("budget_topic_policies", "anomaly_topic_policies"),
                ),
            )
        )
    return Verdict.of("alert", [demand], offenders, holds="somebody hears of spend on the model")


def _of_bedrock(services: Sequence[str]) -> bool:
    return bool(services) and all("bedrock" in service.casefold() for service in services)


def _unheard(
    monitor: AnomalyMonitor,
    subscriptions: Iterable[AnomalySubscription],
    told: _Told,
) -> str | None:
    """Why nobody hears of this monitor's anomalies within a day; None where somebody does."""
    own = [each for each in subscriptions if monitor.arn in each.monitor_arns]
    in_time = [each for each in own if each.frequency != "WEEKLY"]
    if not in_time:
        return "its anomalies are told once a week" if own else "nobody subscribes to its anomalies"
    heard = [s for each in in_time for s in each.subscribers]
    reasons = [_refusal(subscriber, told) for subscriber in heard]
    if None in reasons:
        return None
    return min((why for why in reasons if why), default="its alerts have no subscriber")


def _refusal(subscriber: AnomalySubscriber, told: _Told) -> str | None:
    if not subscriber.accepts:
        return f"{subscriber.address} declined its alerts"
    silence = told.silence(subscriber.protocol, subscriber.address)
    return silence.observed if silence else None


@check
def daily_spend_is_within_allowance(
    daily_costs: Sequence[DailyCost],
    cost_anomalies: Sequence[CostAnomaly],
    now: datetime,
    *,
    daily_limit_usd: float,
) -> Verdict:
    """Each of the last seven whole days cost at most the allowance, and no anomaly is open.

    Yesterday may still grow. An anomaly is open that was seen in the last two days, unless a person
    said that it is none, or was planned.

    Source: https://docs.aws.amazon.com/cost-management/latest/userguide/ce-what-is.html
    """
    limit = Decimal(str(daily_limit_usd))
    in_dollars = [cost for cost in daily_costs if cost.currency == "USD"]
    over = [cost for cost in in_dollars if cost.amount > limit]
    offenders = []
    if over:
        worst = max(over, key=lambda cost: (cost.amount, cost.day))
        offenders.append(
            Offender(
                "spend:account",
                "over-daily-allowance",
                f"{worst.amount:,.2f} USD on {worst.day}, too much on "
                f"{plural(len(over), 'day')} of the last week",
                f"at most {limit:,} USD a day",
            )
        )
    recent = now.astimezone(UTC).date() - timedelta(days=_RECENT_DAYS)
    offenders += [
        Offender(
            f"cost-anomaly:{anomaly.id}",
            "open",
            f"{anomaly.service} cost {anomaly.impact:,.2f} USD more than expected since "
            f"{anomaly.started_on}",
            "explained in Cost Anomaly Detection, or over",
        )
        for anomaly in cost_anomalies
        if (anomaly.ended_on is None or anomaly.ended_on >= recent)
        and anomaly.feedback not in {"NO", "PLANNED_ACTIVITY"}
    ]
    if not in_dollars and not offenders:
        reason = "no costs in US dollars" if daily_costs else "no costs yet"
        return Verdict.not_applicable(f"Cost Explorer has {reason} of the last seven days")
    return Verdict.of(
        "budget",
        ["spend:account", *(o.resource for o in offenders if o.resource != "spend:account")],
        offenders,
        holds=f"each of the last seven days cost at most {limit:,} USD",
    )
