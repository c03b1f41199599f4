"""The model may be called, and goes on being there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from example_alarms import IDENTITY
from records import NOW

from compliance.bedrock_models import model_id_of
from compliance.checks.bedrock import the_model_may_be_called_and_stays, the_model_was_requested
from compliance.facts.models import FoundationModel, ModelAvailability
from compliance.model import Verdict

MODEL = "anthropic.claude-3-5-sonnet-20241022-v2:0"
ARN = f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}"
AVAILABLE = ModelAvailability(MODEL, "AVAILABLE", authorized=True, entitled=True, in_region=True)
ACTIVE = FoundationModel(MODEL, "ACTIVE")
DAY = timedelta(days=1)


def requested(*found: ModelAvailability, model: str = MODEL) -> Verdict:
    return the_model_was_requested(found, IDENTITY, model=model)


def approved(
    *models: FoundationModel, available: ModelAvailability | None = AVAILABLE, model: str = MODEL
) -> Verdict:
    found = [available] if available else []
    return the_model_may_be_called_and_stays(found, models, IDENTITY, NOW, model=model)


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


def test_a_model_with_an_agreement_in_a_region_that_offers_it_holds() -> None:
    verdict = requested(AVAILABLE)
    assert (verdict.evaluated, verdict.offenders) == ((ARN,), ())


@pytest.mark.parametrize(
    ("agreement", "fault"),
    [
        ("PENDING", "agreement-pending"),
        ("NOT_AVAILABLE", "no-agreement"),
        ("ERROR", "agreement-failed"),
        ("SOMETHING_NEW", "no-agreement"),
    ],
)
def test_an_agreement_that_is_not_in_force_fails(agreement: str, fault: str) -> None:
    assert keys(requested(replace(AVAILABLE, agreement=agreement))) == [(ARN, fault)]


def test_the_reason_of_a_failed_agreement_is_told() -> None:
    failed = replace(AVAILABLE, agreement="ERROR", agreement_error="no payment method")
    [offender] = requested(failed).offenders
    assert offender.observed == "its agreement failed: no payment method"


def test_a_region_that_does_not_offer_the_model_fails() -> None:
    assert keys(requested(replace(AVAILABLE, in_region=False))) == [(ARN, "not-in-region")]


def test_a_model_that_bedrock_does_not_know_fails() -> None:
    [offender] = requested().offenders
    assert offender.key == (ARN, "unknown-model")
    assert offender.absent_from == ("model_availability",)


def test_an_active_model_that_the_account_may_call_holds() -> None:
    assert keys(approved(ACTIVE)) == []


@pytest.mark.parametrize(
    ("change", "fault"), [("authorized", "not-authorized"), ("entitled", "not-entitled")]
)
def test_a_model_that_the_account_may_not_call_fails(change: str, fault: str) -> None:
    refused: Any = {change: False}
    assert keys(approved(ACTIVE, available=replace(AVAILABLE, **refused))) == [(ARN, fault)]


def test_a_legacy_model_fails_with_all_its_dates() -> None:
    legacy = FoundationModel(MODEL, "LEGACY", NOW - DAY, NOW + 9 * DAY, NOW + 90 * DAY)
    [offender] = approved(legacy).offenders
    assert offender.key == (ARN, "legacy")
    assert offender.observed == (
        "is legacy since 2026-05-31, may cost more from 2026-06-10, ends on 2026-08-30"
    )


def test_a_legacy_model_without_dates_fails() -> None:
    [offender] = approved(FoundationModel(MODEL, "LEGACY")).offenders
    assert offender.observed == "is legacy"


def test_an_active_model_with_an_end_far_off_holds() -> None:
    assert keys(approved(replace(ACTIVE, ends_at=NOW + DAY))) == []


@pytest.mark.parametrize("lifecycle", ["ACTIVE", "LEGACY"])
def test_a_model_past_its_end_has_ended(lifecycle: str) -> None:
    [offender] = approved(FoundationModel(MODEL, lifecycle, ends_at=NOW)).offenders
    assert (offender.key, offender.observed) == ((ARN, "ended"), "ended on 2026-06-01")


def test_a_model_that_is_gone_has_ended_and_nothing_else() -> None:
    [offender] = approved(available=None).offenders
    assert offender.key == (ARN, "ended")
    assert offender.absent_from == ("foundation_models",)


def test_a_profile_is_judged_by_the_model_that_it_leads_to() -> None:
    assert requested(AVAILABLE, model=f"us.{MODEL}").evaluated == (ARN,)
    assert approved(ACTIVE, model=f"us.{MODEL}").evaluated == (ARN,)


@pytest.mark.parametrize(
    "given",
    [
        MODEL,
        f"us.{MODEL}",
        f"us-gov.{MODEL}",
        f"apac.{MODEL}",
        f"global.{MODEL}",
        ARN,
        f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.{MODEL}",
    ],
)
def test_every_name_of_a_model_leads_to_its_id(given: str) -> None:
    assert model_id_of(given) == MODEL


@pytest.mark.parametrize(
    "given", ["hf.small-v1:0", "zai.glm-4.7", "ai21.jamba-1-5-large-v1:0", "qwen.qwen3-32b"]
)
def test_a_provider_is_no_geography(given: str) -> None:
    assert model_id_of(given) == given
