"""Integration tests talk to a simulated account on the loopback interface, and to nothing else."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from evaluating import BASELINE, CHECKLIST, REGISTRY, STATEMENTS, Evaluate

from compliance.collectors.reader import Connection
from compliance.engine import evaluate
from compliance.report import Report, report_of
from simulated_account import SimulatedAccount, omnitrack


@pytest.fixture(scope="session", autouse=True)
def _only_what_a_test_sets() -> Iterator[None]:
    """No profile, region or credentials of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        yield


@pytest.fixture(scope="module")
def production() -> Iterator[SimulatedAccount]:
    """OmniTrack's simulated production; a test that changes it puts it back."""
    with SimulatedAccount() as account:
        omnitrack.seed(account)
        yield account


def _connect(account: SimulatedAccount, **options: Any) -> Connection:
    """A connection to the simulated account, unpaced and without retries unless asked."""
    environment = account.environment
    session = boto3.Session(
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=options.pop("region", environment["AWS_REGION"]),
    )
    options.setdefault("rate_share", None)
    options.setdefault("attempts", 1)
    return Connection(session, **options)


@pytest.fixture(scope="module")
def moment() -> datetime:
    """When the runs of a module are: an hour that ends between two would tell them apart."""
    return datetime.now(UTC)


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> Evaluate:
    """Evaluates an account: all items or some, as a run of the command line would."""

    def run(account: SimulatedAccount, *items: str, **options: Any) -> Report:
        monkeypatch.setenv("AWS_ENDPOINT_URL", account.endpoint_url)
        budget = options.pop("budget_seconds", 600.0)
        baseline = options.pop("baseline", BASELINE)
        connection = _connect(account, **options)
        chosen = [CHECKLIST.items[name] for name in items] or list(CHECKLIST.items.values())
        try:
            found = evaluate(
                chosen,
                baseline,
                REGISTRY,
                connection,
                now=moment,
                statements=STATEMENTS,
                budget_seconds=budget,
            )
            return report_of(found, baseline, CHECKLIST, connection.calls)
        finally:
            connection.close()

    return run


@pytest.fixture
def healed(production: SimulatedAccount) -> Iterator[None]:
    """Whatever fails in a test works again after it."""
    yield
    production.heal()


@pytest.fixture(scope="module")
def _found_once() -> list[Report]:
    return []


@pytest.fixture
def sound(production: SimulatedAccount, evaluated: Evaluate, _found_once: list[Report]) -> Report:
    """What is found while every read answers; the same for every test of a module."""
    if not _found_once:
        _found_once.append(evaluated(production))
    return _found_once[0]
