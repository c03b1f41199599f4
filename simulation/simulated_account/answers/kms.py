"""KMS: moto gives AWS's keys to the customer, and forgets how often a key rotates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, amends, notes

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest

_DEFAULT_PERIOD_DAYS = 365
_OF_AWS = "alias/aws/"


class Kms(ServiceAnswers):
    """Rotation periods, whose a key is, and keys of known ids."""

    service = "kms"

    def __init__(self, moto: MotoAccount) -> None:
        """Every period is the default."""
        super().__init__(moto)
        self._period_days: dict[str, int] = {}

    def give_id(self, region: str, key_id: str, new_id: str) -> str:
        """A key under an id of choice, before it is used anywhere; returns its new ARN."""
        held = self.moto.backend("kms", region).keys
        key = held.pop(key_id)
        key.id, key.arn = new_id, key.arn.replace(key_id, new_id)
        held[new_id] = key
        return str(key.arn)

    def set_state(self, region: str, key_id: str, state: str) -> None:
        """What nobody can ask for: Unavailable, Updating, PendingImport and so on."""
        self.moto.backend("kms", region).keys[key_id].key_state = state

    @amends("DescribeKey")
    def describe_key(self, request: AwsRequest, output: Output) -> Output:
        """A key behind an alias of AWS is managed by AWS."""
        metadata = output["KeyMetadata"]
        key = self.moto.backend("kms", request.region).keys[metadata["KeyId"]]
        if any(alias.startswith(_OF_AWS) for alias in key.aliases):
            metadata["KeyManager"] = "AWS"
        return output

    @amends("ListAliases")
    def list_aliases(self, request: AwsRequest, output: Output) -> Output:
        """What AWS reserves for services without a key has no target."""
        held = self.moto.backend("kms", request.region).keys
        for alias in output["Aliases"]:
            if alias.get("TargetKeyId") not in held:
                alias.pop("TargetKeyId", None)
        return output

    @notes("EnableKeyRotation")
    def enable_rotation(self, request: AwsRequest) -> None:
        """The period stays as it was where none is given."""
        if period := request.get("RotationPeriodInDays"):
            self._period_days[_id(request["KeyId"])] = period

    @amends("GetKeyRotationStatus")
    def rotation_status(self, request: AwsRequest, output: Output) -> Output:
        """The period, while the key rotates."""
        key_id = _id(request["KeyId"])
        output["KeyId"] = key_id
        if output["KeyRotationEnabled"]:
            period = self._period_days.get(key_id, _DEFAULT_PERIOD_DAYS)
            output["RotationPeriodInDays"] = period
        return output


def _id(key: str) -> str:
    return key.rpartition("/")[2]
