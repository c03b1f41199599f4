"""What the deployed monitor remembers, and how the command line finds it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from compliance_cli.main import compliance
from simulated_account import SimulatedAccount, omnitrack
from simulated_deployment import Deployment

ITEM = "alarm-verification.lambda-errors"
STATE = "omnitrack-compliance-state"


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    """A production whose monitor has run once, since when AWS has forgotten what alarms did."""
    with SimulatedAccount() as account:
        omnitrack.seed(account)
        Deployment(account).invoke("EvaluateMonitoring", {"items": [ITEM]})
        account.data.cloudwatch.forget_history(omnitrack.REGION)
        for name in ("omnitrack-agent-planner-errors", "omnitrack-agents"):
            account.data.cloudwatch.set_state(
                omnitrack.REGION, name, "OK", at=datetime.now(UTC) - timedelta(hours=1)
            )
        yield account


def status(account: SimulatedAccount, *options: str) -> tuple[str, str | None]:
    environment = {**account.environment, "AWS_ENDPOINT_URL": account.endpoint_url}
    asked = ["run", "--item", ITEM, "--format", "json", "--rate-share", "0", *options]
    report: dict[str, Any] = json.loads(
        CliRunner().invoke(compliance, asked, env=environment).stdout
    )
    [item] = report["items"]
    return item["status"], item["reason"]


def test_without_the_stack_the_command_line_knows_nothing_of_earlier_runs(
    account: SimulatedAccount,
) -> None:
    found, reason = status(account, "--stack", "no-such-stack")
    assert found == "UNKNOWN"
    assert "no state" in str(reason)


def test_the_command_line_reads_the_state_that_it_is_given(account: SimulatedAccount) -> None:
    assert status(account, "--state", STATE) == ("PASS", None)


def test_the_command_line_finds_the_state_by_the_stack_s_output(
    account: SimulatedAccount,
) -> None:
    body = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"StateTableName": {"Value": STATE}},
    }
    account.client("cloudformation").create_stack(
        StackName="monitor", TemplateBody=json.dumps(body)
    )
    assert status(account, "--stack", "monitor") == ("PASS", None)
