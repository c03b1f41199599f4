"""The endpoint: every request comes in here, and is answered by the project or by moto."""

from __future__ import annotations

import sys
import threading
import traceback
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from simulated_account.answers import Answers
from simulated_account.answers.service import ServiceError
from simulated_account.failures import FailurePlan
from simulated_account.moto_account import MotoAccount, MotoRefusedError
from simulated_account.paging import (
    AWS_PAGE_SIZES,
    NotPagedError,
    PageCutter,
    PageSize,
    Paging,
    UnknownPageTokenError,
)
from simulated_account.replies import (
    FIRST_ERROR_STATUS,
    WireReply,
    read_json_error,
    write_error,
    write_output,
    write_page,
)
from simulated_account.requests import CBOR_PROTOCOL, AwsRequest, WireRequest, understand

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulated_account.requests import WsgiEnviron

_ANY_SIZE = PageSize(sys.maxsize, sys.maxsize)


@dataclass(frozen=True)
class Call:
    """One request that the account answered."""

    service: str
    operation: str
    region: str
    params: dict[str, Any] = field(default_factory=dict)


class Gateway:
    """A WSGI application that is one AWS account."""

    def __init__(self, account_id: str) -> None:
        """An empty account."""
        self.moto = MotoAccount(account_id)
        self.answers = Answers.for_account(self.moto)
        self.failures = FailurePlan()
        self.calls: list[Call] = []
        self.stopped = threading.Event()
        self.caps: dict[tuple[str, str], int] = {}
        self._pages = PageCutter()
        self._own = threading.RLock()

    def cap_pages(self, service: str, operation: str, size: int | None) -> None:
        """Pages of at most `size` results; None for AWS's own size. Raises NotPagedError."""
        if Paging.of(service, operation) is None:
            raise NotPagedError(service, operation)
        if size is None:
            self.caps.pop((service, operation), None)
        else:
            self.caps[service, operation] = size

    def __call__(self, environ: WsgiEnviron, start_response: Any) -> Iterable[bytes]:
        """WSGI."""
        reply = self.reply(environ)
        status = HTTPStatus(reply.status)
        headers = [
            (name, value) for name, value in reply.headers if name.lower() != "content-length"
        ]
        headers.append(("Content-Length", str(len(reply.body))))
        start_response(f"{reply.status} {status.phrase}", headers)
        return [reply.body]

    def reply(self, environ: WsgiEnviron) -> WireReply:
        """The reply to any request."""
        wire = WireRequest.read(environ)
        request = understand(wire)
        if request is None:
            return self.moto.forward(environ)
        try:
            return self._reply(request, environ)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the caller gets an answer
            return _refusal(request, error)

    def _reply(self, request: AwsRequest, environ: WsgiEnviron) -> WireReply:
        paging = Paging.of(request.service, request.operation)
        self.calls.append(Call(request.service, request.operation, request.region, request.params))
        failure = self.failures.take(request, self._pages.page_number(paging, request.params))
        if failure is not None:
            failed = failure.reply(request, self.stopped)
            if failed is not None:
                return failed
        if paging is not None and self._cuts_pages(request):
            return write_output(request, self._page(request, paging))
        key = (request.service, request.operation)
        own = self.answers.method("answers", *key) or self.answers.method("amends", *key)
        if own or request.protocol == CBOR_PROTOCOL:
            return write_output(request, self._whole_output(request, None))
        reply = self.moto.forward(environ)
        note = self.answers.method("notes", *key)
        if note and reply.status < FIRST_ERROR_STATUS:
            with self._own:
                note(request)
        return reply

    def _cuts_pages(self, request: AwsRequest) -> bool:
        key = (request.service, request.operation)
        return key in self.caps or key in AWS_PAGE_SIZES or self.failures.pages_needed(request) > 0

    def _page(self, request: AwsRequest, paging: Paging) -> dict[str, Any]:
        size, pages = self._page_size(request, paging), self.failures.pages_needed(request)
        if self._pages.knows(paging, request.params):
            return self._pages.next_page(paging, request.params, size, pages=pages)
        if request.get(paging.input_token) and self.answers.method(
            "answers", request.service, request.operation
        ):
            raise UnknownPageTokenError
        whole = self._whole_output(request, paging)
        return self._pages.first_page(paging, whole, size, pages=pages)

    def _page_size(self, request: AwsRequest, paging: Paging) -> int:
        key = (request.service, request.operation)
        aws = AWS_PAGE_SIZES.get(key, _ANY_SIZE)
        asked = request.get(paging.limit_key) if paging.limit_key else None
        if asked and (most := paging.most_allowed(request.model)) and int(asked) > most:
            message = f"{paging.limit_key} must have value less than or equal to {most}"
            raise ServiceError(message, code="ValidationException")
        size = min(int(asked), aws.maximum) if asked else aws.default
        return max(1, min(size, self.caps.get(key, size)))

    def _whole_output(self, request: AwsRequest, paging: Paging | None) -> dict[str, Any]:
        key = (request.service, request.operation)
        if answer := self.answers.method("answers", *key):
            with self._own:
                output: dict[str, Any] = answer(request)
            return output
        if paging is not None:
            output = self.moto.call_every_page(request, paging)
        else:
            output = self.moto.call(*key, request.region, request.params)
        with self._own:
            if note := self.answers.method("notes", *key):
                note(request)
            if amend := self.answers.method("amends", *key):
                output = amend(request, output)
        return output


def _refusal(request: AwsRequest, error: Exception) -> WireReply:
    match error:
        case ServiceError():
            return write_error(request, error.code, error.message, error.status)
        case UnknownPageTokenError():
            return write_error(request, "InvalidNextToken", "The token is not valid.", 400)
        case MotoRefusedError() if request.protocol == CBOR_PROTOCOL:
            return write_error(request, *read_json_error(error.reply), error.reply.status)
        case MotoRefusedError():
            return error.reply
        case _:
            # A mistake of this package: the caller gets a broken service, the reader the reason.
            traceback.print_exception(error)
            return write_page(500, f"<html><body>{type(error).__name__}: {error}</body></html>")
