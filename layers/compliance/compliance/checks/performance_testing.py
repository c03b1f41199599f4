"""Performance: how fast the APIs answer, and how they pass their busiest hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compliance.facts.levels import ApiLevels, FunctionLevels, Points, TableLevels
from compliance.facts.metrics import MetricData
from compliance.facts.scaling import ScalingActivity
from compliance.facts.tables import Table
from compliance.levels import by_hour, during, highest, look_at, percent, share, total
from compliance.model import Identity, Offender, Verdict, plural
from compliance.printable import minute, printable
from compliance.registry import check


@check
def apis_answer_in_time(
    api_levels: Sequence[ApiLevels],
    identity: Identity,
    *,
    p95_ms: float,
    minimum_requests: int,
) -> Verdict:
    """95 of 100 requests to each API of the last 24 hours were answered within `p95_ms`.

    CloudWatch's own percentile over all requests of the day: percentiles of hours cannot be added
    up. Of a WebSocket API, it is the latency of its integrations. An API with fewer requests than
    `minimum_requests` is not judged: a percentile of a handful is that of its cold starts.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
    """
    judged = [
        (api, api.p95_ms)
        for api in api_levels
        if api.p95_ms is not None and total(api.requests) >= minimum_requests
    ]
    if not judged:
        return Verdict.not_applicable(_nothing_to_judge(api_levels, minimum_requests))
    slowest, latency = max(judged, key=lambda each: (each[1], each[0].arn))
    return Verdict.of(
        "API",
        (api.arn for api, _ in judged),
        (
            Offender(
                api.arn,
                "slow",
                _in_words(api, latency),
                f"p95 of at most {p95_ms:,g} ms over the last 24 hours",
                fix=look_at(
                    api,
                    api.latency_metric,
                    "--extended-statistics p95",
                    highest(api.hourly_p95_ms)[0],
                    region=identity.region,
                )
                if api.hourly_p95_ms
                else None,
            )
            for api, latency in judged
            if latency > p95_ms
        ),
        holds=_in_words(slowest, latency),
        seen=(api.arn for api in api_levels),
    )


def _nothing_to_judge(api_levels: Sequence[ApiLevels], minimum_requests: int) -> str:
    if not api_levels:
        return "no API in the region"
    if not any(total(api.requests) for api in api_levels):
        return "no traffic in the last 24 hours"
    return f"no API had {minimum_requests:,} requests with a latency in the last 24 hours"


def _in_words(api: ApiLevels, latency: float) -> str:
    said = f"{api.name}: p95 {latency:,.0f} ms"
    if not api.hourly_p95_ms:
        return said
    hour, worst = highest(api.hourly_p95_ms)
    return f"{said}; worst hour {during(hour)} with {worst:,.0f} ms"


@check
def peak_passed_without_refusals(
    api_levels: Sequence[ApiLevels],
    function_levels: Sequence[FunctionLevels],
    table_levels: Sequence[TableLevels],
    refusals: Sequence[MetricData],
    *,
    limits: Mapping[str, Any],
    minimum_requests: int,
) -> Verdict:
    """In its busiest hour each API answered few requests with 4xx, and little was throttled.

    Functions and tables are judged by the hour with the most throttles. CloudWatch counts a 429
    among all other 4xx; alone it is judged only where the baseline names a metric that counts it.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
    """
    offenders = [
        *_client_errors(api_levels, limits["client_error_percent"], minimum_requests),
        *_throttled_functions(function_levels, limits["function_throttles_an_hour"]),
        *_throttled_tables(table_levels, limits["table_throttles_an_hour"]),
    ]
    evaluated = [each.arn for each in api_levels]
    evaluated += [each.arn for each in function_levels]
    evaluated += [each.arn for each in table_levels]
    for counted in refusals:
        name = f"metric:{counted.query.namespace}/{counted.query.name}"
        evaluated.append(name)
        offenders += _above(
            name,
            "too-many-refusals",
            counted.points,
            limits["refusals"]["most_an_hour"],
            "requests refused with 429",
        )
    peaks = [(*highest(api.requests), api.name) for api in api_levels if total(api.requests)]
    if not peaks and not offenders:
        return Verdict.not_applicable(
            "no traffic in the last 24 hours" if api_levels else "no API in the region"
        )
    at, most, name = max(peaks, key=lambda peak: (peak[1], peak[2]), default=(None, 0.0, ""))
    return Verdict.of(
        "API, function, table or index",
        evaluated,
        offenders,
        holds=f"the peak was {most / 60:,.3g} requests/s to {name} at {minute(at)}" if at else "",
    )


def _client_errors(
    api_levels: Sequence[ApiLevels], most_percent: float, minimum_requests: int
) -> Iterator[Offender]:
    for api in api_levels:
        if not total(api.requests):
            continue
        hour, requests = highest(by_hour(api.requests))
        refused = share(by_hour(api.client_errors).get(hour, 0), requests)
        if refused > most_percent and requests >= minimum_requests:
            yield Offender(
                api.arn,
                "too-many-client-errors",
                f"{api.name}: {percent(refused)} of {requests:,.0f} requests were answered with "
                f"4xx in the busiest hour, {during(hour)}",
                f"at most {most_percent:g} %",
            )


def _throttled_functions(levels: Sequence[FunctionLevels], most: int) -> Iterator[Offender]:
    for each in levels:
        yield from _above(
            each.arn, "function-throttled", each.throttles, most, "invocations throttled"
        )


def _throttled_tables(levels: Sequence[TableLevels], most: int) -> Iterator[Offender]:
    for each in levels:
        for points, kind in ((each.read_throttles, "reads"), (each.write_throttles, "writes")):
            yield from _above(each.arn, f"{kind}-throttled", points, most, f"{kind} throttled")


def _above(resource: str, fault: str, points: Points, most: int, what: str) -> Iterator[Offender]:
    hour, count = highest(by_hour(points)) if points else (None, 0)
    if hour and count > most:
        yield Offender(
            resource, fault, f"{count:,.0f} {what} from {during(hour)}", f"at most {most:,} an hour"
        )


@check(shows=True)
def scaling_activities_are_known(
    table_scaling_activities: Sequence[ScalingActivity], tables: Sequence[Table]
) -> Verdict:
    """How often tables scaled in the last six weeks, beside the statement that they follow load.

    A failed activity contradicts nothing: AWS tries again, and whether the load was met meanwhile
    dynamodb.auto-scaling and optimization.dynamodb-capacity tell.

    Source: https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scaling-activities.html
    """
    if not any(table.provisioned for table in tables):
        return Verdict.not_applicable("no table with provisioned capacity that could scale")
    if not table_scaling_activities:
        return Verdict.not_applicable("no table scaled in the last six weeks")
    last = max(table_scaling_activities, key=lambda each: (each.started_at, each.resource_id))
    status = Counter(each.status for each in table_scaling_activities)
    failed = status["Failed"] + status["Unfulfilled"]
    return Verdict.shown(
        f"{plural(len(table_scaling_activities), 'scaling activity')} in the last six weeks, "
        f"{f'{failed:,}' if failed else 'none'} failed; the last of {last.resource_id} on "
        f"{minute(last.started_at)}: {printable(last.description).rstrip('.')}"
    )
