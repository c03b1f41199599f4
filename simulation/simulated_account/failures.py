"""Ways in which a call can fail, and when: the weather that tests make."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulated_account.replies import WireReply, write_error, write_page

if TYPE_CHECKING:
    from simulated_account.requests import AwsRequest

Predicate = Callable[[dict[str, Any]], bool]

# What these services say where others say AccessDenied(Exception) or ThrottlingException.
_DENIED_CODES = {"ec2": "UnauthorizedOperation", "sns": "AuthorizationError"}
_THROTTLED = {
    "lambda": ("TooManyRequestsException", 429),
    "apigateway": ("TooManyRequestsException", 429),
    "apigatewayv2": ("TooManyRequestsException", 429),
    "ec2": ("RequestLimitExceeded", 503),
}
_JSON_PROTOCOLS = frozenset({"json", "rest-json"})


class Failure:
    """A way to fail."""

    def reply(self, request: AwsRequest, stopped: threading.Event) -> WireReply | None:
        """What the caller gets instead of the answer; None to answer after all."""
        raise NotImplementedError


@dataclass(frozen=True)
class AwsError(Failure):
    """The service answers with this error code."""

    code: str
    message: str = "Simulated failure."
    status: int = 400

    def reply(self, request: AwsRequest, stopped: threading.Event) -> WireReply:
        """The error in the caller's protocol."""
        del stopped
        return write_error(request, self.code, self.message, self.status)


@dataclass(frozen=True)
class AccessDenied(Failure):
    """The caller's policies lack the action: each service says so in its own words."""

    code: str | None = None

    def reply(self, request: AwsRequest, stopped: threading.Event) -> WireReply:
        """Status 400 where AWS's JSON protocol has it, 403 everywhere else."""
        del stopped
        default = "AccessDeniedException" if request.protocol in _JSON_PROTOCOLS else "AccessDenied"
        code = self.code or _DENIED_CODES.get(request.service, default)
        message = (
            "User: arn:aws:iam::123456789012:user/simulated is not authorized to perform: "
            f"{request.service}:{request.operation} because no identity-based policy allows it"
        )
        return write_error(request, code, message, 400 if request.protocol == "json" else 403)


@dataclass(frozen=True)
class Throttling(Failure):
    """Too many calls: SDKs retry this."""

    code: str | None = None

    def reply(self, request: AwsRequest, stopped: threading.Event) -> WireReply:
        """ThrottlingException unless the service names it otherwise."""
        del stopped
        default = {
            "query": ("Throttling", 400),
            "rest-xml": ("Throttling", 400),
            "rest-json": ("ThrottlingException", 429),
        }.get(request.protocol, ("ThrottlingException", 400))
        code, status = _THROTTLED.get(request.service, default)
        return write_error(request, self.code or code, "Rate exceeded", status)


@dataclass(frozen=True)
class InternalFailure(Failure):
    """The service breaks and says so properly."""

    def reply(self, request: AwsRequest, stopped: threading.Event) -> WireReply:
        """Status 500, InternalFailure."""
        del stopped
        return write_error(request, "InternalFailure", "An internal error occurred.", 500)


@dataclass(frozen=True)
class HtmlPage(Failure):
    """Something in front of the service breaks: HTML where the protocol promises JSON or XML."""

    status: int = 500

    def reply(self, request: AwsRequest, stopped: threading.Event) -> WireReply:
        """A page that no AWS parser understands."""
        del request, stopped
        html = "<!doctype html>\n<html><body><h1>Internal Server Error</h1></body></html>"
        return write_page(self.status, html)


@dataclass(frozen=True)
class Hang(Failure):
    """Nothing comes for some seconds, then the answer."""

    seconds: float

    def reply(self, request: AwsRequest, stopped: threading.Event) -> None:
        """Waits; a server that shuts down does not wait for it."""
        del request
        stopped.wait(self.seconds)


@dataclass
class _PlannedFailure:
    failure: Failure
    service: str
    operation: str
    on_page: int | None
    times: int | None
    region: str | None
    when: Predicate | None

    def matches(self, request: AwsRequest, page: int) -> bool:
        return (
            self.service == request.service
            and self.operation in {request.operation, "*"}
            and self.region in {None, request.region}
            and self.on_page in {None, page}
            and self.times != 0
            and (self.when is None or self.when(request.params))
        )


@dataclass
class FailurePlan:
    """Which calls fail. The newest failure that matches a call is the one that happens."""

    _planned: list[_PlannedFailure] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(  # noqa: PLR0913 -- each is a field of AWS's own
        self,
        failure: Failure,
        service: str,
        operation: str,
        *,
        on_page: int | None,
        times: int | None,
        region: str | None,
        when: Predicate | None,
    ) -> None:
        """From now on."""
        with self._lock:
            self._planned.append(
                _PlannedFailure(failure, service, operation, on_page, times, region, when)
            )

    def clear(self) -> None:
        """Nothing fails any more."""
        with self._lock:
            self._planned.clear()

    def take(self, request: AwsRequest, page: int) -> Failure | None:
        """The failure of this call, counted as having happened."""
        with self._lock:
            for planned in reversed(self._planned):
                if planned.matches(request, page):
                    if planned.times is not None:
                        planned.times -= 1
                    return planned.failure
        return None

    def pages_needed(self, request: AwsRequest) -> int:
        """The last page that a failure waits for, 0 if none does."""
        with self._lock:
            return max(
                (
                    planned.on_page or 0
                    for planned in self._planned
                    if planned.service == request.service
                    and planned.operation in {request.operation, "*"}
                    and planned.region in {None, request.region}
                ),
                default=0,
            )
