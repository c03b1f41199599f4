"""The built functions under AWS's runtime interface emulator, with what the layers ship alone."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from workbench import BUILT, emulator, runtime_client, target_python

__all__ = ["Function"]

_LAYERS = ("ComplianceLayer", "DependenciesLayer")
_RUNTIME = Path(__file__).with_name("traced_runtime.py")
_STARTS_WITHIN = 20.0
_TRACE = "Root=1-65e33a6d-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1"


class Function:
    """One function as Lambda would run it; `environment` is what the template gives it.

    The interpreter runs without site-packages: what is not in the function or in a layer is not
    there. The runtime's own client comes last on the path, as in Lambda.
    """

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self._name = name
        self._log = tempfile.TemporaryFile(mode="w+")  # noqa: SIM115 -- closed on exit
        self._port = _free_port()
        self._daemon = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._daemon.bind(("127.0.0.1", 0))
        self._daemon.settimeout(0.2)
        task = BUILT / name
        path = [task, *(BUILT / layer / "python" for layer in _LAYERS), runtime_client()]
        baseline = Path(environment["COMPLIANCE_BASELINE"]).name
        layer = BUILT / "ComplianceLayer/python/compliance/baseline"
        self._environment = {
            **environment,
            "PATH": "/usr/bin:/bin",
            "POWERTOOLS_TRACE_DISABLED": "false",
            "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{self._daemon.getsockname()[1]}",
            "TRACE_ID": _TRACE,
            "LAMBDA_TASK_ROOT": str(task),
            "PYTHONPATH": ":".join(map(str, path)),
            "PYTHONDONTWRITEBYTECODE": "1",
            "COMPLIANCE_BASELINE": str(layer / baseline),
            "AWS_LAMBDA_FUNCTION_NAME": f"omnitrack-compliance-{name}",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": "120",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        }

    def __enter__(self) -> Self:
        """Starts the emulator; the function itself starts with the first event."""
        self._process = subprocess.Popen(
            [
                str(emulator()),
                *("--log-level", "error"),
                *("--runtime-api-address", f"127.0.0.1:{_free_port()}"),
                *("--runtime-interface-emulator-address", f"127.0.0.1:{self._port}"),
                *(str(target_python()), "-S", "-P", str(_RUNTIME), "app.handler"),
            ],
            cwd=BUILT / self._name,
            env=self._environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends the emulator, which ends the function."""
        self._process.terminate()
        self._process.wait(timeout=10)
        self._log.close()
        self._daemon.close()

    def invoke(self, event: Any) -> Any:
        """What the function answers; an error is its message and trace, as Lambda gives them."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=130)
        connection.request(
            "POST",
            "/2015-03-31/functions/function/invocations",
            body=json.dumps(event),
        )
        try:
            return json.load(connection.getresponse())
        finally:
            connection.close()

    @property
    def log(self) -> list[str]:
        """What the function has written until now."""
        self._log.seek(0)
        return self._log.read().splitlines()

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """The objects of the log that CloudWatch takes metrics from."""
        found = [json.loads(line) for line in self.log if line.startswith('{"_aws"')]
        return [each for each in found if "CloudWatchMetrics" in each["_aws"]]

    @property
    def traces(self) -> list[str]:
        """What X-Ray's daemon was sent since the last time that this was asked."""
        found = []
        while True:
            try:
                found.append(self._daemon.recv(65_536).decode())
            except TimeoutError:
                return found

    def _wait(self) -> None:
        until = time.monotonic() + _STARTS_WITHIN
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        message = f"the emulator does not start: {self.log}"
        raise TimeoutError(message)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
