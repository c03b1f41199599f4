"""Sampling is chosen, and the service map shows the workload."""

from __future__ import annotations

import pytest

from compliance.checks.xray import sampling_is_chosen, the_service_map_shows_the_workload
from compliance.facts.traces import SamplingRule, TracedService
from compliance.model import Verdict

DEFAULT = SamplingRule("arn:rule/Default", "Default", 0.05, 1)
STAGE, FUNCTION = "shop/prod", "orders"


def rule(rate: float, reservoir: int) -> SamplingRule:
    return SamplingRule("arn:rule/own", "own", rate, reservoir)


def seen(*services: TracedService, wanted: tuple[str, ...] = (STAGE, FUNCTION)) -> Verdict:
    return the_service_map_shows_the_workload(services, services=wanted, hours=6)


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


@pytest.mark.parametrize(("rate", "reservoir"), [(0.1, 0), (0.0, 1), (1.0, 5)])
def test_a_rule_of_ones_own_that_samples_holds(rate: float, reservoir: int) -> None:
    assert keys(sampling_is_chosen([DEFAULT, rule(rate, reservoir)])) == []


@pytest.mark.parametrize("rules", [[], [DEFAULT]])
def test_only_the_default_rule_fails(rules: list[SamplingRule]) -> None:
    [offender] = sampling_is_chosen(rules).offenders
    assert offender.key == ("sampling-rule:workload", "missing")
    assert offender.observed == "there is no rule but the default one"
    assert offender.absent_from == ("sampling_rules",)


def test_rules_that_sample_nothing_are_no_choice() -> None:
    [offender] = sampling_is_chosen([DEFAULT, rule(0.0, 0)]).offenders
    assert offender.observed == "none of 1 rule besides the default one samples anything"


def test_one_rule_that_samples_is_enough() -> None:
    assert keys(sampling_is_chosen([rule(0.0, 0), rule(0.5, 0), DEFAULT])) == []


def test_a_map_that_shows_every_service_holds() -> None:
    verdict = seen(
        TracedService(STAGE, "AWS::ApiGateway::Stage"),
        TracedService(FUNCTION, "AWS::Lambda::Function"),
    )
    assert (verdict.evaluated, verdict.offenders) == (
        ("service:shop/prod", "service:orders"),
        (),
    )


def test_a_service_that_no_trace_shows_fails() -> None:
    [offender] = seen(TracedService(STAGE, "AWS::ApiGateway::Stage")).offenders
    assert offender.key == ("service:orders", "not-seen")
    assert offender.absent_from == ("service_graph",)
    assert offender.expected == "on the service map within 6 hours"


def test_a_service_that_only_its_callers_tell_of_is_not_instrumented() -> None:
    verdict = seen(TracedService(FUNCTION, "remote"), wanted=(FUNCTION,))
    assert keys(verdict) == [("service:orders", "not-instrumented")]


def test_a_node_of_clients_is_no_service() -> None:
    assert keys(seen(TracedService(FUNCTION, "client"), wanted=(FUNCTION,))) == [
        ("service:orders", "not-seen")
    ]


def test_a_service_is_seen_whatever_else_bears_its_name() -> None:
    nodes = [TracedService(FUNCTION, kind) for kind in ("client", "AWS::Lambda", "remote")]
    assert keys(seen(*nodes, wanted=(FUNCTION,))) == []


def test_a_baseline_that_names_no_service_has_nothing_judged() -> None:
    assert seen(wanted=()).inapplicable == "the baseline names no service"
