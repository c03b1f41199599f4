"""Amazon CloudFront."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a distribution fetches from. `path` is put before the path of each request."""

    domain: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution. `web_acl_arn` is None without a web ACL.

    `serving`: it is enabled, and is no staging copy that sees a share of another one's requests.
    Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionSummary.html
    """

    arn: str
    id: str
    domain: str
    serving: bool
    origins: tuple[Origin, ...]
    web_acl_arn: str | None = None
