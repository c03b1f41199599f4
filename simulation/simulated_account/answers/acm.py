"""ACM: moto's certificates are all new, issued at once and never renewed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from simulated_account.answers.service import Output, ServiceAnswers, answers

if TYPE_CHECKING:
    from datetime import datetime

    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest


class Acm(ServiceAnswers):
    """Certificates of any age, beside those of moto."""

    service = "acm"

    def __init__(self, moto: MotoAccount) -> None:
        """Without any."""
        super().__init__(moto)
        self._certificates: dict[str, dict[str, Output]] = defaultdict(dict)

    def add_certificate(
        self, region: str, certificate: str, *names: str, not_after: datetime, **others: Any
    ) -> str:
        """A certificate of this id for these names; returns its ARN. `others` are AWS's members."""
        arn = f"arn:aws:acm:{region}:{self.moto.account_id}:certificate/{certificate}"
        self._certificates[region][arn] = {
            "CertificateArn": arn,
            "DomainName": names[0],
            "SubjectAlternativeNames": list(names),
            "Status": "ISSUED",
            "Type": "AMAZON_ISSUED",
            "RenewalEligibility": "ELIGIBLE",
            "NotAfter": not_after,
            **others,
        }
        return arn

    @answers("DescribeCertificate")
    def describe_certificate(self, request: AwsRequest) -> Output:
        """One that was added, or what moto says."""
        known = self._certificates[request.region].get(request["CertificateArn"])
        return {"Certificate": known} if known else self.from_moto(request)
