"""Amazon Bedrock: the one model that the workload invokes."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.bedrock_models import model_id_of
from compliance.collectors.reader import Reader
from compliance.facts.models import FoundationModel, ModelAvailability
from compliance.registry import Read, collector

# A model past its end of life is not found, or its id is no longer a valid one.
_GONE = frozenset({"ResourceNotFoundException", "ValidationException"})

GET_AVAILABILITY = Read("bedrock", "GetFoundationModelAvailability", absent=_GONE)
GET_MODEL = Read("bedrock", "GetFoundationModel", absent=_GONE)


@collector(GET_AVAILABILITY, model="bedrock.model")
def model_availability(reader: Reader, *, model: str) -> Iterator[ModelAvailability]:
    """Of the workload's model; nothing where Bedrock knows no such model."""
    model_id = model_id_of(model)
    answer = reader.call(GET_AVAILABILITY, modelId=model_id)
    if answer is not None:
        yield ModelAvailability(
            model_id,
            agreement=answer["agreementAvailability"]["status"],
            authorized=answer["authorizationStatus"] == "AUTHORIZED",
            entitled=answer["entitlementAvailability"] == "AVAILABLE",
            in_region=answer["regionAvailability"] == "AVAILABLE",
            agreement_error=answer["agreementAvailability"].get("errorMessage"),
        )


@collector(GET_MODEL, model="bedrock.model")
def foundation_models(reader: Reader, *, model: str) -> Iterator[FoundationModel]:
    """The workload's model; nothing where Bedrock knows no such model."""
    model_id = model_id_of(model)
    answer = reader.call(GET_MODEL, modelIdentifier=model_id)
    if answer is not None:
        lifecycle = answer["modelDetails"]["modelLifecycle"]
        yield FoundationModel(
            model_id,
            lifecycle["status"],
            legacy_at=lifecycle.get("legacyTime"),
            extended_access_at=lifecycle.get("publicExtendedAccessTime"),
            ends_at=lifecycle.get("endOfLifeTime"),
        )
