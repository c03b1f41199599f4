"""`compliance diff`: what changed between two reports, and whether anything got worse."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from example_reports import (
    HOSTILE_NAMES,
    failing,
    hostile_report,
    huge_report,
    item,
    offender,
    passing,
    report,
    unseen,
)
from test_cli import refused

from compliance.model import ItemResult, Severity, Status
from compliance.report import Report
from compliance_cli.comparing.changes import Change, Changed, compare
from compliance_cli.comparing.rendering import LARGEST, as_json, as_markdown, as_table
from compliance_cli.formats import json_text
from compliance_cli.main import compliance

A_B = item("a.b")


def status(of: Status, *names: str) -> ItemResult:
    if of is Status.FAIL:
        return failing(A_B, [offender(name) for name in names or ("/a",)])
    return ItemResult(A_B, of, "told", reason="why" if of is not Status.PASS else None)


def changed(before: ItemResult | None, after: ItemResult | None) -> list[Changed]:
    sides = [report(*([each] if each else [])).to_json() for each in (before, after)]
    return list(compare(*sides).changed)


def names(offenders: Any) -> list[str]:
    return [each["resource"].rpartition(":")[2] for each in offenders]


@pytest.mark.parametrize(
    ("before", "after", "change", "worse"),
    [
        ("PASS", "FAIL", Change.FAILS, True),
        ("UNKNOWN", "FAIL", Change.FAILS, True),
        ("EXCEPTED", "FAIL", Change.FAILS, True),
        ("NOT_APPLICABLE", "FAIL", Change.FAILS, True),
        ("PASS", "UNKNOWN", Change.UNKNOWN, True),
        ("FAIL", "UNKNOWN", Change.UNKNOWN, True),
        ("FAIL", "PASS", Change.RECOVERED, False),
        ("UNKNOWN", "PASS", Change.RECOVERED, False),
        ("EXCEPTED", "NOT_APPLICABLE", Change.RECOVERED, False),
        ("FAIL", "EXCEPTED", Change.ACCEPTED, False),
        ("PASS", "EXCEPTED", Change.ACCEPTED, False),
        ("PASS", "NOT_APPLICABLE", Change.OTHER, False),
        ("NOT_APPLICABLE", "PASS", Change.OTHER, False),
    ],
)
def test_what_became_of_an_item(before: str, after: str, change: Change, worse: bool) -> None:  # noqa: FBT001 -- a column of the table
    found = changed(status(Status(before)), status(Status(after)))

    assert [(each.change, each.worse) for each in found] == [(change, worse)]
    assert (found[0].before, found[0].after) == (before, after)


@pytest.mark.parametrize("each", Status)
def test_what_stays_as_it_was_is_no_change(each: Status) -> None:
    assert changed(status(each), status(each)) == []


def test_an_item_that_is_no_longer_evaluated_is_worse() -> None:
    found = changed(status(Status.PASS), None)

    assert [(each.change, each.worse, each.after) for each in found] == [(Change.GONE, True, None)]


@pytest.mark.parametrize(
    ("after", "change"), [(Status.PASS, Change.OTHER), (Status.FAIL, Change.FAILS)]
)
def test_an_item_that_is_new_counts_by_what_it_is(after: Status, change: Change) -> None:
    assert [each.change for each in changed(None, status(after))] == [change]


def test_offenders_that_began_and_ended_are_told_apart() -> None:
    found = changed(status(Status.FAIL, "/a", "/b"), status(Status.FAIL, "/b", "/c"))[0]

    assert (found.change, found.worse) == (Change.STILL_FAILS, True)
    assert (names(found.began), names(found.ended)) == (["/c"], ["/a"])


def test_an_item_of_which_less_offends_is_no_worse() -> None:
    found = changed(status(Status.FAIL, "/a", "/b"), status(Status.FAIL, "/b"))[0]

    assert (found.change, found.worse) == (Change.STILL_FAILS, False)


def test_another_value_of_the_same_fault_is_no_change() -> None:
    here = offender("/a")
    before, after = (failing(A_B, [replace(here, observed=f"{n} days")]) for n in (1, 2))

    assert changed(before, after) == []


def test_what_was_not_seen_has_not_ended() -> None:
    partly = replace(status(Status.FAIL, "/b"), reason="incomplete: refused")

    assert changed(status(Status.FAIL, "/a", "/b"), partly) == []
    assert changed(status(Status.FAIL, "/a"), unseen(A_B))[0].ended == ()


def test_what_is_accepted_has_not_ended() -> None:
    before, after = (report(status(Status.FAIL, *n)).to_json() for n in (["/a", "/b"], ["/b"]))
    after["items"][0]["exception"] = [{"accepts": 1}]

    assert compare(before, after).changed == ()


def test_the_worst_comes_first_and_within_it_the_most_severe() -> None:
    def of(name: str, severity: str, fails: bool) -> ItemResult:  # noqa: FBT001 -- reads as a table
        what = item(name, Severity(severity))
        return failing(what, [offender("/a")]) if fails else passing(what)

    rows = [("a.a", "low", True), ("a.b", "low", False), ("a.c", "critical", False)]
    before = report(*(of(*row) for row in rows))
    after = report(*(of(name, severity, not fails) for name, severity, fails in rows))

    found = compare(before.to_json(), after.to_json()).changed

    assert [each.item["id"] for each in found] == ["a.c", "a.b", "a.a"]


def kept(path: Path, example: Report) -> Path:
    path.write_text(json_text.render(example), encoding="utf-8")
    return path


def invoke(*arguments: Any) -> Result:
    return CliRunner().invoke(compliance, ["diff", *map(str, arguments)])


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return kept(tmp_path / "sound.json", report(status(Status.PASS)))


@pytest.fixture
def drifted(tmp_path: Path) -> Path:
    return kept(tmp_path / "drifted.json", report(status(Status.FAIL)))


def test_what_got_worse_exits_1_and_what_did_not_exits_0(sound: Path, drifted: Path) -> None:
    assert invoke(sound, drifted).exit_code == 1
    assert invoke(drifted, sound).exit_code == 0
    assert invoke(drifted, drifted).exit_code == 0


def test_the_table_tells_items_offenders_and_the_score(sound: Path, drifted: Path) -> None:
    text = invoke(sound, drifted).stdout

    assert "Score     100 → 0 (-100.0)\nCoverage  100\n" in text
    assert "NEWLY FAILING (1)\n\nHIGH      a.b  PASS → FAIL\n" in text
    assert "    began: /a: never expires\n" in text


def test_reports_that_tell_the_same_are_said_to(sound: Path) -> None:
    assert "No item changed." in invoke(sound, sound).stdout
    assert "**no item changed**" in invoke(sound, sound, "--format", "markdown").stdout


def test_the_json_has_all_of_it(sound: Path, drifted: Path) -> None:
    data = json.loads(invoke(sound, drifted, "--format", "json").stdout)

    assert (data["before"]["score"], data["after"]["score"], data["worse"]) == (100.0, 0.0, True)
    assert data["items"][0]["change"] == "newly failing"
    assert names(data["items"][0]["began"]) == ["/a"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "it is no JSON"),
        ("[1]", "the document: found a list"),
        ('{"schema_version": "1.0"}', "score: missing"),
        (b"\xff\xfe", "it is no JSON"),
    ],
)
def test_what_is_no_report_exits_2_and_is_named(
    content: str | bytes, told: str, sound: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(content if isinstance(content, bytes) else content.encode())

    message = refused(invoke(sound, bad))

    assert f"{bad} is no report:\n" in message
    assert told in message


def test_a_mistake_in_a_report_is_told_by_its_path(sound: Path, tmp_path: Path) -> None:
    data = json.loads(sound.read_text(encoding="utf-8"))
    data["items"][0]["status"] = "SKIPPED"
    (tmp_path / "bad.json").write_text(json.dumps(data), encoding="utf-8")

    assert "items[0].status: found 'SKIPPED'" in refused(invoke(tmp_path / "bad.json", sound))


@pytest.mark.parametrize("twice", ["items", "offenders"])
def test_what_a_report_tells_twice_is_a_mistake(
    twice: str, sound: Path, drifted: Path, tmp_path: Path
) -> None:
    data = json.loads(drifted.read_text(encoding="utf-8"))
    told = data["items"] if twice == "items" else data["items"][0]["offenders"]
    told.append(told[0])
    (tmp_path / "bad.json").write_text(json.dumps(data), encoding="utf-8")

    assert "given twice" in refused(invoke(sound, tmp_path / "bad.json"))


def test_a_report_that_is_not_there_is_one_message(sound: Path, tmp_path: Path) -> None:
    assert "No such file" in refused(invoke(sound, tmp_path / "none.json"))


def test_markdown_fits_a_comment_however_much_changed() -> None:
    many = [
        failing(item(f"s.item-{n}"), [offender(f"{m}{'x' * 5000}") for m in range(50)])
        for n in range(167)
    ]
    comparison = compare(report().to_json(), report(*many).to_json())

    assert "and 67 items more" in as_markdown(comparison)
    assert len(as_markdown(comparison)) < LARGEST


def test_ten_thousand_offenders_are_counted() -> None:
    comparison = compare(report().to_json(), huge_report().to_json())

    assert "began: 9,995 offenders more" in as_table(comparison, width=80, colour=False)
    assert len(as_table(comparison, width=80, colour=False)) < 3000
    assert len(json.loads(as_json(comparison))["items"][0]["began"]) == 10_000


def test_no_name_is_markup_or_reaches_a_terminal() -> None:
    comparison = compare(report().to_json(), hostile_report().to_json())
    texts = (
        as_table(comparison, width=80, colour=False),
        as_json(comparison),
        as_markdown(comparison),
    )

    for text in texts:
        assert not [each for each in text.replace("\n", "") if not each.isprintable()]
    assert f"`{HOSTILE_NAMES[0]}`" in texts[2]
