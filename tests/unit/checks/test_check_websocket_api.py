"""WebSocket APIs: domain names, throttling, the quota on connections, and logs."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from compliance.checks.websocket_api import (
    websocket_apis_have_a_domain_name,
    websocket_apis_limit_what_they_take,
    websocket_stages_log,
)
from compliance.facts.api_routes import ApiRoute
from compliance.facts.apis import Api, ApiDomain, RouteSettings, WebSocketStage
from compliance.facts.quotas import Quota
from compliance.model import Identity, Offender, Verdict

HERE = Identity("123456789012", "eu-west-1")
API = Api("arn:aws:apigateway:eu-west-1::/apis/w1", "w1", "live", "WEBSOCKET")
HTTP = Api("arn:aws:apigateway:eu-west-1::/apis/h1", "h1", "shop", "HTTP")
LIMITED = RouteSettings("ERROR", 100, 200)
STAGE = WebSocketStage(f"{API.arn}/stages/prod", "w1", "live", "prod", "arn:logs", LIMITED)
DOMAIN = ApiDomain("live.shop.example")
ROUTE = ApiRoute(DOMAIN, "w1", "prod")
ENOUGH = Quota("apigateway", "L-9ED1E49A", 500)
DEMAND = {
    "service": "apigateway",
    "code": "L-9ED1E49A",
    "minimum": 500,
    "name": "new connections a second",
}
QUOTA = "quota:apigateway/L-9ED1E49A"


def faults(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


def named(*stages: WebSocketStage, routes: tuple[ApiRoute, ...] = (ROUTE,)) -> Verdict:
    return websocket_apis_have_a_domain_name([API], stages, routes, production_stages=["prod"])


def limited(
    *stages: WebSocketStage, quotas: tuple[Quota, ...] = (ENOUGH,), demands: Any = (DEMAND,)
) -> Verdict:
    return websocket_apis_limit_what_they_take(
        [API],
        stages,
        quotas,
        HERE,
        production_stages=["prod"],
        throttling={"messages_per_second": 100, "burst": 200},
        minimums=demands,
    )


def logged(*stages: WebSocketStage, level: str = "ERROR") -> Verdict:
    return websocket_stages_log([API], stages, HERE, level=level)


@pytest.mark.parametrize(
    "judge",
    [
        lambda apis: websocket_apis_have_a_domain_name(apis, (), (), production_stages=["prod"]),
        lambda apis: websocket_apis_limit_what_they_take(
            apis, (), (), HERE, production_stages=["prod"], throttling={}, minimums=()
        ),
        lambda apis: websocket_stages_log(apis, (), HERE, level="ERROR"),
    ],
)
def test_without_websocket_apis_there_is_nothing_to_judge(
    judge: Callable[[list[Api]], Verdict],
) -> None:
    assert judge([HTTP]).inapplicable == "no WebSocket APIs in the region"


# Domain names


def test_a_stage_behind_a_domain_name_holds() -> None:
    verdict = named(STAGE)
    assert (verdict.evaluated, verdict.offenders) == ((STAGE.arn,), ())


def test_a_stage_that_no_domain_name_leads_to_fails() -> None:
    other = replace(ROUTE, stage="test"), replace(ROUTE, api_id="w2")
    [offender] = named(STAGE, routes=other).offenders
    assert offender.key == (STAGE.arn, "no-domain")
    assert offender.observed == "live is reached by its generated address alone"
    assert offender.absent_from == ("api_routes",)


@pytest.mark.parametrize(
    ("status", "holds"),
    [
        ("AVAILABLE", True),
        ("UPDATING", True),
        ("PENDING_CERTIFICATE_REIMPORT", False),
        ("PENDING_OWNERSHIP_VERIFICATION", False),
        ("FAILED", False),
    ],
)
def test_the_domain_name_must_serve(status: str, holds: bool) -> None:  # noqa: FBT001 -- a column of the table above
    verdict = named(STAGE, routes=(replace(ROUTE, domain=replace(DOMAIN, status=status)),))
    assert faults(verdict) == ([] if holds else [(STAGE.arn, "domain-not-available")])


def test_one_domain_name_that_serves_is_enough() -> None:
    waiting = replace(ROUTE, domain=replace(DOMAIN, name="new", status="FAILED"))
    assert named(STAGE, routes=(waiting, ROUTE)).offenders == ()


def test_a_mapping_that_the_routing_mode_does_not_heed_leads_nowhere() -> None:
    ruled = replace(DOMAIN, routing_mode="ROUTING_RULE_ONLY")
    verdict = named(STAGE, routes=(replace(ROUTE, domain=ruled),))
    assert faults(verdict) == [(STAGE.arn, "no-domain")]


def test_an_api_without_a_production_stage_fails() -> None:
    [offender] = named(replace(STAGE, name="$default")).offenders
    assert offender.key == (API.arn, "no-production-stage")
    assert offender.absent_from == ("websocket_stages",)


# Limits


def with_default(**changes: Any) -> WebSocketStage:
    return replace(STAGE, default=replace(LIMITED, **changes))


def with_route(**settings: Any) -> WebSocketStage:
    return replace(STAGE, routes={"$connect": RouteSettings(**settings)})


ON_ROUTE = f"{STAGE.arn}/routesettings/$connect"


def test_limits_up_to_those_of_the_baseline_hold() -> None:
    verdict = limited(STAGE)
    assert (verdict.evaluated, verdict.offenders) == ((STAGE.arn, QUOTA), ())


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"throttling_rate": None}, "not-throttled"),
        ({"throttling_burst": None}, "not-throttled"),
        ({"throttling_rate": -1}, "not-throttled"),
        ({"throttling_burst": -1}, "not-throttled"),
        ({"throttling_rate": 0}, "refuses-everything"),
        ({"throttling_burst": 0}, "refuses-everything"),
        ({"throttling_rate": 0, "throttling_burst": None}, "refuses-everything"),
        ({"throttling_rate": 100.5}, "looser-throttling"),
        ({"throttling_burst": 201}, "looser-throttling"),
    ],
)
def test_limits_that_are_absent_nothing_or_too_much_fail(
    changes: dict[str, Any], fault: str
) -> None:
    assert faults(limited(with_default(**changes))) == [(STAGE.arn, fault)]


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"throttling_rate": 101}, "looser-throttling"),
        ({"throttling_burst": 201}, "looser-throttling"),
        ({"throttling_rate": -1}, "not-throttled"),
        ({"throttling_burst": 0}, "refuses-everything"),
    ],
)
def test_a_route_may_not_be_looser(settings: dict[str, Any], fault: str) -> None:
    assert faults(limited(with_route(**settings))) == [(ON_ROUTE, fault)]


def test_a_route_takes_from_its_stage_what_it_leaves_out() -> None:
    verdict = limited(with_route(throttling_rate=50))
    assert (verdict.evaluated, verdict.offenders) == ((STAGE.arn, ON_ROUTE, QUOTA), ())


def test_a_route_without_limits_of_its_own_is_not_judged() -> None:
    assert limited(with_route(logging_level="INFO")).evaluated == (STAGE.arn, QUOTA)


def test_other_stages_may_do_without_limits() -> None:
    assert limited(replace(with_default(throttling_rate=None), name="test")).offenders == ()


def test_a_quota_below_the_minimum_fails_with_the_request_for_more() -> None:
    [offender] = limited(STAGE, quotas=(replace(ENOUGH, value=499),)).offenders
    assert offender == Offender(
        QUOTA,
        "below-minimum",
        "499 new connections a second",
        "500 or more new connections a second",
        fix="aws service-quotas request-service-quota-increase --service-code apigateway "
        "--quota-code L-9ED1E49A --desired-value 500 --region eu-west-1",
    )


def test_a_quota_that_aws_does_not_know_is_looked_for_in_its_fact() -> None:
    [offender] = limited(STAGE, quotas=(replace(ENOUGH, service="lambda"),)).offenders
    assert (offender.key, offender.absent_from) == ((QUOTA, "unknown-quota"), ("quotas",))


def test_quotas_of_other_things_are_not_judged_here() -> None:
    others = [{**DEMAND, "service": "bedrock"}, {**DEMAND, "code": "L-00000000"}]
    assert limited(STAGE, quotas=(), demands=others).evaluated == (STAGE.arn,)


# Logs


def test_a_stage_with_both_logs_holds() -> None:
    verdict = logged(STAGE)
    assert (verdict.evaluated, verdict.offenders) == ((STAGE.arn,), ())


@pytest.mark.parametrize("name", ["prod", "test", "$default"])
def test_any_stage_without_access_logs_fails(name: str) -> None:
    verdict = logged(replace(STAGE, name=name, access_log_arn=None))
    assert faults(verdict) == [(STAGE.arn, "no-access-logs")]


@pytest.mark.parametrize(
    ("own", "level", "fault"),
    [
        ("ERROR", "ERROR", None),
        ("INFO", "ERROR", None),
        ("INFO", "INFO", None),
        ("ERROR", "INFO", "errors-alone"),
        ("OFF", "ERROR", "no-execution-logs"),
        (None, "ERROR", "no-execution-logs"),
    ],
)
def test_execution_logs_are_as_fine_as_the_baseline_demands(
    own: str | None, level: str, fault: str | None
) -> None:
    verdict = logged(with_default(logging_level=own), level=level)
    assert faults(verdict) == ([(STAGE.arn, fault)] if fault else [])


def test_a_route_that_is_switched_off_fails() -> None:
    verdict = logged(with_route(logging_level="OFF"))
    assert faults(verdict) == [(ON_ROUTE, "no-execution-logs")]


def test_a_route_without_a_level_of_its_own_is_not_judged() -> None:
    assert logged(with_route(throttling_rate=1)).evaluated == (STAGE.arn,)


# Fixes


def test_a_fix_sets_what_the_baseline_demands() -> None:
    [offender] = limited(with_default(throttling_rate=None)).offenders
    assert offender.fix == (
        "aws apigatewayv2 update-stage --api-id w1 --stage-name prod --default-route-settings "
        "ThrottlingRateLimit=100,ThrottlingBurstLimit=200 --region eu-west-1"
    )


def test_a_fix_of_a_route_survives_the_shell() -> None:
    [offender] = logged(with_route(logging_level="OFF")).offenders
    words = shlex.split(str(offender.fix))
    given = words[words.index("--route-settings") + 1]
    assert json.loads(given) == {"$connect": {"LoggingLevel": "ERROR"}}
