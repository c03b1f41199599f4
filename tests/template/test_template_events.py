import json
from typing import Any

import jmespath
import pytest
from deployed_template import FAMILIES, ROOT, arn_of, template

from compliance.channels.envelope import read
from compliance.checklist import load_checklist
from compliance.selection import request, select

TEMPLATE = template()
EVENTS = ROOT / "events"
CHANNELS = ("mail", "machines", "slack", "events")


def _event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("family", FAMILIES)
def test_there_is_an_event_for_every_family(family: str) -> None:
    asked = request(_event(f"evaluate-{family}"), ())
    assert {item.family for item in select(load_checklist(), **asked)} == {family}


@pytest.mark.parametrize("channel", CHANNELS)
def test_there_is_an_event_for_every_channel(channel: str) -> None:
    (record,) = _event(f"deliver-{channel}")["Records"]
    envelope = read(record["body"])
    assert envelope.channel == channel
    assert envelope.message.offences
    assert record["eventSourceARN"].endswith(f":omnitrack-compliance-{channel}")


def test_the_stream_s_event_is_one_that_the_filter_lets_through() -> None:
    event = TEMPLATE.functions["Notify"]["Events"]["FinishedRuns"]["Properties"]
    (entry,) = event["FilterCriteria"]["Filters"]
    (record,) = _event("notify")["Records"]
    assert _lets_through(json.loads(entry["Pattern"]), record)
    record["dynamodb"]["NewImage"]["entity"]["S"] = "change"
    assert not _lets_through(json.loads(entry["Pattern"]), record)


def test_a_local_environment_sets_only_what_is_declared() -> None:
    declared = {name for function in TEMPLATE.functions for name in TEMPLATE.variables(function)}
    assert _event("env")["Parameters"].keys() <= declared


def test_a_local_run_on_a_real_account_is_told_its_tables_and_nothing_else() -> None:
    outputs = [
        {"OutputKey": name, "OutputValue": each["Value"]}
        for name, each in TEMPLATE.document["Outputs"].items()
    ]
    query = (EVENTS / "env-account.jmespath").read_text(encoding="utf-8")
    told = jmespath.search(query, {"Stacks": [{"Outputs": outputs}]})["Parameters"]
    assert {name: arn_of(value) for name, value in told.items()} == {
        "STATE_TABLE": "StateTable",
        "STATEMENTS_TABLE": "StatementsTable",
        "IDEMPOTENCY_TABLE": "IdempotencyTable",
    }


def _lets_through(pattern: Any, value: Any) -> bool:
    if isinstance(pattern, list):
        return value in pattern
    return all(key in value and _lets_through(part, value[key]) for key, part in pattern.items())
