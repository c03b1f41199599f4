"""Which service and operation a request is for, as botocore's service models define it.

The credential scope of a signature names a signing name, not a service: `apigateway` signs for
two services, `monitoring` is CloudWatch. The models' own metadata resolves it, so that a service
needs no entry here to be understood.
"""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import botocore
from moto.core.utils import get_pagination_model, get_service_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moto.core.model import OperationModel, ServiceModel

_HEAD_BYTES = 8192
_PLACEHOLDER = re.compile(r"\{([^}]+)\}")


@dataclass(frozen=True)
class ServiceIdentity:
    """What tells one service's requests from another's."""

    name: str
    signing_name: str
    target_prefix: str | None
    api_version: str


@dataclass(frozen=True)
class Route:
    """The address of one operation of a REST service."""

    operation: str
    pattern: re.Pattern[str]
    names: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    literal_length: int


def _identity_of(service_directory: Path) -> ServiceIdentity | None:
    """Reads only the head of the newest model: whole models of all services take seconds."""
    versions = sorted(service_directory.glob("*/service-2.json.gz"))
    if not versions:
        return None
    with gzip.open(versions[-1]) as stream:
        head = stream.read(_HEAD_BYTES)
    start = head.find(b'"metadata"')
    if start < 0:
        return None
    text = head[head.index(b"{", start) :].decode("utf-8", "ignore")
    metadata, _ = json.JSONDecoder().raw_decode(text)
    return ServiceIdentity(
        name=service_directory.name,
        signing_name=metadata.get("signingName", metadata["endpointPrefix"]),
        target_prefix=metadata.get("targetPrefix"),
        api_version=metadata["apiVersion"],
    )


@cache
def services_by_signing_name() -> Mapping[str, tuple[ServiceIdentity, ...]]:
    """Services that sign with a name; the one that bears the name itself comes first."""
    found: dict[str, list[ServiceIdentity]] = {}
    for directory in sorted((Path(botocore.__file__).parent / "data").iterdir()):
        identity = _identity_of(directory) if directory.is_dir() else None
        if identity is not None:
            found.setdefault(identity.signing_name, []).append(identity)
    return {
        signing_name: tuple(sorted(services, key=lambda s: (s.name != signing_name, s.name)))
        for signing_name, services in found.items()
    }


@cache
def signing_name_of(service: str) -> str:
    """The name in the credential scope of the service's requests."""
    metadata = get_service_model(service).metadata
    return str(metadata.get("signingName", metadata["endpointPrefix"]))


def service_model(service: str) -> ServiceModel:
    """The service's model; loaded once."""
    return get_service_model(service)


def operation_model(service: str, operation: str) -> OperationModel:
    """Raises botocore's OperationNotFoundError for a name that the service does not have."""
    model: OperationModel = get_service_model(service).operation_model(operation)
    return model


@cache
def pagination_of(service: str) -> Mapping[str, Mapping[str, object]]:
    """Botocore's paginator definitions by operation; empty where the service has none."""
    try:
        return get_pagination_model(service)
    except botocore.exceptions.UnknownServiceError:
        return {}
    except botocore.exceptions.DataNotFoundError:
        return {}


@cache
def _routes(service: str) -> Mapping[str, tuple[Route, ...]]:
    """By HTTP method, the most specific first."""
    model = get_service_model(service)
    routes: dict[str, list[Route]] = {}
    for operation in model.operation_names:
        if model.operation_model(operation).deprecated:
            continue  # S3 has two names for one address, of which SDKs send the newer
        http = model.operation_model(operation).http
        path, _, query = http["requestUri"].partition("?")
        names: list[str] = []
        pattern = ""
        position = 0
        for match in _PLACEHOLDER.finditer(path):
            greedy = match.group(1).endswith("+")
            names.append(match.group(1).rstrip("+"))
            pattern += re.escape(path[position : match.start()]) + ("(.+)" if greedy else "([^/]+)")
            position = match.end()
        pattern += re.escape(path[position:].rstrip("/")) + "/?"
        routes.setdefault(http["method"], []).append(
            Route(
                operation=operation,
                pattern=re.compile(pattern),
                names=tuple(names),
                query=tuple(
                    (key, values[0])
                    for key, values in parse_qs(query, keep_blank_values=True).items()
                ),
                literal_length=len(_PLACEHOLDER.sub("", path)),
            )
        )
    return {
        method: tuple(sorted(group, key=lambda r: (-len(r.query), -r.literal_length)))
        for method, group in routes.items()
    }


def route(
    service: str, method: str, raw_path: str, query: Mapping[str, list[str]]
) -> tuple[str, dict[str, str]] | None:
    """The operation at a REST address with the values of its path, still percent-encoded."""
    for candidate in _routes(service).get(method, ()):
        match = candidate.pattern.fullmatch(raw_path)
        if match and all(
            key in query and (not value or value in query[key]) for key, value in candidate.query
        ):
            return candidate.operation, dict(zip(candidate.names, match.groups(), strict=True))
    return None
