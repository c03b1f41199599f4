"""Amazon API Gateway: the methods of the REST APIs that serve production.

One listing an API tells all methods with their integrations. What serves nothing is not asked for,
as the control plane answers ten requests a second for the whole account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.apis import Api, RestStage
from compliance.facts.rest_methods import (
    GatewayResponse,
    RequestValidator,
    RestMethod,
    RestResource,
)
from compliance.registry import Read, collector

_ACTIONS = ("apigateway:GET",)
_GONE = frozenset({"NotFoundException"})

GET_RESOURCES = Read("apigateway", "GetResources", _ACTIONS, absent=_GONE)
GET_REQUEST_VALIDATORS = Read("apigateway", "GetRequestValidators", _ACTIONS, absent=_GONE)
GET_GATEWAY_RESPONSES = Read("apigateway", "GetGatewayResponses", _ACTIONS, absent=_GONE)

_ALLOW_ORIGIN = "access-control-allow-origin"


def _serving(
    apis: Iterable[Api], stages: Iterable[RestStage], production_stages: Sequence[str]
) -> list[Api]:
    serving = {stage.api_id for stage in stages if stage.name in production_stages}
    return [api for api in apis if api.id in serving]


@collector(GET_RESOURCES, production_stages="api.production_stages")
def rest_resources(
    reader: Reader,
    rest_apis: Sequence[Api],
    rest_stages: Sequence[RestStage],
    *,
    production_stages: Sequence[str],
) -> Iterator[RestResource]:
    """Every path with its methods of every REST API with a production stage, 500 a page."""
    serving = _serving(rest_apis, rest_stages, production_stages)
    for resources in reader.each(serving, partial(_resources, reader)):
        yield from resources


def _resources(reader: Reader, api: Api) -> list[RestResource]:
    pages = reader.pages(GET_RESOURCES, restApiId=api.id, limit=500, embed=["methods"])
    return [
        RestResource(
            arn=f"{api.arn}/resources/{resource['id']}",
            api_id=api.id,
            api_name=api.name,
            path=resource["path"],
            methods={
                verb: _method(verb, method)
                for verb, method in resource.get("resourceMethods", {}).items()
            },
        )
        for page in pages
        for resource in page.get("items", ())
    ]


def _method(verb: str, method: Mapping[str, Any]) -> RestMethod:
    integration = method.get("methodIntegration") or {}
    responses = (integration.get("integrationResponses") or {}).values()
    templates = (
        template
        for said in (
            integration.get("requestTemplates"),
            *(r.get("responseTemplates") for r in responses),
        )
        for template in (said or {}).values()
    )
    return RestMethod(
        verb=verb,
        integration=integration.get("type"),
        key_required=method.get("apiKeyRequired") or False,
        validator_id=method.get("requestValidatorId"),
        body_models=tuple((method.get("requestModels") or {}).values()),
        required_parameters=tuple(
            name for name, required in (method.get("requestParameters") or {}).items() if required
        ),
        allowed_origins=tuple(
            value
            for response in responses
            for name, value in (response.get("responseParameters") or {}).items()
            if name.lower() == f"method.response.header.{_ALLOW_ORIGIN}"
        ),
        origins_computed=any(_ALLOW_ORIGIN in (each or "").lower() for each in templates),
    )


@collector(GET_REQUEST_VALIDATORS)
def request_validators(
    reader: Reader, rest_resources: Sequence[RestResource]
) -> Iterator[RequestValidator]:
    """The validators of each API whose methods name one."""
    naming = dict.fromkeys(
        resource.api_id
        for resource in rest_resources
        if any(method.validator_id for method in resource.methods.values())
    )
    for validators in reader.each(naming, partial(_validators, reader)):
        yield from validators


def _validators(reader: Reader, api_id: str) -> list[RequestValidator]:
    return [
        RequestValidator(
            api_id,
            validator["id"],
            body=validator.get("validateRequestBody") or False,
            parameters=validator.get("validateRequestParameters") or False,
        )
        for page in reader.pages(GET_REQUEST_VALIDATORS, restApiId=api_id, limit=500)
        for validator in page.get("items", ())
    ]


@collector(GET_GATEWAY_RESPONSES, production_stages="api.production_stages")
def gateway_responses(
    reader: Reader,
    rest_apis: Sequence[Api],
    rest_stages: Sequence[RestStage],
    *,
    production_stages: Sequence[str],
) -> Iterator[GatewayResponse]:
    """How every REST API with a production stage answers by itself."""
    serving = _serving(rest_apis, rest_stages, production_stages)
    for responses in reader.each(serving, partial(_gateway_responses, reader)):
        yield from responses


def _gateway_responses(reader: Reader, api: Api) -> list[GatewayResponse]:
    return [
        _gateway_response(api, said)
        for page in reader.pages(GET_GATEWAY_RESPONSES, restApiId=api.id)
        for said in page.get("items", ())
    ]


def _gateway_response(api: Api, said: Mapping[str, Any]) -> GatewayResponse:
    origins = (
        value
        for name, value in (said.get("responseParameters") or {}).items()
        if name.lower() == f"gatewayresponse.header.{_ALLOW_ORIGIN}"
    )
    kind = said["responseType"]
    return GatewayResponse(
        f"{api.arn}/gatewayresponses/{kind}", api.name, kind, next(origins, None)
    )
