"""Nothing but the allowed ports is open to the internet, and default groups are empty."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from typing import Any

import pytest

from compliance.checks.security import only_allowed_ports_are_open_to_the_internet
from compliance.facts.security_groups import PrefixList, SecurityGroup, SecurityGroupRule
from compliance.model import Verdict

ARN = "arn:aws:ec2:us-east-1:123456789012:security-group/sg-1"
ANYWHERE = ("0.0.0.0/0",)


def group(
    *ingress: SecurityGroupRule,
    egress: Sequence[SecurityGroupRule] = (),
    name: str = "web",
) -> SecurityGroup:
    return SecurityGroup(ARN, "sg-1", name, "vpc-1", ingress, tuple(egress))


def rule(
    first: int | None,
    last: int | None = None,
    cidrs: Sequence[str] = ANYWHERE,
    protocol: str = "tcp",
    **others: Any,
) -> SecurityGroupRule:
    end = first if last is None else last
    return SecurityGroupRule(protocol, first, end, tuple(cidrs), **others)


def judged(
    *ingress: SecurityGroupRule, ports: Sequence[int] = (443,), lists: Sequence[PrefixList] = ()
) -> Verdict:
    return only_allowed_ports_are_open_to_the_internet([group(*ingress)], lists, ports=ports)


def faults(*ingress: SecurityGroupRule, **others: Any) -> list[str]:
    return [offender.fault for offender in judged(*ingress, **others).offenders]


def revoked(fix: str | None) -> Any:
    words = shlex.split(str(fix))
    return words[1:3], json.loads(words[words.index("--ip-permissions") + 1])


def test_an_allowed_port_may_be_open_to_all() -> None:
    verdict = judged(rule(443, cidrs=["0.0.0.0/0", "::/0"]))
    assert (verdict.evaluated, verdict.offenders) == ((ARN,), ())


def test_another_port_fails_with_a_fault_that_names_it() -> None:
    [offender] = judged(rule(22)).offenders
    assert offender.key == (ARN, "ingress:tcp/22:0.0.0.0/0")
    assert offender.observed == "web lets tcp/22 in from 0.0.0.0/0"
    assert offender.expected == "from the internet nothing but TCP 443"


def test_the_fix_revokes_just_what_is_open() -> None:
    [offender] = judged(rule(22, cidrs=["10.0.0.0/8", "0.0.0.0/0"])).offenders
    command, permissions = revoked(offender.fix)
    assert command == ["ec2", "revoke-security-group-ingress"]
    assert permissions == [
        {
            "IpProtocol": "tcp",
            "FromPort": 22,
            "ToPort": 22,
            "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
        }
    ]


def test_the_internet_of_ipv6_is_a_fault_of_its_own() -> None:
    assert faults(rule(22, cidrs=["0.0.0.0/0", "::/0"])) == [
        "ingress:tcp/22:0.0.0.0/0",
        "ingress:tcp/22:::/0",
    ]
    assert faults(rule(22, cidrs=["::/0"])) == ["ingress:tcp/22:::/0"]


@pytest.mark.parametrize(
    ("open_rule", "fault"),
    [
        (rule(443, 444), "ingress:tcp/443-444:0.0.0.0/0"),
        (rule(0, 65535), "ingress:tcp/0-65535:0.0.0.0/0"),
        (rule(None), "ingress:tcp/0-65535:0.0.0.0/0"),
        (rule(-1), "ingress:tcp/0-65535:0.0.0.0/0"),
        (rule(443, protocol="udp"), "ingress:udp/443:0.0.0.0/0"),
        (rule(None, protocol="-1"), "ingress:all:0.0.0.0/0"),
        (rule(-1, protocol="icmp"), "ingress:icmp:0.0.0.0/0"),
        (rule(8, -1, protocol="icmp"), "ingress:icmp/8:0.0.0.0/0"),
        (rule(3, -1, protocol="icmp"), "ingress:icmp/3:0.0.0.0/0"),
        (rule(5, 1, protocol="icmp"), "ingress:icmp/5-1:0.0.0.0/0"),
        (rule(None, protocol="50"), "ingress:protocol-50:0.0.0.0/0"),
    ],
)
def test_what_reaches_beyond_the_allowed_ports_fails(
    open_rule: SecurityGroupRule, fault: str
) -> None:
    assert faults(open_rule) == [fault]


@pytest.mark.parametrize(
    "allowed",
    [
        rule(3, 4, protocol="icmp"),
        rule(2, 0, cidrs=["::/0"], protocol="icmpv6"),
        rule(2, -1, cidrs=["::/0"], protocol="icmpv6"),
    ],
)
def test_path_mtu_discovery_is_let_through(allowed: SecurityGroupRule) -> None:
    assert faults(allowed) == []


def test_a_range_is_allowed_where_each_of_its_ports_is() -> None:
    assert faults(rule(80, 81), ports=[80, 81]) == []
    assert faults(rule(80, 82), ports=[80, 82]) == ["ingress:tcp/80-82:0.0.0.0/0"]


def test_without_allowed_ports_none_may_be_open() -> None:
    [offender] = judged(rule(443), ports=[]).offenders
    assert offender.expected == "from the internet nothing but no port at all"


@pytest.mark.parametrize(
    "cidrs",
    [
        ["0.0.0.0/1", "128.0.0.0/1"],
        ["0.0.0.0/1"],
        ["64.0.0.0/7"],
        ["8.0.0.0/8", "9.0.0.0/8"],
        ["0.0.0.0/8", *(f"{first}.0.0.0/8" for first in range(1, 256))],
    ],
)
def test_what_comes_close_to_the_internet_is_the_internet(cidrs: list[str]) -> None:
    [offender] = judged(rule(22, cidrs=cidrs)).offenders
    assert offender.fault == "ingress:tcp/22:0.0.0.0/0"
    assert offender.observed == f"web lets tcp/22 in from {', '.join(sorted(cidrs))}"


def test_halves_of_the_internet_may_lie_in_two_rules() -> None:
    halves = (rule(22, cidrs=["8.0.0.0/8"]), rule(22, cidrs=["9.0.0.0/8"]))
    assert faults(*halves) == ["ingress:tcp/22:0.0.0.0/0"]


@pytest.mark.parametrize("cidr", ["2000::/3", "2600::/11", "::/1"])
def test_the_whole_of_ipv6_need_not_be_written_as_such(cidr: str) -> None:
    assert faults(rule(22, cidrs=[cidr])) == ["ingress:tcp/22:::/0"]


@pytest.mark.parametrize(
    "cidr",
    ["10.0.0.0/8", "203.0.113.7/32", "224.0.0.0/4", "2600::/12", "fc00::/7", "fe80::/10"],
)
def test_other_networks_are_not_the_internet(cidr: str) -> None:
    assert faults(rule(22, cidrs=[cidr])) == []


def test_the_narrow_networks_of_a_rule_are_not_blamed_with_the_wide_ones() -> None:
    [offender] = judged(rule(22, cidrs=["8.0.0.0/8", "9.0.0.0/8", "198.51.100.0/24"])).offenders
    assert offender.observed == "web lets tcp/22 in from 8.0.0.0/8, 9.0.0.0/8"


def test_a_prefix_list_that_holds_the_internet_is_the_internet() -> None:
    by_list = rule(22, cidrs=[], prefix_list_ids=("pl-1",))
    [offender] = judged(by_list, lists=[PrefixList("pl-1", ("10.0.0.0/8", "0.0.0.0/0"))]).offenders
    assert offender.fault == "ingress:tcp/22:0.0.0.0/0"
    assert offender.observed == "web lets tcp/22 in from pl-1"
    assert revoked(offender.fix)[1][0]["PrefixListIds"] == [{"PrefixListId": "pl-1"}]


def test_a_prefix_list_of_offices_is_not() -> None:
    by_list = rule(22, cidrs=[], prefix_list_ids=("pl-1",))
    assert faults(by_list, lists=[PrefixList("pl-1", ("203.0.113.0/24",))]) == []


def test_a_prefix_list_of_aws_is_not() -> None:
    assert faults(rule(22, cidrs=[], prefix_list_ids=("pl-aws",))) == []


def test_rules_that_name_groups_are_not_open() -> None:
    assert faults(rule(None, cidrs=[], protocol="-1", group_ids=("sg-1",))) == []


def test_egress_of_a_group_is_its_own_business() -> None:
    open_egress = group(egress=[rule(None, protocol="-1")])
    assert only_allowed_ports_are_open_to_the_internet([open_egress], [], ports=[]).offenders == ()


def test_a_default_group_must_have_no_rules_at_all() -> None:
    itself = SecurityGroupRule("-1", group_ids=("sg-1",))
    default = group(itself, egress=[rule(None, protocol="-1")], name="default")
    first, second = only_allowed_ports_are_open_to_the_internet(
        [default], [], ports=[443]
    ).offenders
    assert first.key == (ARN, "default-group-egress")
    assert second.key == (ARN, "default-group-ingress")
    assert second.observed == "the default group of vpc-1 has 1 rule for ingress"
    assert revoked(first.fix) == (
        ["ec2", "revoke-security-group-egress"],
        [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )
    assert revoked(second.fix) == (
        ["ec2", "revoke-security-group-ingress"],
        [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-1"}]}],
    )


def test_an_empty_default_group_holds() -> None:
    empty = group(name="default")
    assert only_allowed_ports_are_open_to_the_internet([empty], [], ports=[443]).offenders == ()


def test_without_groups_there_is_nothing_to_judge() -> None:
    verdict = only_allowed_ports_are_open_to_the_internet([], [], ports=[443])
    assert verdict.inapplicable == "no security groups in the region"
