"""Who is told when: programs and what is critical at once, people together, nobody in a window."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from demo.month import Table

from compliance.baseline import Baseline, load_baseline
from compliance.checklist import load_checklist
from compliance.drift import Change, Flip, Kind, Open
from compliance.messages import Act, Ask
from compliance.model import Identity, Item, Offender, Severity
from compliance.sinks.telling import RESEND_AFTER, Teller

NOW = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CHECKLIST = load_checklist()
IDENTITY = Identity("123456789012", "us-east-1")
CHANNELS = ("mail", "machines", "slack", "events")
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
        baseline = load_baseline()
        values = {**baseline.values, "alerts": {**baseline["alerts"], **alerts}}
        self.table, self.queues = Table(), _Queues()
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
            offence = Open(Offender(ARN, "bad", "is bad", "good"), at)
            self.table.add(name, Change(item.id, item.severity, Kind.DRIFTED, at, (offence,)))
        self.teller.tell_run(name, at)
        return self.queues.taken()

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

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803 -- boto3's names
        if QueueUrl == "slack":
            message = "no such queue"
            raise RuntimeError(message)
        super().send_message(QueueUrl=QueueUrl, MessageBody=MessageBody)


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
