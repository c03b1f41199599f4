"""AWS Lambda.

Its control plane answers some 15 requests a second for all its APIs together, so that what has to
be read function by function is read only of the functions that the baseline names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.functions import (
    LATEST,
    Function,
    FunctionEnvironment,
    FunctionState,
    ProvisionedConcurrency,
    ReservedConcurrency,
    Variable,
)
from compliance.model import Gap
from compliance.plain_secrets import is_placeholder, secret_in
from compliance.registry import Read, collector

_GONE = frozenset({"ResourceNotFoundException"})

LIST_FUNCTIONS = Read("lambda", "ListFunctions")
GET_CONFIGURATION = Read("lambda", "GetFunctionConfiguration", absent=_GONE)
GET_CONCURRENCY = Read("lambda", "GetFunctionConcurrency", absent=_GONE)
LIST_PROVISIONED = Read("lambda", "ListProvisionedConcurrencyConfigs", absent=_GONE)

_SAYS_WHERE = frozenset({"AWS_ACCOUNT_ID", "ENVIRONMENT", "STACK_NAME"})
_LOOKS_LIKE_A_NAME = re.compile(r"[\w.-]{0,64}")


@collector(LIST_FUNCTIONS)
def functions(reader: Reader) -> Iterator[Function]:
    """Every function in the region with its unpublished configuration, 50 a page.

    What its variables hold stays here, but for the few that say where it believes to be.
    """
    for page in reader.pages(LIST_FUNCTIONS, MaxItems=50):
        for function in page["Functions"]:
            yield _function(function)


def _function(function: Mapping[str, Any]) -> Function:
    name = function["FunctionName"]
    modified, vpc = function.get("LastModified"), function.get("VpcConfig") or {}
    environment = function.get("Environment") or {}
    error = environment.get("Error")
    return Function(
        arn=function["FunctionArn"],
        name=name,
        log_group=function.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{name}",
        modified_at=datetime.fromisoformat(modified) if modified else None,
        memory_mb=function["MemorySize"],
        timeout_seconds=function["Timeout"],
        runtime=function.get("Runtime"),
        package_type=function.get("PackageType", "Zip"),
        version=function.get("Version", LATEST),
        code_sha256=function.get("CodeSha256"),
        role_arn=function.get("Role"),
        key_arn=function.get("KMSKeyArn"),
        layer_arns=tuple(layer["Arn"] for layer in function.get("Layers", ())),
        tracing=function.get("TracingConfig", {}).get("Mode", "PassThrough"),
        vpc_id=vpc.get("VpcId") or None,
        subnet_ids=tuple(vpc.get("SubnetIds", ())),
        security_group_ids=tuple(vpc.get("SecurityGroupIds", ())),
        dead_letter_arn=(function.get("DeadLetterConfig") or {}).get("TargetArn") or None,
        variables=tuple(
            _variable(name, value)
            for name, value in sorted(environment.get("Variables", {}).items())
        ),
        environment_error=(error.get("ErrorCode", "Error"), error.get("Message", ""))
        if error
        else None,
        master_arn=function.get("MasterArn"),
    )


def _variable(name: str, value: str) -> Variable:
    secret = secret_in(name, value)
    kept = name in _SAYS_WHERE and not secret and _LOOKS_LIKE_A_NAME.fullmatch(value)
    return Variable(name, is_placeholder(value), secret, value if kept else None)


@collector(LIST_FUNCTIONS)
def function_environments(
    reader: Reader, functions: Sequence[Function]
) -> Iterator[FunctionEnvironment]:
    """Each function's variables; one whose environment AWS could not decrypt leaves a gap.

    They come with the listing of all functions, which is not asked for again. An edge replica has
    none.
    """
    for function in functions:
        if function.environment_error:
            code, message = function.environment_error
            reader.doubt(Gap("kms:Decrypt", code, message, function.arn))
        elif not function.replicated:
            variables = {variable.name: variable for variable in function.variables}
            yield FunctionEnvironment(function.arn, function.name, variables)


@collector(GET_CONFIGURATION, in_vpc="lambda.in_vpc", triggers="cognito.triggers")
def function_states(
    reader: Reader,
    functions: Sequence[Function],
    *,
    in_vpc: Collection[str],
    triggers: Mapping[str, str],
) -> Iterator[FunctionState]:
    """The state of each function that is to be in a VPC or answers a user pool.

    The listing of all does not show it.
    """
    names = {*in_vpc, *triggers.values()}
    named = (function for function in functions if function.name in names)
    yield from reader.each(named, partial(_state, reader), arn=lambda function: function.arn)


def _state(reader: Reader, function: Function) -> FunctionState | None:
    answer = reader.call(GET_CONFIGURATION, FunctionName=function.name)
    if answer is None:
        return None
    return FunctionState(function.arn, answer.get("State", "Active"), answer.get("StateReason"))


@collector(GET_CONCURRENCY, named="lambda.named")
def reserved_concurrencies(
    reader: Reader, functions: Sequence[Function], *, named: Sequence[Mapping[str, Any]]
) -> Iterator[ReservedConcurrency]:
    """What is reserved for each function of which the baseline expects a number."""
    names = {each["function"] for each in named if each["reserved_concurrency"] is not None}
    asked = (function for function in functions if function.name in names)
    yield from reader.each(asked, partial(_reserved, reader), arn=lambda function: function.arn)


def _reserved(reader: Reader, function: Function) -> ReservedConcurrency | None:
    answer = reader.call(GET_CONCURRENCY, FunctionName=function.name)
    if answer is None:
        return None
    return ReservedConcurrency(function.arn, answer.get("ReservedConcurrentExecutions"))


@collector(LIST_PROVISIONED, provisioned="lambda.provisioned")
def provisioned_concurrencies(
    reader: Reader, functions: Sequence[Function], *, provisioned: Sequence[Mapping[str, Any]]
) -> Iterator[ProvisionedConcurrency]:
    """All provisioned concurrency of each function that the baseline names, 50 a page."""
    names = {each["function"] for each in provisioned}
    asked = (function for function in functions if function.name in names)
    for configurations in reader.each(
        asked, partial(_provisioned, reader), arn=lambda function: function.arn
    ):
        yield from configurations


def _provisioned(reader: Reader, function: Function) -> list[ProvisionedConcurrency]:
    return [
        ProvisionedConcurrency(
            function_arn=function.arn,
            function_name=function.name,
            qualifier=each["FunctionArn"].removeprefix(f"{function.arn}:"),
            requested=each["RequestedProvisionedConcurrentExecutions"],
            available=each.get("AvailableProvisionedConcurrentExecutions", 0),
            status=each["Status"],
            reason=each.get("StatusReason"),
        )
        for page in reader.pages(LIST_PROVISIONED, FunctionName=function.name, MaxItems=50)
        for each in page["ProvisionedConcurrencyConfigs"]
    ]
