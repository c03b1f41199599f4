"""AWS WAF. What protects CloudFront is kept in us-east-1, whatever region is evaluated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.web_acls import (
    RuleGroup,
    RuleGroupReference,
    WebAcl,
    WebAclLogging,
    WebAclRule,
)
from compliance.registry import Read, collector

_PAGED = ("NextMarker", "NextMarker")
_GONE = frozenset({"WAFNonexistentItemException"})

LIST_WEB_ACLS = Read("wafv2", "ListWebACLs", token=_PAGED)
GET_WEB_ACL = Read("wafv2", "GetWebACL", absent=_GONE)
LIST_LOGGING_CONFIGURATIONS = Read("wafv2", "ListLoggingConfigurations", token=_PAGED)
DESCRIBE_MANAGED_RULE_GROUP = Read("wafv2", "DescribeManagedRuleGroup", absent=_GONE)
GET_RULE_GROUP = Read("wafv2", "GetRuleGroup", absent=_GONE)

_CLOUDFRONT_REGION = "us-east-1"
_GROUP_STATEMENTS = ("ManagedRuleGroupStatement", "RuleGroupReferenceStatement")


@dataclass(frozen=True, slots=True)
class _Listed:
    """A web ACL as listings show it, and where to ask for it."""

    scope: str
    region: str
    name: str
    id: str


def _scopes(reader: Reader) -> tuple[tuple[str, str], ...]:
    return ("REGIONAL", reader.identity.region), ("CLOUDFRONT", _CLOUDFRONT_REGION)


@collector(LIST_WEB_ACLS, GET_WEB_ACL)
def web_acls(reader: Reader) -> Iterator[WebAcl]:
    """Every web ACL of the region and of CloudFront, with its rules."""
    for scope, region in _scopes(reader):
        listed = (
            _Listed(scope, region, each["Name"], each["Id"])
            for page in reader.pages(LIST_WEB_ACLS, region=region, Scope=scope, Limit=100)
            for each in page.get("WebACLs", ())
        )
        yield from reader.each(listed, partial(_web_acl, reader))


def _web_acl(reader: Reader, listed: _Listed) -> WebAcl | None:
    answer = reader.call(
        GET_WEB_ACL,
        region=listed.region,
        Name=listed.name,
        Id=listed.id,
        Scope=listed.scope,
    )
    if answer is None:
        return None
    acl = answer["WebACL"]
    return WebAcl(
        acl["ARN"],
        acl["Name"],
        _action(acl["DefaultAction"]),
        (
            *(_managers_rule(each) for each in acl.get("PreProcessFirewallManagerRuleGroups", ())),
            *(_rule(each) for each in acl.get("Rules", ())),
            *(_managers_rule(each) for each in acl.get("PostProcessFirewallManagerRuleGroups", ())),
        ),
    )


def _action(action: Mapping[str, Any]) -> str:
    """The name of the one member that is set, such as BLOCK."""
    return next(iter(action)).upper()


def _rule(rule: Mapping[str, Any]) -> WebAclRule:
    return WebAclRule(
        rule["Name"],
        _action(rule["Action"]) if rule.get("Action") else None,
        _group(rule["Statement"]),
        counting="Count" in (rule.get("OverrideAction") or {}),
    )


def _managers_rule(rule: Mapping[str, Any]) -> WebAclRule:
    return _rule({**rule, "Statement": rule["FirewallManagerStatement"]})


def _group(statement: Mapping[str, Any]) -> RuleGroupReference | None:
    group = next((statement[kind] for kind in _GROUP_STATEMENTS if statement.get(kind)), None)
    if group is None:
        return None
    overrides = {each["Name"]: "COUNT" for each in group.get("ExcludedRules", ())}
    overrides |= {
        each["Name"]: _action(each["ActionToUse"]) for each in group.get("RuleActionOverrides", ())
    }
    arn: str | None = group.get("ARN")
    return RuleGroupReference(
        name=group.get("Name") or str(arn).split("/")[-2],
        vendor=group.get("VendorName"),
        version=group.get("Version"),
        arn=arn,
        overrides=overrides,
        narrowed=bool(group.get("ScopeDownStatement")),
    )


@collector(DESCRIBE_MANAGED_RULE_GROUP, GET_RULE_GROUP)
def rule_groups(reader: Reader, web_acls: Sequence[WebAcl]) -> Iterator[RuleGroup]:
    """The rules of each group that a web ACL runs, where they matter.

    Of a managed group they do only where a web ACL overrides some of them: otherwise they act as
    their vendor means them to. A group of another account is Firewall Manager's, not to be read.
    """
    groups = {
        rule.group.key: (rule.group, ":global/" in acl.arn)
        for acl in web_acls
        for rule in acl.rules
        if rule.group and not rule.counting and _matters(rule.group, reader.identity.account)
    }
    yield from reader.each(groups.values(), partial(_rule_group, reader))


def _matters(group: RuleGroupReference, account: str) -> bool:
    return bool(group.overrides) if group.arn is None else group.arn.split(":")[4] == account


def _rule_group(reader: Reader, asked: tuple[RuleGroupReference, bool]) -> RuleGroup | None:
    group, for_cloudfront = asked
    region = _CLOUDFRONT_REGION if for_cloudfront else reader.identity.region
    if group.arn is not None:
        answer = reader.call(GET_RULE_GROUP, region=region, ARN=group.arn)
        rules = answer["RuleGroup"].get("Rules", ()) if answer else ()
    else:
        answer = reader.call(
            DESCRIBE_MANAGED_RULE_GROUP,
            region=region,
            VendorName=str(group.vendor),
            Name=group.name,
            Scope="CLOUDFRONT" if for_cloudfront else "REGIONAL",
            **({"VersionName": group.version} if group.version else {}),
        )
        rules = answer.get("Rules", ()) if answer else ()
    if answer is None:
        return None
    return RuleGroup(group.key, {rule["Name"]: _action(rule["Action"]) for rule in rules})


@collector(LIST_LOGGING_CONFIGURATIONS)
def web_acl_logging(reader: Reader) -> Iterator[WebAclLogging]:
    """Where each web ACL of the region and of CloudFront logs, for those that do."""
    for scope, region in _scopes(reader):
        for page in reader.pages(
            LIST_LOGGING_CONFIGURATIONS, region=region, Scope=scope, Limit=100
        ):
            for each in page.get("LoggingConfigurations", ()):
                yield WebAclLogging(each["ResourceArn"], tuple(each["LogDestinationConfigs"]))
