"""`compliance checklist`: what it writes, what it says, and what it leaves alone."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from example_checklist import CHECKLIST, MEANT
from example_reports import failing, item, offender, passing, report
from test_cli import AccountOfLogs, account, refused

from compliance_cli.formats import json_text
from compliance_cli.main import compliance

TEXT = "# CloudWatch\n- [ ] Log retention\n- [ ] Dashboards\n- [ ] Pizza\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ours.md"
    path.write_text(TEXT, encoding="utf-8", newline="")
    return path


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    found = report(
        failing(item("cloudwatch.log-retention"), [offender("/a")]),
        passing(item("cloudwatch.dashboards"), "2 dashboards: all there"),
    )
    path.write_text(json_text.render(found), encoding="utf-8")
    return path


def fill(file: Path, *arguments: Any) -> Result:
    return CliRunner().invoke(compliance, ["checklist", "--fill", str(file), *map(str, arguments)])


def test_the_file_is_ticked_as_the_report_says(file: Path, kept: Path) -> None:
    result = fill(file, "--report", kept)

    lines = file.read_text(encoding="utf-8").splitlines()
    assert result.exit_code == 0
    assert lines[1].startswith("- [ ] Log retention <!-- omnitrack: cloudwatch.log-retention -->")
    assert lines[2].startswith("- [x] Dashboards <!-- omnitrack: cloudwatch.dashboards -->")
    assert lines[3] == "- [ ] Pizza"


def test_what_became_of_the_boxes_is_told_and_the_unknown_are_named(file: Path, kept: Path) -> None:
    assert fill(file, "--report", kept).stderr.splitlines() == [
        f"{file}: 2 of 3 boxes mean an item: 1 hold, 1 fail",
        "1 left as they were, since they mean no item:",
        "  line 4: Pizza (it is like none)",
    ]


def test_a_box_that_names_an_item_that_does_not_exist_is_told(file: Path, kept: Path) -> None:
    file.write_text("- [ ] Ours <!-- omnitrack: no.such -->\n", encoding="utf-8")

    assert "line 1: Ours (there is no item no.such)" in fill(file, "--report", kept).stderr


def test_an_item_that_the_report_lacks_leaves_its_box_as_it_was(file: Path, kept: Path) -> None:
    file.write_text("# X-Ray\n- [x] Service map\n", encoding="utf-8")

    result = fill(file, "--report", kept)

    assert "1 of 1 boxes mean an item: 1 not in the report" in result.stderr
    assert file.read_text(encoding="utf-8") == "# X-Ray\n- [x] Service map\n"


def test_ticking_twice_does_not_even_touch_the_file(file: Path, kept: Path) -> None:
    fill(file, "--report", kept)
    before = file.stat()

    assert fill(file, "--report", kept).exit_code == 0
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_new_report_renews_ticks_and_notes(file: Path, kept: Path, tmp_path: Path) -> None:
    mended = tmp_path / "mended.json"
    data = json.loads(kept.read_text(encoding="utf-8"))
    data["evaluated_at"] = "2026-04-01T00:00:00Z"
    data["items"][0] |= {"status": "PASS", "summary": "all kept", "offenders": []}
    mended.write_text(json.dumps(data), encoding="utf-8")
    fill(file, "--report", kept)

    fill(file, "--report", mended)

    line = file.read_text(encoding="utf-8").splitlines()[1]
    assert line.startswith("- [x] Log retention ")
    assert "— 2026-04-01 holds: `all kept`" in line
    assert "2026-03-01" not in line


def test_bytes_permissions_and_mark_of_the_file_stay(file: Path, kept: Path) -> None:
    raw = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").removesuffix("\n").encode()
    file.write_bytes(raw)
    file.chmod(0o640)

    fill(file, "--report", kept)

    ticked = re.sub(rb" <!-- omnitrack: \S+ -->.*?<!-- /omnitrack -->", b"", file.read_bytes())
    assert ticked.replace(b"[x]", b"[ ]") == raw
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_output_leaves_the_checklist_itself_alone(file: Path, kept: Path, tmp_path: Path) -> None:
    fill(file, "--report", kept, "--output", tmp_path / "ticked.md")

    assert file.read_text(encoding="utf-8") == TEXT
    assert "- [x] Dashboards" in (tmp_path / "ticked.md").read_text(encoding="utf-8")


def test_a_dry_run_prints_what_would_change_and_writes_nothing(file: Path, kept: Path) -> None:
    file.write_text(TEXT.removesuffix("- [ ] Pizza\n").removesuffix("\n"), encoding="utf-8")

    result = fill(file, "--report", kept, "--dry-run")

    lines = result.stdout.splitlines()
    assert lines[:2] == [f"--- {file}", f"+++ {file}"]
    assert [line for line in lines if line.startswith("-- [ ]")] == [
        "-- [ ] Log retention",
        "-- [ ] Dashboards",
    ]
    assert lines.count("\\ No newline at end of file") == 2
    assert "omnitrack" not in file.read_text(encoding="utf-8")


def test_explain_shows_what_each_box_means_and_looks_at_no_account(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance_cli.run.connect", lambda _: pytest.fail("it looked"))

    lines = fill(file, "--explain").stdout.splitlines()

    assert [line.split()[0] for line in lines] == ["2", "3", "4"]
    assert [line.split()[2] for line in lines] == [
        "cloudwatch.log-retention",
        "cloudwatch.dashboards",
        "?",
    ]
    assert file.read_text(encoding="utf-8") == TEXT


def test_without_a_report_the_account_is_evaluated_now(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = account(monkeypatch, AccountOfLogs({"/aws/lambda/a": None}))

    result = fill(file)

    assert "Evaluating 167 items in account 123456789012" in result.stderr
    assert "**fails**: `1 of 1 log group: /aws/lambda/a" in file.read_text(encoding="utf-8")
    assert connection.closed


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"# no boxes\n", "has no boxes"),
        ("- [ ] caf\u00e9\n".encode("latin-1"), "not UTF-8"),
        ("- [ ] a\n".encode("utf-16"), "not UTF-8"),
        (b"- [ ] a\n" * 700_000, "at most 5,000,000"),
    ],
)
def test_a_file_that_cannot_be_ticked_is_one_message(
    content: bytes, told: str, file: Path, kept: Path
) -> None:
    file.write_bytes(content)

    assert told in refused(fill(file, "--report", kept))
    assert file.read_bytes() == content


def test_a_file_that_is_not_there_is_one_message(tmp_path: Path) -> None:
    assert "No such file" in refused(fill(tmp_path / "none.md"))


def test_a_report_that_is_none_is_one_message(file: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{}", encoding="utf-8")

    assert "schema_version: missing" in refused(fill(file, "--report", tmp_path / "bad.json"))
    assert file.read_text(encoding="utf-8") == TEXT


def test_all_boxes_of_a_checklist_are_ticked(file: Path, tmp_path: Path) -> None:
    file.write_text(CHECKLIST, encoding="utf-8")
    found = report(*(passing(item(name)) for name in MEANT if name))
    (tmp_path / "all.json").write_text(json_text.render(found), encoding="utf-8")

    result = fill(file, "--report", tmp_path / "all.json")

    known = sum(1 for name in MEANT if name)
    assert f"{known} of {len(MEANT)} boxes mean an item: {known} hold\n" in result.stderr
    assert file.read_text(encoding="utf-8").count("[x]") == known
