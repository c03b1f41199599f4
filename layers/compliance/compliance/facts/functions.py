"""AWS Lambda."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Function:
    """A function. `log_group` is where it logs: its own choice, else `/aws/lambda/NAME`.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
    """

    arn: str
    name: str
    log_group: str
