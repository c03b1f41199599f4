"""Errors, latency and throughput of the last day."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from example_alarms import FUNCTION, IDENTITY, REST
from records import NOW

from compliance.checks.performance_testing import apis_answer_in_time, peak_passed_without_refusals
from compliance.checks.post_launch import errors_stayed_within_the_limit, first_week_has_few_errors
from compliance.facts.levels import ApiLevels, FunctionLevels, Points, TableLevels
from compliance.facts.metrics import MetricData, MetricQuery
from compliance.model import Verdict

BEGIN = NOW - timedelta(hours=24)


def hourly(*values: float) -> Points:
    return tuple((BEGIN + timedelta(hours=at), value) for at, value in enumerate(values))


def minutely(hour: int, *values: float) -> Points:
    begin = BEGIN + timedelta(hours=hour)
    return tuple((begin + timedelta(minutes=at), value) for at, value in enumerate(values))


API = ApiLevels(
    f"{REST.arn}/stages/prod", "shop (prod)", (("ApiName", "my shop"), ("Stage", "prod"))
)
LEVELS = FunctionLevels(FUNCTION.arn, "orders", "/aws/lambda/orders")


def found(verdict: Verdict) -> list[tuple[str, str, str]]:
    return [(o.resource, o.fault, o.observed) for o in verdict.offenders]


# --- errors


def erring(*apis: ApiLevels, functions: Sequence[FunctionLevels] = ()) -> Verdict:
    return errors_stayed_within_the_limit(
        apis, functions, IDENTITY, error_percent=5, minimum_errors=5
    )


def test_a_share_of_errors_up_to_the_limit_holds_and_names_the_worst_hour() -> None:
    verdict = erring(replace(API, requests=minutely(0, 100, 100), server_errors=hourly(10)))
    assert (verdict.offenders, verdict.inapplicable) == ((), None)
    assert verdict.holds == (
        "shop (prod): 10 of 200 failed, 5 %; "
        "worst hour 2026-05-31 12:00 to 13:00 UTC with 5 % of 200"
    )


def test_an_api_above_the_limit_is_named_with_its_share_and_its_worst_hour() -> None:
    requests = (*minutely(0, 100), *minutely(2, 40, 60))
    api = replace(API, requests=requests, server_errors=hourly(2, 0, 20))
    assert found(erring(api)) == [
        (
            API.arn,
            "too-many-server-errors",
            (
                "shop (prod): 22 of 200 failed, 11 %; "
                "worst hour 2026-05-31 14:00 to 15:00 UTC with 20 % of 100"
            ),
        )
    ]


def test_a_share_is_of_the_day_and_not_the_average_of_its_hours() -> None:
    api = replace(API, requests=(*minutely(0, 10_000), *minutely(1, 10)))
    assert erring(replace(api, server_errors=hourly(0, 10))).offenders == ()


def test_the_worst_hour_is_the_one_with_the_most_errors() -> None:
    api = replace(API, requests=(*minutely(0, 1000), *minutely(1, 2)), server_errors=hourly(99, 2))
    assert "12:00 to 13:00" in found(erring(api))[0][2]


def test_of_hours_that_are_as_bad_the_earliest_is_named() -> None:
    [offender] = erring(replace(API, server_errors=hourly(0, 7, 7))).offenders
    assert "13:00 to 14:00" in offender.observed


def test_a_function_is_judged_by_itself() -> None:
    other = replace(LEVELS, arn=f"{LEVELS.arn}2", invocations=hourly(1_000_000))
    failing = replace(LEVELS, invocations=hourly(50), errors=hourly(50))
    verdict = erring(functions=[failing, other])
    assert [(o.resource, o.fault) for o in verdict.offenders] == [(LEVELS.arn, "too-many-errors")]


def test_one_error_of_two_calls_is_no_share_that_says_anything() -> None:
    assert erring(functions=[replace(LEVELS, invocations=hourly(2), errors=hourly(1))]).holds


@pytest.mark.parametrize(("errors", "offends"), [(4, []), (5, ["too-many-errors"])])
def test_a_job_that_fails_each_time_is_judged_from_the_minimum_of_errors_on(
    errors: int, offends: list[str]
) -> None:
    levels = replace(LEVELS, invocations=hourly(errors), errors=hourly(errors))
    assert [o.fault for o in erring(functions=[levels]).offenders] == offends


def test_more_errors_than_requests_are_all_of_them() -> None:
    assert found(erring(replace(API, server_errors=hourly(7))))[0][2] == (
        "shop (prod): 7 of 7 failed, 100 %; "
        "worst hour 2026-05-31 12:00 to 13:00 UTC with 100 % of 7"
    )


def test_without_traffic_errors_are_not_judged() -> None:
    assert erring(API, functions=[LEVELS]).inapplicable == (
        "neither a request nor an invocation in the last 24 hours"
    )


def test_without_apis_and_functions_errors_are_not_judged() -> None:
    assert erring().inapplicable == "neither APIs nor functions in the region"


def test_what_had_no_traffic_is_seen_but_not_judged() -> None:
    verdict = erring(API, functions=[replace(LEVELS, invocations=hourly(3))])
    assert (verdict.evaluated, set(verdict.seen)) == ((LEVELS.arn,), {API.arn, LEVELS.arn})
    assert verdict.holds == "nothing failed in the last 24 hours"


def test_the_command_shows_the_worst_hour_of_an_api_by_the_minute() -> None:
    [offender] = erring(replace(API, server_errors=hourly(0, 7))).offenders
    assert shlex.split(str(offender.fix))[3:] == shlex.split(
        "--namespace AWS/ApiGateway --metric-name 5XXError"
        " --dimensions 'Name=ApiName,Value=my shop' Name=Stage,Value=prod"
        " --statistics Sum --period 60 --start-time 2026-05-31T13:00:00Z"
        " --end-time 2026-05-31T14:00:00Z --region us-east-1"
    )


def test_the_command_shows_what_a_function_logged_in_the_worst_hour() -> None:
    [offender] = erring(functions=[replace(LEVELS, errors=hourly(0, 7))]).offenders
    words = shlex.split(str(offender.fix))
    assert words[:5] == ["aws", "logs", "filter-log-events", "--log-group-name", LEVELS.log_group]
    begins = int((BEGIN + timedelta(hours=1)).timestamp() * 1000)
    assert words[words.index("--start-time") + 1] == str(begins)
    assert words[words.index("--end-time") + 1] == str(begins + 3_600_000)


# --- the first week


def first_week(
    launch: str | None, *functions: FunctionLevels, counted: Sequence[MetricData] = ()
) -> Verdict:
    return first_week_has_few_errors(
        [replace(API, server_errors=hourly(3))],
        functions,
        counted,
        NOW,
        launch_date=launch,
        most_errors_a_day=10,
    )


@pytest.mark.parametrize(
    ("launch", "reason"),
    [
        (None, "the baseline has no launch date"),
        ("2026-06-02", "the baseline puts the launch on 2026-06-02: it is still to come"),
        ("2026-05-25", "the baseline puts the launch on 2026-05-25: its first week is over"),
    ],
)
def test_outside_the_first_week_there_is_nothing_to_read(launch: str | None, reason: str) -> None:
    verdict = first_week(launch, replace(LEVELS, errors=hourly(99)))
    assert (verdict.inapplicable, verdict.settled) == (reason, True)


@pytest.mark.parametrize("launch", ["2026-06-01", "2026-05-26"])
def test_the_week_has_seven_days_from_the_launch_on(launch: str) -> None:
    assert first_week(launch).inapplicable is None


def test_few_errors_hold_and_are_counted() -> None:
    verdict = first_week("2026-05-30", replace(LEVELS, errors=hourly(3, 4)))
    assert verdict.offenders == ()
    assert verdict.holds == (
        "10 errors, most of them 7 of orders, 3 of shop (prod) in the last 24 hours"
    )


def test_more_errors_than_the_baseline_bears_fail_the_day() -> None:
    verdict = first_week("2026-05-30", replace(LEVELS, errors=hourly(8)))
    assert found(verdict) == [
        (
            "errors:last-24-hours",
            "too-many",
            "11 errors, most of them 8 of orders, 3 of shop (prod)",
        )
    ]


def test_what_the_metric_filters_counted_is_counted_too() -> None:
    counted = MetricData(MetricQuery("Shop", "GaveUp", (), "Sum", 3600), hourly(4, 5))
    [offender] = first_week("2026-05-30", counted=[counted]).offenders
    assert offender.observed == "12 errors, most of them 9 of Shop GaveUp, 3 of shop (prod)"


# --- latency


def timed(*apis: ApiLevels) -> Verdict:
    return apis_answer_in_time(apis, IDENTITY, p95_ms=2000, minimum_requests=100)


BUSY = replace(API, requests=minutely(0, 100))


def test_an_api_that_answers_in_time_holds_whatever_its_worst_hour() -> None:
    verdict = timed(replace(BUSY, p95_ms=2000, hourly_p95_ms=hourly(90, 5000)))
    assert verdict.offenders == ()
    assert verdict.holds == (
        "shop (prod): p95 2,000 ms; worst hour 2026-05-31 13:00 to 14:00 UTC with 5,000 ms"
    )


def test_a_slow_api_is_named_with_its_worst_hour() -> None:
    verdict = timed(replace(BUSY, p95_ms=2000.6, hourly_p95_ms=hourly(90, 5000)))
    assert found(verdict) == [
        (
            API.arn,
            "slow",
            "shop (prod): p95 2,001 ms; worst hour 2026-05-31 13:00 to 14:00 UTC with 5,000 ms",
        )
    ]
    assert "--extended-statistics p95" in str(verdict.offenders[0].fix)


@pytest.mark.parametrize(
    ("apis", "reason"),
    [
        ([], "no API in the region"),
        ([API], "no traffic in the last 24 hours"),
        ([BUSY], "no API had 100 requests with a latency in the last 24 hours"),
        (
            [replace(API, requests=minutely(0, 99), p95_ms=9000)],
            "no API had 100 requests with a latency in the last 24 hours",
        ),
    ],
)
def test_a_percentile_of_nothing_or_of_a_handful_is_not_judged(
    apis: list[ApiLevels], reason: str
) -> None:
    assert timed(*apis).inapplicable == reason


# --- throughput

LIMITS: dict[str, Any] = {
    "client_error_percent": 20,
    "function_throttles_an_hour": 10,
    "table_throttles_an_hour": 10,
    "refusals": {"namespace": "Shop", "metric": "Refused", "most_an_hour": 5},
}


def peaked(
    *apis: ApiLevels,
    functions: Sequence[FunctionLevels] = (),
    tables: Sequence[TableLevels] = (),
    refused: Points | None = None,
) -> Verdict:
    query = MetricQuery("Shop", "Refused", (), "Sum", 3600)
    refusals = [] if refused is None else [MetricData(query, refused)]
    return peak_passed_without_refusals(
        apis, functions, tables, refusals, limits=LIMITS, minimum_requests=100
    )


def test_the_peak_is_that_of_the_busiest_minute() -> None:
    verdict = peaked(replace(API, requests=(*minutely(0, 70, 70), *minutely(5, 120))))
    assert verdict.offenders == ()
    assert verdict.holds == "the peak was 2 requests/s to shop (prod) at 2026-05-31 17:00 UTC"


def test_client_errors_count_in_the_busiest_hour() -> None:
    api = replace(API, requests=(*minutely(0, 150), *minutely(1, 100, 100)))
    assert peaked(replace(api, client_errors=hourly(150, 40))).offenders == ()
    assert found(peaked(replace(api, client_errors=hourly(0, 41)))) == [
        (
            API.arn,
            "too-many-client-errors",
            (
                "shop (prod): 20.5 % of 200 requests were answered with 4xx in the busiest hour, "
                "2026-05-31 13:00 to 14:00 UTC"
            ),
        )
    ]


def test_client_errors_of_a_few_requests_are_not_judged() -> None:
    assert peaked(replace(API, requests=minutely(0, 99), client_errors=hourly(99))).holds


def test_a_function_may_be_throttled_up_to_the_limit_in_each_hour() -> None:
    assert peaked(BUSY, functions=[replace(LEVELS, throttles=hourly(10, 10))]).offenders == ()
    verdict = peaked(BUSY, functions=[replace(LEVELS, throttles=hourly(9, 11, 9))])
    assert found(verdict) == [
        (
            LEVELS.arn,
            "function-throttled",
            "11 invocations throttled from 2026-05-31 13:00 to 14:00 UTC",
        )
    ]


def test_reads_and_writes_of_a_table_are_counted_apart() -> None:
    table = TableLevels("arn:t", "t", read_throttles=hourly(10), write_throttles=hourly(11))
    assert [fault for _, fault, _ in found(peaked(BUSY, tables=[table]))] == ["writes-throttled"]


def test_refusals_are_judged_alone_where_a_metric_counts_them() -> None:
    assert peaked(BUSY, refused=hourly(5, 5)).offenders == ()
    [(resource, fault, observed)] = found(peaked(BUSY, refused=hourly(5, 6)))
    assert (resource, fault) == ("metric:Shop/Refused", "too-many-refusals")
    assert observed == "6 requests refused with 429 from 2026-05-31 13:00 to 14:00 UTC"


@pytest.mark.parametrize(
    ("apis", "reason"),
    [([], "no API in the region"), ([API], "no traffic in the last 24 hours")],
)
def test_without_traffic_there_is_no_peak(apis: list[ApiLevels], reason: str) -> None:
    assert peaked(*apis).inapplicable == reason


def test_throttles_fail_without_a_request_to_any_api() -> None:
    verdict = peaked(functions=[replace(LEVELS, throttles=hourly(99))])
    assert (verdict.inapplicable, len(verdict.offenders)) == (None, 1)
