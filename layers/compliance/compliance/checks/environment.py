"""Where functions, monitor and stack are, and where they believe to be."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence

from compliance.checks.aws_lambda import missing
from compliance.facts.functions import Function, FunctionEnvironment
from compliance.facts.stacks import Stack
from compliance.facts.topics import Subscription, Topic
from compliance.model import Identity, Offender, Verdict
from compliance.registry import check

_MAIL = frozenset({"email", "email-json"})


@check(alone=True)
def account_is_the_expected_one(
    function_environments: Sequence[FunctionEnvironment], identity: Identity, *, account: str
) -> Verdict:
    """The account that answers is `account`, and each function that sets AWS_ACCOUNT_ID agrees.

    Lambda sets no such variable itself, so that most functions have none.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    told = _told(function_environments, "AWS_ACCOUNT_ID")
    offenders = [*_differing(told, "AWS_ACCOUNT_ID", account, "other-account")]
    if identity.account != account:
        offenders.append(
            Offender(
                f"account:{account}",
                "other-account",
                f"the credentials of this run belong to account {identity.account}",
                f"account {account}",
            )
        )
    return Verdict.of(
        "account id",
        (f"account:{account}", *told),
        offenders,
        holds=f"all are {account}, that of the run among them",
        seen=_all(function_environments),
    )


@check
def workload_is_in_its_region(
    stacks: Sequence[Stack], identity: Identity, *, region: str, stack: str
) -> Verdict:
    """The region that is evaluated is `region`, and the workload's stack is there.

    In a region without the workload most other items would find nothing to fault.

    Source: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
    """
    offenders = []
    if identity.region != region:
        observed = f"this run evaluates {identity.region}"
        offenders.append(Offender(f"region:{region}", "other-region", observed, region))
    if not any(each.name == stack for each in stacks):
        offenders.append(_no_stack(stack, identity.region))
    return Verdict.of(
        "place",
        (f"region:{region}", f"stack:{stack}"),
        offenders,
        holds=f"the run and the stack {stack} are in {region}",
    )


@check(alone=True)
def functions_know_their_environment(
    functions: Sequence[Function],
    function_environments: Sequence[FunctionEnvironment],
    *,
    environment: str,
    named: Sequence[str],
) -> Verdict:
    """Each function that sets ENVIRONMENT holds `environment`, and those `named` do set it.

    Upper and lower case count: the code of the functions compares as it likes.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    told = _told(function_environments, "ENVIRONMENT")
    expected = f"ENVIRONMENT={environment}"
    untold = [
        each.function_arn
        for each in function_environments
        if each.function_name in named and each.function_arn not in told
    ]
    absent = missing(functions, named)
    evaluated = [*told, *untold, *(each.resource for each in absent)]
    if not evaluated:
        return Verdict.not_applicable("no function sets ENVIRONMENT, and the baseline names none")
    return Verdict.of(
        "function",
        evaluated,
        (
            *_differing(told, "ENVIRONMENT", environment, "other-environment"),
            *(Offender(arn, "not-set", "ENVIRONMENT is not set", expected) for arn in untold),
            *absent,
        ),
        holds=f"all that set ENVIRONMENT hold {environment}",
        seen=_all(function_environments),
    )


@check(alone=True)
def stack_stands(
    stacks: Sequence[Stack],
    function_environments: Sequence[FunctionEnvironment],
    identity: Identity,
    *,
    stack: str,
) -> Verdict:
    """The stack exists, its last operation completed and was not undone, and nothing drifted.

    Each function that sets STACK_NAME holds the stack's name. A stack whose drift was never looked
    for has none to report; only detected drift counts, also when that was long ago.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
    """
    told = _told(function_environments, "STACK_NAME")
    found = [each for each in stacks if each.name == stack]
    faults = [_no_stack(stack, identity.region)] if not found else _shaky(found[0])
    return Verdict.of(
        "resource",
        (found[0].arn if found else f"stack:{stack}", *told),
        (*faults, *_differing(told, "STACK_NAME", stack, "other-stack")),
        holds=f"{stack} stands as it was deployed, and all functions that name a stack name it",
        seen=_all(function_environments),
    )


@check
def alert_addresses_are_subscribed(
    topics: Sequence[Topic],
    subscriptions: Sequence[Subscription],
    identity: Identity,
    *,
    topic: str,
    addresses: Sequence[str],
) -> Verdict:
    """Each of the `addresses` is subscribed to the alert topic by mail, and confirmed.

    Capitals make no other address. A confirmed subscription is enough, whatever others are pending.
    Only the topics of the account and region that are evaluated can be looked at.

    Source: https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
    """
    region, account = topic.split(":")[3:5]
    names = [f"alert-email:{address}" for address in addresses]
    if (account, region) != (identity.account, identity.region):
        observed = f"the alert topic is in {account} and {region}, which this run does not look at"
        away: list[Offender] = [
            Offender(topic, "topic-elsewhere", observed, f"{identity.account}, {identity.region}")
        ]
        return Verdict.of("alert topic", [topic], away, holds="it is here")
    no_topic = [] if any(each.arn == topic for each in topics) else [_no_topic(topic)]
    held = {
        address: [
            each.confirmed
            for each in subscriptions
            if each.topic_arn == topic
            and each.protocol in _MAIL
            and each.endpoint.casefold() == address.casefold()
        ]
        for address in addresses
    }
    return Verdict.of(
        "alert recipient",
        (topic, *names),
        (
            *no_topic,
            *(o for address, states in held.items() for o in _unheard(address, states, topic)),
        ),
        holds="all are confirmed subscribers of the alert topic",
    )


def _unheard(address: str, confirmed: Sequence[bool], topic: str) -> Iterator[Offender]:
    name, expected = f"alert-email:{address}", "a confirmed subscription to the alert topic"
    sources = ("subscriptions",)
    # AWS sends another mail to be confirmed to an address that is subscribed already.
    fix = (
        f"aws sns subscribe --topic-arn {topic} --protocol email "
        f"--notification-endpoint {shlex.quote(address)} --region {topic.split(':')[3]}"
    )
    if not confirmed:
        yield Offender(name, "not-subscribed", "not subscribed", expected, sources, fix)
    elif not any(confirmed):
        observed = "subscribed, but never confirmed, or unsubscribed since"
        yield Offender(name, "unconfirmed", observed, expected, sources, fix)


def _no_topic(topic: str) -> Offender:
    return Offender(
        topic, "no-topic", "the alert topic does not exist", "a topic", absent_from=("topics",)
    )


def _no_stack(stack: str, region: str) -> Offender:
    return Offender(
        f"stack:{stack}",
        "missing",
        f"no stack of this name in {region}",
        f"the stack {stack}",
        absent_from=("stacks",),
    )


def _shaky(stack: Stack) -> list[Offender]:
    offenders = []
    if not stack.stands:
        expected = "CREATE_COMPLETE, UPDATE_COMPLETE or IMPORT_COMPLETE"
        offenders.append(Offender(stack.arn, "not-complete", f"it is {stack.status}", expected))
    if stack.drift_status == "DRIFTED":
        observed = "resources were changed behind its back, as its last drift detection found"
        offenders.append(Offender(stack.arn, "drifted", observed, "as the template says"))
    return offenders


def _told(
    environments: Iterable[FunctionEnvironment], variable: str
) -> Mapping[str, FunctionEnvironment]:
    return {each.function_arn: each for each in environments if variable in each.variables}


def _all(environments: Iterable[FunctionEnvironment]) -> Iterator[str]:
    return (each.function_arn for each in environments)


def _differing(
    told: Mapping[str, FunctionEnvironment], name: str, expected: str, fault: str
) -> Iterator[Offender]:
    for arn, environment in told.items():
        value = environment.variables[name].value
        if value != expected:
            shown = "something that is no name" if value is None else value or "empty"
            yield Offender(arn, fault, f"{name} is {shown}", f"{name}={expected}")
