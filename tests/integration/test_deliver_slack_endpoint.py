"""The endpoint that stands for Slack: it refuses what Slack would refuse."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from json import dumps
from typing import Any

import pytest

from simulated_slack import SlackEndpoint, mistakes, rate_limited, readable


@pytest.fixture
def slack() -> Iterator[SlackEndpoint]:
    with SlackEndpoint() as endpoint:
        yield endpoint


def post(
    url: str, payload: Any, content_type: str = "application/json"
) -> tuple[int, str, dict[str, str]]:
    body = payload if isinstance(payload, bytes) else dumps(payload).encode()
    request = urllib.request.Request(  # noqa: S310 -- loopback
        url, body, {"Content-Type": content_type}, method="POST"
    )
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 -- as above
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), dict(error.headers)


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": plain(text)}


def test_what_slack_takes_is_posted(slack: SlackEndpoint) -> None:
    payload = {"text": "hello", "blocks": [section("hello")]}
    assert post(slack.url, payload)[:2] == (200, "ok")
    assert slack.posted == [payload]
    assert readable(payload) == "hello"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"{", "invalid_payload"),
        (b"[]", "invalid_payload"),
        ({}, "no_text"),
        ({"blocks": [section("x")] * 51}, "invalid_blocks"),
        ({"blocks": [section("x" * 3_001)]}, "invalid_blocks"),
        ({"blocks": [section("")]}, "invalid_blocks"),
        ({"blocks": [{"type": "header", "text": plain("x" * 151)}]}, "invalid_blocks"),
        (
            {"blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]},
            "invalid_blocks",
        ),
        ({"blocks": [{"type": "section", "fields": [plain("x" * 2_001)]}]}, "invalid_blocks"),
        ({"blocks": [{"type": "section", "fields": [plain("x")] * 11}]}, "invalid_blocks"),
        ({"blocks": [{"type": "context", "elements": [plain("x")] * 11}]}, "invalid_blocks"),
        ({"blocks": [{"type": "context", "elements": []}]}, "invalid_blocks"),
        ({"blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
        ({"blocks": [{"type": "rich_text", "elements": [{"type": "text"}]}]}, "invalid_blocks"),
        ({"blocks": [{**section("x"), "block_id": "a"}] * 2}, "invalid_blocks"),
    ],
)
def test_what_slack_refuses_is_refused_and_explained(
    slack: SlackEndpoint, payload: Any, code: str
) -> None:
    assert post(slack.url, payload)[:2] == (400, code)
    assert slack.posted == []
    assert slack.mistakes


def test_another_address_is_no_service(slack: SlackEndpoint) -> None:
    assert post(f"{slack.url}x", {"text": "x"})[:2] == (404, "no_service")


def test_answers_are_given_as_often_as_told(slack: SlackEndpoint) -> None:
    slack.answer(rate_limited(7), times=2)
    answers = [post(slack.url, {"text": "x"}) for _ in range(3)]
    assert [status for status, _, _ in answers] == [429, 429, 200]
    assert answers[0][2]["Retry-After"] == "7"
    assert (slack.requests, len(slack.posted)) == (3, 1)


def test_lengths_are_counted_the_stricter_way() -> None:
    assert mistakes({"blocks": [section("🚨" * 1_501)]}) != []
    assert mistakes({"blocks": [section("🚨" * 1_500)]}) == []
