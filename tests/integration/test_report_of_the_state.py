"""`compliance report`: what the monitor saw last, from its stack's tables and nothing else."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from evaluating import CHECKLIST

from compliance.engine import Evaluation
from compliance.model import Identity, ItemResult, Offender, Status
from compliance.sinks.recording import record
from compliance.sinks.state import StateTable
from compliance.statements.records import Attestation, Author, Evidence
from compliance_cli.main import compliance
from simulated_account import SimulatedAccount
from simulated_deployment import Deployment

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
LOGS = CHECKLIST.items["cloudwatch.log-retention"]
STATED = next(item for item in CHECKLIST.items.values() if item.how.value == "attest")
ALARMS = CHECKLIST.items["cloudwatch.alarms"]


def found(item: Any, *names: str) -> ItemResult:
    offenders = tuple(Offender(name, "never-expires", "never", "30 days") for name in names)
    status = Status.FAIL if offenders else Status.PASS
    return ItemResult(item, status, f"{len(names)} bad", names, offenders, unseen=frozenset())


@pytest.fixture(scope="module")
def monitored() -> Iterator[SimulatedAccount]:
    """An account whose monitor has seen three runs."""
    with pytest.MonkeyPatch.context() as patch, SimulatedAccount() as account:
        for name, value in account.environment.items():
            patch.setenv(name, value)
        here = Identity(account.account_id, account.region)
        deployment = Deployment(account)
        author = Author("The Devops Lead", "AIDAEXAMPLE", "arn:aws:iam::123456789012:user/lead")
        evidence = Evidence(link="https://wiki.example/plan")
        until = NOW + timedelta(days=30)
        deployment.keep([Attestation("", STATED.id, author, NOW - HOUR, until, evidence)])
        state = StateTable(account.client("dynamodb"), deployment.table, here)
        for hours, logs in ((3, ()), (2, ("/a",)), (1, ("/a", "/b"))):
            results = {
                each.item.id: each for each in (found(LOGS, *logs), found(ALARMS), found(STATED))
            }
            evaluation = Evaluation(here, NOW - hours * HOUR, 1.0, results)
            record(state, evaluation, CHECKLIST, run=f"r{hours}", families=["monitoring"])
        yield account


def ask(account: SimulatedAccount, *arguments: str) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in account.environment.items():
            patch.setenv(name, value)
        return CliRunner().invoke(compliance, ["report", *arguments])


@pytest.fixture(scope="module")
def report(monitored: SimulatedAccount) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(ask(monitored, "--format", "json").stdout)
    return answer


def item_of(report: dict[str, Any], name: str) -> dict[str, Any]:
    (item,) = [each for each in report["items"] if each["id"] == name]
    return dict(item)


def test_every_item_of_the_checklist_is_in_it(report: dict[str, Any]) -> None:
    assert [item["id"] for item in report["items"]] == list(CHECKLIST.items)


def test_it_says_what_offends_and_since_when(report: dict[str, Any]) -> None:
    item = item_of(report, LOGS.id)
    assert [each["resource"] for each in item["offenders"]] == ["/a", "/b"]
    assert item["since"] == f"{NOW - 2 * HOUR:%Y-%m-%dT%H:%M:%SZ}"
    assert any("put-retention-policy" in command for command in item["remediation"])


def test_it_says_who_attested(report: dict[str, Any]) -> None:
    assert item_of(report, STATED.id)["attestation"]["by"] == "The Devops Lead"


def test_it_is_as_of_the_last_run(report: dict[str, Any]) -> None:
    assert report["evaluated_at"] == f"{NOW - HOUR:%Y-%m-%dT%H:%M:%SZ}"
    assert report["source"] == "state"
    assert [point["fail"] for point in report["trend"]] == [0, 1, 1]


def test_it_asks_for_the_tables_and_for_nothing_else(monitored: SimulatedAccount) -> None:
    monitored.forget_calls()
    ask(monitored)
    assert {call.operation for call in monitored.calls} <= {
        "GetCallerIdentity",
        "DescribeStacks",
        "Scan",
        "Query",
        "BatchGetItem",
    }


def test_what_fails_exits_1(monitored: SimulatedAccount) -> None:
    assert ask(monitored).exit_code == 1


def test_the_page_says_that_nothing_was_evaluated_for_it(
    monitored: SimulatedAccount, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    ask(monitored, "--output", str(path))
    page = path.read_text(encoding="utf-8")
    assert "Nothing was evaluated for this report" in page
    assert 'id="trend"' in page


def test_a_run_says_since_when_the_monitor_knows_what_it_finds(
    monitored: SimulatedAccount,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in monitored.environment.items():
            patch.setenv(name, value)
        asked = ["run", "--item", LOGS.id, "--item", ALARMS.id, "--format", "json"]
        answer = json.loads(CliRunner().invoke(compliance, asked).stdout)
    assert answer["source"] == "evaluation"
    assert len(answer["trend"]) == 3
    # The empty account has no log group: the monitor knows of another status than this run.
    assert item_of(answer, LOGS.id)["since"] is None


def test_without_a_stack_it_says_what_to_name(monitored: SimulatedAccount) -> None:
    answer = ask(monitored, "--stack", "no-such-stack")
    assert answer.exit_code != 0
    assert "--state names the table" in str(answer.exception) + answer.output


def test_of_an_account_that_no_run_saw_there_is_no_report() -> None:
    with SimulatedAccount("210987654321") as account:
        Deployment(account)
        answer = ask(account)
    assert answer.exit_code != 0
    assert "remembers no run of 210987654321 yet" in str(answer.exception) + answer.output
