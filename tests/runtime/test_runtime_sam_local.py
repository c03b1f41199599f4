"""`sam local invoke` of every function, in a real container, against a simulated account."""

import ipaddress
import json
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import workbench
from deployed_template import FAMILIES, template
from overdue import make_overdue

from simulated_deployment import Deployment
from simulated_slack import SlackEndpoint

Stack = tuple[Deployment, SlackEndpoint]

ANYWHERE = "0.0.0.0"  # noqa: S104 -- where the engine's host is no address of this machine
HOST_AS_CONTAINERS_KNOW_IT = "host.docker.internal"
CHANNELS = ("mail", "machines", "slack", "events")
SECRET = "omnitrack/slack"  # noqa: S105 -- a secret's name
AT_ONCE = 3

INVOCATIONS = {
    **{f"evaluate-{family}": f"Evaluate{family.title()}" for family in FAMILIES},
    "notify": "Notify",
    "notify-sweep": "Notify",
    **{f"deliver-{channel}": f"Deliver{channel.title()}" for channel in CHANNELS},
    "dashboard": "Widget",
    "dashboard-describe": "Widget",
    "dashboard-item": "Widget",
}


@cache
def HOST() -> str:  # noqa: N802 -- a constant of the machine, found once
    """The address of this machine that containers reach: the bridge's own, if it is ours."""
    if shutil.which("docker") is None or workbench.docker_host() is None:
        return "127.0.0.1"
    ask = ["docker", "--host", str(workbench.docker_host()), "network", "inspect", "bridge"]
    answer = subprocess.run(ask, capture_output=True, text=True, check=True)
    (network,) = json.loads(answer.stdout)
    for pool in network["IPAM"]["Config"]:
        # An engine names the gateway only once a container has used it: it is the first address.
        gateway = pool.get("Gateway") or str(ipaddress.ip_network(pool["Subnet"])[1])
        if _is_ours(gateway):
            return gateway
    return ANYWHERE


def _is_ours(address: str) -> bool:
    try:
        with socket.socket() as listening:
            listening.bind((address, 0))
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def engine() -> str:
    """A Docker engine with the image that functions run in."""
    host = workbench.docker_host()
    if host is None:
        pytest.skip("no Docker engine answers: set DOCKER_HOST, or start one")
    if trouble := workbench.base_image():
        pytest.skip(f"the image {workbench.IMAGE} cannot be had: {trouble}")
    return host


@pytest.fixture(scope="module")
def answers(engine: str, built: Path, stack: Stack) -> dict[str, Any]:
    """What each invocation answered, by its event. The first alone: it builds the image."""
    assert built.is_dir()
    deployment, slack = stack
    deployment.invoke("EvaluateData")
    make_overdue(deployment)
    deployment.account.client("secretsmanager").put_secret_value(
        SecretId=SECRET, SecretString=_as_containers_know(slack.url)
    )
    with tempfile.NamedTemporaryFile("w", suffix=".json") as variables:
        json.dump(_variables(deployment), variables)
        variables.flush()

        def invoke(name: str) -> Any:
            return _invoke(engine, deployment, INVOCATIONS[name], name, variables.name)

        first, *others = INVOCATIONS
        found = {first: invoke(first)}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found |= dict(zip(others, pool.map(invoke, others), strict=True))
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_evaluate_answers_for_its_family(answers: dict[str, Any], family: str) -> None:
    answer = answers[f"evaluate-{family}"]
    assert answer["account"] == "123456789012"
    assert answer["evaluated"] == sum(
        item.family == family for item in workbench.checklist().items.values()
    )


def test_notify_takes_the_event_of_a_stream(answers: dict[str, Any]) -> None:
    assert answers["notify"] == {"batchItemFailures": []}


def test_notify_sweeps(answers: dict[str, Any]) -> None:
    assert answers["notify-sweep"] == {"sent": len(CHANNELS)}  # what the first run has seen


@pytest.mark.parametrize("channel", CHANNELS)
def test_deliver_reaches_its_channel(answers: dict[str, Any], stack: Stack, channel: str) -> None:
    deployment, slack = stack
    assert answers[f"deliver-{channel}"] == {"batchItemFailures": []}
    deployment.inbox.read()
    received: dict[str, Sequence[Any]] = {
        "mail": deployment.inbox.mails,
        "machines": deployment.inbox.documents,
        "slack": slack.posted,
        "events": deployment.inbox.events,
    }
    assert len(received[channel]) == 1


def test_the_widget_answers_with_a_page(answers: dict[str, Any]) -> None:
    assert 'class="omnitrack light"' in answers["dashboard"]
    assert "dynamodb.point-in-time-recovery" in answers["dashboard"]


def test_the_widget_opens_an_item(answers: dict[str, Any]) -> None:
    title = workbench.checklist().items["cloudwatch.log-retention"].title
    assert f"<h2>{title}</h2>" in answers["dashboard-item"]


def test_the_widget_describes_itself(answers: dict[str, Any]) -> None:
    assert set(answers["dashboard-describe"]) == {"markdown"}


def test_every_function_was_invoked() -> None:
    assert set(INVOCATIONS.values()) == set(template().functions)


def _invoke(engine: str, deployment: Deployment, function: str, event: str, variables: str) -> Any:
    answer = workbench.sam(
        *("local", "invoke", function, "--skip-pull-image"),
        *("--event", f"events/{event}.json", "--env-vars", variables),
        *("--parameter-overrides", f"SlackSecretName={SECRET}"),
        *("--add-host", f"{HOST_AS_CONTAINERS_KNOW_IT}:host-gateway"),
        DOCKER_HOST=engine,
        # SAM itself asks whose account this is.
        AWS_ENDPOINT_URL=deployment.account.endpoint_url,
    )
    assert answer.returncode == 0, answer.stderr[-2000:]
    lines = answer.stdout.strip().splitlines()
    assert lines, f"{function} answered nothing: {answer.stderr[-2000:]}"
    return json.loads(lines[-1])


def _variables(deployment: Deployment) -> dict[str, dict[str, str]]:
    """What the template declares, pointed at this machine as containers know it."""
    variables = {name: deployment.environment_of(name) for name in deployment.functions()}
    for values in variables.values():
        # The layer's own path, which the template gives.
        del values["COMPLIANCE_BASELINE"]
    pointed: dict[str, dict[str, str]] = json.loads(_as_containers_know(json.dumps(variables)))
    return pointed


def _as_containers_know(text: str) -> str:
    """This machine's own name for itself, where that is all we have, as containers say it."""
    return text.replace("//127.0.0.1:", f"//{HOST_AS_CONTAINERS_KNOW_IT}:")
