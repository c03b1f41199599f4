"""Moto in this process: the part of the account that it answers rightly."""

from __future__ import annotations

import io
import os
import threading
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlencode, urlsplit

os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")

from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.serialize import create_serializer
from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from simulated_account import service_models
from simulated_account.replies import WireReply, read_output, write_page

if TYPE_CHECKING:
    from moto.core.model import OperationModel

    from simulated_account.paging import Paging
    from simulated_account.requests import AwsRequest, WsgiEnviron

# moto takes the account of a request from this header, so that accounts can live side by side.
_ACCOUNT_HEADER = "HTTP_X_MOTO_ACCOUNT_ID"
_GLOBAL_REGION = "aws"
_PROTOCOLS = ("json", "rest-json", "rest-xml", "query", "ec2")


class MotoRefusedError(Exception):
    """Moto answered with an error, which is the caller's to see."""

    def __init__(self, reply: WireReply) -> None:
        super().__init__(f"moto answered {reply.status}: {reply.body[:200]!r}")
        self.reply = reply


class MotoAccount:
    """One account within moto."""

    def __init__(self, account_id: str) -> None:
        """Nothing is created before the first use."""
        self.account_id = account_id
        self._application = DomainDispatcherApplication(create_backend_app)
        self._tables = threading.Lock()

    def backend(self, service: str, region: str = _GLOBAL_REGION) -> Any:
        """Moto's own objects of a service: for seeding what no operation can set."""
        return cast("Any", get_backend)(service)[self.account_id][region]

    def forget(self) -> None:
        """Drops everything of this account: moto's state belongs to the process, not to us."""
        for backends in list(BackendDict._instances):  # type: ignore[misc]  # noqa: SLF001 -- moto and botocore offer no other way
            backends.pop(self.account_id, None)
            # S3's alone remember apart from the account who took the name of a bucket.
            taken: dict[str, tuple[str, str]] = getattr(backends, "bucket_accounts", {})
            for name in [n for n, (_, owner) in taken.items() if owner == self.account_id]:
                del taken[name]

    def forward(self, environ: WsgiEnviron) -> WireReply:
        """Moto's reply to a request as it came."""
        environ[_ACCOUNT_HEADER] = self.account_id
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
            started[:] = [status, headers]

        try:
            with self._alone(environ):
                chunks = self._application(environ, start_response)
                body = b"".join(chunks)
        except NotImplementedError as missing:
            return write_page(500, f"<html><body>moto: {missing}</body></html>")
        except Exception as crash:  # noqa: BLE001 -- whatever it is, the caller gets an answer
            return write_page(
                500, f"<html><body>moto: {type(crash).__name__}: {crash}</body></html>"
            )
        return WireReply(int(started[0].split()[0]), tuple(started[1]), body)

    def _alone(self, environ: WsgiEnviron) -> AbstractContextManager[Any]:
        """DynamoDB one call at a time, everything else as it comes.

        Moto copies all tables for a transaction and puts the copy back where it fails: what others
        write or iterate meanwhile would be lost, or break it. In AWS a transaction is isolated.
        """
        target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
        return self._tables if target.startswith("DynamoDB_") else nullcontext()

    def call(
        self, service: str, operation: str, region: str, params: dict[str, Any]
    ) -> dict[str, Any]:
        """Moto's output for a call that nobody sent. Raises MotoRefusedError."""
        model = service_models.operation_model(service, operation)
        protocol = _protocol_with_moto(model)
        reply = self.forward(self._environ(service, operation, region, params))
        if not reply.succeeded:
            raise MotoRefusedError(reply)
        return read_output(model, protocol, reply)

    def call_every_page(self, request: AwsRequest, paging: Paging) -> dict[str, Any]:
        """Moto's whole answer, whatever the page size it works with."""
        params = paging.without_page(request.params)
        output = self.call(request.service, request.operation, request.region, params)
        token = output.pop(paging.output_token, None)
        while token:
            page = self.call(
                request.service,
                request.operation,
                request.region,
                {**params, paging.input_token: token},
            )
            for key in paging.result_keys:
                output.setdefault(key, []).extend(page.get(key, ()))
            token = page.get(paging.output_token)
        return output

    def _environ(
        self, service: str, operation: str, region: str, params: dict[str, Any]
    ) -> WsgiEnviron:
        model = service_models.operation_model(service, operation)
        serializer = create_serializer(_protocol_with_moto(model), include_validation=False)
        prepared = serializer.serialize_to_request(params, model)
        prepare_request_dict(prepared, endpoint_url="http://localhost")
        sent = create_request_object(prepared).prepare()
        body = sent.body or b""
        if isinstance(body, dict):
            body = urlencode(body, doseq=True)
        if isinstance(body, str):
            body = body.encode()
        address = urlsplit(sent.url)
        scope = f"simulated/20000101/{region}/{service_models.signing_name_of(service)}"
        environ: WsgiEnviron = {
            "REQUEST_METHOD": sent.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(address.path),
            "RAW_URI": address.path,
            "REQUEST_URI": address.path,
            "QUERY_STRING": address.query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={scope}/aws4_request",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in sent.headers.items():
            text = value.decode() if isinstance(value, bytes) else str(value)
            key = name.upper().replace("-", "_")
            environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = text
        return environ


def _protocol_with_moto(model: OperationModel) -> str:
    """The first that moto understands of those that the service offers."""
    offered = model.service_model.metadata.get("protocols") or [model.service_model.protocol]
    return next(protocol for protocol in _PROTOCOLS if protocol in offered)
