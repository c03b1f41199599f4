"""A day of OmniTrack's simulated production, as the deployed monitor saw it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from compliance import registry
from compliance.baseline import load_baseline
from compliance.checklist import load_checklist
from compliance.collectors.reader import Connection
from compliance.engine import Evaluation, evaluate
from compliance.report import Calls, Report, report_of
from compliance.sinks.looking_back import history
from compliance.sinks.recording import record
from compliance.sinks.state import StateTable
from compliance.statements.document import from_data
from compliance.statements.standing import Statements
from simulated_account import SimulatedAccount, omnitrack
from simulated_deployment import Deployment
from simulated_slack import SlackEndpoint

__all__ = ["Stage", "stage"]

_CHECKLIST = load_checklist()
_BASELINE = load_baseline(items=_CHECKLIST.items)
_EVERY = timedelta(minutes=90)


@dataclass(frozen=True)
class Stage:
    """What there is to see at the end of the day."""

    deployment: Deployment
    report: Report
    slack: list[dict[str, Any]]


@contextmanager
def stage() -> Iterator[Stage]:
    """The day: nobody has stated anything; statements are made; three drifts, a repair, and again.

    Each state of the account is evaluated once and remembered as often as it was seen.
    """
    with ExitStack() as stack:
        account = stack.enter_context(SimulatedAccount())
        slack = stack.enter_context(SlackEndpoint())
        stack.enter_context(mock.patch.dict(os.environ, account.environment))
        now = datetime.now(UTC)
        omnitrack.seed(account, now=now)
        deployment = Deployment(account, slack_url=slack.url)
        day = _Day(deployment, now)

        nothing, told = Statements.of(()), Statements.of(_statements(now))
        unstated, _ = day.seen(nothing)
        stated, _ = day.seen(told)
        day.remembered(unstated, since=24, until=15)
        deployment.keep(told)
        day.remembered(stated, since=15, until=9)
        omnitrack.drift(account)
        drifted, calls = day.seen(told)
        day.remembered(drifted, since=9, until=7)
        day.remembered(stated, since=7, until=2)
        deployment.settle()
        before = len(slack.posted)
        day.remembered(drifted, since=2, until=0)
        deployment.settle()

        report = report_of(
            drifted, _BASELINE, _CHECKLIST, calls, history(day.state, datetime.now(UTC))
        )
        yield Stage(deployment, report, list(slack.posted[before:]))


class _Day:
    def __init__(self, deployment: Deployment, now: datetime) -> None:
        self._account = deployment.account
        self._now = now
        identity = Connection(rate_share=None).identity
        self.state = StateTable(self._account.client("dynamodb"), deployment.table, identity)

    def seen(self, statements: Statements) -> tuple[Evaluation, Calls]:
        """The account as it is, with what people stated."""
        connection = Connection(rate_share=None, state_table=None)
        try:
            evaluation = evaluate(
                list(_CHECKLIST.items.values()),
                _BASELINE,
                registry.load(),
                connection,
                now=self._now,
                statements=statements,
                budget_seconds=600.0,
            )
            return evaluation, connection.calls
        finally:
            connection.close()

    def remembered(self, evaluation: Evaluation, *, since: float, until: float) -> None:
        """The same sight once every 90 minutes, in hours before now."""
        at, end = (self._now - timedelta(hours=hours) for hours in (since, until))
        while at < end:
            families = sorted({item.family for item in _CHECKLIST.items.values()})
            run = f"{at:%Y%m%dT%H%M%S}"
            record(self.state, replace(evaluation, at=at), _CHECKLIST, run=run, families=families)
            at += _EVERY


def _statements(now: datetime) -> Iterator[Any]:
    for kind, entries in omnitrack.stated(now).items():
        if kind != "schema_version":
            yield from (from_data(kind, entry) for entry in entries)
