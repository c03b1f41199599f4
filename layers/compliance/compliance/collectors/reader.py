"""How collectors read AWS: every page, counted, paced, within bounds, and never silently short.

One `Connection` serves a run: it builds each client once, limits how many calls are under way,
keeps each service below half of AWS's published rate, and counts what it asked. A `Reader` is one
collector's view of it, which may only make the reads that the collector declares.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
)
from botocore.exceptions import (
    ConnectionError as NoConnectionError,
)
from botocore.parsers import ResponseParserError

from compliance.engine import OUT_OF_TIME, ReadFailed
from compliance.model import Gap, Identity
from compliance.registry import Collector, Read
from compliance.report import Calls

__all__ = ["RATE_SHARE", "CannotRun", "Connection", "Reader", "gap_of"]

S = TypeVar("S")
R = TypeVar("R")

CONCURRENCY = 16
ATTEMPTS = 3
RATE_SHARE = 0.5
_LONGEST_MESSAGE = 240
_BREAKER = 5

# Requests per second that AWS publishes for an account and region. Where it publishes none, the
# default stays well below what any control plane is known to refuse.
# https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html
_PUBLISHED_RATE = {
    "acm:DescribeCertificate": 10.0,
    "apigateway": 10.0,
    "apigateway:GetResources": 2.5,
    "apigatewayv2": 10.0,
    "cloudtrail": 10.0,
    "cloudwatch": 9.0,
    "cognito-idp": 15.0,
    "lambda": 15.0,
    "logs": 10.0,
    "sns": 30.0,
    "cloudwatch:GetMetricData": 50.0,
    "dynamodb:DescribeContinuousBackups": 10.0,
    "dynamodb:DescribeTable": 100.0,
    "dynamodb:ListBackups": 5.0,
    "kms": 500.0,
    "wafv2": 5.0,
}
_DEFAULT_RATE = 20.0

# Services that bill each request, and how many a run may make of all their operations together.
# https://aws.amazon.com/aws-cost-management/aws-cost-explorer/pricing/
_MOST_CALLS = {"ce": 8}
_BURST_SECONDS = 4.0

_THROTTLES = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)


class CannotRun(Exception):  # noqa: N818 -- the sentence that the user reads, not a kind of error
    """Nothing can be evaluated at all; the message says what to mend."""


class _OutOfTime(Exception):  # noqa: N818 -- never leaves this module
    """The deadline passed before a call could begin."""


class _TooDear(Exception):  # noqa: N818 -- never leaves this module
    """A service that bills each request was asked often enough in this run."""


class _Bucket:
    """A token bucket: `rate` calls a second, with a burst of a few seconds' worth."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens = self._capacity = max(1.0, rate * _BURST_SECONDS)
        self._at = time.monotonic()
        self._lock = threading.Lock()

    def take(self, deadline: float) -> None:
        """Wait for a token; raise _OutOfTime where none comes before `deadline`."""
        with self._lock:
            now = time.monotonic()
            self._tokens = min(self._capacity, self._tokens + (now - self._at) * self._rate)
            self._at = now
            wait = max(0.0, (1 - self._tokens) / self._rate)
            if now + wait >= deadline:
                raise _OutOfTime
            self._tokens -= 1
        if wait:
            time.sleep(wait)


class Connection:
    """One run's connection to an account, read-only; safe to use from many threads.

    `rate_share` is the share of AWS's published rates that may be used; None sets no limit, which
    is right only where no real account answers. `attempts` bounds botocore's standard retries.
    `state_table` is where the monitor remembers; None where a run knows of none.
    """

    def __init__(
        self,
        session: boto3.Session | None = None,
        *,
        concurrency: int = CONCURRENCY,
        rate_share: float | None = RATE_SHARE,
        attempts: int = ATTEMPTS,
        state_table: str | None = None,
    ) -> None:
        # botocore itself reads AWS_DEFAULT_REGION only; every other AWS tool reads both.
        self._session = session or boto3.Session(region_name=os.environ.get("AWS_REGION") or None)
        if not self._session.region_name:
            message = "no region: set AWS_REGION, or a region in the profile"
            raise CannotRun(message)
        self._config = Config(
            connect_timeout=5,
            read_timeout=15,
            retries={"mode": "standard", "total_max_attempts": attempts},
            max_pool_connections=concurrency,
            user_agent_extra="omnitrack-compliance",
        )
        self.state_table = state_table
        self._rate_share = rate_share
        self._clients: dict[tuple[str, str], Any] = {}
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._lock = threading.Lock()
        self._under_way = threading.BoundedSemaphore(concurrency)
        self._local = threading.local()
        self._operations: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()
        self._retries = 0
        self._throttles = 0
        self.pool = ThreadPoolExecutor(concurrency, thread_name_prefix="read")
        self.identity = self._whoami()

    @property
    def calls(self) -> Calls:
        """What was asked so far."""
        with self._lock:
            return Calls(dict(self._operations), self._retries, self._throttles)

    def reader(self, collector: Collector, note: Callable[[Gap], None], deadline: float) -> Reader:
        """The reader for one collector of a run that ends at `deadline` (monotonic seconds)."""
        return Reader(self, collector, note, deadline)

    def close(self) -> None:
        """Let go of the threads; calls under way end by their own time-outs."""
        self.pool.shutdown(wait=False, cancel_futures=True)

    def ask(self, deadline: float, ask: Callable[[], R]) -> R:
        """Make the calls of `ask` with this deadline."""
        self._local.deadline = deadline
        return ask()

    def client(self, service: str, region: str | None = None) -> Any:  # noqa: ANN401 -- any service
        """The one client of a service in a region; a Session is not thread-safe, clients are."""
        key = (service, region or self._session.region_name)
        with self._lock:
            if key not in self._clients:
                make = cast("Any", self._session.client)  # typed by literal names, asked by any
                client = make(service, region_name=key[1], config=self._config)
                events = client.meta.events
                events.register("before-call", partial(self._before, service, key[1]))
                events.register("after-call", self._after)
                events.register("after-call-error", self._after)
                events.register("response-received", self._received)
                events.register("before-sign.s3-control", _at_one_address)
                self._clients[key] = client
            return self._clients[key]

    def _before(self, service: str, region: str, model: Any, **_: object) -> None:  # noqa: ANN401 -- any shape that AWS's models have
        """Count and pace a call, and hold it back where too many are under way."""
        operation = f"{service}:{model.name}"
        deadline = getattr(self._local, "deadline", float("inf"))
        with self._lock:
            asked = self._asked[service] = self._asked[service] + 1
        if asked > _MOST_CALLS.get(service, asked):
            raise _TooDear
        if bucket := self._bucket(service, operation, region):
            bucket.take(deadline)
        if not self._under_way.acquire(timeout=min(deadline - time.monotonic(), 3600)):
            raise _OutOfTime
        with self._lock:
            self._operations[operation] += 1

    def _after(self, **_: object) -> None:
        self._under_way.release()

    def _received(
        self, parsed_response: dict[str, Any] | None, context: dict[str, Any], **_: object
    ) -> None:
        """Count each retry and each throttled attempt, successful in the end or not."""
        code = (parsed_response or {}).get("Error", {}).get("Code")
        with self._lock:
            self._retries += context.setdefault("omnitrack_attempts", 0) > 0
            self._throttles += code in _THROTTLES
        context["omnitrack_attempts"] += 1

    def _bucket(self, service: str, operation: str, region: str) -> _Bucket | None:
        if self._rate_share is None:
            return None
        paced = operation if operation in _PUBLISHED_RATE else service
        with self._lock:
            if (paced, region) not in self._buckets:
                rate = _PUBLISHED_RATE.get(paced, _DEFAULT_RATE) * self._rate_share
                self._buckets[paced, region] = _Bucket(rate)
            return self._buckets[paced, region]

    def _whoami(self) -> Identity:
        """Who asks; this tells early, and in one sentence, that nothing can be asked at all."""
        try:
            caller = self.client("sts").get_caller_identity()
        except (BotoCoreError, ClientError, ResponseParserError, ValueError) as error:
            # A plain ValueError is botocore's word for an endpoint that is no URL.
            raise CannotRun(_in_one_sentence(error)) from error
        partition = caller["Arn"].split(":")[1]
        return Identity(caller["Account"], self._session.region_name, partition)


def _at_one_address(request: Any, **_: object) -> None:  # noqa: ANN401 -- any shape that AWS's models have
    """S3 Control puts the account before the host; what answers in plain HTTP has one name alone.

    That is an AWS_ENDPOINT_URL of somebody's own machine: AWS's endpoints are HTTPS.
    """
    url = urlsplit(request.url)
    if url.scheme == "http":
        request.url = url._replace(netloc=url.netloc.partition(".")[2]).geturl()


def _in_one_sentence(error: Exception) -> str:
    name = type(error).__name__
    if name in {"NoCredentialsError", "PartialCredentialsError"}:
        return (
            "no credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "or sign in"
        )
    if isinstance(error, (NoConnectionError, HTTPClientError)):
        return f"AWS does not answer: {error}"
    return f"AWS does not say who asks (sts:GetCallerIdentity): {error}"


class Reader:
    """One collector's view of the account. It raises ReadFailed where a read did not answer."""

    def __init__(
        self,
        connection: Connection,
        collector: Collector,
        note: Callable[[Gap], None],
        deadline: float,
    ) -> None:
        self._connection = connection
        self._collector = collector
        self._note = note
        self._deadline = deadline
        self.identity = connection.identity
        self.state_table = connection.state_table

    def call(
        self, read: Read, *, region: str | None = None, **parameters: object
    ) -> dict[str, Any] | None:
        """One call's answer; None where AWS answered with a code that the read calls absent."""
        client = self._client(read, region)
        operation = getattr(client, xform_name(read.operation))
        try:
            answer: dict[str, Any] = self._connection.ask(
                self._deadline, partial(operation, **parameters)
            )
        except Exception as error:
            if _code(error) in read.absent:
                return None
            raise _failure(read, error) from error
        return answer

    def pages(
        self, read: Read, *, region: str | None = None, **parameters: object
    ) -> Iterator[dict[str, Any]]:
        """Every page of a listing, as AWS answers it; none where the answer is absence."""
        client = self._client(read, region)
        pages = (
            _by_token(client, read, parameters)
            if read.token
            else iter(client.get_paginator(xform_name(read.operation)).paginate(**parameters))
        )
        while True:
            try:
                page = self._connection.ask(self._deadline, partial(next, pages, None))
            except Exception as error:
                if _code(error) in read.absent:
                    return
                raise _failure(read, error) from error
            if page is None:
                return
            yield page

    def each(
        self,
        subjects: Iterable[S],
        read_one: Callable[[S], R | None],
        *,
        arn: Callable[[S], str] | None = None,
    ) -> Iterator[R]:
        """What `read_one` answers for each subject, side by side, in the subjects' order.

        A subject that could not be read leaves a gap and the others go on. `arn` is given where the
        subject is the very resource that checks judge: then only that resource is in doubt,
        otherwise the whole fact. Where AWS throttles or breaks for one subject after the other, the
        rest is not asked for.
        """
        scope: Callable[[S], str | None] = arn or (lambda _: None)
        broken = 0
        futures = [(subject, self._submit(read_one, subject)) for subject in subjects]
        for at, (subject, future) in enumerate(futures):
            try:
                answer = future.result()
            except ReadFailed as failure:
                gap = failure.gap
                self._note(Gap(gap.action, gap.code, gap.message, scope(subject)))
                broken = 0 if gap.refused else broken + 1
                if broken >= _BREAKER:
                    self._give_up(futures[at + 1 :], gap, scope)
                    return
            else:
                broken = 0
                if answer is not None:
                    yield answer

    def doubt(self, gap: Gap) -> None:
        """Leave a gap where answers themselves show that something went unseen."""
        self._note(gap)

    def pause(self, read: Read, seconds: float) -> None:
        """Wait before asking `read` again; ReadFailed where the run would end meanwhile."""
        if time.monotonic() + seconds >= self._deadline:
            raise _failure(read, _OutOfTime())
        time.sleep(seconds)

    def _submit(self, read_one: Callable[[S], R | None], subject: S) -> Any:  # noqa: ANN401 -- any shape that AWS's models have
        return self._connection.pool.submit(read_one, subject)

    def _give_up(
        self, rest: list[tuple[S, Any]], gap: Gap, scope: Callable[[S], str | None]
    ) -> None:
        for subject, future in rest:
            future.cancel()
            self._note(Gap(gap.action, gap.code, gap.message, scope(subject)))

    def _client(self, read: Read, region: str | None) -> Any:  # noqa: ANN401 -- any service
        if read not in self._collector.reads:
            message = f"{self._collector.fact} reads {read.action} without declaring it"
            raise LookupError(message)
        return self._connection.client(read.service, region)


def _by_token(
    client: Any,  # noqa: ANN401 -- any service
    read: Read,
    parameters: dict[str, object],
) -> Iterator[dict[str, Any]]:
    """The pages of a listing that botocore has no paginator for."""
    assert read.token is not None  # noqa: S101 -- for the type checker: asked by who has a token
    sent, answered = read.token
    operation = getattr(client, xform_name(read.operation))
    page = operation(**parameters)
    yield page
    while page.get(answered):
        page = operation(**parameters, **{sent: page[answered]})
        yield page


def _code(error: Exception) -> str:
    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code", ""))
        return f"HTTP {code}" if code.isdigit() else code
    return OUT_OF_TIME if isinstance(error, _OutOfTime) else type(error).__name__


def gap_of(read: Read, error: Exception) -> Gap | None:
    """What could not be seen because a read failed; None for anything that AWS did not say."""
    if isinstance(error, _OutOfTime):
        return Gap(read.action, OUT_OF_TIME, "the run's time was used up")
    if isinstance(error, _TooDear):
        most = f"each request is billed, and a run makes at most {_MOST_CALLS[read.service]}"
        return Gap(read.action, "TooManyRequests", most)
    if not isinstance(error, (BotoCoreError, ClientError, ResponseParserError)):
        return None
    if isinstance(error, ClientError):
        message = str(error.response.get("Error", {}).get("Message", ""))
    else:
        message = str(error)
    line = " ".join(message.split())
    if len(line) > _LONGEST_MESSAGE:
        line = line[: _LONGEST_MESSAGE - 1] + "…"
    return Gap(read.action, _code(error), line)


def _failure(read: Read, error: Exception) -> Exception:
    """The failed read as collectors know it; what AWS did not say is a bug and stays itself."""
    gap = gap_of(read, error)
    return ReadFailed(gap) if gap else error
