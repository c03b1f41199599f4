"""Security testing: known vulnerabilities, common attacks, headers by which browsers protect."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from compliance.facts.api_routes import ApiRoute
from compliance.facts.apis import ApiMapping, RestStage
from compliance.facts.distributions import Distribution
from compliance.facts.functions import Function
from compliance.facts.inspector import Finding, Scan
from compliance.facts.probes import ProbeAnswer
from compliance.facts.rest_methods import RequestValidator, RestResource
from compliance.facts.web_acls import RuleGroup, WebAcl, WebAclRule
from compliance.fronts import GroupActions, stops, web_acls_before
from compliance.model import Identity, Offender, Verdict, plural
from compliance.printable import printable, shortened
from compliance.registry import check

# --- vulnerabilities ------------------------------------------------------------------------------


@check
def known_vulnerabilities_do_not_linger(
    functions: Sequence[Function],
    scans: Sequence[Scan],
    critical_findings: Sequence[Finding],
    now: datetime,
    identity: Identity,
    *,
    days: int,
) -> Verdict:
    """Functions are scanned, and images where functions run them; no critical finding lingers.

    A finding lingers that was first observed more than `days` ago and is neither closed nor
    suppressed, in whatever is scanned. Scanning that is being switched on does not scan yet. It
    must be on even where there is no function yet: a later one would go unseen.

    Source: https://docs.aws.amazon.com/inspector/latest/user/findings-understanding.html
    """
    images = any(function.package_type == "Image" for function in functions)
    kinds = ("LAMBDA", "ECR") if images else ("LAMBDA",)
    status = {scan.kind: scan.status for scan in scans}
    # The oldest comes last, and counts where versions of a function share a vulnerability.
    lingering = sorted(
        (f for f in critical_findings if now - f.first_observed_at > timedelta(days=days)),
        key=lambda f: (f.first_observed_at, f.title),
        reverse=True,
    )
    return Verdict.of(
        "resource",
        (
            *(f"scan:{kind}" for kind in kinds),
            *(function.arn for function in functions),
            *(finding.resource for finding in lingering),
        ),
        (
            *(_unscanned(kind, status) for kind in kinds if status.get(kind) != "ENABLED"),
            *(_lingering(finding, days, identity) for finding in lingering),
        ),
        holds=f"scanned, and none has a critical finding older than {plural(days, 'day')}",
    )


def _unscanned(kind: str, status: Mapping[str, str]) -> Offender:
    what = {"LAMBDA": "functions", "ECR": "images"}[kind]
    observed = f"Amazon Inspector's scan of {what} is {status.get(kind, 'DISABLED').lower()}"
    return Offender(
        f"scan:{kind}", "not-enabled", observed, f"a scan of {what} that is on", ("scans",)
    )


def _lingering(finding: Finding, days: int, identity: Identity) -> Offender:
    since = f"{finding.first_observed_at:%Y-%m-%d}"
    there = {
        "resourceId": [{"comparison": "PREFIX", "value": finding.resource}],
        "severity": [{"comparison": "EQUALS", "value": "CRITICAL"}],
    }
    return Offender(
        finding.resource,
        f"critical:{finding.about}",
        f"{shortened(printable(finding.title), 120)}, open since {since}",
        f"mended or suppressed within {plural(days, 'day')}",
        fix=f"aws inspector2 list-findings --filter-criteria {shlex.quote(json.dumps(there))} "
        f"--region {identity.region}",
    )


# --- common attacks -------------------------------------------------------------------------------

_IN_FRONT = ("distributions", "api_mappings", "api_routes", "web_acls")


@check
def common_attacks_are_blocked(
    rest_stages: Sequence[RestStage],
    distributions: Sequence[Distribution],
    api_mappings: Sequence[ApiMapping],
    api_routes: Sequence[ApiRoute],
    web_acls: Sequence[WebAcl],
    rule_groups: Sequence[RuleGroup],
    identity: Identity,
    *,
    production_stages: Sequence[str],
    groups: Sequence[str],
) -> Verdict:
    """A web ACL before each production stage runs AWS's `groups`, on all requests, to block.

    It is the stage's own, or that of a CloudFront distribution whose origin is the API; one that
    runs them all is enough. A group does not count that the web ACL overrides to count, all of it
    or each of its rules, nor one that a scope-down statement lets see only some of the requests.

    Source: https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
    """
    judged = [stage for stage in rest_stages if stage.name in production_stages]
    if not judged:
        named = " or ".join(production_stages)
        return Verdict.not_applicable(f"no REST API has a stage {named}")
    actions = {group.key: group.actions for group in rule_groups}
    faults = {
        acl.arn: [o for name in groups for o in _group_faults(acl, name, actions)]
        for acl in web_acls
    }
    return Verdict.of(
        "stage",
        (stage.arn for stage in judged),
        (
            offender
            for stage in judged
            for offender in _open_to_attacks(
                stage,
                web_acls_before(stage, distributions, api_mappings, api_routes, identity),
                faults,
            )
        ),
        holds=f"a web ACL before each blocks by {', '.join(groups)}",
        seen=faults,
    )


def _open_to_attacks(
    stage: RestStage, protectors: Sequence[str], faults: Mapping[str, Sequence[Offender]]
) -> Sequence[Offender]:
    """What each web ACL before a stage lacks; nothing where one lacks nothing."""
    known = [arn for arn in protectors if arn in faults]
    if not known:
        observed = f"no web ACL stands before stage {stage.name} of {stage.api_name}"
        expected = "a web ACL with AWS's managed rule groups, of the stage or of CloudFront"
        return [Offender(stage.arn, "no-web-acl", observed, expected, _IN_FRONT)]
    if not all(faults[arn] for arn in known):
        return ()
    return [offender for arn in known for offender in faults[arn]]


def _group_faults(acl: WebAcl, name: str, actions: GroupActions) -> Iterator[Offender]:
    """Why a managed group of AWS blocks nothing here; nothing where one rule runs it soundly."""
    found = [_group_fault(rule, actions) for rule in acl.rules if _runs(rule, name)]
    if None in found:
        return
    missing = ("missing", "does not run it")
    for fault, observed in dict.fromkeys(filter(None, found or [missing])):
        yield Offender(
            acl.arn,
            f"{fault}:{name}",
            f"{name}: {acl.name} {observed}",
            f"{name} on every request, in blocking mode",
            _IN_FRONT,
        )


def _runs(rule: WebAclRule, name: str) -> bool:
    return rule.group is not None and (rule.group.vendor, rule.group.name) == ("AWS", name)


def _group_fault(rule: WebAclRule, actions: GroupActions) -> tuple[str, str] | None:
    if not stops(rule, actions):
        return "only-counts", "only counts what it finds"
    if rule.group and rule.group.narrowed:
        return "narrowed", "runs it on some requests only, by a scope-down statement"
    return None


# --- headers --------------------------------------------------------------------------------------

_LONGEST_VALUE = 80


@check(alone=True)
def responses_carry_protective_headers(
    probe_answers: Sequence[ProbeAnswer],
    *,
    addresses: Sequence[str],
    required_headers: Mapping[str, str | bool],
) -> Verdict:
    """Each probe address answers over a TLS that browsers trust, with the required headers.

    A header is required with any value that is not empty, or with one that its pattern matches
    whole, in either case. A refusal such as 401 is judged like any answer: browsers see it too. An
    answer that sends on to another of the addresses is not, since that one is asked itself, unless
    they send on in circles. One that sends on to where the baseline names no address leaves unknown
    what browsers end up with.

    Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html
    """
    if not addresses:
        return Verdict.not_applicable("the baseline names no address to ask", settled=True)
    return Verdict.of(
        "address",
        addresses,
        (
            offender
            for answer in probe_answers
            for offender in _answer_faults(answer, probe_answers, addresses, required_headers)
        ),
        holds="all answer with the required headers",
    )


def _answer_faults(
    answer: ProbeAnswer,
    answers: Sequence[ProbeAnswer],
    addresses: Collection[str],
    required: Mapping[str, str | bool],
) -> Iterator[Offender]:
    fix = f"curl --silent --show-error --head --request GET {shlex.quote(answer.url)}"
    if answer.distrusted:
        fault, why = answer.distrusted
        expected = "a trusted certificate for its name, and TLS 1.2 or later"
        yield Offender(answer.url, fault, printable(why), expected, fix=fix)
    elif answer.location is None:
        for name, wanted in required.items():
            yield from _header_faults(answer, name, fix, wanted=wanted)
    elif not answer.location.startswith("https://"):
        observed = f"sends on to {_shown(answer.location)}, which is not encrypted"
        yield Offender(answer.url, "redirects-to-http", observed, "an https address", fix=fix)
    elif _rootless(answer.location) not in map(_rootless, addresses):
        observed = f"sends on to {_shown(answer.location)}, which the baseline does not name"
        yield Offender(
            answer.url, "redirects-elsewhere", observed, "an address of the baseline", fix=fix
        )
    elif _in_circles(answer, answers):
        observed = f"sends on to {_shown(answer.location)}, and is sent back from there"
        yield Offender(answer.url, "redirects-in-circles", observed, "an answer", fix=fix)


def _header_faults(
    answer: ProbeAnswer, name: str, fix: str, *, wanted: str | bool
) -> Iterator[Offender]:
    value = answer.headers.get(name.lower(), "").strip()
    expected = f"{name}: {'any value' if wanted is True else wanted}"
    if not value:
        yield Offender(answer.url, f"missing:{name.lower()}", f"no {name}", expected, fix=fix)
    elif isinstance(wanted, str) and not re.fullmatch(wanted, value, re.IGNORECASE):
        observed = f"{name}: {_shown(value)}"
        yield Offender(answer.url, f"wrong:{name.lower()}", observed, expected, fix=fix)


def _in_circles(answer: ProbeAnswer, answers: Sequence[ProbeAnswer]) -> bool:
    sent_on = {_rootless(each.url): each.location for each in answers if each.location}
    passed: set[str] = set()
    at: str | None = answer.url
    while at is not None:
        if _rootless(at) in passed:
            return True
        passed.add(_rootless(at))
        at = sent_on.get(_rootless(at))
    return False


def _rootless(url: str) -> str:
    """An address without a path is the same as one with the root's."""
    return url.rstrip("/")


def _shown(text: str) -> str:
    return shortened(printable(text), _LONGEST_VALUE)


# --- input validation -----------------------------------------------------------------------------


@check(shows=True)
def request_validators_are_known(
    rest_resources: Sequence[RestResource], request_validators: Sequence[RequestValidator]
) -> Verdict:
    """How many methods that take a body have it validated, beside the test of hostile input.

    Counted are the methods that rest-api.request-validation judges for their body; what is missing
    fails there. A method counts whose validator holds the body against a model.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
    """
    of_bodies = {(each.api_id, each.id) for each in request_validators if each.body}
    taking = [
        (resource, method)
        for resource in rest_resources
        for method in resource.methods.values()
        if method.runs and method.takes_a_body
    ]
    if not taking:
        return Verdict.not_applicable("no method of a production REST API takes a body")
    validated = sum(
        bool(method.models) and (resource.api_id, method.validator_id) in of_bodies
        for resource, method in taking
    )
    said = f"{validated:,} of {plural(len(taking), 'method')} with a body have it validated"
    return Verdict.shown(said)
