"""CloudFront: moto lists distributions with hardly anything of what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulated_account import service_models
from simulated_account.answers.service import Output, ServiceAnswers, answers

if TYPE_CHECKING:
    from simulated_account.requests import AwsRequest

_PAGE_SIZE = 100
_UNLESS_CONFIGURED: Output = {"Staging": False, "WebACLId": ""}


class CloudFront(ServiceAnswers):
    """Distributions as their listing shows them."""

    service = "cloudfront"
    page_size = _PAGE_SIZE
    """How many distributions a page holds: tokens within the results are not cut elsewhere."""

    @answers("ListDistributions")
    def list_distributions(self, request: AwsRequest) -> Output:
        """Each with its configuration, from the marker on."""
        ids = sorted(self.moto.backend("cloudfront").distributions)
        marker = request.get("Marker") or ""
        size = min(int(request.get("MaxItems") or _PAGE_SIZE), self.page_size)
        after = [each for each in ids if each > marker]
        page, more = after[:size], len(after) > size
        listed = {"Items": [self._summary(request, each) for each in page]} if page else {}
        return {
            "DistributionList": {
                "Marker": marker,
                "MaxItems": size,
                "IsTruncated": more,
                "Quantity": len(page),
                **({"NextMarker": page[-1]} if more else {}),
                **listed,
            }
        }

    def _summary(self, request: AwsRequest, distribution_id: str) -> Output:
        model: Any = service_models.operation_model("cloudfront", "ListDistributions")
        shown = model.output_shape.members["DistributionList"].members["Items"].member.members
        described = self.moto.call(
            "cloudfront", "GetDistribution", request.region, {"Id": distribution_id}
        )["Distribution"]
        summary = {**_UNLESS_CONFIGURED, **described["DistributionConfig"], **described}
        return {
            **{key: value for key, value in summary.items() if key in shown},
            "ARN": f"arn:aws:cloudfront::{self.moto.account_id}:distribution/{distribution_id}",
        }
