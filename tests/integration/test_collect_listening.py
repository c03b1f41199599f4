"""What alarms did, what is remembered of it, and the ways to a pager and a chat."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from evaluating import BASELINE, CHECKLIST, REGISTRY, Evaluate, faults

from compliance.baseline import Baseline
from compliance.collectors.reader import Connection
from compliance.engine import Evaluation, evaluate
from compliance.messages import Origin
from compliance.model import Gap, ItemResult, Status
from compliance.sinks.outbox import Outbox
from compliance.sinks.recording import record
from compliance.sinks.state import StateTable
from simulated_account import SimulatedAccount
from simulated_account.failures import AccessDenied

ACCOUNT = "210987654321"
REGION = "us-east-1"
TOPIC = BASELINE["alarms.topic"]
ERRORS = "alarm-verification.api-error-rate"
CHAT, PAGING = "access.chat-alerts", "access.paging"
NOW = datetime.now(UTC).replace(microsecond=0)
STATE = "state"


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount(ACCOUNT) as account:
        yield account


@pytest.fixture
def connection(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.environment["AWS_ACCESS_KEY_ID"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", account.environment["AWS_SECRET_ACCESS_KEY"])
    connection = Connection(
        boto3.Session(region_name=REGION), rate_share=None, attempts=1, state_table=STATE
    )
    yield connection
    connection.close()


@pytest.fixture
def collect(connection: Connection) -> Callable[..., list[Any]]:
    """What one collector of many yields, whatever it builds on given."""

    def run(fact: str, *given: Any, **settings: Any) -> list[Any]:
        collector = REGISTRY.collectors[fact]
        gaps: list[Gap] = []
        reader = connection.reader(collector, gaps.append, float("inf"))
        settings = {k: BASELINE[path] for k, path in collector.settings.items()} | settings
        records = list(collector.function(reader, *given, **settings))
        assert gaps == []
        return records

    return run


@pytest.fixture
def state(account: SimulatedAccount, connection: Connection) -> StateTable:
    keys = [("pk", "HASH"), ("sk", "RANGE")]
    client = account.client("dynamodb")
    client.create_table(
        TableName=STATE,
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n, _ in keys],
        KeySchema=[{"AttributeName": n, "KeyType": kind} for n, kind in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    return StateTable(client, STATE, connection.identity)


@pytest.fixture
def topic(account: SimulatedAccount) -> str:
    """An API and an alarm on its errors, which tells a topic."""
    account.client("apigateway").create_rest_api(name="shop")
    arn = str(account.client("sns").create_topic(Name="alerts")["TopicArn"])
    account.client("cloudwatch").put_metric_alarm(
        AlarmName="errors",
        Namespace="AWS/ApiGateway",
        MetricName="5XXError",
        Dimensions=[{"Name": "ApiName", "Value": "shop"}],
        Statistic="Average",
        Period=300,
        EvaluationPeriods=2,
        Threshold=0.05,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[arn],
    )
    account.data.cloudwatch.settle(REGION, at=NOW - timedelta(days=30))
    return arn


def judged(
    connection: Connection, item: str, *, now: datetime = NOW, baseline: Baseline = BASELINE
) -> Evaluation:
    return evaluate([CHECKLIST.items[item]], baseline, REGISTRY, connection, now=now)


def result(connection: Connection, item: str, **options: Any) -> ItemResult:
    return judged(connection, item, **options).results[item]


def origin(region: str = REGION) -> Origin:
    return Origin("OmniTrack AI", "production", ACCOUNT, region, run="1")


# --- the state


def test_an_alarm_that_was_seen_counts_after_aws_has_forgotten_until_it_is_too_old(
    account: SimulatedAccount, connection: Connection, state: StateTable, topic: str
) -> None:
    assert topic
    account.client("cloudwatch").set_alarm_state(
        AlarmName="errors", StateValue="ALARM", StateReason="a test"
    )
    first = judged(connection, ERRORS)
    record(state, first, CHECKLIST, run="1", families=[])
    assert first.results[ERRORS].status is Status.PASS

    account.data.cloudwatch.forget_history(REGION)
    after_60 = judged(connection, ERRORS, now=NOW + timedelta(days=60))
    record(state, after_60, CHECKLIST, run="2", families=[])
    assert after_60.results[ERRORS].status is Status.PASS
    assert after_60.results[ERRORS].evidence == {}

    after_200 = result(connection, ERRORS, now=NOW + timedelta(days=200))
    assert [o.key for o in after_200.offenders] == [("alarm:api-error-rate", "never-verified")]


def test_without_a_state_what_the_history_lacks_is_unknown(
    account: SimulatedAccount, connection: Connection, topic: str
) -> None:
    assert topic
    connection.state_table = None
    unknown = result(connection, ERRORS)
    assert (unknown.status, str(unknown.reason)) == (
        Status.UNKNOWN,
        "cannot see: no state: what earlier runs saw is not known here",
    )
    account.data.cloudwatch.set_state(REGION, "errors", "ALARM", at=NOW - timedelta(hours=1))
    assert result(connection, ERRORS).status is Status.PASS


@pytest.mark.usefixtures("topic")
def test_a_state_that_cannot_be_read_is_missed_only_where_the_history_lacks_something(
    account: SimulatedAccount, connection: Connection, state: StateTable
) -> None:
    assert state
    account.fail("dynamodb", "Query", AccessDenied)
    assert "dynamodb:Query answered AccessDenied" in str(result(connection, ERRORS).reason)
    account.data.cloudwatch.set_state(REGION, "errors", "ALARM", at=NOW - timedelta(hours=1))
    assert result(connection, ERRORS).status is Status.PASS


def test_what_is_remembered_is_read_over_all_pages(
    collect: Callable[..., list[Any]], state: StateTable, account: SimulatedAccount
) -> None:
    """A page of a query holds 1 MB; moto cuts there too, so that rows of 300 KB make pages."""
    assert state
    for n in range(5):
        row = {"pk": f"{ACCOUNT}#{REGION}#deliveries", "sk": f"channel-{n}"}
        item = {**row, "last_at": NOW.isoformat(), "padding": "x" * 300_000}
        account.client("dynamodb").put_item(
            TableName=STATE, Item={name: {"S": value} for name, value in item.items()}
        )
    account.forget_calls()
    assert len(collect("last_deliveries")) == 5
    assert len([call for call in account.calls if call.operation == "Query"]) > 1


def test_a_channel_s_delivery_is_read_as_its_sender_noted_it_and_disturbs_no_other_reader(
    account: SimulatedAccount, collect: Callable[..., list[Any]], state: StateTable
) -> None:
    outbox = Outbox(account.client("dynamodb"), STATE)
    outbox.last_delivery(origin(), "slack", "m", NOW.isoformat())
    outbox.last_delivery(origin("eu-west-1"), "mail", "m", NOW.isoformat())
    assert [(d.channel, d.at) for d in collect("last_deliveries")] == [("slack", NOW)]
    assert collect("remembered") == []
    assert state.heads() == {}


# --- the history of alarms


def test_both_kinds_of_alarms_are_asked_for_in_one_listing_over_all_pages(
    account: SimulatedAccount, collect: Callable[..., list[Any]], topic: str
) -> None:
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_composite_alarm(AlarmName="all", AlarmRule="ALARM(errors)", AlarmActions=[topic])
    for name in ("errors", "all"):
        account.data.cloudwatch.set_state(REGION, name, "ALARM", at=NOW - timedelta(hours=1))
    account.page_size("cloudwatch", "DescribeAlarmHistory", 1)
    account.forget_calls()
    events = collect("alarm_history")
    assert sorted((event.alarm, type(event).__name__) for event in events) == [
        ("all", "ActionTaken"),
        ("all", "StateChange"),
        ("errors", "ActionTaken"),
        ("errors", "StateChange"),
    ]
    assert len(account.calls) > 4
    assert {call.params.get("AlarmName") for call in account.calls} == {None}


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("StateUpdate", "no JSON {"),
        ("StateUpdate", '"a text"'),
        ("StateUpdate", '{"newState": "ALARM"}'),
        ("StateUpdate", '{"newState": {}}'),
        ("Action", "null"),
        ("Action", "[]"),
        ("Action", '{"actionState": "Succeeded"}'),
        ("Action", '{"actionState": "Succeeded", "stateUpdateTimestamp": "soon"}'),
        ("Action", '{"actionState": "Succeeded", "stateUpdateTimestamp": 1e300}'),
        ("Action", '{"actionState": ["Succeeded"]}'),
        (
            "Action",
            '{"actionState": "InProgress", "stateUpdateTimestamp": 1, "notificationResource": "a"}',
        ),
        ("ConfigurationUpdate", '{"type": "Update"}'),
        ("SomethingNew", "{}"),
    ],
)
def test_what_cannot_be_understood_is_no_evidence_and_no_crash(
    kind: str, data: str, account: SimulatedAccount, collect: Callable[..., list[Any]]
) -> None:
    account.data.cloudwatch.note_history(
        REGION,
        {
            "AlarmName": "errors",
            "AlarmType": "MetricAlarm",
            "Timestamp": NOW,
            "HistoryItemType": kind,
            "HistorySummary": "",
            "HistoryData": data,
        },
    )
    assert collect("alarm_history") == []


def test_an_action_is_read_as_aws_writes_it(
    account: SimulatedAccount, collect: Callable[..., list[Any]]
) -> None:
    data = {
        "actionState": "Succeeded",
        "stateUpdateTimestamp": 1667756633496,
        "notificationResource": "arn:aws:sns:eu-west-1:123456:some-topic-name",
        "publishedMessage": json.dumps({"default": "{}"}),
    }
    account.data.cloudwatch.note_history(
        REGION,
        {
            "AlarmName": "errors",
            "AlarmType": "CompositeAlarm",
            "Timestamp": NOW,
            "HistoryItemType": "Action",
            "HistorySummary": "Successfully executed action",
            "HistoryData": json.dumps(data),
        },
    )
    [action] = collect("alarm_history")
    assert action.at == datetime(2022, 11, 6, 17, 43, 53, 496000, UTC)
    assert (action.alarm, action.succeeded) == ("errors", True)
    assert action.target.endswith(":some-topic-name")


def test_the_history_of_charges_is_read_where_their_alarms_live(evaluated: Evaluate) -> None:
    with SimulatedAccount("310987654321", region="eu-west-1") as irish:
        evaluated(irish, "alarm-verification.cost")
        asked = {c.region for c in irish.calls if c.operation == "DescribeAlarmHistory"}
        assert asked == {"eu-west-1", "us-east-1"}


# --- chat and pager


def test_channels_of_all_three_chat_clients_are_found_where_the_service_answers(
    account: SimulatedAccount, collect: Callable[..., list[Any]]
) -> None:
    chatbot = account.data.chatbot
    arns = [
        chatbot.add_slack("alerts", [TOPIC]),
        chatbot.add_slack("second", [], enabled=False),
        chatbot.add_teams("alerts", [TOPIC]),
        chatbot.add_chime("alerts", [TOPIC]),
    ]
    account.page_size("chatbot", "DescribeSlackChannelConfigurations", 1)
    channels = collect("chat_channels")
    assert [channel.arn for channel in channels] == arns
    assert [channel.enabled for channel in channels] == [True, False, True, True]
    assert {channel.client for channel in channels} == {
        "Slack",
        "Microsoft Teams",
        "Amazon Chime",
    }
    assert {c.region for c in account.calls if c.service == "chatbot"} == {"us-east-2"}


def test_a_refused_chat_service_is_missed_only_where_the_webhook_is_not_proven(
    account: SimulatedAccount, connection: Connection, state: StateTable
) -> None:
    assert state
    account.fail("chatbot", "DescribeSlackChannelConfigurations", AccessDenied)
    account.client("secretsmanager").create_secret(Name="omnitrack/slack", SecretString="x")
    assert "chatbot:DescribeSlackChannelConfigurations answered" in str(
        result(connection, CHAT).reason
    )
    outbox = Outbox(account.client("dynamodb"), STATE)
    outbox.last_delivery(origin(), "slack", "m", NOW.isoformat())
    assert result(connection, CHAT).status is Status.PASS


def test_incident_manager_is_asked_only_where_the_baseline_uses_it(
    account: SimulatedAccount, collect: Callable[..., list[Any]]
) -> None:
    for name in ("omnitrack", "second"):
        account.data.ssm_incidents.add_response_plan(name)
    account.page_size("ssm-incidents", "ListResponsePlans", 1)
    assert collect("response_plans") == []
    assert "ListResponsePlans" not in {call.operation for call in account.calls}
    assert [plan.name for plan in collect("response_plans", used=True)] == ["omnitrack", "second"]


def test_a_region_without_incident_manager_is_missed_only_where_nothing_else_pages(
    account: SimulatedAccount, connection: Connection
) -> None:
    account.fail("ssm-incidents", "ListResponsePlans", AccessDenied)
    topic = account.client("sns").create_topic(Name="omnitrack-alerts")["TopicArn"]
    paging = {"hosts": ["pager.example"], "incident_manager": True}
    alarms = {**BASELINE["alarms"], "topic": topic}
    baseline = Baseline({**BASELINE.values, "paging": paging, "alarms": alarms}, "a test")
    assert result(connection, PAGING, baseline=baseline).status is Status.UNKNOWN
    account.client("sns").subscribe(
        TopicArn=topic, Protocol="https", Endpoint="https://events.pager.example/x"
    )
    account.confirm_subscriptions(topic)
    assert result(connection, PAGING, baseline=baseline).status is Status.PASS


# --- an empty account


def test_an_empty_account_has_nobody_to_tell_and_nothing_to_verify(evaluated: Evaluate) -> None:
    with SimulatedAccount("410987654321") as empty:
        report = evaluated(empty, *(i for i in CHECKLIST.items if _ours(i)))
    assert {name: r.status.value for name, r in report.results.items()} == {
        "access.paging": "FAIL",
        "access.chat-alerts": "FAIL",
        "alarm-verification.api-error-rate": "NOT_APPLICABLE",
        "alarm-verification.api-latency": "NOT_APPLICABLE",
        "alarm-verification.lambda-errors": "NOT_APPLICABLE",
        "alarm-verification.dynamodb-throttles": "NOT_APPLICABLE",
        "alarm-verification.cost": "FAIL",
    }
    assert faults(report) == {
        (PAGING, TOPIC, "topic-gone"),
        (CHAT, "secret:omnitrack/slack", "missing"),
        ("alarm-verification.cost", "alarm:cost", "no-alarm"),
    }


def _ours(item: str) -> bool:
    return item.startswith("alarm-verification.") or item in {PAGING, CHAT}
