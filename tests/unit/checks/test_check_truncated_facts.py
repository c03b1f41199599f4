"""What every check promises of facts that were not read whole, and of facts in any order.

The engine lets an incomplete read prove a FAIL by what it saw. It may do so because of what is held
here, of every check that is registered: an offender that appears only since records are missing
names the fact that misses them.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from example_alarms import IDENTITY
from hypothesis import given, settings
from hypothesis import strategies as st
from records import NOW, World, every_record, stated_beside

from compliance.baseline import load_baseline
from compliance.checklist import load_checklist
from compliance.engine import resolve_settings
from compliance.model import Verdict
from compliance.registry import AMBIENT, checks

POOL, RESOURCE_OF = every_record()

_OPTIONAL = {
    "account": {"second_region": "eu-west-1"},
    "backups": {"vault_lock": "compliance"},
    "probes": {"addresses": ["https://a.example", "https://b.example/", "https://c.example/x"]},
    "launch": {"date": "2026-05-29"},
    "levels": {
        "throughput": {
            "client_error_percent": 20,
            "function_throttles_an_hour": 10,
            "table_throttles_an_hour": 10,
            "refusals": {"namespace": "Shop", "metric": "Refused", "most_an_hour": 2},
        }
    },
}
"""What production's baseline does not ask for, and another may: every demand is held here."""

_PRODUCTION = load_baseline()
BASELINE = replace(
    _PRODUCTION,
    values={
        section: {**value, **_OPTIONAL[section]} if section in _OPTIONAL else value
        for section, value in _PRODUCTION.values.items()
    },
)
ITEMS = {item.check: item for item in load_checklist().items.values() if item.check}
CHECKS = checks()
every_check = pytest.mark.parametrize("name", sorted(CHECKS))


def facts_of(name: str) -> list[str]:
    return [fact for fact in CHECKS[name].facts if fact not in AMBIENT]


def judged(name: str, world: World) -> Verdict:
    ambient = {"now": NOW, "identity": IDENTITY, "stated": stated_beside(name)}
    given = [ambient[fact] if fact in AMBIENT else world[fact] for fact in CHECKS[name].facts]
    return CHECKS[name].function(*given, **resolve_settings(ITEMS[name], BASELINE))


def keys(verdict: Verdict) -> set[tuple[str, str]]:
    return {offender.key for offender in verdict.offenders}


@st.composite
def parts_of(draw: st.DrawFn, world: World, fact: str) -> list[Any]:
    """Some records of a fact, in their order: all with even odds, so that rare worlds come up."""
    if draw(st.booleans()):
        return list(world[fact])
    kept = draw(st.lists(st.booleans(), min_size=len(world[fact]), max_size=len(world[fact])))
    return [record for record, keep in zip(world[fact], kept, strict=True) if keep]


@st.composite
def worlds(draw: st.DrawFn, name: str) -> World:
    return {fact: draw(parts_of(POOL, fact)) for fact in facts_of(name)}


@every_check
def test_every_check_has_records_to_be_held_against(name: str) -> None:
    missing = [fact for fact in facts_of(name) if fact not in POOL]
    assert not missing, f"POOL needs records of {missing}, good and bad ones"
    nothing: World = dict.fromkeys(POOL, ())
    offends = keys(judged(name, POOL)) | keys(judged(name, nothing))
    assert bool(offends) != CHECKS[name].shows, f"POOL needs records that offend {name}"


@every_check
@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_an_offender_by_absence_names_the_fact_that_it_is_absent_from(
    name: str, data: st.DataObject
) -> None:
    whole = data.draw(worlds(name))
    truncated = set(data.draw(st.lists(st.sampled_from(facts_of(name)), min_size=1)))
    partial = {**whole, **{fact: data.draw(parts_of(whole, fact)) for fact in sorted(truncated)}}
    proven = {
        offender.key
        for offender in judged(name, partial).offenders
        if truncated.isdisjoint(offender.absent_from)
    }
    assert proven <= keys(judged(name, whole))


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        (name, fact)
        for name, each in sorted(CHECKS.items())
        for fact in each.facts
        if each.alone and fact in RESOURCE_OF
    ],
)
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_resource_that_went_unread_says_nothing_of_the_others(
    name: str, fact: str, data: st.DataObject
) -> None:
    whole = data.draw(worlds(name))
    unread = data.draw(st.sampled_from(sorted({RESOURCE_OF[fact](each) for each in POOL[fact]})))
    partial = {
        **whole,
        fact: [record for record in whole[fact] if RESOURCE_OF[fact](record) != unread],
    }
    others = {key for key in keys(judged(name, partial)) if key[0] != unread}
    assert others <= keys(judged(name, whole))


@every_check
@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_the_order_of_records_changes_no_offender(name: str, data: st.DataObject) -> None:
    world = data.draw(worlds(name))
    random: Random = data.draw(st.randoms())
    shuffled = {fact: random.sample(list(each), len(each)) for fact, each in world.items()}
    assert judged(name, shuffled).offenders == judged(name, world).offenders


@every_check
@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_what_offends_was_evaluated_or_is_one_of_the_things_looked_at(
    name: str, data: st.DataObject
) -> None:
    verdict = judged(name, data.draw(worlds(name)))
    assert len(set(verdict.evaluated)) == len(verdict.evaluated)
    assert not (verdict.inapplicable and verdict.offenders)
    for offender in verdict.offenders:
        assert offender.observed
        assert offender.expected
        assert set(offender.absent_from) <= set(CHECKS[name].facts)
