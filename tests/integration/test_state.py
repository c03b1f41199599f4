"""The state table: saved once and whole, whoever else saves, and whatever ends a run midway."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from evaluating import BASELINE, CHECKLIST

from compliance.channels import slack
from compliance.checklist import Checklist
from compliance.drift import Kind
from compliance.engine import Evaluation
from compliance.messages import MOST_OFFENCES, Message
from compliance.model import Gap, Identity, Item, ItemResult, Offender, Status
from compliance.sinks.delivery import Delivery, Record
from compliance.sinks.once import Once
from compliance.sinks.outbox import Outbox
from compliance.sinks.queue import SourceQueue
from compliance.sinks.recording import Recorded, record
from compliance.sinks.state import DELIVERED, StateTable
from compliance.sinks.telling import RESEND_AFTER, SWEEP_AFTER, Teller
from simulated_account import SimulatedAccount
from simulated_slack import mistakes

NOW = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
IDENTITY = Identity("123456789012", "us-east-1")
ITEMS = [
    CHECKLIST.items[name]
    for name in ("cloudwatch.log-retention", "cloudwatch.alarms", "dynamodb.recent-backup")
]
LOGS, ALARMS, BACKUPS = ITEMS
SMALL = Checklist({item.id: item for item in ITEMS}, CHECKLIST.sections)
CHANNELS = ("mail", "slack")
LOG = logging.getLogger("test")


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount() as account:
        yield account


@pytest.fixture
def dynamodb(account: SimulatedAccount) -> Iterator[Any]:
    client = account.client("dynamodb")
    keys = [("pk", "HASH"), ("sk", "RANGE")]
    index = [("pending_pk", "HASH"), ("pending_at", "RANGE")]
    client.create_table(
        TableName="state",
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
    yield client
    client.delete_table(TableName="state")


@pytest.fixture
def idempotency(dynamodb: Any) -> Iterator[str]:
    name = "idempotency"
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    yield name
    dynamodb.delete_table(TableName=name)


@pytest.fixture
def table(dynamodb: Any) -> StateTable:
    return StateTable(dynamodb, "state", IDENTITY)


@pytest.fixture
def queues(account: SimulatedAccount) -> Iterator[dict[str, str]]:
    sqs = account.client("sqs")
    urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in CHANNELS}
    yield urls
    for url in urls.values():
        sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def teller(account: SimulatedAccount, table: StateTable, queues: dict[str, str]) -> Teller:
    return Teller(table, account.client("sqs"), queues, SMALL, BASELINE, IDENTITY)


def _found(item: Item, *resources: str, gaps: tuple[Gap, ...] = ()) -> ItemResult:
    offenders = tuple(Offender(name, "bad", "is bad", "good") for name in resources)
    status = Status.FAIL if offenders else Status.UNKNOWN if gaps else Status.PASS
    unseen = None if gaps else frozenset[str]()
    seen = frozenset("abcdef")
    return ItemResult(
        item, status, f"{len(offenders)} bad", tuple(seen), offenders, None, gaps, unseen, seen
    )


def _evaluation(at: datetime, *results: ItemResult) -> Evaluation:
    return Evaluation(IDENTITY, at, 1.0, {result.item.id: result for result in results})


def _record(table: StateTable, at: datetime, run: str, *results: ItemResult) -> Recorded:
    return record(table, _evaluation(at, *results), SMALL, run=run, families=["monitoring"])


def _sound() -> list[ItemResult]:
    return [_found(item) for item in ITEMS]


def _drifted() -> list[ItemResult]:
    return [_found(LOGS, "a"), _found(ALARMS, "b", "c"), _found(BACKUPS)]


def _outbox(dynamodb: Any) -> list[tuple[str, str]]:
    """Every change in the table, by item and kind, in whatever run."""
    rows = dynamodb.scan(TableName="state")["Items"]
    return sorted(
        (row["item"]["S"], row["kind"]["S"]) for row in rows if row["entity"]["S"] == "change"
    )


def _received(account: SimulatedAccount, url: str) -> list[str]:
    """The ids of the messages in a queue, which is empty then."""
    sqs, found = account.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"])["message"]["id"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return sorted(found)


def test_a_first_run_enrolls_all_and_leaves_one_summary(table: StateTable, dynamodb: Any) -> None:
    recorded = _record(table, NOW, "one", *_drifted())
    assert (recorded.drifted, recorded.recovered) == (0, 0)
    assert _outbox(dynamodb) == [("*", "enrolled")]
    (summary,) = table.changes_of("one")
    assert set(summary.enrolled) == {item.id for item in ITEMS}
    assert (summary.figures["FAIL"], summary.figures["PASS"]) == (2, 1)


def test_a_run_that_finds_the_same_writes_its_row_alone(
    table: StateTable, dynamodb: Any, account: SimulatedAccount
) -> None:
    _record(table, NOW, "one", *_drifted())
    account.forget_calls()
    _record(table, NOW + QUARTER, "two", *_drifted())
    writes = [c for c in account.calls if c.operation == "TransactWriteItems"]
    assert [len(call.params["TransactItems"]) for call in writes] == [1]
    assert _outbox(dynamodb) == [("*", "enrolled")]


def test_drift_and_recovery_become_one_change_an_item(table: StateTable) -> None:
    _record(table, NOW, "one", *_sound())
    drifted = _record(table, NOW + QUARTER, "two", *_drifted())
    repaired = _record(table, NOW + 2 * QUARTER, "three", *_sound())
    assert (drifted.drifted, repaired.recovered) == (2, 2)
    (change,) = [
        row.change for row in table.changes_of("two") if row.change and row.change.item == ALARMS.id
    ]
    assert [o.offender.resource for o in change.offences] == ["b", "c"]
    assert change.kind is Kind.DRIFTED


def test_the_figures_are_over_all_items_whichever_family_ran(table: StateTable) -> None:
    _record(table, NOW, "one", *_sound())
    recorded = _record(table, NOW + QUARTER, "two", _found(LOGS, "a"))
    counts = recorded.overall.score.counts
    assert (counts[Status.PASS], counts[Status.FAIL]) == (2, 1)


def test_blindness_is_counted_from_run_to_run(table: StateTable, dynamodb: Any) -> None:
    denied = Gap("logs:DescribeLogGroups", "AccessDeniedException")
    _record(table, NOW, "zero", *_sound())
    for run in range(1, 5):
        _record(table, NOW + run * QUARTER, f"run{run}", _found(LOGS, gaps=(denied,)))
    assert _outbox(dynamodb) == [("*", "enrolled"), (LOGS.id, "blinded")]


def test_two_runs_at_once_tell_a_change_once(dynamodb: Any) -> None:
    tables = [StateTable(dynamodb, "state", IDENTITY) for _ in range(4)]
    _record(tables[0], NOW, "zero", *_sound())
    start = threading.Barrier(len(tables))

    def run(number: int) -> None:
        start.wait()
        _record(tables[number], NOW + QUARTER, f"run{number}", *_drifted())

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(tables))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _outbox(dynamodb) == [
        ("*", "enrolled"),
        (ALARMS.id, "drifted"),
        (LOGS.id, "drifted"),
    ]


def test_ten_thousand_offenders_and_one_more_write_one_shard(
    table: StateTable, account: SimulatedAccount
) -> None:
    many = [f"arn:aws:logs:us-east-1:123456789012:log-group:/g/{n}" for n in range(10_000)]
    _record(table, NOW, "one", _found(LOGS, *many))
    account.forget_calls()
    recorded = _record(table, NOW + QUARTER, "two", _found(LOGS, *many, "one-more"))
    assert recorded.drifted == 1
    written = [
        action["Put"]["Item"]["entity"]["S"]
        for call in account.calls
        if call.operation == "TransactWriteItems"
        for action in call.params["TransactItems"]
    ]
    assert sorted(written) == ["change", "head", "run", "shard"]
    (change,) = [row.change for row in table.changes_of("two") if row.change]
    assert [o.offender.resource for o in change.offences] == ["one-more"]


def test_ten_thousand_new_offenders_are_one_message_that_fits_its_queue(
    account: SimulatedAccount, table: StateTable, teller: Teller, queues: dict[str, str]
) -> None:
    _record(table, NOW, "one", *_sound())
    many = [f"arn:aws:logs:us-east-1:123456789012:log-group:/g/{n}" for n in range(10_000)]
    _record(table, NOW + QUARTER, "two", _found(LOGS, *many))
    assert teller.tell_run("two", NOW + QUARTER) == len(CHANNELS)
    sqs = account.client("sqs")
    (message,) = sqs.receive_message(QueueUrl=queues["slack"])["Messages"]
    told = json.loads(message["Body"])["message"]
    assert (told["offence_count"], len(told["offences"])) == (10_000, MOST_OFFENCES)
    assert len(message["Body"].encode()) < 256 * 1024
    assert mistakes(slack.payload(Message.from_json(told))) == []


def test_shards_that_empty_are_deleted(table: StateTable, dynamodb: Any) -> None:
    _record(table, NOW, "one", _found(LOGS, "a", "b", "c"))
    _record(table, NOW + QUARTER, "two", _found(LOGS))
    rows = dynamodb.scan(TableName="state")["Items"]
    assert [row for row in rows if row["entity"]["S"] == "shard"] == []


def test_an_item_that_cannot_be_saved_holds_up_no_other(
    account: SimulatedAccount, table: StateTable, dynamodb: Any
) -> None:
    _record(table, NOW, "one", *_sound())
    account.fail(
        "dynamodb",
        "TransactWriteItems",
        "ValidationException",
        when=lambda parameters: ALARMS.id in json.dumps(parameters, default=str),
    )
    try:
        with pytest.raises(ExceptionGroup, match="1 items could not be saved"):
            _record(table, NOW + QUARTER, "two", *_drifted())
    finally:
        account.heal()
    assert _outbox(dynamodb) == [("*", "enrolled"), (LOGS.id, "drifted")]
    _record(table, NOW + 2 * QUARTER, "three", *_drifted())
    assert (ALARMS.id, "drifted") in _outbox(dynamodb)


class _KilledError(BaseException):
    """The process ended here: nothing that it does can catch that."""


class _Killing:
    """A client that ends the process before, or right after, the nth write; clients may share n."""

    def __init__(self, client: Any, left: list[int], *, after: bool) -> None:
        self._client, self._left, self._after = client, left, after

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        if name not in {"transact_write_items", "update_item", "put_item", "send_message"}:
            return call

        def write(**parameters: Any) -> Any:
            self._left[0] -= 1
            if self._left[0] == 0 and not self._after:
                raise _KilledError
            answer = call(**parameters)
            if self._left[0] == 0:
                raise _KilledError
            return answer

        return write


WRITES_OF_A_RUN = 3  # two items with changes, and the run's row


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("write", range(1, WRITES_OF_A_RUN + 1))
@pytest.mark.parametrize("retried_as", ["two", "three"], ids=["same-run", "next-run"])
def test_a_run_killed_at_any_write_and_run_again_loses_and_doubles_nothing(
    write: int,
    after: bool,  # noqa: FBT001 -- a parameter of the walk
    retried_as: str,
    account: SimulatedAccount,
    table: StateTable,
    dynamodb: Any,
    queues: dict[str, str],
) -> None:
    _record(table, NOW, "one", *_sound())
    dying = StateTable(_Killing(dynamodb, [write], after=after), "state", IDENTITY)
    with pytest.raises(_KilledError):
        _record(dying, NOW + QUARTER, "two", *_drifted())
    _record(table, NOW + 2 * QUARTER, retried_as, *_drifted())
    expected = [("*", "enrolled"), (ALARMS.id, "drifted"), (LOGS.id, "drifted")]
    assert _outbox(dynamodb) == sorted(expected)

    teller = Teller(table, account.client("sqs"), queues, SMALL, BASELINE, IDENTITY)
    later = NOW + 2 * QUARTER
    teller.tell_run(retried_as, later)
    teller.sweep(later + SWEEP_AFTER)
    for url in queues.values():
        ids = _received(account, url)
        assert len(ids) == len(set(ids)) == len(expected)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("write", range(1, 9))
def test_telling_killed_at_any_write_and_swept_reaches_every_queue(
    write: int,
    after: bool,  # noqa: FBT001 -- a parameter of the walk
    account: SimulatedAccount,
    table: StateTable,
    dynamodb: Any,
    queues: dict[str, str],
) -> None:
    """Per change: note whom it is for, a message to each of two queues, note that they have it."""
    _record(table, NOW, "one", *_sound())
    _record(table, NOW + QUARTER, "two", *_drifted())
    left = [write]
    dying = Teller(
        StateTable(_Killing(dynamodb, left, after=after), "state", IDENTITY),
        _Killing(account.client("sqs"), left, after=after),
        queues,
        SMALL,
        BASELINE,
        IDENTITY,
    )
    with pytest.raises(_KilledError):
        dying.tell_run("two", NOW + QUARTER)
    teller = Teller(table, account.client("sqs"), queues, SMALL, BASELINE, IDENTITY)
    teller.sweep(NOW + QUARTER + SWEEP_AFTER)
    for url in queues.values():
        assert len(set(_received(account, url))) == 3  # both drifts and the first run's summary
    assert teller.sweep(NOW + QUARTER + 2 * SWEEP_AFTER) == 0


# What one delivery writes: that it is in progress, the message, that it was sent, that this channel
# has it, and when the channel last delivered.
WRITES_OF_A_DELIVERY = 5
SENT_AND_NOT_REMEMBERED = {(2, True), (3, False)}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("write", range(1, WRITES_OF_A_DELIVERY + 1))
def test_a_delivery_killed_at_any_write_and_tried_again_reaches_its_channel(
    write: int,
    after: bool,  # noqa: FBT001 -- a parameter of the walk
    account: SimulatedAccount,
    table: StateTable,
    teller: Teller,
    dynamodb: Any,
    idempotency: str,
    queues: dict[str, str],
) -> None:
    """Twice only where the channel had it and the process ended before it could remember."""
    _record(table, NOW, "one", *_sound())
    teller.tell_run("one", NOW)
    (message,) = account.client("sqs").receive_message(QueueUrl=queues["slack"])["Messages"]
    record = Record(message["Body"], "receipt", "arn:aws:sqs:us-east-1:123456789012:slack", 1)
    left, sent = [write], _Sent()

    def deliver(client: Any, channel: Any) -> None:
        once = Once(client, idempotency)
        once.during(_ShortLived())
        outbox, queue = Outbox(client, "state"), SourceQueue(account.client("sqs"))
        Delivery(
            "slack", lambda told: channel.send_message(message=told), once, outbox, queue, LOG
        ).take(record, lambda: 100.0, 1.0)

    with pytest.raises(_KilledError):
        deliver(_Killing(dynamodb, left, after=after), _Killing(sent, left, after=after))
    time.sleep(2 * _ShortLived.SECONDS)
    deliver(dynamodb, sent)
    times = 2 if (write, after) in SENT_AND_NOT_REMEMBERED else 1
    (row,) = table.changes_of("one")
    assert sent.ids == [row.id] * times
    assert row.channels["slack"]["state"] == DELIVERED


class _Sent:
    """A channel's receiver: what it got."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def send_message(self, *, message: Message) -> None:
        self.ids.append(message.id)


class _ShortLived:
    """The context of an invocation that has hardly any time left when it is killed."""

    SECONDS = 0.2

    def get_remaining_time_in_millis(self) -> int:
        return int(1000 * self.SECONDS)


def test_a_lost_wake_up_is_swept_up(table: StateTable, teller: Teller) -> None:
    _record(table, NOW, "one", *_sound())
    assert teller.sweep(NOW + timedelta(minutes=1)) == 0
    assert teller.sweep(NOW + SWEEP_AFTER) == len(CHANNELS)
    assert teller.sweep(NOW + 2 * SWEEP_AFTER) == 0


def test_what_every_channel_delivered_is_not_swept_again(
    table: StateTable, teller: Teller, dynamodb: Any
) -> None:
    _record(table, NOW, "one", *_sound())
    teller.tell_run("one", NOW)
    (row,) = table.changes_of("one")
    for name in CHANNELS:
        dynamodb.update_item(
            TableName="state",
            Key={"pk": {"S": row.pk}, "sk": {"S": row.sk}},
            UpdateExpression="SET channels.#c = :d",
            ExpressionAttributeNames={"#c": name},
            ExpressionAttributeValues={":d": {"M": {"state": {"S": DELIVERED}}}},
        )
    assert teller.sweep(NOW + 2 * RESEND_AFTER) == 0


def test_a_queue_that_lost_its_message_gets_it_again_half_a_day_later(
    account: SimulatedAccount, table: StateTable, teller: Teller, queues: dict[str, str]
) -> None:
    _record(table, NOW, "one", *_sound())
    teller.tell_run("one", NOW)
    first = _received(account, queues["slack"])
    assert teller.sweep(NOW + timedelta(hours=1)) == 0
    teller.sweep(NOW + RESEND_AFTER + SWEEP_AFTER)
    assert _received(account, queues["slack"]) == first


def test_a_run_told_twice_is_queued_once(table: StateTable, teller: Teller) -> None:
    """A stream may hand over a record more than once."""
    _record(table, NOW, "one", *_sound())
    assert teller.tell_run("one", NOW) == len(CHANNELS)
    assert teller.tell_run("one", NOW) == 0
