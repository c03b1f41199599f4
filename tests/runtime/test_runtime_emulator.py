"""Every function as built, under AWS's runtime interface emulator, with the layers alone."""

import html
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import workbench
from deployed_template import FAMILIES, template
from metrics_read import metrics_read
from overdue import make_overdue, rows_of
from permitted import actions_of, refused
from running import Function

from compliance.engine import Evaluation
from compliance.model import Identity, ItemResult, Offender, Status
from compliance.sinks.recording import record
from compliance.sinks.state import StateTable
from simulated_account import omnitrack
from simulated_deployment import Deployment
from simulated_slack import SlackEndpoint

Stack = tuple[Deployment, SlackEndpoint]
Event = Callable[[str], Any]

CHANNELS = ("mail", "machines", "slack", "events")


@pytest.fixture(autouse=True)
def _can_emulate(built: Path) -> None:
    assert built.is_dir()
    if workbench.runtime_client() is None:
        pytest.skip("AWS's runtime interface client is not installed: make tools")
    if workbench.target_python() is None:
        pytest.skip("no Python 3.13 here")


@contextmanager
def _running(stack: Stack, name: str) -> Iterator[Function]:
    deployment, _ = stack
    deployment.account.forget_calls()
    with Function(name, deployment.environment_of(name)) as function:
        yield function
    assert refused(name, deployment.account.calls) == set()


@pytest.mark.parametrize("family", FAMILIES)
def test_evaluate_answers_for_its_family(stack: Stack, event: Event, family: str) -> None:
    with _running(stack, f"Evaluate{family.title()}") as function:
        answer = function.invoke(event(f"evaluate-{family}"))
    assert answer["account"] == omnitrack.ACCOUNT_ID
    assert answer["evaluated"] == sum(
        item.family == family for item in workbench.checklist().items.values()
    )
    assert answer["counts"]["FAIL"] + answer["counts"]["UNKNOWN"] > 0


WHERE_A_BASELINE_ASKS = {
    "cloudformation:DescribeStacks",
    "cloudformation:ListStackResources",
    "cloudformation:ListStacks",
    "lambda:ListAliases",
    "lambda:ListVersionsByFunction",
    "s3:GetReplicationConfiguration",
    "ssm-incidents:ListResponsePlans",
}
"""What production's needs not: a second region, Incident Manager, a bucket without versions."""


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_asks_for_all_that_it_may_read(stack: Stack, family: str) -> None:
    deployment, _ = stack
    name = f"Evaluate{family.title()}"
    # Named one by one, items are evaluated whether or not they were in this hour.
    items = [i.id for i in workbench.checklist().items.values() if i.family == family]
    with _running(stack, name) as function:
        function.invoke({"items": items})
    granted = template().actions(template().role_of(name), "reads")
    assert granted - actions_of(deployment.account.calls) - WHERE_A_BASELINE_ASKS == set()


def test_every_metric_that_is_read_is_emitted_with_its_dimensions(
    stack: Stack, event: Event
) -> None:
    emitted: dict[str, set[frozenset[str]]] = {}
    objects = []
    for family in FAMILIES:
        with _running(stack, f"Evaluate{family.title()}") as function:
            function.invoke(event(f"evaluate-{family}"))
            objects += function.metrics
    for each in objects:
        for directive in each["_aws"]["CloudWatchMetrics"]:
            assert directive["Namespace"] == "OmniTrack/Compliance"
            for metric in directive["Metrics"]:
                sets = map(frozenset, directive["Dimensions"])
                emitted.setdefault(metric["Name"], set()).update(sets)
    assert emitted == metrics_read(template())


def test_notify_puts_a_run_s_changes_on_every_queue(stack: Stack, event: Event) -> None:
    deployment, _ = stack
    record = event("notify")
    _evaluate_again(stack)
    record["Records"][0]["dynamodb"]["NewImage"] = _last_run(deployment)
    with _running(stack, "Notify") as function:
        assert function.invoke(record) == {"batchItemFailures": []}
    for channel in CHANNELS:
        assert _waiting(deployment, f"{channel.title()}Queue") > 0


def test_notify_takes_the_event_of_the_folder(stack: Stack, event: Event) -> None:
    with _running(stack, "Notify") as function:
        assert function.invoke(event("notify")) == {"batchItemFailures": []}


def test_the_sweep_finds_nothing_that_is_overdue(stack: Stack, event: Event) -> None:
    with _running(stack, "Notify") as function:
        assert function.invoke(event("notify-sweep")) == {"sent": 0}


def test_the_sweep_tells_what_is_overdue(stack: Stack, event: Event) -> None:
    deployment, _ = stack
    _evaluate_again(stack)
    assert make_overdue(deployment) > 0
    with _running(stack, "Notify") as function:
        sent = [function.invoke(event("notify-sweep"))["sent"] for _ in range(2)]
    assert sum(sent) > 0
    waiting = [r for r in rows_of(deployment) if "pending_at" in r and "queued_at" not in r]
    assert all("held_until" in row for row in waiting)


@pytest.mark.parametrize("channel", CHANNELS)
def test_deliver_sends_once_however_often_it_is_asked(
    stack: Stack, event: Event, channel: str
) -> None:
    deployment, slack = stack
    before = _received(deployment, slack)[channel]
    with _running(stack, f"Deliver{channel.title()}") as function:
        first = function.invoke(event(f"deliver-{channel}"))
        second = function.invoke(event(f"deliver-{channel}"))
    assert first == second == {"batchItemFailures": []}
    assert _received(deployment, slack)[channel] == before + 1
    assert slack.mistakes == []


def test_the_widget_shows_what_fails(stack: Stack, event: Event) -> None:
    _evaluate_once(stack)
    with _running(stack, "Widget") as function:
        page = function.invoke(event("dashboard"))
    assert workbench.checklist().items["cloudwatch.log-retention"].title in page
    assert "<script" not in page


def test_the_widget_opens_an_item(stack: Stack, event: Event) -> None:
    _evaluate_once(stack)
    with _running(stack, "Widget") as function:
        overview = function.invoke(event("dashboard"))
        called = html.unescape(overview).split('"item": "cloudwatch.log-retention"')
        page = function.invoke(event("dashboard-item"))
    assert len(called) == 2
    assert "put-retention-policy --log-group-name" in page
    assert "History" in page


def test_the_widget_shows_hostile_names_as_text(stack: Stack, event: Event) -> None:
    deployment, _ = stack
    names = ["<script>alert(1)</script>", "\u05e9\u05dc\u05d5\u05dd", "\"'", "x" * 5_000]
    offenders = tuple(
        Offender(f"arn:aws:logs:::log-group:{n}", "never-expires", n, n) for n in names
    )
    item = workbench.checklist().items["cloudwatch.log-retention"]
    here = Identity(deployment.account.account_id, deployment.account.region)
    result = ItemResult(item, Status.FAIL, names[0], offenders=offenders, unseen=None)
    evaluation = Evaluation(here, datetime.now(UTC), 1.0, {item.id: result})
    state = StateTable(deployment.account.client("dynamodb"), deployment.table, here)
    record(state, evaluation, workbench.checklist(), run="hostile", families=["monitoring"])
    with _running(stack, "Widget") as function:
        pages = function.invoke(event("dashboard")), function.invoke(event("dashboard-item"))
    for page in pages:
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "x" * 1_000 not in page
    assert f"<bdi>{names[1]}</bdi>" in pages[1]


def test_the_widget_describes_itself(stack: Stack, event: Event) -> None:
    with _running(stack, "Widget") as function:
        assert set(function.invoke(event("dashboard-describe"))) == {"markdown"}


def _evaluate_again(stack: Stack) -> None:
    """A run with at least one change: the account drifts, or is repaired."""
    deployment, _ = stack
    _evaluate_once(stack)
    (omnitrack.repair if len(deployment.invocations) % 2 == 0 else omnitrack.drift)(
        deployment.account
    )
    deployment.invoke("EvaluateMonitoring")


def _last_run(deployment: Deployment) -> dict[str, Any]:
    runs = [row for row in rows_of(deployment) if row["entity"]["S"] == "run"]
    return max(runs, key=lambda row: str(row["sk"]["S"]))


def _waiting(deployment: Deployment, queue: str) -> int:
    answer = deployment.account.client("sqs").get_queue_attributes(
        QueueUrl=deployment.queue_url(queue), AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def _received(deployment: Deployment, slack: SlackEndpoint) -> dict[str, int]:
    deployment.inbox.read()
    return {
        "mail": len(deployment.inbox.mails),
        "machines": len(deployment.inbox.documents),
        "slack": len(slack.posted),
        "events": len(deployment.inbox.events),
    }


def _evaluate_once(stack: Stack) -> None:
    deployment, _ = stack
    if not deployment.invocations:
        deployment.invoke("EvaluateMonitoring")
