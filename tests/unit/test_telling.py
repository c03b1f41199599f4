"""Who is told when: programs and what is critical at once, people together, nobody in a window."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from demo.month import Table

from compliance.baseline import Baseline, load_baseline
from compliance.checklist import load_checklist
from compliance.digests import digest_of
from compliance.drift import Change, Flip, Kind, Open
from compliance.messages import Act, Ask, Message, Origin
from compliance.model import Identity, Item, Offender, Severity
from compliance.sinks import telling
from compliance.sinks.state import DIGEST, PENDING, ChangeRow
from compliance.sinks.telling import RESEND_AFTER, Teller

NOW = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CHECKLIST = load_checklist()
IDENTITY = Identity("123456789012", "us-east-1")
ORIGIN = Origin("omnitrack", "production", "123456789012", "us-east-1", "run-1")
CHANNELS = ("mail", "machines", "slack", "events")
SQS_MESSAGE_BYTES = 262_144
DYNAMODB_ITEM_BYTES = 400 * 1024
ARN = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/a"


def _items(severity: Severity, section: str | None = None) -> list[Item]:
    items = CHECKLIST.items.values()
    return [i for i in items if i.severity is severity and section in {None, i.section}]


CALM, CRITICAL = _items(Severity.HIGH), _items(Severity.CRITICAL)


class _Queues:
    """Four queues, and what each was given: the receiver, and the message."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803 -- boto3's names
        body = json.loads(MessageBody)
        assert body["channel"].partition(":")[0] == QueueUrl
        self.sent.append((body["channel"], body["message"]))

    def taken(self) -> list[tuple[str, str]]:
        """Each receiver with the kind of what it was sent since this was last asked."""
        found, self.sent = self.sent, []
        return sorted((receiver, message["kind"]) for receiver, message in found)


class Stage:
    """A table in memory, a teller, and its queues."""

    def __init__(self, *, who: Ask | None = None, **alerts: Any) -> None:
        self.table, self.queues = Table(), _Queues()
        self.rule(who=who, **alerts)

    def rule(self, *, who: Ask | None = None, **alerts: Any) -> None:
        """From now on a baseline with these alerts holds."""
        baseline = load_baseline()
        values = {**baseline.values, "alerts": {**baseline["alerts"], **alerts}}
        self.teller = Teller(
            self.table,  # type: ignore[arg-type]  # the same methods
            self.queues,
            dict(zip(CHANNELS, CHANNELS, strict=True)),
            CHECKLIST,
            Baseline(values, "test"),
            IDENTITY,
            who,
        )

    def run(self, name: str, items: list[Item], at: datetime = NOW) -> list[tuple[str, str]]:
        """A run in which the items drifted is told."""
        for item in items:
            self.drift(name, item, at)
        self.teller.tell_run(name, at)
        return self.queues.taken()

    def drift(self, run: str, item: Item, at: datetime) -> ChangeRow:
        """An item drifted, and nobody is told yet."""
        offence = Open(Offender(ARN, "bad", "is bad", "good"), at)
        self.table.add(run, Change(item.id, item.severity, Kind.DRIFTED, at, (offence,)))
        return self.table.changes_of(run)[-1]

    def sweep(self, at: datetime) -> list[tuple[str, str]]:
        self.teller.sweep(at)
        return self.queues.taken()


PEOPLE = [("mail", "drifted"), ("slack", "drifted")]
PROGRAMS = [("events", "drifted"), ("machines", "drifted")]


def test_everybody_is_told_of_what_is_critical_at_once() -> None:
    stage = Stage()
    assert stage.run("one", CRITICAL[:1]) == sorted(PEOPLE + PROGRAMS)
    assert stage.sweep(NOW + 5 * MINUTE) == []


def test_programs_are_told_at_once_and_people_two_minutes_later() -> None:
    stage = Stage()
    assert stage.run("one", CALM[:1]) == PROGRAMS
    assert stage.sweep(NOW + MINUTE) == []
    assert stage.sweep(NOW + 2 * MINUTE) == PEOPLE
    assert stage.sweep(NOW + 3 * MINUTE) == []


def test_what_drifts_in_several_families_within_two_minutes_is_one_digest() -> None:
    stage = Stage()
    stage.run("data", CALM[:6])
    stage.run("api", [*CALM[6:12], CRITICAL[0]], NOW + MINUTE)
    assert stage.sweep(NOW + 2 * MINUTE) == [("mail", "digest"), ("slack", "digest")]
    assert stage.sweep(NOW + 4 * MINUTE) == []


def test_a_digest_sent_again_is_the_same_message() -> None:
    stage = Stage()
    stage.run("one", CALM[:12])
    stage.teller.sweep(NOW + 2 * MINUTE)
    first = [message for _, message in stage.queues.sent]
    stage.queues.taken()
    stage.teller.sweep(NOW + 3 * MINUTE + RESEND_AFTER)
    again = [m for _, m in stage.queues.sent if m["kind"] == "digest"]
    assert again == first
    assert len(first[0]["changes"]) == 12


def test_a_wake_up_that_comes_again_neither_tells_anew_nor_waits_anew() -> None:
    stage = Stage()
    stage.run("one", CALM[:1])
    stage.teller.tell_run("one", NOW + MINUTE)
    assert stage.queues.taken() == []
    assert stage.sweep(NOW + 2 * MINUTE) == PEOPLE


def test_a_change_stays_for_whom_it_was_when_routes_change() -> None:
    stage = Stage(routes=[{"name": "own", "channel": "slack", "sections": [CALM[0].section]}])
    row = stage.drift("one", CALM[0], NOW)
    stage.table.intend(row, ["mail", "slack:own"], NOW)
    stage.rule()
    stage.sweep(NOW + 5 * MINUTE)
    assert stage.sweep(NOW + 7 * MINUTE) == [("mail", "drifted"), ("slack:own", "drifted")]


def test_who_has_it_already_is_not_sent_it_again() -> None:
    stage = Stage()
    row = stage.drift("one", CRITICAL[0], NOW)
    stage.table.intend(row, CHANNELS, NOW)
    stage.table.deliver(row.pk, row.sk, "slack", NOW)
    told = [("events", "drifted"), ("machines", "drifted"), ("mail", "drifted")]
    assert stage.sweep(NOW + 5 * MINUTE) == told
    # And where the queues lost it: only to whom it has not come.
    assert stage.sweep(NOW + 6 * MINUTE + RESEND_AFTER) == told


def test_what_is_most_severe_is_told_first() -> None:
    stage = Stage()
    low = _items(Severity.LOW)[0]
    for item in (low, CALM[0], CRITICAL[0]):
        stage.drift("one", item, NOW)
    stage.teller.tell_run("one", NOW)
    machines = [message["severity"] for to, message in stage.queues.sent if to == "machines"]
    assert machines == ["critical", "high", "low"]


def test_more_than_a_digest_can_hold_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MOST_IN_A_DIGEST", 11)
    stage = Stage()
    stage.run("one", CALM[:22])
    first = stage.sweep(NOW + 2 * MINUTE)
    assert first == [("mail", "digest"), ("slack", "digest")]
    assert stage.sweep(NOW + 3 * MINUTE) == first
    assert stage.sweep(NOW + 4 * MINUTE) == []
    digests = [row for row in stage.table.rows.values() if row.kind == DIGEST]
    assert [len(row.members) for row in digests] == [11] * 4


def test_the_most_that_a_digest_can_hold_fit_a_queue_s_message_and_a_table_s_row() -> None:
    """The longest id there is: a run's, an item's, a kind and a version."""
    item = max(CHECKLIST.items, key=len)
    run = "7d0b2f6e-1c9a-4f0e-9d57-0a4c3f1b8e22"
    told = [
        Message(
            f"{run}/{item}#recovered#{n}",
            "recovered",
            ORIGIN,
            NOW.isoformat(),
            item,
            "s",
            "low",
            "t" * 100,
            "h" * 300,
        )
        for n in range(100_000, 100_000 + telling.MOST_IN_A_DIGEST)
    ]
    digest = digest_of(f"digest/{run}", ORIGIN, NOW, told)
    body = telling.envelope("slack:somebody", digest, {"pk": "p" * 200, "sk": "s" * 200})
    assert len(body.encode()) < SQS_MESSAGE_BYTES
    members = json.dumps(digest.changes)
    assert len(json.dumps(digest.to_json()).encode()) + len(members.encode()) < DYNAMODB_ITEM_BYTES


def test_a_digest_that_was_queued_is_not_queued_again_when_its_telling_ended_midway() -> None:
    stage = Stage()
    stage.run("one", CALM[:12])
    stage.sweep(NOW + 2 * MINUTE)
    # As if it had ended before any change was noted as queued, and half of them as handed over.
    held = [row for row in stage.table.rows.values() if row.kind != DIGEST]
    for number, row in enumerate(held):
        channels = dict(row.channels)
        if number % 2:
            channels |= {name: {**channels[name], "state": PENDING} for name in ("mail", "slack")}
        stage.table.rows[row.pk, row.sk] = replace(row, queued_at=None, channels=channels)
    assert stage.sweep(NOW + 3 * MINUTE) == []


def test_what_drifts_after_a_window_does_not_wait_with_what_the_window_held() -> None:
    stage = Stage(maintenance=[WINDOW])
    stage.run("held", CALM[:2])
    end = NOW + 60 * MINUTE
    # The window is given up half a minute before its end: what it held is told when it was to end.
    stage.rule()
    stage.run("after", CALM[2:3], end - MINUTE / 2)
    assert ("slack", "digest") in stage.sweep(end)
    assert stage.sweep(end + MINUTE) == []
    assert stage.sweep(end + 2 * MINUTE) == PEOPLE


def test_a_lost_wake_up_is_told_by_the_sweep_at_its_pace() -> None:
    stage = Stage()
    item = CALM[0]
    offence = Open(Offender(ARN, "bad", "is bad", "good"), NOW)
    stage.table.add("lost", Change(item.id, item.severity, Kind.DRIFTED, NOW, (offence,)))
    assert stage.sweep(NOW + 4 * MINUTE) == []
    assert stage.sweep(NOW + 5 * MINUTE) == PROGRAMS
    assert stage.sweep(NOW + 7 * MINUTE) == PEOPLE


WINDOW = {"name": "upgrade", "from": "2026-03-01T13:00Z", "until": "2026-03-01T15:00Z"}


def test_in_a_window_only_what_is_critical_is_told_and_the_rest_after_it_together() -> None:
    stage = Stage(maintenance=[WINDOW])
    assert stage.run("one", [CRITICAL[0], *CALM[:2]]) == sorted(PEOPLE + PROGRAMS)
    assert stage.sweep(NOW + 59 * MINUTE) == []
    told = stage.sweep(NOW + 60 * MINUTE)
    assert told == sorted([*PROGRAMS, *PROGRAMS, ("mail", "digest"), ("slack", "digest")])


def test_what_was_collected_when_a_window_began_waits_for_its_end() -> None:
    stage = Stage(maintenance=[WINDOW])
    before = NOW - 61 * MINUTE
    assert stage.run("one", CALM[:2], before) == sorted(PROGRAMS * 2)
    assert stage.sweep(before + 2 * MINUTE) == []
    told = stage.sweep(NOW + 60 * MINUTE)
    assert [each for each in told if each[0] in {"mail", "slack"}] == [
        ("mail", "digest"),
        ("slack", "digest"),
    ]


def test_each_receiver_gets_a_digest_of_its_own_changes_only() -> None:
    section = CALM[0].section
    route = {"name": "own", "channel": "slack", "sections": [section]}
    stage = Stage(routes=[route], digest_from=2)
    mine = _items(Severity.HIGH, section)[:2]
    others = [item for item in CALM if item.section != section][:3]
    stage.run("one", [*mine, *others])
    stage.teller.sweep(NOW + 2 * MINUTE)
    sizes = {to: len(m["changes"]) for to, m in stage.queues.sent}
    assert sizes == {"mail": 5, "slack": 3, "slack:own": 2}


def test_a_change_of_an_item_that_the_checklist_lost_is_told() -> None:
    stage = Stage()
    offence = Open(Offender(ARN, "bad", "is bad", "good"), NOW)
    stage.table.add("one", Change("old.item", Severity.CRITICAL, Kind.DRIFTED, NOW, (offence,)))
    stage.teller.tell_run("one", NOW)
    assert "no longer on the checklist" in stage.queues.sent[0][1]["title"]


def test_who_changed_it_is_told_of_drift_with_runbook_and_how_to_accept_it() -> None:
    def who(resources: Any, before: datetime) -> list[Act]:
        return [Act("PutRetentionPolicy", "alice", before, resources[0])]

    stage = Stage(who=who)
    stage.run("one", [])
    item = CRITICAL[0]
    offence = Open(Offender(ARN, "bad", "is bad", "good"), NOW)
    change = Change(item.id, item.severity, Kind.DRIFTED, NOW, (offence,))
    stage.table.add("two", change)
    stage.teller.tell_run("two", NOW)
    (message,) = [m for to, m in stage.queues.sent if to == "slack"]
    assert message["notes"] == [
        {
            "title": "Changed before, as CloudTrail tells",
            "lines": ["PutRetentionPolicy by alice, 2026-03-01 14:00 UTC: /aws/lambda/a"],
        }
    ]
    assert message["runbook"] == "https://runbooks.omnitrack.example/compliance"
    assert message["accept"] == (
        f"compliance except {item.id} --resource {ARN} --fault bad --reason WHY --until 7d"
    )


def test_flapping_is_told_with_its_history() -> None:
    stage = Stage()
    item = CRITICAL[0]
    offence = Open(Offender(ARN, "bad", "is bad", "good"), NOW)
    flips = (Flip(NOW - 30 * MINUTE, began=True), Flip(NOW, began=False))
    change = Change(item.id, item.severity, Kind.FLAPPING, NOW, (offence,), history=flips)
    stage.table.add("one", change)
    stage.teller.tell_run("one", NOW)
    message = stage.queues.sent[0][1]
    assert message["headline"] == "/aws/lambda/a: came and went, 2 times of late: is bad"
    assert message["notes"][0]["lines"] == [
        "2026-03-01 13:30 UTC failed",
        "2026-03-01 14:00 UTC recovered",
    ]


class _Refusing(_Queues):
    """One queue that takes nothing."""

    def __init__(self, queue: str = "slack") -> None:
        super().__init__()
        self._queue = queue

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803 -- boto3's names
        if QueueUrl == self._queue:
            message = "no such queue"
            raise RuntimeError(message)
        super().send_message(QueueUrl=QueueUrl, MessageBody=MessageBody)


@pytest.mark.parametrize("broken", CHANNELS)
def test_a_queue_that_takes_nothing_delays_what_is_critical_nowhere_else(broken: str) -> None:
    stage = Stage()
    working, stage.queues = stage.queues, _Refusing(broken)
    stage.teller._sqs = stage.queues
    stage.drift("one", CRITICAL[0], NOW)
    with pytest.raises(ExceptionGroup, match="1 changes could not be told"):
        stage.teller.tell_run("one", NOW)
    assert stage.queues.taken() == [
        (each, "drifted") for each in sorted(CHANNELS) if each != broken
    ]
    stage.teller._sqs = stage.queues = working
    assert (broken, "drifted") in stage.sweep(NOW + 5 * MINUTE)


def _without_slack(stage: Stage) -> None:
    del stage.teller._queues["slack"]  # type: ignore[attr-defined]  # a dictionary, in a test
    stage.table.retired.clear()


def test_where_a_channel_is_taken_out_of_the_stack_nobody_waits_for_it() -> None:
    critical = Stage()
    critical.run("one", CRITICAL[:1])
    (row,) = critical.table.changes_of("one")
    for channel in ("mail", "machines", "events"):
        critical.table.deliver(row.pk, row.sk, channel, NOW)
    _without_slack(critical)
    assert critical.sweep(NOW + MINUTE + RESEND_AFTER) == []
    assert critical.table.retired == [(row.id, "slack")]
    assert critical.table.pending(NOW + 2 * RESEND_AFTER) == []

    held = Stage()
    held.run("one", CALM[:12])
    _without_slack(held)
    assert held.sweep(NOW + 2 * MINUTE) == [("mail", "digest")]
    assert held.sweep(NOW + 3 * MINUTE) == []

    midway = Stage()
    row = midway.drift("one", CRITICAL[0], NOW)
    midway.table.intend(row, CHANNELS, NOW)
    _without_slack(midway)
    told = [("events", "drifted"), ("machines", "drifted"), ("mail", "drifted")]
    assert midway.sweep(NOW + 5 * MINUTE) == told
    assert midway.sweep(NOW + 6 * MINUTE) == []


def test_many_that_are_held_while_their_digest_is_written_are_a_digest_of_their_own() -> None:
    """A run holds its changes one by one, and a minute's sweep comes in between."""
    stage = Stage()
    hold, held = stage.table.hold, []

    def interrupted(row: ChangeRow, until: datetime, why: str) -> None:
        hold(row, until, why)
        held.append(row)
        if len(held) == 15:
            stage.teller.sweep(until)

    stage.table.hold = interrupted  # type: ignore[method-assign]  # for this moment
    stage.run("one", CALM[:40])
    stage.table.hold = hold  # type: ignore[method-assign]  # as it was
    assert len(CALM[:40]) == 40
    told = [stage.sweep(NOW + minutes * MINUTE) for minutes in (2, 3, 4)]
    assert told == [[], [("mail", "digest"), ("slack", "digest")], []]
    sizes = sorted(len(row.members) for row in stage.table.rows.values() if row.kind == DIGEST)
    assert sizes == [15, 15, 25, 25]


def _summary(stage: Stage, *failing: Item) -> None:
    every = (*failing, _items(Severity.LOW)[0])
    stage.table.rows["one", "*#enrolled"] = ChangeRow(
        "one",
        "*#enrolled",
        "enrolled",
        None,
        [i.id for i in every],
        {"FAIL": 60},
        {},
        "one",
        NOW,
        None,
        failing=[item.id for item in failing],
    )
    stage.teller.tell_run("one", NOW)


def test_a_first_look_is_as_severe_as_what_fails_and_names_it() -> None:
    stage = Stage(maintenance=[WINDOW])
    _summary(stage, CALM[0], CRITICAL[0])
    (message,) = [m for to, m in stage.queues.sent if to == "slack"]
    assert message["severity"] == "critical"
    assert message["headline"] == "3 items seen for the first time: 2 fail"
    assert [(note["title"], note["lines"]) for note in message["notes"]] == [
        ("1 critical", [f"{CRITICAL[0].title} ({CRITICAL[0].id})"]),
        ("1 high", [f"{CALM[0].title} ({CALM[0].id})"]),
    ]


def test_a_first_look_at_nothing_critical_waits_a_window_out() -> None:
    stage = Stage(maintenance=[WINDOW])
    _summary(stage, CALM[0])
    assert stage.queues.taken() == []
    assert ("slack", "enrolled") in stage.sweep(NOW + 60 * MINUTE)


def test_a_queue_that_takes_nothing_holds_up_no_other_and_is_tried_again() -> None:
    stage = Stage()
    stage.run("one", CALM[:2])
    working, stage.queues = stage.queues, _Refusing()
    stage.teller._sqs = stage.queues
    with pytest.raises(ExceptionGroup, match="2 changes could not be told"):
        stage.teller.sweep(NOW + 2 * MINUTE)
    assert stage.queues.taken() == [("mail", "drifted")] * 2
    stage.teller._sqs = stage.queues = working
    assert ("slack", "drifted") in stage.sweep(NOW + 3 * MINUTE)
