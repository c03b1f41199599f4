"""What protects the workload, as collectors read it: secrets, web ACLs, networks, detectors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from evaluating import Evaluate, faults
from reading import chained

from compliance.model import Status
from simulated_account import SimulatedAccount
from simulated_account.failures import AccessDenied

ACCOUNT = "210987654321"
REGION = "us-east-1"
NOW = datetime.now(UTC).replace(microsecond=0)
METRICS = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
COMMON = "AWSManagedRulesCommonRuleSet"
LOGS = "arn:aws:s3:::aws-waf-logs-shop"


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedAccount]:
    with SimulatedAccount(ACCOUNT) as account:
        monkeypatch.setenv("AWS_ENDPOINT_URL", account.endpoint_url)
        yield account


collected = partial(chained, region=REGION)


# Secrets


def test_every_page_of_secrets_is_read_and_no_value(account: SimulatedAccount) -> None:
    names = {f"shop/{each}" for each in range(3)}
    for name in names:
        account.client("secretsmanager").create_secret(Name=name, SecretString="x")
    account.page_size("secretsmanager", "ListSecrets", 1)
    account.forget_calls()
    assert {secret.name for secret in collected("secrets")} == names
    asked = [call.operation for call in account.calls if call.service == "secretsmanager"]
    assert asked == ["ListSecrets"] * 3


def test_a_secret_about_to_be_deleted_is_listed_with_its_date(account: SimulatedAccount) -> None:
    client = account.client("secretsmanager")
    client.create_secret(Name="shop/db", SecretString="x")
    client.delete_secret(SecretId="shop/db", RecoveryWindowInDays=7)
    [secret] = collected("secrets")
    assert secret.deleted_at is not None


def test_the_dates_and_labels_of_a_secret_are_read(account: SimulatedAccount) -> None:
    account.client("secretsmanager").create_secret(Name="shop/db", SecretString="x")
    changed, due = NOW - timedelta(days=9), NOW + timedelta(days=1)
    data = account.data.secretsmanager
    data.date_secret(REGION, "shop/db", changed, rotated=changed, next_rotation=due)
    data.label(REGION, "shop/db", "v2", "AWSPENDING")
    [secret] = collected("secrets")
    assert (secret.changed_at, secret.rotated_at) == (changed, changed)
    assert (secret.rotation_enabled, secret.next_rotation_at) == (True, due)
    assert secret.current_version not in {None, "v2"}
    assert secret.pending_version == "v2"


def test_a_version_that_is_current_is_not_pending(account: SimulatedAccount) -> None:
    """AWS leaves AWSPENDING on the version that a rotation ended with."""
    account.client("secretsmanager").create_secret(Name="shop/db", SecretString="x")
    account.data.secretsmanager.label(REGION, "shop/db", "v2", "AWSCURRENT", "AWSPENDING")
    [secret] = collected("secrets")
    assert (secret.current_version, secret.pending_version) == ("v2", None)


def test_only_a_replica_has_a_primary_region(account: SimulatedAccount) -> None:
    account.client("secretsmanager").create_secret(
        Name="shop/db", SecretString="x", AddReplicaRegions=[{"Region": "us-west-2"}]
    )
    [primary] = collected("secrets")
    [replica] = collected("secrets", region="us-west-2")
    assert (primary.primary_region, replica.primary_region) == (None, REGION)


# Security groups


@pytest.fixture
def vpc(account: SimulatedAccount) -> str:
    vpc_id: str = account.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return vpc_id


def prefix_list(account: SimulatedAccount, *cidrs: str) -> str:
    created = account.client("ec2").create_managed_prefix_list(
        PrefixListName="offices",
        AddressFamily="IPv4",
        MaxEntries=10,
        Entries=[{"Cidr": cidr} for cidr in cidrs],
    )
    list_id: str = created["PrefixList"]["PrefixListId"]
    return list_id


def open_to(account: SimulatedAccount, vpc: str, *permissions: dict[str, Any]) -> str:
    ec2 = account.client("ec2")
    group: str = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=list(permissions))
    return group


def test_a_rule_is_read_with_all_its_sources(account: SimulatedAccount, vpc: str) -> None:
    list_id = prefix_list(account, "203.0.113.0/24")
    group_id = open_to(
        account,
        vpc,
        {
            "IpProtocol": "tcp",
            "FromPort": 22,
            "ToPort": 23,
            "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
            "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
            "PrefixListIds": [{"PrefixListId": list_id}],
        },
        {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
    )
    group = next(each for each in collected("security_groups") if each.id == group_id)
    first, second = group.ingress
    assert group.arn == f"arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/{group_id}"
    assert (first.protocol, first.from_port, first.to_port) == ("tcp", 22, 23)
    assert first.cidrs == ("10.0.0.0/8", "::/0")
    assert first.prefix_list_ids == (list_id,)
    assert (second.protocol, second.from_port) == ("-1", None)


def test_every_page_of_groups_is_read(account: SimulatedAccount, vpc: str) -> None:
    open_to(account, vpc, {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]})
    account.page_size("ec2", "DescribeSecurityGroups", 1)
    assert [group.name for group in collected("security_groups")].count("default") == 2
    assert "web" in {group.name for group in collected("security_groups")}


def test_only_customers_prefix_lists_that_rules_name_are_opened(
    account: SimulatedAccount, vpc: str
) -> None:
    named, _ = prefix_list(account, "10.0.0.0/8", "0.0.0.0/0"), prefix_list(account, "10.0.0.0/9")
    listed = account.client("ec2").describe_managed_prefix_lists()["PrefixLists"]
    of_aws = next(each["PrefixListId"] for each in listed if each["OwnerId"] == "AWS")
    sources = [{"PrefixListId": named}, {"PrefixListId": of_aws}]
    open_to(
        account, vpc, {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "PrefixListIds": sources}
    )
    for operation in ("DescribeManagedPrefixLists", "GetManagedPrefixListEntries"):
        account.page_size("ec2", operation, 1)
    account.forget_calls()
    [found] = collected("prefix_lists")
    assert (found.id, found.cidrs) == (named, ("10.0.0.0/8", "0.0.0.0/0"))
    opened = {c.params["PrefixListId"] for c in account.calls if c.operation.startswith("GetMan")}
    assert opened == {named}


def test_no_prefix_list_is_asked_for_where_no_rule_names_one(account: SimulatedAccount) -> None:
    account.forget_calls()
    assert collected("prefix_lists") == []
    assert "DescribeManagedPrefixLists" not in {call.operation for call in account.calls}


def test_a_prefix_list_that_cannot_be_opened_leaves_the_item_unknown(
    account: SimulatedAccount, vpc: str, evaluated: Evaluate
) -> None:
    ec2 = account.client("ec2")
    for group in ec2.describe_security_groups()["SecurityGroups"]:
        ec2.revoke_security_group_egress(
            GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"]
        )
    source = {"PrefixListId": prefix_list(account, "10.0.0.0/8")}
    open_to(
        account, vpc, {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "PrefixListIds": [source]}
    )
    item = "security.security-groups"
    assert evaluated(account, item).results[item].status is Status.PASS
    account.fail("ec2", "GetManagedPrefixListEntries", AccessDenied)
    result = evaluated(account, item).results[item]
    assert result.status is Status.UNKNOWN
    assert "UnauthorizedOperation (grant ec2:GetManagedPrefixListEntries)" in str(result.reason)


# Networks


def test_a_flow_log_is_read_with_its_destination_and_delivery(
    account: SimulatedAccount, vpc: str
) -> None:
    """Moto delivers to CloudWatch Logs only where the log group is there."""
    ec2 = account.client("ec2")
    account.client("s3").create_bucket(Bucket="shop-flow-logs")
    ec2.create_flow_logs(
        ResourceType="VPC",
        ResourceIds=[vpc],
        TrafficType="REJECT",
        LogDestinationType="s3",
        LogDestination="arn:aws:s3:::shop-flow-logs",
    )
    ec2.create_flow_logs(
        ResourceType="VPC",
        ResourceIds=[vpc],
        TrafficType="ALL",
        LogGroupName="/gone",
        DeliverLogsPermissionArn=f"arn:aws:iam::{ACCOUNT}:role/flow-logs",
    )
    account.page_size("ec2", "DescribeFlowLogs", 1)
    found = {log.destination: log for log in collected("flow_logs")}
    to_s3, to_logs = found["arn:aws:s3:::shop-flow-logs"], found["/gone"]
    assert (to_s3.traffic, to_s3.delivery) == ("REJECT", "SUCCESS")
    assert (to_logs.delivery, to_logs.delivery_error) == ("FAILED", "Access error")
    assert {log.resource_id for log in (to_s3, to_logs)} == {vpc}


def test_every_page_of_networks_and_interfaces_is_read(account: SimulatedAccount, vpc: str) -> None:
    ec2 = account.client("ec2")
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    for _ in range(2):
        ec2.create_network_interface(SubnetId=subnet)
    for operation in ("DescribeVpcs", "DescribeNetworkInterfaces"):
        account.page_size("ec2", operation, 1)
    assert {(each.id == vpc, each.default, each.owner) for each in collected("vpcs")} == {
        (True, False, ACCOUNT),
        (False, True, ACCOUNT),
    }
    assert [each.vpc_id for each in collected("network_interfaces")] == [vpc, vpc]


# Web ACLs


def rule(name: str, **others: Any) -> dict[str, Any]:
    return {"Name": name, "Priority": 1, "VisibilityConfig": METRICS, **others}


def managed(name: str = COMMON, **others: Any) -> dict[str, Any]:
    return {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": name, **others}}


def web_acl(account: SimulatedAccount, *rules: dict[str, Any], scope: str = "REGIONAL") -> str:
    waf = account.client("wafv2", REGION)
    arn: str = waf.create_web_acl(
        Name=f"acl-{scope.lower()}",
        Scope=scope,
        DefaultAction={"Allow": {}},
        VisibilityConfig=METRICS,
        Rules=list(rules),
    )["Summary"]["ARN"]
    return arn


def test_the_rules_of_a_web_acl_are_read_with_their_groups(account: SimulatedAccount) -> None:
    group_arn = f"arn:aws:wafv2:{REGION}:{ACCOUNT}:regional/rulegroup/blocklist/1"
    excluded = {"ExcludedRules": [{"Name": "b"}]}
    counted = {"RuleActionOverrides": [{"Name": "a", "ActionToUse": {"Count": {}}}]}
    narrowed = {"ScopeDownStatement": {"GeoMatchStatement": {"CountryCodes": ["FR"]}}}
    web_acl(
        account,
        rule("flood", Statement={"GeoMatchStatement": {}}, Action={"Captcha": {}}),
        rule("common", Statement=managed(**excluded, **counted), OverrideAction={"None": {}}),
        rule(
            "bad", Statement=managed("Bad", Version="1", **narrowed), OverrideAction={"Count": {}}
        ),
        rule(
            "own",
            Statement={"RuleGroupReferenceStatement": {"ARN": group_arn}},
            OverrideAction={"None": {}},
        ),
    )
    [acl] = collected("web_acls")
    flood, common, bad, own = acl.rules
    assert (flood.action, flood.group, acl.default_action) == ("CAPTCHA", None, "ALLOW")
    assert (common.action, common.counting) == (None, False)
    assert common.group.overrides == {"a": "COUNT", "b": "COUNT"}
    assert (bad.counting, bad.group.version, bad.group.narrowed) == (True, "1", True)
    assert (own.group.name, own.group.vendor, own.group.arn) == ("blocklist", None, group_arn)
    assert [(g.vendor, g.name, c) for g, c in acl.managed_groups] == [
        ("AWS", COMMON, False),
        ("AWS", "Bad", True),
    ]


def test_firewall_managers_groups_are_among_the_rules(
    account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moto knows no Firewall Manager: its rule groups are put into moto's answer."""
    from moto.wafv2.models import FakeWebACL  # noqa: PLC0415 -- patched here alone

    described = FakeWebACL.to_dict
    group = {**rule("first", OverrideAction={"None": {}}), "FirewallManagerStatement": managed()}
    last = {**group, "Name": "last", "OverrideAction": {"Count": {}}}
    monkeypatch.setattr(
        FakeWebACL,
        "to_dict",
        lambda self: {
            **described(self),
            "PreProcessFirewallManagerRuleGroups": [group],
            "PostProcessFirewallManagerRuleGroups": [last],
        },
    )
    web_acl(account, rule("flood", Statement={"GeoMatchStatement": {}}, Action={"Block": {}}))
    [acl] = collected("web_acls")
    assert [(each.name, each.counting) for each in acl.rules] == [
        ("first", False),
        ("flood", False),
        ("last", True),
    ]
    assert acl.rules[0].group.name == COMMON


def test_web_acls_of_cloudfront_are_read_in_their_own_region(account: SimulatedAccount) -> None:
    """Those of the workload's region, and CloudFront's in us-east-1."""
    edge = web_acl(account, scope="CLOUDFRONT")
    account.client("wafv2").put_logging_configuration(
        LoggingConfiguration={"ResourceArn": edge, "LogDestinationConfigs": [LOGS]}
    )
    account.forget_calls()
    assert [acl.arn for acl in collected("web_acls", region="eu-west-1")] == [edge]
    [logging] = collected("web_acl_logging", region="eu-west-1")
    assert (logging.web_acl_arn, logging.destinations) == (edge, (LOGS,))
    asked = {(c.params["Scope"], c.region) for c in account.calls if c.service == "wafv2"}
    assert asked == {("REGIONAL", "eu-west-1"), ("CLOUDFRONT", REGION)}


def test_every_page_of_web_acls_and_their_logging_is_read(account: SimulatedAccount) -> None:
    waf = account.client("wafv2")
    arns = [
        waf.create_web_acl(
            Name=f"acl-{each}",
            Scope="REGIONAL",
            DefaultAction={"Allow": {}},
            VisibilityConfig=METRICS,
        )["Summary"]["ARN"]
        for each in range(3)
    ]
    for arn in arns:
        waf.put_logging_configuration(
            LoggingConfiguration={"ResourceArn": arn, "LogDestinationConfigs": [LOGS]}
        )
    for operation in ("ListWebACLs", "ListLoggingConfigurations"):
        account.page_size("wafv2", operation, 1)
    assert {acl.arn for acl in collected("web_acls")} == set(arns)
    assert {each.web_acl_arn for each in collected("web_acl_logging")} == set(arns)


def test_a_web_acl_that_vanishes_meanwhile_is_none(account: SimulatedAccount) -> None:
    web_acl(account)
    account.fail("wafv2", "GetWebACL", "WAFNonexistentItemException")
    assert collected("web_acls") == []


def test_only_groups_whose_rules_matter_are_opened(account: SimulatedAccount) -> None:
    waf = account.client("wafv2")
    own = waf.create_rule_group(
        Name="own",
        Scope="REGIONAL",
        Capacity=1,
        VisibilityConfig=METRICS,
        Rules=[rule("a", Statement={"GeoMatchStatement": {}}, Action={"Count": {}})],
    )["Summary"]["ARN"]
    managers = own.replace(ACCOUNT, "999999999999")
    counted = {"RuleActionOverrides": [{"Name": "a", "ActionToUse": {"Count": {}}}]}
    runs, counts = {"OverrideAction": {"None": {}}}, {"OverrideAction": {"Count": {}}}
    web_acl(
        account,
        rule("own", Statement={"RuleGroupReferenceStatement": {"ARN": own}}, **runs),
        rule("managers", Statement={"RuleGroupReferenceStatement": {"ARN": managers}}, **runs),
        rule("common", Statement=managed(**counted), **runs),
        rule("sql", Statement=managed("AWSManagedRulesSQLiRuleSet"), **runs),
        rule("bad", Statement=managed("Bad", **counted), **counts),
    )
    account.forget_calls()
    found = {group.key: dict(group.actions) for group in collected("rule_groups")}
    blocking = {"NoUserAgent_HEADER": "BLOCK", "SizeRestrictions_BODY": "BLOCK"}
    assert found == {(None, own, None): {"a": "COUNT"}, ("AWS", COMMON, None): blocking}


def test_a_managed_group_of_cloudfront_is_asked_for_in_its_scope(account: SimulatedAccount) -> None:
    counted = {"RuleActionOverrides": [{"Name": "a", "ActionToUse": {"Count": {}}}]}
    version = {"Version": "Version_1.0"}
    common = rule("c", Statement=managed(**counted, **version), OverrideAction={"None": {}})
    web_acl(account, common, scope="CLOUDFRONT")
    account.forget_calls()
    [group] = collected("rule_groups", region="eu-west-1")
    assert group.key == ("AWS", COMMON, "Version_1.0")
    [call] = [call for call in account.calls if call.operation == "DescribeManagedRuleGroup"]
    assert (call.params["Scope"], call.region) == ("CLOUDFRONT", REGION)
    assert call.params["VersionName"] == "Version_1.0"


# CloudFront and API Gateway


def distribution(account: SimulatedAccount, host: str, web_acl_arn: str = "") -> str:
    created = account.client("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": host,
            "Comment": "",
            "Enabled": True,
            "WebACLId": web_acl_arn,
            "Origins": {
                "Quantity": 1,
                "Items": [
                    {
                        "Id": "o",
                        "DomainName": host,
                        "OriginPath": "/prod",
                        "CustomOriginConfig": {
                            "HTTPPort": 80,
                            "HTTPSPort": 443,
                            "OriginProtocolPolicy": "https-only",
                        },
                    }
                ],
            },
            "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only"},
        }
    )
    created_id: str = created["Distribution"]["Id"]
    return created_id


def test_every_page_of_distributions_is_read(account: SimulatedAccount) -> None:
    ids = {distribution(account, f"{each}.example.com", "arn:acl"[: 7 * each]) for each in range(3)}
    account.data.cloudfront.page_size = 1
    found = collected("distributions", region="eu-west-1")
    assert {each.id for each in found} == ids
    assert {each.origins[0].domain: each.web_acl_arn for each in found} == {
        "0.example.com": None,
        "1.example.com": "arn:acl",
        "2.example.com": "arn:acl",
    }
    assert {(each.serving, each.origins[0].path) for each in found} == {(True, "/prod")}
    regions = {c.region for c in account.calls if c.operation == "ListDistributions"}
    assert regions == {REGION}


def test_an_account_without_distributions_has_none(account: SimulatedAccount) -> None:
    assert account.client("cloudfront").list_distributions()["DistributionList"]["Quantity"] == 0
    assert collected("distributions") == []


def rest_api(account: SimulatedAccount, *stages: dict[str, Any]) -> str:
    apis = account.client("apigateway")
    api_id: str = apis.create_rest_api(name="shop")["id"]
    root = apis.get_resources(restApiId=api_id)["items"][0]["id"]
    where = {"restApiId": api_id, "resourceId": root, "httpMethod": "GET"}
    apis.put_method(**where, authorizationType="NONE")
    apis.put_integration(**where, type="MOCK")
    deployment = apis.create_deployment(restApiId=api_id)["id"]
    for stage in stages:
        apis.create_stage(restApiId=api_id, deploymentId=deployment, **stage)
    return api_id


def test_a_stage_is_read_with_what_it_is_set_to(account: SimulatedAccount) -> None:
    api_id = rest_api(
        account,
        {
            "stageName": "prod",
            "tracingEnabled": True,
            "cacheClusterEnabled": True,
            "cacheClusterSize": "0.5",
        },
        {"stageName": "dev"},
    )
    patches = {
        "/*/*/throttling/rateLimit": "1000",
        "/*/*/throttling/burstLimit": "2000",
        "/*/*/logging/loglevel": "ERROR",
        "/*/*/metrics/enabled": "true",
        "/*/*/caching/ttlInSeconds": "60",
        "/accessLogSettings/destinationArn": "arn:aws:logs:us-east-1:1:log-group:access",
        "/accessLogSettings/format": "$context.requestId",
    }
    account.client("apigateway").update_stage(
        restApiId=api_id,
        stageName="prod",
        patchOperations=[
            {"op": "replace", "path": path, "value": value} for path, value in patches.items()
        ],
    )
    prod, dev = sorted(collected("rest_stages"), key=lambda each: str(each.name), reverse=True)
    assert prod.arn == f"arn:aws:apigateway:{REGION}::/restapis/{api_id}/stages/prod"
    assert (prod.api_id, prod.api_name, prod.tracing) == (api_id, "shop", True)
    assert (prod.cache_size_gb, dev.cache_size_gb) == (0.5, None)
    assert prod.access_log_arn == "arn:aws:logs:us-east-1:1:log-group:access"
    assert prod.access_log_format == "$context.requestId"
    settings = prod.methods["*/*"]
    assert (settings.throttling_rate, settings.throttling_burst) == (1000, 2000)
    assert (settings.logging_level, settings.metrics) == ("ERROR", True)
    assert settings.cache_ttl_seconds == 60
    assert (dev.access_log_arn, dev.tracing, dict(dev.methods)) == (None, False, {})


def test_an_api_that_vanishes_meanwhile_has_no_stages(account: SimulatedAccount) -> None:
    rest_api(account, {"stageName": "prod"})
    account.fail("apigateway", "GetStages", "NotFoundException")
    assert collected("rest_stages") == []


def test_custom_domains_are_read_with_the_apis_behind_them(account: SimulatedAccount) -> None:
    api_id = rest_api(account, {"stageName": "prod"})
    apis = account.client("apigateway")
    for name in ("api.example.com", "empty.example.com"):
        apis.create_domain_name(
            domainName=name,
            regionalCertificateArn=f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1",
            endpointConfiguration={"types": ["REGIONAL"]},
        )
    where = {"domainName": "api.example.com", "restApiId": api_id}
    apis.create_base_path_mapping(**where, stage="prod")
    apis.create_base_path_mapping(**where, basePath="any")
    for operation in ("GetDomainNames", "GetBasePathMappings"):
        account.page_size("apigateway", operation, 1)
    mappings = collected("api_mappings")
    assert {(each.api_id, each.stage) for each in mappings} == {(api_id, "prod"), (api_id, None)}
    assert {each.domain.name for each in mappings} == {"api.example.com"}
    assert str(mappings[0].domain.host).endswith(".execute-api.us-east-1.amazonaws.com")


# The items on whole accounts


def test_an_empty_account_has_no_detector_and_a_default_group_with_rules(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    items = [f"security.{each}" for each in ("waf", "security-groups", "vpc-flow-logs")]
    report = evaluated(account, *items, "security.guardduty", "security.secrets")
    statuses = {name: result.status for name, result in report.results.items()}
    assert statuses == {
        "security.waf": Status.NOT_APPLICABLE,
        "security.security-groups": Status.FAIL,
        "security.vpc-flow-logs": Status.NOT_APPLICABLE,
        "security.guardduty": Status.FAIL,
        "security.secrets": Status.FAIL,
    }
    assert {(name, fault) for name, _, fault in faults(report)} == {
        ("security.security-groups", "default-group-egress"),
        ("security.guardduty", "missing"),
        ("security.secrets", "missing"),
    }


def test_a_suspended_detector_that_publishes_seldom_is_read_as_such(
    account: SimulatedAccount,
) -> None:
    detector = account.client("guardduty").create_detector(Enable=False)["DetectorId"]
    [found] = collected("detectors")
    assert found.arn == f"arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/{detector}"
    assert (found.enabled, found.publishing_frequency) == (False, "SIX_HOURS")


def test_a_detector_that_cannot_be_read_is_not_missing(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    account.client("guardduty").create_detector(Enable=True)
    account.fail("guardduty", "GetDetector", AccessDenied)
    item = "security.guardduty"
    assert evaluated(account, item).results[item].status is Status.UNKNOWN


def test_production_behind_cloudfront_is_protected_by_its_web_acl(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    api_id = rest_api(account, {"stageName": "prod"})
    item = "security.waf"
    assert {fault for _, _, fault in faults(evaluated(account, item))} == {"no-web-acl"}
    edge = web_acl(
        account,
        rule("flood", Statement={"GeoMatchStatement": {}}, Action={"Block": {}}),
        scope="CLOUDFRONT",
    )
    distribution(account, f"{api_id}.execute-api.{REGION}.amazonaws.com", edge)
    assert faults(evaluated(account, item)) == {(item, edge, "not-logged")}
    account.client("wafv2").put_logging_configuration(
        LoggingConfiguration={"ResourceArn": edge, "LogDestinationConfigs": [LOGS]}
    )
    result = evaluated(account, item).results[item]
    assert (result.offenders, result.gaps) == ((), ())
