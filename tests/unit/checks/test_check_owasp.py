"""AWS's managed rule groups block before each production stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from example_alarms import ACCOUNT, IDENTITY

from compliance.checks.security_testing import common_attacks_are_blocked
from compliance.facts.api_routes import ApiRoute
from compliance.facts.apis import ApiDomain, RestStage
from compliance.facts.distributions import Distribution, Origin
from compliance.facts.web_acls import RuleGroup, RuleGroupReference, WebAcl, WebAclRule
from compliance.model import Verdict

OWN = f"arn:aws:wafv2:us-east-1:{ACCOUNT}:regional/webacl/own/1"
EDGE = f"arn:aws:wafv2:us-east-1:{ACCOUNT}:global/webacl/edge/2"
STAGE_ARN = "arn:aws:apigateway:us-east-1::/restapis/r1/stages/prod"
STAGE = RestStage(STAGE_ARN, "r1", "shop", "prod", web_acl_arn=OWN)
CLOUDFRONT = Distribution(
    "arn:d",
    "D1",
    "d1.cloudfront.net",
    serving=True,
    origins=(Origin("r1.execute-api.us-east-1.amazonaws.com"),),
    web_acl_arn=EDGE,
)
COMMON, INJECTION = RuleGroupReference("Common", "AWS"), RuleGroupReference("SQLi", "AWS")
IN_FRONT = ("distributions", "api_mappings", "api_routes", "web_acls")


def rule(group: RuleGroupReference, *, counting: bool = False) -> WebAclRule:
    return WebAclRule(group.name, group=group, counting=counting)


BOTH = (rule(COMMON), rule(INJECTION))


def acl(*rules: WebAclRule, arn: str = OWN) -> WebAcl:
    return WebAcl(arn, "acl", "ALLOW", rules)


def judged(
    *acls: WebAcl,
    stages: Sequence[RestStage] = (STAGE,),
    distributions: Sequence[Distribution] = (),
    routes: Sequence[ApiRoute] = (),
    groups: Sequence[RuleGroup] = (),
) -> Verdict:
    return common_attacks_are_blocked(
        stages,
        distributions,
        [],
        routes,
        acls,
        groups,
        IDENTITY,
        production_stages=["prod"],
        groups=["Common", "SQLi"],
    )


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


def test_a_web_acl_that_runs_every_group_holds() -> None:
    verdict = judged(acl(*BOTH))
    assert (verdict.evaluated, verdict.offenders) == ((STAGE_ARN,), ())


def test_a_group_that_is_missing_fails() -> None:
    [offender] = judged(acl(rule(COMMON))).offenders
    assert offender.key == (OWN, "missing:SQLi")
    assert offender.observed == "SQLi: acl does not run it"
    assert offender.absent_from == IN_FRONT


def test_a_group_of_another_vendor_is_another_group() -> None:
    other = replace(INJECTION, vendor="Somebody")
    own = replace(INJECTION, vendor=None, arn="arn:own")
    assert keys(judged(acl(rule(COMMON), rule(other), rule(own)))) == [(OWN, "missing:SQLi")]


def test_a_group_that_the_web_acl_only_counts_fails() -> None:
    counted = acl(rule(COMMON, counting=True), rule(INJECTION))
    assert keys(judged(counted)) == [(OWN, "only-counts:Common")]


def test_a_group_all_of_whose_rules_are_overridden_to_count_fails() -> None:
    overridden = replace(COMMON, overrides={"a": "COUNT", "b": "COUNT"})
    rules = acl(rule(overridden), rule(INJECTION))
    whole = RuleGroup(COMMON.key, {"a": "BLOCK", "b": "BLOCK"})
    assert keys(judged(rules, groups=[whole])) == [(OWN, "only-counts:Common")]
    larger = RuleGroup(COMMON.key, {"a": "BLOCK", "b": "BLOCK", "c": "BLOCK"})
    assert keys(judged(rules, groups=[larger])) == []


def test_a_group_that_sees_only_some_requests_fails() -> None:
    narrowed = acl(rule(replace(COMMON, narrowed=True)), rule(INJECTION))
    assert keys(judged(narrowed)) == [(OWN, "narrowed:Common")]


def test_one_rule_that_runs_a_group_soundly_is_enough() -> None:
    trial = rule(COMMON, counting=True)
    assert keys(judged(acl(trial, *BOTH))) == []


def test_a_pinned_version_counts() -> None:
    assert keys(judged(acl(rule(replace(COMMON, version="Version_1.0")), rule(INJECTION)))) == []


@pytest.mark.parametrize("web_acl_arn", [None, "arn:gone"])
def test_a_stage_without_a_web_acl_fails(web_acl_arn: str | None) -> None:
    [offender] = judged(stages=[replace(STAGE, web_acl_arn=web_acl_arn)]).offenders
    assert offender.key == (STAGE_ARN, "no-web-acl")
    assert offender.absent_from == IN_FRONT


def test_a_sound_web_acl_of_cloudfront_is_enough() -> None:
    acls = (acl(rule(COMMON)), acl(*BOTH, arn=EDGE))
    assert keys(judged(*acls, distributions=[CLOUDFRONT])) == []


def test_one_of_cloudfront_before_a_domain_that_a_rule_leads_from_is_enough() -> None:
    ruled = ApiDomain("api.example.com", routing_mode="ROUTING_RULE_ONLY")
    front = replace(CLOUDFRONT, origins=(Origin(ruled.name),))
    acls = (acl(rule(COMMON)), acl(*BOTH, arn=EDGE))
    route = ApiRoute(ruled, "r1", "prod", by_rule=True)
    assert keys(judged(*acls, distributions=[front], routes=[route])) == []
    assert keys(judged(*acls, distributions=[front])) == [(OWN, "missing:SQLi")]


def test_what_two_web_acls_run_between_them_is_not_added_up() -> None:
    acls = (acl(rule(COMMON)), acl(rule(INJECTION), arn=EDGE))
    assert keys(judged(*acls, distributions=[CLOUDFRONT])) == [
        (EDGE, "missing:Common"),
        (OWN, "missing:SQLi"),
    ]


def test_a_web_acl_before_no_production_stage_is_not_judged() -> None:
    assert keys(judged(acl(*BOTH), acl(arn=EDGE))) == []


def test_without_a_production_stage_nothing_is_judged() -> None:
    dev = replace(STAGE, name="dev")
    assert judged(acl(), stages=[dev]).inapplicable == "no REST API has a stage prod"
