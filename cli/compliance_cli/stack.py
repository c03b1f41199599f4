"""The monitor's stack, whose outputs name its tables and queues."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from compliance.printable import shortened
from compliance_cli.failures import CouldNotRun

__all__ = ["DEFAULT_STACK", "asking_aws", "outputs_of", "stack_option"]

DEFAULT_STACK = "omnitrack-compliance"

_LONGEST = 400

stack_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--stack",
    default=DEFAULT_STACK,
    show_default=True,
    envvar="COMPLIANCE_STACK",
    show_envvar=True,
    metavar="NAME",
    help="The monitor's stack, whose outputs name its tables and queues.",
)


def outputs_of(cloudformation: Any, stack: str) -> Mapping[str, str]:  # noqa: ANN401 -- a client
    """The outputs of a stack by key; raises ClientError where there is no such stack.

    Raises ResponseParserError for an answer that names none: AWS's own would be an error.
    """
    from botocore.parsers import ResponseParserError  # noqa: PLC0415 -- as boto3 in run

    found = cloudformation.describe_stacks(StackName=stack).get("Stacks")
    if not found:
        message = "the answer to cloudformation:DescribeStacks names no stack"
        raise ResponseParserError(message)
    return {each["OutputKey"]: each["OutputValue"] for each in found[0].get("Outputs", ())}


@contextmanager
def asking_aws() -> Iterator[None]:
    """Tell what AWS answered, or a proxy in its stead, in one sentence instead of a traceback."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 -- as boto3 in run
    from botocore.parsers import ResponseParserError  # noqa: PLC0415 -- as boto3 in run

    try:
        yield
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        message = shortened(" ".join(str(error).split()), _LONGEST)
        raise CouldNotRun(message) from error
