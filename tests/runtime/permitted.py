"""What a function asked of AWS, as IAM would see it, against what its role may do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import workbench  # noqa: F401 -- puts the next module on the path
from deployed_template import template

from compliance import registry
from simulated_account import Call

__all__ = ["actions_of", "refused"]

_NEEDS_NO_PERMISSION = ("sts", "GetCallerIdentity")
_OF_A_TRANSACTION = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Delete": "dynamodb:DeleteItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
}


def refused(function: str, calls: Iterable[Call]) -> set[str]:
    """The actions that a function needed and that its role does not allow."""
    return actions_of(calls) - template().actions(template().role_of(function))


def actions_of(calls: Iterable[Call]) -> set[str]:
    """The IAM actions of calls."""
    return {action for call in calls for action in _actions(call)}


def _actions(call: Call) -> Iterator[str]:
    operation = (call.service, call.operation)
    if operation == ("dynamodb", "TransactWriteItems"):
        for write in call.params["TransactItems"]:
            yield from (_OF_A_TRANSACTION[kind] for kind in write)
    elif operation in _READS:
        yield from _READS[operation]
    elif operation != _NEEDS_NO_PERMISSION:
        yield f"{call.service}:{call.operation}"


_READS = {
    (read.service, read.operation): read.actions
    for collector in registry.load().collectors.values()
    for read in collector.reads
}
