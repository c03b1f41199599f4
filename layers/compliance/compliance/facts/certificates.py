"""AWS Certificate Manager."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Renewal:
    """How ACM gets on with renewing a certificate; `status` since `updated_at`.

    Source: https://docs.aws.amazon.com/acm/latest/APIReference/API_RenewalSummary.html
    """

    status: str
    updated_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate. `names` are the domain names that it speaks for, wildcards among them.

    `not_after` is None as long as it was never issued; `renewal` where none began. Nobody but its
    owner renews an `imported` one.
    Source: https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html
    """

    arn: str
    names: tuple[str, ...]
    status: str
    not_after: datetime | None
    imported: bool = False
    renewal: Renewal | None = None
