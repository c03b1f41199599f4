"""Records of what protects the workload, good and bad ones: secrets, web ACLs, networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from example_alarms import ACCOUNT, REST
from records import NOW
from records_rest import DOMAINS, STAGES

from compliance.facts.apis import ApiDomain, ApiMapping, RestStage
from compliance.facts.detectors import Detector
from compliance.facts.distributions import Distribution, Origin
from compliance.facts.secrets import Secret
from compliance.facts.security_groups import PrefixList, SecurityGroup, SecurityGroupRule
from compliance.facts.vpcs import FlowLog, NetworkInterface, Vpc
from compliance.facts.web_acls import (
    RuleGroup,
    RuleGroupReference,
    WebAcl,
    WebAclLogging,
    WebAclRule,
)

_SECRET = Secret(
    f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:omnitrack/carrier-api-a1b2c3",
    "omnitrack/carrier-api",
    NOW - timedelta(days=400),
    NOW - timedelta(days=100),
    current_version="v1",
    pending_version="9a1c7f0e-5b64-4c1e-8f5d-2f0d6a3b7c11",
    rotation_enabled=True,
    next_rotation_at=NOW - timedelta(days=3),
)
_ERP = replace(
    _SECRET,
    arn=_SECRET.arn.replace("carrier-api", "erp-connection"),
    name="omnitrack/erp-connection",
    deleted_at=NOW,
)
_OTHER = replace(_SECRET, arn=_SECRET.arn.replace("carrier-api", "other"), name="other")

_WAF = f"arn:aws:wafv2:us-east-1:{ACCOUNT}"
_COMMON = RuleGroupReference("Common", "AWS", overrides={"size": "COUNT"})
_OWN_GROUP = RuleGroupReference("own", arn=f"{_WAF}:regional/rulegroup/own/1")
_BLOCKING = WebAcl(
    f"{_WAF}:regional/webacl/blocking/1", "blocking", "ALLOW", (WebAclRule("flood", "BLOCK"),)
)
_COUNTING = WebAcl(
    f"{_WAF}:regional/webacl/counting/2",
    "counting",
    "ALLOW",
    (WebAclRule("flood", "COUNT"), WebAclRule("common", group=_COMMON)),
)
_EDGE = WebAcl(
    f"{_WAF}:global/webacl/edge/3", "edge", "ALLOW", (WebAclRule("own", group=_OWN_GROUP),)
)
_EMPTY = WebAcl(f"{_WAF}:global/webacl/empty/4", "empty", "ALLOW")


def _stage(api: str, web_acl_arn: str | None) -> RestStage:
    return RestStage(
        REST.arn.replace("r1", api) + "/stages/prod", api, api, "prod", web_acl_arn=web_acl_arn
    )


def _distribution(name: str, host: str, web_acl_arn: str | None) -> Distribution:
    arn = f"arn:aws:cloudfront::{ACCOUNT}:distribution/{name}"
    return Distribution(
        arn,
        name,
        f"{name}.cloudfront.net",
        serving=True,
        origins=(Origin(host),),
        web_acl_arn=web_acl_arn,
    )


def _execute_api(api: str) -> str:
    return f"{api}.execute-api.us-east-1.amazonaws.com"


_DOMAIN = ApiDomain(
    "api.example.com",
    "d-1.execute-api.us-east-1.amazonaws.com",
    arn="arn:aws:apigateway:us-east-1::/domainnames/api.example.com",
)
_EC2 = f"arn:aws:ec2:us-east-1:{ACCOUNT}"


def _vpc(name: str, *, default: bool = False) -> Vpc:
    return Vpc(f"{_EC2}:vpc/{name}", name, ACCOUNT, default)


def _log(name: str, vpc: str, **others: Any) -> FlowLog:
    return replace(FlowLog(name, vpc, "ACTIVE", "SUCCESS", None, "ALL", "logs"), **others)


def _rule(first: int, *cidrs: str, lists: Sequence[str] = ()) -> SecurityGroupRule:
    return SecurityGroupRule("tcp", first, first, tuple(cidrs), tuple(lists))


POOL: Mapping[str, Sequence[Any]] = {
    "secrets": [_SECRET, _ERP, _OTHER],
    "rest_stages": [
        _stage("r1", _BLOCKING.arn),
        _stage("r2", _COUNTING.arn),
        _stage("r3", None),
        _stage("r4", f"{_WAF}:regional/webacl/gone/5"),
        _stage("r5", None),
        replace(_stage("r6", None), name="dev"),
        *STAGES,
    ],
    "distributions": [
        _distribution("D2", _execute_api("r2"), _EDGE.arn),
        _distribution("D3", _DOMAIN.name, _EDGE.arn),
        _distribution("D4", _execute_api("r4"), _EMPTY.arn),
        _distribution("D5", _execute_api("r4"), f"{_WAF}:global/webacl/gone/6"),
        _distribution("D6", _execute_api("r5"), None),
    ],
    "api_domains": [_DOMAIN, *DOMAINS],
    "api_mappings": [ApiMapping(_DOMAIN, "r3", "prod")],
    "web_acls": [_BLOCKING, _COUNTING, _EDGE, _EMPTY],
    "rule_groups": [
        RuleGroup(_COMMON.key, {"size": "BLOCK"}),
        RuleGroup(_OWN_GROUP.key, {"a": "BLOCK", "b": "COUNT"}),
    ],
    "web_acl_logging": [
        WebAclLogging(_BLOCKING.arn, ("arn:logs",)),
        WebAclLogging(_EDGE.arn, ("arn:logs",)),
    ],
    "security_groups": [
        SecurityGroup(
            f"{_EC2}:security-group/sg-1",
            "sg-1",
            "web",
            "vpc-1",
            (
                _rule(443, "0.0.0.0/0", "::/0"),
                _rule(22, "0.0.0.0/1", lists=("pl-1", "pl-2")),
                _rule(22, "128.0.0.0/1"),
                _rule(5432, "10.0.0.0/8", lists=("pl-1",)),
                SecurityGroupRule("-1", group_ids=("sg-1",)),
            ),
        ),
        SecurityGroup(
            f"{_EC2}:security-group/sg-2",
            "sg-2",
            "default",
            "vpc-1",
            (SecurityGroupRule("-1", cidrs=("::/0",)),),
            (SecurityGroupRule("-1", cidrs=("0.0.0.0/0",)),),
        ),
    ],
    "prefix_lists": [
        PrefixList("pl-1", ("203.0.113.0/24", "0.0.0.0/0")),
        PrefixList("pl-2", ("128.0.0.0/1", "2000::/3")),
    ],
    "vpcs": [
        _vpc("vpc-1"),
        _vpc("vpc-2"),
        _vpc("vpc-3"),
        _vpc("vpc-4", default=True),
        replace(_vpc("vpc-5"), owner="999999999999"),
    ],
    "network_interfaces": [NetworkInterface("eni-1", "vpc-4"), NetworkInterface("eni-2", "vpc-1")],
    "flow_logs": [
        _log("fl-1", "vpc-1"),
        _log("fl-2", "vpc-1", delivery="FAILED", delivery_error="Access error"),
        _log("fl-3", "vpc-2", delivery="FAILED", delivery_error="Access error"),
        _log("fl-4", "vpc-2", traffic="ACCEPT"),
        _log("fl-5", "subnet-1"),
    ],
    "detectors": [
        Detector(
            f"arn:aws:guardduty:us-east-1:{ACCOUNT}:detector/d1",
            "d1",
            enabled=True,
            publishing_frequency="SIX_HOURS",
        ),
    ],
}
RESOURCE_OF: Mapping[str, Any] = {}
