"""Security: secrets, web ACLs, what the internet reaches, and what records and detects misuse."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any

from compliance.facts.api_routes import ApiRoute
from compliance.facts.apis import ApiMapping, RestStage
from compliance.facts.detectors import Detector
from compliance.facts.distributions import Distribution
from compliance.facts.secrets import Secret
from compliance.facts.security_groups import PrefixList, SecurityGroup, SecurityGroupRule
from compliance.facts.vpcs import FlowLog, NetworkInterface, Vpc
from compliance.facts.web_acls import RuleGroup, WebAcl, WebAclLogging
from compliance.fronts import GroupActions, stops, web_acls_before
from compliance.model import Identity, Offender, Verdict, plural
from compliance.printable import day
from compliance.registry import check

# --- secrets --------------------------------------------------------------------------------------

_ROTATION_MAY_TAKE = timedelta(days=1)
_SUFFIX = len("-a1b2c3")


@check
def named_secrets_are_there_and_fresh(
    secrets: Sequence[Secret],
    now: datetime,
    identity: Identity,
    *,
    named: Sequence[str],
    within_days: int,
) -> Verdict:
    """Each named secret has a current version, is not about to be deleted, and changed lately.

    A rotation or any other change counts, where it is less than `within_days` old. A rotation that
    is overdue, or whose new version never became the current one, is a fault of its own: services
    still log in with the old value, until somebody removes it. A replica is rotated by its primary.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot_rotation.html
    """
    if not named:
        return Verdict.not_applicable("the baseline names no secret", settled=True)
    found = {name: [s for s in secrets if _is_named(s, name)] for name in named}
    return Verdict.of(
        "secret",
        (
            arn
            for name, matching in found.items()
            for arn in [secret.arn for secret in matching] or [_looked_for(name)]
        ),
        (
            offender
            for name, matching in found.items()
            for offender in (
                [o for secret in matching for o in _secret_faults(secret, now, within_days)]
                if matching
                else [_missing_secret(name, identity)]
            )
        ),
        holds=f"all are there and changed within {within_days} days",
    )


def _is_named(secret: Secret, name: str) -> bool:
    """By its name, its ARN, or its ARN without the six random characters at the end."""
    return name in {secret.name, secret.arn, secret.arn[:-_SUFFIX]}


def _looked_for(name: str) -> str:
    return f"secret:{name}"


def _missing_secret(name: str, identity: Identity) -> Offender:
    bare = name.rpartition(":secret:")[2]
    return Offender(
        _looked_for(name),
        "missing",
        "no such secret in the region",
        "a secret of this name",
        absent_from=("secrets",),
        fix=f"aws secretsmanager create-secret --name {shlex.quote(bare)} "
        f"--secret-string file:///dev/stdin --region {identity.region}",
    )


def _secret_faults(secret: Secret, now: datetime, within_days: int) -> Iterator[Offender]:
    if secret.deleted_at is not None:
        observed = f"is scheduled for deletion since {day(secret.deleted_at)}"
        yield Offender(secret.arn, "scheduled-for-deletion", observed, "not to be deleted")
        return
    if secret.current_version is None:
        observed = "no version is labelled AWSCURRENT, so that nothing can be read"
        yield Offender(secret.arn, "no-current-version", observed, "a version labelled AWSCURRENT")
    if secret.rotation_enabled and secret.primary_region is None:
        yield from _failed_rotation(secret, now)
    changed = max(filter(None, (secret.created_at, secret.changed_at, secret.rotated_at)))
    age = now - changed
    if age > timedelta(days=within_days):
        yield Offender(
            secret.arn,
            "not-rotated" if secret.rotation_enabled else "not-changed",
            f"has not changed for {plural(age.days, 'day')} (since {day(changed)})",
            f"rotated or changed within {within_days} days",
            fix=_change_in_primary(secret),
        )


def _failed_rotation(secret: Secret, now: datetime) -> Iterator[Offender]:
    due = secret.next_rotation_at
    if due is not None and due < now:
        observed = f"the rotation due by {day(due)} has not succeeded"
        yield Offender(secret.arn, "rotation-overdue", observed, "rotated when it is due")
    if secret.pending_version and now - secret.changed_at > _ROTATION_MAY_TAKE:
        where = f"--secret-id {shlex.quote(secret.arn)} --region {secret.arn.split(':')[3]}"
        yield Offender(
            secret.arn,
            "rotation-stuck",
            f"the rotation begun by {day(secret.changed_at)} stopped halfway: "
            f"version {secret.pending_version} is still AWSPENDING",
            "a rotation ends within a day",
            fix=f"aws secretsmanager update-secret-version-stage {where} "
            f"--version-stage AWSPENDING --remove-from-version-id {secret.pending_version}"
            f" && aws secretsmanager rotate-secret {where}",
        )


def _change_in_primary(secret: Secret) -> str | None:
    """A replica is read-only: its value changes with that of its primary."""
    if secret.primary_region is None:
        return None
    arn = secret.arn.split(":")
    arn[3] = secret.primary_region
    return (
        f"aws secretsmanager put-secret-value --secret-id {shlex.quote(':'.join(arn))} "
        f"--secret-string file:///dev/stdin --region {secret.primary_region}"
    )


# --- web ACLs -------------------------------------------------------------------------------------

_IN_FRONT = ("distributions", "api_mappings", "api_routes", "web_acls", "web_acl_logging")


@dataclass(frozen=True, slots=True)
class _Front:
    """What may stand before a stage, and what is wrong with each web ACL."""

    distributions: Sequence[Distribution]
    mappings: Sequence[ApiMapping]
    routes: Sequence[ApiRoute]
    faults: Mapping[str, Sequence[Offender]]

    def protectors(self, stage: RestStage, identity: Identity) -> list[str]:
        """The ARNs of the stage's own web ACL and of those of distributions in front of it."""
        return web_acls_before(stage, self.distributions, self.mappings, self.routes, identity)

    def remedy(self, stage: RestStage, identity: Identity) -> str | None:
        """The command that puts a web ACL before a stage, where there is a sound one to put."""
        sound = sorted(arn for arn, f in self.faults.items() if ":regional/" in arn and not f)
        if not sound:
            return None
        return (
            f"aws wafv2 associate-web-acl --web-acl-arn {shlex.quote(sound[0])} "
            f"--resource-arn {shlex.quote(stage.arn)} --region {identity.region}"
        )


@check
def web_acls_protect_production(
    rest_stages: Sequence[RestStage],
    distributions: Sequence[Distribution],
    api_mappings: Sequence[ApiMapping],
    api_routes: Sequence[ApiRoute],
    web_acls: Sequence[WebAcl],
    rule_groups: Sequence[RuleGroup],
    web_acl_logging: Sequence[WebAclLogging],
    identity: Identity,
    *,
    production_stages: Sequence[str],
) -> Verdict:
    """A web ACL that stops something and logs stands before each production stage of a REST API.

    It is the stage's own, or that of a CloudFront distribution whose origin is the API; one that is
    sound is enough. Rules that only count stop nothing, nor does a group all of whose rules are
    overridden to count; a default action of Block does. HTTP and WebSocket APIs cannot carry one.

    Source: https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-testing.html
    """
    judged = [stage for stage in rest_stages if stage.name in production_stages]
    if not judged:
        named = " or ".join(production_stages)
        return Verdict.not_applicable(f"no REST API has a stage {named}")
    actions = {group.key: group.actions for group in rule_groups}
    logging = {each.web_acl_arn for each in web_acl_logging if each.destinations}
    faults = {acl.arn: _web_acl_faults(acl, actions, logging) for acl in web_acls}
    front = _Front(distributions, api_mappings, api_routes, faults)
    return Verdict.of(
        "stage",
        (stage.arn for stage in judged),
        (offender for stage in judged for offender in _unprotected(stage, front, identity)),
        holds="a web ACL that blocks and logs stands before all",
        seen=faults,
    )


def _unprotected(stage: RestStage, front: _Front, identity: Identity) -> Sequence[Offender]:
    """What is wrong with each of the web ACLs before a stage; nothing where one is sound."""
    expected = "a web ACL that blocks and logs, of the stage or of CloudFront before it"
    fix = front.remedy(stage, identity)
    protectors = front.protectors(stage, identity)
    if not protectors:
        observed = f"nothing stands before stage {stage.name} of {stage.api_name}"
        return [Offender(stage.arn, "no-web-acl", observed, expected, _IN_FRONT, fix)]
    found: list[Offender] = []
    for arn in protectors:
        if arn not in front.faults:
            observed = f"names web ACL {arn}, which AWS WAF does not know"
            found.append(Offender(stage.arn, "unknown-web-acl", observed, expected, _IN_FRONT, fix))
        elif front.faults[arn]:
            found += front.faults[arn]
        else:
            return ()
    return found


def _web_acl_faults(
    acl: WebAcl,
    actions: GroupActions,
    logging: Iterable[str],
) -> list[Offender]:
    found = []
    if not acl.rules:
        observed, expected = "has no rules", "a rule that blocks"
        found.append(Offender(acl.arn, "no-rules", observed, expected, _IN_FRONT))
    elif acl.default_action != "BLOCK" and not any(stops(rule, actions) for rule in acl.rules):
        observed = f"none of its {plural(len(acl.rules), 'rule')} blocks: they count or allow"
        expected = "a rule that blocks, or asks for a CAPTCHA or a challenge"
        found.append(Offender(acl.arn, "only-counts", observed, expected, _IN_FRONT))
    if acl.arn not in logging:
        found.append(
            Offender(acl.arn, "not-logged", "does not log", "logging to a destination", _IN_FRONT)
        )
    return found


# --- security groups ------------------------------------------------------------------------------

_Network = IPv4Network | IPv6Network

# Shorter prefixes span continents: nobody's own network is that wide, and two halves of the
# internet, or 2000::/3, are all of it. The registries' largest allocations are these.
# https://www.iana.org/numbers/allocations
_WIDEST = {4: 8, 6: 12}
_ANYWHERE = {4: "0.0.0.0/0", 6: "::/0"}
_NEVER_FROM_THE_INTERNET: tuple[_Network, ...] = tuple(
    map(ip_network, ("224.0.0.0/3", "fc00::/7", "fe80::/10", "ff00::/8"))
)
_ALL = "-1"
_WITH_PORTS = frozenset({"tcp", "udp"})
_LAST_PORT = 65535
# "Fragmentation needed" and "packet too big": without them large packets vanish on the way.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/network_mtu.html
_PATH_MTU = frozenset({("icmp", 3, 4), ("icmpv6", 2, 0), ("icmpv6", 2, -1)})


@check
def only_allowed_ports_are_open_to_the_internet(
    security_groups: Sequence[SecurityGroup],
    prefix_lists: Sequence[PrefixList],
    *,
    ports: Sequence[int],
) -> Verdict:
    """No group lets the internet in but to the allowed TCP ports, and default groups are empty.

    The internet is 0.0.0.0/0, ::/0, or whatever comes close: halves of it, or networks wider than
    any registry hands out (IPv4 /8, IPv6 /12), in a rule or in a prefix list that it names. A range
    of ports must be allowed whole. Rules that name other groups, and lists of AWS's own services,
    are not the internet. ICMP that path MTU discovery needs is let through.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    """
    if not security_groups:
        return Verdict.not_applicable("no security groups in the region")
    listed = {each.id: each.cidrs for each in prefix_lists}
    return Verdict.of(
        "security group",
        (group.arn for group in security_groups),
        (
            offender
            for group in security_groups
            for offender in (*_open_rules(group, listed, ports), *_default_rules(group))
        ),
        holds=f"nothing but {_tcp(ports)} is open to the internet",
    )


def _open_rules(
    group: SecurityGroup, listed: Mapping[str, Sequence[str]], ports: Sequence[int]
) -> Iterator[Offender]:
    for rule in _merged(group.ingress):
        if _is_allowed(rule, ports):
            continue
        for version, anywhere in _ANYWHERE.items():
            sources = [
                *_from_the_internet(rule.cidrs, version),
                *(
                    each
                    for each in rule.prefix_list_ids
                    if _from_the_internet(listed.get(each, ()), version)
                ),
            ]
            if not sources:
                continue
            what = _traffic(rule)
            yield Offender(
                group.arn,
                f"ingress:{what}:{anywhere}",
                f"{group.name} lets {what} in from {', '.join(sources)}",
                f"from the internet nothing but {_tcp(ports)}",
                fix=_revoke(group, "ingress", [_only(rule, sources)]),
            )


def _default_rules(group: SecurityGroup) -> Iterator[Offender]:
    if group.name != "default":
        return
    for direction, rules in (("ingress", group.ingress), ("egress", group.egress)):
        if rules:
            yield Offender(
                group.arn,
                f"default-group-{direction}",
                f"the default group of {group.vpc_id} has {plural(len(rules), 'rule')} for "
                f"{direction}",
                "a default group without rules",
                fix=_revoke(group, direction, rules),
            )


def _merged(rules: Iterable[SecurityGroupRule]) -> list[SecurityGroupRule]:
    """One rule for each protocol and port range, with the sources of all in order."""
    merged: dict[tuple[str, int | None, int | None], list[SecurityGroupRule]] = {}
    for rule in rules:
        merged.setdefault((rule.protocol, rule.from_port, rule.to_port), []).append(rule)
    return [
        SecurityGroupRule(
            *key,
            cidrs=tuple(sorted(cidr for rule in same for cidr in rule.cidrs)),
            prefix_list_ids=tuple(sorted(each for rule in same for each in rule.prefix_list_ids)),
        )
        for key, same in merged.items()
    ]


def _is_allowed(rule: SecurityGroupRule, ports: Sequence[int]) -> bool:
    if (rule.protocol, rule.from_port, rule.to_port) in _PATH_MTU:
        return True
    if rule.protocol != "tcp":
        return False
    first, last = _port_range(rule)
    return set(range(first, last + 1)) <= set(ports)


def _port_range(rule: SecurityGroupRule) -> tuple[int, int]:
    """The first and the last port; a rule without them is about every port."""
    first, last = rule.from_port, rule.to_port
    if first is None or last is None or first < 0:
        return 0, _LAST_PORT
    return first, last


def _from_the_internet(cidrs: Iterable[str], version: int) -> list[str]:
    """What of these is wide enough to be the internet, or else is so together with others."""
    networks = {cidr: ip_network(cidr, strict=False) for cidr in cidrs}
    same = {cidr: each for cidr, each in networks.items() if each.version == version}
    together = [each for each in collapse_addresses(same.values()) if _wide(each)]  # type: ignore[type-var]  # all of one version
    alone = [cidr for cidr, network in same.items() if _wide(network)]
    return alone or [
        cidr
        for cidr, network in same.items()
        if any(network.subnet_of(each) for each in together)  # type: ignore[arg-type]  # of one version
    ]


def _wide(network: _Network) -> bool:
    return network.prefixlen < _WIDEST[network.version] and not any(
        network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]  # of one version
        for other in _NEVER_FROM_THE_INTERNET
    )


def _traffic(rule: SecurityGroupRule) -> str:
    """What a rule lets in, short and the same in every run: tcp/22, tcp/0-65535, icmp/8, all."""
    if rule.protocol == _ALL:
        return "all"
    if rule.protocol in _WITH_PORTS:
        first, last = _port_range(rule)
        return f"{rule.protocol}/{first}" + (f"-{last}" if last != first else "")
    if rule.from_port is None or rule.from_port < 0:
        return rule.protocol if rule.protocol.startswith("icmp") else f"protocol-{rule.protocol}"
    code = "" if rule.to_port in {None, -1} else f"-{rule.to_port}"
    return f"{rule.protocol}/{rule.from_port}{code}"


def _tcp(ports: Sequence[int]) -> str:
    named = ", ".join(str(port) for port in sorted(ports))
    return f"TCP {named}" if named else "no port at all"


def _only(rule: SecurityGroupRule, sources: Sequence[str]) -> SecurityGroupRule:
    return SecurityGroupRule(
        rule.protocol,
        rule.from_port,
        rule.to_port,
        cidrs=tuple(source for source in sources if "/" in source),
        prefix_list_ids=tuple(source for source in sources if "/" not in source),
    )


def _revoke(group: SecurityGroup, direction: str, rules: Iterable[SecurityGroupRule]) -> str:
    permissions = shlex.quote(json.dumps([_permission(rule) for rule in rules]))
    return (
        f"aws ec2 revoke-security-group-{direction} --group-id {group.id} "
        f"--region {group.arn.split(':')[3]} --ip-permissions {permissions}"
    )


def _permission(rule: SecurityGroupRule) -> dict[str, Any]:
    members = {
        "FromPort": rule.from_port,
        "ToPort": rule.to_port,
        "IpRanges": [{"CidrIp": cidr} for cidr in rule.cidrs if ":" not in cidr],
        "Ipv6Ranges": [{"CidrIpv6": cidr} for cidr in rule.cidrs if ":" in cidr],
        "PrefixListIds": [{"PrefixListId": each} for each in rule.prefix_list_ids],
        "UserIdGroupPairs": [{"GroupId": each} for each in rule.group_ids],
    }
    given = {name: value for name, value in members.items() if value not in (None, [])}
    return {"IpProtocol": rule.protocol, **given}


# --- flow logs ------------------------------------------------------------------------------------

_NO_FLOW_LOG = ("no-flow-log", "no flow log of the VPC itself")


@check
def networks_record_their_traffic(
    vpcs: Sequence[Vpc],
    network_interfaces: Sequence[NetworkInterface],
    flow_logs: Sequence[FlowLog],
    identity: Identity,
) -> Verdict:
    """Each VPC in use has an active flow log of its own that delivers and shows what is refused.

    Flow logs of subnets and interfaces leave out what is added to the VPC later. A default VPC
    without a network interface is not in use. Only its owner can log a VPC that is shared.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-troubleshooting.html
    """
    used = {interface.vpc_id for interface in network_interfaces}
    judged = [
        vpc for vpc in vpcs if vpc.owner == identity.account and (vpc.id in used or not vpc.default)
    ]
    if not judged:
        return Verdict.not_applicable("no VPC of this account but an unused default one")
    logs = {vpc.id: [log for log in flow_logs if log.resource_id == vpc.id] for vpc in judged}
    return Verdict.of(
        "VPC",
        (vpc.arn for vpc in judged),
        (offender for vpc in judged for offender in _unrecorded(vpc, logs[vpc.id])),
        holds="all record their traffic, and the records arrive",
        seen=(vpc.arn for vpc in vpcs),
    )


def _unrecorded(vpc: Vpc, logs: Sequence[FlowLog]) -> Iterator[Offender]:
    """What is wrong with each of a VPC's flow logs; nothing where one is as it must be."""
    faults = [_flow_log_fault(log) for log in sorted(logs, key=lambda log: log.id)]
    if None in faults:
        return
    for fault, observed in filter(None, faults or [_NO_FLOW_LOG]):
        expected = "an active flow log of all or of refused traffic that delivers"
        yield Offender(vpc.arn, fault, observed, expected, absent_from=("flow_logs",))


def _flow_log_fault(log: FlowLog) -> tuple[str, str] | None:
    where = f"flow log {log.id} to {log.destination}"
    if log.status != "ACTIVE":
        return "not-active", f"{where} is {log.status or 'in no state'}"
    if log.delivery != "SUCCESS":
        reason = log.delivery_error or log.delivery or "nothing was delivered yet"
        return "delivery-failed", f"{where} does not deliver: {reason}"
    if log.traffic == "ACCEPT":
        return "accepted-only", f"{where} leaves out refused traffic"
    return None


# --- threat detection -----------------------------------------------------------------------------

_MINUTES = {"FIFTEEN_MINUTES": 15, "ONE_HOUR": 60, "SIX_HOURS": 360}


@check
def threats_are_detected_and_told_in_time(
    detectors: Sequence[Detector], identity: Identity, *, frequency: str
) -> Verdict:
    """GuardDuty is on in the region, and tells that a known finding goes on as often as demanded.

    New findings are always published within five minutes; the frequency is that of what happens
    again. A member account has what its administrator account sets.

    Source: https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
    """
    if not detectors:
        missing = f"detector:{identity.region}"
        observed = "GuardDuty was never enabled here"
        expected = "an enabled detector"
        return Verdict.of(
            "detector",
            [missing],
            [Offender(missing, "missing", observed, expected, absent_from=("detectors",))],
            holds="",
        )
    return Verdict.of(
        "detector",
        (detector.arn for detector in detectors),
        (offender for each in detectors for offender in _detector_faults(each, frequency)),
        holds=f"enabled, and publishes at least every {_in_words(frequency)}",
    )


def _detector_faults(detector: Detector, frequency: str) -> Iterator[Offender]:
    if not detector.enabled:
        yield Offender(detector.arn, "disabled", "GuardDuty is suspended", "an enabled detector")
    elif _MINUTES[detector.publishing_frequency] > _MINUTES[frequency]:
        yield Offender(
            detector.arn,
            "publishes-too-seldom",
            f"publishes every {_in_words(detector.publishing_frequency)}",
            f"every {_in_words(frequency)} or more often",
        )


def _in_words(frequency: str) -> str:
    minutes = _MINUTES[frequency]
    return plural(minutes, "minute") if minutes < 60 else plural(minutes // 60, "hour")  # noqa: PLR2004 -- minutes of an hour
