"""API Gateway's REST APIs: under which name, how much, for whom, and what they write down."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from compliance.facts.api_routes import ApiRoute
from compliance.facts.apis import Api, ApiDomain, ApiMapping, MethodSettings, RestStage
from compliance.facts.certificates import Certificate
from compliance.facts.logs import LogGroup
from compliance.facts.rest_methods import (
    GatewayResponse,
    RequestValidator,
    RestMethod,
    RestResource,
)
from compliance.facts.usage_plans import ApiKey, UsagePlan, UsagePlanKey
from compliance.model import Identity, Offender, Verdict, plural
from compliance.registry import check

# --- stages and the settings of their methods -----------------------------------------------------

_EVERY_METHOD = "*/*"


def _production(stages: Iterable[RestStage], names: Sequence[str]) -> list[RestStage]:
    return [stage for stage in stages if stage.name in names]


def _no_production(names: Sequence[str]) -> Verdict:
    return Verdict.not_applicable(f"no REST API has a stage {' or '.join(names)}")


def _called(stage: RestStage) -> str:
    return f"stage {stage.name} of {stage.api_name}"


@dataclass(frozen=True, slots=True)
class _Settled:
    """A stage's settings of every method, or those that one method has instead.

    `suffix` ends the code of a fault, `key` is how AWS writes the method in a patch: GET /orders as
    `~1orders/GET`.
    """

    stage: RestStage
    who: str
    suffix: str
    key: str
    settings: MethodSettings

    def fix(self, **values: object) -> str:
        """The command that gives settings other values."""
        patches = {f"/{self.key}/{_PATCHED[name]}": value for name, value in values.items()}
        return _stage_fix(self.stage, patches)


def _every(stage: RestStage) -> _Settled:
    """What holds for every method without settings of its own."""
    settings = stage.methods.get(_EVERY_METHOD, MethodSettings())
    return _Settled(stage, _called(stage), "", _EVERY_METHOD, settings)


def _overrides(stage: RestStage) -> Iterator[_Settled]:
    """Each method with settings of its own."""
    for key, settings in stage.methods.items():
        if key != _EVERY_METHOD:
            escaped, _, verb = key.rpartition("/")
            path = "/" + escaped.replace("~1", "/").replace("~0", "~").lstrip("/")
            patched = f"{path.replace('~', '~0').replace('/', '~1')}/{verb}"
            who = f"{verb} {path} in {_called(stage)}"
            yield _Settled(stage, who, f":{verb}{path}", patched, settings)


def _command(operation: str, arn: str, *flags: str, **options: object) -> str:
    """A command on the API Gateway of the ARN's region, quoted for a shell."""
    words = [
        word
        for name, value in options.items()
        for word in (f"--{name.replace('_', '-')}", shlex.quote(str(value)))
    ]
    region = arn.split(":")[3]
    return " ".join(["aws", "apigateway", operation, *words, *flags, "--region", region])


def _patches(values: Mapping[str, object]) -> tuple[str, ...]:
    """The flag that replaces what is at each path, in JSON: paths hold braces."""
    operations = [
        {"op": "replace", "path": path, "value": str(value)} for path, value in values.items()
    ]
    return "--patch-operations", shlex.quote(json.dumps(operations))


def _stage_fix(stage: RestStage, values: Mapping[str, object]) -> str:
    patches = _patches(values)
    return _command(
        "update-stage", stage.arn, *patches, rest_api_id=stage.api_id, stage_name=stage.name
    )


_PATCHED = {
    "rate": "throttling/rateLimit",
    "burst": "throttling/burstLimit",
    "level": "logging/loglevel",
    "data_trace": "logging/dataTrace",
    "ttl": "caching/ttlInSeconds",
    "encrypted": "caching/dataEncrypted",
}


# --- custom domains and their certificates --------------------------------------------------------


@check
def production_answers_under_its_own_domain(
    rest_stages: Sequence[RestStage],
    api_mappings: Sequence[ApiMapping],
    api_routes: Sequence[ApiRoute],
    *,
    production_stages: Sequence[str],
    domain_name: str,
) -> Verdict:
    """A custom domain name leads to every production stage of a REST API that is not private.

    It does by a base path mapping of any depth, one without a stage included, or by a routing rule:
    whichever the domain's routing mode heeds. Private APIs are reached by their endpoints.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-mode.html
    """
    stages = _production(rest_stages, production_stages)
    judged = [stage for stage in stages if not stage.private]
    if not stages:
        return _no_production(production_stages)
    if not judged:
        return Verdict.not_applicable("all production stages are of private REST APIs")
    mapped = {
        (mapping.api_id, mapping.stage)
        for mapping in api_mappings
        if mapping.domain.heeds(by_rule=False)
    }
    routed = {
        (route.api_id, route.stage)
        for route in api_routes
        if route.domain.heeds(by_rule=route.by_rule)
    }
    reached = mapped | routed
    return Verdict.of(
        "stage",
        (stage.arn for stage in judged),
        (
            Offender(
                stage.arn,
                "no-custom-domain",
                f"{_called(stage)} answers only under the address that AWS generated",
                "a custom domain name that leads to it",
                absent_from=("api_mappings", "api_routes"),
                fix=_command(
                    "create-base-path-mapping",
                    stage.arn,
                    domain_name=domain_name,
                    base_path=stage.api_name,
                    rest_api_id=stage.api_id,
                    stage=stage.name,
                ),
            )
            for stage in judged
            if reached.isdisjoint({(stage.api_id, stage.name), (stage.api_id, None)})
        ),
        holds="a custom domain name leads to all",
    )


_SERVING = frozenset({"AVAILABLE", "PENDING", "UPDATING"})
_OLDEST_TLS = 2


@check(alone=True)
def domains_show_a_valid_certificate(
    api_domains: Sequence[ApiDomain],
    certificates: Sequence[Certificate],
    now: datetime,
    *,
    days_left: int,
    pending_days: int,
) -> Verdict:
    """Every custom domain name shows an issued certificate for its name, over TLS 1.2 or newer.

    The certificate has more than `days_left` days to its end and is being renewed: a renewal that
    failed, or that waits for somebody since more than `pending_days`, ends in an outage. Imported
    ones are judged by their end, since only their owner renews them. The certificate that proves
    the ownership of a name with mutual TLS counts too: once it has expired, the name is locked.

    Source: https://docs.aws.amazon.com/acm/latest/userguide/check-certificate-renewal-status.html
    """
    if not api_domains:
        return Verdict.not_applicable("no custom domain names in the region")
    known = {certificate.arn: certificate for certificate in certificates}
    users: dict[str, list[str]] = {}
    for domain in sorted(api_domains, key=lambda each: each.name):
        for arn in (*domain.certificate_arns, domain.ownership_certificate_arn):
            if arn:
                users.setdefault(arn, []).append(domain.name)
    pending_since = now - timedelta(days=pending_days)
    ends_by = now + timedelta(days=days_left)

    def faults(arn: str) -> Iterator[Offender]:
        of = f"the certificate of {' and '.join(dict.fromkeys(users[arn]))}"
        if arn not in known:
            expected = "a certificate that ACM knows"
            observed = f"{of} no longer exists in ACM"
            yield Offender(arn, "gone", observed, expected, absent_from=("certificates",))
        else:
            certificate = known[arn]
            yield from _validity_faults(certificate, of, now, ends_by)
            yield from _renewal_faults(certificate, of, pending_since)

    return Verdict.of(
        "domain name and certificate",
        (*(domain.arn for domain in api_domains), *users),
        (
            *(fault for domain in api_domains for fault in _domain_faults(domain, known)),
            *(fault for arn in users for fault in faults(arn)),
        ),
        holds=f"all show a valid certificate, {days_left} days from its end or more, over TLS 1.2",
    )


def _domain_faults(domain: ApiDomain, known: Mapping[str, Certificate]) -> Iterator[Offender]:
    look = _command("get-domain-name", domain.arn, domain_name=domain.name)
    if domain.status not in _SERVING:
        observed, expected = f"{domain.name} is {domain.status}", "a domain name that is AVAILABLE"
        yield Offender(domain.arn, "not-available", observed, expected, fix=look)
    if not domain.certificate_arns:
        observed = f"{domain.name} shows a certificate that was uploaded outside ACM"
        expected = "a certificate of ACM, whose end is seen"
        yield Offender(domain.arn, "not-in-acm", observed, expected, fix=look)
    policy = domain.security_policy
    if _oldest_tls(policy) < _OLDEST_TLS:
        observed = f"{domain.name} has security policy {policy or 'unknown'}"
        patches = _patches({"/securityPolicy": "TLS_1_2"})
        fix = _command("update-domain-name", domain.arn, *patches, domain_name=domain.name)
        yield Offender(domain.arn, "old-tls", observed, "TLS 1.2 or newer alone", fix=fix)
    uncovering = [
        known[arn]
        for arn in domain.certificate_arns
        if arn in known and not any(_covers(name, domain.name) for name in known[arn].names)
    ]
    if uncovering:
        names = ", ".join(sorted({name for each in uncovering for name in each.names}))
        observed = f"{domain.name} shows a certificate for {names}"
        expected = "a certificate for its own name"
        yield Offender(domain.arn, "name-not-covered", observed, expected, fix=look)


def _oldest_tls(policy: str | None) -> int:
    """The oldest TLS 1.x that a policy lets pass: both TLS_1_2 and ..._TLS13_1_2_2021_06 give 2.

    Those of edge-optimised names, such as SecurityPolicy_TLS12_2018_EDGE, name it once.
    """
    found = re.search(r"(?:TLS\d\d_1_|TLS_1_|TLS1)(\d)", policy or "")
    return int(found[1]) if found else 0


def _covers(pattern: str, name: str) -> bool:
    """Whether a certificate's name is this one; a wildcard stands for one label."""
    pattern, name = pattern.lower(), name.lower()
    return pattern == name or (
        pattern.startswith("*.") and pattern[2:] == name.partition(".")[2] != ""
    )


def _validity_faults(
    certificate: Certificate, of: str, now: datetime, ends_by: datetime
) -> Iterator[Offender]:
    arn, ends = certificate.arn, certificate.not_after
    day = f"{ends.astimezone(UTC):%Y-%m-%d}" if ends else "an unknown day"
    fix = _import_command(arn) if certificate.imported else None
    if certificate.status == "EXPIRED" or (ends and ends <= now):
        observed, expected = f"{of} expired on {day}", "a certificate that clients accept"
        yield Offender(arn, "expired", observed, expected, fix=fix)
    elif certificate.status != "ISSUED":
        observed = f"{of} is {certificate.status}"
        yield Offender(arn, "not-issued", observed, "a certificate that is ISSUED")
    elif ends is None or ends <= ends_by:
        manner = "imported, so AWS does not renew it" if certificate.imported else "not yet renewed"
        expected = f"an end after {ends_by.astimezone(UTC):%Y-%m-%d}"
        yield Offender(arn, "ends-soon", f"{of} ends on {day}, {manner}", expected, fix=fix)


def _import_command(arn: str) -> str:
    return (
        f"aws acm import-certificate --certificate-arn {arn} --certificate fileb://certificate.pem "
        "--private-key fileb://private-key.pem --certificate-chain fileb://chain.pem "
        f"--region {arn.split(':')[3]}"
    )


def _renewal_faults(
    certificate: Certificate, of: str, pending_since: datetime
) -> Iterator[Offender]:
    renewal = certificate.renewal
    if renewal is None:
        return
    why = f" ({renewal.reason})" if renewal.reason else ""
    if renewal.status == "FAILED":
        expected = "a renewal that succeeds"
        yield Offender(certificate.arn, "renewal-failed", f"{of} was not renewed{why}", expected)
    elif renewal.status == "PENDING_VALIDATION" and renewal.updated_at <= pending_since:
        since = f"{renewal.updated_at.astimezone(UTC):%Y-%m-%d}"
        observed = f"the renewal of {of} waits since {since} for its names to be validated{why}"
        expected = "names that ACM can validate, by the DNS records that it asks for"
        yield Offender(certificate.arn, "renewal-stuck", observed, expected)


# --- browsers -------------------------------------------------------------------------------------

_PROXIES = frozenset({"AWS_PROXY", "HTTP_PROXY"})


@check
def browsers_may_call_from_agreed_origins(
    rest_resources: Sequence[RestResource],
    gateway_responses: Sequence[GatewayResponse],
    http_and_websocket_apis: Sequence[Api],
    *,
    allowed_origins: Sequence[str] | None,
) -> Verdict:
    """Every path of a production REST API answers OPTIONS, and all name agreed origins alone.

    Each answer names one of `allowed_origins`: which of them is the API's own matter. What a proxy
    integration or a template computes at run time is not seen, and such a path is not judged. Nor
    is an HTTP API that leaves CORS to its integrations. Gateway responses need name no origin.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html
    """
    if allowed_origins is None:
        return Verdict.not_applicable("the baseline names no origins of browsers", settled=True)
    allowed = frozenset(allowed_origins)
    paths = [r for r in rest_resources if r.methods and (_seen(r) or _stated(r))]
    responses = [r for r in gateway_responses if r.allowed_origin is not None]
    apis = [api for api in http_and_websocket_apis if api.cors_origins is not None]
    if not (paths or responses or apis):
        return Verdict.not_applicable("no API answers browsers by itself, only its integrations do")
    expected = f"no other origins than {', '.join(sorted(allowed))}"

    def wrong(resource: str, who: str, origins: Iterable[str], fix: str) -> Iterator[Offender]:
        others = sorted(set(origins) - allowed)
        wild = [origin for origin in others if "*" in origin]
        if wild:
            observed = f"{who} allows {' and '.join(wild)}, that is any site"
            yield Offender(resource, "any-origin", observed, expected, fix=fix)
        elif others:
            observed = f"{who} allows {' and '.join(others)}"
            yield Offender(resource, "other-origin", observed, expected, fix=fix)

    return Verdict.of(
        "path, gateway response and HTTP API",
        (*(r.arn for r in paths), *(r.arn for r in responses), *(api.arn for api in apis)),
        (
            *(fault for r in paths for fault in _preflight_faults(r)),
            *(f for r in paths for f in wrong(r.arn, _path(r), _stated(r), _look_at(r))),
            *(
                fault
                for r in responses
                for fault in wrong(r.arn, _named(r), _literal(r.allowed_origin), _unstate(r))
            ),
            *(f for a in apis for f in wrong(a.arn, a.name, a.cors_origins or (), _look_at_api(a))),
        ),
        holds="all allow browsers from the agreed origins alone",
    )


def _path(resource: RestResource) -> str:
    return f"{resource.path} of {resource.api_name}"


def _named(response: GatewayResponse) -> str:
    return f"gateway response {response.type} of {response.api_name}"


def _look_at(resource: RestResource) -> str:
    return _command(
        "get-resource",
        resource.arn,
        rest_api_id=resource.api_id,
        resource_id=_id_of(resource),
        embed="methods",
    )


def _look_at_api(api: Api) -> str:
    return f"aws apigatewayv2 get-api --api-id {api.id} --region {api.arn.split(':')[3]}"


def _unstate(response: GatewayResponse) -> str:
    header = "/responseParameters/gatewayresponse.header.Access-Control-Allow-Origin"
    return _command(
        "update-gateway-response",
        response.arn,
        "--patch-operations",
        f"op=remove,path={header}",
        rest_api_id=response.arn.split("/")[2],
        response_type=response.type,
    )


def _id_of(resource: RestResource) -> str:
    return resource.arn.rpartition("/")[2]


def _preflight(resource: RestResource) -> RestMethod | None:
    return resource.methods.get("OPTIONS") or resource.methods.get("ANY")


def _seen(resource: RestResource) -> bool:
    """Whether the definition tells how preflight requests are answered, or that they are not."""
    method = _preflight(resource)
    return method is None or not (
        method.integration in _PROXIES
        or method.origins_computed
        or (method.allowed_origins and not list(_stated_by(method)))
    )


def _literal(value: str | None) -> list[str]:
    """What is between the quotes of a literal; nothing of what is computed at run time."""
    return re.findall(r"^'(.*)'$", value or "")


def _stated_by(method: RestMethod) -> Iterator[str]:
    return (origin for value in method.allowed_origins for origin in _literal(value))


def _stated(resource: RestResource) -> set[str]:
    return {origin for method in resource.methods.values() for origin in _stated_by(method)}


def _preflight_faults(resource: RestResource) -> Iterator[Offender]:
    method, expected = _preflight(resource), "an answer to OPTIONS that names an agreed origin"
    if method is None:
        observed = f"{_path(resource)} has no OPTIONS method, so that no browser may call it"
        yield Offender(resource.arn, "no-preflight", observed, expected, fix=_look_at(resource))
    elif _seen(resource) and not method.allowed_origins:
        observed = f"{_path(resource)} answers {method.verb} without naming an origin"
        yield Offender(resource.arn, "no-allow-origin", observed, expected, fix=_look_at(resource))


# --- throttling -----------------------------------------------------------------------------------

_UNLIMITED = -1


@check
def production_stages_are_throttled(
    rest_stages: Sequence[RestStage],
    *,
    production_stages: Sequence[str],
    requests_per_second: float,
    burst: int,
) -> Verdict:
    """Every production stage takes exactly the agreed rate and burst, and no method takes more.

    A lower cap refuses customers, a higher one lets a client use up what all share. Without a cap
    of its own a stage, or a method that has other settings of its own, takes the account's, which
    is far above. A method may be held tighter.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
    """
    judged = _production(rest_stages, production_stages)
    if not judged:
        return _no_production(production_stages)
    agreed = {"rate": requests_per_second, "burst": burst}
    units = {"rate": "requests/s", "burst": "requests at once"}

    def faults(stage: RestStage) -> Iterator[Offender]:
        every = _every(stage)
        fix = every.fix(**{name: f"{value:g}" for name, value in agreed.items()})
        for name, found in _caps(every.settings).items():
            expected = f"a {name} of {agreed[name]:g} {units[name]}"
            if found == _UNLIMITED:
                observed = f"{every.who} sets no {name} and takes the account's"
                yield Offender(stage.arn, f"{name}-not-set", observed, expected, fix=fix)
            elif found != agreed[name]:
                fault = f"{name}-{'above' if found > agreed[name] else 'below'}"
                observed = f"{every.who} takes {found:g} {units[name]}"
                yield Offender(stage.arn, fault, observed, expected, fix=fix)
        for method in _overrides(stage):
            for name, found in _caps(method.settings).items():
                if _UNLIMITED < found <= agreed[name]:
                    continue
                takes = "the account's" if found == _UNLIMITED else f"{found:g} {units[name]}"
                yield Offender(
                    stage.arn,
                    f"{name}-above{method.suffix}",
                    f"{method.who} takes a {name} of {takes}",
                    f"at most {agreed[name]:g} {units[name]}",
                    fix=method.fix(**{name: f"{agreed[name]:g}"}),
                )

    return Verdict.of(
        "stage",
        (stage.arn for stage in judged),
        (fault for stage in judged for fault in faults(stage)),
        holds=f"all take {requests_per_second:g} requests/s with a burst of {burst:g}",
    )


def _caps(settings: MethodSettings) -> dict[str, float]:
    return {"rate": settings.throttling_rate, "burst": settings.throttling_burst}


# --- keys and plans -------------------------------------------------------------------------------

_NO_KEYS_NEEDED = Verdict.not_applicable(
    "the baseline names no methods that need a key", settled=True
)


@check
def key_holders_methods_require_a_key(
    rest_resources: Sequence[RestResource],
    api_keys: Sequence[ApiKey],
    *,
    methods: Sequence[str],
) -> Verdict:
    """Every method that the baseline keeps for key holders requires a key, and one is enabled.

    Each of `methods` is a pattern of an API's name, a method and a path, which must meet something.
    A method ANY takes the pattern's method too. OPTIONS never needs a key: browsers send none.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-setup-api-key-with-console.html
    """
    if not methods:
        return _NO_KEYS_NEEDED
    found = {
        wanted: [
            (resource, method)
            for resource in rest_resources
            for method in resource.methods.values()
            if _meets(wanted, resource, method)
        ]
        for wanted in methods
    }
    judged = {_method_arn(r, m): (r, m) for each in found.values() for r, m in each}
    unmet = [f"method:{wanted}" for wanted, each in found.items() if not each]
    offenders = [
        Offender(
            arn,
            "no-key-required",
            f"{method.verb} {_path(resource)} is open to callers without a key",
            "a method that requires an API key",
            fix=_method_fix(resource, method, {"/apiKeyRequired": "true"}),
        )
        for arn, (resource, method) in judged.items()
        if not method.key_required
    ]
    for wanted in unmet:
        observed, expected = "no API has such a method", "a method of this pattern"
        offenders.append(
            Offender(wanted, "no-such-method", observed, expected, absent_from=("rest_resources",))
        )
    if not any(key.enabled for key in api_keys):
        disabled = plural(len(api_keys), "API key")
        observed = f"{disabled}, none enabled" if api_keys else "no API key in the region"
        offenders.append(
            Offender(
                _ANY_KEY, "none-enabled", observed, "an enabled API key", absent_from=("api_keys",)
            )
        )
    return Verdict.of(
        "protected method", (*judged, *unmet, _ANY_KEY), offenders, holds="all require a key"
    )


_ANY_KEY = "api-key:any"


def _meets(pattern: str, resource: RestResource, method: RestMethod) -> bool:
    api, verb, path = pattern.split(" ")
    return (
        method.verb != "OPTIONS"
        and fnmatchcase(resource.api_name, api)
        and fnmatchcase(resource.path, path)
        and (fnmatchcase(method.verb, verb) or method.verb == "ANY")
    )


def _method_fix(resource: RestResource, method: RestMethod, values: Mapping[str, object]) -> str:
    return _command(
        "update-method",
        resource.arn,
        *_patches(values),
        rest_api_id=resource.api_id,
        resource_id=_id_of(resource),
        http_method=method.verb,
    )


def _method_arn(resource: RestResource, method: RestMethod) -> str:
    return f"{resource.arn}/methods/{method.verb}"


@check
def usage_plans_meter_production(
    rest_stages: Sequence[RestStage],
    usage_plans: Sequence[UsagePlan],
    usage_plan_keys: Sequence[UsagePlanKey],
    api_keys: Sequence[ApiKey],
    *,
    production_stages: Sequence[str],
    methods: Sequence[str],
    limits: Mapping[str, float],
) -> Verdict:
    """A plan covers each production stage that has methods for key holders, and every one limits.

    Each plan on such a stage has a throttle, a quota, and an enabled key to call with: a plan
    without a limit lets one integration use up what all share, and one without a key covers nobody.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
    """
    if not methods:
        return _NO_KEYS_NEEDED
    apis = {pattern.partition(" ")[0] for pattern in methods}
    judged = [
        stage
        for stage in _production(rest_stages, production_stages)
        if any(fnmatchcase(stage.api_name, api) for api in apis)
    ]
    if not judged:
        return Verdict.not_applicable("no production stage has methods for key holders")
    keyed = {(stage.api_id, stage.name) for stage in judged}
    plans = [plan for plan in usage_plans if plan.stages & keyed]
    enabled = {key.id for key in api_keys if key.enabled}
    callable_plans = {key.plan_arn for key in usage_plan_keys if key.key_id in enabled}
    covered = frozenset().union(*(plan.stages for plan in plans))

    def faults(plan: UsagePlan) -> Iterator[Offender]:
        if not plan.throttled:
            observed = f"plan {plan.name} sets no rate and burst"
            fix = _plan_fix(
                plan,
                {
                    "/throttle/rateLimit": f"{limits['requests_per_second']:g}",
                    "/throttle/burstLimit": limits["burst"],
                },
            )
            yield Offender(plan.arn, "no-throttle", observed, "a plan with a throttle", fix=fix)
        if not plan.metered:
            observed = f"plan {plan.name} sets no quota"
            fix = _plan_fix(
                plan, {"/quota/limit": limits["requests_per_day"], "/quota/period": "DAY"}
            )
            yield Offender(plan.arn, "no-quota", observed, "a plan with a quota", fix=fix)
        if plan.arn not in callable_plans:
            yield Offender(
                plan.arn,
                "no-enabled-key",
                f"plan {plan.name} has no enabled key",
                "a plan that somebody can call by",
                absent_from=("usage_plan_keys", "api_keys"),
                fix=_command("create-api-key", plan.arn, "--enabled", name=plan.name),
            )

    return Verdict.of(
        "stage and usage plan",
        (*(stage.arn for stage in judged), *(plan.arn for plan in plans)),
        (
            *(
                Offender(
                    stage.arn,
                    "no-usage-plan",
                    f"no usage plan covers {_called(stage)}: calls with a key are refused",
                    "a usage plan with throttle and quota",
                    absent_from=("usage_plans",),
                    fix=_new_plan(stage, limits),
                )
                for stage in judged
                if (stage.api_id, stage.name) not in covered
            ),
            *(fault for plan in plans for fault in faults(plan)),
        ),
        holds="plans with throttle, quota and keys meter all",
    )


def _plan_fix(plan: UsagePlan, values: Mapping[str, object]) -> str:
    return _command("update-usage-plan", plan.arn, *_patches(values), usage_plan_id=plan.id)


def _new_plan(stage: RestStage, limits: Mapping[str, float]) -> str:
    rate, burst = limits["requests_per_second"], limits["burst"]
    return _command(
        "create-usage-plan",
        stage.arn,
        name=f"{stage.api_name}-{stage.name}",
        throttle=f"rateLimit={rate:g},burstLimit={burst}",
        quota=f"limit={limits['requests_per_day']},period=DAY",
        api_stages=f"apiId={stage.api_id},stage={stage.name}",
    )


# --- requests -------------------------------------------------------------------------------------


@check
def requests_are_validated_first(
    rest_resources: Sequence[RestResource], request_validators: Sequence[RequestValidator]
) -> Verdict:
    """Every method with a body or required parameters has a validator that holds it against them.

    POST, PUT, PATCH and ANY take a body, for which a model must say what it looks like; the model
    `Empty` takes anything. A body or parameter that is declared and not validated counts for every
    method. MOCK integrations run nothing, and OPTIONS is for browsers: neither is judged.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
    """
    judged = [
        (resource, method)
        for resource in rest_resources
        for method in resource.methods.values()
        if method.runs and (method.takes_a_body or method.required_parameters)
    ]
    if not judged:
        return Verdict.not_applicable(
            "no method of a production REST API takes a body or required parameters"
        )
    return Verdict.of(
        "method",
        (_method_arn(resource, method) for resource, method in judged),
        (
            fault
            for resource, method in judged
            for fault in _validation_faults(resource, method, request_validators)
        ),
        holds="all validate their requests before anything runs",
    )


def _validation_faults(
    resource: RestResource, method: RestMethod, validators: Iterable[RequestValidator]
) -> Iterator[Offender]:
    arn, who = _method_arn(resource, method), f"{method.verb} {_path(resource)}"
    if method.takes_a_body and not method.models:
        observed = f"{who} has no model of its body: any body reaches the integration"
        expected = "a model that says what the body looks like"
        fix = _command("get-models", resource.arn, rest_api_id=resource.api_id)
        yield Offender(arn, "no-model", observed, expected, fix=fix)
    if not (method.models or method.required_parameters):
        return
    expected = "a validator of what the method declares"
    own = {each.id: each for each in validators if each.api_id == resource.api_id}
    fix = _validator_fix(resource, method, own)
    if method.validator_id is None:
        yield Offender(arn, "no-validator", f"{who} has no request validator", expected, fix=fix)
        return
    validator = own.get(method.validator_id)
    if validator is None:
        observed = f"{who} names validator {method.validator_id}, which does not exist"
        absent_from = ("request_validators",)
        yield Offender(arn, "validator-gone", observed, expected, absent_from, fix)
        return
    if method.models and not validator.body:
        observed = f"the validator of {who} leaves the body out"
        yield Offender(arn, "body-not-validated", observed, expected, fix=fix)
    if method.required_parameters and not validator.parameters:
        observed = f"the validator of {who} leaves the required parameters out"
        yield Offender(arn, "parameters-not-validated", observed, expected, fix=fix)


def _validator_fix(
    resource: RestResource, method: RestMethod, validators: Mapping[str, RequestValidator]
) -> str:
    """Names the API's validator of everything, or makes it one that methods can name."""
    whole = sorted(each.id for each in validators.values() if each.body and each.parameters)
    if whole:
        return _method_fix(resource, method, {"/requestValidatorId": whole[0]})
    return _command(
        "create-request-validator",
        resource.arn,
        "--validate-request-body",
        "--validate-request-parameters",
        rest_api_id=resource.api_id,
        name="body-and-parameters",
    )


# --- logs -----------------------------------------------------------------------------------------

_LEVELS = ("OFF", "ERROR", "INFO")


@check
def production_stages_log(
    rest_stages: Sequence[RestStage],
    log_groups: Sequence[LogGroup],
    identity: Identity,
    *,
    production_stages: Sequence[str],
    level: str,
) -> Verdict:
    """Every production stage writes access logs to a destination that exists, and execution logs.

    Execution logs are written at `level` or in more detail, for every method. Data tracing is off:
    it writes whole requests and answers, personal data included. A Firehose stream that takes the
    access logs is not looked at.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """
    judged = _production(rest_stages, production_stages)
    if not judged:
        return _no_production(production_stages)
    groups = {group.arn for group in log_groups}
    return Verdict.of(
        "stage",
        (stage.arn for stage in judged),
        (
            fault
            for stage in judged
            for fault in (
                *_access_log_faults(stage, groups, identity),
                *_execution_log_faults(stage, level),
            )
        ),
        holds=f"all log who called, and how each call went at level {level}",
    )


def _access_log_faults(
    stage: RestStage, groups: set[str], identity: Identity
) -> Iterator[Offender]:
    expected = "access logs in a log group that exists"
    destination = (stage.access_log_arn or "").removesuffix(":*")
    fix = _access_log_fix(stage, destination, groups, identity)
    if not destination:
        observed = f"{_called(stage)} writes no access logs"
        yield Offender(stage.arn, "no-access-log", observed, expected, fix=fix)
    elif not stage.access_log_format:
        observed = f"{_called(stage)} has no format for its access logs"
        yield Offender(stage.arn, "no-access-log-format", observed, expected, fix=fix)
    elif ":logs:" in destination and destination not in groups:
        observed = f"{_called(stage)} writes access logs to {destination}, which does not exist"
        yield Offender(stage.arn, "access-log-gone", observed, expected, ("log_groups",), fix)


def _access_log_fix(
    stage: RestStage, destination: str, groups: set[str], identity: Identity
) -> str:
    """The command that gives the stage what it lacks: the log group, the settings, or both."""
    name = f"/aws/apigateway/{re.sub(r'[^A-Za-z0-9_./#-]', '-', stage.api_name)}/access"
    own = f"arn:{identity.partition}:logs:{identity.region}:{identity.account}:log-group:{name}"
    arn = destination or own
    commands = []
    if ":logs:" in arn and arn not in groups:
        group = shlex.quote(arn.rpartition(":log-group:")[2])
        commands.append(
            f"aws logs create-log-group --log-group-name {group} --region {identity.region}"
        )
    if not (destination and stage.access_log_format):
        settings = {"destinationArn": arn, "format": stage.access_log_format or _LOG_FORMAT}
        patches = {f"/accessLogSettings/{key}": value for key, value in settings.items()}
        commands.append(_stage_fix(stage, patches))
    return " && ".join(commands)


_LOG_FORMAT = (
    "$context.requestId $context.identity.sourceIp $context.httpMethod $context.resourcePath "
    "$context.status $context.responseLatency"
)


def _execution_log_faults(stage: RestStage, level: str) -> Iterator[Offender]:
    expected = f"execution logs at level {level}"
    for method in (_every(stage), *_overrides(stage)):
        found = method.settings.logging_level
        if _LEVELS.index(found) < _LEVELS.index(level):
            yield Offender(
                stage.arn,
                f"execution-log-{'off' if found == 'OFF' else 'sparse'}{method.suffix}",
                f"{method.who} writes execution logs at level {found}",
                expected,
                fix=method.fix(level=level),
            )
        if method.settings.data_trace:
            yield Offender(
                stage.arn,
                f"data-trace{method.suffix}",
                f"{method.who} logs whole requests and answers",
                "data tracing off in production",
                fix=method.fix(data_trace="false"),
            )


# --- caches ---------------------------------------------------------------------------------------


@check
def response_caches_are_as_agreed(
    rest_stages: Sequence[RestStage],
    *,
    production_stages: Sequence[str],
    size_gb: float,
    ttl_seconds: int,
) -> Verdict:
    """Every response cache of a production stage has the agreed size and lifetime, encrypted.

    Lifetime and encryption are a method's: all that are cached are judged. A cache that is being
    deleted is none.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
    """
    judged = [
        stage
        for stage in _production(rest_stages, production_stages)
        if stage.cache_size_gb is not None and stage.cache_status != "DELETE_IN_PROGRESS"
    ]
    if not judged:
        return Verdict.not_applicable("no production stage of a REST API caches responses")

    def faults(stage: RestStage) -> Iterator[Offender]:
        if stage.cache_size_gb != size_gb:
            observed = f"the cache of {_called(stage)} has {stage.cache_size_gb:g} GB"
            fix = _stage_fix(stage, {"/cacheClusterSize": f"{size_gb:g}"})
            yield Offender(stage.arn, "wrong-size", observed, f"{size_gb:g} GB", fix=fix)
        for method in (_every(stage), *_overrides(stage)):
            if not method.settings.caching:
                continue
            lifetime = method.settings.cache_ttl_seconds
            if lifetime != ttl_seconds:
                observed = f"{method.who} keeps answers for {plural(lifetime, 'second')}"
                expected, fix = plural(ttl_seconds, "second"), method.fix(ttl=ttl_seconds)
                fault = f"wrong-ttl{method.suffix}"
                yield Offender(stage.arn, fault, observed, expected, fix=fix)
            if not method.settings.cache_encrypted:
                observed, expected = f"{method.who} caches answers in clear", "an encrypted cache"
                fault, fix = f"not-encrypted{method.suffix}", method.fix(encrypted="true")
                yield Offender(stage.arn, fault, observed, expected, fix=fix)

    return Verdict.of(
        "response cache",
        (stage.arn for stage in judged),
        (fault for stage in judged for fault in faults(stage)),
        holds=f"all have {size_gb:g} GB and {plural(ttl_seconds, 'second')}, encrypted",
    )
