# ruff: noqa: INP001 -- a script beside its lock file, in no package
"""Builds what `sam build` packages: both layers, and the folders of the functions.

Runs on any Python from 3.11 with pip, and builds for Python 3.13 on x86_64 whatever it runs on:
only wheels of that platform are taken. Bytecode is compiled where a Python 3.13 is at hand; that of
another minor version would never be read, so without one the sources ship alone and start slower.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["services", "target_python"]

RUNTIME = "3.13"
PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_28_x86_64")
ASKED_BY_PACKAGES = frozenset({"dynamodb", "secretsmanager", "sts", "xray"})
"""Services that Powertools, botocore and the X-Ray SDK ask by themselves."""

KEPT_OF_A_DISTRIBUTION = ("METADATA", "licenses", "LICENSE", "NOTICE", "COPYING", "AUTHORS")
"""Licences, and what vulnerability scanners read names and versions from."""


def main() -> None:
    """`build.py dependencies|compliance ROOT TO`, or `build.py function FOLDER TO`."""
    kind, source, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    if kind == "dependencies":
        folder = target / "python"
        _install(source / "layers/dependencies/requirements.lock", folder)
        _prune_distributions(folder)
        _prune_service_data(folder, services(source))
    elif kind == "compliance":
        folder = target / "python"
        _copy(source / "layers/compliance/compliance", folder / "compliance")
    else:
        folder = target
        _copy(source, folder)
    _compile(folder)


def services(root: Path) -> frozenset[str]:
    """The services that the sources ask: each `Read("...")`, `client("...")`, `resource("...")`."""
    folders = (root / "layers/compliance/compliance", root / "functions")
    return ASKED_BY_PACKAGES.union(
        service
        for folder in folders
        for path in folder.rglob("*.py")
        for service in _asked(ast.parse(path.read_text(encoding="utf-8")))
    )


def _asked(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        function, first = node.func, node.args[0]
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name.lstrip("_") not in {"Read", "client", "resource"}:
            continue
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value


def _install(lock: Path, folder: Path) -> None:
    platforms = [word for platform in PLATFORMS for word in ("--platform", platform)]
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--no-compile", "--require-hashes", "--only-binary", ":all:"),
        *("--implementation", "cp", "--python-version", RUNTIME, *platforms),
        *("--requirement", str(lock), "--target", str(folder)),
    ]
    subprocess.run(command, check=True)  # noqa: S603 -- pip, with arguments written above


def _prune_distributions(folder: Path) -> None:
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for path in folder.glob("*.dist-info/*"):
        if not path.name.startswith(KEPT_OF_A_DISTRIBUTION):
            _remove(path)
    for path in [*folder.rglob("tests"), *folder.rglob("*.pyi"), *folder.rglob("swagger_ui")]:
        _remove(path)


def _prune_service_data(folder: Path, kept: frozenset[str]) -> None:
    """Drop the models of services that are never asked; what is no service's stays."""
    data = folder / "botocore/data"
    if missing := kept - {path.name for path in data.iterdir()}:
        message = f"botocore knows no service {', '.join(sorted(missing))}"
        raise SystemExit(message)
    for path in [*data.iterdir(), *(folder / "boto3/data").iterdir()]:
        if path.is_dir() and path.name not in kept:
            _remove(path)
    _remove(folder / "boto3/examples")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    unwanted = shutil.ignore_patterns("__pycache__", "*.pyc", "Makefile", ".*")
    shutil.copytree(source, target, ignore=unwanted, dirs_exist_ok=True)


def _compile(folder: Path) -> None:
    """Unchecked: a package's times are not those of its sources, so nothing could be compared."""
    python = target_python()
    if python is None:
        sys.stderr.write(f"No Python {RUNTIME} here: bytecode is left out, starts are slower.\n")
        return
    command = [
        *(*python, "-m", "compileall", "-q", "-j", "0"),
        *("--invalidation-mode", "unchecked-hash", "-s", str(folder), str(folder)),
    ]
    subprocess.run(command, check=True, env=_environment())  # noqa: S603 -- a Python found below


def target_python() -> tuple[str, ...] | None:
    """The command of a Python 3.13, as installed, in pyenv or in uv; None where there is none."""
    for command in _candidates():
        probe = "import sys; print(*sys.version_info[:2], sep='.')"
        try:
            answer = subprocess.run(  # noqa: S603 -- commands listed below
                [*command, "-c", probe],
                capture_output=True,
                text=True,
                check=False,
                env=_environment(),
            )
        except OSError:
            continue
        if answer.stdout.strip() == RUNTIME:
            return command
    return None


def _candidates() -> Iterator[tuple[str, ...]]:
    yield (sys.executable,)
    yield (f"python{RUNTIME}",)
    roots = (os.environ.get("PYENV_ROOT"), Path.home() / ".pyenv")
    for versions in (Path(root) / "versions" for root in roots if root):
        for python in sorted(versions.glob(f"{RUNTIME}*/bin/python{RUNTIME}"), reverse=True):
            yield (str(python),)
    if shutil.which("uv"):
        yield ("uv", "run", "--no-project", "--offline", "--python", RUNTIME, "python")


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}


if __name__ == "__main__":
    main()
