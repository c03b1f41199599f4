"""What the runtime tests stand on: SAM, a Python of the runtime's version, a Docker engine."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

__all__ = [
    "BUILT",
    "ROOT",
    "TOOLS",
    "alone",
    "base_image",
    "build",
    "checklist",
    "docker_host",
    "emulator",
    "runtime_client",
    "sam",
    "sam_environment",
    "target_python",
]

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "build/tools"
BUILT = ROOT / ".aws-sam/build"
ENGINE = ROOT / "../shared/sam-local"
IMAGE = "public.ecr.aws/lambda/python:3.13-x86_64"

sys.path[:0] = [str(ROOT / "layers/dependencies"), str(ROOT / "tests/template")]

import build  # noqa: E402 -- found by the line above

from compliance.checklist import load_checklist as checklist  # noqa: E402 -- as above


def sam(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run SAM in the checkout, with variables of its own besides."""
    return subprocess.run(
        [str(TOOLS / "sam/bin/sam"), *arguments],
        cwd=ROOT,
        env=sam_environment() | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def sam_environment() -> dict[str, str]:
    """No account, no telemetry, and nobody's profile."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "simulated",
        "AWS_SECRET_ACCESS_KEY": "simulated",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "SAM_CLI_TELEMETRY": "0",
        "NO_COLOR": "1",
    }


def emulator() -> Path | None:
    """AWS's runtime interface emulator, which SAM ships; None where SAM is not installed."""
    found = (TOOLS / "sam").glob("lib/python3*/site-packages/samcli/local/rapid/*-x86_64")
    return next(found, None)


def runtime_client() -> Path | None:
    """The folder with AWS's runtime interface client; None where it is not installed."""
    folder = TOOLS / "emulator"
    return folder if (folder / "awslambdaric").is_dir() else None


def target_python() -> Path | None:
    """The Python that the layers are built for, with nothing but its standard library."""
    command = build.target_python()
    if command is None:
        return None
    show = "import sys; print(sys.executable)"
    answer = subprocess.run([*command, "-c", show], capture_output=True, text=True, check=True)
    return Path(answer.stdout.strip())


@cache
def docker_host() -> str | None:
    """Where a Docker engine answers: the one beside the checkout, else whichever is set up."""
    starter = ENGINE / "engine"
    if starter.is_file() and os.geteuid() == 0:
        with alone("engine"):
            answer = subprocess.run(
                [str(starter)], capture_output=True, text=True, check=False, timeout=600
            )
        return answer.stdout.strip() or None if answer.returncode == 0 else None
    docker = shutil.which("docker")
    if docker is None:
        return None
    alive = subprocess.run([docker, "info"], capture_output=True, check=False, timeout=60)
    if alive.returncode:
        return None
    if host := os.environ.get("DOCKER_HOST"):
        return host
    show = [docker, "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    return subprocess.run(show, capture_output=True, text=True, check=True).stdout.strip()


def base_image() -> str | None:
    """Has the image that SAM builds on; None, or why it cannot be had."""
    maker, docker = ENGINE / "base-image", str(shutil.which("docker"))
    make = [str(maker)] if maker.is_file() else [docker, "pull", "--quiet", IMAGE]
    environment = os.environ | {"DOCKER_HOST": str(docker_host())}
    with alone("base-image"):
        there = subprocess.run(
            [docker, "image", "inspect", IMAGE], env=environment, capture_output=True, check=False
        )
        if there.returncode == 0:
            return None
        made = subprocess.run(
            make, env=environment, capture_output=True, text=True, check=False, timeout=900
        )
    return made.stderr.strip()[-300:] if made.returncode else None


@contextmanager
def alone(name: str) -> Iterator[None]:
    """One process at a time, whichever of the tests' workers comes first."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    with (TOOLS / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
