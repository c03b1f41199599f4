"""Which APIs a custom domain name leads to, by mappings of any depth and by routing rules."""

from __future__ import annotations

from dataclasses import dataclass

from compliance.facts.apis import ApiDomain


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """A stage of an API behind a custom domain name; `by_rule`: a routing rule leads there.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-mode.html
    """

    domain: ApiDomain
    api_id: str
    stage: str
    by_rule: bool = False
