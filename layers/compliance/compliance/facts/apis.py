"""Amazon API Gateway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Api:
    """An API of either generation. CloudWatch knows a REST API by its name, others by their id.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
    """

    arn: str
    id: str
    name: str
    protocol: Literal["REST", "HTTP", "WEBSOCKET"]
