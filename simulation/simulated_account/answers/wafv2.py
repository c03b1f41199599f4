"""WAF: moto lists no logging of CloudFront's web ACLs, and knows no managed rule group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, ServiceError, answers

if TYPE_CHECKING:
    from simulated_account.requests import AwsRequest

_LISTED_IN = "us-east-1"

# Some of the rules of the groups that AWS manages, each of which blocks.
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
MANAGED_RULES = {
    "AWSManagedRulesCommonRuleSet": ("NoUserAgent_HEADER", "SizeRestrictions_BODY"),
    "AWSManagedRulesKnownBadInputsRuleSet": ("Log4JRCE_BODY", "Log4JRCE_HEADER"),
    "AWSManagedRulesSQLiRuleSet": ("SQLi_BODY", "SQLi_QUERYARGUMENTS"),
}


class Wafv2(ServiceAnswers):
    """Logging in both scopes, and the rules of managed groups."""

    service = "wafv2"

    @answers("ListLoggingConfigurations")
    def list_logging_configurations(self, request: AwsRequest) -> Output:
        """Those of one scope; moto looks for a part of the ARN that CloudFront's do not have."""
        for_cloudfront = request["Scope"] == "CLOUDFRONT"
        if for_cloudfront and request.region != _LISTED_IN:
            message = f"The scope CLOUDFRONT is to be asked for in {_LISTED_IN}"
            raise ServiceError(message, code="WAFInvalidParameterException")
        kept = self.moto.backend("wafv2", request.region).logging_configurations
        listed = [
            {key: value for key, value in each.to_dict().items() if value is not None}
            for each in kept.values()
            if (":global/" in each.arn) is for_cloudfront
        ]
        return {"LoggingConfigurations": listed}

    @answers("DescribeManagedRuleGroup")
    def describe_managed_rule_group(self, request: AwsRequest) -> Output:
        """The rules of a group that AWS manages."""
        rules = MANAGED_RULES.get(request["Name"])
        if rules is None or request["VendorName"] != "AWS":
            message = "AWS WAF couldn't find the managed rule group"
            raise ServiceError(message, code="WAFNonexistentItemException")
        return {"Rules": [{"Name": name, "Action": {"Block": {}}} for name in rules]}
