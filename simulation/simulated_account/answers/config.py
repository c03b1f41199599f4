"""AWS Config: moto's recorders have no ARN, and stay PENDING for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, amends

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest


class Config(ServiceAnswers):
    """How recorders fare."""

    service = "config"

    def __init__(self, moto: MotoAccount) -> None:
        """All record as they should."""
        super().__init__(moto)
        self._states: dict[tuple[str, str], Output] = {}

    def set_status(self, region: str, recorder: str, status: str, error: str = "") -> None:
        """What became of a recorder's last recording."""
        state: Output = {"lastStatus": status}
        if error:
            state |= {"lastErrorCode": error, "lastErrorMessage": error}
        self._states[region, recorder] = state

    def arn(self, region: str, recorder: str) -> str:
        """A recorder's ARN, which ends with an id of AWS's own."""
        return f"arn:aws:config:{region}:{self.moto.account_id}:config-recorder/{recorder}/r3c0rd3r"

    @amends("DescribeConfigurationRecorders")
    def describe(self, request: AwsRequest, output: Output) -> Output:
        """With their ARNs."""
        for recorder in output["ConfigurationRecorders"]:
            recorder["arn"] = self.arn(request.region, recorder["name"])
        return output

    @amends("DescribeConfigurationRecorderStatus")
    def describe_status(self, request: AwsRequest, output: Output) -> Output:
        """One that records has recorded, unless it was said otherwise."""
        for state in output["ConfigurationRecordersStatus"]:
            state["arn"] = self.arn(request.region, state["name"])
            if state.get("recording"):
                state["lastStatus"] = "SUCCESS"
            state.update(self._states.get((request.region, state["name"]), {}))
        return output
