"""Many things in one message: counted, ordered, bounded."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from compliance.checklist import load_checklist
from compliance.digests import Day, Unseen, daily, digest_of, newly_due
from compliance.messages import Message, Origin
from compliance.model import Item, Severity
from compliance.statements.due import Due

NOW = datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ORIGIN = Origin("omnitrack", "production", "123456789012", "us-east-1", "digest-1")
LOGS: Item = load_checklist().items["cloudwatch.log-retention"]
FIGURES = {"score": 81.25, "coverage": 90.0, "PASS": 100}


def _told(number: int, severity: str = "high", kind: str = "drifted") -> Message:
    return Message(
        f"run/{number}",
        kind,
        ORIGIN,
        NOW.isoformat(),
        f"item-{number}",
        "s",
        severity,
        "t",
        f"r-{number}: is off",
    )


def test_a_digest_counts_and_names_the_most_severe_first() -> None:
    told = [_told(1, "low"), _told(2), _told(3, kind="recovered"), _told(4, "medium")]
    digest = digest_of("d", ORIGIN, NOW, told)
    assert digest.severity == "high"
    assert digest.headline == ("4 items together: 2 high, 1 medium, 1 low; 3 drifted, 1 recovered")
    assert [note.title for note in digest.notes] == [
        "2 high",
        "1 medium",
        "1 low",
        "All that is open now",
    ]
    assert [note.lines for note in digest.notes[:-1]] == [
        ("drifted: r-2: is off (item-2)", "recovered: r-3: is off (item-3)"),
        ("drifted: r-4: is off (item-4)",),
        ("drifted: r-1: is off (item-1)",),
    ]


def test_a_digest_counts_an_item_once_however_often_it_changed() -> None:
    told = [_told(1), _told(1, kind="recovered"), _told(2)]
    assert digest_of("d", ORIGIN, NOW, told).headline.startswith("2 items together: 3 high; ")


def test_a_line_of_a_digest_is_cut() -> None:
    long = replace(_told(1), headline="x" * 1_000)
    (line,) = digest_of("d", ORIGIN, NOW, [long]).notes[0].lines
    assert len(line) == 240
    assert line.endswith("x…")


def test_a_digest_has_the_ids_of_all_and_the_names_of_the_first() -> None:
    digest = digest_of("d", ORIGIN, NOW, [_told(n) for n in range(1_000)])
    assert len(digest.changes) == 1_000
    assert len(digest.notes[0].lines) == 13
    assert digest.notes[0].lines[-1] == "and 988 more"


def test_after_maintenance_it_says_so() -> None:
    digest = digest_of("d", ORIGIN, NOW, [_told(1), _told(2)], after_maintenance=True)
    assert digest.headline.startswith("2 items held back during maintenance: ")


def _day(**changes: object) -> Day:
    fields: dict[str, object] = {
        "figures": FIGURES,
        "yesterday": {"score": 80.0, "coverage": 90.0},
        "last_week": None,
        "open": (),
        "unseen": (),
        "ran": {"data": NOW - timedelta(minutes=5), "people": None},
        **changes,
    }
    return Day(**fields)  # type: ignore[arg-type]  # the fields as given


def _note(message: Message, title: str) -> tuple[str, ...]:
    (lines,) = [note.lines for note in message.notes if note.title == title]
    return lines


def test_the_day_says_how_score_and_coverage_changed_in_a_day_and_a_week() -> None:
    lines = _note(daily("d", ORIGIN, NOW, _day()), "Change")
    assert lines == (
        "score 81.2 %: +1.2 in a day, unknown in a week",
        "coverage 90.0 %: +0.0 in a day, unknown in a week",
    )


def test_the_day_s_headline_counts_what_is_open_what_is_critical_and_what_is_unseen() -> None:
    critical = replace(LOGS, severity=Severity.CRITICAL)
    open_ = [(critical, NOW), (LOGS, NOW), (LOGS, NOW)]
    day = _day(open=open_, unseen=[Unseen(LOGS, "denied")])
    headline = daily("d", ORIGIN, NOW, day).headline
    assert headline == "score 81.2 %; 3 items open, 1 critical; 1 not seen"


@pytest.mark.parametrize(
    ("open_for", "age"),
    [
        (timedelta(), "less than a day"),
        (DAY, "a day to a week"),
        (7 * DAY, "a week to a month"),
        (30 * DAY, "more than a month"),
    ],
)
def test_an_age_ends_where_the_next_begins(open_for: timedelta, age: str) -> None:
    lines = _note(daily("d", ORIGIN, NOW, _day(open=[(LOGS, NOW - open_for)])), "Open by age")
    assert lines == (f"{age}: 1: cloudwatch.log-retention (high)",)


def test_the_day_lists_what_is_open_by_age() -> None:
    open_ = [(LOGS, NOW - timedelta(hours=3)), (LOGS, NOW - 3 * DAY), (LOGS, NOW - 300 * DAY)]
    lines = _note(daily("d", ORIGIN, NOW, _day(open=open_)), "Open by age")
    assert [line.partition(":")[0] for line in lines] == [
        "less than a day",
        "a day to a week",
        "more than a month",
    ]


def test_the_day_says_what_could_not_be_seen_and_when_each_family_ran() -> None:
    message = daily("d", ORIGIN, NOW, _day(unseen=[Unseen(LOGS, "denied (grant x:Y)")]))
    assert _note(message, "Could not be seen") == ("cloudwatch.log-retention: denied (grant x:Y)",)
    assert _note(message, "Last run") == (
        "data: 2026-03-08 06:55 UTC, 5 min ago",
        "people: not in the last week",
    )


def test_a_run_of_long_ago_is_told_in_hours() -> None:
    ran = {"a": NOW - timedelta(minutes=119), "b": NOW - timedelta(minutes=121)}
    lines = _note(daily("d", ORIGIN, NOW, _day(ran=ran)), "Last run")
    assert [line.rpartition(", ")[2] for line in lines] == ["119 min ago", "2 h ago"]


def test_the_day_says_what_waits_in_dead_letter_queues() -> None:
    waiting = {"slack": 3, "mail": 0, "events": None}
    lines = _note(daily("d", ORIGIN, NOW, _day(waiting=waiting)), "Waiting in dead-letter queues")
    assert lines == ("slack: 3", "events: does not answer")
    quiet = daily("d", ORIGIN, NOW, _day(waiting={"slack": 0}))
    assert _note(quiet, "Waiting in dead-letter queues") == ("nothing",)


def test_the_day_says_what_is_due_and_whose_it_is() -> None:
    due = [
        Due(LOGS, "attestation", NOW + DAY, overdue=False, owner="alice", words="ends in a day"),
        Due(LOGS, "attestation", None, overdue=True, owner=None, words="is missing"),
    ]
    assert _note(daily("d", ORIGIN, NOW, _day(due=due)), "Due") == (
        "attestation of cloudwatch.log-retention, 2026-03-09, alice: ends in a day",
        "attestation of cloudwatch.log-retention, never stated: is missing",
    )
    assert "Due" not in [note.title for note in daily("d", ORIGIN, NOW, _day()).notes]


def test_statements_that_cannot_be_read_are_said_to_be() -> None:
    assert _note(daily("d", ORIGIN, NOW, _day(due=None)), "Due") == ("statements cannot be read",)


def test_what_ends_is_announced_two_weeks_three_days_and_a_day_before_and_when_it_has() -> None:
    end = NOW + 30 * DAY + timedelta(hours=5)
    due = Due(LOGS, "attestation", end, overdue=False, owner=None, words="w")
    announced = [
        round((end - (NOW + n * DAY)) / DAY, 1)
        for n in range(40)
        if newly_due([due], NOW + (n - 1) * DAY, NOW + n * DAY)
    ]
    assert announced == [13.2, 2.2, 0.2, -0.8]


def test_what_one_day_announced_to_the_second_the_next_does_not_again() -> None:
    due = Due(LOGS, "attestation", NOW + 14 * DAY, overdue=False, owner=None, words="w")
    assert newly_due([due], NOW - DAY, NOW) == [due]
    assert newly_due([due], NOW, NOW + DAY) == []


def test_what_a_missed_day_would_have_announced_the_next_one_does() -> None:
    due = Due(LOGS, "attestation", NOW + 13 * DAY, overdue=False, owner=None, words="w")
    assert newly_due([due], NOW - 3 * DAY, NOW) == [due]


def test_what_was_never_stated_is_no_date_that_comes() -> None:
    due = Due(LOGS, "attestation", None, overdue=True, owner=None, words="w")
    assert newly_due([due], NOW - DAY, NOW) == []
