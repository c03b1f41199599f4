"""What arrives at the endpoint: the request on the wire and what it asks for."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from botocore.model import OperationNotFoundError
from botocore.utils import parse_timestamp
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from werkzeug.datastructures import Headers, MultiDict

from simulated_account import cbor, service_models

if TYPE_CHECKING:
    from moto.core.model import OperationModel

WsgiEnviron = dict[str, Any]

CBOR_PROTOCOL = "smithy-rpc-v2-cbor"


@dataclass(frozen=True)
class WireRequest:
    """One HTTP request, its body already read."""

    method: str
    raw_path: str
    query: str
    headers: Headers
    body: bytes

    @classmethod
    def read(cls, environ: WsgiEnviron) -> WireRequest:
        """Leaves the body readable in `environ` for whoever answers after this."""
        stream = environ["wsgi.input"]
        if environ.get("wsgi.input_terminated"):
            body = stream.read()
            environ["CONTENT_LENGTH"] = str(len(body))
            environ.pop("HTTP_TRANSFER_ENCODING", None)
            environ.pop("wsgi.input_terminated")
        else:
            body = stream.read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        headers = Headers(
            (key[5:].replace("_", "-").title(), value)
            for key, value in environ.items()
            if key.startswith("HTTP_")
        )
        if environ.get("CONTENT_TYPE"):
            headers["Content-Type"] = environ["CONTENT_TYPE"]
        raw_path, _, _ = str(environ.get("RAW_URI") or environ["PATH_INFO"]).partition("?")
        return cls(environ["REQUEST_METHOD"], raw_path, environ["QUERY_STRING"], headers, body)


@dataclass(frozen=True)
class AwsRequest:
    """One call of one operation, its parameters named as boto3 names them."""

    service: str
    operation: str
    region: str
    protocol: str
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def model(self) -> OperationModel:
        """The operation's definition."""
        return service_models.operation_model(self.service, self.operation)

    def with_params(self, params: dict[str, Any]) -> AwsRequest:
        """The same call with other parameters."""
        return replace(self, params=params)

    def __getitem__(self, name: str) -> Any:
        return self.params[name]

    def get(self, name: str, default: Any = None) -> Any:
        """A parameter, or `default` where the caller left it out."""
        return self.params.get(name, default)


def understand(wire: WireRequest) -> AwsRequest | None:
    """What a signed request asks for; None for what is no well-formed call of a known operation.

    Query strings with a signature (presigned URLs) count as unsigned: nothing that the monitor
    reads is reached that way.
    """
    scope = _credential_scope(wire.headers.get("Authorization", ""))
    if scope is None:
        return None
    region, signing_name = scope
    candidates = service_models.services_by_signing_name().get(signing_name, ())
    try:
        return _understand(wire, region, candidates)
    except (OperationNotFoundError, RequestParserError, ValueError):
        return None


def _credential_scope(authorization: str) -> tuple[str, str] | None:
    """Region and signing name of a SigV4 header."""
    _, found, credential = authorization.partition("Credential=")
    parts = credential.split(",")[0].split("/")
    return (parts[-3], parts[-2]) if found and len(parts) >= 5 else None  # noqa: PLR2004 -- the parts of an authorization scope


def _understand(
    wire: WireRequest, region: str, candidates: tuple[service_models.ServiceIdentity, ...]
) -> AwsRequest | None:
    if target := wire.headers.get("X-Amz-Target"):
        prefix, _, operation = target.rpartition(".")
        for service in candidates:
            if service.target_prefix == prefix:
                return _parsed(wire, AwsRequest(service.name, operation, region, "json"))
        return None
    if wire.headers.get("Smithy-Protocol") == "rpc-v2-cbor":
        operation = wire.raw_path.rpartition("/")[2]
        return _parsed(wire, AwsRequest(candidates[0].name, operation, region, CBOR_PROTOCOL))
    if wire.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        form = parse_qs(wire.body.decode(), keep_blank_values=True)
        for service in candidates:
            if service.api_version in form.get("Version", ()):
                protocol = "ec2" if service.name == "ec2" else "query"
                return _parsed(wire, AwsRequest(service.name, form["Action"][0], region, protocol))
        return None
    return _rest_request(wire, region, candidates)


def _rest_request(
    wire: WireRequest, region: str, candidates: tuple[service_models.ServiceIdentity, ...]
) -> AwsRequest | None:
    query = parse_qs(wire.query, keep_blank_values=True)
    if wire.headers.get("X-Amz-Account-Id"):
        # S3 Control signs as S3, to which any of its addresses is an object in a bucket.
        candidates = tuple(service for service in candidates if service.name == "s3control")
    for service in candidates:
        if found := service_models.route(service.name, wire.method, wire.raw_path, query):
            operation, path_values = found
            protocol = str(service_models.service_model(service.name).protocol)
            return _parsed(wire, AwsRequest(service.name, operation, region, protocol), path_values)
    return None


def _parsed(
    wire: WireRequest, request: AwsRequest, path_values: dict[str, str] | None = None
) -> AwsRequest:
    """The request with its parameters. Raises OperationNotFoundError."""
    model = request.model
    if request.protocol == CBOR_PROTOCOL:
        return request.with_params(cbor.decode(wire.body) if wire.body else {})
    values = wire.body.decode() if request.protocol in {"query", "ec2"} else wire.query
    parser = PROTOCOL_PARSERS[request.protocol](model, timestamp_parser=_aware_utc)
    parsed = parser.parse(
        {
            "method": wire.method,
            "values": MultiDict(parse_qs(values, keep_blank_values=True)),
            "headers": wire.headers,
            "body": wire.body,
            "url_path": wire.raw_path,
            "url_params": path_values or {},
        }
    )
    return request.with_params(parsed or {})


def _aware_utc(value: Any) -> datetime:
    return parse_timestamp(value).astimezone(UTC)
