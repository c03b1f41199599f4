"""Tests about the checklist itself: all there, well formed, and in step with the checks."""

import inspect
import json
import re
import string
from collections import Counter

import pytest

from compliance import registry
from compliance.baseline import load_baseline
from compliance.checklist import FOLDER, SCHEMA, load_checklist
from compliance.documents import load_yaml, violations
from compliance.engine import resolve_settings
from compliance.model import How, Item, Severity

CHECKLIST = load_checklist()
ITEMS = list(CHECKLIST.items.values())
CHECKED = [item for item in ITEMS if item.check]
CHECKS = registry.checks()
FAMILIES = {
    "account": {
        "account",
        "security",
        "governance",
        "access",
        "cloudtrail",
        "security-testing",
        "operational-docs",
    },
    "data": {"dynamodb", "elasticache", "backup", "disaster-recovery"},
    "api": {
        "environment",
        "rest-api",
        "websocket-api",
        "lambda",
        "lambda-errors",
        "cognito",
        "bedrock",
        "rollback",
        "xray",
        "technical-docs",
    },
    "monitoring": {
        "cloudwatch",
        "alarm-verification",
        "dashboards",
        "post-launch",
        "optimization",
        "performance-testing",
    },
    "cost": {"cost"},
    "people": {"functional-testing", "training", "communication", "feedback"},
}
OVERRIDES = {"bedrock.cost-alerts": "cost", "post-launch.cost": "cost"}
SETTINGS = {"dynamodb.billing-mode", "dynamodb.recent-backup", "rest-api.caching"}


def _by_id(item: Item) -> str:
    return item.id


def test_all_items_are_there() -> None:
    assert len(ITEMS) == 167
    assert {item.id for item in ITEMS if item.setting} == SETTINGS


def test_each_way_of_deciding_has_its_share() -> None:
    assert Counter(item.how for item in ITEMS) == {How.CHECK: 111, How.ATTEST: 47, How.BOTH: 9}


def test_ids_are_unique_across_the_files() -> None:
    written = [entry["id"] for path in FOLDER.glob("*.yaml") for entry in load_yaml(path)["items"]]
    assert [name for name, count in Counter(written).items() if count > 1] == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_section_is_of_the_published_shape(path: object) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert list(violations(load_yaml(path), schema)) == []  # type: ignore[arg-type]  # pytest gives object


@pytest.mark.parametrize("item", ITEMS, ids=_by_id)
def test_an_id_lies_in_its_section(item: Item) -> None:
    assert re.fullmatch(rf"{item.section}\.[a-z0-9-]+", item.id)


@pytest.mark.parametrize("item", ITEMS, ids=_by_id)
def test_a_family_is_that_of_the_section_unless_the_item_is_known_to_differ(item: Item) -> None:
    expected = next(name for name, sections in FAMILIES.items() if item.section in sections)
    assert item.family == OVERRIDES.get(item.id, expected)


@pytest.mark.parametrize("item", ITEMS, ids=_by_id)
def test_a_title_and_a_reason_are_given(item: Item) -> None:
    assert item.title
    assert len(item.why) >= 20
    assert item.title not in item.why


def test_titles_differ() -> None:
    assert len({item.title for item in ITEMS}) == len(ITEMS)


@pytest.mark.parametrize("item", ITEMS, ids=_by_id)
def test_what_people_state_has_an_end(item: Item) -> None:
    assert (item.valid_days is not None) == (item.how is not How.CHECK)


def test_every_check_serves_an_item() -> None:
    assert set(CHECKS) == {item.check for item in CHECKED}


@pytest.mark.parametrize("item", CHECKED, ids=_by_id)
def test_settings_match_the_signature_of_the_check(item: Item) -> None:
    settings = CHECKS[str(item.check)].settings
    assert set(item.settings) <= set(settings)
    assert {name for name, required in settings.items() if required} <= set(item.settings)


@pytest.mark.parametrize("item", CHECKED, ids=_by_id)
def test_what_an_item_takes_from_the_baseline_is_there(item: Item) -> None:
    assert set(resolve_settings(item, load_baseline())) == set(item.settings)


@pytest.mark.parametrize("item", CHECKED, ids=_by_id)
def test_facts_of_a_check_have_collectors(item: Item) -> None:
    loaded = registry.load()
    assert registry.closure(loaded.checks[str(item.check)].facts, loaded.collectors)


@pytest.mark.parametrize("item", CHECKED, ids=_by_id)
def test_a_fix_names_only_what_can_be_filled_in(item: Item) -> None:
    roots = {"resource", "name", "region", "account", "baseline", *item.settings}
    for template in item.fix.values():
        named = {
            re.split(r"[.\[]", field)[0]
            for _, field, _, _ in string.Formatter().parse(template)
            if field
        }
        assert named <= roots


@pytest.mark.parametrize("item", CHECKED, ids=_by_id)
def test_a_checked_item_has_notes_or_needs_none_and_a_source(item: Item) -> None:
    assert item.source


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_check_says_what_must_hold_and_where_aws_says_so(name: str) -> None:
    doc = inspect.getdoc(CHECKS[name].function) or ""
    assert "Source: https://docs.aws.amazon.com/" in doc


def test_what_is_only_shown_stands_beside_a_statement() -> None:
    shown = {item.how for item in CHECKED if CHECKS[str(item.check)].shows}
    assert shown == {How.ATTEST}


def test_severities_have_the_published_weights() -> None:
    assert [severity.weight for severity in Severity] == [8, 4, 2, 1]
