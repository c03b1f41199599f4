"""The AWS account: who may enter it, what it records, and what else lives in it."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Sequence

from compliance.facts.environments import EnvironmentTag, is_elsewhere
from compliance.facts.organizations import Organization
from compliance.facts.recorders import ConfigurationRecorder, DeliveryChannel
from compliance.facts.stacks import Stack
from compliance.facts.users import Credentials, RootAccess
from compliance.model import Identity, Offender, Verdict
from compliance.registry import check


@check
def account_is_for_production_alone(
    stacks: Sequence[Stack],
    environment_tags: Sequence[EnvironmentTag],
    identity: Identity,
    *,
    development_accounts: Collection[str],
    keys: Collection[str],
    production: Sequence[str],
) -> Verdict:
    """The account is no development account, and no stack or resource is tagged as of another.

    What carries no such tag says nothing, and neither does a blank value. Only the region's own
    resources are seen.

    Source: https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
    """
    account = f"account:{identity.account}"
    offenders = []
    if identity.account in development_accounts:
        observed = "one of the development accounts"
        offenders.append(
            Offender(account, "development-account", observed, "an account of production alone")
        )
    tags = [
        *environment_tags,
        *(
            EnvironmentTag(stack.arn, key, value)
            for stack in stacks
            for key, value in stack.tags.items()
            if key in keys
        ),
    ]
    offenders += [
        Offender(
            tag.resource_arn,
            "tagged-as-elsewhere",
            f"tagged {tag.key}={tag.value}",
            f"{' or '.join(production)}, as of everything in this account",
        )
        for tag in sorted(tags, key=lambda tag: (tag.resource_arn, tag.key))
        if is_elsewhere(tag.value, production)
    ]
    return Verdict.of(
        "resource",
        [account, *(stack.arn for stack in stacks), *(tag.resource_arn for tag in tags)],
        offenders,
        holds="nothing of another environment is in the account",
    )


@check(alone=True)
def console_users_have_mfa(credentials: Sequence[Credentials]) -> Verdict:
    """Each user with a console password has a second factor.

    Users without one cannot sign in to the console and are not judged; root has an item of its own.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html
    """
    console = [each for each in credentials if each.password]
    if not console:
        return Verdict.not_applicable("no user has a console password")
    return Verdict.of(
        "console user",
        (user.user_arn for user in console),
        (
            Offender(
                user.user_arn,
                "no-mfa",
                "a console password and no second factor",
                "a second factor, or no console password",
                fix=f"aws iam delete-login-profile --user-name {shlex.quote(user.user_name)}",
            )
            for user in console
            if not user.mfa
        ),
        holds="all have a second factor",
        seen=(user.user_arn for user in credentials),
    )


@check
def root_is_locked_away(root_access: Sequence[RootAccess]) -> Verdict:
    """Root has a second factor or no password at all, and no access keys.

    Where root access is centralised in the organization, root has no password: nobody can sign in,
    so that there is nothing for a second factor to guard.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html
    """
    return Verdict.of(
        "root user",
        (root.arn for root in root_access),
        (offender for root in root_access for offender in _root_faults(root)),
        holds="it cannot be entered with a password alone, and has no access keys",
    )


def _root_faults(root: RootAccess) -> Iterator[Offender]:
    if root.password and not root.mfa:
        expected = "a second factor, or no password"
        yield Offender(root.arn, "no-mfa", "a password and no second factor", expected)
    if root.access_keys:
        yield Offender(root.arn, "access-keys", "it has access keys", "no access keys")


@check
def configurations_are_recorded(
    configuration_recorders: Sequence[ConfigurationRecorder],
    delivery_channels: Sequence[DeliveryChannel],
    *,
    may_exclude: Collection[str],
) -> Verdict:
    """A recorder is recording all types of resources, its last recording worked, and is delivered.

    A recorder that was only started, PENDING, has not yet shown that it can record. One that
    records listed types misses each type that is used later; one that excludes types may exclude
    those of the baseline alone. Each recorder is judged, except service-linked ones. What was
    recorded is of use where it arrives: a delivery that failed last, to the bucket or to the topic,
    is a fault of its channel.

    Source: https://docs.aws.amazon.com/config/latest/developerguide/stop-start-recorder.html
    """
    offenders = [
        offender
        for recorder in configuration_recorders
        for offender in _recorder_faults(recorder, may_exclude)
    ]
    offenders += [
        Offender(
            f"delivery-channel:{channel.name}",
            f"{what}-not-delivered",
            f"its last delivery of the {what} failed{f' with {code}' if code else ''}",
            f"a {what} that arrives",
        )
        for channel in delivery_channels
        for what, code in channel.failures.items()
    ]
    if not configuration_recorders:
        offenders.append(_nothing("configuration-recorder", "configuration_recorders"))
    if not delivery_channels:
        offenders.append(_nothing("delivery-channel", "delivery_channels"))
    return Verdict.of(
        "Config resource",
        [
            *([each.arn for each in configuration_recorders] or ["configuration-recorder"]),
            *(
                [f"delivery-channel:{each.name}" for each in delivery_channels]
                or ["delivery-channel"]
            ),
        ],
        offenders,
        holds="recording all types, and delivered",
    )


def _nothing(noun: str, fact: str) -> Offender:
    words = noun.replace("-", " ")
    return Offender(
        noun, f"no-{noun}", f"no {words} in the region", f"a {words}", absent_from=(fact,)
    )


def _recorder_faults(
    recorder: ConfigurationRecorder, may_exclude: Collection[str]
) -> Iterator[Offender]:
    name = shlex.quote(recorder.name)
    if not recorder.recording:
        fix = f"aws configservice start-configuration-recorder --configuration-recorder-name {name}"
        yield Offender(recorder.arn, "stopped", "it is stopped", "a recorder that records", fix=fix)
    elif recorder.last_status != "SUCCESS":
        status = recorder.last_status or "none"
        detail = f": {recorder.last_error}" if recorder.last_error else ""
        fault = "failing" if status == "FAILURE" else "nothing-recorded-yet"
        observed = f"its last status is {status}{detail}"
        yield Offender(recorder.arn, fault, observed, "a last status of SUCCESS")
    expected = "all types of resources"
    if recorder.only_types is not None:
        observed = f"it records {len(recorder.only_types)} listed types and no other"
        yield Offender(recorder.arn, "listed-types-only", observed, expected)
    if excluded := sorted(set(recorder.excluded_types) - set(may_exclude)):
        observed = f"it leaves out {', '.join(excluded)}"
        yield Offender(recorder.arn, "excludes-types", observed, expected)


@check
def account_is_in_an_organization(
    organization: Sequence[Organization], identity: Identity, *, single_account: bool
) -> Verdict:
    """The account belongs to an organization, as its management account or as a member.

    Source: https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html
    """
    if single_account:
        return Verdict.not_applicable(
            "the baseline says that the account stands alone", settled=True
        )
    account = f"account:{identity.account}"
    offenders = [
        Offender(
            account,
            "no-organization",
            "it belongs to no organization",
            "a member of an organization",
            absent_from=("organization",),
        )
    ]
    return Verdict.of(
        "account", [account], [] if organization else offenders, holds="in an organization"
    )
