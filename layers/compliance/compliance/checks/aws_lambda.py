"""Lambda functions: their size, their concurrency, their network and what they are told."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from compliance.facts.functions import (
    Function,
    FunctionEnvironment,
    FunctionState,
    ProvisionedConcurrency,
    ReservedConcurrency,
    Variable,
)
from compliance.facts.network import Subnet
from compliance.model import Offender, Verdict
from compliance.registry import check

__all__ = ["missing", "own", "untraced"]

NO_FUNCTIONS = "no functions in the region"


def own(functions: Iterable[Function]) -> list[Function]:
    """The functions that are set up here: all but the replicas of Lambda@Edge."""
    return [function for function in functions if not function.replicated]


def missing(functions: Iterable[Function], names: Iterable[str]) -> list[Offender]:
    """The functions that the baseline names and that are not there."""
    there = {function.name for function in functions}
    return [
        Offender(
            f"function:{name}",
            "missing",
            "no function of this name in the region",
            "the function that the baseline names",
            absent_from=("functions",),
        )
        for name in dict.fromkeys(names)
        if name not in there
    ]


@check
def functions_have_the_agreed_memory(
    functions: Sequence[Function], *, named: Sequence[Mapping[str, Any]], others: Mapping[str, int]
) -> Verdict:
    """Each function has the memory that the baseline gives it, or else what it gives all others.

    A function that the baseline names must exist. Edge replicas are set up in another region.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    """
    limits = {each["function"]: each["memory_mb"] for each in named}
    return _within(
        functions, limits, others, lambda function: function.memory_mb, "MB", "--memory-size"
    )


@check
def functions_have_the_agreed_timeout(
    functions: Sequence[Function], *, named: Sequence[Mapping[str, Any]], others: Mapping[str, int]
) -> Verdict:
    """Each function gives up after what the baseline gives it, or else what it gives all others.

    A function that the baseline names must exist. Edge replicas are set up in another region.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
    """
    limits = {each["function"]: each["timeout_seconds"] for each in named}
    return _within(
        functions, limits, others, lambda function: function.timeout_seconds, "s", "--timeout"
    )


def _within(
    functions: Sequence[Function],
    limits: Mapping[str, Mapping[str, int]],
    others: Mapping[str, int],
    value_of: Callable[[Function], int],
    unit: str,
    option: str,
) -> Verdict:
    judged, absent = own(functions), missing(functions, limits)
    if not judged and not absent:
        return Verdict.not_applicable(NO_FUNCTIONS)
    offenders = list(absent)
    for function in judged:
        allowed, value = limits.get(function.name, others), value_of(function)
        low, high = allowed["minimum"], allowed["maximum"]
        if not low <= value <= high:
            fault = "too-little" if value < low else "too-much"
            expected = f"{low} {unit}" if low == high else f"{low} to {high} {unit}"
            nearest = f"{option} {low if value < low else high}"
            fix = _command("update-function-configuration", function.arn, nearest)
            offenders.append(Offender(function.arn, fault, f"{value} {unit}", expected, fix=fix))
    return Verdict.of(
        "function",
        (*(function.arn for function in judged), *(each.resource for each in absent)),
        offenders,
        holds="all have what the baseline gives them",
    )


def _command(operation: str, arn: str, options: str) -> str:
    region = arn.split(":")[3]
    return f"aws lambda {operation} --function-name {shlex.quote(arn)} {options} --region {region}"


@check(alone=True)
def concurrency_is_reserved(
    functions: Sequence[Function],
    reserved_concurrencies: Sequence[ReservedConcurrency],
    *,
    named: Sequence[Mapping[str, Any]],
) -> Verdict:
    """Each function of which the baseline expects a number has exactly that reserved.

    More is taken from all other functions of the account. Of other functions nothing is expected,
    and nothing is asked: AWS tells a reservation for one function at a time only.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
    """
    demanded = {
        each["function"]: each["reserved_concurrency"]
        for each in named
        if each["reserved_concurrency"] is not None
    }
    if not demanded:
        return Verdict.not_applicable(
            "the baseline names no function with a reservation", settled=True
        )
    names = {function.arn: function.name for function in functions}
    absent = missing(functions, demanded)
    read = [each for each in reserved_concurrencies if names.get(each.function_arn) in demanded]
    return Verdict.of(
        "function",
        (*(each.function_arn for each in read), *(each.resource for each in absent)),
        (
            *absent,
            *(o for each in read for o in _reserved(each, demanded[names[each.function_arn]])),
        ),
        holds="all have reserved what the baseline gives them",
        seen=names,
    )


def _reserved(reserved: ReservedConcurrency, demanded: int) -> Iterator[Offender]:
    executions, arn = reserved.executions, reserved.function_arn
    expected = f"{demanded} reserved"
    options = f"--reserved-concurrent-executions {demanded}"
    fix = _command("put-function-concurrency", arn, options)
    if executions is None:
        yield Offender(arn, "not-reserved", "nothing is reserved", expected, fix=fix)
    elif executions != demanded:
        fault = "too-little" if executions < demanded else "too-much"
        yield Offender(arn, fault, f"{executions} reserved", expected, fix=fix)


@check
def warm_instances_are_ready(
    functions: Sequence[Function],
    provisioned_concurrencies: Sequence[ProvisionedConcurrency],
    *,
    provisioned: Sequence[Mapping[str, Any]],
) -> Verdict:
    """Each version or alias that the baseline names has its minimum of warm instances, READY.

    Instances for another alias of the same version do not serve calls to this one.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
    """
    if not provisioned:
        return Verdict.not_applicable(
            "the baseline names no function with warm instances", settled=True
        )
    there = {(each.function_name, each.qualifier): each for each in provisioned_concurrencies}
    absent = missing(functions, (each["function"] for each in provisioned))
    gone = {each.resource for each in absent}
    offenders = list(absent)
    for each in provisioned:
        if f"function:{each['function']}" not in gone:
            found = there.get((each["function"], each["qualifier"]))
            offenders += _cold(_warm_name(each), found, each["minimum"])
    return Verdict.of(
        "qualifier",
        (
            *(
                _warm_name(each)
                for each in provisioned
                if f"function:{each['function']}" not in gone
            ),
            *sorted(gone),
        ),
        offenders,
        holds="all have their warm instances ready",
    )


def _warm_name(demand: Mapping[str, Any]) -> str:
    return f"provisioned-concurrency:{demand['function']}:{demand['qualifier']}"


def _cold(name: str, found: ProvisionedConcurrency | None, minimum: int) -> Iterator[Offender]:
    expected = f"{minimum} warm instances or more, READY"
    if found is None:
        sources = ("provisioned_concurrencies",)
        yield Offender(name, "none", "none are kept warm", expected, absent_from=sources)
    elif found.status != "READY":
        why = f": {found.reason}" if found.reason else ""
        observed = f"{found.status}, {found.available} of {found.requested} ready{why}"
        yield Offender(name, "not-ready", observed, expected)
    elif found.available < minimum:
        yield Offender(name, "too-few", f"{found.available} are kept warm", expected)


@check(alone=True)
def variables_are_set_and_hold_no_secret(
    function_environments: Sequence[FunctionEnvironment],
    *,
    required: Sequence[str],
    exempt: Sequence[str],
) -> Verdict:
    """Each function has the `required` variables filled in, and no variable looks like a secret.

    `exempt` are patterns of functions that need not have the required ones; for secrets they are
    judged like all others. A secret is known by its shape, or by a name that announces one and a
    random value; a secret's ARN, name or address is none. The value is never shown.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    if not function_environments:
        return Verdict.not_applicable(NO_FUNCTIONS)
    offenders: list[Offender] = []
    for each in function_environments:
        arn = each.function_arn
        if not any(fnmatchcase(each.function_name, pattern) for pattern in exempt):
            offenders += _unset(arn, each.variables, required)
        offenders += (
            Offender(
                arn,
                f"secret:{variable.name}",
                f"{variable.name} looks like {variable.looks_like} in plain text",
                "the name of a secret in Secrets Manager, which the function reads",
            )
            for variable in each.variables.values()
            if variable.looks_like
        )
    return Verdict.of(
        "function",
        (each.function_arn for each in function_environments),
        offenders,
        holds="all have their variables, and none looks like a secret",
    )


def _unset(
    arn: str, variables: Mapping[str, Variable], required: Sequence[str]
) -> Iterator[Offender]:
    for name in required:
        if name not in variables:
            yield Offender(arn, f"not-set:{name}", f"{name} is not set", f"{name} with a value")
        elif variables[name].placeholder:
            observed = f"{name} holds a placeholder"
            yield Offender(arn, f"placeholder:{name}", observed, f"{name} with a value")


@check(alone=True)
def functions_reach_the_vpc(
    functions: Sequence[Function],
    function_states: Sequence[FunctionState],
    subnets: Sequence[Subnet],
    *,
    names: Sequence[str],
) -> Verdict:
    """Each function that the baseline names is Active in a VPC, in two zones or more.

    Lambda takes the network interfaces of a function that nobody invokes for weeks: it is Inactive
    then, and the next invocation fails. Two subnets of one zone go down together.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    """
    if not names:
        return Verdict.not_applicable(
            "the baseline names no function that needs the VPC", settled=True
        )
    absent = missing(functions, names)
    judged = {function.arn: function for function in functions if function.name in names}
    zones = {subnet.id: subnet.zone for subnet in subnets}
    return Verdict.of(
        "function",
        (*judged, *(each.resource for each in absent)),
        (
            *absent,
            *(o for function in judged.values() for o in _placed(function, zones)),
            *(
                Offender(
                    state.function_arn,
                    "not-active",
                    f"it is {state.state}" + (f": {state.reason}" if state.reason else ""),
                    "Active",
                )
                for state in function_states
                if state.state != "Active" and state.function_arn in judged
            ),
        ),
        holds="all are Active in a VPC, in two zones or more",
    )


def _placed(function: Function, zones: Mapping[str, str]) -> Iterator[Offender]:
    expected = "a VPC, with subnets in two zones or more"
    if not function.subnet_ids:
        yield Offender(function.arn, "no-vpc", "it is in no VPC", expected)
        return
    found = sorted({zones[subnet] for subnet in function.subnet_ids if subnet in zones})
    if len(found) < 2:  # noqa: PLR2004 -- the number that the docstring gives
        observed = f"it is in {found[0]} alone" if found else "none of its subnets exists"
        yield Offender(function.arn, "one-zone", observed, expected, absent_from=("subnets",))


def untraced(function: Function) -> Iterator[Offender]:
    """A function that only follows the traces of whoever calls it, or none at all."""
    if function.tracing != "Active":
        observed = f"tracing is {function.tracing}"
        yield Offender(function.arn, "not-traced", observed, "Active tracing")


@check
def functions_are_traced(functions: Sequence[Function]) -> Verdict:
    """Each function traces actively.

    PassThrough, the default, records nothing unless a caller decided to: most events are lost.
    Edge replicas cannot trace.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
    """
    judged = own(functions)
    if not judged:
        return Verdict.not_applicable(NO_FUNCTIONS)
    return Verdict.of(
        "function",
        (function.arn for function in judged),
        (offender for function in judged for offender in untraced(function)),
        holds="all trace actively",
    )
