"""What `sam build` packages."""

from pathlib import Path

import pytest
import workbench
from deployed_template import template

MEGABYTE = 1_000_000


def test_sam_accepts_the_template() -> None:
    if workbench.emulator() is None:
        pytest.skip("SAM is not installed: make tools")
    answer = workbench.sam("validate", "--lint")
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("function", template().functions)
def test_a_function_is_its_sources_and_no_package(built: Path, function: str) -> None:
    source = workbench.ROOT / template().functions[function]["CodeUri"]
    assert _sources(built / function) == _sources(source)


def test_the_layers_fit_with_room_to_grow(built: Path) -> None:
    size = sum(
        path.stat().st_size
        for layer in ("ComplianceLayer", "DependenciesLayer")
        for path in (built / layer).rglob("*")
        if path.is_file()
    )
    assert size < 50 * MEGABYTE


def test_every_module_is_compiled_for_the_runtime(built: Path) -> None:
    if workbench.target_python() is None:
        pytest.skip("no Python 3.13 here, so the layers ship without bytecode")
    for layer in ("ComplianceLayer", "DependenciesLayer"):
        folder = built / layer
        uncompiled = {
            path
            for path in folder.rglob("*.py")
            if not (path.parent / "__pycache__" / f"{path.stem}.cpython-313.pyc").is_file()
        }
        assert uncompiled == set()


def test_bytecode_is_taken_whatever_the_files_times_are(built: Path) -> None:
    if workbench.target_python() is None:
        pytest.skip("no Python 3.13 here, so the layers ship without bytecode")
    compiled = next((built / "ComplianceLayer").rglob("*.pyc"))
    unchecked_hash = 0b01
    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == unchecked_hash


@pytest.mark.parametrize("absent", ["boto3", "moto", "click", "rich", "pytest", "mypy_boto3_sts"])
def test_only_what_runs_is_shipped(built: Path, absent: str) -> None:
    shipped = {path.name for path in (built / "ComplianceLayer/python").iterdir()}
    if absent != "boto3":
        shipped |= {path.name for path in (built / "DependenciesLayer/python").iterdir()}
    assert absent not in shipped


def test_every_service_that_the_sources_ask_has_its_model(built: Path) -> None:
    data = built / "DependenciesLayer/python/botocore/data"
    models = {path.parent.parent.name for path in data.glob("*/*/service-2.json*")}
    assert models == set(workbench.build.services(workbench.ROOT))


def test_every_licence_is_shipped(built: Path) -> None:
    folder = built / "DependenciesLayer/python"
    unlicensed = {
        path.name
        for path in folder.glob("*.dist-info")
        if not [*path.rglob("*LICEN*"), *path.rglob("*COPYING*")]
    }
    assert unlicensed == set()


def _sources(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
