"""AWS CloudFormation stacks and what they consist of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_UNDONE = ("ROLLBACK", "DELETE")


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack that exists; one that was deleted is none.

    `drift_status` is DRIFTED, IN_SYNC, UNKNOWN or NOT_CHECKED, as of its last drift detection.
    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html
    """

    arn: str
    name: str
    status: str
    drift_status: str = "NOT_CHECKED"
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def stands(self) -> bool:
        """Whether its last operation completed and was neither undone nor a deletion."""
        return self.status.endswith("_COMPLETE") and not any(
            word in self.status for word in _UNDONE
        )


@dataclass(frozen=True, slots=True)
class StackResource:
    """A resource of a stack, by the name that the template gives it."""

    logical_id: str
    type: str
