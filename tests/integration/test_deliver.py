"""The senders against a simulated account and a simulated Slack, fault by fault."""

from __future__ import annotations

import importlib.util
import io
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer

from compliance.messages import Message, Offence, Origin
from compliance.sinks.outbox import Outbox
from compliance.sinks.queue import SourceQueue
from compliance.sinks.slack import Webhook
from compliance.sinks.telling import envelope
from compliance.sinks.undelivered import Refused, Retry
from simulated_account import AccessDenied, AwsError, HtmlPage, InternalFailure, SimulatedAccount
from simulated_slack import (
    Answer,
    SlackEndpoint,
    closed,
    closed_after_posting,
    hanging,
    html_page,
    rate_limited,
    refused,
)

APP = Path(__file__).parents[2] / "functions" / "deliver" / "app.py"
STATE, IDEMPOTENCY, SECRET, BUS = "state", "idempotency", "slack-webhook", "compliance"
CHANNELS = ("mail", "machines", "slack", "events")
ORIGIN = Origin("omnitrack", "production", "123456789012", "us-east-1", "run-1")
ARN = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/omnitrack-api"
HEADLINE = "/aws/lambda/omnitrack-api: never expires"


@dataclass
class Context:
    """What Lambda hands to a handler."""

    seconds_left: float = 60.0
    function_name: str = "deliver"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:deliver"
    aws_request_id: str = "request-1"
    began: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        return int((self.seconds_left - (time.monotonic() - self.began)) * 1000)


@dataclass
class Stack:
    """The part of the monitor's stack that delivers, and the world that it delivers to."""

    account: SimulatedAccount
    slack: SlackEndpoint
    patch: pytest.MonkeyPatch
    queues: dict[str, str] = field(default_factory=dict)
    topic: str = ""
    inbox: str = ""
    log: io.StringIO = field(default_factory=io.StringIO)

    def client(self, service: str) -> Any:
        return self.account.client(service)

    def deliver(self, channel: str) -> Callable[..., dict[str, Any]]:
        """The handler of a fresh function for a channel."""
        self.patch.setenv("CHANNEL", channel)
        app = load_app()
        # Powertools keeps one logger a name, and with it the stdout of the first test.
        app.logger.registered_handler.setStream(self.log)

        def run(records: list[dict[str, Any]], context: Context | None = None) -> dict[str, Any]:
            answer: dict[str, Any] = app.handler({"Records": records}, context or Context())
            return answer

        return run

    def change(self, number: int = 1, channels: tuple[str, ...] = CHANNELS) -> dict[str, str]:
        """A row of the outbox that all channels have to deliver."""
        key = {"pk": "123456789012#us-east-1#changes#run-1", "sk": f"item-{number}#drifted#2"}
        queued = {"M": {"state": {"S": "pending"}, "at": {"S": "2026-03-01T14:15:09+00:00"}}}
        row = {
            "pk": {"S": key["pk"]},
            "sk": {"S": key["sk"]},
            "pending_pk": {"S": "123456789012#us-east-1#pending"},
            "pending_at": {"S": "2026-03-01T14:15:09+00:00"},
            "channels": {"M": dict.fromkeys(channels, queued)},
        }
        self.client("dynamodb").put_item(TableName=STATE, Item=row)
        return key

    def row(self, key: dict[str, str]) -> dict[str, Any] | None:
        answer = self.client("dynamodb").get_item(
            TableName=STATE, Key={name: {"S": value} for name, value in key.items()}
        )
        unpack = TypeDeserializer().deserialize
        found = answer.get("Item")
        return {name: unpack(value) for name, value in found.items()} if found else None

    def states(self, key: dict[str, str]) -> dict[str, str]:
        row = self.row(key)
        assert row is not None
        return {name: each["state"] for name, each in row["channels"].items()}

    def send(self, channel: str, *bodies: str) -> None:
        for body in bodies:
            self.client("sqs").send_message(QueueUrl=self.queues[channel], MessageBody=body)

    def receive(self, channel: str) -> list[dict[str, Any]]:
        """What Lambda's poller would hand to the function, with ten at most."""
        answer = self.client("sqs").receive_message(
            QueueUrl=self.queues[channel],
            MaxNumberOfMessages=10,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return [self.as_record(channel, raw) for raw in answer.get("Messages", ())]

    def as_record(self, channel: str, raw: dict[str, Any]) -> dict[str, Any]:
        return {
            "messageId": raw["MessageId"],
            "receiptHandle": raw["ReceiptHandle"],
            "body": raw["Body"],
            "attributes": {"ApproximateReceiveCount": raw["Attributes"]["ApproximateReceiveCount"]},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{channel}",
            "awsRegion": "us-east-1",
        }

    def settle(self, channel: str, records: list[dict[str, Any]], answer: dict[str, Any]) -> None:
        """Delete what the function did not name as failed, as Lambda's poller does."""
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        for record in records:
            if record["messageId"] not in failed:
                self.client("sqs").delete_message(
                    QueueUrl=self.queues[channel], ReceiptHandle=record["receiptHandle"]
                )

    def rests(self) -> list[int]:
        """How long failed records were told to rest, in the order of the calls."""
        return [
            call.params["VisibilityTimeout"]
            for call in self.account.calls
            if call.operation == "ChangeMessageVisibility"
        ]

    def published(self) -> list[dict[str, Any]]:
        """What the topic's subscriber got."""
        return self.drain(self.inbox)

    def drain(self, url: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while (
            page := self.client("sqs")
            .receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=300)
            .get("Messages")
        ):
            found += [json.loads(each["Body"]) for each in page]
        return found


def load_app() -> ModuleType:
    """The function's module, fresh as after a cold start."""
    spec = importlib.util.spec_from_file_location("deliver_app", APP)
    assert spec is not None
    assert spec.loader is not None
    app = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(app)
    return app


def message(number: int = 1, **changes: Any) -> Message:
    fields: dict[str, Any] = {
        "id": f"run-1/item-{number}#drifted#2",
        "kind": "drifted",
        "origin": ORIGIN,
        "at": "2026-03-01T14:15:09+00:00",
        "item": "cloudwatch.log-retention",
        "section": "cloudwatch",
        "severity": "high",
        "title": "Every log group keeps its events",
        "headline": HEADLINE,
        "offences": (Offence(ARN, "never-expires", "never", "30", "2026-03-01T14:15:09+00:00"),),
        "offence_count": 1,
        **changes,
    }
    return Message(**fields)


def batch(stack: Stack, channel: str, count: int = 1) -> tuple[list[dict[str, str]], list[Any]]:
    """Changes of the outbox, their envelopes queued and received."""
    keys = [stack.change(number) for number in range(1, count + 1)]
    bodies = [envelope(channel, message(at + 1), key) for at, key in enumerate(keys)]
    stack.send(channel, *bodies)
    return keys, stack.receive(channel)


def failed(answer: dict[str, Any]) -> list[str]:
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount() as running:
        dynamodb = running.client("dynamodb")
        for table, keys in ((STATE, ("pk", "sk")), (IDEMPOTENCY, ("id",))):
            dynamodb.create_table(
                TableName=table,
                KeySchema=[
                    {"AttributeName": name, "KeyType": "RANGE" if at else "HASH"}
                    for at, name in enumerate(keys)
                ],
                AttributeDefinitions=[
                    {"AttributeName": name, "AttributeType": "S"} for name in keys
                ],
                BillingMode="PAY_PER_REQUEST",
            )
        yield running


@pytest.fixture
def stack(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    for name, value in account.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", "true")
    with SlackEndpoint() as slack:
        made = Stack(account, slack, monkeypatch)
        _furnish(made)
        account.forget_calls()
        yield made
        account.heal()
        _clear(made)


def _furnish(stack: Stack) -> None:
    sqs, sns, events = stack.client("sqs"), stack.client("sns"), stack.client("events")
    stack.queues = {
        name: sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "360"})["QueueUrl"]
        for name in CHANNELS
    }
    stack.inbox = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    stack.topic = sns.create_topic(Name="alerts")["TopicArn"]
    inbox = "arn:aws:sqs:us-east-1:123456789012:inbox"
    sns.subscribe(TopicArn=stack.topic, Protocol="sqs", Endpoint=inbox)
    events.create_event_bus(Name=BUS)
    events.put_rule(
        Name="all", EventBusName=BUS, EventPattern=json.dumps({"source": ["omnitrack.compliance"]})
    )
    events.put_targets(Rule="all", EventBusName=BUS, Targets=[{"Id": "1", "Arn": inbox}])
    stack.client("secretsmanager").create_secret(Name=SECRET, SecretString=stack.slack.url)
    settings = {
        "STATE_TABLE": STATE,
        "IDEMPOTENCY_TABLE": IDEMPOTENCY,
        "TOPIC_ARN": stack.topic,
        "SLACK_SECRET": SECRET,
        "EVENT_BUS": BUS,
    }
    for name, value in settings.items():
        stack.patch.setenv(name, value)


def _clear(stack: Stack) -> None:
    for url in (*stack.queues.values(), stack.inbox):
        stack.client("sqs").delete_queue(QueueUrl=url)
    stack.client("sns").delete_topic(TopicArn=stack.topic)
    stack.client("secretsmanager").delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    events = stack.client("events")
    events.remove_targets(Rule="all", EventBusName=BUS, Ids=["1"])
    events.delete_rule(Name="all", EventBusName=BUS)
    events.delete_event_bus(Name=BUS)
    dynamodb = stack.client("dynamodb")
    for table, keys in ((STATE, ("pk", "sk")), (IDEMPOTENCY, ("id",))):
        for item in dynamodb.scan(TableName=table)["Items"]:
            dynamodb.delete_item(TableName=table, Key={name: item[name] for name in keys})


# --- each channel


def test_mail_is_published_with_subject_body_and_filters(stack: Stack) -> None:
    [key], records = batch(stack, "mail")
    assert stack.deliver("mail")(records) == {"batchItemFailures": []}
    [mail] = stack.published()
    assert mail["Subject"] == f"[high] DRIFTED production: {HEADLINE}"
    assert mail["Message"].startswith(f"Drifted: {HEADLINE}\n")
    assert {name: each["Value"] for name, each in mail["MessageAttributes"].items()} == {
        "severity": "high",
        "section": "cloudwatch",
        "kind": "drifted",
        "item": "cloudwatch.log-retention",
    }
    assert stack.states(key)["mail"] == "delivered"


def test_machines_get_json_with_the_same_filters(stack: Stack) -> None:
    _, records = batch(stack, "machines")
    assert stack.deliver("machines")(records) == {"batchItemFailures": []}
    [published] = stack.published()
    assert json.loads(published["Message"])["id"] == message().id
    assert published["MessageAttributes"]["severity"]["Value"] == "high"
    assert "Subject" not in published


def test_slack_gets_blocks_that_it_takes(stack: Stack) -> None:
    _, records = batch(stack, "slack")
    assert stack.deliver("slack")(records) == {"batchItemFailures": []}
    [posted] = stack.slack.posted
    assert posted["text"] == f"[high] production: Drifted: {HEADLINE}"
    assert stack.slack.mistakes == []


def test_a_route_of_slack_has_a_webhook_of_its_own_below_the_secret(stack: Stack) -> None:
    with SlackEndpoint() as security:
        secrets = stack.client("secretsmanager")
        secrets.create_secret(Name=f"{SECRET}/security", SecretString=security.url)
        key = stack.change(channels=("slack:security",))
        stack.send("slack", envelope("slack:security", message(), key))
        records = stack.receive("slack")
        assert stack.deliver("slack")(records) == {"batchItemFailures": []}
        assert (len(security.posted), len(stack.slack.posted)) == (1, 0)
        assert stack.states(key) == {"slack:security": "delivered"}
        secrets.delete_secret(SecretId=f"{SECRET}/security", ForceDeleteWithoutRecovery=True)


def test_a_route_of_mail_has_a_topic_of_its_own_below_the_topic(stack: Stack) -> None:
    sns = stack.client("sns")
    topic = sns.create_topic(Name="alerts-pager")["TopicArn"]
    inbox = "arn:aws:sqs:us-east-1:123456789012:inbox"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox)
    key = stack.change(channels=("mail:pager",))
    stack.send("mail", envelope("mail:pager", message(), key))
    assert stack.deliver("mail")(stack.receive("mail")) == {"batchItemFailures": []}
    [mail] = stack.published()
    assert mail["TopicArn"] == topic
    sns.delete_topic(TopicArn=topic)


def test_a_route_that_asks_to_wait_does_not_keep_the_others(stack: Stack) -> None:
    with SlackEndpoint() as security:
        secrets = stack.client("secretsmanager")
        secrets.create_secret(Name=f"{SECRET}/security", SecretString=security.url)
        security.answer(rate_limited(60))
        keys = [stack.change(n, channels=(to,)) for n, to in enumerate(_BOTH, 1)]
        bodies = [
            envelope(to, message(n), key)
            for n, (to, key) in enumerate(zip(_BOTH, keys, strict=True), 1)
        ]
        stack.send("slack", *bodies)
        records = stack.receive("slack")
        assert len(failed(stack.deliver("slack")(records))) == 1
        assert len(stack.slack.posted) == 1
        secrets.delete_secret(SecretId=f"{SECRET}/security", ForceDeleteWithoutRecovery=True)


_BOTH = ("slack:security", "slack")


def test_a_rule_on_the_bus_matches_the_event(stack: Stack) -> None:
    _, records = batch(stack, "events")
    assert stack.deliver("events")(records) == {"batchItemFailures": []}
    [event] = stack.published()
    assert (event["source"], event["detail-type"]) == ("omnitrack.compliance", "Compliance Drifted")
    assert event["resources"] == [ARN]
    assert event["detail"]["id"] == message().id


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_channel_remembers_its_last_delivery(stack: Stack, channel: str) -> None:
    _, records = batch(stack, channel)
    before = datetime.now(UTC).replace(microsecond=0)
    stack.deliver(channel)(records)
    last = stack.row({"pk": "123456789012#us-east-1#deliveries", "sk": channel})
    assert last is not None
    assert last["last_message_id"] == message().id
    assert before <= datetime.fromisoformat(last["last_at"]) <= datetime.now(UTC)


def test_an_empty_endpoint_url_counts_as_unset(stack: Stack) -> None:
    stack.patch.setenv("AWS_ENDPOINT_URL", "")
    assert load_app()._client("sns").meta.endpoint_url == "https://sns.us-east-1.amazonaws.com"


def test_a_channel_that_does_not_exist_is_named(stack: Stack) -> None:
    with pytest.raises(ValueError, match="CHANNEL is 'pager'"):
        stack.deliver("pager")([])


# --- once


def test_the_same_change_is_sent_once_however_often_it_is_queued(stack: Stack) -> None:
    key = stack.change()
    stack.send("slack", *[envelope("slack", message(), key)] * 3)
    deliver = stack.deliver("slack")
    assert deliver(stack.receive("slack")) == {"batchItemFailures": []}
    stack.send("slack", envelope("slack", message(), key))
    assert stack.deliver("slack")(stack.receive("slack")) == {"batchItemFailures": []}
    assert len(stack.slack.posted) == 1


def test_what_was_sent_before_is_acknowledged_again(stack: Stack) -> None:
    [key], records = batch(stack, "slack")
    stack.account.fail("dynamodb", "UpdateItem", InternalFailure, when=_on(STATE))
    deliver = stack.deliver("slack")
    assert failed(deliver(records)) == [records[0]["messageId"]]
    assert stack.states(key)["slack"] == "pending"
    stack.account.heal()
    assert deliver(records) == {"batchItemFailures": []}
    assert stack.states(key)["slack"] == "delivered"
    assert len(stack.slack.posted) == 1


def test_each_channel_sends_the_same_change(stack: Stack) -> None:
    key = stack.change(channels=("slack", "mail"))
    for channel in ("slack", "mail"):
        stack.send(channel, envelope(channel, message(), key))
        stack.deliver(channel)(stack.receive(channel))
    assert len(stack.slack.posted) == 1
    assert len(stack.published()) == 1


def test_two_that_send_at_once_send_once(stack: Stack) -> None:
    [_], records = batch(stack, "slack")
    stack.slack.answer(Answer(posts=True, seconds=1.0), times=1)
    first, second = stack.deliver("slack"), stack.deliver("slack")
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(first, records)
        time.sleep(0.4)
        quick = second(records)
        assert failed(quick) == [records[0]["messageId"]]
        assert slow.result() == {"batchItemFailures": []}
    assert len(stack.slack.posted) == 1


def test_a_send_that_was_cut_off_is_tried_again_after_its_invocation(stack: Stack) -> None:
    [key], records = batch(stack, "slack")
    dynamodb = stack.client("dynamodb")
    deliver = stack.deliver("slack")
    deliver(records)
    [remembered] = dynamodb.scan(TableName=IDEMPOTENCY)["Items"]
    remembered["status"] = {"S": "INPROGRESS"}
    remembered["in_progress_expiration"] = {"N": str(int(time.time() * 1000) - 1)}
    del remembered["data"]
    dynamodb.put_item(TableName=IDEMPOTENCY, Item=remembered)
    assert deliver(records) == {"batchItemFailures": []}
    assert len(stack.slack.posted) == 2
    assert stack.states(key)["slack"] == "delivered"


def test_what_was_sent_and_cannot_be_remembered_is_not_sent_again(stack: Stack) -> None:
    [key], records = batch(stack, "slack")
    stack.account.fail("dynamodb", "UpdateItem", InternalFailure, when=_on(IDEMPOTENCY))
    assert stack.deliver("slack")(records) == {"batchItemFailures": []}
    assert stack.states(key)["slack"] == "delivered"
    assert len(stack.slack.posted) == 1


def test_without_the_memory_nothing_is_sent(stack: Stack) -> None:
    _, records = batch(stack, "slack")
    stack.account.fail("dynamodb", "PutItem", InternalFailure)
    assert failed(stack.deliver("slack")(records)) == [records[0]["messageId"]]
    assert stack.slack.requests == 0


def _on(table: str) -> Callable[[dict[str, Any]], bool]:
    return lambda params: params["TableName"] == table


# --- Slack's faults


@pytest.mark.parametrize(
    ("answer", "level"),
    [
        (Answer(500, "rollup_error"), "WARNING"),
        (Answer(503, "service unavailable"), "WARNING"),
        (html_page(), "WARNING"),
        (html_page(200), "WARNING"),
        (closed(), "WARNING"),
        (Answer(408, ""), "WARNING"),
        (refused(400, "invalid_payload"), "ERROR"),
        (refused(403, "action_prohibited"), "ERROR"),
        (refused(403, "invalid_token"), "ERROR"),
        (refused(404, "no_service"), "ERROR"),
        (refused(410, "channel_is_archived"), "ERROR"),
        (html_page(404), "ERROR"),
    ],
    ids=lambda value: f"{value.status} {value.body[:14]}" if isinstance(value, Answer) else value,
)
def test_what_slack_does_not_take_stays_and_is_sent_when_the_fault_ends(
    stack: Stack, answer: Answer, level: str
) -> None:
    [key], records = batch(stack, "slack")
    stack.slack.answer(answer)
    deliver = stack.deliver("slack")
    assert failed(deliver(records)) == [records[0]["messageId"]]
    assert stack.states(key)["slack"] == "pending"
    assert stack.rests() == [15]
    assert [line["level"] for line in logged(stack)] == [level]
    stack.slack.heal()
    assert deliver(records) == {"batchItemFailures": []}
    assert len(stack.slack.posted) == 1
    assert stack.states(key)["slack"] == "delivered"


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (refused(404, "no_service"), "the webhook is revoked"),
        (refused(403, "no_service"), "the webhook is revoked"),
        (refused(410, "channel_is_archived"), "unarchive it"),
        (refused(400, "invalid_blocks"), "a defect of the monitor"),
        (html_page(403), "revoked or forbidden"),
    ],
    ids=lambda value: f"{value.status}" if isinstance(value, Answer) else "",
)
def test_a_refusal_says_what_to_mend(stack: Stack, answer: Answer, advice: str) -> None:
    _, records = batch(stack, "slack")
    stack.slack.answer(answer)
    stack.deliver("slack")(records)
    [line] = logged(stack)
    assert advice in line["message"]


def test_slack_that_hangs_is_given_up(stack: Stack) -> None:
    stack.slack.answer(hanging(30))
    webhook = Webhook(stack.client("secretsmanager"), SECRET, timeout_seconds=1)
    began = time.monotonic()
    with pytest.raises(Retry, match="does not answer"):
        webhook.post({"text": "x"})
    assert time.monotonic() - began < 5


def test_nobody_listening_is_a_matter_of_time(stack: Stack) -> None:
    _, records = batch(stack, "slack")
    stack.slack.close()
    assert failed(stack.deliver("slack")(records)) == [records[0]["messageId"]]
    assert stack.rests() == [15]


def test_an_answer_lost_after_slack_took_it_doubles_the_message_with_the_same_change(
    stack: Stack,
) -> None:
    [key], records = batch(stack, "slack")
    stack.slack.answer(closed_after_posting(), times=1)
    assert stack.deliver("slack")(records) == {"batchItemFailures": []}
    assert len(stack.slack.posted) == 2
    first, second = (posted["blocks"][-1]["elements"][-1]["text"] for posted in stack.slack.posted)
    assert first == second == f"change {message().id}"
    assert stack.states(key)["slack"] == "delivered"


def test_a_long_retry_after_is_left_to_the_queue(stack: Stack) -> None:
    [key], records = batch(stack, "slack")
    stack.slack.answer(rate_limited(120))
    began = time.monotonic()
    assert failed(stack.deliver("slack")(records)) == [records[0]["messageId"]]
    assert time.monotonic() - began < 3
    assert stack.rests() == [120]
    assert stack.states(key)["slack"] == "pending"


def test_a_rest_is_a_quarter_of_an_hour_at_most(stack: Stack) -> None:
    _, records = batch(stack, "slack")
    stack.slack.answer(rate_limited(86_400))
    stack.deliver("slack")(records)
    assert stack.rests() == [900]


def test_the_queue_keeps_a_resting_message_to_itself(stack: Stack) -> None:
    _, records = batch(stack, "slack")
    stack.slack.answer(rate_limited(4))
    stack.deliver("slack")(records)
    assert stack.receive("slack") == []
    time.sleep(4.2)
    assert [each["messageId"] for each in stack.receive("slack")] == [records[0]["messageId"]]


def test_a_short_retry_after_is_waited_for(stack: Stack) -> None:
    _, records = batch(stack, "slack")
    stack.slack.answer(rate_limited(1), times=1)
    assert stack.deliver("slack")(records) == {"batchItemFailures": []}
    assert (stack.slack.requests, len(stack.slack.posted)) == (2, 1)


@pytest.mark.parametrize("header", ["", "Wed, 21 Oct 2026 07:28:00 GMT", "-5", "9" * 40])
def test_a_retry_after_that_says_nothing_is_no_obstacle(stack: Stack, header: str) -> None:
    _, records = batch(stack, "slack")
    stack.slack.answer(Answer(429, "rate_limited", {"Retry-After": header} if header else {}))
    assert failed(stack.deliver("slack")(records)) == [records[0]["messageId"]]
    assert stack.rests() == [15]


def test_after_a_request_to_wait_the_rest_of_the_batch_waits_unsent(stack: Stack) -> None:
    _, records = batch(stack, "slack", 4)
    stack.slack.answer(rate_limited(60))
    answer = stack.deliver("slack")(records)
    assert sorted(failed(answer)) == sorted(each["messageId"] for each in records)
    assert stack.slack.requests == 1
    assert stack.rests() == [60] * 4


def test_the_next_batch_asks_slack_anew(stack: Stack) -> None:
    _, records = batch(stack, "slack")
    stack.slack.answer(rate_limited(60), times=1)
    deliver = stack.deliver("slack")
    deliver(records)
    assert deliver(records) == {"batchItemFailures": []}


def test_a_rest_grows_with_every_receive(stack: Stack) -> None:
    _, records = batch(stack, "slack")
    stack.slack.answer(Answer(500, "error"))
    deliver = stack.deliver("slack")
    for receives in (1, 2, 3, 10):
        records[0]["attributes"]["ApproximateReceiveCount"] = str(receives)
        deliver(records)
    assert stack.rests() == [15, 30, 60, 900]


def test_a_rest_that_cannot_be_set_loses_nothing(stack: Stack) -> None:
    _, records = batch(stack, "slack")
    stack.slack.answer(Answer(500, "error"))
    stack.account.fail("sqs", "*", AccessDenied)
    assert failed(stack.deliver("slack")(records)) == [records[0]["messageId"]]
    SourceQueue(stack.client("sqs")).rest(records[0]["eventSourceARN"], "receipt", 15)


def test_a_mended_secret_is_used_at_once(stack: Stack) -> None:
    _, records = batch(stack, "slack")
    secrets = stack.client("secretsmanager")
    secrets.put_secret_value(SecretId=SECRET, SecretString=f"{stack.slack.url}-revoked")
    deliver = stack.deliver("slack")
    assert failed(deliver(records)) == [records[0]["messageId"]]
    secrets.put_secret_value(SecretId=SECRET, SecretString=stack.slack.url)
    assert deliver(records) == {"batchItemFailures": []}


def test_the_secret_is_read_once_for_many_messages(stack: Stack) -> None:
    _, records = batch(stack, "slack", 5)
    deliver = stack.deliver("slack")
    deliver(records)
    reads = [call for call in stack.account.calls if call.operation == "GetSecretValue"]
    assert len(reads) == 1


def test_no_time_left_means_not_begun(stack: Stack) -> None:
    _, records = batch(stack, "slack")
    answer = stack.deliver("slack")(records, Context(seconds_left=10))
    assert failed(answer) == [records[0]["messageId"]]
    assert stack.slack.requests == 0


# --- secrets


def logged(stack: Stack) -> list[dict[str, Any]]:
    """What the function's own log says, line by line."""
    return [json.loads(line) for line in stack.log.getvalue().splitlines()]


SLACK_FAULTS = [
    Answer(500, "error"),
    html_page(),
    closed(),
    closed_after_posting(),
    rate_limited(1),
    rate_limited(90),
    refused(404, "no_service"),
    Answer(302, "", {"Location": "/elsewhere"}),
    Answer(200, "ok", {"Content-Type": "text/plain; charset=no-such-charset"}),
]


@pytest.mark.parametrize("fault", SLACK_FAULTS, ids=lambda fault: f"{fault.status}")
def test_the_address_is_in_no_log_and_no_error(
    stack: Stack,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    fault: Answer,
) -> None:
    # As talkative as it gets: every logger of every library.
    caplog.set_level(logging.DEBUG)
    _, records = batch(stack, "slack")
    stack.slack.answer(fault, times=3)
    stack.deliver("slack")(records)
    webhook = Webhook(stack.client("secretsmanager"), SECRET)
    stack.slack.answer(fault, times=3)
    seen = []
    try:
        webhook.post({"text": "x"})
    except (Refused, Retry) as error:
        for each in (error, error.__context__, error.__cause__):
            seen += [repr(each), str(each), repr(vars(each)) if each else ""]
    out, err = capfd.readouterr()
    # botocore at DEBUG logs the secret's own answer; Lambda never runs so, and it is not ours.
    ours = [each.getMessage() for each in caplog.records if not each.name.startswith("botocore")]
    everything = "\n".join([out, err, stack.log.getvalue(), *ours, *seen])
    for part in (stack.slack.url, stack.slack.url.rpartition("/")[2]):
        assert part not in everything


@pytest.mark.parametrize(
    "value", ["https://hooks.example/planted secret", "planted-secret", "http://\x00planted", " "]
)
def test_a_secret_that_is_no_address_is_refused_without_being_told(
    stack: Stack, value: str
) -> None:
    stack.client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString=value)
    _, records = batch(stack, "slack")
    assert failed(stack.deliver("slack")(records)) == [records[0]["messageId"]]
    assert "planted" not in stack.log.getvalue()
    assert SECRET in stack.log.getvalue()


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (AccessDenied, "ERROR"),
        ("ResourceNotFoundException", "ERROR"),
        (InternalFailure, "WARNING"),
        (HtmlPage, "WARNING"),
        ("ThrottlingException", "WARNING"),
    ],
)
def test_a_secret_that_cannot_be_read_says_so(stack: Stack, error: Any, level: str) -> None:
    _, records = batch(stack, "slack")
    stack.account.fail("secretsmanager", "GetSecretValue", error)
    assert failed(stack.deliver("slack")(records)) == [records[0]["messageId"]]
    [line] = logged(stack)
    assert line["level"] == level
    assert "secretsmanager:GetSecretValue" in line["message"]


def test_the_traces_leave_http_clients_alone(stack: Stack, tmp_path: Path) -> None:
    # X-Ray's patch of http.client writes the whole address of a call into the trace.
    program = (
        "import runpy, http.client, botocore.client;"
        f"runpy.run_path({str(APP)!r});"
        "print(hasattr(http.client.HTTPConnection.request, '__wrapped__'),"
        " hasattr(botocore.client.BaseClient._make_api_call, '__wrapped__'))"
    )
    environment = {
        **os.environ,
        "CHANNEL": "slack",
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "POWERTOOLS_TRACE_DISABLED": "false",
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]
    assert stack.account.calls == []


# --- SNS and EventBridge


@pytest.mark.parametrize("channel", ["mail", "machines"])
@pytest.mark.parametrize(
    ("error", "level"),
    [
        (AwsError("Throttled", status=429), "WARNING"),
        (AwsError("Throttling"), "WARNING"),
        (AwsError("InternalError", status=500), "WARNING"),
        (AwsError("KMSThrottling"), "WARNING"),
        (HtmlPage(), "WARNING"),
        (AwsError("NotFound", status=404), "ERROR"),
        (AccessDenied(), "ERROR"),
        (AwsError("KMSAccessDenied"), "ERROR"),
        (AwsError("InvalidParameter"), "ERROR"),
    ],
    ids=lambda value: getattr(value, "code", None) or str(value),
)
def test_what_sns_does_not_take_stays_and_is_sent_when_the_fault_ends(
    stack: Stack, channel: str, error: Any, level: str
) -> None:
    [key], records = batch(stack, channel)
    stack.account.fail("sns", "Publish", error)
    deliver = stack.deliver(channel)
    assert failed(deliver(records)) == [records[0]["messageId"]]
    assert [line["level"] for line in logged(stack)] == [level]
    assert stack.states(key)[channel] == "pending"
    stack.account.heal()
    assert deliver(records) == {"batchItemFailures": []}
    assert len(stack.published()) == 1


def test_a_topic_that_is_gone_is_an_error_that_names_it(stack: Stack) -> None:
    _, records = batch(stack, "mail")
    stack.client("sns").delete_topic(TopicArn=stack.topic)
    assert failed(stack.deliver("mail")(records)) == [records[0]["messageId"]]
    [line] = logged(stack)
    assert line["level"] == "ERROR"
    assert stack.topic in line["message"]


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("InternalFailure", "WARNING"),
        ("ThrottlingException", "WARNING"),
        ("AccessDeniedException", "ERROR"),
        ("NotAuthorizedForSourceException", "ERROR"),
        ("MalformedDetail", "ERROR"),
    ],
)
def test_an_entry_that_the_bus_did_not_take_stays(stack: Stack, code: str, level: str) -> None:
    [key], records = batch(stack, "events")
    app = stack.deliver("events")
    with pytest.MonkeyPatch.context() as patch:
        answer = {
            "FailedEntryCount": 1,
            "Entries": [{"ErrorCode": code, "ErrorMessage": "it was not taken"}],
        }
        patch.setattr(stack.account.backend("events", "us-east-1"), "put_events", _said(answer))
        assert failed(app(records)) == [records[0]["messageId"]]
    [line] = logged(stack)
    assert line["level"] == level
    assert code in line["message"]
    assert stack.states(key)["events"] == "pending"
    assert app(records) == {"batchItemFailures": []}
    assert len(stack.published()) == 1


def _said(answer: dict[str, Any]) -> Callable[..., list[dict[str, Any]]]:
    return lambda *_args, **_kwargs: answer["Entries"]


def test_a_throttled_call_of_the_bus_is_tried_again(stack: Stack) -> None:
    _, records = batch(stack, "events")
    stack.account.fail("events", "PutEvents", "ThrottlingException")
    assert failed(stack.deliver("events")(records)) == [records[0]["messageId"]]


# --- batches


POISON = ["", "not json", "null", "[]", '{"schema_version": "2"}', '{"schema_version": "1"}']


@pytest.mark.parametrize("body", POISON)
def test_a_poisoned_record_fails_alone(stack: Stack, body: str) -> None:
    keys, records = batch(stack, "slack", 2)
    poisoned = {**records[0], "messageId": "poisoned", "body": body}
    answer = stack.deliver("slack")([records[0], poisoned, records[1]])
    assert failed(answer) == ["poisoned"]
    assert len(stack.slack.posted) == 2
    assert {stack.states(key)["slack"] for key in keys} == {"delivered"}
    errors = [line for line in logged(stack) if line["level"] == "ERROR"]
    assert [line["record"] for line in errors] == ["poisoned"]


def test_an_envelope_of_another_channel_is_not_sent(stack: Stack) -> None:
    key = stack.change()
    stack.send("slack", envelope("mail", message(), key))
    records = stack.receive("slack")
    assert failed(stack.deliver("slack")(records)) == [records[0]["messageId"]]
    assert stack.slack.requests == 0


def test_one_refused_message_does_not_keep_the_others(stack: Stack) -> None:
    keys, records = batch(stack, "slack", 3)
    stack.slack.answer(refused(400, "invalid_payload"), times=1)
    answer = stack.deliver("slack")(records)
    assert len(failed(answer)) == 1
    assert len(stack.slack.posted) == 2
    assert sorted(stack.states(key)["slack"] for key in keys) == [
        "delivered",
        "delivered",
        "pending",
    ]


def test_what_always_fails_ends_whole_in_the_dead_letter_queue(stack: Stack) -> None:
    sqs = stack.client("sqs")
    dead = sqs.create_queue(QueueName="slack-dead")["QueueUrl"]
    policy = {
        "deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:slack-dead",
        "maxReceiveCount": "3",
    }
    sqs.set_queue_attributes(
        QueueUrl=stack.queues["slack"], Attributes={"RedrivePolicy": json.dumps(policy)}
    )
    stack.slack.answer(refused(404, "no_service"))
    body = envelope("slack", message(), stack.change())
    stack.send("slack", body, "poison")
    deliver = stack.deliver("slack")
    for _ in range(4):
        for record in stack.receive("slack"):
            deliver([record])
            sqs.change_message_visibility(
                QueueUrl=stack.queues["slack"],
                ReceiptHandle=record["receiptHandle"],
                VisibilityTimeout=0,
            )
    found = sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10)["Messages"]
    sqs.delete_queue(QueueUrl=dead)
    assert sorted(each["Body"] for each in found) == sorted([body, "poison"])


# --- the acknowledgement


def test_the_last_channel_takes_the_change_off_the_pending_list(stack: Stack) -> None:
    key = stack.change(channels=("slack", "mail"))
    outbox = Outbox(stack.client("dynamodb"), STATE)
    outbox.delivered(key, "slack", "2026-03-01T14:15:10+00:00")
    assert "pending_pk" in (stack.row(key) or {})
    outbox.delivered(key, "mail", "2026-03-01T14:15:11+00:00")
    row = stack.row(key) or {}
    assert "pending_pk" not in row
    assert "pending_at" not in row
    assert row["channels"]["slack"] == {"state": "delivered", "at": "2026-03-01T14:15:10+00:00"}


def test_an_acknowledgement_never_makes_a_row(stack: Stack) -> None:
    key = {"pk": "123456789012#us-east-1#changes#run-9", "sk": "gone#drifted#1"}
    Outbox(stack.client("dynamodb"), STATE).delivered(key, "slack", "2026-03-01T14:15:10+00:00")
    assert stack.row(key) is None


def test_a_channel_that_is_asked_for_meanwhile_keeps_the_change_pending(stack: Stack) -> None:
    key = stack.change(channels=("slack",))
    dynamodb = stack.client("dynamodb")
    outbox = Outbox(dynamodb, STATE)
    settle = outbox._settle

    def late(change: Any, channels: list[str]) -> None:
        dynamodb.update_item(
            TableName=STATE,
            Key={name: {"S": value} for name, value in key.items()},
            UpdateExpression="SET channels.mail = :new",
            ExpressionAttributeValues={":new": {"M": {"state": {"S": "pending"}}}},
        )
        settle(change, channels)

    outbox._settle = late  # type: ignore[method-assign]  # another write comes in between
    outbox.delivered(key, "slack", "2026-03-01T14:15:10+00:00")
    assert "pending_pk" in (stack.row(key) or {})


def test_before_the_outbox_knows_the_channels_the_acknowledgement_waits(stack: Stack) -> None:
    key = {"pk": "123456789012#us-east-1#changes#run-1", "sk": "early#drifted#2"}
    item = {name: {"S": value} for name, value in key.items()}
    stack.client("dynamodb").put_item(TableName=STATE, Item=item)
    with pytest.raises(Retry, match="whom the change is for"):
        Outbox(stack.client("dynamodb"), STATE).delivered(key, "slack", "2026-03-01T14:15:10")


@pytest.mark.parametrize("attempt", range(5))
def test_four_channels_may_acknowledge_at_once(stack: Stack, attempt: int) -> None:
    key = stack.change(attempt)
    barrier = threading.Barrier(len(CHANNELS))

    def acknowledge(channel: str) -> None:
        outbox = Outbox(stack.client("dynamodb"), STATE)
        barrier.wait()
        outbox.delivered(key, channel, "2026-03-01T14:15:10+00:00")

    with ThreadPoolExecutor(len(CHANNELS)) as pool:
        list(pool.map(acknowledge, CHANNELS))
    assert set(stack.states(key).values()) == {"delivered"}
    assert "pending_pk" not in (stack.row(key) or {})


def test_an_older_delivery_does_not_hide_a_newer_one(stack: Stack) -> None:
    outbox = Outbox(stack.client("dynamodb"), STATE)
    outbox.last_delivery(ORIGIN, "mail", "new", "2026-03-02T00:00:00+00:00")
    outbox.last_delivery(ORIGIN, "mail", "old", "2026-03-01T00:00:00+00:00")
    last = stack.row({"pk": "123456789012#us-east-1#deliveries", "sk": "mail"})
    assert (last or {})["last_message_id"] == "new"
