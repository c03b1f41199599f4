"""The last day's traffic, failures, throttles and capacity, by CloudWatch's metrics.

Every window ends with the last whole hour, so that what is read within an hour is the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from compliance.collectors.metric_data import GET_METRIC_DATA, metric_data, metric_data_of
from compliance.collectors.reader import Reader
from compliance.facts.apis import Api
from compliance.facts.functions import Function
from compliance.facts.levels import (
    ApiLevels,
    Capacity,
    FunctionLevels,
    ModelLevels,
    Points,
    TableLevels,
)
from compliance.facts.metric_filters import MetricFilter
from compliance.facts.metrics import MetricData, MetricQuery
from compliance.facts.tables import Index, Table
from compliance.registry import collector
from compliance.selection import whole_hour

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400

Dimensions = tuple[tuple[str, str], ...]

# By the protocol of an API: requests, server errors, client errors, latency.
_API_METRICS: Mapping[str, tuple[Sequence[str], Sequence[str], str, str]] = {
    "REST": (["Count"], ["5XXError"], "4XXError", "Latency"),
    "HTTP": (["Count"], ["5xx"], "4xx", "Latency"),
    "WEBSOCKET": (
        ["MessageCount", "ConnectCount"],
        ["IntegrationError", "ExecutionError"],
        "ClientError",
        "IntegrationLatency",
    ),
}


@collector(GET_METRIC_DATA, stages="api.production_stages")
def api_levels(
    reader: Reader,
    rest_apis: Sequence[Api],
    http_and_websocket_apis: Sequence[Api],
    now: datetime,
    *,
    stages: Sequence[str],
) -> Iterator[ApiLevels]:
    """Each API by each of the stages that serve production.

    CloudWatch knows an API as a whole too, with all its stages in one: that is not asked for. A
    stage that an API does not have looks like one without traffic. A WebSocket API's connections
    count as requests besides its messages, since either may fail.
    """
    subjects = [
        ((api, stage), _of_api(api, (api.dimension, ("Stage", stage))))
        for api in [*rest_apis, *http_and_websocket_apis]
        for stage in stages
    ]
    for (api, stage), answers in metric_data_of(reader, subjects, whole_hour(now)):
        requests, errors, client_error, latency = _API_METRICS[api.protocol]
        yield ApiLevels(
            arn=f"{api.arn}/stages/{stage}",
            name=f"{api.name} ({stage})",
            dimensions=(api.dimension, ("Stage", stage)),
            requests=_added(_points(answers, name) for name in requests),
            server_errors=_added(_points(answers, name) for name in errors),
            client_errors=_points(answers, client_error),
            latency_metric=latency,
            error_metric=errors[0],
            hourly_p95_ms=_points(answers, latency, _HOUR),
            p95_ms=_of_the_day(answers, latency, "p95"),
            p50_ms=_of_the_day(answers, latency, "p50"),
            p99_ms=_of_the_day(answers, latency, "p99"),
        )


def _of_the_day(answers: Iterable[MetricData], name: str, stat: str) -> float | None:
    of_day = [a for a in answers if (a.query.stat, a.query.period_seconds) == (stat, _DAY)]
    return max((value for _, value in _points(of_day, name)), default=None)


def _of_api(api: Api, by: Dimensions) -> list[MetricQuery]:
    requests, errors, client_error, latency = _API_METRICS[api.protocol]
    return [
        *(MetricQuery("AWS/ApiGateway", name, by, "Sum", _MINUTE) for name in requests),
        *(
            MetricQuery("AWS/ApiGateway", name, by, "Sum", _HOUR)
            for name in (*errors, client_error)
        ),
        MetricQuery("AWS/ApiGateway", latency, by, "p95", _HOUR),
        *(MetricQuery("AWS/ApiGateway", latency, by, stat, _DAY) for stat in ("p50", "p95", "p99")),
    ]


@collector(GET_METRIC_DATA)
def function_levels(
    reader: Reader, functions: Sequence[Function], now: datetime
) -> Iterator[FunctionLevels]:
    """Each function, all its versions and aliases together."""
    names = ("Invocations", "Errors", "Throttles")
    subjects = [(function, _of_function(function, names)) for function in functions]
    for function, answers in metric_data_of(reader, subjects, whole_hour(now)):
        yield FunctionLevels(
            function.arn,
            function.name,
            function.log_group,
            *(_points(answers, name) for name in names),
        )


def _of_function(function: Function, names: Iterable[str]) -> list[MetricQuery]:
    by = (("FunctionName", function.name),)
    return [MetricQuery("AWS/Lambda", name, by, "Sum", _HOUR) for name in names]


@collector(GET_METRIC_DATA)
def table_levels(reader: Reader, tables: Sequence[Table], now: datetime) -> Iterator[TableLevels]:
    """Each table and each of its indexes; capacity only where it is provisioned."""
    subjects = [
        ((table, index), _of_capacity(table, index))
        for table in tables
        for index in (None, *table.indexes)
    ]
    for (table, index), answers in metric_data_of(reader, subjects, whole_hour(now)):
        each = index or table
        reads, writes = (
            Capacity(
                units,
                _points(answers, f"Provisioned{kind}CapacityUnits"),
                _points(answers, f"Consumed{kind}CapacityUnits"),
            )
            if table.provisioned
            else None
            for kind, units in (("Read", each.read_units), ("Write", each.write_units))
        )
        yield TableLevels(
            each.arn,
            table.name,
            index.name if index else None,
            _points(answers, "ReadThrottleEvents"),
            _points(answers, "WriteThrottleEvents"),
            reads,
            writes,
        )


def _of_capacity(table: Table, index: Index | None) -> list[MetricQuery]:
    by: Dimensions = (("TableName", table.name),)
    if index:
        by = (*by, ("GlobalSecondaryIndexName", index.name))
    metrics = [("ReadThrottleEvents", "Sum"), ("WriteThrottleEvents", "Sum")]
    if table.provisioned:
        metrics += [
            (f"{what}{kind}CapacityUnits", stat)
            for kind in ("Read", "Write")
            for what, stat in (("Consumed", "Sum"), ("Provisioned", "Average"))
        ]
    return [MetricQuery("AWS/DynamoDB", name, by, stat, _HOUR) for name, stat in metrics]


@collector(GET_METRIC_DATA, metric="levels.throughput.refusals")
def refusals(
    reader: Reader, now: datetime, *, metric: Mapping[str, str] | None
) -> Iterator[MetricData]:
    """Answers with 429 by the hour, where the baseline names the metric that counts them."""
    if metric is None:
        return
    query = MetricQuery(metric["namespace"], metric["metric"], (), "Sum", _HOUR)
    end = whole_hour(now)
    yield from metric_data(reader, [query], start=end - timedelta(days=1), end=end)


@collector(GET_METRIC_DATA, demands="metric_filters")
def filter_counts(
    reader: Reader,
    metric_filters: Sequence[MetricFilter],
    now: datetime,
    *,
    demands: Sequence[Mapping[str, str]],
) -> Iterator[MetricData]:
    """What the metric filters that the baseline names counted, by the hour.

    A metric that a filter publishes by dimensions is left out: which values there are, no filter
    tells.
    """
    metrics = [
        metric
        for each in metric_filters
        for demand in demands
        for metric in each.answering(demand)
        if not metric.dimensions
    ]
    queries = [MetricQuery(each.namespace, each.name, (), "Sum", _HOUR) for each in metrics]
    end = whole_hour(now)
    yield from metric_data(reader, queries, start=end - timedelta(days=1), end=end)


@collector(
    GET_METRIC_DATA,
    model="bedrock.model",
    profiles="bedrock.inference_profiles",
    days="bedrock.invoked_within_days",
)
def model_levels(
    reader: Reader, now: datetime, *, model: str, profiles: Sequence[str], days: int
) -> Iterator[ModelLevels]:
    """The baseline's model and its inference profiles: the one that was called has data."""
    names = ("Invocations", "InvocationClientErrors", "InvocationServerErrors")
    subjects = [
        (
            each,
            [
                MetricQuery("AWS/Bedrock", name, (("ModelId", each),), "Sum", days * _DAY)
                for name in names
            ],
        )
        for each in (model, *profiles)
    ]
    for each, answers in metric_data_of(reader, subjects, whole_hour(now), days=days):
        yield ModelLevels(each, *(sum(v for _, v in _points(answers, name)) for name in names))


def _points(answers: Iterable[MetricData], name: str, period: int | None = None) -> Points:
    """Those of the metric of this name, none where it was not asked for."""
    return next(
        (
            data.points
            for data in answers
            if data.query.name == name and period in {None, data.query.period_seconds}
        ),
        (),
    )


def _added(several: Iterable[Points]) -> Points:
    total: dict[datetime, float] = defaultdict(float)
    for points in several:
        for at, value in points:
            total[at] += value
    return tuple(sorted(total.items()))
