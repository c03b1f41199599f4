"""What stands beside a statement: shown as AWS tells it, and deciding nothing unless it must."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from example_alarms import IDENTITY, REST, WEBSOCKET
from records import NOW

from compliance.checks.cost import advised_savings_plan_is_known, reserved_share_is_known
from compliance.checks.operational_docs import measured_levels_keep_the_promise
from compliance.checks.optimization import performance_figures_are_known
from compliance.checks.performance_testing import scaling_activities_are_known
from compliance.checks.security_testing import request_validators_are_known
from compliance.facts.costs import ReservationCoverage, SavingsPlanAdvice
from compliance.facts.levels import ApiLevels, Points
from compliance.facts.rest_methods import RequestValidator, RestMethod, RestResource
from compliance.facts.scaling import ScalingActivity
from compliance.facts.tables import Table
from compliance.model import Verdict
from compliance.statements.records import Quantity

FIXED = Table("arn:t", "fixed", NOW, billing_mode="PROVISIONED")


def at(hour: int, value: float) -> Points:
    return ((NOW - timedelta(hours=24 - hour), value),)


API = ApiLevels(
    f"{REST.arn}/stages/prod",
    "shop (prod)",
    (REST.dimension, ("Stage", "prod")),
    requests=at(0, 10_000),
)
LIVE = replace(API, arn=f"{WEBSOCKET.arn}/stages/prod", name="live (prod)")
PROMISED = Quantity(99.9, "percent")


# --- costs


def test_the_share_that_was_reserved_is_shown() -> None:
    coverage = ReservationCoverage("Amazon ElastiCache", Decimal(2160), Decimal("33.3333"))
    assert reserved_share_is_known([coverage]).holds == (
        "reserved in the last 30 days: 33.3 % of 2,160 h of Amazon ElastiCache"
    )


@pytest.mark.parametrize("hours", [None, 0])
def test_where_no_node_ran_nothing_could_be_reserved(hours: int | None) -> None:
    found = [] if hours is None else [ReservationCoverage("c", Decimal(hours), Decimal(0))]
    assert reserved_share_is_known(found).inapplicable


def test_the_advice_is_shown_with_what_it_would_save() -> None:
    advice = SavingsPlanAdvice(Decimal("0.214"), Decimal("27.431"), "USD")
    assert advised_savings_plan_is_known([advice]).holds == (
        "AWS advises a compute savings plan of 0.214 USD an hour, "
        "which would save 27.43 USD a month"
    )
    assert advised_savings_plan_is_known([]).inapplicable == "AWS advises no compute savings plan"


# --- scaling


def activity(days_ago: int, status: str = "Successful", text: str = "Setting.") -> ScalingActivity:
    return ScalingActivity("table/fixed", text, status, NOW - timedelta(days=days_ago))


def test_scaling_is_counted_and_the_last_is_told() -> None:
    last = activity(1, text="Setting read capacity units to 25.")
    verdict = scaling_activities_are_known([activity(9), last, activity(2)], [FIXED])
    assert verdict.holds == (
        "3 scaling activities in the last six weeks, none failed; the last of table/fixed on "
        "2026-05-31 12:00 UTC: Setting read capacity units to 25"
    )


def test_failed_scaling_is_told_and_contradicts_nothing() -> None:
    several = [activity(1), activity(2, "Failed"), activity(3, "Unfulfilled")]
    verdict = scaling_activities_are_known(several, [FIXED])
    assert (" 2 failed;" in verdict.holds, verdict.offenders) == (True, ())


def test_tables_that_did_not_scale_or_cannot_say_so() -> None:
    quiet = scaling_activities_are_known([], [FIXED])
    assert quiet.inapplicable == "no table scaled in the last six weeks"
    on_demand = scaling_activities_are_known([], [replace(FIXED, billing_mode="PAY_PER_REQUEST")])
    assert on_demand.inapplicable == "no table with provisioned capacity that could scale"


# --- performance


def test_figures_are_shown_of_the_busiest_api_first() -> None:
    measured = replace(API, p50_ms=40, p95_ms=180.4, p99_ms=2000, server_errors=at(0, 20))
    busier = replace(LIVE, requests=at(3, 10_001))
    idle = replace(API, name="idle", requests=())
    assert performance_figures_are_known([measured, busier, idle]).holds == (
        "live (prod): 0 % errors; shop (prod): p50 40 ms, p95 180 ms, p99 2,000 ms, 0.2 % errors"
    )
    assert performance_figures_are_known([idle]).inapplicable


# --- service levels


def promised(*apis: ApiLevels, stated: Quantity | None = PROMISED) -> Verdict:
    return measured_levels_keep_the_promise(apis, stated, IDENTITY, minimum_errors=5)


def test_exactly_what_is_promised_keeps_the_promise() -> None:
    verdict = promised(replace(API, server_errors=at(0, 10), p95_ms=180), replace(LIVE, p95_ms=90))
    assert verdict.offenders == ()
    assert verdict.holds == (
        "the least available was shop (prod): 99.9 % of 10,000 requests without a server error; "
        "the slowest was shop (prod) with a p95 of 180 ms"
    )


def test_an_api_below_the_promise_contradicts_it_and_shows_its_worst_hour() -> None:
    errors = (*at(2, 2), *at(5, 9))
    [offender] = promised(replace(API, server_errors=errors), LIVE).offenders
    assert offender.key == (API.arn, "below-the-slo")
    assert offender.observed == (
        "shop (prod): 99.89 % of 10,000 requests without a server error in the last 24 hours"
    )
    assert offender.expected == "99.9 percent, as the objective says"
    words = shlex.split(str(offender.fix))
    assert words[words.index("--start-time") + 1] == "2026-05-31T17:00:00Z"


def test_what_rounds_up_to_the_promise_misses_it() -> None:
    missing = replace(API, requests=at(0, 10_000_000), server_errors=at(0, 10_001))
    [offender] = promised(missing).offenders
    assert "99.899 %" in offender.observed


@pytest.mark.parametrize(("errors", "offends"), [(4, False), (5, True)])
def test_a_few_errors_of_a_quiet_day_break_no_promise(errors: int, offends: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    quiet = replace(API, requests=at(0, 10), server_errors=at(0, errors))
    assert bool(promised(quiet).offenders) == offends


@pytest.mark.parametrize("stated", [None, Quantity(300, "ms")])
def test_what_promises_no_share_is_not_contradicted(stated: Quantity | None) -> None:
    verdict = promised(replace(API, server_errors=at(0, 9_000)), stated=stated)
    assert (verdict.offenders, "10 %" in verdict.holds) == ((), True)


def test_the_sign_for_percent_is_a_unit_too() -> None:
    assert promised(replace(API, server_errors=at(0, 50)), stated=Quantity(99.9, "%")).offenders


def test_without_traffic_there_is_nothing_to_hold_a_promise_against() -> None:
    assert promised(replace(API, requests=())).inapplicable


# --- request validators


def resource(*methods: RestMethod, api: str = "a") -> RestResource:
    return RestResource("arn:r", api, "shop", "/", {each.verb: each for each in methods})


VALIDATED = RestMethod("POST", "AWS_PROXY", validator_id="v", body_models=("Order",))
VALIDATORS = [
    RequestValidator("a", "v", body=True, parameters=False),
    RequestValidator("a", "p", body=False, parameters=True),
]


def test_methods_whose_body_is_validated_are_counted_among_those_with_one() -> None:
    methods = [
        VALIDATED,
        replace(VALIDATED, verb="PUT", validator_id="p"),
        replace(VALIDATED, verb="PATCH", body_models=("Empty",)),
        replace(VALIDATED, verb="DELETE", body_models=()),
        replace(VALIDATED, verb="OPTIONS"),
        replace(VALIDATED, verb="ANY", integration="MOCK"),
    ]
    verdict = request_validators_are_known([resource(*methods)], VALIDATORS)
    assert verdict.holds == "1 of 3 methods with a body have it validated"


def test_a_validator_of_another_api_validates_nothing_here() -> None:
    verdict = request_validators_are_known([resource(VALIDATED, api="b")], VALIDATORS)
    assert verdict.holds.startswith("0 of 1 method ")


def test_where_no_method_takes_a_body_there_is_none_to_validate() -> None:
    only = resource(RestMethod("GET", "AWS_PROXY"))
    assert request_validators_are_known([only], VALIDATORS).inapplicable
