"""Bedrock: the model that the workload invokes may be called, and goes on being there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from compliance.bedrock_models import model_id_of
from compliance.facts.models import FoundationModel, ModelAvailability
from compliance.facts.quotas import Quota
from compliance.model import Identity, Offender, Verdict
from compliance.printable import day, printable, shortened
from compliance.quotas import quota_faults, quota_name
from compliance.registry import check

_UNKNOWN = "Bedrock knows no such model in the region: it ended, or its id is wrong"


def _arn(model: str, identity: Identity) -> str:
    where = f"arn:{identity.partition}:bedrock:{identity.region}"
    return f"{where}::foundation-model/{model_id_of(model)}"


# --- access ---------------------------------------------------------------------------------------

_NO_AGREEMENT = ("no-agreement", "its agreement was not accepted")
_AGREEMENTS = {
    "PENDING": ("agreement-pending", "its agreement is not in force yet"),
    "NOT_AVAILABLE": _NO_AGREEMENT,
    "ERROR": ("agreement-failed", "its agreement failed"),
}


@check
def the_model_was_requested(
    model_availability: Sequence[ModelAvailability], identity: Identity, *, model: str
) -> Verdict:
    """The model's agreement is in force, and the region offers the model.

    An inference profile is judged by the model that it leads to.

    Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html
    """
    arn = _arn(model, identity)
    return Verdict.of(
        "model",
        [arn],
        _request_faults(arn, model_availability),
        holds="its agreement is in force, and the region offers it",
    )


def _request_faults(arn: str, found: Sequence[ModelAvailability]) -> Iterator[Offender]:
    expected = "an accepted agreement, in a region that offers the model"
    if not found:
        yield Offender(arn, "unknown-model", _UNKNOWN, expected, ("model_availability",))
    for each in found:
        if each.agreement != "AVAILABLE":
            fault, observed = _AGREEMENTS.get(each.agreement, _NO_AGREEMENT)
            if each.agreement_error:
                observed += f": {shortened(printable(each.agreement_error), 160)}"
            yield Offender(arn, fault, observed, expected)
        if not each.in_region:
            yield Offender(arn, "not-in-region", "the region does not offer it", expected)


@check
def the_model_may_be_called_and_stays(
    model_availability: Sequence[ModelAvailability],
    foundation_models: Sequence[FoundationModel],
    identity: Identity,
    now: datetime,
    *,
    model: str,
) -> Verdict:
    """The account is authorized for the model and entitled to it, and the model is not legacy.

    A legacy model answers until its end of life and then fails for everybody at once; from some
    date before it may cost more.

    Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html
    """
    arn = _arn(model, identity)
    return Verdict.of(
        "model",
        [arn],
        (*_refusals(arn, model_availability), *_retirement(arn, foundation_models, now)),
        holds="the account may call it, and it is not being retired",
    )


def _refusals(arn: str, found: Sequence[ModelAvailability]) -> Iterator[Offender]:
    expected = "an account that may call the model"
    for each in found:
        if not each.authorized:
            observed = "the account is not authorized to call it"
            yield Offender(arn, "not-authorized", observed, expected)
        if not each.entitled:
            observed = "the account is not entitled to it"
            yield Offender(arn, "not-entitled", observed, expected)


def _retirement(arn: str, found: Sequence[FoundationModel], now: datetime) -> Iterator[Offender]:
    expected = "an active model"
    if not found:
        yield Offender(arn, "ended", _UNKNOWN, expected, ("foundation_models",))
    for each in found:
        if each.ends_at is not None and each.ends_at <= now:
            yield Offender(arn, "ended", f"ended on {day(each.ends_at)}", expected)
        elif each.lifecycle != "ACTIVE":
            since = f" since {day(each.legacy_at)}" if each.legacy_at else ""
            until = f", ends on {day(each.ends_at)}" if each.ends_at else ""
            dearer = each.extended_access_at
            priced = f", may cost more from {day(dearer)}" if dearer else ""
            yield Offender(arn, "legacy", f"is legacy{since}{priced}{until}", expected)


# --- quotas ---------------------------------------------------------------------------------------


@check
def model_quotas_cover_the_traffic(
    quotas: Sequence[Quota], identity: Identity, *, minimums: Sequence[Mapping[str, Any]]
) -> Verdict:
    """Each quota of Bedrock that the baseline names is at least as large as it says.

    Source: https://docs.aws.amazon.com/bedrock/latest/userguide/quotas.html
    """
    demands = [demand for demand in minimums if demand["service"] == "bedrock"]
    if not demands:
        return Verdict.not_applicable("the baseline names no quota of Bedrock", settled=True)
    return Verdict.of(
        "quota",
        map(quota_name, demands),
        quota_faults(demands, quotas, identity),
        holds="all cover the traffic that is expected",
    )
