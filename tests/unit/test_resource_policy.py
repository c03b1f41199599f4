"""Whom the policy of a key or a topic lets in, as far as services that publish need it."""

import json
from typing import Any

import pytest

from compliance.resource_policy import PUBLISHES, USES_THE_KEY, shut_out

SERVICE = "cloudwatch.amazonaws.com"
ROOT = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "kms:*",
    "Resource": "*",
}
USE = {
    "Effect": "Allow",
    "Principal": {"Service": SERVICE},
    "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
    "Resource": "*",
}


def admits(*statements: Any) -> bool:
    return shut_out(json.dumps({"Statement": list(statements)}), [SERVICE], USES_THE_KEY) == []


def test_a_service_that_may_make_and_open_data_keys_is_let_in() -> None:
    assert admits(ROOT, USE)


def test_the_account_itself_is_no_service() -> None:
    assert not admits(ROOT)


@pytest.mark.parametrize("action", ["kms:*", "*", ["KMS:generatedatakey", "kms:Decrypt"], "kms:?*"])
def test_actions_match_by_wildcards_in_any_case(action: Any) -> None:
    assert admits({**USE, "Action": action})


@pytest.mark.parametrize("action", ["kms:Decrypt", "kms:GenerateDataKey*", "kms:Encrypt", []])
def test_both_actions_are_needed(action: Any) -> None:
    assert not admits({**USE, "Action": action})


def test_the_two_actions_may_be_allowed_apart() -> None:
    assert admits({**USE, "Action": "kms:Decrypt"}, {**USE, "Action": "kms:GenerateDataKey"})


@pytest.mark.parametrize(
    ("principal", "let_in"),
    [
        ("*", True),
        ({"Service": "*"}, True),
        ({"Service": ["events.amazonaws.com", SERVICE]}, True),
        ({"Service": "events.amazonaws.com"}, False),
        ({"AWS": "*"}, False),
        ({"AWS": SERVICE}, False),
        (None, False),
    ],
)
def test_the_principal_is_the_service_or_everybody(principal: Any, let_in: bool) -> None:  # noqa: FBT001 -- a column of the table above
    assert admits({**USE, "Principal": principal}) is let_in


def test_whoever_is_not_left_out_is_let_in() -> None:
    others = {key: value for key, value in USE.items() if key != "Principal"}
    assert admits({**others, "NotPrincipal": {"Service": "events.amazonaws.com"}})
    assert not admits({**others, "NotPrincipal": {"Service": SERVICE}})


def test_what_is_not_left_out_is_allowed() -> None:
    others = {key: value for key, value in USE.items() if key != "Action"}
    assert admits({**others, "NotAction": "kms:ScheduleKeyDeletion"})
    assert not admits({**others, "NotAction": "kms:Decrypt"})


def test_an_allow_on_a_condition_admits() -> None:
    condition = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert admits({**USE, "Condition": condition})


def test_a_deny_refuses_unless_it_has_a_condition() -> None:
    deny = {**USE, "Effect": "Deny", "Action": "kms:Decrypt"}
    assert not admits(USE, deny)
    assert admits(USE, {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}})
    assert admits(USE, {**deny, "Principal": {"Service": "events.amazonaws.com"}})


def test_one_statement_needs_no_list() -> None:
    assert shut_out(json.dumps({"Statement": USE}), [SERVICE], USES_THE_KEY) == []


@pytest.mark.parametrize("policy", ["", "{", "[]", "{}", '{"Statement": ["x"]}'])
def test_a_policy_that_says_nothing_lets_nobody_in(policy: str) -> None:
    assert shut_out(policy, [SERVICE, "b"], USES_THE_KEY) == [SERVICE, "b"]


def test_each_service_is_judged_by_itself() -> None:
    policy = json.dumps({"Statement": [USE]})
    events = "events.amazonaws.com"
    assert shut_out(policy, [events, SERVICE], USES_THE_KEY) == [events]


@pytest.mark.parametrize(
    ("action", "let_in"),
    [("SNS:Publish", True), ("sns:*", True), ("SNS:Subscribe", False), ("kms:*", False)],
)
def test_a_topic_is_only_published_to(action: str, let_in: bool) -> None:  # noqa: FBT001 -- a column of the table above
    policy = json.dumps({"Statement": {**USE, "Action": action}})
    assert (shut_out(policy, [SERVICE], PUBLISHES) == []) is let_in


def test_the_policy_that_a_topic_has_of_itself_lets_no_service_in() -> None:
    of_itself = {
        **USE,
        "Principal": {"AWS": "*"},
        "Action": ["SNS:GetTopicAttributes", "SNS:Publish"],
        "Condition": {"StringEquals": {"AWS:SourceOwner": "123456789012"}},
    }
    assert shut_out(json.dumps({"Statement": [of_itself]}), [SERVICE], PUBLISHES) == [SERVICE]
