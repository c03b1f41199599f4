"""Functions: their size, their concurrency, their network, their traces and their logs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from example_alarms import ACCOUNT, FUNCTION, IDENTITY

from compliance.baseline import load_baseline
from compliance.checks.aws_lambda import (
    concurrency_is_reserved,
    functions_are_traced,
    functions_have_the_agreed_memory,
    functions_have_the_agreed_timeout,
    functions_reach_the_vpc,
    variables_are_set_and_hold_no_secret,
    warm_instances_are_ready,
)
from compliance.checks.cloudwatch import log_groups_are_there
from compliance.checks.tracing import requests_are_traced_all_the_way
from compliance.facts.apis import RestStage
from compliance.facts.functions import (
    Function,
    FunctionEnvironment,
    FunctionState,
    ProvisionedConcurrency,
    ReservedConcurrency,
    Variable,
)
from compliance.facts.logs import LogGroup
from compliance.facts.network import Subnet
from compliance.facts.state_machines import StateMachine
from compliance.model import Verdict

SOUND = replace(FUNCTION, memory_mb=256, timeout_seconds=30, tracing="Active")
EDGE = replace(
    FUNCTION, arn=f"{FUNCTION.arn}-edge", name="us-east-1.headers", master_arn="arn:master"
)
NAMED = {
    "function": "orders",
    "memory_mb": {"minimum": 1024, "maximum": 1024},
    "timeout_seconds": {"minimum": 60, "maximum": 60},
    "reserved_concurrency": 100,
}
ARN = FUNCTION.arn


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


def memory(*functions: Function, named: Sequence[Any] = ()) -> Verdict:
    others = {"minimum": 256, "maximum": 512}
    return functions_have_the_agreed_memory(functions, named=named, others=others)


def timeout(*functions: Function, named: Sequence[Any] = ()) -> Verdict:
    others = {"minimum": 30, "maximum": 30}
    return functions_have_the_agreed_timeout(functions, named=named, others=others)


def test_numbers_within_the_range_of_all_others_hold() -> None:
    for mb in (256, 512):
        assert memory(replace(SOUND, memory_mb=mb)).offenders == ()
    assert timeout(SOUND).offenders == ()


def test_numbers_outside_of_it_fail() -> None:
    assert keys(memory(replace(SOUND, memory_mb=255))) == [(ARN, "too-little")]
    [offender] = memory(replace(SOUND, memory_mb=513)).offenders
    assert (offender.fault, offender.observed) == ("too-much", "513 MB")
    assert offender.expected == "256 to 512 MB"
    assert keys(timeout(replace(SOUND, timeout_seconds=29))) == [(ARN, "too-little")]
    assert keys(timeout(replace(SOUND, timeout_seconds=31))) == [(ARN, "too-much")]


def test_a_named_function_has_numbers_of_its_own() -> None:
    big = replace(SOUND, memory_mb=1024, timeout_seconds=60)
    assert memory(big, named=[NAMED]).offenders == ()
    assert timeout(big, named=[NAMED]).offenders == ()
    assert keys(memory(SOUND, named=[NAMED])) == [(ARN, "too-little")]
    assert keys(timeout(SOUND, named=[NAMED])) == [(ARN, "too-little")]


def test_a_named_function_that_is_not_there_fails_by_absence() -> None:
    [offender] = memory(named=[NAMED]).offenders
    assert offender.key == ("function:orders", "missing")
    assert offender.absent_from == ("functions",)


def test_edge_replicas_are_set_up_elsewhere() -> None:
    assert memory(EDGE).inapplicable
    assert functions_are_traced([EDGE]).inapplicable
    assert replace(EDGE, master_arn=None).replicated


def test_container_images_are_judged_as_all_others() -> None:
    image = replace(SOUND, package_type="Image", runtime=None, memory_mb=64)
    assert keys(memory(image)) == [(ARN, "too-little")]


def test_the_monitors_own_functions_are_not_judged_by_the_workloads_numbers() -> None:
    baseline = load_baseline()
    own = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:omnitrack-compliance-evaluate-data"
    assert baseline.excludes("lambda.memory", own)
    assert baseline.excludes("lambda.timeout", own)
    assert not baseline.excludes("lambda.environment-variables", own)
    assert not baseline.excludes("lambda.memory", own.replace("compliance", "copilot"))


def reserved(executions: int | None, **named: Any) -> Verdict:
    read = [ReservedConcurrency(ARN, executions)]
    return concurrency_is_reserved([FUNCTION], read, named=[{**NAMED, **named}])


def test_exactly_the_reserved_number_holds() -> None:
    assert reserved(100).offenders == ()


@pytest.mark.parametrize(
    ("executions", "fault"),
    [(None, "not-reserved"), (0, "too-little"), (99, "too-little"), (101, "too-much")],
)
def test_any_other_number_fails(executions: int | None, fault: str) -> None:
    assert keys(reserved(executions)) == [(ARN, fault)]


def test_without_an_expected_number_nothing_is_judged() -> None:
    assert reserved(7, reserved_concurrency=None).inapplicable


def test_a_reservation_of_a_function_that_is_not_there_is_missing() -> None:
    assert keys(concurrency_is_reserved([], [], named=[NAMED])) == [("function:orders", "missing")]


WARM = ProvisionedConcurrency(ARN, "orders", "live", 5, 5, "READY")
DEMAND = {"function": "orders", "qualifier": "live", "minimum": 5}


def warm(*found: ProvisionedConcurrency, demands: Sequence[Any] = (DEMAND,)) -> Verdict:
    return warm_instances_are_ready([FUNCTION], found, provisioned=demands)


def test_ready_instances_of_the_named_alias_hold() -> None:
    assert warm(WARM).offenders == ()
    assert warm(demands=[]).inapplicable


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        ([], "none"),
        ([replace(WARM, qualifier="3")], "none"),
        ([replace(WARM, status="IN_PROGRESS")], "not-ready"),
        ([replace(WARM, status="FAILED", reason="no room")], "not-ready"),
        ([replace(WARM, available=4)], "too-few"),
    ],
)
def test_anything_less_than_warm_fails(found: list[ProvisionedConcurrency], fault: str) -> None:
    [offender] = warm(*found).offenders
    assert offender.key == ("provisioned-concurrency:orders:live", fault)
    assert offender.absent_from == (("provisioned_concurrencies",) if fault == "none" else ())


def variables(*each: Variable, name: str = "orders") -> Verdict:
    environment = FunctionEnvironment(ARN, name, {variable.name: variable for variable in each})
    return variables_are_set_and_hold_no_secret(
        [environment], required=["STAGE"], exempt=["monitor-*"]
    )


def test_required_variables_that_are_filled_in_hold() -> None:
    assert variables(Variable("STAGE"), Variable("OPTIONAL", placeholder=True)).offenders == ()


def test_a_required_variable_is_neither_missing_nor_a_placeholder() -> None:
    assert keys(variables()) == [(ARN, "not-set:STAGE")]
    assert keys(variables(Variable("STAGE", placeholder=True))) == [(ARN, "placeholder:STAGE")]


def test_an_exempt_function_needs_no_required_variable_but_may_hold_no_secret_either() -> None:
    assert variables(name="monitor-1").offenders == ()
    leak = Variable("TOKEN", looks_like="a Slack token")
    assert keys(variables(leak, name="monitor-1")) == [(ARN, "secret:TOKEN")]


def test_a_secret_is_named_by_its_variable() -> None:
    [offender] = variables(Variable("STAGE", looks_like="an AWS access key")).offenders
    assert offender.observed == "STAGE looks like an AWS access key in plain text"


SUBNETS = [Subnet("s1", "v", "a"), Subnet("s2", "v", "a"), Subnet("s3", "v", "b")]


def vpc(*subnets: str, state: str = "Active", names: Sequence[str] = ("orders",)) -> Verdict:
    function = replace(FUNCTION, subnet_ids=subnets)
    return functions_reach_the_vpc([function], [FunctionState(ARN, state)], SUBNETS, names=names)


def test_an_active_function_in_two_zones_holds() -> None:
    assert vpc("s1", "s3").offenders == ()
    assert vpc(names=[]).inapplicable


def test_a_function_without_a_vpc_in_one_zone_or_inactive_fails() -> None:
    assert keys(vpc()) == [(ARN, "no-vpc")]
    assert keys(vpc("s1", "s2")) == [(ARN, "one-zone")]
    assert keys(vpc("s1", "gone")) == [(ARN, "one-zone")]
    for state in ("Inactive", "Failed", "Pending"):
        assert keys(vpc("s1", "s3", state=state)) == [(ARN, "not-active")]
    assert keys(vpc("s1", "s3", names=["mailer"])) == [("function:mailer", "missing")]


def test_a_zone_is_missing_only_where_all_subnets_were_seen() -> None:
    [offender] = vpc("s1").offenders
    assert offender.absent_from == ("subnets",)


STAGE = RestStage("arn:stage", "r1", "shop", "prod", tracing=True, access_log_arn=None)
MACHINE = StateMachine("arn:machine", "closing", traced=True)


def traces(*functions: Function, stage: RestStage = STAGE, machine: StateMachine = MACHINE) -> Any:
    return requests_are_traced_all_the_way(
        functions, [stage], [machine], production_stages=["prod"]
    )


def test_active_tracing_everywhere_holds() -> None:
    verdict = traces(SOUND, EDGE)
    assert verdict.offenders == ()
    assert verdict.evaluated == (ARN, "arn:stage", "arn:machine")
    assert functions_are_traced([SOUND]).offenders == ()


def test_each_link_of_the_chain_that_does_not_trace_fails() -> None:
    passing = replace(SOUND, tracing="PassThrough")
    assert keys(functions_are_traced([passing])) == [(ARN, "not-traced")]
    assert keys(traces(passing)) == [(ARN, "not-traced")]
    assert keys(traces(stage=replace(STAGE, tracing=False))) == [("arn:stage", "stage-not-traced")]
    assert keys(traces(machine=replace(MACHINE, traced=False))) == [
        ("arn:machine", "state-machine-not-traced")
    ]


def test_a_stage_that_is_not_production_need_not_trace() -> None:
    assert traces(stage=replace(STAGE, name="test", tracing=False)).offenders == ()


PREFIX = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:"


def logs(*groups: str, functions: Sequence[Function] = (), stages: Sequence[RestStage] = ()) -> Any:
    found = [LogGroup(f"{PREFIX}{name}", name, 30) for name in groups]
    return log_groups_are_there(functions, stages, found, IDENTITY, production_stages=["prod"])


def test_log_groups_that_are_there_hold() -> None:
    stage = replace(STAGE, access_log_arn=f"{PREFIX}access:*")
    verdict = logs("/aws/lambda/orders", "access", functions=[FUNCTION], stages=[stage])
    assert verdict.offenders == ()
    assert verdict.evaluated == (f"{PREFIX}/aws/lambda/orders", f"{PREFIX}access")


def test_a_log_group_that_is_not_there_fails_by_absence() -> None:
    stage = replace(STAGE, access_log_arn=f"{PREFIX}access")
    for offender in logs(functions=[FUNCTION], stages=[stage]).offenders:
        assert offender.fault == "no-log-group"
        assert offender.absent_from == ("log_groups",)
    assert len(logs(functions=[FUNCTION], stages=[stage]).offenders) == 2


def test_a_stage_logs_to_a_group_or_to_a_stream() -> None:
    assert keys(logs(stages=[STAGE])) == [("arn:stage", "no-access-log")]
    stream = replace(STAGE, access_log_arn="arn:aws:firehose:us-east-1:1:deliverystream/logs")
    assert logs(stages=[stream]).offenders == ()
    assert logs(stages=[replace(STAGE, name="test")]).inapplicable


# --- commands


def test_the_command_gives_the_nearest_number_that_is_allowed() -> None:
    small, big = (replace(SOUND, memory_mb=mb) for mb in (128, 10_240))
    assert [str(o.fix).split()[5:7] for o in memory(small).offenders] == [["--memory-size", "256"]]
    assert [str(o.fix).split()[5:7] for o in memory(big).offenders] == [["--memory-size", "512"]]
    [slow] = timeout(replace(SOUND, timeout_seconds=900)).offenders
    assert slow.fix == (
        f"aws lambda update-function-configuration --function-name {FUNCTION.arn}"
        " --timeout 30 --region us-east-1"
    )


def test_the_command_reserves_what_the_baseline_gives() -> None:
    [offender] = reserved(None).offenders
    words = str(offender.fix).split()
    assert words[2] == "put-function-concurrency"
    assert words[5:7] == ["--reserved-concurrent-executions", offender.expected.split()[0]]
