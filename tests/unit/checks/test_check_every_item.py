"""Of every item that is checked: it can fail by what it names, and cannot be judged unseen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

import pytest
from command_line import parameters
from example_alarms import IDENTITY
from records import NOW, every_record, stated_beside
from test_check_truncated_facts import BASELINE

from compliance.checklist import load_checklist
from compliance.engine import Fact, judge
from compliance.model import Gap, Item, Status
from compliance.registry import AMBIENT, load

REGISTRY = load()
POOL, _ = every_record()
CHECKED = [
    item
    for item in load_checklist().items.values()
    if item.check and not REGISTRY.checks[item.check].shows
]

every_item = pytest.mark.parametrize("item", CHECKED, ids=lambda item: item.id)


def facts_of(item: Item, gaps: Iterable[Gap] = (), **records: Any) -> dict[str, Fact]:
    """The facts of an item's check: those in `records`, the run's own, and `gaps` in all others."""
    ambient = {"now": NOW, "identity": IDENTITY, "stated": None}
    found: dict[str, Fact] = {}
    for name in REGISTRY.checks[str(item.check)].facts:
        if name in ambient:
            found[name] = Fact(name, many=False, record=ambient[name], present=True)
        else:
            found[name] = Fact(name, many=True, records=list(records.get(name, ())), gaps=[*gaps])
    return found


def without_any_two(records: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All records, then those without one fact or two: some items fail by what is not there."""
    for left_out in (
        *combinations(records, 0),
        *combinations(records, 1),
        *combinations(records, 2),
    ):
        yield {name: each for name, each in records.items() if name not in left_out}


@every_item
def test_aws_takes_every_command_that_a_check_composes(item: Item) -> None:
    needed = {name: POOL[name] for name in facts_of(item) if name in POOL}
    stated = stated_beside(str(item.check))
    for offender in judge(item, BASELINE, REGISTRY, facts_of(item, **needed), stated).offenders:
        for command in re.sub(r"\$\(date[^)]*\)", "2026-06-01", offender.fix or "").split(" && "):
            if command.startswith("aws "):
                parameters(command)


@every_item
def test_an_item_fails_by_offenders_that_say_what_they_are(item: Item) -> None:
    needed = {name: POOL[name] for name in facts_of(item) if name in POOL}
    stated = stated_beside(str(item.check))
    failing = (
        result
        for records in without_any_two(needed)
        if (result := judge(item, BASELINE, REGISTRY, facts_of(item, **records), stated)).status
        is Status.FAIL
    )
    for offender in next(failing).offenders:
        assert offender.resource
        assert offender.fault
        assert offender.observed != offender.expected


@every_item
def test_an_item_whose_reads_are_all_refused_is_unknown_and_names_the_permission(
    item: Item,
) -> None:
    refused = Gap("service:Operation", "AccessDeniedException")
    facts = facts_of(item, [refused])
    vouching = [n for n in facts if n in REGISTRY.collectors and REGISTRY.collectors[n].vouches]
    result = judge(item, BASELINE, REGISTRY, facts)
    if set(facts) - AMBIENT <= set(vouching):
        pytest.fail("an item that is only vouched for cannot be judged")
    # What no read shows, the account's own number, is judged all the same.
    assert result.status is Status.UNKNOWN or (result.status is Status.FAIL and result.gaps)
    assert "grant service:Operation" in str(result.reason)
