"""A thousand changes through faults at every step: each arrives, and only a lost answer doubles it.

State, outbox, queues, SNS and Slack are local servers. Between them and the monitor's own code the
process is killed, calls are throttled, and answers are lost; wake-ups come twice, late, out of
order, poisoned or never. More of it: `DELIVERY_SEEDS=5 DELIVERY_CHANGES=1000 pytest -s ...`.
"""

from __future__ import annotations

import json
import logging
import os
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from evaluating import BASELINE, CHECKLIST

from compliance.channels import attributes, mail, slack
from compliance.engine import Evaluation
from compliance.messages import Message
from compliance.model import Identity, ItemResult, Offender, Status
from compliance.sinks.dead_letters import DeadLetters
from compliance.sinks.delivery import Delivery, Record
from compliance.sinks.once import Once
from compliance.sinks.outbox import Outbox
from compliance.sinks.queue import SourceQueue
from compliance.sinks.recording import record
from compliance.sinks.slack import Webhook
from compliance.sinks.sns import Topic
from compliance.sinks.state import StateTable
from compliance.sinks.telling import Teller
from compliance.sinks.undelivered import Undelivered
from simulated_account import SimulatedAccount
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

SEEDS = range(int(os.environ.get("DELIVERY_SEEDS", "2")))
CHANGES = int(os.environ.get("DELIVERY_CHANGES", "110"))
MANY, FEW = 32, 4
RUNS = 3 * CHANGES // (MANY + 2 * FEW) + 1
NOW = datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
BETWEEN_RUNS = timedelta(hours=2)
IDENTITY = Identity("123456789012", "us-east-1")
CHANNELS = ("mail", "slack")
ITEMS = [item for item in CHECKLIST.items.values() if item.check][:60]
LOG = logging.getLogger("test.delivery")


class _KilledError(BaseException):
    """The process ended here."""


class _Unreliable:
    """A client whose writes are killed, throttled or left without an answer, by chance."""

    WRITES = frozenset(
        {"publish", "put_item", "send_message", "transact_write_items", "update_item"}
    )

    def __init__(self, client: Any, world: World, *, accepted: Callable[[], None] = int) -> None:
        self._client, self._world, self._accepted = client, world, accepted

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        if name not in self.WRITES or not self._world.faulty:
            return call

        def write(**parameters: Any) -> Any:
            chance = self._world.chance.random()
            if chance < 0.004:
                raise self._world.killed(after=False)
            if chance < 0.012:
                error = {"Error": {"Code": "ThrottlingException", "Message": "slow down"}}
                self._world.faults["throttled"] += 1
                raise ClientError(error, name)  # type: ignore[arg-type]  # no more is read
            answer = call(**parameters)
            self._accepted()
            if chance < 0.016:
                raise self._world.killed(after=True)
            if chance < 0.020:
                self._world.faults["answer lost"] += 1
                raise ReadTimeoutError(endpoint_url="https://example")
            return answer

        return write


class _Forgotten(logging.Handler):
    """Hears that a message was sent and could not be remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = False

    def emit(self, record: logging.LogRecord) -> None:
        self.heard = self.heard or "could not be remembered" in record.getMessage()


class _Invocation:
    """The context of an invocation with hardly any time left, so that a killed one is over soon."""

    def get_remaining_time_in_millis(self) -> int:
        return 50


class _Impatient(SourceQueue):
    """A record that failed is back at once: a test does not wait."""

    def rest(self, arn: str, receipt: str, seconds: int) -> None:
        super().rest(arn, receipt, 0 * seconds)


class World:
    """One seed's monitor and its channels."""

    def __init__(self, account: SimulatedAccount, endpoint: SlackEndpoint, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 -- faults, not secrets
        self.faulty = True
        self.faults: Counter[str] = Counter()
        self.account, self.endpoint, self.seed = account, endpoint, seed
        self.dynamodb, self.sqs = account.client("dynamodb"), account.client("sqs")
        self.state, self.memory = f"state-{seed}", f"memory-{seed}"
        self.now = NOW
        self.failing: dict[str, bool] = {item.id: False for item in ITEMS}
        self.accepted = False
        self.lost_answers: Counter[str] = Counter()
        self.forgotten = _Forgotten()
        logging.getLogger("compliance.sinks.once").addHandler(self.forgotten)
        self._furnish()

    def _furnish(self) -> None:
        keys = [("pk", "HASH"), ("sk", "RANGE")]
        index = [("pending_pk", "HASH"), ("pending_at", "RANGE")]
        self.dynamodb.create_table(
            TableName=self.state,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name, _ in [*keys, *index]
            ],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "pending",
                    "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in index],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
        )
        self.dynamodb.create_table(
            TableName=self.memory,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        self.queues, self.dead = {}, {}
        for channel in CHANNELS:
            name = f"{channel}-{self.seed}"
            dead = self.sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
            redrive = {"deadLetterTargetArn": self._arn(dead), "maxReceiveCount": "4"}
            self.queues[channel] = self.sqs.create_queue(
                QueueName=name, Attributes={"RedrivePolicy": json.dumps(redrive)}
            )["QueueUrl"]
            self.dead[channel] = dead
        self.inbox = self.sqs.create_queue(QueueName=f"inbox-{self.seed}")["QueueUrl"]
        sns = self.account.client("sns")
        self.topic = sns.create_topic(Name=f"alerts-{self.seed}")["TopicArn"]
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=self._arn(self.inbox))
        poisoned = {
            "pk": "123456789012#us-east-1#changes#poisoned",
            "sk": "cloudwatch.alarms#drifted#2",
            "pending_pk": "123456789012#us-east-1#pending",
            "pending_at": NOW.isoformat(),
            "entity": "poison",
            "kind": "drifted",
            "item": "cloudwatch.alarms",
        }
        self.dynamodb.put_item(
            TableName=self.state, Item={name: {"S": value} for name, value in poisoned.items()}
        )
        self.secret = f"slack-{self.seed}"
        self.account.client("secretsmanager").create_secret(
            Name=self.secret, SecretString=self.endpoint.url
        )

    def _arn(self, url: str) -> str:
        answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return str(answer["Attributes"]["QueueArn"])

    def killed(self, *, after: bool) -> _KilledError:
        self.faults["killed after a write" if after else "killed before a write"] += 1
        return _KilledError()

    # --- the run

    def results(self) -> list[ItemResult]:
        return [
            ItemResult(
                item,
                Status.FAIL if self.failing[item.id] else Status.PASS,
                "",
                ("r",),
                (Offender(f"r-{item.id}", "bad", "is bad", "good"),)
                if self.failing[item.id]
                else (),
                unseen=frozenset(),
                seen=frozenset({f"r-{item.id}"}),
            )
            for item in ITEMS
        ]

    def run(self, number: int, flips: int) -> None:
        """Some items flip; a run sees it, however often it is killed; its wake-up may get lost."""
        for name in self.chance.sample(sorted(self.failing), flips):
            self.failing[name] = not self.failing[name]
        for attempt in range(50):
            run = f"run-{number}" if attempt % 2 else f"run-{number}-{attempt}"
            table = StateTable(_Unreliable(self.dynamodb, self), self.state, IDENTITY)
            evaluation = Evaluation(
                IDENTITY, self.now, 1.0, {result.item.id: result for result in self.results()}
            )
            try:
                record(table, evaluation, CHECKLIST, run=run, families=["monitoring"])
            except (_KilledError, ExceptionGroup, ClientError, ReadTimeoutError):
                continue
            break
        wakes = [run] * self.chance.choice([0, 1, 1, 1, 2, 3])
        self.faults["wake-up lost"] += not wakes
        self.faults["wake-up twice"] += len(wakes) > 1
        if self.chance.random() < 0.3:
            wakes.append("poisoned")
            self.faults["wake-up poisoned"] += 1
        self.chance.shuffle(wakes)
        for wake in wakes:
            self._safely(lambda wake=wake: self.teller().tell_run(wake, self.now))  # type: ignore[misc]  # a lambda's default
        for minutes in (3, 6, 9, 12):
            at = self.now + timedelta(minutes=minutes)
            self._safely(lambda at=at: self.teller().sweep(at))  # type: ignore[misc]  # as above

    def teller(self) -> Teller:
        table = StateTable(_Unreliable(self.dynamodb, self), self.state, IDENTITY)
        sqs = _Unreliable(self.sqs, self)
        return Teller(table, sqs, self.queues, CHECKLIST, BASELINE, IDENTITY)

    def _safely(self, act: Callable[[], object]) -> None:
        try:
            act()
        except (_KilledError, ExceptionGroup, ClientError, ReadTimeoutError, Undelivered):
            return

    # --- delivery

    def deliver(self, channel: str, rounds: int) -> int:
        """Hand batches of a channel's queue to its sender; how many records there were."""
        dynamodb = _Unreliable(self.dynamodb, self)
        once = Once(dynamodb, self.memory)
        once.during(_Invocation())
        delivery = Delivery(
            channel,
            self._sender(channel),
            once,
            Outbox(dynamodb, self.state),
            _Impatient(self.sqs),
            LOG,
        )
        taken = 0
        for _ in range(rounds):
            messages = self.sqs.receive_message(
                QueueUrl=self.queues[channel], MaxNumberOfMessages=10, AttributeNames=["All"]
            ).get("Messages", [])
            delivery.begin()
            for message in messages:
                taken += 1
                self._take(channel, delivery, message)
            if not messages:
                break
        return taken

    def _take(self, channel: str, delivery: Delivery, message: dict[str, Any]) -> None:
        raw = Record(
            message["Body"],
            message["ReceiptHandle"],
            self._arn(self.queues[channel]),
            int(message["Attributes"]["ApproximateReceiveCount"]),
        )
        id_ = json.loads(message["Body"])["message"]["id"]
        self.accepted, self.forgotten.heard, posted = False, False, len(self.endpoint.posted)
        remembered = False
        try:
            delivery.take(raw, lambda: 100.0, 1.0)
            remembered = not self.forgotten.heard
        except _KilledError:
            self._again(channel, raw)
            time.sleep(0.06)
        except Exception as error:  # noqa: BLE001 -- it stays in its queue, whatever it is
            LOG.debug("left: %s", error)
        else:
            self.sqs.delete_message(QueueUrl=self.queues[channel], ReceiptHandle=raw.receipt)
        arrived = len(self.endpoint.posted) - posted if channel == "slack" else int(self.accepted)
        # Whatever arrived and was not remembered as sent may arrive once more.
        if arrived and not remembered:
            self.lost_answers[f"{channel}#{id_}"] += arrived
        elif arrived > 1:
            self.lost_answers[f"{channel}#{id_}"] += arrived - 1

    def _again(self, channel: str, raw: Record) -> None:
        self.sqs.change_message_visibility(
            QueueUrl=self.queues[channel], ReceiptHandle=raw.receipt, VisibilityTimeout=0
        )

    def _sender(self, channel: str) -> Callable[[Message], None]:
        if channel == "mail":
            client = _Unreliable(self.account.client("sns"), self, accepted=self._took)
            topic = Topic(client, self.topic)
            return lambda told: topic.publish(
                mail.body(told), attributes.attributes(told), mail.subject(told)
            )
        webhook = Webhook(self.account.client("secretsmanager"), self.secret, timeout_seconds=1)
        return lambda told: webhook.post(slack.payload(told))

    def _took(self) -> None:
        self.accepted = True

    def trouble(self) -> None:
        """For some calls Slack answers as it should not, and for some the topic is gone."""
        answers: list[Answer] = [
            rate_limited(30),
            refused(500, "server_error"),
            html_page(),
            html_page(200),
            refused(404, "no_service"),
            refused(410, "channel_is_archived"),
            closed(),
            closed_after_posting(),
        ]
        if self.chance.random() < 0.1:
            answers = [hanging(1.2, posts=self.chance.random() < 0.5)]
        answer = self.chance.choice(answers)
        self.endpoint.heal()
        self.endpoint.answer(answer, times=self.chance.choice([1, 2, 3, 40]))
        kind = "closed" if answer.closes else f"{answer.status} {answer.body[:12]}"
        self.faults[f"slack: {kind}"] += 1
        if self.chance.random() < 0.25:
            self.faults["sns: topic gone"] += 1
            times = self.chance.choice([2, 40])
            self.account.fail("sns", "Publish", "NotFoundException", times=times)

    # --- what arrived

    def changes(self) -> set[str]:
        """The ids of all changes that were ever written."""
        return {row.id for row in self.rows() if row.kind != "digest"}

    def rows(self) -> list[Any]:
        table = StateTable(self.dynamodb, self.state, IDENTITY)
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.state)
        runs = {
            row["pk"]["S"].rpartition("#")[2]
            for page in pages
            for row in page["Items"]
            if row["entity"]["S"] == "change"
        }
        return [row for run in sorted(runs) for row in table.changes_of(run)]

    def arrived(self) -> dict[str, Counter[str]]:
        """How often each message arrived, by channel."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for payload in self.endpoint.posted:
            text = json.dumps(payload["blocks"][-1], ensure_ascii=False)
            (id_,) = re.findall(r'"change ([^"]+)"', text)
            found["slack"][id_] += 1
        while bodies := self.sqs.receive_message(QueueUrl=self.inbox, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for body in bodies:
                text = json.loads(body["Body"])["Message"]
                (id_,) = re.findall(r"^Change: (.+)$", text, re.MULTILINE)
                found["mail"][id_] += 1
                self.sqs.delete_message(QueueUrl=self.inbox, ReceiptHandle=body["ReceiptHandle"])
        return found


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount() as account:
        yield account


@pytest.mark.parametrize("seed", SEEDS)
def test_every_change_arrives_and_only_a_lost_answer_doubles_it(
    seed: int, account: SimulatedAccount, capsys: pytest.CaptureFixture[str]
) -> None:
    with SlackEndpoint() as endpoint:
        world = World(account, endpoint, seed)
        for number in range(RUNS):
            world.run(number, MANY if number % 3 == 1 else FEW)
            for channel in CHANNELS:
                world.trouble()
                world.deliver(channel, rounds=12)
            account.heal()
            world.now += BETWEEN_RUNS
        world.faulty = False
        endpoint.heal()
        for minutes in range(1, 20):
            world.teller().sweep(world.now + timedelta(minutes=minutes))
        dead = 0
        for channel in CHANNELS:
            while world.deliver(channel, rounds=50):
                pass
            letters = DeadLetters(world.sqs, world.queues[channel], world.dead[channel])
            for held in letters.held():
                dead += len(held)
                assert all(letter.message is not None for letter in held)
                assert [letters.put_back(each) for each in held] == [None] * len(held)
            while world.deliver(channel, rounds=50):
                pass

        rows, arrived = world.rows(), world.arrived()
        digests = {row.id: row.members for row in rows if row.kind == "digest"}
        wanted, doubled = world.changes(), 0
        for channel in CHANNELS:
            got = arrived[channel]
            told = {id_ for each in got for id_ in digests.get(each, {each})}
            assert told == wanted
            singly = [id_ for each in got for id_ in digests.get(each, {each})]
            assert len(singly) == len(set(singly)), "a change was told by two messages"
            for id_, times in got.items():
                doubled += times - 1
                assert times - 1 <= world.lost_answers[f"{channel}#{id_}"], id_
        assert [row.id for row in rows if row.waiting] == []
        with capsys.disabled():
            lost = sum(world.lost_answers.values())
            print(  # noqa: T201 -- the figures are what the test is for
                f"\nseed {seed}: {len(wanted):,} changes, {len(digests)} digests, 0 lost, "
                f"{doubled} doubled under their own id after {lost} lost answers, {dead} redriven; "
                f"faults: {dict(sorted(world.faults.items()))}"
            )
    assert len(wanted) >= CHANGES * 0.7
