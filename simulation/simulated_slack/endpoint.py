"""The HTTP endpoint: it takes what Slack would take, and says to the rest what Slack would say."""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from simulated_slack.answers import Answer
from simulated_slack.limits import mistakes

if TYPE_CHECKING:
    from types import TracebackType

_OK = Answer(posts=True)


@dataclass
class _Planned:
    answer: Answer
    times: int | None


class SlackEndpoint:
    """A workspace with one incoming webhook. Its address is a secret, as Slack's are."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Starts nothing: `with` or `start` does."""
        self._address = (host, port)
        self._path = f"/services/T{secrets.token_hex(4)}/B{secrets.token_hex(4)}/"
        self._path += secrets.token_urlsafe(18)
        self._plan: list[_Planned] = []
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None
        self.stopped = threading.Event()
        self.posted: list[dict[str, Any]] = []
        """What is in the channel, oldest first."""
        self.requests = 0
        """How often anybody called, successful or not."""
        self.mistakes: list[str] = []
        """What was wrong with the messages that were refused."""

    def start(self) -> Self:
        """Serves in a thread from now on. Raises OSError if the port is taken."""
        self._server = ThreadingHTTPServer(self._address, _handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.02},
            name="simulated-slack",
            daemon=True,
        )
        self._thread.start()
        return self

    def close(self) -> None:
        """Ends calls that hang, and frees the port."""
        if self._server is None or self._thread is None:
            return
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = None

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
    def url(self) -> str:
        """The webhook's address."""
        if self._server is None:
            message = "the endpoint is not started"
            raise RuntimeError(message)
        host = "127.0.0.1" if self._address[0] in {"", "0.0.0.0"} else self._address[0]  # noqa: S104 -- compared, not bound
        return f"http://{host}:{self._server.server_port}{self._path}"

    def answer(self, answer: Answer, *, times: int | None = None) -> None:
        """Answers so from now on, or the next `times` calls; answers told before follow."""
        with self._lock:
            self._plan.insert(0, _Planned(answer, times))

    def heal(self) -> None:
        """Answers as Slack does."""
        with self._lock:
            self._plan.clear()

    def forget(self) -> None:
        """An empty channel, and counts from here."""
        with self._lock:
            self.posted.clear()
            self.mistakes.clear()
            self.requests = 0

    def take(self, path: str, content_type: str, body: bytes) -> Answer:
        """The answer to one call."""
        with self._lock:
            self.requests += 1
            answer = self._planned()
            if answer is not None and not answer.posts:
                return answer
            refusal, payload = self._understood(path, content_type, body)
            if refusal is not None:
                return refusal
            self.posted.append(payload)
            return answer or _OK

    def _planned(self) -> Answer | None:
        for planned in self._plan:
            if planned.times != 0:
                if planned.times is not None:
                    planned.times -= 1
                return planned.answer
        return None

    def _understood(
        self, path: str, content_type: str, body: bytes
    ) -> tuple[Answer | None, dict[str, Any]]:
        if path != self._path:
            return Answer(404, "no_service"), {}
        try:
            payload = json.loads(body)
        except ValueError:
            payload = None
        if not content_type.startswith("application/json") or not isinstance(payload, dict):
            self.mistakes.append("the body is no JSON object")
            return Answer(400, "invalid_payload"), {}
        found = mistakes(payload)
        if found:
            self.mistakes += found
            code = "no_text" if found[0].startswith("no_text") else "invalid_blocks"
            return Answer(400, code), {}
        return None, payload


def _handler_of(slack: SlackEndpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One call."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = slack.take(self.path, self.headers.get("Content-Type", ""), body)
            if answer.seconds:
                slack.stopped.wait(answer.seconds)
            self.close_connection = True
            if not answer.closes:
                self._write(answer)

        def do_GET(self) -> None:
            """Slack's webhooks are for posting."""
            self._write(Answer(400, "invalid_payload"))

        def _write(self, answer: Answer) -> None:
            content = answer.body.encode()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "text/plain", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Silent: the address is a secret, and the endpoint keeps its calls itself."""

    return Handler
