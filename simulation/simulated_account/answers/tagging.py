"""The tagging API of resource groups: moto lists values of fewer services than it finds tags of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, amends

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulated_account.requests import AwsRequest


class Tagging(ServiceAnswers):
    """The tagging API of resource groups."""

    service = "resourcegroupstaggingapi"

    @amends("GetTagValues")
    def tag_values(self, request: AwsRequest, output: Output) -> Output:
        """With every value that the key has on a resource which moto finds."""
        values = set(output["TagValues"])
        token = ""
        while True:
            found = self.moto.call(
                self.service,
                "GetResources",
                request.region,
                {"TagFilters": [{"Key": request["Key"]}], "PaginationToken": token},
            )
            values |= {
                tag["Value"]
                for resource in found["ResourceTagMappingList"]
                for tag in resource["Tags"]
                if tag["Key"] == request["Key"]
            }
            if not (token := found.get("PaginationToken", "")):
                return {"TagValues": sorted(values)}

    @amends("GetResources")
    def with_what_moto_lacks(self, request: AwsRequest, output: Output) -> Output:
        """APIs and Elastic IP addresses that are tagged; moto names none.

        Nor does it leave out what was never tagged, as AWS does.
        """
        kinds = request.get("ResourceTypeFilters")
        filters = request.get("TagFilters") or ()
        lacking = [
            {"ResourceARN": arn, "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}
            for kind, arn, tags in self._lacking(request.region)
            if tags
            and (not kinds or kind in kinds or kind.partition(":")[0] in kinds)
            and all(
                each["Key"] in tags
                and (not each.get("Values") or tags[each["Key"]] in each["Values"])
                for each in filters
            )
        ]
        known = [each for each in output["ResourceTagMappingList"] if each["Tags"]]
        return {**output, "ResourceTagMappingList": [*known, *lacking]}

    def _lacking(self, region: str) -> Iterator[tuple[str, str, dict[str, str]]]:
        prefix = f"arn:aws:apigateway:{region}::"
        for api in list(self.moto.backend("apigateway", region).apis.values()):
            yield "apigateway:restapis", f"{prefix}/restapis/{api.id}", api.tags or {}
        others = self.moto.backend("apigatewayv2", region)
        for api in list(others.apis.values()):
            arn = f"{prefix}/apis/{api.api_id}"
            yield "apigateway:apis", arn, others.get_tags(arn)
        ec2 = self.moto.backend("ec2", region)
        for address in list(ec2.addresses):
            arn = f"arn:aws:ec2:{region}:{self.moto.account_id}:elastic-ip/{address.allocation_id}"
            yield "ec2:elastic-ip", arn, dict(ec2.tags.get(address.allocation_id, {}))
