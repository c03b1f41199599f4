"""Temporary tables expire their items."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from compliance.checks.dynamodb import temporary_items_expire
from compliance.facts.tables import Table
from compliance.facts.times_to_live import TimeToLive
from compliance.model import Verdict

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/sessions"
TABLE = Table(ARN, "sessions", NOW)


def judged(*ttls: TimeToLive, names: tuple[str, ...] = ("sessions",), tag: Any = None) -> Verdict:
    temporary = {"names": list(names), "tag": tag, "attribute": "expires_at"}
    return temporary_items_expire([TABLE], ttls, temporary=temporary)


@pytest.mark.parametrize("status", ["ENABLED", "ENABLING"])
def test_ttl_that_is_on_or_being_switched_on_holds(status: str) -> None:
    assert judged(TimeToLive(ARN, status, "expires_at")).offenders == ()


@pytest.mark.parametrize("status", ["DISABLED", "DISABLING"])
def test_ttl_that_is_off_or_being_switched_off_fails(status: str) -> None:
    [offender] = judged(TimeToLive(ARN, status)).offenders
    assert offender.key == (ARN, "ttl-off")
    assert offender.observed == f"TTL is {status.lower()}"


def test_ttl_on_an_attribute_that_the_code_does_not_write_fails() -> None:
    [offender] = judged(TimeToLive(ARN, "ENABLED", "ttl")).offenders
    assert offender.key == (ARN, "other-attribute")
    assert (offender.observed, offender.expected) == ("TTL on ttl", "TTL on expires_at")


def test_where_the_baseline_names_no_temporary_table_it_does_not_apply() -> None:
    assert judged(names=()).inapplicable == "the baseline names no temporary tables"


def test_a_table_that_is_named_in_full_must_exist() -> None:
    verdict = judged(TimeToLive(ARN, "ENABLED", "expires_at"), names=("sessions", "carts"))
    [offender] = verdict.offenders
    assert offender.key == ("table:carts", "missing")
    assert offender.absent_from == ("tables",)
    assert verdict.evaluated == (ARN, "table:carts")


@pytest.mark.parametrize("pattern", ["cart*", "cart?", "[abc]arts"])
def test_a_pattern_may_match_no_table(pattern: str) -> None:
    assert judged(names=(pattern,)).inapplicable is not None


def test_a_tag_may_match_no_table() -> None:
    assert judged(names=(), tag={"key": "lifetime", "value": "temporary"}).inapplicable == (
        "no table is temporary by the baseline's names or tag"
    )
