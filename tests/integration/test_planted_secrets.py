"""What is secret stays so: planted where the monitor looks, sought in all that it says.

The webhook's address, the values of functions' environments and parameters, tokens in tags and
names of users' sessions: none may be in a log, an error, a message, or the state. Traces are sought
where they are made: tests/runtime/test_runtime_planted_secrets.py.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from simulated_account import AccessDenied, HtmlPage, SimulatedAccount, omnitrack
from simulated_deployment import Deployment
from simulated_slack import (
    SlackEndpoint,
    closed,
    closed_after_posting,
    html_page,
    rate_limited,
    refused,
)

EVERYTHING = {"families": ["account", "data", "api", "monitoring", "cost", "people"]}


class _Ear(logging.Handler):
    """Hears every record of every logger at its most talkative, with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def filter(self, record: logging.LogRecord) -> bool:
        """Everything: Powertools would have root's handlers ignore what it prints itself."""
        del record
        return True

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(("compliance", "evaluate", "notify", "deliver", "slack")):
            self.heard.append(self.format(record) + repr(vars(record)))


@pytest.fixture(scope="module")
def said() -> Iterator[tuple[list[str], list[str]]]:
    """All that the monitor said in a day of trouble, and what none of it may hold."""
    ear = _Ear()
    logging.getLogger().addHandler(ear)
    with SimulatedAccount() as account, SlackEndpoint() as slack:
        omnitrack.seed(account)
        planted = omnitrack.plant(account)
        stack = Deployment(account, slack_url=slack.url)
        stack.invoke("EvaluateMonitoring", EVERYTHING)
        stack.settle()
        omnitrack.drift(account)
        errors: list[str] = []
        for answer in (
            refused(404, "no_service"),
            refused(500, slack.url),
            html_page(),
            rate_limited(30),
            closed(),
            closed_after_posting(),
        ):
            slack.answer(answer, times=2)
        account.fail("sns", "Publish", AccessDenied(), times=2)
        account.fail("lambda", "ListFunctions", HtmlPage(), times=1)
        with suppress(Exception):
            stack.invoke("EvaluateApi")
        for event in (EVERYTHING, {"families": ["no-such-family"]}):
            try:
                stack.invoke("EvaluateMonitoring", event)
            except ValueError as error:
                errors.append(repr(error))
        stack.settle()
        stack.invoke("Notify", {"digest": True})
        stack.settle()
        yield (
            _all_of(stack, slack, ear, errors),
            [slack.url, slack.url.rpartition("/services")[2], *planted],
        )
    logging.getLogger().removeHandler(ear)


def _all_of(stack: Deployment, slack: SlackEndpoint, ear: _Ear, errors: list[str]) -> list[str]:
    inbox = stack.inbox
    found = [*ear.heard, *errors]
    for each in stack.invocations:
        found += [*each.lines, json.dumps(each.answer, default=str)]
    found += [json.dumps(payload, ensure_ascii=False) for payload in slack.posted]
    found += [f"{each.subject}\n{each.body}\n{each.attributes}" for each in inbox.mails]
    found += [json.dumps(each, ensure_ascii=False) for each in (*inbox.documents, *inbox.events)]
    rows = stack.account.client("dynamodb").scan(TableName=stack.table)["Items"]
    found += [json.dumps(row, default=str) for row in rows]
    return found


def test_there_was_much_to_hear(said: tuple[list[str], list[str]]) -> None:
    texts, _ = said
    joined = "\n".join(texts)
    assert len(texts) > 100
    for heard in ("Slack answered 404", "was refused", "drifted", "Today: score"):
        assert heard in joined


def test_nothing_that_was_planted_is_said_anywhere(said: tuple[list[str], list[str]]) -> None:
    texts, planted = said
    found: list[Any] = [
        (secret[:8], text[:200]) for secret in planted for text in texts if secret in text
    ]
    assert found == []
