"""A thousand changes through faults at every step: each arrives, and only a lost answer doubles it.

The handlers of the template run on local servers for the state, its stream, the queues, SNS,
EventBridge and Slack. Between these and the handlers the process is killed, calls are throttled and
answers are lost; wake-ups come twice, late, out of order, poisoned or never.

A seed makes a story of its own. All of it:
`DELIVERY_SEEDS=5 DELIVERY_CHANGES=1000 pytest tests/integration/test_delivery_at_scale.py`.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError
from botocore.exceptions import ClientError, ReadTimeoutError
from evaluating import CHECKLIST

from compliance.engine import Evaluation
from compliance.model import Identity, Item, ItemResult, Offender, Status
from compliance.sinks.dead_letters import DeadLetters
from compliance.sinks.slack import Webhook
from compliance.sinks.state import ChangeRow, StateTable
from simulated_account import SimulatedAccount
from simulated_deployment import Deployment, Invocation
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
BETWEEN_RUNS = timedelta(hours=2)
CHANNELS = ("mail", "machines", "slack", "events")
ITEMS = [item for item in CHECKLIST.items.values() if item.check][:60]
WAKE_UP_ATTEMPTS = 3
WRITES = frozenset(
    {"Publish", "PutEvents", "PutItem", "SendMessage", "TransactWriteItems", "UpdateItem"}
)


class _KilledError(BaseException):
    """The process ended here."""


class _Weather:
    """What befalls the calls that the handlers make, by chance."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.bad = False
        self.faults: Counter[str] = Counter()

    def before_call(self, model: Any, **_: object) -> tuple[Any, dict[str, Any]] | None:
        """Botocore's event: an answer here is taken for the service's."""
        if not self.bad or model.name not in WRITES:
            return None
        luck = self._chance.random()
        if luck < 0.004:
            self._kill("before a write")
        if luck < 0.012:
            self.faults["throttled"] += 1
            error = {"Code": "ThrottlingException", "Message": "Rate exceeded"}
            return SimpleNamespace(status_code=400), {"Error": error, "ResponseMetadata": {}}
        return None

    def after_call(self, model: Any, **_: object) -> None:
        """Botocore's event: the service did what it was asked, and the caller never hears of it."""
        if not self.bad or model.name not in WRITES:
            return
        luck = self._chance.random()
        if luck < 0.004:
            self._kill("after a write")
        if luck < 0.008:
            self.faults["answer lost"] += 1
            raise ReadTimeoutError(endpoint_url="https://example")

    def _kill(self, when: str) -> None:
        self.faults[f"killed {when}"] += 1
        raise _KilledError


class _World:
    """One seed's monitor and its channels."""

    def __init__(self, account: SimulatedAccount, slack: SlackEndpoint, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 -- faults, not secrets
        self.weather = _Weather(self.chance)
        self.faults = self.weather.faults
        self.account, self.slack = account, slack
        self.failing = {item.id: False for item in ITEMS}
        # Handlers make their clients from the default session: what is registered there, each has.
        boto3.setup_default_session()
        boto3.DEFAULT_SESSION.events.register("before-call", self.weather.before_call)  # type: ignore[union-attr]  # it was set up the line before
        boto3.DEFAULT_SESSION.events.register("after-call", self.weather.after_call)  # type: ignore[union-attr]  # as above
        self.stack = _MortalStack(account, slack_url=slack.url)
        self.unremembered: Counter[tuple[str, str]] = Counter()
        self._leave_a_poisoned_row()

    def _leave_a_poisoned_row(self) -> None:
        """What no reader understands, and what must hold up nothing else."""
        poisoned = {
            "pk": f"{self._where}#changes#poisoned",
            "sk": "cloudwatch.alarms#drifted#2",
            "pending_pk": f"{self._where}#pending",
            "pending_at": "2026-03-01T00:00:00+00:00",
            "entity": "poison",
            "kind": "drifted",
            "item": "cloudwatch.alarms",
        }
        row = {name: {"S": value} for name, value in poisoned.items()}
        self.account.client("dynamodb").put_item(TableName=self.stack.table, Item=row)

    @property
    def _where(self) -> str:
        return f"{self.account.account_id}#{self.account.region}"

    # --- runs

    def evaluated(self, items: Sequence[Item], *_: object, now: Any, **__: object) -> Evaluation:
        """In place of `compliance.engine.evaluate`: what fails, as the story has it."""
        results = {item.id: self._result(item) for item in items}
        identity = Identity(self.account.account_id, self.account.region)
        return Evaluation(identity, now, 1.0, results)

    def _result(self, item: Item) -> ItemResult:
        fails = self.failing[item.id]
        resource = f"r-{item.id}"
        return ItemResult(
            item,
            Status.FAIL if fails else Status.PASS,
            "",
            (resource,),
            (Offender(resource, "bad", "is bad", "good"),) if fails else (),
            unseen=frozenset(),
            seen=frozenset({resource}),
        )

    def run(self, flips: int) -> None:
        """Some items flip; a run sees it, however often it is killed, and wakes who tells."""
        for name in self.chance.sample(sorted(self.failing), flips):
            self.failing[name] = not self.failing[name]
        event = {"items": sorted(self.failing)}
        while not self._survived("EvaluateMonitoring", event):
            pass
        self._wake(self.stack.stream_records())
        for _ in range(4):
            self.stack.ahead += timedelta(minutes=3)
            self._survived("Notify", {"sweep": True})

    def _survived(self, function: str, event: Mapping[str, Any]) -> bool:
        try:
            self.stack.invoke(function, event)
        except (_KilledError, ExceptionGroup, ClientError, ReadTimeoutError):
            return False
        return True

    def _wake(self, records: Sequence[dict[str, Any]]) -> None:
        """Hand wake-ups over as Lambda does: from the first failed one anew, and not for ever."""
        wakes = []
        for record in records:
            times = self.chance.choice([0, 1, 1, 1, 2, 3])
            self.faults["wake-up lost"] += times == 0
            self.faults["wake-up twice"] += times > 1
            wakes += [copy.deepcopy(record) for _ in range(times)]
        if self.chance.random() < 0.3:
            wakes.append(_poisoned())
            self.faults["wake-up poisoned"] += 1
        self.chance.shuffle(wakes)
        for number, wake in enumerate(wakes):
            wake["dynamodb"]["SequenceNumber"] = str(number)
        attempts = 0
        while wakes:
            failed = self._failed(wakes)
            attempts += 1
            if failed and attempts < WAKE_UP_ATTEMPTS:
                wakes = [wake for wake in wakes if _number(wake) >= min(failed)]
            else:
                wakes, attempts = wakes[1:] if failed else [], 0

    def _failed(self, wakes: list[dict[str, Any]]) -> list[int]:
        try:
            answer = self.stack.invoke("Notify", {"Records": wakes}).answer
        except (_KilledError, BatchProcessingError):
            return [_number(wake) for wake in wakes]
        return [int(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]

    # --- delivery

    def deliver(self, channel: str, most: int) -> int:
        """Hand batches of a channel's queue to its function; how many there were."""
        for batch in range(most):
            already = len(self.arrived(channel))
            if not self.stack.deliver(f"Deliver{channel.title()}"):
                return batch
            self.stack.inbox.read()
            new = Counter(self.arrived(channel)[already:])
            for id_, times in new.items():
                # What arrived and is not remembered as sent may arrive once more.
                again = times - int(self.stack.remembers(channel, id_))
                self.unremembered[channel, id_] += again
        return most

    def trouble(self) -> None:
        """For some calls Slack answers as it should not, and for some the topic or bus is gone."""
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
        self.slack.heal()
        self.slack.answer(answer, times=self.chance.choice([1, 2, 3, 40]))
        kind = "closed" if answer.closes else f"{answer.status} {answer.body[:12]}"
        self.faults[f"slack: {kind}"] += 1
        for service, operation, code in (
            ("sns", "Publish", "NotFoundException"),
            ("sns", "Publish", "ThrottledException"),
            ("events", "PutEvents", "ResourceNotFoundException"),
        ):
            if self.chance.random() < 0.15:
                self.faults[f"{service}: {code}"] += 1
                times = self.chance.choice([2, 40])
                self.account.fail(service, operation, code, times=times)

    def quiet(self) -> None:
        """Nothing fails any more, and time passes until all that waited was swept."""
        self.weather.bad = False
        self.slack.heal()
        self.account.heal()
        for _ in range(20):
            self.stack.ahead += timedelta(minutes=1)
            # The poisoned row makes each sweep fail, after it told all others.
            self._survived("Notify", {"sweep": True})

    def redrive(self, channel: str) -> int:
        """Put a channel's dead letters back, as `compliance redrive` does; how many there were."""
        name = channel.title()
        letters = DeadLetters(
            self.account.client("sqs"),
            self.stack.queue_url(f"{name}Queue"),
            self.stack.queue_url(f"{name}DeadLetters"),
        )
        held = [letter for some in letters.held() for letter in some]
        assert all(letter.message is not None for letter in held)
        assert [letters.put_back(letter) for letter in held] == [None] * len(held)
        return len(held)

    # --- what arrived

    def rows(self) -> list[ChangeRow]:
        """All that was ever written to the outbox."""
        dynamodb = self.account.client("dynamodb")
        identity = Identity(self.account.account_id, self.account.region)
        table = StateTable(dynamodb, self.stack.table, identity)
        pages = dynamodb.get_paginator("scan").paginate(TableName=self.stack.table)
        runs = {
            row["pk"]["S"].rpartition("#")[2]
            for page in pages
            for row in page["Items"]
            if row["entity"]["S"] == "change"
        }
        return [row for run in sorted(runs) for row in table.changes_of(run)]

    def arrived(self, channel: str) -> list[str]:
        """The ids of the messages in a channel, oldest first, each as often as it is there."""
        inbox = self.stack.inbox
        match channel:
            case "mail":
                mails = "\n".join(mail.body for mail in inbox.mails)
                return re.findall(r"^Change: (.+)$", mails, re.MULTILINE)
            case "machines":
                return [document["id"] for document in inbox.documents]
            case "events":
                return [event["detail"]["id"] for event in inbox.events]
        footers = [each["blocks"][-1] for each in self.slack.posted]
        return re.findall(r'"change ([^"]+)"', json.dumps(footers, ensure_ascii=False))


class _MortalStack(Deployment):
    """A stack whose senders may be killed, and where time passes before a record is tried again."""

    def invoke(self, function: str, event: Mapping[str, Any] | None = None) -> Invocation:
        """Lambda takes a killed invocation for one that failed on all of its records."""
        if not function.startswith("Deliver"):
            return super().invoke(function, event)
        records = {record["messageId"]: record for record in (event or {})["Records"]}
        try:
            invocation = super().invoke(function, event)
        except _KilledError:
            failed = [{"itemIdentifier": id_} for id_ in records]
            invocation = Invocation(function, event or {}, {"batchItemFailures": failed}, ())
        for failure in invocation.answer["batchItemFailures"]:
            envelope = json.loads(records[failure["itemIdentifier"]]["body"])
            self._unlock(envelope["channel"], envelope["message"]["id"])
        return invocation

    def remembers(self, channel: str, message: str) -> bool:
        """Whether the idempotency table has a message as sent."""
        row = self._locked(channel, message)
        return row.get("status", {}).get("S") == "COMPLETED"

    def _unlock(self, channel: str, message: str) -> None:
        """As if the time were up that the invocation had which left a lock behind."""
        row = self._locked(channel, message)
        if row.get("status", {}).get("S") == "INPROGRESS":
            row["in_progress_expiration"] = {"N": "0"}
            self.account.client("dynamodb").put_item(TableName=self._memory, Item=row)

    def _locked(self, channel: str, message: str) -> dict[str, Any]:
        digest = hashlib.sha256(json.dumps(f"{channel}#{message}").encode()).hexdigest()
        key = {"id": {"S": f"deliver#{digest}"}}
        answer = self.account.client("dynamodb").get_item(TableName=self._memory, Key=key)
        row: dict[str, Any] = answer.get("Item", {})
        return row

    @property
    def _memory(self) -> str:
        return self.environment_of("DeliverMail")["IDEMPOTENCY_TABLE"]


def _number(wake: Mapping[str, Any]) -> int:
    return int(wake["dynamodb"]["SequenceNumber"])


def _poisoned() -> dict[str, Any]:
    """A wake-up of a run that nobody can tell: its account and region are missing."""
    image = {"entity": {"S": "run"}, "run": {"S": "poisoned"}}
    return {"eventName": "INSERT", "eventSource": "aws:dynamodb", "dynamodb": {"NewImage": image}}


@pytest.fixture
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[_World]:
    """The story of one seed, where waiting takes no time."""
    # What Slack and CloudTrail ask to wait for is theirs; here nobody minds.
    monkeypatch.setattr("slack_sdk.http_retry.handler.time.sleep", lambda _: None)
    monkeypatch.setattr("compliance.collectors.changed_by.SECONDS_BETWEEN", 0.0)
    monkeypatch.setitem(Webhook.__init__.__kwdefaults__, "timeout_seconds", 1)
    with SimulatedAccount() as account, SlackEndpoint() as slack:
        world = _World(account, slack, request.param)
        # Before a handler is loaded, for it keeps what it imports.
        monkeypatch.setattr("compliance.engine.evaluate", world.evaluated)
        yield world
    boto3.DEFAULT_SESSION = None


@pytest.mark.parametrize("world", SEEDS, indirect=True, ids=lambda seed: f"seed-{seed}")
def test_every_change_arrives_and_only_a_lost_answer_doubles_it(
    world: _World,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    world.weather.bad = True
    for number in range(RUNS):
        world.run(MANY if number % 3 == 1 else FEW)
        for channel in CHANNELS:
            world.trouble()
            world.deliver(channel, most=12)
        world.account.heal()
        world.stack.ahead += BETWEEN_RUNS
    world.quiet()
    redriven = 0
    for channel in CHANNELS:
        world.deliver(channel, most=1_000)
        redriven += world.redrive(channel)
        world.deliver(channel, most=1_000)

    rows = world.rows()
    digests = {row.id: row.members for row in rows if row.kind == "digest"}
    changes = {row.id for row in rows if row.kind != "digest"}
    doubled = 0
    for channel in CHANNELS:
        got = Counter(world.arrived(channel))
        told = Counter(id_ for each in got for id_ in digests.get(each, {each}))
        assert told == Counter(changes), f"a change is lost, or told by two messages, on {channel}"
        for id_, times in got.items():
            doubled += times - 1
            assert times - 1 <= world.unremembered[channel, id_], f"{id_} on {channel}"
    assert [row.id for row in rows if row.waiting] == []
    assert world.slack.mistakes == []
    unremembered = sum(world.unremembered.values())
    record_property(
        "figures",
        f"{request.node.callspec.id}: {len(changes):,} changes, {len(digests)} digests, 0 lost, "
        f"{doubled} doubled under their own id of {unremembered} whose sending was not "
        f"remembered, {redriven} redriven; faults: {dict(sorted(world.faults.items()))}",
    )
    assert len(changes) >= CHANGES * 0.7
