"""The deployed path from schedule to Slack: the template's handlers, state, stream and queues."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from evaluating import CHECKLIST, REGISTRY, Evaluate, faults

from compliance.documents import DocumentError
from compliance.sinks.dead_letters import DeadLetters
from compliance.sinks.state import StateTable
from simulated_account import SimulatedAccount, omnitrack
from simulated_deployment import Deployment, Invocation
from simulated_slack import SlackEndpoint, refused

FAMILIES = ["account", "data", "api", "monitoring", "cost", "people"]
EVERYTHING = {"families": FAMILIES}
CHANNELS = 4
DRIFTED_ITEMS = len({item for item, _, _ in omnitrack.DRIFT_FAULTS})


class Stage:
    """A production, its monitor and its Slack, and how many messages each channel has got."""

    def __init__(self, account: SimulatedAccount, slack: SlackEndpoint) -> None:
        self.account, self.slack = account, slack
        self.stack = Deployment(account, slack_url=slack.url)

    def run(self, *, wake: bool = True) -> Invocation:
        invocation = self.stack.invoke("EvaluateMonitoring", EVERYTHING)
        self.stack.settle(wake=wake)
        return invocation

    @property
    def told(self) -> tuple[int, int, int, int]:
        inbox = self.stack.inbox
        mails, documents, events = len(inbox.mails), len(inbox.documents), len(inbox.events)
        return len(self.slack.posted), mails, documents, events


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A stage of the test's own, to be changed as it likes."""
    with SimulatedAccount() as account, SlackEndpoint() as slack:
        omnitrack.seed(account)
        yield Stage(account, slack)


@pytest.fixture(scope="module")
def quiet_stage() -> Iterator[Stage]:
    """One stage for all tests that change nothing in it, in an account of its own."""
    with SimulatedAccount("210987654321") as account, SlackEndpoint() as slack:
        yield Stage(account, slack)


def test_the_monitor_s_own_resources_break_no_rule(stage: Stage, evaluated: Evaluate) -> None:
    report = evaluated(stage.account, state_table="omnitrack-compliance-state")
    assert faults(report) == omnitrack.KNOWN_FAULTS


def test_each_channel_is_told_of_each_drifted_item_once_and_of_nothing_else(stage: Stage) -> None:
    stage.run()
    assert stage.told == (1, 1, 1, 1)  # what the first run saw, as one summary
    omnitrack.drift(stage.account)
    stage.run()
    assert stage.told == (1 + DRIFTED_ITEMS,) * CHANNELS
    stage.run()
    assert stage.told == (1 + DRIFTED_ITEMS,) * CHANNELS
    omnitrack.repair(stage.account)
    stage.run()
    assert stage.told == (1 + 2 * DRIFTED_ITEMS,) * CHANNELS

    documents = stage.stack.inbox.documents
    found = Counter(
        (document["kind"], document["item"], offence["resource"], offence["fault"])
        for document in documents
        for offence in document["offences"]
    )
    expected = {
        (kind, *fault) for kind in ("drifted", "recovered") for fault in omnitrack.DRIFT_FAULTS
    }
    assert found == Counter(expected)


def test_a_lost_wake_up_costs_a_sweep_and_never_the_alert(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.run(wake=False)
    assert stage.told == (0, 0, 0, 0)
    monkeypatch.setattr("compliance.sinks.telling.SWEEP_AFTER", timedelta(minutes=-1))
    assert stage.stack.sweep().answer == {"sent": CHANNELS}
    stage.stack.settle(wake=False)
    assert stage.told == (1, 1, 1, 1)


def test_a_dead_slack_delays_nobody_else_and_its_message_waits_whole(stage: Stage) -> None:
    stage.slack.answer(refused(404, "no_service"))
    stage.run()
    assert stage.told == (0, 1, 1, 1)
    sqs = stage.account.client("sqs")
    dead, queue = stage.stack.queue_url("SlackDeadLetters"), stage.stack.queue_url("SlackQueue")
    (letter,) = sqs.receive_message(QueueUrl=dead, VisibilityTimeout=0)["Messages"]
    assert json.loads(letter["Body"])["message"]["headline"].endswith("fail")

    stage.slack.heal()
    letters = DeadLetters(sqs, queue, dead)
    assert [letters.put_back(each) for held in letters.held() for each in held] == [None]
    stage.stack.settle()
    assert stage.told == (1, 1, 1, 1)


def test_the_day_is_summed_up_once_on_every_channel(stage: Stage) -> None:
    stage.run()
    assert stage.stack.invoke("Notify", {"digest": True}).answer == {"sent": CHANNELS}
    assert stage.stack.invoke("Notify", {"digest": True}).answer == {"sent": 0}
    stage.stack.settle()
    assert stage.told == (2, 2, 2, 2)
    document = stage.stack.inbox.documents[-1]
    assert document["kind"] == "daily"
    titles = [note["title"] for note in document["notes"]]
    assert {"Change", "Open by age", "Last run", "Waiting in dead-letter queues"} <= set(titles)
    assert stage.slack.mistakes == []


# --- metrics


BY_DIMENSION = {
    "Environment": {
        "ComplianceScore",
        "ComplianceCoverage",
        "ItemsPassing",
        "ItemsFailing",
        "ItemsUnknown",
        "ItemsExcepted",
        "DriftDetected",
        "DriftRecovered",
        "AttestationsExpiring",
    },
    "Section": {"ComplianceScore"},
    "Severity": {"ItemsFailing"},
    "Family": {"EvaluationDuration", "EvaluationCompleted", "ApiCalls", "ApiThrottles"},
}


def _emitted(invocation: Invocation) -> list[tuple[str, str, tuple[str, ...], float]]:
    """Each metric with its namespace, its dimensions' names and its value."""
    return [
        (directive["Namespace"], metric["Name"], tuple(dimensions), each[metric["Name"]][0])
        for each in invocation.metrics
        for directive in each["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
        for dimensions in directive["Dimensions"]
    ]


def test_metrics_have_the_dimensions_that_the_design_gives_them_and_no_service(
    quiet_stage: Stage,
) -> None:
    emitted = _emitted(quiet_stage.run())
    assert {namespace for namespace, *_ in emitted} == {"OmniTrack/Compliance"}
    found: dict[str, set[str]] = {}
    for _, name, dimensions, _ in emitted:
        (dimension,) = dimensions
        found.setdefault(dimension, set()).add(name)
    assert found == BY_DIMENSION


def test_a_sections_score_is_sent_where_it_changed_and_once_a_day(stage: Stage) -> None:
    def sections(event: dict[str, list[str]]) -> int:
        emitted = _emitted(stage.stack.invoke("EvaluateMonitoring", event))
        return sum(dimensions == ("Section",) for _, _, dimensions, _ in emitted)

    often = {"families": ["account", "data", "api", "monitoring", "cost"]}
    first = sections(often)
    assert first > 0
    assert sections(often) == 0
    assert sections(EVERYTHING) > first


def test_drift_and_recovery_are_counted_by_the_run_that_saw_them(stage: Stage) -> None:
    def counted(invocation: Invocation) -> dict[str, float]:
        names = ("DriftDetected", "DriftRecovered")
        return {name: value for _, name, _, value in _emitted(invocation) if name in names}

    assert counted(stage.run()) == {"DriftDetected": 0, "DriftRecovered": 0}
    omnitrack.drift(stage.account)
    assert counted(stage.run()) == {"DriftDetected": DRIFTED_ITEMS, "DriftRecovered": 0}
    omnitrack.repair(stage.account)
    assert counted(stage.run()) == {"DriftDetected": 0, "DriftRecovered": DRIFTED_ITEMS}


# --- the environment


def test_no_evaluation_starts_by_a_baseline_of_another_environment() -> None:
    with SimulatedAccount() as account:
        stack = Deployment(account)
        stack._resolver.references["Environment"] = "staging"
        with pytest.raises(DocumentError, match="found 'production', expected 'staging'"):
            stack.invoke("EvaluatePeople")


# --- permissions


def _declared(family: str) -> set[tuple[str, str]]:
    """Every read that the family's checks declare, as (service, operation)."""
    items = [item for item in CHECKLIST.items.values() if item.family == family]
    return {(read.service, read.operation) for read in REGISTRY.reads(items)}


def test_each_family_makes_just_the_calls_that_it_declares(stage: Stage) -> None:
    """With what tests/template holds, declared, recorded and granted are the same.

    But for what is only asked where a baseline uses it, and what a run asks of its own state.
    """
    unused = {
        "api": {("lambda", "ListAliases"), ("lambda", "ListVersionsByFunction")},
        "account": {("ssm-incidents", "ListResponsePlans")},
        "data": {
            ("cloudformation", "DescribeStacks"),
            ("cloudformation", "ListStackResources"),
            ("s3", "GetBucketReplication"),
        },
    }
    own = {("sts", "GetCallerIdentity")}
    own |= {("dynamodb", name) for name in ("BatchGetItem", "Query", "Scan", "TransactWriteItems")}
    recorded = {}
    for family in FAMILIES:
        stage.account.forget_calls()
        stage.stack.invoke(f"Evaluate{family.title()}")
        recorded[family] = {(c.service, c.operation) for c in stage.account.calls} - own
    assert recorded == {
        family: _declared(family) - own - unused.get(family, set()) for family in FAMILIES
    }


# --- events


def test_a_local_run_is_told_the_tables_of_the_simulated_stack(quiet_stage: Stage) -> None:
    file = Path(__file__).parents[2] / "events/env.json"
    told = json.loads(file.read_text(encoding="utf-8"))["Parameters"]
    deployed = quiet_stage.stack.environment_of("EvaluateData")
    deployed |= quiet_stage.stack.environment_of("DeliverMail")
    tables = {name: told[name] for name in told if name.endswith("_TABLE")}
    assert len(tables) == 3
    assert tables.items() <= deployed.items()


@pytest.mark.parametrize(
    ("event", "mistake"),
    [
        ({"familes": ["data"]}, "familes: unknown key, did you mean families?"),
        ({"items": "cloudwatch.alarms"}, "items: found 'cloudwatch.alarms', expected a list"),
        ({"items": ["cloudwatch.alarm"]}, "there is no item 'cloudwatch.alarm'; did you mean"),
    ],
)
def test_an_event_with_a_mistake_is_refused_in_words(
    event: Any, mistake: str, quiet_stage: Stage
) -> None:
    with pytest.raises(ValueError, match=mistake.replace("?", r"\?")):
        quiet_stage.stack.invoke("EvaluateData", event)


def test_an_event_may_name_sections_and_items(quiet_stage: Stage) -> None:
    answer = quiet_stage.stack.invoke(
        "EvaluateData", {"sections": ["cloudwatch"], "items": ["cloudwatch.log-retention"]}
    ).answer
    assert answer["evaluated"] == 1


def test_a_family_s_hourly_items_are_read_once_an_hour(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hour may end between two runs, so that what the last two hours saw is left out here."""
    since = StateTable.families_since
    monkeypatch.setattr(
        StateTable, "families_since", lambda table, at: since(table, at - timedelta(hours=1))
    )
    hourly = [i.id for i in CHECKLIST.items.values() if i.hourly and i.family == "monitoring"]

    def evaluated(event: dict[str, list[str]]) -> tuple[int, bool]:
        stage.account.forget_calls()
        answer = stage.stack.invoke("EvaluateMonitoring", event).answer
        asked = any(call.operation == "GetMetricData" for call in stage.account.calls)
        return answer["evaluated"], asked

    family = {"families": ["monitoring"]}
    every, asked = evaluated(family)
    assert asked
    assert evaluated(family) == (every - len(hourly), False)
    assert evaluated({"items": hourly}) == (len(hourly), True)
