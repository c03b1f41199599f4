"""AWS Config: moto's recorders have no ARN, stay PENDING for ever, and deliver nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, amends, answers

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest


class Config(ServiceAnswers):
    """How recorders and deliveries fare."""

    service = "config"

    def __init__(self, moto: MotoAccount) -> None:
        """All record and deliver as they should."""
        super().__init__(moto)
        self._states: dict[tuple[str, str], Output] = {}
        self._deliveries: dict[tuple[str, str, str], Output] = {}

    def set_status(self, region: str, recorder: str, status: str, error: str = "") -> None:
        """What became of a recorder's last recording."""
        state: Output = {"lastStatus": status}
        if error:
            state |= {"lastErrorCode": error, "lastErrorMessage": error}
        self._states[region, recorder] = state

    def set_delivery(self, region: str, channel: str, what: str, error: str) -> None:
        """The last delivery of a channel's History, Snapshot or Stream failed."""
        failed = {"lastStatus": "Failure", "lastErrorCode": error, "lastErrorMessage": error}
        self._deliveries[region, channel, what] = failed

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

    @answers("DescribeDeliveryChannelStatus")
    def describe_delivery(self, request: AwsRequest) -> Output:
        """Each channel's last deliveries; without a topic there is no stream to deliver."""
        described = self.moto.call("config", "DescribeDeliveryChannels", request.region, {})
        asked = request.get("DeliveryChannelNames")
        return {
            "DeliveryChannelsStatus": [
                {
                    "name": channel["name"],
                    **{
                        f"config{what}DeliveryInfo": self._deliveries.get(
                            (request.region, channel["name"], what), {"lastStatus": status}
                        )
                        for what, status in (
                            ("Snapshot", "Not_Applicable"),
                            ("History", "Success"),
                            ("Stream", "Success" if "snsTopicARN" in channel else "Not_Applicable"),
                        )
                    },
                }
                for channel in described["DeliveryChannels"]
                if not asked or channel["name"] in asked
            ]
        }
