"""Records of REST APIs' methods, domains' certificates, keys and plans, good and bad ones.

`STAGES` and `DOMAINS` stand beside those that `records_protection` gives for the web ACLs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from example_rest import (
    API_ARN,
    CERTIFICATE,
    DOMAIN,
    ORDER,
    ORDERS,
    PREFLIGHT,
    SETTINGS,
    STAGE,
    VALIDATOR,
)
from records import NOW

from compliance.facts.api_routes import ApiRoute
from compliance.facts.apis import ApiDomain
from compliance.facts.certificates import Renewal
from compliance.facts.rest_methods import GatewayResponse, RestMethod
from compliance.facts.usage_plans import ApiKey, UsagePlan, UsagePlanKey

_PLANS = "arn:aws:apigateway:us-east-1::/usageplans"
_RESPONSES = f"{API_ARN}/gatewayresponses"
_RULED = ApiDomain("ruled.example.com", routing_mode="ROUTING_RULE_ONLY")


def _certificate(name: str, **others: Any) -> Any:
    return replace(CERTIFICATE, arn=CERTIFICATE.arn.replace("good", name), **others)


CERTIFICATES = [
    CERTIFICATE,
    _certificate("stuck", renewal=Renewal("PENDING_VALIDATION", NOW - timedelta(days=20))),
    _certificate("soon", not_after=NOW + timedelta(days=9), imported=True),
    _certificate("other", names=("other.example.com",), status="REVOKED"),
]
DOMAINS = [
    ApiDomain(
        "api.omnitrack.example",
        arn=f"{DOMAIN.arn}/{each.arn.rpartition('/')[2]}",
        security_policy=policy,
        certificate_arns=(each.arn,),
        ownership_certificate_arn=CERTIFICATE.arn.replace("good", "gone"),
    )
    for each, policy in zip(CERTIFICATES, ("TLS_1_2", "TLS_1_0", None, "TLS_1_2"), strict=True)
]

_CACHED = replace(SETTINGS, caching=True, cache_encrypted=True)
STAGES = [
    replace(STAGE, cache_size_gb=0.5, methods={"*/*": _CACHED}),
    replace(
        STAGE,
        arn=STAGE.arn.replace("a1", "a2"),
        api_id="a2",
        cache_size_gb=1.6,
        access_log_arn=f"{STAGE.access_log_arn}/gone",
        methods={
            "*/*": replace(SETTINGS, throttling_rate=5000, data_trace=True),
            "~1orders/GET": replace(_CACHED, cache_encrypted=False, throttling_burst=-1),
        },
    ),
]


def _plan(name: str, *apis: str, throttled: bool = True, metered: bool = True) -> UsagePlan:
    stages = frozenset((api, "prod") for api in apis)
    return UsagePlan(f"{_PLANS}/{name}", name, name, stages, throttled, metered)


POOL: Mapping[str, Sequence[Any]] = {
    "certificates": CERTIFICATES,
    "api_routes": [
        ApiRoute(ApiDomain("api.example.com"), "r1", "prod"),
        ApiRoute(_RULED, "a1", "prod", by_rule=True),
        ApiRoute(_RULED, "r2", "prod"),
        ApiRoute(_RULED, "r4", "prod", by_rule=True),
        ApiRoute(ApiDomain("api.example.com"), "r5", "prod", by_rule=True),
    ],
    "rest_resources": [
        ORDERS,
        replace(
            ORDERS,
            arn=f"{ORDERS.arn}2",
            path="/partners/rates",
            methods={
                "GET": RestMethod("GET", "HTTP", allowed_origins=("'*'",)),
                "PUT": replace(ORDER, verb="PUT", validator_id="v2", key_required=False),
                "POST": replace(ORDER, validator_id="gone"),
            },
        ),
        replace(
            ORDERS,
            arn=f"{ORDERS.arn}3",
            path="/free",
            methods={
                "ANY": RestMethod("ANY", "AWS_PROXY"),
                "OPTIONS": replace(PREFLIGHT, allowed_origins=("'https://else.example'",)),
                "GET": RestMethod("GET", "AWS", required_parameters=("querystring.q",)),
            },
        ),
    ],
    "request_validators": [VALIDATOR, replace(VALIDATOR, id="v2", body=False, parameters=False)],
    "gateway_responses": [
        GatewayResponse(f"{_RESPONSES}/DEFAULT_4XX", "omnitrack-api", "DEFAULT_4XX", "'*'"),
        GatewayResponse(f"{_RESPONSES}/DEFAULT_5XX", "omnitrack-api", "DEFAULT_5XX"),
    ],
    "api_keys": [ApiKey("k1", "portal", enabled=True), ApiKey("k2", "broker", enabled=False)],
    "usage_plans": [
        _plan("p1", "a1"),
        _plan("p2", "a2", throttled=False, metered=False),
        _plan("p3", "elsewhere"),
    ],
    "usage_plan_keys": [UsagePlanKey(f"{_PLANS}/p1", "k1"), UsagePlanKey(f"{_PLANS}/p2", "k2")],
}
RESOURCE_OF: Mapping[str, Any] = {"certificates": lambda certificate: certificate.arn}
