"""Where functions, monitor and stack are, and where they believe to be."""

from __future__ import annotations

from dataclasses import replace

from example_alarms import ACCOUNT, FUNCTION, IDENTITY, SUBSCRIPTIONS, TOPIC, TOPICS

from compliance.checks.environment import (
    account_is_the_expected_one,
    alert_addresses_are_subscribed,
    functions_know_their_environment,
    stack_stands,
    workload_is_in_its_region,
)
from compliance.facts.functions import FunctionEnvironment, Variable
from compliance.facts.stacks import Stack
from compliance.facts.topics import Subscription
from compliance.model import Verdict

STACK = Stack("arn:stack", "shop", "UPDATE_COMPLETE", "IN_SYNC")
MAIL = "oncall@example.com"


def told(**values: str | None) -> FunctionEnvironment:
    variables = {name: Variable(name, value=value) for name, value in values.items()}
    return FunctionEnvironment(FUNCTION.arn, FUNCTION.name, variables)


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


def account(*environments: FunctionEnvironment, of: str = ACCOUNT) -> Verdict:
    return account_is_the_expected_one(environments, IDENTITY, account=of)


def test_the_account_of_the_run_and_of_the_functions_is_the_expected_one() -> None:
    verdict = account(told(AWS_ACCOUNT_ID=ACCOUNT))
    assert verdict.offenders == ()
    assert verdict.evaluated == (f"account:{ACCOUNT}", FUNCTION.arn)


def test_a_run_in_another_account_fails() -> None:
    assert keys(account(of="999999999999")) == [("account:999999999999", "other-account")]


def test_a_function_that_holds_another_account_fails_and_one_that_holds_none_is_not_judged() -> (
    None
):
    [offender] = account(told(AWS_ACCOUNT_ID="999999999999")).offenders
    assert offender.key == (FUNCTION.arn, "other-account")
    assert offender.observed == "AWS_ACCOUNT_ID is 999999999999"
    assert account(told()).evaluated == (f"account:{ACCOUNT}",)


def test_a_value_that_was_not_kept_is_not_shown() -> None:
    [offender] = account(told(AWS_ACCOUNT_ID=None)).offenders
    assert offender.observed == "AWS_ACCOUNT_ID is something that is no name"


def region(*stacks: Stack, of: str = "us-east-1") -> Verdict:
    return workload_is_in_its_region(stacks, IDENTITY, region=of, stack="shop")


def test_the_stack_lives_in_the_region_of_the_run() -> None:
    assert region(STACK).offenders == ()


def test_another_region_fails_and_so_does_one_without_the_stack() -> None:
    assert keys(region(STACK, of="eu-west-1")) == [("region:eu-west-1", "other-region")]
    [offender] = region(replace(STACK, name="other")).offenders
    assert offender.key == ("stack:shop", "missing")
    assert offender.absent_from == ("stacks",)


def environment(*environments: FunctionEnvironment, named: tuple[str, ...] = ()) -> Verdict:
    return functions_know_their_environment(
        [FUNCTION], environments, environment="production", named=named
    )


def test_functions_that_hold_the_environment_pass() -> None:
    assert environment(told(ENVIRONMENT="production"), named=("orders",)).offenders == ()


def test_another_environment_fails_also_by_its_case() -> None:
    for value in ("staging", "Production", ""):
        assert keys(environment(told(ENVIRONMENT=value))) == [(FUNCTION.arn, "other-environment")]


def test_only_a_named_function_must_set_it() -> None:
    assert environment(told()).inapplicable
    assert keys(environment(told(), named=("orders",))) == [(FUNCTION.arn, "not-set")]


def test_a_named_function_that_is_not_there_fails() -> None:
    [offender] = environment(named=("mailer",)).offenders
    assert offender.key == ("function:mailer", "missing")
    assert offender.absent_from == ("functions",)


def test_a_named_function_whose_variables_went_unread_is_not_accused() -> None:
    assert environment(named=("orders",)).offenders == ()


def stack(*stacks: Stack, environments: tuple[FunctionEnvironment, ...] = ()) -> Verdict:
    return stack_stands(stacks, environments, IDENTITY, stack="shop")


def test_a_stack_that_stands_holds() -> None:
    for status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"):
        assert stack(replace(STACK, status=status, drift_status="NOT_CHECKED")).offenders == ()


def test_a_stack_that_was_undone_or_is_under_way_fails() -> None:
    for status in ("UPDATE_ROLLBACK_COMPLETE", "UPDATE_IN_PROGRESS", "ROLLBACK_COMPLETE"):
        assert keys(stack(replace(STACK, status=status))) == [("arn:stack", "not-complete")]


def test_detected_drift_fails() -> None:
    assert keys(stack(replace(STACK, drift_status="DRIFTED"))) == [("arn:stack", "drifted")]


def test_a_stack_that_does_not_exist_fails() -> None:
    [offender] = stack(replace(STACK, name="shop-staging")).offenders
    assert offender.key == ("stack:shop", "missing")
    assert offender.absent_from == ("stacks",)


def test_a_function_that_names_another_stack_fails() -> None:
    verdict = stack(STACK, environments=(told(STACK_NAME="old"),))
    assert keys(verdict) == [(FUNCTION.arn, "other-stack")]


def alerts(*subscriptions: Subscription, topic: str = TOPIC, topics: bool = True) -> Verdict:
    return alert_addresses_are_subscribed(
        TOPICS if topics else (), subscriptions, IDENTITY, topic=topic, addresses=[MAIL]
    )


def test_a_confirmed_address_holds_whatever_its_capitals() -> None:
    assert alerts(*SUBSCRIPTIONS).offenders == ()
    assert alerts(replace(SUBSCRIPTIONS[0], endpoint=MAIL.upper())).offenders == ()
    assert alerts(replace(SUBSCRIPTIONS[0], protocol="email-json")).offenders == ()


def test_an_address_that_is_not_subscribed_fails() -> None:
    [offender] = alerts(replace(SUBSCRIPTIONS[0], topic_arn=f"{TOPIC}2")).offenders
    assert offender.key == (f"alert-email:{MAIL}", "not-subscribed")
    assert offender.absent_from == ("subscriptions",)
    assert keys(alerts(replace(SUBSCRIPTIONS[0], protocol="sms"))) == [offender.key]


def test_an_address_that_never_confirmed_fails_unless_it_did_elsewhere() -> None:
    pending = replace(SUBSCRIPTIONS[0], confirmed=False)
    assert keys(alerts(pending)) == [(f"alert-email:{MAIL}", "unconfirmed")]
    assert alerts(pending, *SUBSCRIPTIONS).offenders == ()


def test_a_topic_that_is_gone_or_elsewhere_fails() -> None:
    assert (TOPIC, "no-topic") in keys(alerts(*SUBSCRIPTIONS, topics=False))
    elsewhere = TOPIC.replace("us-east-1", "eu-west-1")
    assert keys(alerts(*SUBSCRIPTIONS, topic=elsewhere)) == [(elsewhere, "topic-elsewhere")]


def test_the_command_subscribes_the_address() -> None:
    for verdict in (alerts(), alerts(replace(SUBSCRIPTIONS[0], confirmed=False))):
        [offender] = verdict.offenders
        assert offender.fix == (
            f"aws sns subscribe --topic-arn {TOPIC} --protocol email"
            f" --notification-endpoint {MAIL} --region us-east-1"
        )
