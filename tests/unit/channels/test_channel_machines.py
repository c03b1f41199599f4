"""JSON for programs: always of the published shape, always small enough, with filters beside it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from example_messages import (
    ANY_MESSAGE,
    EVERY_KIND,
    LARGEST,
    LOG_GROUP,
    message,
    offence,
    recovered,
    settled,
)
from hypothesis import HealthCheck, example, given, settings

from compliance.channels import machines
from compliance.channels.attributes import attributes
from compliance.documents import violations
from compliance.drift import Kind
from compliance.messages import Message

SCHEMA = json.loads(machines.SCHEMA.read_text(encoding="utf-8"))
ANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("told", EVERY_KIND, ids=lambda told: told.kind)
def test_every_kind_has_the_published_shape(told: Message) -> None:
    assert list(violations(json.loads(machines.encoded(told)), SCHEMA)) == []


def test_the_published_shape_knows_every_kind_of_change() -> None:
    assert set(SCHEMA["properties"]["kind"]["enum"]) == {
        *Kind,
        "enrolled",
        "digest",
        "daily",
    }


@ANY
@given(ANY_MESSAGE)
@example(LARGEST)
def test_any_message_fits(told: Message) -> None:
    assert len(machines.encoded(told).encode()) <= machines.LARGEST


def test_what_does_not_fit_is_left_out_from_the_end_and_counted() -> None:
    shown = json.loads(machines.encoded(LARGEST, 220_000))
    kept = [each["resource"] for each in shown["offences"]]
    everything = [each["resource"] for each in machines.document(LARGEST)["offences"]]
    assert 0 < len(kept) < 20
    assert kept == everything[: len(kept)]
    assert shown["offence_count"] == 20


def test_names_are_as_aws_gives_them() -> None:
    name = f"{LOG_GROUP}<&>\u202e"
    shown = json.loads(machines.encoded(message(offences=(offence(name),))))
    assert shown["offences"][0]["resource"] == name


def test_a_recovery_counts_how_long_it_lasted() -> None:
    [ended] = machines.document(recovered())["offences"]
    assert (ended["ending"], ended["lasted_seconds"]) == ("mended", 2 * 3600 + 10 * 60)


def test_what_settled_lasted_until_it_last_flipped() -> None:
    [ended] = machines.document(settled())["offences"]
    assert (ended["ending"], ended["lasted_seconds"]) == ("mended", 70 * 60)


def test_a_command_that_is_too_long_is_left_out_whole() -> None:
    assert machines.document(message(fix=("x" * 6_001, "aws y")))["fix"] == ["aws y"]


def test_a_subscription_filters_by_severity_section_kind_and_item() -> None:
    values = {name: each["StringValue"] for name, each in attributes(message()).items()}
    assert values == {
        "severity": "high",
        "section": "cloudwatch",
        "kind": "drifted",
        "item": "cloudwatch.log-retention",
    }


@ANY
@given(ANY_MESSAGE)
def test_any_attribute_is_one_that_sns_takes(told: Message) -> None:
    for each in attributes(told).values():
        value: Any = each["StringValue"]
        assert each["DataType"] == "String"
        assert 0 < len(value.encode()) <= 1_024
        assert all(c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff") for c in value)
