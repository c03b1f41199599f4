"""Amazon API Gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Api:
    """An API of either generation. CloudWatch knows a REST API by its name, others by their id.

    `private`: only interface endpoints reach it. `cors_origins` are those that API Gateway itself
    allows browsers of an HTTP API to call from; None where it leaves that to the integrations.
    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
    """

    arn: str
    id: str
    name: str
    protocol: Literal["REST", "HTTP", "WEBSOCKET"]
    private: bool = False
    cors_origins: tuple[str, ...] | None = None

    @property
    def dimension(self) -> tuple[str, str]:
        """What CloudWatch knows it by: REST APIs of one name are one to it.

        It gets the name without what is not ASCII, and the id where nothing is left.
        """
        if self.protocol != "REST":
            return "ApiId", self.id
        return "ApiName", self.name.encode("ascii", "ignore").decode() or self.id


@dataclass(frozen=True, slots=True)
class MethodSettings:
    """How a stage runs one method, or by `*/*` every method without settings of its own.

    `logging_level` is OFF, ERROR or INFO. A throttle of -1 is the account's.
    Source: https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html
    """

    logging_level: str = "OFF"
    data_trace: bool = False
    metrics: bool = False
    throttling_rate: float = -1
    throttling_burst: int = -1
    caching: bool = False
    cache_ttl_seconds: int = 300
    cache_encrypted: bool = False


@dataclass(frozen=True, slots=True)
class RestStage:
    """A deployed stage of a REST API.

    `methods` maps `resource path/HTTP method`, or `*/*`, to settings. `cache_size_gb` is None
    without a cache cluster, `cache_status` then too. `private`: only interface endpoints reach it.
    `documentation_version` is what is published of the API's documentation for the stage.
    Source: https://docs.aws.amazon.com/apigateway/latest/api/API_Stage.html
    """

    arn: str
    api_id: str
    api_name: str
    name: str
    web_acl_arn: str | None = None
    tracing: bool = False
    access_log_arn: str | None = None
    access_log_format: str | None = None
    cache_size_gb: float | None = None
    cache_status: str | None = None
    methods: Mapping[str, MethodSettings] = field(default_factory=dict, hash=False)
    private: bool = False
    documentation_version: str | None = None


@dataclass(frozen=True, slots=True)
class ApiDomain:
    """A custom domain name, and the host that API Gateway answers it on.

    `certificate_arns` are what clients may be shown, of each endpoint type that it has;
    `ownership_certificate_arn` proves, with mutual TLS, whose name it is. `routing_mode` says
    whether base path mappings or routing rules count, or both.
    Source: https://docs.aws.amazon.com/apigateway/latest/api/API_DomainName.html
    """

    name: str
    host: str | None = None
    id: str | None = None
    arn: str = ""
    status: str = "AVAILABLE"
    security_policy: str | None = None
    certificate_arns: tuple[str, ...] = ()
    ownership_certificate_arn: str | None = None
    routing_mode: str = "BASE_PATH_MAPPING_ONLY"

    def heeds(self, *, by_rule: bool) -> bool:
        """Whether its routing mode lets routing rules lead anywhere, or else mappings.

        Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-mode.html
        """
        return self.routing_mode != ("BASE_PATH_MAPPING_ONLY" if by_rule else "ROUTING_RULE_ONLY")


@dataclass(frozen=True, slots=True)
class ApiMapping:
    """A REST API behind a custom domain name; without a stage, the path names it.

    Source: https://docs.aws.amazon.com/apigateway/latest/api/API_BasePathMapping.html
    """

    domain: ApiDomain
    api_id: str
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class RouteSettings:
    """How a WebSocket stage runs its routes, or one route; None leaves it to what is above.

    Above a route is its stage, above a stage the account's limits and, for logs, OFF.
    Source: https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html
    """

    logging_level: str | None = None
    throttling_rate: float | None = None
    throttling_burst: int | None = None


@dataclass(frozen=True, slots=True)
class WebSocketStage:
    """A stage of a WebSocket API. `routes` are the routes with settings of their own.

    Source: https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages.html
    """

    arn: str
    api_id: str
    api_name: str
    name: str
    access_log_arn: str | None = None
    default: RouteSettings = field(default_factory=RouteSettings)
    routes: Mapping[str, RouteSettings] = field(default_factory=dict, hash=False)
