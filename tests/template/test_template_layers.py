import re
import subprocess
import sys
from pathlib import Path

from deployed_template import ROOT

from compliance import registry

sys.path.insert(0, str(ROOT / "layers/dependencies"))

import build

LAYER_LOCK = ROOT / "layers/dependencies/requirements.lock"
LOCK = ROOT / "requirements.lock"


def test_the_layer_knows_every_service_that_is_read() -> None:
    read = {r.service for c in registry.load().collectors.values() for r in c.reads}
    assert read <= build.services(ROOT)


def test_the_layer_knows_every_service_that_is_written() -> None:
    assert {"dynamodb", "sqs", "sns", "events", "secretsmanager"} <= build.services(ROOT)


def test_what_is_shipped_is_what_was_tested() -> None:
    tested = _pins(LOCK)
    shipped = _pins(LAYER_LOCK)
    assert shipped
    assert {name: version for name, version in shipped.items() if tested.get(name) != version} == {}


def test_every_shipped_package_is_locked_by_its_hash() -> None:
    text = LAYER_LOCK.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_compliance_layer_holds_the_package_and_its_data_alone(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "layers/dependencies/build.py"), "compliance"]
    subprocess.run([*command, str(ROOT), str(tmp_path)], check=True)
    assert [path.name for path in (tmp_path / "python").iterdir()] == ["compliance"]
    source = ROOT / "layers/compliance/compliance"
    assert _files(tmp_path / "python/compliance") == _files(source)


def _files(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def _pins(lock: Path) -> dict[str, str]:
    pins = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return {name.lower().replace("_", "-"): version for name, version in pins}
