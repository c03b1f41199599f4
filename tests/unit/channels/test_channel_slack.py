"""A Slack message within Slack's limits, in which a name is a name and nothing else."""

from __future__ import annotations

import json
from typing import Any

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
)
from hypothesis import HealthCheck, example, given, settings

from compliance.channels import slack
from compliance.messages import Message
from simulated_slack import mistakes, readable

ANY = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


def objects(part: Any) -> list[dict[str, Any]]:
    """Every object of a payload that has a type, wherever it is."""
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    own = [part] if isinstance(part, dict) and "type" in part else []
    return own + [found for each in inner for found in objects(each)]


@ANY
@given(ANY_MESSAGE)
@example(LARGEST)
@example(message(fix=(" ",)))
@example(hostile(" "))
@example(hostile(""))
def test_any_message_is_one_that_slack_takes(told: Message) -> None:
    assert mistakes(slack.payload(told)) == []


@ANY
@given(ANY_MESSAGE)
@example(LARGEST)
def test_no_block_has_a_text_that_slack_would_parse(told: Message) -> None:
    payload = slack.payload(told)
    assert {each["type"] for each in objects(payload["blocks"])} <= {
        "header",
        "context",
        "section",
        "plain_text",
        "rich_text",
        "rich_text_section",
        "rich_text_list",
        "rich_text_preformatted",
        "text",
        "link",
    }
    assert all(each["emoji"] is False for each in objects(payload) if each["type"] == "plain_text")


@ANY
@given(ANY_MESSAGE)
@example(LARGEST)
def test_all_of_a_message_together_stays_short_enough_to_be_shown(told: Message) -> None:
    texts = [
        each["text"] for each in objects(slack.payload(told)) if isinstance(each.get("text"), str)
    ]
    assert sum(map(len, texts)) < 13_000


@pytest.mark.parametrize("text", HOSTILE)
def test_the_fallback_rings_nobody_and_links_nowhere(text: str) -> None:
    fallback = slack.payload(hostile(text))["text"]
    assert "<" not in fallback
    assert ">" not in fallback
    assert not [word for word in ("@here", "@channel", "@everyone") if word in fallback]
    assert fallback.replace("\u2060", "").isprintable()


def test_an_ampersand_is_escaped_once() -> None:
    assert "a &amp; b &lt;c&gt;" in slack.payload(message(headline="a & b <c>"))["text"]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_is_shown_can_reorder_or_hide_its_neighbours(text: str) -> None:
    shown = json.dumps(slack.payload(hostile(text))["blocks"], ensure_ascii=False)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u200b\u200f\ufeff\x1b")


def test_a_message_says_all_that_is_needed_to_act() -> None:
    lines = readable(slack.payload(message())).splitlines()
    assert lines == [
        "🟠 Drifted: /aws/lambda/omnitrack-api: never expires",
        (
            "high · omnitrack production · account 123456789012 · us-east-1 · "
            "since 2026-03-01 12:05 UTC, for 2 hours 10 minutes"
        ),
        "Demanded: Every log group keeps its events long enough to investigate",
        "/aws/lambda/omnitrack-api",
        "never expires → expected 1 to 30 days",
        "Why it matters: an incident found late can only be investigated in logs that still exist.",
        "To mend it:",
        f"    {FIX}",
        "Open in the console https://console.aws.amazon.com/go/view?arn=arn%3Aaws%3Alogs",
        "item cloudwatch.log-retention · change run-1/cloudwatch.log-retention#drifted#2",
    ]


def test_a_command_can_be_copied_as_it_stands() -> None:
    command = "aws x --query 'a[?b==`1`] | <c> & @here' ```"
    texts = [each.get("text") for each in objects(slack.payload(message(fix=(command,))))]
    assert command in texts


def test_a_command_is_whole_or_left_out() -> None:
    shown = readable(slack.payload(message(fix=("y" * 100, "x" * 2_600))))
    assert "y" * 100 in shown
    assert "xx" not in shown
    assert "1 command cannot be shown here: compliance run --item cloudwatch.log-retention" in shown


def test_ten_offences_are_named_then_the_count_and_the_command_for_all() -> None:
    offences = tuple(offence(f"{LOG_GROUP}-{at}") for at in range(20))
    shown = readable(slack.payload(message(offences=offences, offence_count=10_000)))
    assert shown.count("/aws/lambda/omnitrack-api-") == 10
    assert "and 9,990 more; all of them: compliance run --item cloudwatch.log-retention" in shown


def test_a_recovery_says_how_it_ended_and_how_long_it_lasted() -> None:
    shown = readable(slack.payload(recovered()))
    assert shown.startswith("🟢 Recovered: /aws/lambda/omnitrack-api: never expires no more")
    assert "lasted 2 hours 10 minutes" in shown
    assert "/aws/lambda/omnitrack-api  mended after 2 hours 10 minutes" in shown


def test_blindness_names_the_missing_permission() -> None:
    shown = readable(slack.payload(blinded()))
    assert shown.startswith("🟠 Cannot see: Every log group")
    assert "(grant logs:DescribeLogGroups)" in shown


def test_a_reminder_says_since_when() -> None:
    shown = readable(slack.payload(reminder()))
    assert shown.startswith("🔴 Still failing: /aws/lambda/omnitrack-api")
    assert "since 2026-03-01 12:05 UTC, for 2 days" in shown


def test_an_enrolment_gives_the_figures() -> None:
    shown = readable(slack.payload(enrolled()))
    assert "score 81.2 % · coverage unknown · PASS 100 · failing critical 2" in shown


@pytest.mark.parametrize("told", EVERY_KIND, ids=lambda told: told.kind)
def test_every_kind_ends_with_its_change(told: Message) -> None:
    assert readable(slack.payload(told)).endswith(f"change {told.id}")


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "http://x.example", "https://x.example/<a|b>", "https://a b", ""],
)
def test_what_is_no_plain_address_is_no_link(address: str) -> None:
    assert "link" not in {each["type"] for each in objects(slack.payload(message(link=address)))}
