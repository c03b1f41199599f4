"""Which backup plans take a table, by AWS Backup's rules of selection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from compliance.backup_plans import Coverage
from compliance.facts.backups import (
    BackupPlan,
    BackupRule,
    BackupSelection,
    BackupSettings,
    ResourceTags,
)

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/parcels"
PLAN = BackupPlan("arn:plan", "p1", "nightly", (BackupRule("daily", 35),))


def taken(
    *selections: BackupSelection, tags: Mapping[str, str] | None = None, opted_in: bool = True
) -> bool:
    """Whether the plan takes the table, tagged like this."""
    tagged = [ResourceTags(TABLE, tags)] if tags is not None else []
    coverage = Coverage([PLAN], selections, tagged, [BackupSettings(opted_in)])
    return coverage.plans_for(TABLE) == [PLAN]


def selection(*resources: str, **others: Any) -> BackupSelection:
    return BackupSelection("p1", "tables", resources=resources, **others)


def test_a_plan_that_selects_nothing_at_all_takes_nothing() -> None:
    assert not taken()


@pytest.mark.parametrize(
    "resource",
    [
        TABLE,
        "*",
        "arn:aws:dynamodb:*",
        "arn:aws:dynamodb:*:*:table/*",
        "arn:aws:dynamodb:us-east-1:123456789012:table/par*",
    ],
)
def test_a_table_is_taken_by_its_arn_and_by_a_pattern(resource: str) -> None:
    assert taken(selection(resource))


@pytest.mark.parametrize(
    "resource",
    [
        f"{TABLE}-archive",
        TABLE.removesuffix("s"),
        "arn:aws:rds:*",
        "arn:aws:dynamodb:eu-west-1:*",
        "arn:aws:dynamodb:us-east-1:123456789012:table/parcel?",
        "arn:aws:dynamodb:us-east-1:123456789012:table/[p]arcels",
    ],
)
def test_another_arn_takes_another_table(resource: str) -> None:
    assert not taken(selection(resource))


def test_a_selection_takes_for_its_own_plan_alone() -> None:
    assert not taken(BackupSelection("p2", "tables", resources=("*",)))


def test_a_tag_takes_a_table() -> None:
    assert taken(selection(any_tags=(("backup", "daily"),)), tags={"backup": "daily"})


@pytest.mark.parametrize("tags", [None, {}, {"backup": "weekly"}, {"Backup": "daily"}])
def test_without_that_very_tag_it_is_not_taken(tags: dict[str, str] | None) -> None:
    assert not taken(selection(any_tags=(("backup", "daily"),)), tags=tags)


def test_any_of_several_tags_is_enough() -> None:
    either = selection(any_tags=(("backup", "daily"), ("tier", "gold")))
    assert taken(either, tags={"tier": "gold"})


def test_tags_add_to_the_resources_and_do_not_narrow_them() -> None:
    assert taken(selection("*", any_tags=(("backup", "daily"),)), tags={})
    assert taken(selection("arn:aws:rds:*", any_tags=(("a", "b"),)), tags={"a": "b"})


def test_what_is_excluded_is_not_taken() -> None:
    assert not taken(selection("*", not_resources=(TABLE,)))
    assert not taken(selection("*", not_resources=("arn:aws:dynamodb:*",)))
    assert taken(selection("*", not_resources=("arn:aws:rds:*",)))


def test_what_one_selection_excludes_another_may_take() -> None:
    assert taken(selection("*", not_resources=(TABLE,)), selection(TABLE))


@pytest.mark.parametrize(
    ("operator", "value", "tags", "takes"),
    [
        ("StringEquals", "prod", {"stage": "prod"}, True),
        ("StringEquals", "prod", {"stage": "Prod"}, False),
        ("StringEquals", "prod", {}, False),
        ("StringNotEquals", "prod", {"stage": "dev"}, True),
        ("StringNotEquals", "prod", {"stage": "prod"}, False),
        ("StringNotEquals", "prod", {}, True),
        ("StringLike", "pro*", {"stage": "production"}, True),
        ("StringLike", "*rod*", {"stage": "production"}, True),
        ("StringLike", "pro*", {"stage": "dev"}, False),
        ("StringLike", "*", {}, False),
        ("StringLike", "pro?", {"stage": "prod"}, False),
        ("StringLike", "[prod]", {"stage": "p"}, False),
        ("StringNotLike", "pro*", {"stage": "dev"}, True),
        ("StringNotLike", "pro*", {"stage": "production"}, False),
        ("StringNotLike", "pro*", {}, True),
    ],
)
@pytest.mark.parametrize("key", ["stage", "aws:ResourceTag/stage"])
def test_a_condition_narrows_what_is_selected(
    operator: str,
    value: str,
    tags: dict[str, str],
    takes: bool,  # noqa: FBT001 -- a column of the table above
    key: str,
) -> None:
    assert taken(selection("*", conditions=((operator, key, value),)), tags=tags) is takes


def test_every_condition_must_hold() -> None:
    both = (("StringEquals", "stage", "prod"), ("StringEquals", "backup", "true"))
    assert taken(selection("*", conditions=both), tags={"stage": "prod", "backup": "true"})
    assert not taken(selection("*", conditions=both), tags={"stage": "prod"})


def test_conditions_narrow_what_tags_select_too() -> None:
    narrowed = selection(any_tags=(("a", "b"),), conditions=(("StringEquals", "stage", "prod"),))
    assert not taken(narrowed, tags={"a": "b"})


@pytest.mark.parametrize(
    "everything",
    [
        selection(),
        selection(not_resources=("arn:aws:rds:*",)),
        selection(conditions=(("StringNotEquals", "backup", "no"),)),
    ],
)
def test_a_selection_that_names_neither_arns_nor_tags_starts_from_everything(
    everything: BackupSelection,
) -> None:
    assert taken(everything)


@pytest.mark.parametrize("resource", [TABLE, "arn:aws:dynamodb:*:*:table/*"])
def test_tables_that_a_selection_names_are_taken_without_opting_in(resource: str) -> None:
    assert taken(selection(resource), opted_in=False)


@pytest.mark.parametrize(
    "general",
    [
        selection("*"),
        selection("arn:aws:dynamodb:*"),
        selection(any_tags=(("a", "b"),)),
        selection(),
    ],
)
def test_nothing_else_is_taken_without_opting_in(general: BackupSelection) -> None:
    assert not taken(general, tags={"a": "b"}, opted_in=False)


def test_exclusions_and_conditions_hold_without_opting_in_too() -> None:
    assert not taken(selection(TABLE, not_resources=(TABLE,)), opted_in=False)
    narrowed = selection(TABLE, conditions=(("StringEquals", "stage", "prod"),))
    assert not taken(narrowed, tags={}, opted_in=False)


def test_every_plan_that_takes_a_table_is_named_once() -> None:
    weekly = BackupPlan("arn:weekly", "p2", "weekly", (BackupRule("weekly", 365),))
    selections = [selection(TABLE), selection("*"), BackupSelection("p2", "all", resources=("*",))]
    coverage = Coverage([PLAN, weekly], selections, [], [BackupSettings(dynamodb_opted_in=True)])
    assert coverage.plans_for(TABLE) == [PLAN, weekly]
