"""AWS Step Functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.state_machines import StateMachine
from compliance.registry import Read, collector

LIST_STATE_MACHINES = Read("stepfunctions", "ListStateMachines", ("states:ListStateMachines",))
DESCRIBE_STATE_MACHINE = Read(
    "stepfunctions",
    "DescribeStateMachine",
    ("states:DescribeStateMachine",),
    absent=frozenset({"StateMachineDoesNotExist"}),
)


@collector(LIST_STATE_MACHINES, DESCRIBE_STATE_MACHINE)
def state_machines(reader: Reader) -> Iterator[StateMachine]:
    """Every state machine in the region, 1,000 a page, each described without its definition.

    Only the definition is encrypted with the state machine's own key, so that no key is needed.
    """
    listed = [
        machine
        for page in reader.pages(LIST_STATE_MACHINES, maxResults=1000)
        for machine in page["stateMachines"]
    ]
    yield from reader.each(
        listed, partial(_described, reader), arn=lambda machine: str(machine["stateMachineArn"])
    )


def _described(reader: Reader, machine: Mapping[str, Any]) -> StateMachine | None:
    arn = machine["stateMachineArn"]
    answer = reader.call(DESCRIBE_STATE_MACHINE, stateMachineArn=arn, includedData="METADATA_ONLY")
    if answer is None or answer.get("status") == "DELETING":
        return None
    traced = answer.get("tracingConfiguration", {}).get("enabled", False)
    return StateMachine(arn, machine["name"], traced)
