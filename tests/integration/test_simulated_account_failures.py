"""What can be made to fail, and that a caller sees it as AWS would show it."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from simulated_account import (
    AccessDenied,
    AwsError,
    Hang,
    HtmlPage,
    InternalFailure,
    NotPagedError,
    SimulatedAccount,
    Throttling,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# One read of each protocol, and one of each service with words of its own.
READS: dict[str, tuple[str, str, Callable[[SimulatedAccount], Any]]] = {
    "json": ("logs", "DescribeLogGroups", lambda a: a.client("logs").describe_log_groups()),
    "rest-json": ("backup", "ListBackupPlans", lambda a: a.client("backup").list_backup_plans()),
    "query": ("iam", "ListUsers", lambda a: a.client("iam").list_users()),
    "query-sns": ("sns", "ListTopics", lambda a: a.client("sns").list_topics()),
    "query-compatible": (
        "cloudwatch",
        "DescribeAlarms",
        lambda a: a.client("cloudwatch").describe_alarms(),
    ),
    "ec2": ("ec2", "DescribeVpcs", lambda a: a.client("ec2").describe_vpcs()),
    "rest-xml": ("s3", "ListBuckets", lambda a: a.client("s3").list_buckets()),
    "lambda": ("lambda", "ListFunctions", lambda a: a.client("lambda").list_functions()),
}


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatedAccount]:
    with SimulatedAccount() as account:
        yield account


@pytest.fixture
def account(running: SimulatedAccount) -> Iterator[SimulatedAccount]:
    running.forget_calls()
    yield running
    running.heal()


def error_of(call: Callable[[], Any]) -> tuple[str, int]:
    with pytest.raises(ClientError) as failed:
        call()
    response = failed.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ("json", ("AccessDeniedException", 400)),
        ("rest-json", ("AccessDeniedException", 403)),
        ("query", ("AccessDenied", 403)),
        ("query-sns", ("AuthorizationError", 403)),
        ("query-compatible", ("AccessDeniedException", 400)),
        ("ec2", ("UnauthorizedOperation", 403)),
        ("rest-xml", ("AccessDenied", 403)),
    ],
)
def test_a_refused_read_says_so_as_its_service_does(
    account: SimulatedAccount, read: str, expected: tuple[str, int]
) -> None:
    service, operation, call = READS[read]
    account.fail(service, operation, AccessDenied)

    assert error_of(lambda: call(account)) == expected


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ("json", ("ThrottlingException", 400)),
        ("rest-json", ("ThrottlingException", 429)),
        ("query", ("Throttling", 400)),
        ("ec2", ("RequestLimitExceeded", 503)),
        ("lambda", ("TooManyRequestsException", 429)),
    ],
)
def test_a_throttled_read_says_so_as_its_service_does(
    account: SimulatedAccount, read: str, expected: tuple[str, int]
) -> None:
    service, operation, call = READS[read]
    account.fail(service, operation, Throttling())

    assert error_of(lambda: call(account)) == expected


@pytest.mark.parametrize("read", READS)
def test_an_internal_failure_keeps_to_the_protocol(account: SimulatedAccount, read: str) -> None:
    service, operation, call = READS[read]
    account.fail(service, operation, InternalFailure)

    assert error_of(lambda: call(account)) == ("InternalFailure", 500)


@pytest.mark.parametrize("read", ["json", "rest-json", "ec2"])
def test_an_html_page_is_an_error_without_a_code(account: SimulatedAccount, read: str) -> None:
    service, operation, call = READS[read]
    account.fail(service, operation, HtmlPage)

    with pytest.raises((ClientError, ResponseParserError)) as failed:
        call(account)
    assert "500" in str(failed.value) or "unable to parse" in str(failed.value).lower()


def test_any_other_code_can_be_given(account: SimulatedAccount) -> None:
    account.fail("logs", "DescribeLogGroups", AwsError("OperationAbortedException", status=409))

    assert error_of(account.client("logs").describe_log_groups) == (
        "OperationAbortedException",
        409,
    )


def test_a_hang_answers_after_all(account: SimulatedAccount) -> None:
    account.fail("logs", "DescribeLogGroups", Hang(0.2))
    began = time.monotonic()

    assert account.client("logs").describe_log_groups()["logGroups"] == []
    assert time.monotonic() - began >= 0.2


def test_closing_does_not_wait_for_a_hang() -> None:
    began = time.monotonic()
    with SimulatedAccount("210987654321") as account:
        account.fail("logs", "DescribeLogGroups", Hang(60))
        client = account.client("logs")
        # The client of a user that gave up: nobody waits for the answer any more.
        threading.Thread(target=lambda: _ignore(client.describe_log_groups), daemon=True).start()
        time.sleep(0.1)
    assert time.monotonic() - began < 10


def _ignore(call: Callable[[], Any]) -> None:
    with contextlib.suppress(Exception):
        call()


def test_times_counts_down(account: SimulatedAccount) -> None:
    account.fail("logs", "DescribeLogGroups", Throttling, times=2)
    logs = account.client("logs")

    assert [error_of(logs.describe_log_groups)[0] for _ in range(2)] == ["ThrottlingException"] * 2
    assert logs.describe_log_groups()["logGroups"] == []


def test_only_calls_that_match_the_predicate_fail(account: SimulatedAccount) -> None:
    account.fail(
        "logs",
        "DescribeLogGroups",
        AccessDenied,
        when=lambda params: params.get("logGroupNamePrefix") == "/secret",
    )
    logs = account.client("logs")

    assert logs.describe_log_groups(logGroupNamePrefix="/open")["logGroups"] == []
    assert error_of(lambda: logs.describe_log_groups(logGroupNamePrefix="/secret"))[1] == 400


def test_only_calls_in_the_region_fail(account: SimulatedAccount) -> None:
    account.fail("logs", "*", AccessDenied, region="eu-west-1")

    assert account.client("logs").describe_log_groups()["logGroups"] == []
    assert error_of(account.client("logs", "eu-west-1").describe_log_groups)[1] == 400


def test_failed_calls_are_counted_too(account: SimulatedAccount) -> None:
    account.fail("logs", "DescribeLogGroups", AccessDenied)
    error_of(account.client("logs").describe_log_groups)

    assert [call.operation for call in account.calls] == ["DescribeLogGroups"]


def test_nothing_fails_any_more_once_healed(account: SimulatedAccount) -> None:
    account.fail("logs", "DescribeLogGroups", AccessDenied)
    account.heal()

    assert account.client("logs").describe_log_groups()["logGroups"] == []


def test_an_operation_that_does_not_exist_is_a_mistake_of_the_test(
    account: SimulatedAccount,
) -> None:
    with pytest.raises(ValueError, match="describe_log_groups"):
        account.fail("logs", "describe_log_groups", AccessDenied)


def test_an_operation_without_pages_cannot_fail_on_one(account: SimulatedAccount) -> None:
    with pytest.raises(NotPagedError):
        account.fail("dynamodb", "DescribeTable", AccessDenied, on_page=3)
