"""Runtime tests run what `sam build` built, outside of this process."""

import json
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import workbench

from simulated_account import SimulatedAccount, omnitrack
from simulated_deployment import Deployment
from simulated_slack import SlackEndpoint

EVENTS = workbench.ROOT / "events"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("runtime")


@pytest.fixture(scope="session", autouse=True)
def _only_what_a_test_sets() -> Iterator[None]:
    """No profile, region or credentials of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        yield


@pytest.fixture(scope="session")
def built(request: pytest.FixtureRequest) -> Path:
    """The folder that `sam build` has filled from the sources as they are, once for all workers."""
    if workbench.emulator() is None:
        pytest.skip("SAM is not installed: make tools")
    session = getattr(request.config, "workerinput", {}).get("testrunuid", uuid.uuid4().hex)
    stamp = workbench.TOOLS / ".built-for"
    with workbench.alone("build"):
        if not stamp.is_file() or stamp.read_text(encoding="utf-8") != session:
            answer = workbench.sam("build")
            assert answer.returncode == 0, answer.stderr
            stamp.write_text(session, encoding="utf-8")
    return workbench.BUILT


@pytest.fixture(scope="module")
def stack(request: pytest.FixtureRequest) -> Iterator[tuple[Deployment, SlackEndpoint]]:
    """OmniTrack's simulated production with the monitor's stack, and a Slack workspace."""
    host = getattr(request.module, "HOST", lambda: "127.0.0.1")()
    with SimulatedAccount(host=host) as account, SlackEndpoint(host=host) as slack:
        omnitrack.seed(account)
        yield Deployment(account, slack_url=slack.url), slack


@pytest.fixture(scope="session")
def event() -> Callable[[str], Any]:
    """An event of the folder `events`, by name."""

    def read(name: str) -> Any:
        return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))

    return read
