"""S3 Control: moto does not take its requests for what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, ServiceError, answers

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest

_SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


class S3Control(ServiceAnswers):
    """The account's own public access block."""

    service = "s3control"

    def __init__(self, moto: MotoAccount) -> None:
        """Never set."""
        super().__init__(moto)
        self._block: Output | None = None

    def set_block(self, *on: str) -> None:
        """Switches on these settings, and the others of the four off."""
        self._block = {name: name in on for name in _SETTINGS}

    @answers("GetPublicAccessBlock")
    def get_public_access_block(self, _: AwsRequest) -> Output:
        """An account that never set it has none."""
        if self._block is None:
            message = "The public access block configuration was not found"
            code = "NoSuchPublicAccessBlockConfiguration"
            raise ServiceError(message, code=code, status=404)
        return {"PublicAccessBlockConfiguration": self._block}
