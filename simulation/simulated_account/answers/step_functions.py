"""Step Functions: moto lists state machines without their type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, amends

if TYPE_CHECKING:
    from simulated_account.requests import AwsRequest


class StepFunctions(ServiceAnswers):
    """Listed state machines."""

    service = "stepfunctions"

    @amends("ListStateMachines")
    def list_state_machines(self, request: AwsRequest, output: Output) -> Output:
        """The type is the one that each was made with, STANDARD where nobody chose."""
        made = self.moto.backend("stepfunctions", request.region).state_machines
        kinds = {machine.arn: getattr(machine, "type", None) for machine in made}
        for machine in output["stateMachines"]:
            machine.setdefault("type", kinds.get(machine["stateMachineArn"]) or "STANDARD")
        return output
