"""What leaves the endpoint: outputs and errors, in the protocol that the caller speaks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from xml.sax.saxutils import escape

from botocore.awsrequest import HeadersDict
from botocore.parsers import ResponseParserFactory
from botocore.validate import ParamValidator
from moto.core.serialize import SerializationContext, get_serializer_class

from simulated_account import cbor
from simulated_account.requests import CBOR_PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moto.core.model import OperationModel

    from simulated_account.requests import AwsRequest

FIRST_ERROR_STATUS = 300
SERVER_ERROR_STATUS = 500

_RANGES = frozenset({"invalid range", "invalid length"})


@dataclass(frozen=True)
class WireReply:
    """One HTTP response."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def succeeded(self) -> bool:
        """Whether the operation was carried out."""
        return self.status < FIRST_ERROR_STATUS


class AnswerDoesNotFitModelError(Exception):
    """The project's own answer has a field that the service does not, or lacks one.

    A mistake in this package: a client would silently drop the field and read it as absent.
    """

    def __init__(self, request: AwsRequest, mistakes: str) -> None:
        super().__init__(f"{request.service} {request.operation}: {mistakes}")


def read_output(model: OperationModel, protocol: str, reply: WireReply) -> dict[str, Any]:
    """The output that a successful reply carries, as boto3 would return it."""
    parser = ResponseParserFactory().create_parser(protocol)
    response = {
        "status_code": reply.status,
        "headers": HeadersDict(reply.headers),
        "body": reply.body,
        "context": {"operation_name": model.name},
    }
    output: dict[str, Any] = parser.parse(response, model.output_shape)  # type: ignore[arg-type]  # moto widens the response
    output.pop("ResponseMetadata", None)
    return output


def read_json_error(reply: WireReply) -> tuple[str, str]:
    """Code and message of an error in one of the JSON protocols."""
    error = json.loads(reply.body)
    code = str(error.get("__type", "InternalFailure")).rpartition("#")[2]
    return code, str(error.get("message") or error.get("Message") or "")


def write_output(request: AwsRequest, output: Mapping[str, Any]) -> WireReply:
    """The reply that carries `output`, which must fit the service's model."""
    shape = request.model.output_shape
    if shape is not None:
        report = ParamValidator().validate(output, shape)
        # AWS's own answers leave the ranges that it sets for requests.
        report._errors = [error for error in report._errors if error[0] not in _RANGES]  # noqa: SLF001 -- moto and botocore offer no other way
        if report.has_errors():
            raise AnswerDoesNotFitModelError(request, report.generate_report())
    request_id = str(uuid4())
    if request.protocol == CBOR_PROTOCOL:
        return _cbor_reply(200, request_id, output)
    serializer = get_serializer_class(request.service, request.protocol)(
        request.model, context=SerializationContext(request_id)
    )
    serialized = serializer.serialize(dict(output))
    body = serialized["body"]
    headers = {**serialized["headers"], "x-amzn-RequestId": request_id}
    return WireReply(
        int(serialized["status_code"]),
        tuple((key, str(value)) for key, value in headers.items()),
        body.encode() if isinstance(body, str) else body,
    )


def write_error(request: AwsRequest, code: str, message: str, status: int) -> WireReply:
    """An error in the shape that the caller's protocol prescribes."""
    request_id = str(uuid4())
    metadata = request.model.service_model.metadata
    if request.protocol == CBOR_PROTOCOL:
        error = {"__type": f"com.amazonaws.{request.service}#{code}", "message": message}
        return _cbor_reply(status, request_id, error, **_query_compatible(metadata, code, status))
    if request.protocol == "json":
        return _reply(
            status,
            request_id,
            f"application/x-amz-json-{metadata.get('jsonVersion', '1.1')}",
            json.dumps({"__type": code, "message": message}),
            **_query_compatible(metadata, code, status),
        )
    if request.protocol == "rest-json":
        body = json.dumps({"message": message})
        return _reply(status, request_id, "application/json", body, **{"x-amzn-ErrorType": code})
    side = "Receiver" if status >= SERVER_ERROR_STATUS else "Sender"
    code, message = escape(code), escape(message)
    if request.protocol == "ec2":
        xml = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error>"
            f"</Errors><RequestID>{request_id}</RequestID></Response>"
        )
    elif request.service == "s3":
        xml = (
            f"<Error><Code>{code}</Code><Message>{message}</Message>"
            f"<RequestId>{request_id}</RequestId></Error>"
        )
    else:
        xml = (
            f"<ErrorResponse><Error><Type>{side}</Type><Code>{code}</Code>"
            f"<Message>{message}</Message></Error><RequestId>{request_id}</RequestId>"
            "</ErrorResponse>"
        )
    return _reply(status, request_id, "text/xml", xml)


def write_page(status: int, html: str) -> WireReply:
    """A page for people, as a load balancer sends it when the service behind it is gone."""
    return WireReply(status, (("Content-Type", "text/html"),), html.encode())


def _query_compatible(metadata: Mapping[str, Any], code: str, status: int) -> dict[str, str]:
    if "awsQueryCompatible" not in metadata:
        return {}
    side = "Receiver" if status >= SERVER_ERROR_STATUS else "Sender"
    return {"x-amzn-query-error": f"{code};{side}"}


def _reply(
    status: int, request_id: str, content_type: str, body: str | bytes, **headers: str
) -> WireReply:
    return WireReply(
        status,
        (
            ("Content-Type", content_type),
            ("x-amzn-RequestId", request_id),
            *headers.items(),
        ),
        body.encode() if isinstance(body, str) else body,
    )


def _cbor_reply(
    status: int, request_id: str, content: Mapping[str, Any], **headers: str
) -> WireReply:
    return _reply(
        status,
        request_id,
        "application/cbor",
        cbor.encode(dict(content)),
        **{"smithy-protocol": "rpc-v2-cbor", **headers},
    )
