"""The endpoint itself: who is asked what, in which protocol, and that it is an account."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from simulated_account import AccountInUseError, SimulatedAccount
from simulated_account.replies import AnswerDoesNotFitModelError, write_output
from simulated_account.requests import AwsRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHER_ACCOUNT = "210987654321"


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount() as account:
        yield account


def test_the_caller_is_in_the_account(account: SimulatedAccount) -> None:
    assert account.client("sts").get_caller_identity()["Account"] == account.account_id


def test_accounts_of_different_ids_live_side_by_side(account: SimulatedAccount) -> None:
    with SimulatedAccount(OTHER_ACCOUNT) as other:
        other.client("logs").create_log_group(logGroupName="/only/here")

        assert other.client("sts").get_caller_identity()["Account"] == OTHER_ACCOUNT
        found = account.client("logs").describe_log_groups(logGroupNamePrefix="/only/here")
        assert found["logGroups"] == []


def test_two_accounts_of_one_id_are_refused(account: SimulatedAccount) -> None:
    """Moto's state belongs to the process: they would see each other's resources."""
    with pytest.raises(AccountInUseError):
        SimulatedAccount(account.account_id).start()


def test_an_account_starts_empty_again_after_it_was_closed() -> None:
    with SimulatedAccount(OTHER_ACCOUNT) as first:
        first.client("logs").create_log_group(logGroupName="/gone")
    with SimulatedAccount(OTHER_ACCOUNT) as second:
        assert second.client("logs").describe_log_groups()["logGroups"] == []


def test_regions_are_apart(account: SimulatedAccount) -> None:
    account.client("logs", "eu-west-1").create_log_group(logGroupName="/in/ireland")

    here = account.client("logs").describe_log_groups(logGroupNamePrefix="/in/ireland")
    assert here["logGroups"] == []


def test_calls_name_service_operation_region_and_parameters(account: SimulatedAccount) -> None:
    account.forget_calls()
    account.client("apigatewayv2").get_apis(MaxResults="7")
    account.client("apigateway", "eu-west-1").get_rest_apis(limit=3)
    account.client("resourcegroupstaggingapi").get_resources(ResourcesPerPage=5)
    account.client("sns").list_topics()
    account.client("ec2").describe_vpcs(Filters=[{"Name": "state", "Values": ["available"]}])

    assert [(c.service, c.operation, c.region, c.params) for c in account.calls] == [
        ("apigatewayv2", "GetApis", "us-east-1", {"MaxResults": "7"}),
        ("apigateway", "GetRestApis", "eu-west-1", {"limit": 3}),
        ("resourcegroupstaggingapi", "GetResources", "us-east-1", {"ResourcesPerPage": 5}),
        ("sns", "ListTopics", "us-east-1", {}),
        (
            "ec2",
            "DescribeVpcs",
            "us-east-1",
            {"Filters": [{"Name": "state", "Values": ["available"]}]},
        ),
    ]


def test_connections_are_kept_alive(account: SimulatedAccount) -> None:
    """Werkzeug closes after each answer: a client would pay for a connection with every call."""
    response = account.client("logs").describe_log_groups()

    assert "connection" not in response["ResponseMetadata"]["HTTPHeaders"]


def test_the_environment_points_another_process_at_the_account(account: SimulatedAccount) -> None:
    script = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    printed = subprocess.check_output(
        [sys.executable, "-c", script], env={**os.environ, **account.environment}, text=True
    )
    assert printed.strip() == account.account_id


@pytest.mark.parametrize("protocol", ["json", "smithy-rpc-v2-cbor", "query"])
def test_cloudwatch_answers_in_each_of_its_protocols(
    account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    """The AWS CLI and other SDKs choose another protocol than this boto3; moto has no CBOR."""
    cloudwatch = _client_speaking(protocol, account, monkeypatch)
    name = f"in-{protocol}"
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Statistic="Average",
        Period=300,
        EvaluationPeriods=2,
        Threshold=0.05,
        ComparisonOperator="GreaterThanThreshold",
    )

    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert (alarm["Threshold"], alarm["Period"]) == (0.05, 300)
    assert alarm["AlarmConfigurationUpdatedTimestamp"].tzinfo is not None


@pytest.mark.parametrize("protocol", ["json", "smithy-rpc-v2-cbor", "query"])
def test_cloudwatch_fails_in_each_of_its_protocols(
    account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    cloudwatch = _client_speaking(protocol, account, monkeypatch)
    account.fail("cloudwatch", "DescribeAlarms", "InvalidNextToken")
    try:
        with pytest.raises(ClientError, match=r"\(InvalidNextToken\)"):
            cloudwatch.describe_alarms()
    finally:
        account.heal()


def _client_speaking(
    protocol: str, account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> Any:
    monkeypatch.setattr("botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", (protocol,))
    session: Any = boto3.Session(aws_access_key_id="a", aws_secret_access_key="s")  # noqa: S106 -- nothing secret: simulated
    client = session.client(
        "cloudwatch",
        region_name="us-east-1",
        endpoint_url=account.endpoint_url,
        config=Config(retries={"total_max_attempts": 1}),
    )
    assert client.meta.service_model.resolved_protocol == protocol
    return client


def test_an_operation_that_nobody_answers_is_a_broken_service(account: SimulatedAccount) -> None:
    """As moto's own server has it: HTML where the protocol promises JSON."""
    with pytest.raises(ClientError) as failed:
        account.client("budgets").describe_budget_performance_history(
            AccountId=account.account_id, BudgetName="none"
        )
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


def test_an_answer_of_ours_that_the_model_does_not_know_raises() -> None:
    """A client would drop the field silently, and the fact that it carries with it."""
    request = AwsRequest("backup", "ListBackupJobs", "us-east-1", "rest-json")

    with pytest.raises(AnswerDoesNotFitModelError, match="Staate"):
        write_output(request, {"BackupJobs": [{"Staate": "FAILED"}]})


def test_the_module_serves_until_it_is_interrupted() -> None:
    command = [sys.executable, "-m", "simulated_account", "--port", "0", "--seed", "empty"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        endpoint = server.stdout.readline().strip()
        try:
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+", endpoint)
            session: Any = boto3.Session(aws_access_key_id="a", aws_secret_access_key="s")  # noqa: S106 -- nothing secret: simulated
            sts = session.client("sts", region_name="us-east-1", endpoint_url=endpoint)
            assert sts.get_caller_identity()["Account"] == "123456789012"
        finally:
            server.terminate()
            assert server.wait(timeout=10) == 0


def test_an_error_of_moto_reaches_a_caller_of_another_protocol(
    account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloudwatch = _client_speaking("smithy-rpc-v2-cbor", account, monkeypatch)

    with pytest.raises(ClientError, match="does not exist"):
        cloudwatch.get_dashboard(DashboardName="none")


def test_a_port_that_is_taken_is_an_error_of_the_caller(account: SimulatedAccount) -> None:
    port = int(account.endpoint_url.rpartition(":")[2])

    with pytest.raises(OSError, match="in use"):
        SimulatedAccount(OTHER_ACCOUNT, port=port).start()


def test_many_threads_can_read_at_once(account: SimulatedAccount) -> None:
    logs = account.client("logs", "eu-central-1")
    for number in range(20):
        logs.create_log_group(logGroupName=f"/threads/{number}")
    account.page_size("logs", "DescribeLogGroups", 3)

    def read(_: int) -> int:
        pages = logs.get_paginator("describe_log_groups").paginate()
        return sum(len(page["logGroups"]) for page in pages)

    with ThreadPoolExecutor(8) as pool:
        counted = set(pool.map(read, range(40)))
    account.page_size("logs", "DescribeLogGroups", None)
    assert counted == {20}
