"""A public REST API of one stage as it must be, and what stands around it."""

from __future__ import annotations

from datetime import timedelta

from example_alarms import ACCOUNT
from records import NOW

from compliance.facts.apis import ApiDomain, MethodSettings, RestStage
from compliance.facts.certificates import Certificate
from compliance.facts.rest_methods import RequestValidator, RestMethod, RestResource
from compliance.facts.usage_plans import UsagePlan

API_ARN = "arn:aws:apigateway:us-east-1::/restapis/a1"
LOG_GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/access"
APP = "https://app.omnitrack.example"

SETTINGS = MethodSettings(logging_level="ERROR", throttling_rate=1000, throttling_burst=2000)
STAGE = RestStage(
    f"{API_ARN}/stages/prod",
    "a1",
    "omnitrack-api",
    "prod",
    access_log_arn=LOG_GROUP,
    access_log_format="$context.requestId",
    methods={"*/*": SETTINGS},
)

_ACM = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate"
CERTIFICATE = Certificate(
    f"{_ACM}/good", ("api.omnitrack.example",), "ISSUED", NOW + timedelta(days=200)
)
DOMAIN = ApiDomain(
    "api.omnitrack.example",
    arn="arn:aws:apigateway:us-east-1::/domainnames/api.omnitrack.example",
    security_policy="TLS_1_2",
    certificate_arns=(CERTIFICATE.arn,),
)

PREFLIGHT = RestMethod("OPTIONS", "MOCK", allowed_origins=(f"'{APP}'",))
ORDER = RestMethod(
    "POST",
    "AWS_PROXY",
    key_required=True,
    validator_id="v1",
    body_models=("Order",),
    required_parameters=("method.request.header.X-Trace",),
)
ORDERS = RestResource(
    f"{API_ARN}/resources/r1",
    "a1",
    "omnitrack-api",
    "/partners/orders",
    {"POST": ORDER, "OPTIONS": PREFLIGHT},
)
VALIDATOR = RequestValidator("a1", "v1", body=True, parameters=True)
PLAN = UsagePlan(
    "arn:aws:apigateway:us-east-1::/usageplans/p1",
    "p1",
    "partners",
    frozenset({("a1", "prod")}),
    throttled=True,
    metered=True,
)
