"""After the launch: how much fails, and whether somebody looks."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from compliance.facts.levels import ApiLevels, FunctionLevels, Points
from compliance.facts.metrics import MetricData
from compliance.levels import by_hour, during, highest, look_at, percent, share, total
from compliance.model import Identity, Offender, Verdict, plural
from compliance.registry import check

_FIRST_WEEK = timedelta(days=7)
_ERRORS = "errors:last-24-hours"
_NAMED = 3


@dataclass(frozen=True, slots=True)
class _Failures:
    """What failed of an API stage's requests, or of a function's invocations."""

    of: ApiLevels | FunctionLevels
    calls: Points
    errors: Points

    @property
    def percent(self) -> float:
        """Of the whole day, however the calls were spread over it."""
        return share(total(self.errors), total(self.calls))

    @property
    def worst_hour(self) -> datetime:
        """The hour with the most errors: at night one of two calls is a high share of nothing."""
        return highest(by_hour(self.errors))[0]

    @property
    def in_words(self) -> str:
        """The day's share, and the worst hour with its own."""
        hour = self.worst_hour
        failed, worst = total(self.errors), by_hour(self.errors)[hour]
        called = max(total(self.calls), failed)
        called_then = max(by_hour(self.calls).get(hour, 0), worst)
        return (
            f"{self.of.name}: {failed:,.0f} of {called:,.0f} failed, "
            f"{percent(self.percent)}; worst hour {during(hour)} with "
            f"{percent(share(worst, called_then))} of {called_then:,.0f}"
        )


def _failures(
    api_levels: Sequence[ApiLevels], function_levels: Sequence[FunctionLevels]
) -> list[_Failures]:
    return [
        *(_Failures(api, api.requests, api.server_errors) for api in api_levels),
        *(_Failures(each, each.invocations, each.errors) for each in function_levels),
    ]


@check
def errors_stayed_within_the_limit(
    api_levels: Sequence[ApiLevels],
    function_levels: Sequence[FunctionLevels],
    identity: Identity,
    *,
    error_percent: float,
    minimum_errors: int,
) -> Verdict:
    """Of each API's requests and each function's invocations of a day, few enough failed.

    The share is that of the day as a whole, not the average of its hours. It needs `minimum_errors`
    to count: one error of two calls at night is no share that says anything, while an hourly job
    that fails every time is judged however rarely it runs.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    every = _failures(api_levels, function_levels)
    busy = [each for each in every if total(each.calls) or total(each.errors)]
    if not busy:
        return Verdict.not_applicable(
            "neither a request nor an invocation in the last 24 hours"
            if every
            else "neither APIs nor functions in the region"
        )
    failing = [each for each in busy if total(each.errors)]
    worst = max(failing, key=lambda each: (each.percent, each.of.arn), default=None)
    return Verdict.of(
        "API or function",
        (each.of.arn for each in busy),
        (
            Offender(
                each.of.arn,
                "too-many-server-errors" if isinstance(each.of, ApiLevels) else "too-many-errors",
                each.in_words,
                f"at most {error_percent:g} % of the last 24 hours",
                fix=_looking(each, identity),
            )
            for each in failing
            if each.percent > error_percent and total(each.errors) >= minimum_errors
        ),
        holds=worst.in_words if worst else "nothing failed in the last 24 hours",
        seen=(each.of.arn for each in every),
    )


def _looking(failures: _Failures, identity: Identity) -> str:
    """What shows the worst hour: a function's own words, or an API's minutes."""
    subject, hour = failures.of, failures.worst_hour
    if isinstance(subject, ApiLevels):
        metric = subject.error_metric
        return look_at(subject, metric, "--statistics Sum", hour, region=identity.region)
    begins = int(hour.timestamp() * 1000)
    return (
        f"aws logs filter-log-events --log-group-name {shlex.quote(subject.log_group)} "
        f"--filter-pattern '?ERROR ?Exception ?Traceback ?\"Task timed out\"' "
        f"--start-time {begins} --end-time {begins + 3_600_000} --region {identity.region}"
    )


@check
def first_week_has_few_errors(
    api_levels: Sequence[ApiLevels],
    function_levels: Sequence[FunctionLevels],
    filter_counts: Sequence[MetricData],
    now: datetime,
    *,
    launch_date: str | None,
    most_errors_a_day: int,
) -> Verdict:
    """On each day of the week that begins with the launch, the errors are few enough to be read.

    All errors of functions, server errors of APIs and what the baseline's metric filters counted in
    the last 24 hours, together. That a person read the logs is what the attestation beside it says.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AnalyzingLogData.html
    """
    if launch_date is None:
        return Verdict.not_applicable("the baseline has no launch date", settled=True)
    launch, today = date.fromisoformat(launch_date), now.astimezone(UTC).date()
    if not launch <= today < launch + _FIRST_WEEK:
        since = "it is still to come" if today < launch else "its first week is over"
        reason = f"the baseline puts the launch on {launch}: {since}"
        return Verdict.not_applicable(reason, settled=True)
    found = _counts(api_levels, function_levels, filter_counts)
    counts = sorted(found, key=lambda count: (-count[0], count[1]))
    errors = sum(count for count, _ in counts)
    most = ", ".join(f"{count:,.0f} of {name}" for count, name in counts[:_NAMED])
    said = plural(round(errors), "error") + (f", most of them {most}" if most else "")
    offenders = []
    if errors > most_errors_a_day:
        expected = f"at most {plural(most_errors_a_day, 'error')} in 24 hours"
        offenders.append(Offender(_ERRORS, "too-many", said, expected))
    return Verdict.of("day", [_ERRORS], offenders, holds=f"{said} in the last 24 hours")


def _counts(
    api_levels: Sequence[ApiLevels],
    function_levels: Sequence[FunctionLevels],
    filter_counts: Sequence[MetricData],
) -> Iterator[tuple[float, str]]:
    for each in _failures(api_levels, function_levels):
        if errors := total(each.errors):
            yield errors, each.of.name
    for counted in filter_counts:
        if errors := total(counted.points):
            yield errors, f"{counted.query.namespace} {counted.query.name}"
