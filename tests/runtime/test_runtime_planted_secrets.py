"""What is secret is in no log and no trace of the functions as built, whatever fails.

The way from run to channel is walked under AWS's runtime interface emulator, where X-Ray's client
sends what it would send to X-Ray. tests/integration/test_planted_secrets.py has the messages.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest
import workbench
from overdue import rows_of
from running import Function

from simulated_account import AccessDenied, HtmlPage, SimulatedAccount, omnitrack
from simulated_deployment import Deployment, Invocation
from simulated_slack import SlackEndpoint, closed_after_posting, html_page, rate_limited, refused

EVERYTHING = {"families": ["account", "data", "api", "monitoring", "cost", "people"]}
FUNCTIONS = {
    "EvaluateMonitoring",
    "Notify",
    "DeliverMail",
    "DeliverMachines",
    "DeliverSlack",
    "DeliverEvents",
    "Widget",
}


class _Emulated(Deployment):
    """A stack whose functions run as built, each in a process of its own."""

    def __init__(self, account: SimulatedAccount, slack: SlackEndpoint, running: ExitStack) -> None:
        super().__init__(account, slack_url=slack.url)
        self._running = running
        self._functions: dict[str, Function] = {}
        self.logs: dict[str, list[str]] = {}
        self.traces: dict[str, list[str]] = defaultdict(list)

    def invoke(self, function: str, event: Mapping[str, Any] | None = None) -> Invocation:
        """Under the emulator; what fails answers with an error and its traceback."""
        if function not in self._functions:
            made = Function(function, self.environment_of(function))
            self._functions[function] = self._running.enter_context(made)
        running = self._functions[function]
        answer = running.invoke(event)
        self.logs[function] = [*running.log, json.dumps(answer)]
        self.traces[function] += running.traces
        return Invocation(function, event or {}, answer, ())

    def let_time_pass(self) -> None:
        """Functions have their own clock here: what is held is held until last year."""
        for row in rows_of(self):
            if "held_until" in row and "queued_at" not in row:
                row["held_until"] = {"S": "2025-01-01T00:00:00+00:00"}
                self.account.client("dynamodb").put_item(TableName=self.table, Item=row)


@pytest.fixture(scope="module")
def walked(built: object) -> Iterator[tuple[_Emulated, tuple[str, ...]]]:
    """A stack after a day of trouble, and what nothing that it wrote may hold."""
    del built  # only that it is there
    if workbench.runtime_client() is None:
        pytest.skip("AWS's runtime interface client is not installed: make tools")
    if workbench.target_python() is None:
        pytest.skip("no Python 3.13 here")
    with SimulatedAccount() as account, SlackEndpoint() as slack, ExitStack() as running:
        omnitrack.seed(account)
        planted = omnitrack.plant(account)
        stack = _Emulated(account, slack, running)
        stack.invoke("EvaluateMonitoring", EVERYTHING)
        stack.settle(collect=False)
        omnitrack.drift(account)
        for answer in (
            refused(404, "no_service"),
            refused(500, slack.url),
            html_page(),
            rate_limited(30),
            closed_after_posting(),
        ):
            slack.answer(answer, times=1)
        account.fail("sns", "Publish", AccessDenied(), times=2)
        account.fail("lambda", "ListFunctions", HtmlPage(), times=1)
        stack.invoke("EvaluateMonitoring", EVERYTHING)
        stack.invoke("EvaluateMonitoring", {"families": ["no-such-family"]})
        stack.settle(collect=False)
        stack.let_time_pass()
        stack.invoke("Notify", {"sweep": True})
        stack.invoke("Notify", {"digest": True})
        stack.settle(collect=False)
        stack.invoke("Widget", {"describe": False, "widgetContext": {"params": {}}})
        assert slack.posted
        yield stack, (slack.url, slack.url.rpartition("/services")[2], *planted)


def test_every_function_wrote_a_log_and_a_trace(
    walked: tuple[_Emulated, tuple[str, ...]],
) -> None:
    stack, _ = walked
    assert set(stack.logs) == FUNCTIONS
    for function in FUNCTIONS:
        assert "## handler" in "\n".join(stack.traces[function]), function
    joined = "\n".join(line for lines in stack.logs.values() for line in lines)
    for heard in ("Slack answered 404", "Slack answered 500", "no-such-family", "was refused"):
        assert heard in joined


def test_nothing_that_was_planted_is_in_a_log_or_a_trace(
    walked: tuple[_Emulated, tuple[str, ...]],
) -> None:
    stack, planted = walked
    found = [
        (function, secret[:8], text[:200])
        for written in (stack.logs, stack.traces)
        for function, texts in written.items()
        for text in texts
        for secret in planted
        if secret in text
    ]
    assert found == []
