"""Amazon Bedrock: models, and whether the account may call them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ModelAvailability:
    """What stands between the account and a model.

    `agreement` is AVAILABLE, PENDING, NOT_AVAILABLE or ERROR.
    Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetFoundationModelAvailability.html
    """

    model_id: str
    agreement: str
    authorized: bool
    entitled: bool
    in_region: bool
    agreement_error: str | None = None


@dataclass(frozen=True, slots=True)
class FoundationModel:
    """A model and where it is in its life: ACTIVE or LEGACY, and then until when.

    From `extended_access_at` until its end a legacy model may cost more.
    Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html
    """

    model_id: str
    lifecycle: str
    legacy_at: datetime | None = None
    extended_access_at: datetime | None = None
    ends_at: datetime | None = None
