"""Mail that a person woken at three can act on, and that no name can forge."""

from __future__ import annotations

import pytest
from example_messages import (
    ANY_MESSAGE,
    EVERY_KIND,
    FIX,
    HOSTILE,
    LARGEST,
    LOG_GROUP,
    blinded,
    enrolled,
    hostile,
    message,
    offence,
    recovered,
    reminder,
    settled,
)
from hypothesis import HealthCheck, example, given, settings

from compliance.channels import mail
from compliance.messages import Message

ANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def test_the_subject_says_how_loud_what_where_and_to_what() -> None:
    assert (
        mail.subject(message(severity="critical"))
        == "[critical] DRIFTED production: /aws/lambda/omnitrack-api: never expires"
    )


def test_a_subject_in_other_scripts_is_ascii() -> None:
    told = mail.subject(message(headline="Prüfung → 日志 … “x”"))
    assert told == '[high] DRIFTED production: Prufung -> ?? ... "x"'


@ANY
@given(ANY_MESSAGE)
@example(LARGEST)
@example(message(headline="a \u00af"))
def test_any_subject_is_one_that_sns_takes(told: Message) -> None:
    subject = mail.subject(told)
    assert 0 < len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()
    assert subject.strip() == subject


@ANY
@given(ANY_MESSAGE)
@example(LARGEST)
def test_any_body_fits_and_holds_nothing_that_a_reader_obeys(told: Message) -> None:
    body = mail.body(told)
    assert len(body.encode()) <= mail.LARGEST_BODY
    shown = body.replace("\n", "").replace("\u2068", "").replace("\u2069", "")
    assert shown.isprintable()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_cannot_begin_a_line_of_its_own(text: str) -> None:
    lines = mail.body(hostile(text)).splitlines()
    assert not [line for line in lines if line.startswith(("Bcc:", "forged:"))]
    assert len(mail.subject(hostile(text)).splitlines()) == 1


def test_the_first_line_says_what_is_wrong() -> None:
    first = mail.body(message()).splitlines()[0]
    assert first == "Drifted: /aws/lambda/omnitrack-api: never expires"


def test_the_body_has_all_that_is_needed_to_act() -> None:
    body = mail.body(message())
    assert f"* {LOG_GROUP}\n  never expires → expected 1 to 30 days\n" in body
    assert "since 2026-03-01 12:05 UTC" in body
    assert "account 123456789012, us-east-1" in body
    assert f"To mend it:\n    {FIX}\n" in body
    assert "\n    https://console.aws.amazon.com/go/view?arn=" in body
    assert "Why it matters: an incident" in body
    assert body.endswith("Change: run-1/cloudwatch.log-retention#drifted#2\n")


def test_prose_is_wrapped_and_what_is_copied_is_not() -> None:
    long_fix = "aws " + "--option value " * 20 + "end"
    body = mail.body(message(why="so it is " * 60, fix=(long_fix,)))
    assert f"\n    {long_fix}\n" in body
    prose = [line for line in body.splitlines() if not line.startswith(("    ", "* "))]
    assert max(map(len, prose)) <= 76


def test_ten_offences_are_named_then_the_count_and_the_command_for_all() -> None:
    offences = tuple(offence(f"{LOG_GROUP}-{at}") for at in range(20))
    body = mail.body(message(offences=offences, offence_count=10_000))
    assert body.count("\n* ") == 10
    assert (
        "and 9,990 more; all of them:\n    compliance run --item cloudwatch.log-retention\n" in body
    )


def test_a_command_that_is_too_long_is_left_out_whole() -> None:
    body = mail.body(message(fix=("x" * 7_000,)))
    assert "x" * 60 not in body
    assert "To see them:\n    compliance run --item cloudwatch.log-retention" in body


def test_a_recovery_says_how_it_ended_and_how_long_it_lasted() -> None:
    body = mail.body(recovered())
    assert "lasted 2 hours 10 minutes, 2026-03-01 12:05 UTC to" in body
    assert "since 2026-03-01 12:05 UTC, mended after 2 hours 10 minutes" in body
    assert "To mend it" not in body


def test_what_settled_is_over_since_it_last_flipped() -> None:
    body = mail.body(settled())
    assert "When:         over since 2026-03-01 13:15 UTC" in body
    assert "mended after 1 hour 10 minutes" in body


def test_blindness_names_the_missing_permission_and_what_it_means() -> None:
    body = mail.body(blinded())
    assert "(grant logs:DescribeLogGroups)" in " ".join(body.split())
    assert "a drift of this item goes unnoticed" in body


def test_a_reminder_says_since_when() -> None:
    assert "since 2026-03-01 12:05 UTC, for 2 days" in mail.body(reminder())


def test_an_enrolment_gives_the_figures() -> None:
    body = mail.body(enrolled())
    assert "Score:        81.2 %\n" in body
    assert "Coverage:     unknown\n" in body
    assert "PASS:         100\n" in body


@pytest.mark.parametrize("told", EVERY_KIND, ids=lambda told: told.kind)
def test_every_kind_ends_with_its_change(told: Message) -> None:
    assert mail.body(told).endswith(f"Change: {told.id}\n")


def test_a_right_to_left_name_keeps_to_itself() -> None:
    body = mail.body(message(offences=(offence("سجل"),)))
    assert "* \u2068سجل\u2069\n  never expires → expected" in body
