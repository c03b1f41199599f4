"""AWS Step Functions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StateMachine:
    """A state machine, and whether its executions are traced.

    Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html
    """

    arn: str
    name: str
    traced: bool
