"""Security groups, and the prefix lists that their rules name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.security_groups import PrefixList, SecurityGroup, SecurityGroupRule
from compliance.registry import Read, collector

DESCRIBE_SECURITY_GROUPS = Read("ec2", "DescribeSecurityGroups")
DESCRIBE_MANAGED_PREFIX_LISTS = Read("ec2", "DescribeManagedPrefixLists")
GET_MANAGED_PREFIX_LIST_ENTRIES = Read("ec2", "GetManagedPrefixListEntries")

_AWS = "AWS"
_NAMED = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}


@collector(DESCRIBE_SECURITY_GROUPS)
def security_groups(reader: Reader) -> Iterator[SecurityGroup]:
    """Every security group in the region, 1,000 a page; without a size AWS may refuse to answer."""
    where = reader.identity
    for page in reader.pages(DESCRIBE_SECURITY_GROUPS, MaxResults=1000):
        for group in page["SecurityGroups"]:
            owner = group.get("OwnerId", where.account)
            yield SecurityGroup(
                arn=f"arn:{where.partition}:ec2:{where.region}:{owner}"
                f":security-group/{group['GroupId']}",
                id=group["GroupId"],
                name=group["GroupName"],
                vpc_id=group.get("VpcId", ""),
                ingress=tuple(map(_rule, group.get("IpPermissions", ()))),
                egress=tuple(map(_rule, group.get("IpPermissionsEgress", ()))),
            )


def _rule(permission: Mapping[str, Any]) -> SecurityGroupRule:
    protocol = str(permission["IpProtocol"])
    return SecurityGroupRule(
        protocol=_NAMED.get(protocol, protocol),
        from_port=permission.get("FromPort"),
        to_port=permission.get("ToPort"),
        cidrs=(
            *(each["CidrIp"] for each in permission.get("IpRanges", ())),
            *(each["CidrIpv6"] for each in permission.get("Ipv6Ranges", ())),
        ),
        prefix_list_ids=tuple(each["PrefixListId"] for each in permission.get("PrefixListIds", ())),
        group_ids=tuple(
            each.get("GroupId") or each["GroupName"]
            for each in permission.get("UserIdGroupPairs", ())
        ),
    )


@collector(DESCRIBE_MANAGED_PREFIX_LISTS, GET_MANAGED_PREFIX_LIST_ENTRIES)
def prefix_lists(reader: Reader, security_groups: Sequence[SecurityGroup]) -> Iterator[PrefixList]:
    """Each prefix list that an ingress rule names, unless AWS manages it.

    Those of AWS hold the addresses of its own services. One that is not in the listing is asked for
    all the same: a list that another account no longer shares still works in the rule.
    """
    named = sorted(
        {
            prefix_list
            for group in security_groups
            for rule in group.ingress
            for prefix_list in rule.prefix_list_ids
        }
    )
    if not named:
        return
    aws_manages = {
        listed["PrefixListId"]
        for page in reader.pages(DESCRIBE_MANAGED_PREFIX_LISTS, MaxResults=100)
        for listed in page["PrefixLists"]
        if listed.get("OwnerId") == _AWS
    }
    customers = (prefix_list for prefix_list in named if prefix_list not in aws_manages)
    yield from reader.each(customers, partial(_prefix_list, reader))


def _prefix_list(reader: Reader, prefix_list_id: str) -> PrefixList:
    pages = reader.pages(
        GET_MANAGED_PREFIX_LIST_ENTRIES, PrefixListId=prefix_list_id, MaxResults=100
    )
    return PrefixList(
        prefix_list_id, tuple(entry["Cidr"] for page in pages for entry in page["Entries"])
    )
