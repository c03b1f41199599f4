"""Secrets, web ACLs, security groups, flow logs and threat detection."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulated_account.omnitrack.place import ACCOUNT_ID, REGION, Fault, arn

if TYPE_CHECKING:
    from datetime import datetime

    from simulated_account.account import SimulatedAccount

_STAGE = "prod"
_PUBLIC_API, _ADMIN_API = "omnitrack-api", "omnitrack-admin-api"
_ADMIN_ORIGIN = "admin-origin.omnitrack.example"

_OVERDUE_SECRET = ("omnitrack/erp-connection", "q7RmXb")
_OPEN_GROUP = "sg-0b7c1f5e93a2d8460"

FAULTS: frozenset[Fault] = frozenset(
    {
        (
            "security.secrets",
            arn("secretsmanager", f"secret:{'-'.join(_OVERDUE_SECRET)}"),
            "rotation-overdue",
        ),
        (
            "security.security-groups",
            arn("ec2", f"security-group/{_OPEN_GROUP}"),
            "ingress:tcp/22:0.0.0.0/0",
        ),
    }
)


def seed(account: SimulatedAccount, now: datetime) -> None:
    """Ages are counted from `now`."""
    _seed_secrets(account, now)
    _seed_web_acls(account)
    _seed_network(account)
    account.client("guardduty").create_detector(
        Enable=True, FindingPublishingFrequency="FIFTEEN_MINUTES"
    )


def _seed_secrets(account: SimulatedAccount, now: datetime) -> None:
    secrets = account.client("secretsmanager")
    overdue, end = _OVERDUE_SECRET
    for name in ("omnitrack/carrier-api", "omnitrack/maps-api", overdue):
        secrets.create_secret(Name=name, SecretString="simulated")
    data = account.data.secretsmanager
    data.date_secret(REGION, "omnitrack/maps-api", now - timedelta(days=41))
    last = now - timedelta(days=12)
    data.date_secret(
        REGION,
        "omnitrack/carrier-api",
        last,
        rotated=last,
        next_rotation=last + timedelta(days=30),
    )
    data.end_arn(REGION, overdue, end)
    last = now - timedelta(days=38)
    data.date_secret(REGION, overdue, last, rotated=last, next_rotation=last + timedelta(days=30))


# --- web ACLs: one of the API's own, one of CloudFront before the other API ---------------------


def _seed_web_acls(account: SimulatedAccount) -> None:
    apis = {api["name"]: api["id"] for api in account.client("apigateway").get_rest_apis()["items"]}
    waf = account.client("wafv2")
    blocklist = waf.create_rule_group(
        Name="omnitrack-blocklist",
        Scope="REGIONAL",
        Capacity=10,
        VisibilityConfig=_metrics("blocklist"),
        Rules=[
            {
                "Name": "embargoed-countries",
                "Priority": 0,
                "Statement": {"GeoMatchStatement": {"CountryCodes": ["KP"]}},
                "Action": {"Block": {}},
                "VisibilityConfig": _metrics("embargoed-countries"),
            }
        ],
    )["Summary"]["ARN"]
    own = _create_web_acl(
        account,
        "omnitrack-api",
        "REGIONAL",
        [
            _managed("AWSManagedRulesCommonRuleSet", 1, counted="SizeRestrictions_BODY"),
            _managed("AWSManagedRulesKnownBadInputsRuleSet", 2),
            _managed("AWSManagedRulesSQLiRuleSet", 3),
            {
                "Name": "blocklist",
                "Priority": 4,
                "Statement": {"RuleGroupReferenceStatement": {"ARN": blocklist}},
                "OverrideAction": {"None": {}},
                "VisibilityConfig": _metrics("blocklist"),
            },
            {
                "Name": "flood",
                "Priority": 5,
                "Statement": {
                    "RateBasedStatement": {"Limit": 2000, "AggregateKeyType": "IP"},
                },
                "Action": {"Block": {}},
                "VisibilityConfig": _metrics("flood"),
            },
        ],
    )
    waf.associate_web_acl(
        WebACLArn=own,
        ResourceArn=f"arn:aws:apigateway:{REGION}::/restapis/{apis[_PUBLIC_API]}/stages/{_STAGE}",
    )
    edge = _create_web_acl(
        account,
        "omnitrack-edge",
        "CLOUDFRONT",
        [
            _managed("AWSManagedRulesCommonRuleSet", 1),
            _managed("AWSManagedRulesKnownBadInputsRuleSet", 2),
            _managed("AWSManagedRulesSQLiRuleSet", 3),
        ],
    )
    _seed_distribution(account, apis[_ADMIN_API], edge)


def _create_web_acl(
    account: SimulatedAccount, name: str, scope: str, rules: list[dict[str, Any]]
) -> str:
    waf = account.client("wafv2", "us-east-1")
    acl: str = waf.create_web_acl(
        Name=name,
        Scope=scope,
        DefaultAction={"Allow": {}},
        VisibilityConfig=_metrics(name),
        Rules=rules,
    )["Summary"]["ARN"]
    waf.put_logging_configuration(
        LoggingConfiguration={
            "ResourceArn": acl,
            "LogDestinationConfigs": [arn("logs", "log-group:aws-waf-logs-omnitrack")],
        }
    )
    return acl


def _managed(name: str, priority: int, counted: str | None = None) -> dict[str, Any]:
    group: dict[str, Any] = {"VendorName": "AWS", "Name": name}
    if counted:
        group["RuleActionOverrides"] = [{"Name": counted, "ActionToUse": {"Count": {}}}]
    return {
        "Name": name,
        "Priority": priority,
        "Statement": {"ManagedRuleGroupStatement": group},
        "OverrideAction": {"None": {}},
        "VisibilityConfig": _metrics(name),
    }


def _metrics(name: str) -> dict[str, Any]:
    return {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": name}


def _seed_distribution(account: SimulatedAccount, api_id: str, web_acl: str) -> None:
    apis = account.client("apigateway")
    apis.create_domain_name(
        domainName=_ADMIN_ORIGIN,
        regionalCertificateArn=arn("acm", "certificate/5f6a1c0e-8f0b-4a55-9c1c-2f8d4b6e7a90"),
        endpointConfiguration={"types": ["REGIONAL"]},
    )
    apis.create_base_path_mapping(domainName=_ADMIN_ORIGIN, restApiId=api_id, stage=_STAGE)
    account.client("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": "omnitrack-admin",
            "Comment": "omnitrack-admin",
            "Enabled": True,
            "WebACLId": web_acl,
            "Origins": {
                "Quantity": 1,
                "Items": [
                    {
                        "Id": "admin-api",
                        "DomainName": _ADMIN_ORIGIN,
                        "CustomOriginConfig": {
                            "HTTPPort": 80,
                            "HTTPSPort": 443,
                            "OriginProtocolPolicy": "https-only",
                        },
                    }
                ],
            },
            "DefaultCacheBehavior": {
                "TargetOriginId": "admin-api",
                "ViewerProtocolPolicy": "https-only",
                "ForwardedValues": {"QueryString": True, "Cookies": {"Forward": "none"}},
                "MinTTL": 0,
            },
        }
    )


# --- the network --------------------------------------------------------------------------------


def _seed_network(account: SimulatedAccount) -> None:
    """A network of partners' connections, and what every network of the account must have."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.40.0.0/24")["Subnet"]["SubnetId"]
    offices = ec2.create_managed_prefix_list(
        PrefixListName="omnitrack-offices",
        AddressFamily="IPv4",
        MaxEntries=5,
        Entries=[{"Cidr": "198.51.100.0/24"}, {"Cidr": "203.0.113.0/26"}],
    )["PrefixList"]["PrefixListId"]
    gateway, bastion = (
        ec2.create_security_group(GroupName=name, Description=why, VpcId=vpc)["GroupId"]
        for name, why in (
            ("omnitrack-partner-gateway", "Partners send their documents here."),
            ("omnitrack-support-bastion", "Support looks into partner connections."),
        )
    )
    account.data.ec2.name_group(REGION, bastion, _OPEN_GROUP)
    ec2.authorize_security_group_ingress(
        GroupId=gateway,
        IpPermissions=[
            {
                **_ports(443),
                "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
                "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
            },
            {**_ports(8443), "PrefixListIds": [{"PrefixListId": offices}]},
        ],
    )
    ec2.authorize_security_group_ingress(
        GroupId=_OPEN_GROUP,
        IpPermissions=[{**_ports(22), "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )
    ec2.create_network_interface(SubnetId=subnet, Groups=[gateway])
    _empty_default_groups(ec2)
    _record_traffic(ec2)


def _ports(port: int) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}


def _empty_default_groups(ec2: Any) -> None:
    only_default = [{"Name": "group-name", "Values": ["default"]}]
    for group in ec2.describe_security_groups(Filters=only_default)["SecurityGroups"]:
        for rules, revoke in (
            ("IpPermissions", ec2.revoke_security_group_ingress),
            ("IpPermissionsEgress", ec2.revoke_security_group_egress),
        ):
            if group[rules]:
                revoke(GroupId=group["GroupId"], IpPermissions=group[rules])


def _record_traffic(ec2: Any) -> None:
    """Of each network but the default one, which nothing uses."""
    vpcs = [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]]
    ec2.create_flow_logs(
        ResourceType="VPC",
        ResourceIds=vpcs,
        TrafficType="ALL",
        LogGroupName="/aws/vpc/flow-logs/omnitrack",
        DeliverLogsPermissionArn=f"arn:aws:iam::{ACCOUNT_ID}:role/omnitrack-flow-logs",
    )
