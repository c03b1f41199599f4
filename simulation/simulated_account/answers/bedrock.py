"""Bedrock: moto knows no foundation model."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from simulated_account.answers.service import Output, ServiceAnswers, ServiceError, answers

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest


class Bedrock(ServiceAnswers):
    """The models that a region offers."""

    service = "bedrock"

    def __init__(self, moto: MotoAccount) -> None:
        """No model."""
        super().__init__(moto)
        self._models: dict[str, dict[str, tuple[Output, Output]]] = defaultdict(dict)

    def add_model(
        self, region: str, model_id: str, *, lifecycle: Output | None = None, **availability: Any
    ) -> None:
        """An active model that may be called, unless told otherwise."""
        available = {
            "modelId": model_id,
            "agreementAvailability": {"status": "AVAILABLE"},
            "authorizationStatus": "AUTHORIZED",
            "entitlementAvailability": "AVAILABLE",
            "regionAvailability": "AVAILABLE",
            **availability,
        }
        details = {
            "modelArn": f"arn:aws:bedrock:{region}::foundation-model/{model_id}",
            "modelId": model_id,
            "modelLifecycle": lifecycle or {"status": "ACTIVE"},
        }
        self._models[region][model_id] = (available, details)

    @answers("GetFoundationModelAvailability")
    def availability(self, request: AwsRequest) -> Output:
        """What stands between the account and a model."""
        return self._model(request, request["modelId"])[0]

    @answers("GetFoundationModel")
    def get_model(self, request: AwsRequest) -> Output:
        """A model and its place in life."""
        return {"modelDetails": self._model(request, request["modelIdentifier"])[1]}

    def _model(self, request: AwsRequest, model_id: str) -> tuple[Output, Output]:
        model = self._models[request.region].get(model_id)
        if model is None:
            message = "Could not resolve the foundation model from the provided model identifier."
            raise ServiceError(message, code="ResourceNotFoundException", status=404)
        return model
