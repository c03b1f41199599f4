"""A queue's body is an envelope or nothing; what else it holds is not repeated."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from example_messages import ANY_MESSAGE, EVERY_KIND, message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.channels.envelope import NoEnvelope, read
from compliance.messages import Message
from compliance.sinks.telling import envelope

CHANGE = {"pk": "123456789012#us-east-1#changes#run-1", "sk": "item#drifted#2"}


@pytest.mark.parametrize("told", EVERY_KIND, ids=lambda told: told.kind)
def test_what_is_queued_is_what_is_read(told: Message) -> None:
    found = read(envelope("slack", told, CHANGE))
    assert (found.channel, found.message, found.change) == ("slack", told, CHANGE)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(ANY_MESSAGE.filter(lambda told: bool(told.id)))
def test_any_message_survives_the_queue(told: Message) -> None:
    # repr, for NaN is not even equal to itself.
    assert repr(read(envelope("mail", told, CHANGE)).message) == repr(told)


def _without(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        for part in path[:-1]:
            document = document[part]
        del document[path[-1]]

    return change


def _with(value: Any, *path: str) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        for part in path[:-1]:
            document = document[part]
        document[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "spoil",
    [
        _without("schema_version"),
        _with("2", "schema_version"),
        _without("channel"),
        _with(7, "channel"),
        _without("change"),
        _without("change", "sk"),
        _with(None, "change", "pk"),
        _without("message"),
        _with("text", "message"),
        _with([], "message"),
        _without("message", "headline"),
        _with(5, "message", "headline"),
        _with("secret", "message", "planted"),
        _with("", "message", "id"),
        _with(None, "message", "origin"),
        _with(7, "message", "origin", "account"),
        _with([{}], "message", "offences"),
        _with("abc", "message", "offences"),
        _with([1], "message", "fix"),
        _with([], "message", "figures"),
        _with("many", "message", "offence_count"),
    ],
)
def test_what_looks_like_an_envelope_is_none(spoil: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(envelope("slack", message(), CHANGE))
    spoil(document)
    with pytest.raises(NoEnvelope) as refused:
        read(json.dumps(document))
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("body", ["", "{", "null", "[]", "7", '"x"', "{}", "[" * 100_000])
def test_what_is_no_envelope_at_all_says_so(body: str) -> None:
    with pytest.raises(NoEnvelope):
        read(body)


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_an_envelope_or_refused(document: Any) -> None:
    with pytest.raises(NoEnvelope):
        read(json.dumps({"schema_version": "1", "channel": "x", "message": document}))


def test_nothing_of_what_was_read_travels_with_the_refusal() -> None:
    with pytest.raises(NoEnvelope) as refused:
        read("planted-secret")
    assert refused.value.__context__ is None
