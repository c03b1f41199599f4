"""EventBridge entries: within its limits, and of the published shape when a rule receives them."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from example_messages import ANY_MESSAGE, EVERY_KIND, LARGEST, LOG_GROUP, blinded, message, offence
from hypothesis import HealthCheck, example, given, settings
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from compliance.channels import events, machines
from compliance.messages import Message

ANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
SCHEMA = json.loads(events.SCHEMA.read_text(encoding="utf-8"))
MESSAGE = json.loads(machines.SCHEMA.read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(
    SCHEMA, registry=Registry().with_resources([(MESSAGE["$id"], Resource.from_contents(MESSAGE))])
)
PUT_EVENTS = botocore.session.get_session().get_service_model("events").operation_model("PutEvents")


def as_received(put: dict[str, Any]) -> dict[str, Any]:
    """The event that a rule's target gets for an entry."""
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "source": put["Source"],
        "detail-type": put["DetailType"],
        "account": "123456789012",
        "region": "us-east-1",
        "time": put["Time"].isoformat(),
        "resources": put["Resources"],
        "detail": json.loads(put["Detail"]),
    }


@pytest.mark.parametrize("told", EVERY_KIND, ids=lambda told: told.kind)
def test_every_kind_has_the_published_shape(told: Message) -> None:
    VALIDATOR.validate(as_received(events.entry(told, "default")))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("drifted", "Compliance Drifted"),
        ("recovered", "Compliance Recovered"),
        ("blinded", "Compliance Blinded"),
        ("reminder", "Compliance Reminder"),
        ("enrolled", "Compliance Enrolled"),
        ("flapping", "Compliance Flapping"),
        ("settled", "Compliance Settled"),
        ("digest", "Compliance Digest"),
        ("daily", "Compliance Daily"),
    ],
)
def test_a_rule_matches_by_what_happened(kind: str, name: str) -> None:
    assert events.detail_type(message(kind=kind)) == name


def test_the_published_shape_ties_the_detail_type_to_the_kind() -> None:
    received = as_received(events.entry(message(), "default"))
    received["detail-type"] = "Compliance Recovered"
    assert not VALIDATOR.is_valid(received)


@ANY
@given(ANY_MESSAGE)
@example(LARGEST)
def test_any_entry_is_one_that_eventbridge_takes(told: Message) -> None:
    put = events.entry(told, "default")
    assert (
        ParamValidator().validate({"Entries": [put]}, PUT_EVENTS.input_shape).has_errors() is False
    )
    assert events.size(put) <= events.LARGEST_ENTRY
    assert 0 < len(put["DetailType"]) <= 128
    assert isinstance(json.loads(put["Detail"]), dict)


def test_resources_are_the_first_ten_arns_each_once() -> None:
    names = [f"{LOG_GROUP}-{at}" for at in range(15)]
    offences = (offence("alarm:missing"), *(offence(name) for name in names), offence(names[0]))
    assert events.entry(message(offences=offences), "default")["Resources"] == names[:10]


def test_what_has_no_resource_has_an_empty_list() -> None:
    assert events.entry(blinded(), "default")["Resources"] == []
