"""Access and alerting: who has which rights, and how they are used."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from compliance.facts.analyzers import Analyzer, ExternalAccess
from compliance.facts.chat import ChatChannel
from compliance.facts.incidents import ResponsePlan
from compliance.facts.memories import LastDelivery
from compliance.facts.secrets import Secret
from compliance.facts.topics import Subscription, Topic
from compliance.facts.users import AccessKey, Credentials, UnlimitedPolicy, User
from compliance.model import Identity, Offender, Verdict, name_of, plural
from compliance.registry import check


@check(alone=True)
def access_is_narrow_and_fresh(
    users: Sequence[User],
    unlimited_policies: Sequence[UnlimitedPolicy],
    credentials: Sequence[Credentials],
    analyzers: Sequence[Analyzer],
    external_access: Sequence[ExternalAccess],
    now: datetime,
    identity: Identity,
    *,
    oldest_days: int,
    unused_days: int,
) -> Verdict:
    """No user is an administrator by itself, no key is old or idle, and nothing is open outwards.

    An administrator holds AdministratorAccess, or a policy of its own or the customer's that allows
    everything. What comes by a group or a role is not judged: it is given and taken in one place.
    An active key may be `oldest_days` old and idle for less than `unused_days`, one never used
    counts from its creation. An active analyzer of external access must exist, and each finding of
    it must be resolved or archived.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
    """
    unlimited = {
        f"arn:{identity.partition}:iam::aws:policy/AdministratorAccess",
        *(policy.arn for policy in unlimited_policies),
    }
    watched = "analyzer:external-access"
    offenders = [
        *(offender for user in users for offender in _administrator(user, unlimited)),
        *(
            offender
            for user in credentials
            for key in user.access_keys
            for offender in _key_faults(user, key, now, oldest_days, unused_days)
        ),
        *(
            _opened(finding)
            for finding in sorted(external_access, key=lambda each: (each.resource, each.id))
        ),
    ]
    if not any(analyzer.status == "ACTIVE" for analyzer in analyzers):
        states = sorted(f"{each.name} is {each.status.lower()}" for each in analyzers)
        offenders.append(
            Offender(
                watched,
                "missing",
                f"no active analyzer: {', '.join(states)}" if states else "no analyzer",
                "an active analyzer of external access",
                absent_from=("analyzers",),
            )
        )
    return Verdict.of(
        "resource",
        [
            watched,
            *(user.arn for user in users),
            *(user.user_arn for user in credentials),
            *(finding.resource for finding in external_access),
        ],
        offenders,
        holds="no administrator by itself, no stale key, nothing open outwards",
    )


def _administrator(user: User, unlimited: Collection[str]) -> Iterator[Offender]:
    who = f"--user-name {shlex.quote(user.name)}"
    attached = sorted(arn for arn in user.attached_policies if arn in unlimited)
    inline = sorted(user.unlimited_inline_policies)
    if attached or inline:
        names = [*(name_of(arn) for arn in attached), *(f"inline {name}" for name in inline)]
        fixes = [
            *(f"aws iam detach-user-policy {who} --policy-arn {arn}" for arn in attached),
            *(
                f"aws iam delete-user-policy {who} --policy-name {shlex.quote(name)}"
                for name in inline
            ),
        ]
        yield Offender(
            user.arn,
            "administrator",
            f"every right on everything by {', '.join(names)}",
            "rights by a group or a role, and no more than needed",
            fix=" && ".join(fixes),
        )


def _key_faults(
    user: Credentials, key: AccessKey, now: datetime, oldest_days: int, unused_days: int
) -> Iterator[Offender]:
    listing = f"aws iam list-access-keys --user-name {shlex.quote(user.user_name)}"
    age = now - key.created_at
    if age > timedelta(days=oldest_days):
        yield Offender(
            user.user_arn,
            f"access-key-{key.number}-too-old",
            f"access key {key.number} is {plural(age.days, 'day')} old",
            f"at most {oldest_days} days",
            fix=listing,
        )
    idle = now - (key.last_used_at or key.created_at)
    if idle >= timedelta(days=unused_days):
        used = key.last_used_at
        last = f"last used {used.astimezone(UTC):%Y-%m-%d}" if used else "never used"
        yield Offender(
            user.user_arn,
            f"access-key-{key.number}-unused",
            f"access key {key.number} is idle for {plural(idle.days, 'day')}, {last}",
            f"used within {unused_days} days, or deactivated",
            fix=listing,
        )


def _opened(finding: ExternalAccess) -> Offender:
    analyzer, region = shlex.quote(finding.analyzer_arn), finding.analyzer_arn.split(":")[3]
    fault, observed = "open-outwards", f"the {finding.resource_type} is open to others"
    if finding.error:
        fault, observed = "not-analysed", f"it could not be analysed: {finding.error}"
    return Offender(
        finding.resource,
        fault,
        f"{observed} (finding {finding.id} of {name_of(finding.analyzer_arn)})",
        "no active finding of external access",
        fix=f"aws accessanalyzer get-finding-v2 --analyzer-arn {analyzer}"
        f" --id {shlex.quote(finding.id)} --region {region}",
    )


@check
def alerts_page_somebody(
    topics: Sequence[Topic],
    subscriptions: Sequence[Subscription],
    response_plans: Sequence[ResponsePlan],
    *,
    topic: str,
    hosts: Sequence[str],
    incident_manager: bool,
) -> Verdict:
    """The alerts' topic has a confirmed https subscription of the paging service.

    Its host is one of `hosts` or below it. A response plan of Incident Manager is another way,
    where the baseline says that it is used.

    Source: https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html
    """
    if not hosts and not incident_manager:
        return Verdict.not_applicable("the baseline uses no paging service", settled=True)
    expected = " or ".join(
        [
            *(f"a confirmed https subscription of {host}" for host in hosts),
            *(["a response plan"] if incident_manager else []),
        ]
    )
    offenders = []
    if not (incident_manager and response_plans):
        found = _unpaged(topic, topics, subscriptions, hosts)
        offenders = [Offender(topic, *each, expected, absent_from=_PAGING) for each in found]
    return Verdict.of("alerts' topic", [topic], offenders, holds="its alerts page somebody")


_PAGING = ("topics", "subscriptions", "response_plans")


def _unpaged(
    topic: str,
    topics: Sequence[Topic],
    subscriptions: Sequence[Subscription],
    hosts: Sequence[str],
) -> Iterator[tuple[str, str]]:
    """The fault, and what was observed, where the topic pages nobody."""
    if not hosts:
        yield "no-response-plan", "there is no response plan"
        return
    if topic not in {each.arn for each in topics}:
        yield "topic-gone", "the alerts' topic does not exist"
        return
    paging = [
        each
        for each in subscriptions
        if each.topic_arn == topic and each.protocol == "https" and _is_of(each.endpoint, hosts)
    ]
    if not paging:
        yield "no-paging-subscription", "no https subscription of the paging service"
    elif not any(each.confirmed for each in paging):
        yield "pending-confirmation", "the paging service has not confirmed its subscription"


def _is_of(endpoint: str, hosts: Iterable[str]) -> bool:
    """Whether the endpoint's host is one of these, or below one; a name that ends alike is not."""
    try:
        host = urlsplit(endpoint).hostname or ""
    except ValueError:
        return False
    return any(f".{host}".endswith(f".{each.lower()}") for each in hosts)


@check
def alerts_arrive_in_chat(
    chat_channels: Sequence[ChatChannel],
    secrets: Sequence[Secret],
    last_deliveries: Sequence[LastDelivery],
    now: datetime,
    *,
    topic: str,
    secret: str | None,
    delivered_within_days: int,
) -> Verdict:
    """A chat client posts the alerts' topic, or this monitor delivered to Slack of late.

    The second needs the webhook's secret, and a delivery that Slack took: a webhook that was
    revoked looks like one that works until something is sent. Slack is sent to when something
    drifts, so that the days allow for a quiet month.

    Source: https://docs.aws.amazon.com/chatbot/latest/adminguide/slack-setup.html
    """
    attached = [channel for channel in chat_channels if topic in channel.topic_arns]
    offenders: list[Offender] = []
    if not any(channel.enabled for channel in attached):
        offenders = list(
            _webhook_faults(
                secret, secrets, last_deliveries, now, within_days=delivered_within_days
            )
        )
        if secret is None or offenders:
            offenders += _disabled(attached)
        if secret is None and not attached:
            offenders.append(
                Offender(
                    topic,
                    "no-chat-client",
                    "no chat client posts it, and the baseline names no webhook",
                    "a chat client with this topic",
                    absent_from=("chat_channels",),
                )
            )
    return Verdict.of(
        "alerts' topic",
        dict.fromkeys([topic, *(offender.resource for offender in offenders)]),
        offenders,
        holds="its alerts arrive in the team's chat",
        seen=(channel.arn for channel in chat_channels),
    )


def _webhook_faults(
    name: str | None,
    secrets: Sequence[Secret],
    deliveries: Sequence[LastDelivery],
    now: datetime,
    *,
    within_days: int,
) -> Iterator[Offender]:
    """What keeps the webhook from being a proven way; nothing where the baseline names none."""
    if name is None:
        return
    found = [each for each in secrets if name in {each.name, each.arn}]
    if not found:
        yield Offender(
            f"secret:{name}",
            "missing",
            "the webhook's secret does not exist, and no chat client posts the alerts' topic",
            "a secret that holds the webhook's address",
            absent_from=("secrets", "chat_channels"),
        )
        return
    for each in found:
        if each.deleted_at:
            yield Offender(
                each.arn,
                "scheduled-for-deletion",
                "the webhook's secret is scheduled for deletion",
                "a secret that stays",
                absent_from=("chat_channels",),
            )
    slack = [delivery.at for delivery in deliveries if delivery.channel == "slack"]
    if not any(at >= now - timedelta(days=within_days) for at in slack):
        observed = f"the last one was on {max(slack):%Y-%m-%d}" if slack else "none is known"
        yield Offender(
            "channel:slack",
            "no-recent-delivery",
            f"of the monitor's deliveries to Slack {observed}",
            f"one within {within_days} days",
            absent_from=("last_deliveries", "chat_channels"),
        )


def _disabled(attached: Sequence[ChatChannel]) -> Iterator[Offender]:
    for channel in attached:
        if not channel.enabled:
            yield Offender(
                channel.arn,
                "client-disabled",
                f"a policy of the organization disables {channel.client}",
                "a chat client that may post",
                absent_from=("secrets", "last_deliveries", "chat_channels"),
            )
