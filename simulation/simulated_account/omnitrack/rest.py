"""The REST APIs: what they take and answer, under which names, and how their stages run.

Seeded right after the workload that makes the APIs, whose ids are known from then on. Partners call
the public one by keys. The administrators' API was opened in a hurry once, and never closed again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulated_account.omnitrack.place import REGION, Fault, arn
from simulated_account.omnitrack.workload import REST_APIS, STAGE

if TYPE_CHECKING:
    from datetime import datetime

    from simulated_account.account import SimulatedAccount

PUBLIC_API, ADMIN_API = "q7w2k9x4ma", "z3n8r5t1vd"
PUBLIC_DOMAIN = "api.omnitrack.example"
APP, ADMIN_APP = "https://app.omnitrack.example", "https://admin.omnitrack.example"

_PUBLIC_CERTIFICATE = "0d4be5a1-6a5e-4a0e-9d0f-51b1c52b8f13"
_ADMIN_CERTIFICATE = "5f6a1c0e-8f0b-4a55-9c1c-2f8d4b6e7a90"


def _api(api: str, rest: str) -> str:
    return f"arn:aws:apigateway:{REGION}::/restapis/{api}/{rest}"


_ADMIN_STAGE = _api(ADMIN_API, f"stages/{STAGE}")

FAULTS: frozenset[Fault] = frozenset(
    {
        (
            "rest-api.certificate",
            arn("acm", f"certificate/{_PUBLIC_CERTIFICATE}"),
            "renewal-stuck",
        ),
        ("rest-api.cors", _api(ADMIN_API, "gatewayresponses/DEFAULT_4XX"), "any-origin"),
        ("rest-api.throttling", _ADMIN_STAGE, "rate-above:GET/audit"),
        ("rest-api.logging", _ADMIN_STAGE, "data-trace:GET/audit"),
    }
)


def seed(account: SimulatedAccount, now: datetime) -> None:
    """Ages are counted from `now`."""
    made = {api["name"]: api["id"] for api in account.client("apigateway").get_rest_apis()["items"]}
    for name, api in zip(REST_APIS, (PUBLIC_API, ADMIN_API), strict=True):
        account.data.apigateway.name_api(REGION, made[name], api)
    _seed_public_methods(account)
    _seed_admin_methods(account)
    _seed_stages(account)
    _seed_partners(account)
    _seed_domain(account, now)


# --- methods ------------------------------------------------------------------------------------


def _seed_public_methods(account: SimulatedAccount) -> None:
    apis = account.client("apigateway")
    apis.create_model(
        restApiId=PUBLIC_API,
        name="Shipment",
        contentType="application/json",
        schema='{"type": "object", "required": ["origin", "destination"]}',
    )
    validator = apis.create_request_validator(
        restApiId=PUBLIC_API,
        name="body-and-parameters",
        validateRequestBody=True,
        validateRequestParameters=True,
    )["id"]
    validated = {
        "requestValidatorId": validator,
        "requestModels": {"application/json": "Shipment"},
    }
    root = _root(account, PUBLIC_API)
    shipments = _path(account, PUBLIC_API, root, "shipments")
    partners = _path(account, PUBLIC_API, root, "partners")
    orders = _path(account, PUBLIC_API, partners, "orders")
    _put_method(account, PUBLIC_API, shipments, "GET", "omnitrack-api-shipments")
    _put_method(account, PUBLIC_API, shipments, "POST", "omnitrack-api-shipments", **validated)
    keyed = {**validated, "apiKeyRequired": True}
    _put_method(account, PUBLIC_API, orders, "POST", "omnitrack-api-orders", **keyed)
    for resource in (root, shipments, orders):
        _answer_preflight(account, PUBLIC_API, resource, APP)


def _seed_admin_methods(account: SimulatedAccount) -> None:
    root = _root(account, ADMIN_API)
    audit = _path(account, ADMIN_API, root, "audit")
    _put_method(account, ADMIN_API, audit, "GET", "omnitrack-admin-audit")
    for resource in (root, audit):
        _answer_preflight(account, ADMIN_API, resource, ADMIN_APP)
    account.client("apigateway").put_gateway_response(
        restApiId=ADMIN_API,
        responseType="DEFAULT_4XX",
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
    )


def _root(account: SimulatedAccount, api: str) -> str:
    [root] = account.client("apigateway").get_resources(restApiId=api)["items"]
    return str(root["id"])


def _path(account: SimulatedAccount, api: str, parent: str, part: str) -> str:
    made = account.client("apigateway").create_resource(
        restApiId=api, parentId=parent, pathPart=part
    )
    return str(made["id"])


def _put_method(
    account: SimulatedAccount, api: str, resource: str, verb: str, function: str, **settings: Any
) -> None:
    apis, place = (
        account.client("apigateway"),
        {"restApiId": api, "resourceId": resource, "httpMethod": verb},
    )
    apis.put_method(**place, authorizationType="AWS_IAM", **settings)
    target = arn("lambda", f"function:{function}")
    apis.put_integration(
        **place,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{target}/invocations",
    )


def _answer_preflight(account: SimulatedAccount, api: str, resource: str, origin: str) -> None:
    apis = account.client("apigateway")
    place = {"restApiId": api, "resourceId": resource, "httpMethod": "OPTIONS"}
    header = "method.response.header.Access-Control-Allow-Origin"
    apis.put_method(**place, authorizationType="NONE")
    apis.put_method_response(**place, statusCode="200", responseParameters={header: False})
    apis.put_integration(
        **place, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}
    )
    apis.put_integration_response(
        **place, statusCode="200", responseParameters={header: f"'{origin}'"}
    )


# --- stages, partners, domain -------------------------------------------------------------------


def _seed_stages(account: SimulatedAccount) -> None:
    agreed = {
        "/*/*/throttling/rateLimit": "1000",
        "/*/*/throttling/burstLimit": "2000",
        "/*/*/logging/loglevel": "ERROR",
        "/*/*/metrics/enabled": "true",
    }
    _patch_stage(
        account,
        PUBLIC_API,
        agreed
        | {
            "/cacheClusterEnabled": "true",
            "/cacheClusterSize": "0.5",
            "/~1shipments/GET/throttling/rateLimit": "400",
            "/~1shipments/GET/throttling/burstLimit": "800",
            "/~1shipments/GET/logging/loglevel": "ERROR",
            "/~1shipments/GET/caching/enabled": "true",
            "/~1shipments/GET/caching/ttlInSeconds": "300",
            "/~1shipments/GET/caching/dataEncrypted": "true",
        },
    )
    _patch_stage(
        account,
        ADMIN_API,
        agreed
        | {
            "/~1audit/GET/throttling/rateLimit": "5000",
            "/~1audit/GET/throttling/burstLimit": "2000",
            "/~1audit/GET/logging/loglevel": "INFO",
            "/~1audit/GET/logging/dataTrace": "true",
        },
    )


def _patch_stage(account: SimulatedAccount, api: str, values: dict[str, str]) -> None:
    account.client("apigateway").update_stage(
        restApiId=api,
        stageName=STAGE,
        patchOperations=[
            {"op": "replace", "path": path, "value": value} for path, value in values.items()
        ],
    )


def _seed_partners(account: SimulatedAccount) -> None:
    apis = account.client("apigateway")
    key = apis.create_api_key(name="omnitrack-carrier-portal", enabled=True)["id"]
    apis.create_api_key(name="omnitrack-former-broker", enabled=False)
    plan = apis.create_usage_plan(
        name="omnitrack-partners",
        apiStages=[{"apiId": PUBLIC_API, "stage": STAGE}],
        throttle={"rateLimit": 50, "burstLimit": 100},
        quota={"limit": 100000, "period": "DAY"},
    )["id"]
    apis.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")


def _seed_domain(account: SimulatedAccount, now: datetime) -> None:
    """That of the administrators' API stands before it as the origin of a distribution."""
    certificates = account.data.acm
    certificates.add_certificate(
        REGION,
        _ADMIN_CERTIFICATE,
        "*.omnitrack.example",
        not_after=now + timedelta(days=212),
    )
    shown = certificates.add_certificate(
        REGION,
        _PUBLIC_CERTIFICATE,
        PUBLIC_DOMAIN,
        not_after=now + timedelta(days=41),
        RenewalSummary={
            "RenewalStatus": "PENDING_VALIDATION",
            "DomainValidationOptions": [{"DomainName": PUBLIC_DOMAIN}],
            "UpdatedAt": now - timedelta(days=19),
        },
    )
    account.client("apigateway").create_domain_name(
        domainName=PUBLIC_DOMAIN,
        regionalCertificateArn=shown,
        endpointConfiguration={"types": ["REGIONAL"]},
        securityPolicy="SecurityPolicy_TLS13_1_2_2021_06",
        routingMode="ROUTING_RULE_THEN_BASE_PATH_MAPPING",
    )
    account.client("apigatewayv2").create_routing_rule(
        DomainName=PUBLIC_DOMAIN,
        Priority=100,
        Conditions=[{"MatchBasePaths": {"AnyOf": ["v1"]}}],
        Actions=[{"InvokeApi": {"ApiId": PUBLIC_API, "Stage": STAGE, "StripBasePath": True}}],
    )
