"""Amazon API Gateway: what only its second generation tells of custom domain names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from compliance.collectors.reader import Reader
from compliance.facts.api_routes import ApiRoute
from compliance.facts.apis import ApiDomain
from compliance.registry import Read, collector

_GONE = frozenset({"NotFoundException"})

GET_API_MAPPINGS = Read(
    "apigatewayv2",
    "GetApiMappings",
    ("apigateway:GET",),
    absent=_GONE,
    token=("NextToken", "NextToken"),
)
LIST_ROUTING_RULES = Read(
    "apigatewayv2", "ListRoutingRules", ("apigateway:ListRoutingRules",), absent=_GONE
)


@collector(GET_API_MAPPINGS, LIST_ROUTING_RULES)
def api_routes(reader: Reader, api_domains: Sequence[ApiDomain]) -> Iterator[ApiRoute]:
    """Every stage behind a public custom domain name, whatever the depth of its path.

    Base path mappings of several levels are the second generation's. Private domain names are left
    out: they serve private APIs alone. Rules are asked for only where the domain's mode heeds them.
    """
    public = [domain for domain in api_domains if domain.id is None]
    for routes in reader.each(public, partial(_mapped, reader)):
        yield from routes
    ruled = [domain for domain in public if domain.routing_mode.startswith("ROUTING_RULE")]
    for routes in reader.each(ruled, partial(_ruled, reader)):
        yield from routes


def _mapped(reader: Reader, domain: ApiDomain) -> list[ApiRoute]:
    pages = reader.pages(GET_API_MAPPINGS, DomainName=domain.name, MaxResults="500")
    return [
        ApiRoute(domain, mapping["ApiId"], mapping["Stage"])
        for page in pages
        for mapping in page.get("Items", ())
    ]


def _ruled(reader: Reader, domain: ApiDomain) -> list[ApiRoute]:
    pages = reader.pages(
        LIST_ROUTING_RULES, DomainName=domain.name, PaginationConfig={"PageSize": 100}
    )
    return [
        ApiRoute(domain, action["InvokeApi"]["ApiId"], action["InvokeApi"]["Stage"], by_rule=True)
        for page in pages
        for rule in page.get("RoutingRules", ())
        for action in rule["Actions"]
        if "InvokeApi" in action
    ]
