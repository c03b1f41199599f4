"""Amazon API Gateway, both generations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.apis import (
    Api,
    ApiDomain,
    ApiMapping,
    MethodSettings,
    RestStage,
    RouteSettings,
    WebSocketStage,
)
from compliance.model import Identity
from compliance.registry import Read, collector

GET_REST_APIS = Read("apigateway", "GetRestApis", ("apigateway:GET",))
GET_STAGES = Read(
    "apigateway", "GetStages", ("apigateway:GET",), absent=frozenset({"NotFoundException"})
)
GET_DOMAIN_NAMES = Read("apigateway", "GetDomainNames", ("apigateway:GET",))
GET_BASE_PATH_MAPPINGS = Read(
    "apigateway",
    "GetBasePathMappings",
    ("apigateway:GET",),
    absent=frozenset({"NotFoundException"}),
)
GET_APIS = Read("apigatewayv2", "GetApis", ("apigateway:GET",))


@collector(GET_REST_APIS)
def rest_apis(reader: Reader) -> Iterator[Api]:
    """Every REST API in the region, 500 a page."""
    where = reader.identity
    for page in reader.pages(GET_REST_APIS, limit=500):
        for api in page.get("items", ()):
            arn = f"arn:{where.partition}:apigateway:{where.region}::/restapis/{api['id']}"
            types = api.get("endpointConfiguration", {}).get("types", ())
            yield Api(arn, api["id"], api["name"], "REST", private="PRIVATE" in types)


@collector(GET_APIS)
def http_and_websocket_apis(reader: Reader) -> Iterator[Api]:
    """Every HTTP and every WebSocket API in the region."""
    where = reader.identity
    for page in reader.pages(GET_APIS, MaxResults="500"):
        for api in page.get("Items", ()):
            arn = f"arn:{where.partition}:apigateway:{where.region}::/apis/{api['ApiId']}"
            cors = api.get("CorsConfiguration")
            origins = tuple(cors.get("AllowOrigins", ())) if cors else None
            yield Api(arn, api["ApiId"], api["Name"], api["ProtocolType"], cors_origins=origins)


@collector(GET_STAGES)
def rest_stages(reader: Reader, rest_apis: Sequence[Api]) -> Iterator[RestStage]:
    """Every stage of every REST API; AWS gives all stages of an API in one answer."""
    for stages in reader.each(rest_apis, partial(_rest_stages, reader)):
        yield from stages


def _rest_stages(reader: Reader, api: Api) -> list[RestStage]:
    answer = reader.call(GET_STAGES, restApiId=api.id)
    return [_rest_stage(api, stage) for stage in answer.get("item", ())] if answer else []


def _rest_stage(api: Api, stage: Mapping[str, Any]) -> RestStage:
    access_log = stage.get("accessLogSettings") or {}
    cached = stage.get("cacheClusterEnabled", False)
    size = stage.get("cacheClusterSize") if cached else None
    return RestStage(
        arn=f"{api.arn}/stages/{stage['stageName']}",
        api_id=api.id,
        api_name=api.name,
        name=stage["stageName"],
        web_acl_arn=stage.get("webAclArn") or None,
        tracing=stage.get("tracingEnabled", False),
        access_log_arn=access_log.get("destinationArn") or None,
        access_log_format=access_log.get("format") or None,
        cache_size_gb=float(size) if size else None,
        cache_status=stage.get("cacheClusterStatus") if cached else None,
        methods={
            method: _method_settings(settings)
            for method, settings in stage.get("methodSettings", {}).items()
        },
        private=api.private,
        documentation_version=stage.get("documentationVersion") or None,
    )


def _method_settings(settings: Mapping[str, Any]) -> MethodSettings:
    default = MethodSettings()
    return MethodSettings(
        logging_level=settings.get("loggingLevel") or default.logging_level,
        data_trace=settings.get("dataTraceEnabled", default.data_trace),
        metrics=settings.get("metricsEnabled", default.metrics),
        throttling_rate=settings.get("throttlingRateLimit", default.throttling_rate),
        throttling_burst=settings.get("throttlingBurstLimit", default.throttling_burst),
        caching=settings.get("cachingEnabled", default.caching),
        cache_ttl_seconds=settings.get("cacheTtlInSeconds", default.cache_ttl_seconds),
        cache_encrypted=settings.get("cacheDataEncrypted", default.cache_encrypted),
    )


@collector(GET_DOMAIN_NAMES)
def api_domains(reader: Reader) -> Iterator[ApiDomain]:
    """Every custom domain name of the region, 500 a page."""
    for page in reader.pages(GET_DOMAIN_NAMES, limit=500):
        for domain in page.get("items", ()):
            yield _api_domain(domain, reader.identity)


def _api_domain(domain: Mapping[str, Any], where: Identity) -> ApiDomain:
    name = domain["domainName"]
    certificates = (domain.get("certificateArn"), domain.get("regionalCertificateArn"))
    return ApiDomain(
        name,
        domain.get("regionalDomainName") or domain.get("distributionDomainName"),
        domain.get("domainNameId"),
        arn=domain.get("domainNameArn")
        or f"arn:{where.partition}:apigateway:{where.region}::/domainnames/{name}",
        status=domain.get("domainNameStatus", "AVAILABLE"),
        security_policy=domain.get("securityPolicy"),
        certificate_arns=tuple(arn for arn in certificates if arn),
        ownership_certificate_arn=domain.get("ownershipVerificationCertificateArn"),
        routing_mode=domain.get("routingMode", "BASE_PATH_MAPPING_ONLY"),
    )


@collector(GET_BASE_PATH_MAPPINGS)
def api_mappings(reader: Reader, api_domains: Sequence[ApiDomain]) -> Iterator[ApiMapping]:
    """Every REST API behind a custom domain name; routing rules lead to none of these."""
    for mappings in reader.each(api_domains, partial(_api_mappings, reader)):
        yield from mappings


def _api_mappings(reader: Reader, domain: ApiDomain) -> list[ApiMapping]:
    # A private domain name is known by its name and id together, a public one by its name.
    by_id = {"domainNameId": domain.id} if domain.id else {}
    pages = reader.pages(GET_BASE_PATH_MAPPINGS, domainName=domain.name, limit=500, **by_id)
    return [
        ApiMapping(domain, mapping["restApiId"], _stage_of(mapping))
        for page in pages
        for mapping in page.get("items", ())
    ]


def _stage_of(mapping: Mapping[str, Any]) -> str | None:
    stage: str | None = mapping.get("stage")
    return None if stage in {"", "(none)"} else stage


GET_WEBSOCKET_STAGES = Read(
    "apigatewayv2", "GetStages", ("apigateway:GET",), absent=frozenset({"NotFoundException"})
)


@collector(GET_WEBSOCKET_STAGES)
def websocket_stages(
    reader: Reader, http_and_websocket_apis: Sequence[Api]
) -> Iterator[WebSocketStage]:
    """Every stage of every WebSocket API, with the settings of its routes in the same answer."""
    sockets = [api for api in http_and_websocket_apis if api.protocol == "WEBSOCKET"]
    for stages in reader.each(sockets, partial(_websocket_stages, reader)):
        yield from stages


def _websocket_stages(reader: Reader, api: Api) -> list[WebSocketStage]:
    pages = reader.pages(GET_WEBSOCKET_STAGES, ApiId=api.id, MaxResults="500")
    return [_websocket_stage(api, stage) for page in pages for stage in page.get("Items", ())]


def _websocket_stage(api: Api, stage: Mapping[str, Any]) -> WebSocketStage:
    return WebSocketStage(
        arn=f"{api.arn}/stages/{stage['StageName']}",
        api_id=api.id,
        api_name=api.name,
        name=stage["StageName"],
        access_log_arn=stage.get("AccessLogSettings", {}).get("DestinationArn") or None,
        default=_route_settings(stage.get("DefaultRouteSettings", {})),
        routes={
            route: _route_settings(settings)
            for route, settings in stage.get("RouteSettings", {}).items()
        },
    )


def _route_settings(settings: Mapping[str, Any]) -> RouteSettings:
    return RouteSettings(
        settings.get("LoggingLevel"),
        settings.get("ThrottlingRateLimit"),
        settings.get("ThrottlingBurstLimit"),
    )
