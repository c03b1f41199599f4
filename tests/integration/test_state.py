"""The state table: saved once and whole, whoever else saves, and whatever ends a run midway."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from evaluating import BASELINE, CHECKLIST

from compliance.baseline import Baseline
from compliance.channels import slack
from compliance.checklist import Checklist
from compliance.documents import violations
from compliance.drift import Kind
from compliance.engine import Evaluation
from compliance.messages import MOST_OFFENCES, Message
from compliance.model import Gap, Identity, Item, ItemResult, Offender, Status
from compliance.report import SCHEMA
from compliance.sinks.delivery import Delivery, Record
from compliance.sinks.looking_back import history, remembered
from compliance.sinks.once import Once
from compliance.sinks.outbox import Outbox
from compliance.sinks.queue import SourceQueue
from compliance.sinks.recording import Recorded, record
from compliance.sinks.state import DELIVERED, StateTable
from compliance.sinks.telling import RESEND_AFTER, SWEEP_AFTER, Teller
from compliance.statements.deciding import decide
from compliance.statements.records import Author, ItemException
from compliance.statements.standing import Statements
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


def _alerting(**alerts: Any) -> Baseline:
    """The baseline with other alerts."""
    values = {**BASELINE.values, "alerts": {**BASELINE["alerts"], **alerts}}
    return Baseline(values, BASELINE.source)


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


COLLECTED = timedelta(minutes=3)


def _told(teller: Teller, run: str, at: datetime) -> int:
    """A run is told, and what people are told later has been, too."""
    return teller.tell_run(run, at) + teller.sweep(at + COLLECTED)


def _received(account: SimulatedAccount, url: str) -> list[str]:
    """The ids of the changes that a queue's messages tell; it is empty then."""
    sqs, found = account.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            told = json.loads(message["Body"])["message"]
            found += told["changes"] or [told["id"]]
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


def test_what_was_evaluated_since_an_instant_is_known_by_family(table: StateTable) -> None:
    def close(at: datetime, *families: str) -> None:
        record(table, _evaluation(at, *_sound()), SMALL, run=f"{at:%H%M}", families=families)

    close(NOW - timedelta(minutes=1), "data")
    close(NOW, "api", "cost")
    close(NOW + timedelta(minutes=15))
    assert table.families_since(NOW) == {"api", "cost"}
    assert table.families_since(NOW + timedelta(seconds=1)) == set()


def test_an_item_remembers_what_happened_to_it(table: StateTable) -> None:
    for n, results in enumerate((_drifted(), _sound(), _drifted())):
        _record(table, NOW + n * QUARTER, f"run{n}", *results)
    past = [(each.kind, each.at, each.offences) for each in table.head(ALARMS.id).past]
    assert past == [
        ("enrolled", NOW, 2),
        ("recovered", NOW + QUARTER, 2),
        ("drifted", NOW + 2 * QUARTER, 2),
    ]


def test_an_item_remembers_its_last_twenty_changes(table: StateTable) -> None:
    hours = timedelta(hours=3)  # slower than what counts as flapping
    for n in range(23):
        result = _found(LOGS, "a") if n % 2 else _found(LOGS)
        _record(table, NOW + n * hours, f"run{n:02}", result)
    past = table.head(LOGS.id).past
    assert [each.at for each in past] == [NOW + n * hours for n in range(3, 23)]


def test_an_item_that_was_saved_before_it_remembered_has_no_past(
    table: StateTable, dynamodb: Any
) -> None:
    _record(table, NOW, "one", *_drifted())
    key = {"pk": {"S": "123456789012#us-east-1#heads"}, "sk": {"S": LOGS.id}}
    dynamodb.update_item(TableName="state", Key=key, UpdateExpression="REMOVE past")
    assert table.head(LOGS.id).past == ()


def test_the_last_run_of_each_stretch_is_found(
    table: StateTable, account: SimulatedAccount
) -> None:
    for n in range(4):
        _record(table, NOW + n * QUARTER, f"run{n}", *_sound())
    moments = [NOW - QUARTER, NOW + 1.5 * QUARTER, NOW + 1.7 * QUARTER, NOW + 9 * QUARTER]
    account.forget_calls()
    runs = table.runs_over(moments)
    assert [run.id for run in runs] == ["run1", "run3"]
    assert len([call for call in account.calls if call.operation == "Query"]) == 3


def test_the_first_and_the_last_run_are_found(table: StateTable) -> None:
    assert (table.first_run(NOW), table.latest_run()) == (None, None)
    for n in range(3):
        _record(table, NOW + n * QUARTER, f"run{n}", *_sound())
    first, last = table.first_run(NOW + timedelta(minutes=1)), table.latest_run()
    assert first is not None
    assert last is not None
    assert (first.id, last.id) == ("run1", "run2")
    assert last.figures["PASS"] == 3


def test_a_report_tells_since_when_and_how_the_score_went(table: StateTable) -> None:
    for n, results in enumerate((_sound(), _drifted(), _drifted())):
        _record(table, NOW + n * QUARTER, f"run{n}", *results)
    told = history(table, NOW + 3 * QUARTER)
    assert told.since[LOGS.id] == (Status.FAIL, NOW + QUARTER)
    assert told.since[BACKUPS.id] == (Status.PASS, NOW)
    assert [point.failing for point in told.trend] == [0, 2, 2]
    assert [point.at for point in told.trend] == [NOW + n * QUARTER for n in range(3)]


def test_the_state_alone_makes_a_report(table: StateTable) -> None:
    _record(table, NOW, "one", *_drifted())
    report = remembered(table, Statements.of(()), IDENTITY, BASELINE, SMALL, NOW + QUARTER)
    assert report is not None
    plain = report.to_json()
    found = {item["id"]: item for item in plain["items"]}
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert list(violations(json.loads(json.dumps(plain)), schema)) == []
    assert (plain["source"], plain["evaluated_at"]) == ("state", "2026-03-01T14:00:00Z")
    assert [each["resource"] for each in found[ALARMS.id]["offenders"]] == ["b", "c"]
    assert found[ALARMS.id]["evaluated"] == 6
    assert found[BACKUPS.id]["status"] == "PASS"
    assert len(plain["trend"]) == 1


def test_an_item_that_no_run_saw_is_unknown_in_a_report_of_the_state(table: StateTable) -> None:
    _record(table, NOW, "one", _found(LOGS))
    report = remembered(table, Statements.of(()), IDENTITY, BASELINE, SMALL, NOW)
    assert report is not None
    assert report.results[ALARMS.id].status is Status.UNKNOWN
    assert report.results[ALARMS.id].reason == "no run has seen it yet"


def test_a_report_of_the_state_says_what_is_accepted_and_by_whom(table: StateTable) -> None:
    author, until = Author("devops-lead"), NOW + timedelta(days=9)
    accepts = ItemException("e", LOGS.id, author, NOW, until, "a", frozenset({"bad"}), "soon")
    statements = Statements.of((accepts,))
    excepted = decide(_found(LOGS, "a"), statements, NOW)
    _record(table, NOW, "one", excepted)
    report = remembered(table, statements, IDENTITY, BASELINE, SMALL, NOW)
    assert report is not None
    result = report.results[LOGS.id]
    assert result.status is Status.EXCEPTED
    assert [(o.key, e.author.name) for o, e in result.accepted] == [(("a", "bad"), "devops-lead")]


def test_before_the_first_run_there_is_nothing_to_report(table: StateTable) -> None:
    assert remembered(table, Statements.of(()), IDENTITY, BASELINE, SMALL, NOW) is None


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
    # The summary of the first run, which nobody told, and the drift.
    assert _told(teller, "two", NOW + QUARTER) == 2 * len(CHANNELS)
    sqs = account.client("sqs")
    found = sqs.receive_message(QueueUrl=queues["slack"], MaxNumberOfMessages=10)["Messages"]
    (message,) = [each for each in found if '"drifted"' in each["Body"]]
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


@pytest.mark.parametrize("error", [ReadTimeoutError(endpoint_url="https://x"), ValueError("big")])
def test_whatever_keeps_an_item_from_being_saved_holds_up_no_other_and_it_is_due_again(
    error: Exception, table: StateTable, dynamodb: Any
) -> None:
    _record(table, NOW, "one", *_sound())
    breaking = StateTable(_Breaking(dynamodb, ALARMS.id, error), "state", IDENTITY)
    evaluation = _evaluation(NOW + QUARTER, *_drifted())
    with pytest.raises(ExceptionGroup, match="1 items could not be saved"):
        record(breaking, evaluation, SMALL, run="two", families=["monitoring"])
    assert _outbox(dynamodb) == [("*", "enrolled"), (LOGS.id, "drifted")]
    assert [run.id for run in table.runs(NOW + QUARTER)] == ["two"]
    assert table.families_since(NOW + QUARTER) == set()


class _Breaking:
    """A client whose transactions break where they are of an item."""

    def __init__(self, client: Any, item: str, error: Exception) -> None:
        self._client, self._item, self._error = client, item, error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **parameters: Any) -> Any:
        if self._item in json.dumps(parameters, default=str):
            raise self._error
        return self._client.transact_write_items(**parameters)


def test_an_older_look_that_is_saved_later_tells_nothing(table: StateTable, dynamodb: Any) -> None:
    """Evaluated by hand, say, while a scheduled run was still reading."""
    _record(table, NOW, "one", *_sound())
    _record(table, NOW + 2 * QUARTER, "later", *_drifted())
    told = _outbox(dynamodb)
    recorded = _record(table, NOW + QUARTER, "earlier", *_sound())
    assert recorded.recovered == 0
    assert _outbox(dynamodb) == told
    assert _record(table, NOW + 3 * QUARTER, "next", *_drifted()).drifted == 0


def test_what_a_retry_enrolls_besides_is_told_by_a_summary_of_its_own(
    account: SimulatedAccount, table: StateTable, queues: dict[str, str]
) -> None:
    teller = Teller(table, account.client("sqs"), queues, SMALL, BASELINE, IDENTITY)
    logs, *others = _drifted()
    _record(table, NOW, "one", logs)
    _told(teller, "one", NOW)
    first = _received(account, queues["mail"])
    _record(table, NOW + QUARTER, "one", logs, *others)
    _told(teller, "one", NOW + QUARTER)
    second = _received(account, queues["mail"])
    assert (len(first), len(second)) == (1, 1)
    assert first != second
    told = [(row.enrolled, row.failing) for row in table.changes_of("one")]
    assert told == [((LOGS.id,), (LOGS.id,)), ((ALARMS.id, BACKUPS.id), (ALARMS.id,))]
    _record(table, NOW + 2 * QUARTER, "one", logs, *others)
    assert len(table.changes_of("one")) == 2


WRITES = {"transact_write_items", "update_item", "put_item", "send_message"}


class _KilledError(BaseException):
    """The process ended here: nothing that it does can catch that."""


class _Killing:
    """A client that ends the process before, or right after, the nth write; clients may share n."""

    def __init__(self, client: Any, left: list[int], *, after: bool) -> None:
        self._client, self._left, self._after = client, left, after

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        if name not in WRITES:
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
    _told(teller, retried_as, later)
    _told(teller, retried_as, later + SWEEP_AFTER)
    for url in queues.values():
        ids = _received(account, url)
        assert len(ids) == len(set(ids)) == len(expected)


# Of two changes, none critical: whom each is for, and until when it is held. Of the first run's
# summary, which nobody told: whom it is for, two messages, that the queues have it. Then apart: two
# messages each, and that the queues have them. As a digest, for each receiver: the digest, that it
# tells the two changes, its message, that the queue has it; that nothing is pending of the two any
# more; and that the queues have them.
WRITES_APART = 4 + 4 + 6
WRITES_OF_A_DIGEST = 4 + 4 + 2 * 5 + 2 + 2


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("digest_from", "write"),
    [(10, write) for write in range(1, WRITES_APART + 1)]
    + [(2, write) for write in range(1, WRITES_OF_A_DIGEST + 1)],
)
def test_telling_killed_at_any_write_and_swept_reaches_every_queue(
    digest_from: int,
    write: int,
    after: bool,  # noqa: FBT001 -- a parameter of the walk
    account: SimulatedAccount,
    table: StateTable,
    dynamodb: Any,
    queues: dict[str, str],
) -> None:
    _record(table, NOW, "one", _found(LOGS, "e"))
    _record(table, NOW + QUARTER, "two", _found(LOGS, "a"))
    left, baseline = [write], _alerting(digest_from=digest_from)
    dying = Teller(
        StateTable(_Killing(dynamodb, left, after=after), "state", IDENTITY),
        _Killing(account.client("sqs"), left, after=after),
        queues,
        SMALL,
        baseline,
        IDENTITY,
    )
    with pytest.raises(_KilledError):
        _told(dying, "two", NOW + QUARTER)
    teller = Teller(table, account.client("sqs"), queues, SMALL, baseline, IDENTITY)
    for minutes in range(4, 16):
        teller.sweep(NOW + QUARTER + timedelta(minutes=minutes))
    drifts = {row.id for row in table.changes_of("two")}
    (summary,) = table.changes_of("one")
    for url in queues.values():
        assert set(_received(account, url)) == {*drifts, summary.id}
    assert teller.sweep(NOW + QUARTER + timedelta(minutes=16)) == 0


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


def test_what_only_a_lost_channel_waits_for_is_pending_no_more(
    account: SimulatedAccount, table: StateTable, queues: dict[str, str]
) -> None:
    sqs = account.client("sqs")
    teller = Teller(table, sqs, queues, SMALL, BASELINE, IDENTITY)
    _record(table, NOW, "one", *_sound())
    _record(table, NOW + QUARTER, "two", _found(ALARMS, "b"))
    _told(teller, "two", NOW + QUARTER)
    (row,) = table.changes_of("two")
    Outbox(account.client("dynamodb"), "state").delivered({"pk": row.pk, "sk": row.sk}, "mail", "x")
    later = NOW + QUARTER + 2 * RESEND_AFTER
    assert row.id in [each.id for each in table.pending(later)]

    only_mail = Teller(table, sqs, {"mail": queues["mail"]}, SMALL, BASELINE, IDENTITY)
    only_mail.sweep(later)
    assert row.id not in [each.id for each in table.pending(later)]
    (row,) = table.changes_of("two")
    assert {name: each["state"] for name, each in row.channels.items()} == {
        "mail": "delivered",
        "slack": "retired",
    }


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
