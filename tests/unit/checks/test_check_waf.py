"""A web ACL that blocks and logs stands before every production stage of a REST API."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from example_alarms import ACCOUNT, IDENTITY

from compliance.checks.security import web_acls_protect_production
from compliance.facts.api_routes import ApiRoute
from compliance.facts.apis import ApiDomain, ApiMapping, RestStage
from compliance.facts.distributions import Distribution, Origin
from compliance.facts.web_acls import (
    RuleGroup,
    RuleGroupReference,
    WebAcl,
    WebAclLogging,
    WebAclRule,
)
from compliance.model import Verdict

OWN = f"arn:aws:wafv2:us-east-1:{ACCOUNT}:regional/webacl/own/1"
EDGE = f"arn:aws:wafv2:us-east-1:{ACCOUNT}:global/webacl/edge/2"
STAGE_ARN = "arn:aws:apigateway:us-east-1::/restapis/r1/stages/prod"
STAGE = RestStage(STAGE_ARN, "r1", "shop", "prod", web_acl_arn=OWN)
BARE = replace(STAGE, web_acl_arn=None)
HOST = "r1.execute-api.us-east-1.amazonaws.com"
BLOCK, COUNT, ALLOW = (WebAclRule(each.lower(), each) for each in ("BLOCK", "COUNT", "ALLOW"))
DOMAIN = ApiDomain("api.example.com", "d-1.execute-api.us-east-1.amazonaws.com")
IN_FRONT = ("distributions", "api_mappings", "api_routes", "web_acls", "web_acl_logging")
RULED = replace(DOMAIN, routing_mode="ROUTING_RULE_ONLY")


def acl(*rules: WebAclRule, arn: str = OWN, default: str = "ALLOW") -> WebAcl:
    return WebAcl(arn, "acl", default, rules)


def before(host: str, path: str = "", web_acl: str | None = EDGE, **others: Any) -> Distribution:
    distribution = Distribution("arn:d", "D1", "d1.cloudfront.net", True, (Origin(host, path),))  # noqa: FBT003 -- a record in its own order
    return replace(distribution, web_acl_arn=web_acl, **others)


def judged(
    *acls: WebAcl,
    stages: Sequence[RestStage] = (STAGE,),
    distributions: Sequence[Distribution] = (),
    mappings: Sequence[ApiMapping] = (),
    routes: Sequence[ApiRoute] = (),
    groups: Sequence[RuleGroup] = (),
    logged: Sequence[str] = (OWN, EDGE),
) -> Verdict:
    return web_acls_protect_production(
        stages,
        distributions,
        mappings,
        routes,
        acls,
        groups,
        [WebAclLogging(arn, ("arn:logs",)) for arn in logged],
        IDENTITY,
        production_stages=["prod"],
    )


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


def test_a_web_acl_that_blocks_and_logs_holds() -> None:
    verdict = judged(acl(COUNT, BLOCK))
    assert (verdict.evaluated, verdict.offenders) == ((STAGE_ARN,), ())


def test_a_stage_without_a_web_acl_fails() -> None:
    [offender] = judged(stages=[BARE]).offenders
    assert offender.key == (STAGE_ARN, "no-web-acl")
    assert offender.observed == "nothing stands before stage prod of shop"
    assert offender.absent_from == IN_FRONT
    assert offender.fix is None


def test_a_sound_web_acl_of_the_region_is_what_the_fix_puts_before_a_stage() -> None:
    sound, counting = acl(BLOCK), acl(COUNT, arn=f"{OWN}0")
    [offender] = judged(counting, sound, acl(BLOCK, arn=EDGE), stages=[BARE]).offenders
    assert shlex.split(str(offender.fix)) == [
        *("aws", "wafv2", "associate-web-acl", "--web-acl-arn", OWN),
        *("--resource-arn", STAGE_ARN, "--region", "us-east-1"),
    ]


def test_only_production_stages_are_judged() -> None:
    dev = replace(BARE, arn="arn:dev", name="dev")
    assert judged(acl(BLOCK), stages=[STAGE, dev]).evaluated == (STAGE_ARN,)
    assert judged(stages=[dev]).inapplicable == "no REST API has a stage prod"
    assert judged(stages=[]).inapplicable == "no REST API has a stage prod"


def test_a_web_acl_that_only_counts_fails() -> None:
    [offender] = judged(acl(COUNT, COUNT)).offenders
    assert offender.key == (OWN, "only-counts")
    assert offender.observed == "none of its 2 rules blocks: they count or allow"


def test_a_web_acl_without_rules_fails() -> None:
    assert keys(judged(acl())) == [(OWN, "no-rules")]


@pytest.mark.parametrize("action", ["BLOCK", "CAPTCHA", "CHALLENGE"])
def test_what_keeps_a_request_out_blocks(action: str) -> None:
    assert keys(judged(acl(WebAclRule("r", action)))) == []


def test_what_allows_stops_nothing_unless_the_rest_is_blocked() -> None:
    assert keys(judged(acl(ALLOW))) == [(OWN, "only-counts")]
    assert keys(judged(acl(ALLOW, default="BLOCK"))) == []


def test_blocking_everything_without_any_rule_is_no_web_acl_in_production() -> None:
    assert keys(judged(acl(default="BLOCK"))) == [(OWN, "no-rules")]


def test_a_web_acl_that_does_not_log_fails() -> None:
    [offender] = judged(acl(BLOCK), logged=[EDGE]).offenders
    assert offender.key == (OWN, "not-logged")


def test_logging_to_nowhere_is_none() -> None:
    verdict = web_acls_protect_production(
        [STAGE],
        [],
        [],
        [],
        [acl(BLOCK)],
        [],
        [WebAclLogging(OWN, ())],
        IDENTITY,
        production_stages=["prod"],
    )
    assert keys(verdict) == [(OWN, "not-logged")]


def test_a_web_acl_is_blamed_once_for_all_its_stages() -> None:
    other = replace(STAGE, arn="arn:other", api_id="r2")
    verdict = judged(acl(BLOCK), stages=[STAGE, other], logged=[])
    assert verdict.evaluated == (STAGE_ARN, "arn:other")
    assert keys(verdict) == [(OWN, "not-logged")]


def test_a_web_acl_that_waf_does_not_know_protects_nothing() -> None:
    [offender] = judged(acl(BLOCK, arn=EDGE)).offenders
    assert offender.key == (STAGE_ARN, "unknown-web-acl")
    assert OWN in offender.observed


def test_web_acls_before_nothing_are_not_judged() -> None:
    verdict = judged(acl(BLOCK), acl(arn=f"{OWN}0"))
    assert keys(verdict) == []
    assert verdict.seen == (OWN, f"{OWN}0")


# Rule groups

COMMON = RuleGroupReference("Common", "AWS")
ALL_COUNTED = replace(COMMON, overrides={"a": "COUNT", "b": "COUNT"})
RULES = RuleGroup(COMMON.key, {"a": "BLOCK", "b": "BLOCK"})


def test_a_group_blocks_as_its_vendor_means_it_to() -> None:
    assert keys(judged(acl(WebAclRule("common", group=COMMON)))) == []


def test_a_group_that_the_web_acl_counts_blocks_nothing() -> None:
    counting = WebAclRule("common", group=COMMON, counting=True)
    assert keys(judged(acl(counting), groups=[RULES])) == [(OWN, "only-counts")]


@pytest.mark.parametrize(
    ("overrides", "holds"),
    [
        ({"a": "COUNT", "b": "COUNT"}, False),
        ({"a": "COUNT"}, True),
        ({"a": "COUNT", "b": "ALLOW"}, False),
        ({"a": "COUNT", "b": "CHALLENGE"}, True),
    ],
)
def test_a_group_each_of_whose_rules_is_counted_blocks_nothing(
    overrides: dict[str, str],
    holds: bool,  # noqa: FBT001 -- a column of the table above
) -> None:
    rule = WebAclRule("common", group=replace(COMMON, overrides=overrides))
    assert (keys(judged(acl(rule), groups=[RULES])) == []) is holds


def test_a_group_of_ones_own_blocks_by_its_own_rules() -> None:
    own = RuleGroupReference("own", arn="arn:aws:wafv2:us-east-1:1:regional/rulegroup/own/1")
    rule = WebAclRule("own", group=own)
    assert keys(judged(acl(rule), groups=[RuleGroup(own.key, {"a": "BLOCK"})])) == []
    assert keys(judged(acl(rule), groups=[RuleGroup(own.key, {"a": "COUNT"})])) == [
        (OWN, "only-counts")
    ]


def test_rules_of_another_version_of_a_group_say_nothing_of_it() -> None:
    pinned = RuleGroup(replace(COMMON, version="1.0").key, {"a": "COUNT"})
    assert keys(judged(acl(WebAclRule("common", group=COMMON)), groups=[pinned])) == []


def test_the_managed_groups_of_a_web_acl_are_told_with_whether_they_count() -> None:
    own = RuleGroupReference("own", arn="arn:own")
    rules = (
        WebAclRule("a", group=ALL_COUNTED),
        WebAclRule("b", group=COMMON, counting=True),
        WebAclRule("c", group=own),
        BLOCK,
    )
    assert acl(*rules).managed_groups == ((ALL_COUNTED, False), (COMMON, True))


# CloudFront in front


@pytest.mark.parametrize(
    "distribution",
    [before(HOST), before(HOST, "/prod"), before(HOST, "/prod/v1"), before(HOST.upper())],
)
def test_a_distribution_before_the_api_may_carry_the_web_acl(distribution: Distribution) -> None:
    edge = acl(BLOCK, arn=EDGE)
    assert keys(judged(edge, stages=[BARE], distributions=[distribution])) == []


@pytest.mark.parametrize(
    "distribution",
    [
        before("r2.execute-api.us-east-1.amazonaws.com"),
        before("r1.execute-api.eu-west-1.amazonaws.com"),
        before(HOST, "/dev"),
        before(HOST, web_acl=None),
        before(HOST, serving=False),
        before("api.example.com"),
    ],
)
def test_a_distribution_that_leads_elsewhere_protects_nothing(distribution: Distribution) -> None:
    edge = acl(BLOCK, arn=EDGE)
    verdict = judged(edge, stages=[BARE], distributions=[distribution])
    assert keys(verdict) == [(STAGE_ARN, "no-web-acl")]


@pytest.mark.parametrize("host", [DOMAIN.name, str(DOMAIN.host), DOMAIN.name.upper()])
@pytest.mark.parametrize("stage", ["prod", None])
def test_a_distribution_before_the_custom_domain_may_carry_it_too(
    host: str, stage: str | None
) -> None:
    verdict = judged(
        acl(BLOCK, arn=EDGE),
        stages=[BARE],
        distributions=[before(host)],
        mappings=[ApiMapping(DOMAIN, "r1", stage)],
    )
    assert keys(verdict) == []


@pytest.mark.parametrize("mapping", [("r2", "prod"), ("r1", "dev")])
def test_a_custom_domain_of_something_else_protects_nothing(mapping: tuple[str, str]) -> None:
    verdict = judged(
        acl(BLOCK, arn=EDGE),
        stages=[BARE],
        distributions=[before(DOMAIN.name)],
        mappings=[ApiMapping(DOMAIN, *mapping)],
    )
    assert keys(verdict) == [(STAGE_ARN, "no-web-acl")]


@pytest.mark.parametrize("host", [DOMAIN.name, str(DOMAIN.host)])
@pytest.mark.parametrize(
    "route",
    [
        ApiRoute(RULED, "r1", "prod", by_rule=True),
        ApiRoute(replace(RULED, routing_mode="ROUTING_RULE_THEN_BASE_PATH_MAPPING"), "r1", "prod"),
        ApiRoute(DOMAIN, "r1", "prod"),
    ],
    ids=["a rule", "a mapping after rules", "a mapping of any depth"],
)
def test_a_routing_rule_leads_from_the_custom_domain_as_a_mapping_does(
    host: str, route: ApiRoute
) -> None:
    edge = acl(BLOCK, arn=EDGE)
    assert keys(judged(edge, stages=[BARE], distributions=[before(host)], routes=[route])) == []


@pytest.mark.parametrize(
    "leading",
    [
        {"routes": [ApiRoute(RULED, "r2", "prod", by_rule=True)]},
        {"routes": [ApiRoute(RULED, "r1", "dev", by_rule=True)]},
        {"routes": [ApiRoute(DOMAIN, "r1", "prod", by_rule=True)]},
        {"routes": [ApiRoute(RULED, "r1", "prod")]},
        {"mappings": [ApiMapping(RULED, "r1", "prod")]},
    ],
    ids=[
        "another API",
        "another stage",
        "a rule unheeded",
        "a route unheeded",
        "a mapping unheeded",
    ],
)
def test_what_the_custom_domain_does_not_heed_leads_nowhere(leading: dict[str, Any]) -> None:
    distribution = before(DOMAIN.name)
    verdict = judged(acl(BLOCK, arn=EDGE), stages=[BARE], distributions=[distribution], **leading)
    assert keys(verdict) == [(STAGE_ARN, "no-web-acl")]


def test_one_sound_web_acl_on_the_way_is_enough() -> None:
    counting, edge = acl(COUNT), acl(BLOCK, arn=EDGE)
    assert keys(judged(counting, edge, distributions=[before(HOST)])) == []


def test_what_is_wrong_with_each_web_acl_on_the_way_is_told() -> None:
    verdict = judged(acl(COUNT), acl(BLOCK, arn=EDGE), distributions=[before(HOST)], logged=[OWN])
    assert keys(verdict) == [(EDGE, "not-logged"), (OWN, "only-counts")]
    assert {offender.absent_from for offender in verdict.offenders} == {IN_FRONT}
