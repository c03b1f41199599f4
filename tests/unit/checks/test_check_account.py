"""The account: who may enter it, what it records, and what else lives in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from compliance.checks.account import (
    account_is_for_production_alone,
    account_is_in_an_organization,
    configurations_are_recorded,
    console_users_have_mfa,
    root_is_locked_away,
)
from compliance.facts.environments import EnvironmentTag
from compliance.facts.organizations import Organization
from compliance.facts.recorders import ConfigurationRecorder, DeliveryChannel
from compliance.facts.stacks import Stack
from compliance.facts.users import Credentials, RootAccess
from compliance.model import Identity, Verdict

HERE = Identity("123456789012", "us-east-1")
QUEUE = "arn:aws:sqs:us-east-1:123456789012:load-test"
ROOT = "arn:aws:iam::123456789012:root"
RECORDER = "arn:aws:config:us-east-1:123456789012:config-recorder/default/1"
CHANNEL = DeliveryChannel("default", "history")


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


def lived_in(
    *tags: tuple[str, str], stacks: Sequence[Stack] = (), development: Sequence[str] = ()
) -> Verdict:
    return account_is_for_production_alone(
        stacks,
        [EnvironmentTag(QUEUE, key, value) for key, value in tags],
        HERE,
        development_accounts=development,
        keys=["Environment"],
        production=["production", "prod"],
    )


def test_an_account_of_production_alone_holds() -> None:
    verdict = lived_in(("Environment", "Production"), ("Environment", "PROD"))
    assert (verdict.offenders, verdict.inapplicable) == ((), None)


def test_a_development_account_is_not_for_production() -> None:
    assert keys(lived_in(development=["123456789012"])) == [
        ("account:123456789012", "development-account")
    ]


def test_another_development_account_is_another() -> None:
    assert keys(lived_in(development=["210987654321"])) == []


def test_a_resource_tagged_for_staging_offends() -> None:
    verdict = lived_in(("Environment", "staging"))
    assert keys(verdict) == [(QUEUE, "tagged-as-elsewhere")]
    assert verdict.offenders[0].observed == "tagged Environment=staging"


def test_a_blank_tag_names_no_environment() -> None:
    assert keys(lived_in(("Environment", " "))) == []


@pytest.mark.parametrize(
    ("tags", "offends"),
    [({"Environment": "dev"}, True), ({"Environment": "prod"}, False), ({"Team": "dev"}, False)],
)
def test_a_stack_tells_its_environment_by_the_baselines_key_alone(
    tags: dict[str, str], *, offends: bool
) -> None:
    stack = Stack("arn:stack", "trial", "CREATE_COMPLETE", tags=tags)
    assert keys(lived_in(stacks=[stack])) == [("arn:stack", "tagged-as-elsewhere")] * offends


def user(name: str = "ann", *, password: bool = True, mfa: bool = True) -> Credentials:
    return Credentials(f"arn:user/{name}", name, password=password, mfa=mfa)


def test_console_users_with_a_second_factor_hold() -> None:
    verdict = console_users_have_mfa([user()])
    assert (verdict.offenders, verdict.evaluated) == ((), ("arn:user/ann",))


def test_a_console_user_without_a_second_factor_offends() -> None:
    [offender] = console_users_have_mfa([user(), user("ben", mfa=False)]).offenders
    assert offender.key == ("arn:user/ben", "no-mfa")
    assert offender.fix == "aws iam delete-login-profile --user-name ben"


def test_users_without_a_console_password_are_not_judged() -> None:
    verdict = console_users_have_mfa([user(password=False, mfa=False)])
    assert verdict.inapplicable == "no user has a console password"


def root(*, password: bool = True, mfa: bool = True, access_keys: bool = False) -> Verdict:
    return root_is_locked_away([RootAccess(ROOT, password, mfa, access_keys)])


def test_root_with_a_second_factor_holds() -> None:
    assert root().offenders == ()


def test_root_with_a_password_alone_offends() -> None:
    assert keys(root(mfa=False)) == [(ROOT, "no-mfa")]


def test_root_without_a_password_needs_no_second_factor() -> None:
    assert root(password=False, mfa=False).offenders == ()


@pytest.mark.parametrize("password", [True, False])
def test_keys_of_root_offend_however_it_signs_in(*, password: bool) -> None:
    assert keys(root(password=password, access_keys=True)) == [(ROOT, "access-keys")]


def recorded(
    channels: Sequence[DeliveryChannel] = (CHANNEL,), may_exclude: Sequence[str] = (), **of: Any
) -> Verdict:
    of = {"recording": True, "last_status": "SUCCESS"} | of
    recorder = ConfigurationRecorder(RECORDER, "default", **of)
    return configurations_are_recorded([recorder], channels, may_exclude=may_exclude)


def test_a_recorder_that_records_all_and_delivers_holds() -> None:
    assert recorded().offenders == ()


@pytest.mark.parametrize(
    ("of", "fault"),
    [
        ({"recording": False}, "stopped"),
        ({"recording": False, "last_status": "FAILURE"}, "stopped"),
        ({"last_status": "FAILURE"}, "failing"),
        ({"last_status": "PENDING"}, "nothing-recorded-yet"),
        ({"last_status": ""}, "nothing-recorded-yet"),
        ({"only_types": ("AWS::S3::Bucket",)}, "listed-types-only"),
        ({"only_types": ()}, "listed-types-only"),
        ({"excluded_types": ("AWS::S3::Bucket",)}, "excludes-types"),
    ],
)
def test_a_recorder_offends_by(of: dict[str, Any], fault: str) -> None:
    assert keys(recorded(**of)) == [(RECORDER, fault)]


def test_a_failing_recorder_says_why() -> None:
    [offender] = recorded(last_status="FAILURE", last_error="no such bucket").offenders
    assert offender.observed == "its last status is FAILURE: no such bucket"


def test_types_may_be_left_out_where_the_baseline_says_so() -> None:
    excluded = ("AWS::EC2::NetworkInterface", "AWS::S3::Bucket")
    verdict = recorded(may_exclude=excluded[:1], excluded_types=excluded)
    assert verdict.offenders[0].observed == "it leaves out AWS::S3::Bucket"
    assert recorded(may_exclude=excluded, excluded_types=excluded).offenders == ()


def test_each_recorder_is_judged() -> None:
    bad = ConfigurationRecorder("arn:2", "second", recording=False, last_status="")
    good = ConfigurationRecorder(RECORDER, "default", recording=True, last_status="SUCCESS")
    verdict = configurations_are_recorded([good, bad], [CHANNEL], may_exclude=[])
    assert keys(verdict) == [("arn:2", "stopped")]


def test_a_recorder_without_a_channel_delivers_nothing() -> None:
    [offender] = recorded(channels=[]).offenders
    assert offender.key == ("delivery-channel", "no-delivery-channel")
    assert offender.absent_from == ("delivery_channels",)


def test_what_does_not_arrive_is_a_fault_of_its_channel() -> None:
    failing = DeliveryChannel(
        "default", "deleted", {"history": "NoSuchBucket", "snapshot": "", "stream": "NotFound"}
    )
    assert [(*offender.key, offender.observed) for offender in recorded([failing]).offenders] == [
        (
            "delivery-channel:default",
            f"{what}-not-delivered",
            f"its last delivery of the {what} failed{why}",
        )
        for what, why in (
            ("history", " with NoSuchBucket"),
            ("snapshot", ""),
            ("stream", " with NotFound"),
        )
    ]


def test_without_a_recorder_nothing_is_recorded() -> None:
    [offender] = configurations_are_recorded([], [CHANNEL], may_exclude=[]).offenders
    assert offender.key == ("configuration-recorder", "no-configuration-recorder")
    assert offender.absent_from == ("configuration_recorders",)


def test_a_member_of_an_organization_holds() -> None:
    verdict = account_is_in_an_organization([Organization("arn:o")], HERE, single_account=False)
    assert (verdict.offenders, verdict.inapplicable) == ((), None)


def test_an_account_alone_offends() -> None:
    [offender] = account_is_in_an_organization([], HERE, single_account=False).offenders
    assert offender.key == ("account:123456789012", "no-organization")
    assert offender.absent_from == ("organization",)


def test_an_account_may_stand_alone_where_the_baseline_says_so() -> None:
    verdict = account_is_in_an_organization([], HERE, single_account=True)
    assert verdict.inapplicable == "the baseline says that the account stands alone"
