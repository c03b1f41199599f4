"""WebSocket APIs: the name they are reached by, what they let through, and what they log."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compliance.facts.api_routes import ApiRoute
from compliance.facts.apis import Api, ApiDomain, WebSocketStage
from compliance.facts.quotas import Quota
from compliance.model import Identity, Offender, Verdict
from compliance.quotas import quota_faults, quota_name
from compliance.registry import check

_NO_APIS = Verdict.not_applicable("no WebSocket APIs in the region")
_NEW_CONNECTIONS = ("apigateway", "L-9ED1E49A")
_BY_RULES_ALONE = "ROUTING_RULE_ONLY"
_SERVING = frozenset({"AVAILABLE", "UPDATING"})
_LEVELS = ("OFF", "ERROR", "INFO")


def _sockets(apis: Sequence[Api]) -> list[Api]:
    return [api for api in apis if api.protocol == "WEBSOCKET"]


@check
def websocket_apis_have_a_domain_name(
    http_and_websocket_apis: Sequence[Api],
    websocket_stages: Sequence[WebSocketStage],
    api_routes: Sequence[ApiRoute],
    *,
    production_stages: Sequence[str],
) -> Verdict:
    """Every production stage of every WebSocket API is mapped to a custom domain name that serves.

    An API must have such a stage: one that serves under another name has no name that could be
    repointed either. A domain name goes on serving while it is updated.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-custom-domain-names.html
    """
    apis = _sockets(http_and_websocket_apis)
    if not apis:
        return _NO_APIS
    named = " or ".join(production_stages)
    expected = "a mapping to a custom domain name that is available"
    production: dict[str, list[WebSocketStage]] = {}
    for stage in websocket_stages:
        if stage.name in production_stages:
            production.setdefault(stage.api_id, []).append(stage)
    domains = _domains_of(api_routes)

    def faults(api: Api) -> Iterator[Offender]:
        if api.id not in production:
            observed = f"{api.name} has no stage {named} that a domain name could lead to"
            absent = ("websocket_stages",)
            yield Offender(api.arn, "no-production-stage", observed, expected, absent)
        for stage in production.get(api.id, ()):
            own = domains.get((api.id, stage.name), [])
            if all(domain.status not in _SERVING for domain in own):
                states = ", ".join(sorted(f"{each.name} is {each.status}" for each in own))
                fault = "domain-not-available" if own else "no-domain"
                observed = states or f"{api.name} is reached by its generated address alone"
                yield Offender(stage.arn, fault, observed, expected, ("api_routes",))

    return Verdict.of(
        "stage",
        (stage.arn for api in apis for stage in production.get(api.id, ())),
        (fault for api in apis for fault in faults(api)),
        holds="all are mapped to a custom domain name",
        seen=(api.arn for api in apis),
    )


def _domains_of(routes: Sequence[ApiRoute]) -> dict[tuple[str, str], list[ApiDomain]]:
    """The domain names that lead to each stage of each API, by what their routing mode heeds."""
    domains: dict[tuple[str, str], list[ApiDomain]] = {}
    for route in routes:
        if route.by_rule or route.domain.routing_mode != _BY_RULES_ALONE:
            domains.setdefault((route.api_id, route.stage), []).append(route.domain)
    return domains


@check
def websocket_apis_limit_what_they_take(
    http_and_websocket_apis: Sequence[Api],
    websocket_stages: Sequence[WebSocketStage],
    quotas: Sequence[Quota],
    identity: Identity,
    *,
    production_stages: Sequence[str],
    throttling: Mapping[str, Any],
    minimums: Sequence[Mapping[str, Any]],
) -> Verdict:
    """Production stages throttle messages, no route more loosely, and new connections may be many.

    A limit that is absent or negative is the account's, which all APIs share. One of 0, which some
    tools set where nobody chose any, refuses everybody. Connections at a time have no limit of
    their own: the quota is on new ones in a second, of all APIs together.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html
    """
    apis = {api.id for api in _sockets(http_and_websocket_apis)}
    if not apis:
        return _NO_APIS
    stages = [
        stage
        for stage in websocket_stages
        if stage.api_id in apis and stage.name in production_stages
    ]
    rate, burst = throttling["messages_per_second"], throttling["burst"]
    expected = f"at most {rate:,g} messages a second and a burst of {burst:,}"
    demands = [each for each in minimums if (each["service"], each["code"]) == _NEW_CONNECTIONS]

    limits = [limit for stage in stages for limit in _limits(stage)]

    def faults(limit: _Limit) -> Iterator[Offender]:
        if 0 in {limit.rate, limit.burst}:
            fault, observed = "refuses-everything", "refuses everything: a limit of 0"
        elif limit.rate is None or limit.burst is None or min(limit.rate, limit.burst) < 0:
            fault, observed = "not-throttled", "is throttled by the account's limits alone"
        elif limit.rate > rate or limit.burst > burst:
            fault = "looser-throttling"
            observed = f"lets {limit.rate:,g} a second and a burst of {limit.burst:,} through"
        else:
            return
        where = limit.at
        fix = where.command(identity, ThrottlingRateLimit=rate, ThrottlingBurstLimit=burst)
        yield Offender(where.resource, fault, f"{where.name} {observed}", expected, fix=fix)

    return Verdict.of(
        "limit",
        (
            *(limit.at.resource for limit in limits),
            *(quota_name(demand) for demand in demands),
        ),
        (
            *(fault for limit in limits for fault in faults(limit)),
            *quota_faults(demands, quotas, identity),
        ),
        holds="stages and routes throttle, and the quota on new connections suffices",
    )


@check
def websocket_stages_log(
    http_and_websocket_apis: Sequence[Api],
    websocket_stages: Sequence[WebSocketStage],
    identity: Identity,
    *,
    level: str,
) -> Verdict:
    """Every stage of a WebSocket API writes access logs, and execution logs at `level` or finer.

    A route whose own settings switch its execution logs off is as silent as a stage without.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
    """
    apis = {api.id for api in _sockets(http_and_websocket_apis)}
    if not apis:
        return _NO_APIS
    stages = [stage for stage in websocket_stages if stage.api_id in apis]
    expected = f"execution logs at level {level}" + (" or finer" if level == "ERROR" else "")

    def faults(stage: WebSocketStage) -> Iterator[Offender]:
        if stage.access_log_arn is None:
            observed = f"{_At(stage).name} writes no access logs"
            yield Offender(stage.arn, "no-access-logs", observed, "access logs")
        for at, own in _levels(stage):
            fix = at.command(identity, LoggingLevel=level)
            if own == "OFF":
                observed = f"{at.name} writes no execution logs"
                yield Offender(at.resource, "no-execution-logs", observed, expected, fix=fix)
            elif _LEVELS.index(own) < _LEVELS.index(level):
                observed = f"{at.name} logs errors alone"
                yield Offender(at.resource, "errors-alone", observed, expected, fix=fix)

    return Verdict.of(
        "setting",
        (at.resource for stage in stages for at, _ in _levels(stage)),
        (fault for stage in stages for fault in faults(stage)),
        holds="all stages and routes log their connections and messages",
    )


@dataclass(frozen=True, slots=True)
class _At:
    """Whose settings: those of a stage, or of one of its routes."""

    stage: WebSocketStage
    route: str | None = None

    @property
    def resource(self) -> str:
        """Its ARN."""
        return f"{self.stage.arn}/routesettings/{self.route}" if self.route else self.stage.arn

    @property
    def name(self) -> str:
        """What people call it."""
        name = f"stage {self.stage.name} of {self.stage.api_name}"
        return f"route {self.route} at {name}" if self.route else name

    def command(self, identity: Identity, **settings: object) -> str:
        """The AWS command that changes these settings, quoted for a shell."""
        if self.route:
            option, value = "--route-settings", json.dumps({self.route: settings})
        else:
            option = "--default-route-settings"
            value = ",".join(f"{name}={each}" for name, each in settings.items())
        words = ("--api-id", self.stage.api_id, "--stage-name", self.stage.name, option, value)
        return f"aws apigatewayv2 update-stage {shlex.join(words)} --region {identity.region}"


@dataclass(frozen=True, slots=True)
class _Limit:
    """How something is throttled; None leaves it to the account's limits."""

    at: _At
    rate: float | None
    burst: int | None


def _limits(stage: WebSocketStage) -> Iterator[_Limit]:
    """That of the stage, and of each route with its own; what a route leaves out is the stage's."""
    own_rate, own_burst = stage.default.throttling_rate, stage.default.throttling_burst
    yield _Limit(_At(stage), own_rate, own_burst)
    for route, settings in stage.routes.items():
        rate, burst = settings.throttling_rate, settings.throttling_burst
        if rate is not None or burst is not None:
            yield _Limit(
                _At(stage, route),
                own_rate if rate is None else rate,
                own_burst if burst is None else burst,
            )


def _levels(stage: WebSocketStage) -> Iterator[tuple[_At, str]]:
    """The level of the stage, and of each route that has its own."""
    yield _At(stage), stage.default.logging_level or "OFF"
    for route, settings in stage.routes.items():
        if settings.logging_level:
            yield _At(stage, route), settings.logging_level
