"""A simulated AWS account: what a test, the demo or a benchmark holds in its hand."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Self, cast

import boto3
from botocore.config import Config
from botocore.model import OperationNotFoundError

from simulated_account import service_models
from simulated_account.failures import AwsError, Failure
from simulated_account.gateway import Gateway
from simulated_account.paging import NotPagedError, Paging
from simulated_account.server import GatewayServer

if TYPE_CHECKING:
    from types import TracebackType

    from simulated_account.answers import Answers
    from simulated_account.failures import Predicate
    from simulated_account.gateway import Call

_ACCESS_KEY_ID = "AKIASIMULATEDACCOUNT"
_SECRET_ACCESS_KEY = "simulated"  # noqa: S105 -- nothing secret: simulated

_live: set[str] = set()
_live_lock = threading.Lock()


class AccountInUseError(RuntimeError):
    """Two accounts of one id in one process would share moto's state."""


class SimulatedAccount:
    """An AWS account at one endpoint, empty at first, gone when it is closed."""

    def __init__(
        self,
        account_id: str = "123456789012",
        region: str = "us-east-1",
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """Starts nothing: `with` or `start` does."""
        self.account_id = account_id
        self.region = region
        self._host = host
        self._port = port
        self._gateway = Gateway(account_id)
        self._server: GatewayServer | None = None
        self._session = boto3.Session(
            aws_access_key_id=_ACCESS_KEY_ID,
            aws_secret_access_key=_SECRET_ACCESS_KEY,
            region_name=region,
        )
        self._clients: dict[tuple[str, str], Any] = {}
        self._clients_lock = threading.Lock()

    def start(self) -> Self:
        """Serves in a thread from now on. Raises OSError if the port is taken."""
        with _live_lock:
            if self.account_id in _live:
                message = f"account {self.account_id} is already simulated in this process"
                raise AccountInUseError(message)
            self._gateway.moto.forget()
            self._server = GatewayServer(self._gateway, self._host, self._port)
            _live.add(self.account_id)
        self._server.start()
        return self

    def close(self) -> None:
        """Frees the port and everything in the account."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        self._gateway.moto.forget()
        with _live_lock:
            _live.discard(self.account_id)

    def __enter__(self) -> Self:
        """Starts."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes."""
        self.close()

    @property
    def endpoint_url(self) -> str:
        """For AWS_ENDPOINT_URL, `--endpoint-url` or boto3's `endpoint_url`."""
        if self._server is None:
            message = "the account is not started"
            raise RuntimeError(message)
        return self._server.endpoint_url

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point any AWS tool at this account."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": _ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": _SECRET_ACCESS_KEY,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client of this account, made once per region. It does not retry."""
        key = (service, region or self.region)
        with self._clients_lock:
            if key not in self._clients:
                self._clients[key] = cast("Any", self._session.client)(
                    service,
                    region_name=key[1],
                    endpoint_url=self.endpoint_url,
                    config=Config(
                        retries={"total_max_attempts": 1},
                        connect_timeout=5,
                        read_timeout=60,
                        max_pool_connections=16,
                        s3={"addressing_style": "path"},
                    ),
                )
            return self._clients[key]

    @property
    def calls(self) -> list[Call]:
        """Every request answered, failed ones too, oldest first."""
        return list(self._gateway.calls)

    def forget_calls(self) -> None:
        """Counts from here."""
        self._gateway.calls.clear()

    def fail(  # noqa: PLR0913 -- each is a field of AWS's own
        self,
        service: str,
        operation: str,
        error: Failure | type[Failure] | str,
        *,
        on_page: int | None = None,
        times: int | None = None,
        region: str | None = None,
        when: Predicate | None = None,
    ) -> None:
        """Makes calls of an operation fail, `"*"` for every operation of the service.

        `error` is a Failure, a class of one that needs no arguments, or an error code. `on_page`
        fails only that page of a listing: the pages before it are answered and hand out tokens,
        however little there is to list. `times` counts down failed calls; `when` sees the
        parameters. Raises ValueError for an operation that does not exist or has no pages.
        """
        self._check(service, operation, paged=on_page is not None)
        failure = AwsError(error) if isinstance(error, str) else error
        if isinstance(failure, type):
            failure = failure()
        self._gateway.failures.add(
            failure, service, operation, on_page=on_page, times=times, region=region, when=when
        )

    def heal(self) -> None:
        """Nothing fails any more."""
        self._gateway.failures.clear()

    def page_size(self, service: str, operation: str, size: int | None) -> None:
        """Cuts pages at `size` results, whatever the caller asks for; None lifts the cap."""
        self._check(service, operation, paged=True)
        self._gateway.cap_pages(service, operation, size)

    def confirm_subscriptions(self, topic_arn: str, endpoint: str | None = None) -> None:
        """The owners of a topic's e-mail and HTTPS endpoints, or of one of them, say yes."""
        self._gateway.answers.sns.confirm(topic_arn, endpoint)

    @property
    def data(self) -> Answers:
        """What no operation of AWS can set: recovery points, spend, ages, states of alarms."""
        return self._gateway.answers

    def backend(self, service: str, region: str | None = None) -> Any:
        """Moto's own objects, for seeding in bulk."""
        return self._gateway.moto.backend(service, region or self.region)

    def _check(self, service: str, operation: str, *, paged: bool) -> None:
        if operation == "*":
            return
        try:
            service_models.operation_model(service, operation)
        except OperationNotFoundError:
            message = f"{service} has no operation {operation}: names are those of the AWS API"
            raise ValueError(message) from None
        if paged and Paging.of(service, operation) is None:
            raise NotPagedError(service, operation)
