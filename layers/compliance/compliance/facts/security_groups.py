"""Security groups and the prefix lists that their rules name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SecurityGroupRule:
    """What one protocol and port range is open to.

    `protocol` is tcp, udp, icmp, icmpv6, -1 for all, or a protocol number. For ICMP `from_port` is
    the type and `to_port` the code, -1 being any; None where the protocol has no ports.
    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
    """

    protocol: str
    from_port: int | None = None
    to_port: int | None = None
    cidrs: tuple[str, ...] = ()
    prefix_list_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A security group of a VPC. Each VPC has one named `default`, which cannot be deleted.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroup.html
    """

    arn: str
    id: str
    name: str
    vpc_id: str
    ingress: tuple[SecurityGroupRule, ...] = ()
    egress: tuple[SecurityGroupRule, ...] = ()


@dataclass(frozen=True, slots=True)
class PrefixList:
    """The address ranges of a prefix list that customers manage and a security group names.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html
    """

    id: str
    cidrs: tuple[str, ...]
