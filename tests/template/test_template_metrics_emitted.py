"""Dashboard and alarms read just what the handlers emit, each with its set of dimensions."""

from collections.abc import Iterator

import pytest
from deployed_template import template
from metrics_read import metrics_read

from simulated_account import SimulatedAccount, omnitrack
from simulated_deployment import Deployment
from simulated_slack import SlackEndpoint

FAMILIES = ("Account", "Data", "Api", "Monitoring", "Cost", "People")


@pytest.fixture(scope="module")
def stack() -> Iterator[Deployment]:
    """Every handler has run: on its schedule, woken by the stream, and off its queue."""
    with SimulatedAccount() as account, SlackEndpoint() as slack:
        omnitrack.seed(account)
        stack = Deployment(account, slack_url=slack.url)
        for family in FAMILIES:
            stack.invoke(f"Evaluate{family}")
        stack.settle()
        stack.sweep()
        stack.invoke("Widget", {})
        yield stack


def test_every_handler_has_run(stack: Deployment) -> None:
    assert {each.function for each in stack.invocations} == set(stack.functions())


def test_what_is_read_is_emitted_and_nothing_is_emitted_that_nobody_reads(
    stack: Deployment,
) -> None:
    emitted: dict[str, set[frozenset[str]]] = {}
    for invocation in stack.invocations:
        for each in invocation.metrics:
            (directive,) = each["_aws"]["CloudWatchMetrics"]
            assert directive["Namespace"] == "OmniTrack/Compliance"
            for metric in directive["Metrics"]:
                names = {frozenset(dimensions) for dimensions in directive["Dimensions"]}
                emitted.setdefault(metric["Name"], set()).update(names)
    assert emitted == metrics_read(template())
