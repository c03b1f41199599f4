"""Records of a day's levels, good and bad ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from example_alarms import FUNCTION, HTTP, REST, TABLE, WEBSOCKET
from records import NOW

from compliance.facts.levels import (
    ApiLevels,
    Capacity,
    FunctionLevels,
    ModelLevels,
    Points,
    TableLevels,
)
from compliance.facts.metrics import MetricData, MetricQuery


def _at(*values: float, minutes: int = 60) -> Points:
    begin = NOW - timedelta(hours=24)
    return tuple((begin + timedelta(minutes=minutes) * at, v) for at, v in enumerate(values))


_SOUND = ApiLevels(
    f"{REST.arn}/stages/prod",
    "shop (prod)",
    (REST.dimension, ("Stage", "prod")),
    requests=_at(900, 1200, minutes=1),
    server_errors=_at(3),
    client_errors=_at(40),
    hourly_p95_ms=_at(180),
    p95_ms=180,
)
_FUNCTION = FunctionLevels(FUNCTION.arn, "orders", FUNCTION.log_group, _at(700), _at(2), _at(1))
_TABLE = TableLevels(TABLE.arn, "parcels")

POOL: Mapping[str, Sequence[Any]] = {
    "api_levels": [
        _SOUND,
        replace(
            _SOUND,
            arn=f"{HTTP.arn}/stages/prod",
            name="partners (prod)",
            server_errors=_at(400),
            client_errors=_at(1500),
            hourly_p95_ms=_at(9000),
            p95_ms=9000,
        ),
        ApiLevels(f"{WEBSOCKET.arn}/stages/prod", "live (prod)", (WEBSOCKET.dimension,)),
    ],
    "function_levels": [
        _FUNCTION,
        replace(_FUNCTION, arn=f"{FUNCTION.arn}2", name="failing", errors=_at(600)),
        replace(_FUNCTION, arn=f"{FUNCTION.arn}3", name="throttled", throttles=_at(0, 50)),
        FunctionLevels(f"{FUNCTION.arn}4", "idle", "/aws/lambda/idle"),
    ],
    "table_levels": [
        _TABLE,
        replace(_TABLE, arn=f"{TABLE.arn}2", table="hot", write_throttles=_at(0, 30)),
        replace(
            _TABLE,
            arn=f"{TABLE.arn}3",
            table="fixed",
            reads=Capacity(50, consumed=_at(100)),
            writes=Capacity(10, _at(10, 10), _at(35_000, 0)),
        ),
    ],
    "refusals": [MetricData(MetricQuery("Shop", "Refused", (), "Sum", 3600), _at(4))],
    "filter_counts": [MetricData(MetricQuery("Shop", "GaveUp", (), "Sum", 3600), _at(60))],
    "model_levels": [
        ModelLevels("m"),
        ModelLevels("us.m", 100, client_errors=1, server_errors=30),
    ],
}
RESOURCE_OF: Mapping[str, Any] = {}
