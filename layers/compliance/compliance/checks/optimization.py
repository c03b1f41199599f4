"""Optimization after the launch: what runs on more, or on less, than its use calls for."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from compliance.facts.levels import ApiLevels
from compliance.facts.recommendations import FunctionRecommendation, OptimizerEnrollment
from compliance.levels import percent, share, total
from compliance.model import Offender, Verdict
from compliance.registry import check

# --- figures beside the review --------------------------------------------------------------------


@check(shows=True)
def performance_figures_are_known(api_levels: Sequence[ApiLevels]) -> Verdict:
    """The percentiles and the share of errors of each API of the last day, beside the review.

    The APIs with the most requests come first. Of a WebSocket API, it is the latency of its
    integrations.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
    """
    used = sorted(
        (each for each in api_levels if total(each.requests)),
        key=lambda each: (-total(each.requests), each.name, each.arn),
    )
    if not used:
        return Verdict.not_applicable("no traffic in the last 24 hours")
    return Verdict.shown("; ".join(map(_figures, used)))


def _figures(api: ApiLevels) -> str:
    measured = {"p50": api.p50_ms, "p95": api.p95_ms, "p99": api.p99_ms}
    latency = [f"{name} {ms:,.0f} ms" for name, ms in measured.items() if ms is not None]
    errors = percent(share(total(api.server_errors), total(api.requests)))
    return f"{api.name}: {', '.join([*latency, f'{errors} errors'])}"


# --- functions' memory ----------------------------------------------------------------------------

_ENROLLMENT = "compute-optimizer:enrollment"
_JUDGED = frozenset({"Optimized", "NotOptimized"})


@check
def functions_have_the_memory_that_they_use(
    optimizer_enrollment: Sequence[OptimizerEnrollment],
    function_recommendations: Sequence[FunctionRecommendation],
    *,
    saving_usd_monthly: float,
) -> Verdict:
    """Compute Optimizer looks, and finds no function that is undersized or dearly oversized.

    Dear is what saves more than `saving_usd_monthly` by the first of the options that it advises; a
    function with too little memory saves its users' time, whatever it costs. Functions that are
    used too little to tell, or whose memory it cannot judge, are left out.

    Source: https://docs.aws.amazon.com/compute-optimizer/latest/ug/view-lambda-recommendations.html
    """
    if not any(each.status == "Active" for each in optimizer_enrollment):
        return Verdict.of("enrollment", [_ENROLLMENT], [_blind(optimizer_enrollment)], holds="")
    # What saves most comes last, and counts where several versions of a function are advised on.
    judged = sorted(
        (each for each in function_recommendations if each.finding in _JUDGED),
        key=lambda each: (each.monthly_saving, each.memory_mb, each.recommended_mb or 0),
    )
    if not judged:
        return Verdict.not_applicable("Compute Optimizer has advice on no function")
    return Verdict.of(
        "function",
        (each.function_arn for each in judged),
        (offender for each in judged for offender in _memory_faults(each, saving_usd_monthly)),
        holds=f"none is undersized, or saves more than {saving_usd_monthly:,g} USD a month",
        seen=(each.function_arn for each in function_recommendations),
    )


def _blind(enrollment: Sequence[OptimizerEnrollment]) -> Offender:
    told = [f"{each.status.lower()}{_because(each.reason)}" for each in enrollment]
    observed = f"the account's part in Compute Optimizer is {' and '.join(told) or 'unknown'}"
    absent = ("optimizer_enrollment",)
    return Offender(_ENROLLMENT, "not-enrolled", observed, "an account that takes part", absent)


def _because(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def _memory_faults(advice: FunctionRecommendation, saving_usd: float) -> Iterator[Offender]:
    if advice.finding != "NotOptimized" or advice.recommended_mb is None:
        return
    undersized = advice.recommended_mb > advice.memory_mb
    if not undersized and advice.monthly_saving <= saving_usd:
        return
    saves = f", which saves {advice.monthly_saving:,.2f} {advice.currency} a month"
    yield Offender(
        advice.function_arn,
        "undersized" if undersized else "oversized",
        f"has {advice.memory_mb:,} MB",
        f"{advice.recommended_mb:,} MB{saves if advice.monthly_saving > 0 else ''}",
        fix="aws lambda update-function-configuration "
        f"--function-name {shlex.quote(advice.function_arn)} "
        f"--memory-size {advice.recommended_mb} --region {advice.function_arn.split(':')[3]}",
    )
