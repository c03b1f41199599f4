"""Daily spend is within its allowance, and no anomaly is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from records import NOW

from compliance.checks.cost import daily_spend_is_within_allowance
from compliance.facts.costs import CostAnomaly, DailyCost
from compliance.model import Verdict

TODAY = NOW.date()
ANOMALY = CostAnomaly(
    "a1", "Amazon Bedrock", TODAY - timedelta(days=4), None, Decimal("1234.5"), "YES"
)


def judged(*amounts: str, anomalies: tuple[CostAnomaly, ...] = (), unit: str = "USD") -> Verdict:
    costs = [
        DailyCost(TODAY - timedelta(days=ago), Decimal(amount), unit)
        for ago, amount in enumerate(amounts, 1)
    ]
    return daily_spend_is_within_allowance(costs, anomalies, NOW, daily_limit_usd=60)


def found(verdict: Verdict) -> list[tuple[str, str, str]]:
    return [(o.resource, o.fault, o.observed) for o in verdict.offenders]


def test_days_up_to_the_allowance_hold() -> None:
    verdict = judged("60", "0", "59.99")
    assert (found(verdict), verdict.inapplicable) == ([], None)


def test_days_above_it_are_one_offence_with_the_worst_day() -> None:
    assert found(judged("60.01", "8", "1214.2")) == [
        (
            "spend:account",
            "over-daily-allowance",
            "1,214.20 USD on 2026-05-29, too much on 2 days of the last week",
        )
    ]


def test_costs_in_another_currency_are_not_held_against_dollars() -> None:
    verdict = judged("900", unit="CNY")
    assert verdict.inapplicable == (
        "Cost Explorer has no costs in US dollars of the last seven days"
    )


def test_an_account_without_costs_yet_is_not_judged() -> None:
    assert judged().inapplicable == "Cost Explorer has no costs yet of the last seven days"


def test_an_open_anomaly_is_named_with_its_service_and_impact() -> None:
    assert found(judged("1", anomalies=(ANOMALY,))) == [
        (
            "cost-anomaly:a1",
            "open",
            "Amazon Bedrock cost 1,234.50 USD more than expected since 2026-05-28",
        )
    ]


def test_an_anomaly_is_named_even_where_costs_are_not_there_yet() -> None:
    assert [o[0] for o in found(judged(anomalies=(ANOMALY,)))] == ["cost-anomaly:a1"]


@pytest.mark.parametrize(("ended_days_ago", "is_open"), [(0, True), (2, True), (3, False)])
def test_an_anomaly_seen_in_the_last_two_days_is_open(ended_days_ago: int, is_open: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    anomaly = replace(ANOMALY, ended_on=TODAY - timedelta(days=ended_days_ago))
    assert bool(found(judged("1", anomalies=(anomaly,)))) is is_open


@pytest.mark.parametrize("feedback", ["NO", "PLANNED_ACTIVITY"])
def test_an_anomaly_that_a_person_explained_is_not_open(feedback: str) -> None:
    anomaly = replace(ANOMALY, feedback=feedback)  # type: ignore[arg-type]  # one of AWS's words
    assert found(judged("1", anomalies=(anomaly,))) == []
