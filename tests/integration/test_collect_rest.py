"""REST APIs as collectors read them: methods, validators, keys and plans, routes, certificates.

Moto neither embeds nor omits methods as asked, knows no routing rules, and its certificates are all
new: such answers are the simulated account's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from evaluating import Evaluate, faults
from reading import chained

from compliance.model import Gap, Status
from simulated_account import SimulatedAccount
from simulated_account.failures import AccessDenied

ACCOUNT, REGION = "210987654321", "us-east-1"
NOW = datetime.now(UTC).replace(microsecond=0)
DOMAIN = "api.example.com"
HEADER = "method.response.header.Access-Control-Allow-Origin"
ITEMS = [
    f"rest-api.{each}"
    for each in (
        "custom-domain",
        "certificate",
        "cors",
        "throttling",
        "api-keys",
        "usage-plans",
        "request-validation",
        "logging",
        "caching",
    )
]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedAccount]:
    with SimulatedAccount(ACCOUNT) as account:
        monkeypatch.setenv("AWS_ENDPOINT_URL", account.endpoint_url)
        yield account


collected = partial(chained, region=REGION)


def asked(account: SimulatedAccount, operation: str) -> list[dict[str, Any]]:
    return [call.params for call in account.calls if call.operation == operation]


def rest_api(account: SimulatedAccount, *stages: str, kind: str = "REGIONAL") -> tuple[str, str]:
    """An API with a GET on its root; its id, and that of the root."""
    apis = account.client("apigateway")
    api = apis.create_rest_api(name="shop", endpointConfiguration={"types": [kind]})["id"]
    [root] = apis.get_resources(restApiId=api)["items"]
    place = {"restApiId": api, "resourceId": root["id"], "httpMethod": "GET"}
    apis.put_method(**place, authorizationType="NONE")
    apis.put_integration(**place, type="MOCK")
    for stage in stages:
        apis.create_deployment(restApiId=api, stageName=stage)
    return api, root["id"]


def domain(account: SimulatedAccount, *certificates: str, **settings: Any) -> None:
    names = ("regionalCertificateArn", "certificateArn")
    account.client("apigateway").create_domain_name(
        domainName=DOMAIN,
        endpointConfiguration={"types": ["REGIONAL"]},
        **dict(zip(names, certificates, strict=False)),
        **settings,
    )


def certificate_arn(region: str = REGION, owner: str = ACCOUNT) -> str:
    return f"arn:aws:acm:{region}:{owner}:certificate/1"


# Methods


def test_methods_are_read_with_what_they_declare_and_answer(account: SimulatedAccount) -> None:
    api, root = rest_api(account, "prod")
    apis = account.client("apigateway")
    place = {"restApiId": api, "resourceId": root}
    apis.put_method(
        **place,
        httpMethod="POST",
        authorizationType="NONE",
        apiKeyRequired=True,
        requestValidatorId="v1",
        requestModels={"application/json": "Order"},
        requestParameters={"method.request.querystring.a": True, "method.request.header.b": False},
    )
    apis.put_method(**place, httpMethod="OPTIONS", authorizationType="NONE")
    apis.put_integration(
        **place,
        httpMethod="OPTIONS",
        type="MOCK",
        requestTemplates={"application/json": "#set($x.header.Access-Control-Allow-Origin = 1)"},
    )
    apis.put_method_response(**place, httpMethod="OPTIONS", statusCode="200")
    apis.put_integration_response(
        **place,
        httpMethod="OPTIONS",
        statusCode="200",
        responseParameters={HEADER.lower(): "'*'", "method.response.header.Vary": "'Origin'"},
    )
    account.forget_calls()
    [resource] = collected("rest_resources")
    arn = f"arn:aws:apigateway:{REGION}::/restapis/{api}/resources/{root}"
    assert (resource.arn, resource.api_name, resource.path) == (arn, "shop", "/")
    assert set(resource.methods) == {"GET", "POST", "OPTIONS"}
    get, post, options = (resource.methods[verb] for verb in ("GET", "POST", "OPTIONS"))
    assert (get.integration, get.key_required, get.validator_id) == ("MOCK", False, None)
    assert (get.body_models, get.required_parameters, get.allowed_origins) == ((), (), ())
    assert (post.integration, post.key_required, post.validator_id) == (None, True, "v1")
    assert post.body_models == ("Order",)
    assert post.required_parameters == ("method.request.querystring.a",)
    assert (options.allowed_origins, options.origins_computed) == (("'*'",), True)
    assert not get.origins_computed
    [call] = asked(account, "GetResources")
    assert (call["embed"], call["limit"]) == (["methods"], 500)


def test_only_apis_that_serve_production_are_asked_for(account: SimulatedAccount) -> None:
    api, _ = rest_api(account, "prod", "dev")
    rest_api(account, "dev")
    rest_api(account)
    account.forget_calls()
    assert {resource.api_id for resource in collected("rest_resources")} == {api}
    assert [call["restApiId"] for call in asked(account, "GetResources")] == [api]
    assert collected("gateway_responses") == []
    assert [call["restApiId"] for call in asked(account, "GetGatewayResponses")] == [api]


def test_every_page_of_paths_and_validators_is_read(account: SimulatedAccount) -> None:
    api, root = rest_api(account, "prod")
    apis = account.client("apigateway")
    for part in ("a", "b"):
        apis.create_resource(restApiId=api, parentId=root, pathPart=part)
    first, second = (
        apis.create_request_validator(restApiId=api, name=name, validateRequestBody=body)["id"]
        for name, body in (("bodies", True), ("nothing", False))
    )
    apis.put_method(
        restApiId=api,
        resourceId=root,
        httpMethod="PUT",
        authorizationType="NONE",
        requestValidatorId=first,
    )
    for operation in ("GetResources", "GetRequestValidators"):
        account.page_size("apigateway", operation, 1)
    assert {resource.path for resource in collected("rest_resources")} == {"/", "/a", "/b"}
    validators = {each.id: each for each in collected("request_validators")}
    assert set(validators) == {first, second}
    assert (validators[first].body, validators[first].parameters) == (True, False)
    assert not validators[second].body


def test_where_no_method_names_a_validator_none_is_asked_for(account: SimulatedAccount) -> None:
    rest_api(account, "prod")
    account.forget_calls()
    assert collected("request_validators") == []
    assert asked(account, "GetRequestValidators") == []


@pytest.mark.parametrize(
    ("operation", "fact"),
    [("GetResources", "rest_resources"), ("GetGatewayResponses", "gateway_responses")],
)
def test_an_api_that_vanishes_meanwhile_has_nothing(
    account: SimulatedAccount, operation: str, fact: str
) -> None:
    rest_api(account, "prod")
    account.fail("apigateway", operation, "NotFoundException")
    assert collected(fact) == []


def test_what_gateway_responses_say_of_origins_is_read(account: SimulatedAccount) -> None:
    api, _ = rest_api(account, "prod")
    for kind, header in (("DEFAULT_4XX", "Access-Control-Allow-Origin"), ("DEFAULT_5XX", "Vary")):
        account.client("apigateway").put_gateway_response(
            restApiId=api,
            responseType=kind,
            responseParameters={f"gatewayresponse.header.{header}": "'*'"},
        )
    by_kind = {each.type: each for each in collected("gateway_responses")}
    assert (by_kind["DEFAULT_4XX"].allowed_origin, by_kind["DEFAULT_5XX"].allowed_origin) == (
        "'*'",
        None,
    )
    assert by_kind["DEFAULT_4XX"].arn.endswith(f"/restapis/{api}/gatewayresponses/DEFAULT_4XX")


def test_private_apis_and_their_stages_are_told_apart(account: SimulatedAccount) -> None:
    rest_api(account, "prod", kind="PRIVATE")
    [stage] = collected("rest_stages")
    assert stage.private
    assert [api.private for api in collected("rest_apis")] == [True]


def test_the_origins_of_http_apis_are_read(account: SimulatedAccount) -> None:
    apis = account.client("apigatewayv2")
    apis.create_api(Name="none", ProtocolType="HTTP")
    apis.create_api(
        Name="some", ProtocolType="HTTP", CorsConfiguration={"AllowOrigins": ["https://a.example"]}
    )
    origins = {api.name: api.cors_origins for api in collected("http_and_websocket_apis")}
    assert origins == {"none": None, "some": ("https://a.example",)}


# Keys and plans


def test_keys_are_read_page_by_page_and_without_their_values(account: SimulatedAccount) -> None:
    apis = account.client("apigateway")
    apis.create_api_key(name="portal", enabled=True)
    apis.create_api_key(name="old", enabled=False)
    account.page_size("apigateway", "GetApiKeys", 1)
    account.forget_calls()
    assert {key.name: key.enabled for key in collected("api_keys")} == {
        "portal": True,
        "old": False,
    }
    assert [call.get("includeValues") for call in asked(account, "GetApiKeys")] == [False, False]


def test_plans_are_read_with_their_limits_and_the_keys_of_those_in_production(
    account: SimulatedAccount,
) -> None:
    api, _ = rest_api(account, "prod", "dev")
    apis = account.client("apigateway")
    keys = [apis.create_api_key(name=name, enabled=True)["id"] for name in "ab"]
    limits = {
        "both": {
            "throttle": {"rateLimit": 5.5, "burstLimit": 9},
            "quota": {"limit": 9, "period": "DAY"},
        },
        "neither": {},
        "rate": {"throttle": {"rateLimit": 5}},
    }
    made = {}
    for name, settings in limits.items():
        stage = "dev" if name == "neither" else "prod"
        made[name] = apis.create_usage_plan(
            name=name, apiStages=[{"apiId": api, "stage": stage}], **settings
        )["id"]
        for key in keys:
            apis.create_usage_plan_key(usagePlanId=made[name], keyId=key, keyType="API_KEY")
    for operation in ("GetUsagePlans", "GetUsagePlanKeys"):
        account.page_size("apigateway", operation, 1)
    plans = {plan.name: plan for plan in collected("usage_plans")}
    assert {name: (plan.throttled, plan.metered) for name, plan in plans.items()} == {
        "both": (True, True),
        "neither": (False, False),
        "rate": (False, False),
    }
    assert plans["both"].stages == {(api, "prod")}
    assert plans["both"].arn == f"arn:aws:apigateway:{REGION}::/usageplans/{made['both']}"
    read = {(each.plan_arn, each.key_id) for each in collected("usage_plan_keys")}
    assert read == {(plans[name].arn, key) for name in ("both", "rate") for key in keys}


# Domains and their certificates


def test_a_domain_is_read_with_what_it_shows_and_how_it_routes(account: SimulatedAccount) -> None:
    edge = certificate_arn("us-east-1").replace("/1", "/2")
    domain(
        account,
        certificate_arn(),
        edge,
        securityPolicy="TLS_1_0",
        routingMode="ROUTING_RULE_ONLY",
    )
    [found] = collected("api_domains")
    assert found.arn == f"arn:aws:apigateway:{REGION}::/domainnames/{DOMAIN}"
    assert set(found.certificate_arns) == {certificate_arn(), edge}
    assert (found.security_policy, found.status) == ("TLS_1_0", "AVAILABLE")
    assert found.routing_mode == "ROUTING_RULE_ONLY"


def test_mappings_and_rules_lead_to_stages_and_rules_only_where_they_are_heeded(
    account: SimulatedAccount,
) -> None:
    api, _ = rest_api(account, "prod")
    domain(account, certificate_arn(), routingMode="ROUTING_RULE_THEN_BASE_PATH_MAPPING")
    apis = account.client("apigateway")
    for path in ("a", "b", "c"):
        apis.create_base_path_mapping(domainName=DOMAIN, restApiId=api, stage="prod", basePath=path)
    rules = account.client("apigatewayv2")
    for priority in (1, 2):
        rules.create_routing_rule(
            DomainName=DOMAIN,
            Priority=priority,
            Conditions=[],
            Actions=[{"InvokeApi": {"ApiId": api, "Stage": f"s{priority}"}}],
        )
    apis.create_domain_name(domainName="plain.example.com", regionalCertificateArn="arn:x")
    account.page_size("apigatewayv2", "GetApiMappings", 1)
    account.page_size("apigatewayv2", "ListRoutingRules", 1)
    account.forget_calls()
    routes = collected("api_routes")
    assert [(each.stage, each.by_rule) for each in routes] == [
        *[("prod", False)] * 3,
        ("s1", True),
        ("s2", True),
    ]
    assert {call["DomainName"] for call in asked(account, "ListRoutingRules")} == {DOMAIN}


def test_a_certificate_is_read_once_and_in_its_own_region(account: SimulatedAccount) -> None:
    names = ("*.example.com", "example.com")
    arn = account.data.acm.add_certificate(
        "eu-west-1",
        "1",
        *names,
        not_after=NOW + timedelta(days=9),
        Type="IMPORTED",
        RenewalSummary={
            "RenewalStatus": "FAILED",
            "DomainValidationOptions": [{"DomainName": "example.com"}],
            "RenewalStatusReason": "CAA_ERROR",
            "UpdatedAt": NOW,
        },
    )
    domain(account, arn)
    account.client("apigateway").create_domain_name(
        domainName="www.example.com", regionalCertificateArn=arn
    )
    account.forget_calls()
    [found] = collected("certificates")
    assert (found.arn, found.names, found.status) == (arn, names, "ISSUED")
    assert (found.not_after, found.imported) == (NOW + timedelta(days=9), True)
    assert (found.renewal.status, found.renewal.reason) == ("FAILED", "CAA_ERROR")
    assert found.renewal.updated_at == NOW
    regions = [call.region for call in account.calls if call.service == "acm"]
    assert regions == ["eu-west-1"]


def test_a_certificate_without_a_renewal_has_none(account: SimulatedAccount) -> None:
    domain(account, account.data.acm.add_certificate(REGION, "1", DOMAIN, not_after=NOW))
    [found] = collected("certificates")
    assert (found.renewal, found.imported) == (None, False)


def test_a_certificate_that_is_gone_fails_and_one_that_is_refused_does_not(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    domain(account, certificate_arn())
    item = "rest-api.certificate"
    assert faults(evaluated(account, item)) == {(item, certificate_arn(), "gone")}
    account.fail("acm", "DescribeCertificate", AccessDenied)
    assert evaluated(account, item).results[item].status is Status.UNKNOWN


def test_a_certificate_of_another_account_is_unseen_and_not_gone(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    foreign = certificate_arn(owner="999999999999")
    domain(account, foreign)
    gaps: list[Gap] = []
    assert collected("certificates", gaps=gaps) == []
    assert [(gap.code, gap.resource) for gap in gaps] == [("OtherAccount", foreign)]
    result = evaluated(account, "rest-api.certificate").results["rest-api.certificate"]
    assert result.status is Status.UNKNOWN
    assert "account 999999999999" in str(result.reason)
    assert asked(account, "DescribeCertificate") == []


# The items on whole accounts


def test_an_empty_account_lacks_only_the_methods_that_the_baseline_names(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    report = evaluated(account, *ITEMS)
    statuses = {name: result.status for name, result in report.results.items()}
    expected = dict.fromkeys(ITEMS, Status.NOT_APPLICABLE)
    assert statuses == expected | {"rest-api.api-keys": Status.FAIL}
    assert {fault for _, _, fault in faults(report)} == {"no-such-method", "none-enabled"}


def test_a_bare_production_stage_fails_what_nobody_set(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    rest_api(account, "prod")
    found = {(name, fault) for name, _, fault in faults(evaluated(account, *ITEMS))}
    assert found == {
        ("rest-api.custom-domain", "no-custom-domain"),
        ("rest-api.cors", "no-preflight"),
        ("rest-api.throttling", "rate-not-set"),
        ("rest-api.throttling", "burst-not-set"),
        ("rest-api.api-keys", "no-such-method"),
        ("rest-api.api-keys", "none-enabled"),
        ("rest-api.logging", "no-access-log"),
        ("rest-api.logging", "execution-log-off"),
    }
