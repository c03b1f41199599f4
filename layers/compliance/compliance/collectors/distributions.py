"""Amazon CloudFront, a global service that answers in us-east-1."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.collectors.reader import Reader
from compliance.facts.distributions import Distribution, Origin
from compliance.registry import Read, collector

LIST_DISTRIBUTIONS = Read("cloudfront", "ListDistributions")


@collector(LIST_DISTRIBUTIONS)
def distributions(reader: Reader) -> Iterator[Distribution]:
    """Every distribution of the account, 100 a page."""
    for page in reader.pages(LIST_DISTRIBUTIONS, region="us-east-1"):
        for each in page["DistributionList"].get("Items", ()):
            yield Distribution(
                arn=each["ARN"],
                id=each["Id"],
                domain=each["DomainName"],
                serving=each["Enabled"] and not each.get("Staging", False),
                origins=tuple(
                    Origin(origin["DomainName"], origin.get("OriginPath", ""))
                    for origin in each["Origins"]["Items"]
                ),
                web_acl_arn=each.get("WebACLId") or None,
            )
