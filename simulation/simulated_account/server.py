"""The HTTP server, in a thread of its own."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

    from simulated_account.gateway import Gateway

_POLL_SECONDS = 0.02
_BACKLOG = 128


class _KeepAliveHandler(WSGIRequestHandler):
    """Keeps connections open, which werkzeug's own never does.

    werkzeug closes after every answer and waits 10 ms for a rest of the request: both would cost
    more than the answer. The gateway reads every request to its end, so nothing is left over.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """One answer, written at once."""
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
            started[:] = [status, headers]

        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = self.make_environ()
        body = b"".join(self.server.app(environ, start_response))
        status, headers = started
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        self._headers_buffer.append(b"\r\n")
        if self.command != "HEAD":
            self._headers_buffer.append(body)
        self.flush_headers()

    def handle_expect_100(self) -> bool:
        """`run_wsgi` says it."""
        return True

    def log_request(self, *_: object) -> None:
        """Silent: the account keeps its calls itself."""


class GatewayServer:
    """Serves a gateway until it is closed."""

    def __init__(self, gateway: Gateway, host: str, port: int) -> None:
        """Binds at once, so that a port in use is an OSError here; 0 takes a free one."""
        self._gateway = gateway
        self._host = host
        # A socket of our own: werkzeug ends the process when the port is taken.
        with socket.create_server((host, port), backlog=_BACKLOG) as listening:
            self._server: BaseWSGIServer = make_server(
                host,
                port,
                gateway,
                threaded=True,
                request_handler=_KeepAliveHandler,
                fd=listening.fileno(),
            )
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": _POLL_SECONDS},
            name="simulated-account",
            daemon=True,
        )

    @property
    def endpoint_url(self) -> str:
        """Where it listens, as a client on this machine reaches it."""
        host = "127.0.0.1" if self._host in {"", "0.0.0.0"} else self._host  # noqa: S104 -- compared, not bound
        return f"http://{host}:{self._server.port}"

    def start(self) -> None:
        """Returns at once; the socket already accepts connections."""
        self._thread.start()

    def close(self) -> None:
        """Ends calls that hang, and frees the port."""
        self._gateway.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
