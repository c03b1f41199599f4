"""What CloudWatch measured in the last 24 whole hours: traffic, failures, throttles, capacity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = [
    "ApiLevels",
    "Capacity",
    "FunctionLevels",
    "ModelLevels",
    "Points",
    "TableLevels",
]

Points = tuple[tuple[datetime, float], ...]
"""Values with the start of their periods, oldest first. Of counts, a missing period is zero."""


@dataclass(frozen=True, slots=True)
class ApiLevels:
    """One production stage of an API: `requests` by the minute, all else by the hour.

    `dimensions` is what CloudWatch knows the stage by. Percentiles are of the whole window, None
    where no latency was measured. Of a WebSocket API, a request is a message or a connection, and
    the latency that of its integrations.
    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
    """

    arn: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    requests: Points = ()
    server_errors: Points = ()
    client_errors: Points = ()
    latency_metric: str = "Latency"
    error_metric: str = "5XXError"
    hourly_p95_ms: Points = ()
    p95_ms: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None


@dataclass(frozen=True, slots=True)
class FunctionLevels:
    """A function by the hour. Throttled invocations are not among the invocations.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """

    arn: str
    name: str
    log_group: str
    invocations: Points = ()
    errors: Points = ()
    throttles: Points = ()


@dataclass(frozen=True, slots=True)
class Capacity:
    """Capacity that is provisioned for reads or for writes, by the hour.

    `units` is what is set now; `provisioned` the average of each hour, as scaling changes it.
    `consumed` is the sum of the hour: divide by 3,600 to compare it.
    """

    units: int
    provisioned: Points = ()
    consumed: Points = ()


@dataclass(frozen=True, slots=True)
class TableLevels:
    """A table or an index by the hour; CloudWatch counts an index apart from its table.

    `index` is None for the table itself. Capacities are None on demand.
    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    """

    arn: str
    table: str
    index: str | None = None
    read_throttles: Points = ()
    write_throttles: Points = ()
    reads: Capacity | None = None
    writes: Capacity | None = None


@dataclass(frozen=True, slots=True)
class ModelLevels:
    """How often a model, or an inference profile of it, was invoked in the window, and failed.

    Source: https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring.html
    """

    id: str
    invocations: float = 0
    client_errors: float = 0
    server_errors: float = 0
