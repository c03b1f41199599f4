"""Which web ACLs a request to a stage of a REST API has to pass, and which rules stop it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from compliance.facts.api_routes import ApiRoute
from compliance.facts.apis import ApiMapping, RestStage
from compliance.facts.distributions import Distribution
from compliance.facts.web_acls import WebAclRule
from compliance.model import Identity

__all__ = ["GroupActions", "stops", "web_acls_before"]

GroupActions = Mapping[tuple[str | None, str, str | None], Mapping[str, str]]
"""The actions of each rule group's own rules, by the group's key."""

_STOPPING = frozenset({"BLOCK", "CAPTCHA", "CHALLENGE"})


def web_acls_before(
    stage: RestStage,
    distributions: Sequence[Distribution],
    mappings: Sequence[ApiMapping],
    routes: Sequence[ApiRoute],
    identity: Identity,
) -> list[str]:
    """The ARNs of the stage's own web ACL and of those of distributions in front of it.

    Such a distribution's origin is the stage, or a custom domain name that leads to it: by a
    mapping of any depth or a routing rule, whichever the name's routing mode heeds.
    """
    hosts = _hosts_of(stage, mappings, routes)
    before = {
        distribution.web_acl_arn
        for distribution in distributions
        if distribution.serving and _leads_to(distribution, stage, hosts, identity)
    }
    others = sorted(arn for arn in before if arn and arn != stage.web_acl_arn)
    return [stage.web_acl_arn, *others] if stage.web_acl_arn else others


def _hosts_of(
    stage: RestStage, mappings: Sequence[ApiMapping], routes: Sequence[ApiRoute]
) -> frozenset[str]:
    """The custom domain names that lead to the stage, and the hosts that answer for them."""
    domains = [
        *(
            mapping.domain
            for mapping in mappings
            if (mapping.api_id, mapping.stage or stage.name) == (stage.api_id, stage.name)
            and mapping.domain.heeds(by_rule=False)
        ),
        *(
            route.domain
            for route in routes
            if (route.api_id, route.stage) == (stage.api_id, stage.name)
            and route.domain.heeds(by_rule=route.by_rule)
        ),
    ]
    hosts = (host for domain in domains for host in (domain.name, domain.host))
    return frozenset(host.lower() for host in hosts if host)


def _leads_to(
    distribution: Distribution, stage: RestStage, hosts: frozenset[str], identity: Identity
) -> bool:
    own = f"{stage.api_id}.execute-api.{identity.region}.amazonaws.com"
    for origin in distribution.origins:
        host = origin.domain.lower()
        if host in hosts:
            return True
        # Without a path of the origin's own, that of the request names the stage.
        first = origin.path.strip("/").partition("/")[0]
        if host.removesuffix(".cn") == own and first in {"", stage.name}:
            return True
    return False


def stops(rule: WebAclRule, actions: GroupActions) -> bool:
    """Whether a rule may keep a request out; a group whose rules were not read is taken to."""
    if rule.group is None:
        return rule.action in _STOPPING
    if rule.counting:
        return False
    own = actions.get(rule.group.key)
    return own is None or not _STOPPING.isdisjoint({**own, **rule.group.overrides}.values())
