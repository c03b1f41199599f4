"""The widget asks the monitor's tables and nobody else, and not more the longer the time is."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from evaluating import CHECKLIST

from compliance.engine import Evaluation
from compliance.model import Identity, ItemResult, Offender, Status
from compliance.sinks.recording import record
from compliance.sinks.state import StateTable
from compliance.widget import LARGEST, STRETCHES
from simulated_account import SimulatedAccount
from simulated_deployment import Deployment

NOW = datetime.now(UTC)
LOGS = CHECKLIST.items["cloudwatch.log-retention"]
EVENT = Path(__file__).parents[2] / "events/dashboard.json"


@pytest.fixture(scope="module")
def monitor() -> Iterator[Deployment]:
    """A monitor that remembers every item, one with 10,000 offenders, of a few runs."""
    with pytest.MonkeyPatch.context() as patch, SimulatedAccount() as account:
        for name, value in account.environment.items():
            patch.setenv(name, value)
        here = Identity(account.account_id, account.region)
        deployment = Deployment(account)
        state = StateTable(account.client("dynamodb"), deployment.table, here)
        many = tuple(
            Offender(f"/aws/lambda/{n}", "never-expires", "never", "30 days") for n in range(10_000)
        )
        results = {
            name: ItemResult(item, Status.PASS, "all is well", unseen=frozenset())
            for name, item in CHECKLIST.items.items()
        }
        results[LOGS.id] = ItemResult(LOGS, Status.FAIL, "many", offenders=many, unseen=frozenset())
        for hours in (3, 2, 1):
            evaluation = Evaluation(here, NOW - timedelta(hours=hours), 1.0, results)
            record(state, evaluation, CHECKLIST, run=f"r{hours}", families=["monitoring"])
        yield deployment


def _asked(days: int, **params: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(EVENT.read_text(encoding="utf-8"))
    ends = {"start": NOW - timedelta(days=days), "end": NOW}
    event["widgetContext"]["timeRange"] = {
        name: int(at.timestamp() * 1000) for name, at in ends.items()
    }
    return event | params


@pytest.mark.parametrize("days", [1, 90])
def test_it_asks_the_tables_alone_and_as_often_however_long_the_time_is(
    monitor: Deployment, days: int
) -> None:
    monitor.account.forget_calls()
    monitor.invoke("Widget", _asked(days))
    operations = [call.operation for call in monitor.account.calls]
    assert set(operations) == {"Query", "Scan"}
    assert len(operations) <= STRETCHES + 3


def test_an_item_is_read_alone(monitor: Deployment) -> None:
    monitor.account.forget_calls()
    monitor.invoke("Widget", _asked(1, item=LOGS.id))
    assert {call.operation for call in monitor.account.calls} == {"GetItem", "BatchGetItem", "Scan"}


@pytest.mark.parametrize("params", [{}, {"item": LOGS.id}, {"view": "due"}])
def test_its_answer_is_small(monitor: Deployment, params: dict[str, Any]) -> None:
    assert len(monitor.invoke("Widget", _asked(30, **params)).answer) < LARGEST


def test_the_description_asks_nobody(monitor: Deployment) -> None:
    monitor.account.forget_calls()
    monitor.invoke("Widget", {"describe": True})
    assert monitor.account.calls == []
