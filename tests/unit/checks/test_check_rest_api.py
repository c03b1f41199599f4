"""REST APIs: their names and certificates, browsers, throttles, keys, validation, logs, caches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.session import get_session
from command_line import parameters
from example_alarms import HTTP, IDENTITY
from example_rest import (
    APP,
    CERTIFICATE,
    DOMAIN,
    LOG_GROUP,
    ORDER,
    ORDERS,
    PLAN,
    PREFLIGHT,
    SETTINGS,
    STAGE,
    VALIDATOR,
)
from records import NOW

from compliance.checks.rest_api import (
    browsers_may_call_from_agreed_origins,
    domains_show_a_valid_certificate,
    key_holders_methods_require_a_key,
    production_answers_under_its_own_domain,
    production_stages_are_throttled,
    production_stages_log,
    requests_are_validated_first,
    response_caches_are_as_agreed,
    usage_plans_meter_production,
)
from compliance.facts.api_routes import ApiRoute
from compliance.facts.apis import Api, ApiDomain, ApiMapping, MethodSettings, RestStage
from compliance.facts.certificates import Certificate, Renewal
from compliance.facts.logs import LogGroup
from compliance.facts.rest_methods import (
    GatewayResponse,
    RequestValidator,
    RestMethod,
    RestResource,
)
from compliance.facts.usage_plans import ApiKey, UsagePlan, UsagePlanKey
from compliance.model import Offender, Verdict

PROD = ["prod"]
DEV = replace(STAGE, arn=STAGE.arn.replace("prod", "dev"), name="dev", methods={})


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


def faults(verdict: Verdict) -> list[str]:
    return [offender.fault for offender in verdict.offenders]


def only(verdict: Verdict) -> Offender:
    [offender] = verdict.offenders
    return offender


def works(fix: str | None) -> str:
    """The fix, whose commands AWS takes with all their options and values."""
    assert fix
    for command in fix.split(" && "):
        parameters(command)
    return fix


def patched(fix: str | None) -> dict[str, str]:
    """What a fix puts in place, by its path."""
    operations = parameters(works(fix))["patchOperations"]
    assert {operation["op"] for operation in operations} == {"replace"}
    return {operation["path"]: operation["value"] for operation in operations}


def with_methods(**methods: RestMethod) -> RestResource:
    return replace(ORDERS, methods=methods)


# Custom domains


def named(
    *stages: RestStage, mappings: Sequence[ApiMapping] = (), routes: Sequence[ApiRoute] = ()
) -> Verdict:
    return production_answers_under_its_own_domain(
        stages or (STAGE,),
        mappings,
        routes,
        production_stages=PROD,
        domain_name="api.omnitrack.example",
    )


@pytest.mark.parametrize("stage", ["prod", None])
def test_a_mapping_to_the_stage_or_to_all_of_them_is_a_name(stage: str | None) -> None:
    verdict = named(mappings=[ApiMapping(DOMAIN, "a1", stage)])
    assert (verdict.evaluated, verdict.offenders) == ((STAGE.arn,), ())


@pytest.mark.parametrize("mapping", [("a1", "dev"), ("b2", "prod"), ("b2", None)])
def test_a_mapping_to_something_else_is_none(mapping: tuple[str, str | None]) -> None:
    offender = only(named(mappings=[ApiMapping(DOMAIN, *mapping)]))
    assert offender.key == (STAGE.arn, "no-custom-domain")
    assert offender.absent_from == ("api_mappings", "api_routes")
    assert works(offender.fix) == (
        "aws apigateway create-base-path-mapping --domain-name api.omnitrack.example "
        "--base-path omnitrack-api --rest-api-id a1 --stage prod --region us-east-1"
    )


@pytest.mark.parametrize(
    ("mode", "by_mapping", "by_rule"),
    [
        ("BASE_PATH_MAPPING_ONLY", True, False),
        ("ROUTING_RULE_ONLY", False, True),
        ("ROUTING_RULE_THEN_BASE_PATH_MAPPING", True, True),
    ],
)
def test_a_domain_leads_only_where_its_mode_says(
    mode: str, *, by_mapping: bool, by_rule: bool
) -> None:
    domain = replace(DOMAIN, routing_mode=mode)
    route = ApiRoute(domain, "a1", "prod")
    assert (not named(mappings=[ApiMapping(domain, "a1", "prod")]).offenders) is by_mapping
    assert (not named(routes=[route]).offenders) is by_mapping
    assert (not named(routes=[replace(route, by_rule=True)]).offenders) is by_rule


def test_private_apis_and_other_stages_need_no_name() -> None:
    private = replace(STAGE, private=True)
    assert named(private, DEV).inapplicable == "all production stages are of private REST APIs"
    assert named(DEV).inapplicable == "no REST API has a stage prod"
    assert named(private, STAGE).evaluated == (STAGE.arn,)


# Certificates


def shown(
    *certificates: Certificate, domains: Sequence[ApiDomain] = (DOMAIN,), days: int = 30
) -> Verdict:
    return domains_show_a_valid_certificate(
        domains, certificates, NOW, days_left=days, pending_days=7
    )


def test_an_issued_certificate_for_the_name_holds() -> None:
    verdict = shown(CERTIFICATE)
    assert (verdict.evaluated, verdict.offenders) == ((DOMAIN.arn, CERTIFICATE.arn), ())


def test_without_a_custom_domain_there_is_no_certificate() -> None:
    assert shown(CERTIFICATE, domains=()).inapplicable == "no custom domain names in the region"


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (timedelta(days=30, seconds=1), []),
        (timedelta(days=30), ["ends-soon"]),
        (timedelta(seconds=1), ["ends-soon"]),
        (timedelta(0), ["expired"]),
        (timedelta(days=-9), ["expired"]),
    ],
)
def test_a_certificate_near_its_end_tells_once(left: timedelta, expected: list[str]) -> None:
    assert faults(shown(replace(CERTIFICATE, not_after=NOW + left))) == expected


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        ("EXPIRED", "expired"),
        ("REVOKED", "not-issued"),
        ("PENDING_VALIDATION", "not-issued"),
        ("INACTIVE", "not-issued"),
    ],
)
def test_a_certificate_that_is_not_issued_is_none(status: str, fault: str) -> None:
    offender = only(shown(replace(CERTIFICATE, status=status, not_after=None)))
    assert offender.key == (CERTIFICATE.arn, fault)


def test_an_end_that_nobody_knows_is_near() -> None:
    assert faults(shown(replace(CERTIFICATE, not_after=None))) == ["ends-soon"]


@pytest.mark.parametrize(
    ("status", "days", "expected"),
    [
        ("SUCCESS", 99, []),
        ("PENDING_AUTO_RENEWAL", 99, []),
        ("PENDING_VALIDATION", 6, []),
        ("PENDING_VALIDATION", 7, ["renewal-stuck"]),
        ("FAILED", 0, ["renewal-failed"]),
    ],
)
def test_a_renewal_that_failed_or_waits_too_long_fails(
    status: str, days: int, expected: list[str]
) -> None:
    renewal = Renewal(status, NOW - timedelta(days=days), "CAA_ERROR")
    verdict = shown(replace(CERTIFICATE, renewal=renewal))
    assert faults(verdict) == expected
    assert all("(CAA_ERROR)" in offender.observed for offender in verdict.offenders)


def test_an_imported_certificate_is_mended_by_whoever_imported_it() -> None:
    soon = replace(CERTIFICATE, not_after=NOW + timedelta(days=3), imported=True)
    offender = only(shown(soon))
    assert "imported" in offender.observed
    assert works(offender.fix).startswith("aws acm import-certificate ")
    assert only(shown(replace(soon, imported=False))).fix is None


def test_one_certificate_of_two_domains_tells_once_and_names_both() -> None:
    other = replace(DOMAIN, arn=f"{DOMAIN.arn}2", name="www.omnitrack.example")
    wild = replace(CERTIFICATE, names=("*.omnitrack.example",), status="REVOKED")
    offender = only(shown(wild, domains=[other, DOMAIN]))
    assert offender.key == (CERTIFICATE.arn, "not-issued")
    assert "api.omnitrack.example and www.omnitrack.example" in offender.observed


def test_a_certificate_that_acm_does_not_know_is_gone() -> None:
    offender = only(shown())
    assert offender.key == (CERTIFICATE.arn, "gone")
    assert offender.absent_from == ("certificates",)


def test_the_certificate_that_proves_ownership_is_judged_by_its_validity_alone() -> None:
    proof = replace(CERTIFICATE, arn=f"{CERTIFICATE.arn}2", names=("elsewhere.example",))
    domain = replace(DOMAIN, ownership_certificate_arn=proof.arn)
    assert shown(CERTIFICATE, proof, domains=[domain]).offenders == ()
    expired = replace(proof, status="EXPIRED")
    assert keys(shown(CERTIFICATE, expired, domains=[domain])) == [(proof.arn, "expired")]


@pytest.mark.parametrize(
    ("name", "covered"),
    [
        ("api.omnitrack.example", True),
        ("API.OmniTrack.example", True),
        ("*.omnitrack.example", True),
        ("*.api.omnitrack.example", False),
        ("*.example", False),
        ("omnitrack.example", False),
        ("www.omnitrack.example", False),
    ],
)
def test_a_wildcard_stands_for_one_label(name: str, *, covered: bool) -> None:
    verdict = shown(replace(CERTIFICATE, names=("other.example", name)))
    assert keys(verdict) == ([] if covered else [(DOMAIN.arn, "name-not-covered")])


@pytest.mark.parametrize(
    ("policy", "modern"),
    [
        ("TLS_1_0", False),
        (None, False),
        ("TLS_1_2", True),
        ("SecurityPolicy_TLS13_1_3_2025_09", True),
        ("SecurityPolicy_TLS13_1_2_PQ_2025_09", True),
        ("SecurityPolicy_TLS13_2025_EDGE", True),
        ("SecurityPolicy_TLS12_2018_EDGE", True),
        ("SecurityPolicy_TLS13_1_0_2021_06", False),
    ],
)
def test_tls_is_judged_by_the_oldest_version_that_passes(
    policy: str | None, *, modern: bool
) -> None:
    verdict = shown(CERTIFICATE, domains=[replace(DOMAIN, security_policy=policy)])
    assert keys(verdict) == ([] if modern else [(DOMAIN.arn, "old-tls")])
    assert all(works(offender.fix) for offender in verdict.offenders)


def test_every_policy_that_botocore_knows_is_told_apart() -> None:
    model = get_session().get_service_model("apigateway")
    policies = model.shape_for("SecurityPolicy").enum  # type: ignore[attr-defined]  # of string shapes
    old = [
        policy
        for policy in policies
        if shown(CERTIFICATE, domains=[replace(DOMAIN, security_policy=policy)]).offenders
    ]
    assert old == ["TLS_1_0"]


@pytest.mark.parametrize(
    ("status", "serves"),
    [
        ("AVAILABLE", True),
        ("UPDATING", True),
        ("PENDING", True),
        ("FAILED", False),
        ("PENDING_CERTIFICATE_REIMPORT", False),
        ("PENDING_OWNERSHIP_VERIFICATION", False),
    ],
)
def test_a_domain_that_waits_for_somebody_fails(status: str, *, serves: bool) -> None:
    verdict = shown(CERTIFICATE, domains=[replace(DOMAIN, status=status)])
    assert keys(verdict) == ([] if serves else [(DOMAIN.arn, "not-available")])


def test_a_certificate_outside_acm_is_not_trusted() -> None:
    offender = only(shown(domains=[replace(DOMAIN, certificate_arns=())]))
    assert offender.key == (DOMAIN.arn, "not-in-acm")
    assert works(offender.fix)


def test_while_a_domain_moves_both_its_certificates_count() -> None:
    edge = replace(CERTIFICATE, arn=f"{CERTIFICATE.arn}-edge", status="EXPIRED")
    domain = replace(DOMAIN, certificate_arns=(edge.arn, CERTIFICATE.arn))
    assert keys(shown(CERTIFICATE, edge, domains=[domain])) == [(edge.arn, "expired")]


# Browsers


def browsed(
    *resources: RestResource,
    responses: Sequence[GatewayResponse] = (),
    apis: Sequence[Api] = (),
    origins: Sequence[str] | None = (APP,),
) -> Verdict:
    return browsers_may_call_from_agreed_origins(
        resources, responses, apis, allowed_origins=origins
    )


def preflight(*origins: str, **others: Any) -> RestResource:
    return with_methods(OPTIONS=replace(PREFLIGHT, allowed_origins=origins, **others), POST=ORDER)


def test_an_answer_that_names_an_agreed_origin_holds() -> None:
    verdict = browsed(ORDERS, origins=[APP, "https://else.example"])
    assert (verdict.evaluated, verdict.offenders) == ((ORDERS.arn,), ())


def test_where_no_browser_calls_nothing_is_judged() -> None:
    assert browsed(ORDERS, origins=None).inapplicable == "the baseline names no origins of browsers"


@pytest.mark.parametrize(
    ("origin", "fault"),
    [
        ("'*'", "any-origin"),
        ("'https://*.example'", "any-origin"),
        ("'https://else.example'", "other-origin"),
    ],
)
def test_an_answer_that_names_another_origin_fails(origin: str, fault: str) -> None:
    offender = only(browsed(preflight(origin)))
    assert offender.key == (ORDERS.arn, fault)
    assert works(offender.fix)


def test_a_wildcard_that_the_baseline_wants_holds() -> None:
    assert browsed(preflight("'*'"), origins=["*"]).offenders == ()


def test_a_path_that_answers_no_preflight_fails() -> None:
    offender = only(browsed(with_methods(POST=ORDER)))
    assert offender.key == (ORDERS.arn, "no-preflight")
    assert works(offender.fix)


def test_a_preflight_without_an_origin_fails() -> None:
    offender = only(browsed(preflight()))
    assert offender.key == (ORDERS.arn, "no-allow-origin")
    assert works(offender.fix)


def test_a_path_without_methods_is_not_judged() -> None:
    assert browsed(with_methods()).inapplicable


@pytest.mark.parametrize(
    "resource",
    [
        preflight(integration="AWS_PROXY"),
        preflight(integration="HTTP_PROXY"),
        preflight(origins_computed=True),
        preflight("integration.response.header.origin", integration="HTTP"),
        with_methods(ANY=RestMethod("ANY", "AWS_PROXY")),
    ],
    ids=["function", "http", "template", "mapped", "any"],
)
def test_what_is_computed_at_run_time_is_not_judged(resource: RestResource) -> None:
    expected = "no API answers browsers by itself, only its integrations do"
    assert browsed(resource).inapplicable == expected


def test_any_method_answers_options_too() -> None:
    [offender] = browsed(with_methods(ANY=RestMethod("ANY", "MOCK"))).offenders
    assert offender.fault == "no-allow-origin"


def test_options_goes_before_any() -> None:
    both = with_methods(ANY=RestMethod("ANY", "AWS_PROXY"), OPTIONS=PREFLIGHT)
    assert browsed(both).evaluated == (ORDERS.arn,)


def test_what_another_method_states_counts_even_beside_a_proxy() -> None:
    loud = RestMethod("GET", "HTTP", allowed_origins=("'*'",))
    resource = with_methods(OPTIONS=RestMethod("OPTIONS", "AWS_PROXY"), GET=loud)
    assert keys(browsed(resource)) == [(ORDERS.arn, "any-origin")]


def test_a_gateway_response_may_name_no_other_origin_and_need_name_none() -> None:
    silent = GatewayResponse("arn:silent", "omnitrack-api", "DEFAULT_5XX")
    arn = "arn:aws:apigateway:us-east-1::/restapis/a1/gatewayresponses/DEFAULT_4XX"
    open_ = GatewayResponse(arn, "omnitrack-api", "DEFAULT_4XX", "'*'")
    verdict = browsed(ORDERS, responses=[silent, open_])
    assert verdict.evaluated == (ORDERS.arn, arn)
    offender = only(verdict)
    assert offender.key == (arn, "any-origin")
    assert "--rest-api-id a1 --response-type DEFAULT_4XX" in works(offender.fix).replace(
        "--patch-operations op=remove,path="
        "/responseParameters/gatewayresponse.header.Access-Control-Allow-Origin ",
        "",
    )
    assert browsed(ORDERS, responses=[replace(open_, allowed_origin=f"'{APP}'")]).offenders == ()


def test_an_http_api_is_judged_by_its_configuration() -> None:
    def judged(origins: tuple[str, ...] | None) -> Verdict:
        return browsed(apis=[replace(HTTP, cors_origins=origins)])

    assert judged(None).inapplicable
    assert judged((APP,)).evaluated == (HTTP.arn,)
    assert judged((APP,)).offenders == ()
    assert keys(judged((APP, "*"))) == [(HTTP.arn, "any-origin")]
    offender = only(judged(("https://else.example",)))
    assert offender.key == (HTTP.arn, "other-origin")
    assert works(offender.fix)


# Throttling


def throttled(methods: Mapping[str, MethodSettings], *others: RestStage) -> Verdict:
    return production_stages_are_throttled(
        [replace(STAGE, methods=methods), *others],
        production_stages=PROD,
        requests_per_second=1000,
        burst=2000,
    )


def capped(rate: float, burst: int) -> MethodSettings:
    return replace(SETTINGS, throttling_rate=rate, throttling_burst=burst)


def test_the_agreed_numbers_hold_and_other_stages_are_not_judged() -> None:
    verdict = throttled({"*/*": SETTINGS}, DEV)
    assert (verdict.evaluated, verdict.offenders) == ((STAGE.arn,), ())


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        ({}, ["burst-not-set", "rate-not-set"]),
        ({"*/*": MethodSettings()}, ["burst-not-set", "rate-not-set"]),
        ({"*/*": capped(1000, -1)}, ["burst-not-set"]),
        ({"*/*": capped(1001, 2000)}, ["rate-above"]),
        ({"*/*": capped(999.5, 2000)}, ["rate-below"]),
        ({"*/*": capped(0, 2000)}, ["rate-below"]),
        ({"*/*": capped(1000, 2001)}, ["burst-above"]),
        ({"*/*": capped(1000, 1999)}, ["burst-below"]),
    ],
)
def test_the_stage_takes_exactly_the_agreed_numbers(
    methods: Mapping[str, MethodSettings], expected: list[str]
) -> None:
    verdict = throttled(methods)
    assert faults(verdict) == expected
    assert patched(verdict.offenders[0].fix)["/*/*/throttling/rateLimit"] == "1000"


@pytest.mark.parametrize("key", ["~1orders~1{id}/GET", "/orders/{id}/GET", "orders/{id}/GET"])
def test_a_method_that_takes_more_fails_however_its_key_is_written(key: str) -> None:
    offender = only(throttled({"*/*": SETTINGS, key: capped(1500, 2000)}))
    assert offender.key == (STAGE.arn, "rate-above:GET/orders/{id}")
    assert patched(offender.fix)["/~1orders~1{id}/GET/throttling/rateLimit"] == "1000"


def test_the_root_and_a_tilde_are_told_by_their_paths() -> None:
    settings = capped(1500, 2000)
    verdict = throttled({"*/*": SETTINGS, "~1/GET": settings, "~1~0me/GET": settings})
    assert faults(verdict) == ["rate-above:GET/", "rate-above:GET/~me"]
    assert all(path.startswith("/~1~0me/GET/") for path in patched(verdict.offenders[1].fix))


def test_a_method_may_be_held_tighter() -> None:
    assert throttled({"*/*": SETTINGS, "~1a/GET": capped(10, 0)}).offenders == ()


def test_a_method_with_other_settings_alone_takes_what_the_account_does() -> None:
    verdict = throttled({"*/*": SETTINGS, "~1a/GET": capped(-1, -1)})
    assert faults(verdict) == ["burst-above:GET/a", "rate-above:GET/a"]


# Keys and plans

PARTNERS = ["omnitrack-api * /partners/*"]
ENABLED, DISABLED = ApiKey("k1", "portal", enabled=True), ApiKey("k2", "old", enabled=False)


def keyed(
    *resources: RestResource,
    methods: Sequence[str] = PARTNERS,
    api_keys: Sequence[ApiKey] = (ENABLED, DISABLED),
) -> Verdict:
    return key_holders_methods_require_a_key(resources, api_keys, methods=methods)


def test_methods_that_require_a_key_hold_and_options_need_none() -> None:
    verdict = keyed(ORDERS)
    assert verdict.evaluated == (f"{ORDERS.arn}/methods/POST", "api-key:any")
    assert verdict.offenders == ()


def test_where_no_method_needs_a_key_nothing_is_judged() -> None:
    assert keyed(ORDERS, methods=[]).inapplicable


def test_a_method_without_a_key_is_open() -> None:
    offender = only(keyed(with_methods(POST=replace(ORDER, key_required=False))))
    assert offender.key == (f"{ORDERS.arn}/methods/POST", "no-key-required")
    assert works(offender.fix)


@pytest.mark.parametrize(
    ("pattern", "met"),
    [
        ("omnitrack-api POST /partners/*", True),
        ("omnitrack-* POST /partners/orders", True),
        ("omnitrack-api GET /partners/*", False),
        ("omnitrack-api POST /partners", False),
        ("other POST /partners/*", False),
    ],
)
def test_a_pattern_meets_by_api_method_and_path(pattern: str, *, met: bool) -> None:
    verdict = keyed(ORDERS, methods=[pattern])
    assert keys(verdict) == ([] if met else [(f"method:{pattern}", "no-such-method")])


def test_any_method_takes_the_pattern_s_one() -> None:
    resource = with_methods(ANY=RestMethod("ANY", "AWS_PROXY"))
    verdict = keyed(resource, methods=["omnitrack-api GET /partners/*"])
    assert keys(verdict) == [(f"{ORDERS.arn}/methods/ANY", "no-key-required")]


@pytest.mark.parametrize("api_keys", [[], [DISABLED]])
def test_without_an_enabled_key_nobody_can_call(api_keys: list[ApiKey]) -> None:
    offender = only(keyed(ORDERS, api_keys=api_keys))
    assert offender.key == ("api-key:any", "none-enabled")
    assert offender.absent_from == ("api_keys",)


LIMITS = {"requests_per_second": 50, "burst": 100, "requests_per_day": 1000}


def metered(
    *plans: UsagePlan,
    stages: Sequence[RestStage] = (STAGE,),
    methods: Sequence[str] = PARTNERS,
    plan_keys: Sequence[UsagePlanKey] = (UsagePlanKey(PLAN.arn, "k1"),),
) -> Verdict:
    return usage_plans_meter_production(
        stages,
        plans,
        plan_keys,
        [ENABLED, DISABLED],
        production_stages=PROD,
        methods=methods,
        limits=LIMITS,
    )


def test_a_plan_with_limits_and_a_key_holds() -> None:
    verdict = metered(PLAN, replace(PLAN, arn="arn:p2", stages=frozenset({("b2", "prod")})))
    assert (verdict.evaluated, verdict.offenders) == ((STAGE.arn, PLAN.arn), ())


def test_stages_without_key_holders_need_no_plan() -> None:
    assert metered(methods=[]).inapplicable
    assert metered(methods=["other * /*"]).inapplicable
    assert metered(stages=[DEV]).inapplicable


@pytest.mark.parametrize("on", [("a1", "dev"), ("b2", "prod")])
def test_a_plan_for_something_else_covers_nothing(on: tuple[str, str]) -> None:
    offender = only(metered(replace(PLAN, stages=frozenset({on}))))
    assert offender.key == (STAGE.arn, "no-usage-plan")
    assert offender.absent_from == ("usage_plans",)
    assert works(offender.fix)


def test_a_plan_without_limits_fails_for_each() -> None:
    verdict = metered(replace(PLAN, throttled=False, metered=False))
    assert keys(verdict) == [(PLAN.arn, "no-quota"), (PLAN.arn, "no-throttle")]
    assert all(works(offender.fix) for offender in verdict.offenders)


@pytest.mark.parametrize("key", [None, "k2", "k9"])
def test_a_plan_without_an_enabled_key_fails(key: str | None) -> None:
    plan_keys = [UsagePlanKey(PLAN.arn, key)] if key else [UsagePlanKey("arn:other", "k1")]
    offender = only(metered(PLAN, plan_keys=plan_keys))
    assert offender.key == (PLAN.arn, "no-enabled-key")
    assert offender.absent_from == ("usage_plan_keys", "api_keys")
    assert works(offender.fix)


# Validation


def validated(
    *methods: RestMethod, validators: Sequence[RequestValidator] = (VALIDATOR,)
) -> Verdict:
    resource = replace(ORDERS, methods={each.verb: each for each in methods})
    return requests_are_validated_first([resource], validators)


def test_a_method_whose_validator_holds_all_it_declares_holds() -> None:
    verdict = validated(ORDER, PREFLIGHT)
    assert (verdict.evaluated, verdict.offenders) == ((f"{ORDERS.arn}/methods/POST",), ())


@pytest.mark.parametrize(
    "method",
    [
        RestMethod("GET", "AWS_PROXY"),
        RestMethod("DELETE", "AWS_PROXY"),
        RestMethod("POST", "MOCK"),
        RestMethod("OPTIONS", "AWS_PROXY", required_parameters=("x",)),
    ],
    ids=lambda method: method.verb,
)
def test_a_method_that_declares_nothing_or_runs_nothing_is_not_judged(method: RestMethod) -> None:
    assert validated(method).inapplicable


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "ANY"])
@pytest.mark.parametrize("models", [(), ("Empty",)])
def test_a_method_with_a_body_needs_a_model_of_it(verb: str, models: tuple[str, ...]) -> None:
    offender = only(validated(RestMethod(verb, "AWS_PROXY", body_models=models)))
    assert offender.key == (f"{ORDERS.arn}/methods/{verb}", "no-model")
    assert works(offender.fix)


@pytest.mark.parametrize(
    "declared", [{"body_models": ("Order",)}, {"required_parameters": ("method.request.path.id",)}]
)
def test_what_a_get_declares_is_to_be_validated_too(declared: dict[str, Any]) -> None:
    offender = only(validated(RestMethod("GET", "AWS", **declared), validators=[]))
    assert offender.fault == "no-validator"
    assert works(offender.fix).startswith("aws apigateway create-request-validator ")


def test_a_validator_of_the_api_that_holds_everything_is_named_in_the_fix() -> None:
    offender = only(validated(replace(ORDER, validator_id=None)))
    assert "v1" in patched(offender.fix).values()


def test_a_validator_of_another_api_is_none() -> None:
    offender = only(validated(ORDER, validators=[replace(VALIDATOR, api_id="b2")]))
    assert offender.fault == "validator-gone"
    assert offender.absent_from == ("request_validators",)


@pytest.mark.parametrize(
    ("holds", "expected"),
    [
        ({"body": False}, ["body-not-validated"]),
        ({"parameters": False}, ["parameters-not-validated"]),
        ({"body": False, "parameters": False}, ["body-not-validated", "parameters-not-validated"]),
    ],
)
def test_a_validator_that_leaves_out_what_is_declared_fails(
    holds: dict[str, bool], expected: list[str]
) -> None:
    assert faults(validated(ORDER, validators=[replace(VALIDATOR, **holds)])) == expected


def test_what_a_method_does_not_declare_need_not_be_validated() -> None:
    bodies = replace(VALIDATOR, parameters=False)
    assert validated(replace(ORDER, required_parameters=()), validators=[bodies]).offenders == ()
    parameters = replace(VALIDATOR, body=False)
    get = replace(ORDER, verb="GET", body_models=())
    assert validated(get, validators=[parameters]).offenders == ()


# Logs

GROUPS = [LogGroup(LOG_GROUP, "/access", 30)]


def logged(level: str = "ERROR", groups: Sequence[LogGroup] = GROUPS, **stage: Any) -> Verdict:
    stages = [replace(STAGE, **stage), replace(DEV, access_log_arn=None)]
    return production_stages_log(stages, groups, IDENTITY, production_stages=PROD, level=level)


@pytest.mark.parametrize("arn", [LOG_GROUP, f"{LOG_GROUP}:*"])
def test_access_and_execution_logs_hold(arn: str) -> None:
    verdict = logged(access_log_arn=arn)
    assert (verdict.evaluated, verdict.offenders) == ((STAGE.arn,), ())


def test_a_firehose_stream_takes_access_logs() -> None:
    stream = "arn:aws:firehose:us-east-1:123456789012:deliverystream/amazon-apigateway-x"
    assert logged(access_log_arn=stream, groups=[]).offenders == ()


def test_a_stage_without_access_logs_gets_a_group_and_a_format() -> None:
    offender = only(logged(access_log_arn=None, access_log_format=None))
    assert offender.key == (STAGE.arn, "no-access-log")
    create, update = works(offender.fix).split(" && ")
    assert create.startswith("aws logs create-log-group --log-group-name /aws/apigateway/")
    where, how = patched(update).values()
    assert where.endswith(":log-group:/aws/apigateway/omnitrack-api/access")
    assert how.startswith("$context.requestId ")


def test_access_logs_without_a_format_are_none() -> None:
    offender = only(logged(access_log_format=None))
    assert offender.fault == "no-access-log-format"
    assert "create-log-group" not in works(offender.fix)


def test_access_logs_to_a_group_that_is_gone_fail() -> None:
    offender = only(logged(groups=[]))
    assert offender.key == (STAGE.arn, "access-log-gone")
    assert offender.absent_from == ("log_groups",)
    expected = "aws logs create-log-group --log-group-name /access --region us-east-1"
    assert works(offender.fix) == expected


@pytest.mark.parametrize(
    ("written", "level", "expected"),
    [
        ("INFO", "ERROR", []),
        ("ERROR", "INFO", ["execution-log-sparse"]),
        ("OFF", "ERROR", ["execution-log-off"]),
        ("OFF", "INFO", ["execution-log-off"]),
    ],
)
def test_execution_logs_are_as_detailed_as_agreed_or_more(
    written: str, level: str, expected: list[str]
) -> None:
    verdict = logged(level, methods={"*/*": replace(SETTINGS, logging_level=written)})
    assert faults(verdict) == expected
    assert all(level in patched(offender.fix).values() for offender in verdict.offenders)


def test_a_stage_without_settings_writes_no_execution_logs() -> None:
    assert faults(logged(methods={})) == ["execution-log-off"]


def test_a_method_that_is_silenced_fails_beside_the_others() -> None:
    methods = {"*/*": SETTINGS, "~1a/GET": replace(SETTINGS, logging_level="OFF")}
    offender = only(logged(methods=methods))
    assert offender.key == (STAGE.arn, "execution-log-off:GET/a")
    assert patched(offender.fix) == {"/~1a/GET/logging/loglevel": "ERROR"}


def test_data_tracing_fails_for_the_stage_and_for_a_method() -> None:
    traced = replace(SETTINGS, data_trace=True)
    verdict = logged(methods={"*/*": traced, "~1a/GET": traced})
    assert faults(verdict) == ["data-trace", "data-trace:GET/a"]
    assert patched(verdict.offenders[0].fix) == {"/*/*/logging/dataTrace": "false"}


# Caches

CACHED = replace(SETTINGS, caching=True, cache_encrypted=True, cache_ttl_seconds=300)


def cached(methods: Mapping[str, MethodSettings], **stage: Any) -> Verdict:
    changes = {"cache_size_gb": 0.5, "cache_status": "AVAILABLE", "methods": methods, **stage}
    return response_caches_are_as_agreed(
        [replace(STAGE, **changes)], production_stages=PROD, size_gb=0.5, ttl_seconds=300
    )


def test_a_cache_as_agreed_holds() -> None:
    verdict = cached({"*/*": CACHED})
    assert (verdict.evaluated, verdict.offenders) == ((STAGE.arn,), ())


@pytest.mark.parametrize(
    "stage",
    [{"cache_size_gb": None}, {"cache_status": "DELETE_IN_PROGRESS"}, {"name": "dev"}],
    ids=["off", "going", "not in production"],
)
def test_no_cache_in_production_is_nothing_to_judge(stage: dict[str, Any]) -> None:
    assert cached({"*/*": CACHED}, **stage).inapplicable


def test_a_cache_of_another_size_fails() -> None:
    offender = only(cached({"*/*": CACHED}, cache_size_gb=1.6))
    assert offender.key == (STAGE.arn, "wrong-size")
    assert patched(offender.fix) == {"/cacheClusterSize": "0.5"}


def test_lifetime_and_encryption_are_every_cached_method_s() -> None:
    wrong = replace(CACHED, cache_ttl_seconds=60, cache_encrypted=False)
    verdict = cached({"*/*": wrong, "~1a/GET": wrong})
    assert faults(verdict) == [
        "not-encrypted",
        "not-encrypted:GET/a",
        "wrong-ttl",
        "wrong-ttl:GET/a",
    ]
    assert all(works(offender.fix) for offender in verdict.offenders)


def test_methods_that_are_not_cached_keep_nothing() -> None:
    off = replace(CACHED, caching=False, cache_ttl_seconds=60, cache_encrypted=False)
    assert cached({"*/*": off, "~1a/GET": CACHED}).offenders == ()
    assert cached({}).offenders == ()
