"""How much functions and tables are used, by their metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from compliance.collectors.metric_data import GET_METRIC_DATA, metric_data_of
from compliance.collectors.reader import Reader
from compliance.facts.functions import Function
from compliance.facts.metrics import MetricQuery, Usage
from compliance.facts.tables import Table
from compliance.registry import collector

_DAY_SECONDS = 86_400
_MINUTES = 5


@collector(GET_METRIC_DATA, unused_days="cost.unused_days")
def usage(
    reader: Reader,
    functions: Sequence[Function],
    tables: Sequence[Table],
    now: datetime,
    *,
    unused_days: int,
) -> Iterator[Usage]:
    """Each function's invocations and each table's consumed capacity in the last `unused_days`.

    A read of a global secondary index is counted under the index alone. A resource of which one
    metric could not be read is left out.
    """
    period = unused_days * _DAY_SECONDS
    end = now.replace(minute=now.minute - now.minute % _MINUTES, second=0, microsecond=0)
    subjects = [
        *((function.arn, _invocations(function, period)) for function in functions),
        *((table.arn, _capacity(table, period)) for table in tables),
    ]
    for arn, answers in metric_data_of(reader, subjects, end, days=unused_days):
        yield Usage(arn, sum(data.total for data in answers))


def _invocations(function: Function, period: int) -> list[MetricQuery]:
    dimensions = (("FunctionName", function.name),)
    return [MetricQuery("AWS/Lambda", "Invocations", dimensions, "Sum", period)]


def _capacity(table: Table, period: int) -> list[MetricQuery]:
    """Writes to an index come with a write to its table; reads of one do not."""
    own = (("TableName", table.name),)
    indexed = [(*own, ("GlobalSecondaryIndexName", index.name)) for index in table.indexes]
    metrics = [
        ("ConsumedWriteCapacityUnits", own),
        *(("ConsumedReadCapacityUnits", dimensions) for dimensions in (own, *indexed)),
    ]
    return [MetricQuery("AWS/DynamoDB", name, by, "Sum", period) for name, by in metrics]
