"""Stating, taking back and looking up at the command line, with statements in a file."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml
from click.testing import CliRunner, Result
from test_cli import AccountOfLogs, account

from compliance.model import How, ItemResult, Offender, Status
from compliance_cli import run as running
from compliance_cli.main import compliance

LINK = "https://wiki.omnitrack.example/drill"
ITEM = "rollback.tested"
DIRECTORY = "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><testsuites>&a;</testsuites>"
LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
    "<testsuites><testcase name='&b;'/></testsuites>"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "statements.yaml"


def invoke(file: Path, *arguments: object, text: str | None = None) -> Result:
    """The command as a pipe runs it: nobody is asked anything."""
    words = [str(each) for each in arguments]
    where = [] if words[0] == "import" and "--statements" in words else ["--statements", str(file)]
    return CliRunner().invoke(compliance, [*words, *where], input=text)


def attest(file: Path, *arguments: object, item: str = ITEM) -> Result:
    return invoke(file, "attest", item, "--by", "devops-lead", *arguments)


def kept(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return document


# --- attest


def test_a_statement_is_kept_with_its_evidence_and_as_long_as_its_item_allows(file: Path) -> None:
    result = attest(file, "--evidence", LINK)
    assert result.exit_code == 0, result.output
    (stated,) = kept(file)["attestations"]
    assert (stated["item"], stated["by"], stated["evidence"]) == (
        ITEM,
        "devops-lead",
        {"link": LINK},
    )
    begin, end = (datetime.fromisoformat(stated[name]) for name in ("at", "valid_until"))
    assert end - begin == timedelta(days=180)


def test_an_objective_is_stated_as_a_number_with_its_unit(file: Path) -> None:
    assert attest(file, "--value", "4 hours", item="disaster-recovery.rto").exit_code == 0
    assert kept(file)["attestations"][0]["evidence"] == {"value": {"number": 4.0, "unit": "hours"}}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "evidence: expected a link, a file with its digest, or a value"),
        (("--evidence", "see wiki"), "expected a link that begins with https://"),
        (("--evidence", "http://wiki"), "expected a link that begins with https://"),
        (("--value", "four hours"), "expected a number with its unit"),
        (("--evidence", LINK, "--valid", "181d"), "expected at most 180 days later"),
        (("--evidence", LINK, "--valid", "0d"), "expected a date after"),
        (("--evidence", LINK, "--valid", "next year"), "expected days such as 90d, or a date"),
        (("--evidence", LINK, "--valid", "2020-01-01"), "expected a date after"),
        (("--evidence-file", "/nowhere/report.pdf"), "cannot read /nowhere/report.pdf"),
        (("--evidence", LINK, "--note", "r\udce9sum\udce9"), "note: found 'r\\udce9sum\\udce9'"),
        (
            ("--evidence", LINK, "--by", "Ren\udce9"),
            "by: found 'Ren\\udce9', expected text in UTF-8",
        ),
        (("--evidence", "https://wiki/\udce9"), "expected text in UTF-8"),
        (("--value", "4 \udce9"), "expected text in UTF-8"),
        (("--evidence", LINK, "--note", "x" * 2001), "plain text of at most 2,000 characters"),
        (("--evidence", LINK, "--by", "x" * 201), "by: found 'xxx"),
        (("--value", "99999999999999 days"), "evidence.value: found 1e+14 days, expected a number"),
        (("--value", "9" * 400 + " requests"), "evidence.value: found inf requests"),
        (("--evidence", LINK, "--valid", "9999-12-31T23:59:59-10:00"), "expected days such as 90d"),
    ],
)
def test_what_cannot_be_stated_is_refused_in_words(
    file: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = attest(file, *arguments)
    assert result.exit_code == 2
    assert words in result.output
    assert not file.exists()


def test_a_reason_that_is_no_utf_8_is_refused(file: Path) -> None:
    attest(file, "--evidence", LINK)
    before = file.read_bytes()
    result = invoke(file, "revoke", ITEM, "--reason", "r\udce9sum", "--by", "lead")
    assert result.exit_code == 2
    assert "reason: found 'r\\udce9sum', expected text in UTF-8" in result.output
    assert file.read_bytes() == before


def test_a_file_that_could_not_be_read_again_is_not_written(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attest(file, "--evidence", LINK)
    before = file.read_bytes()
    monkeypatch.setattr("compliance.statements.document.LARGEST", len(before) + 10)
    result = attest(file, "--evidence", LINK + "/next")
    assert result.exit_code == 2
    assert "nothing was kept" in result.output
    assert "characters; at most" in result.output
    assert file.read_bytes() == before


def test_a_file_of_more_than_a_megabyte_is_read_and_written(file: Path, tmp_path: Path) -> None:
    begin, link = datetime(2026, 1, 1, tzinfo=UTC), f"{LINK}/{'x' * 1_500}"
    stated = [
        _stated(ITEM, "2026-03-01") | {"at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "evidence": {"link": link}}
        for at in (begin + timedelta(minutes=n) for n in range(700))
    ]
    large = tmp_path / "large.yaml"
    large.write_text(json.dumps({"schema_version": 1, "attestations": stated}), encoding="utf-8")
    assert "700 are new" in invoke(file, "import", large).output
    assert file.stat().st_size > 1_000_000
    assert attest(file, "--evidence", LINK).exit_code == 0
    assert len(kept(file)["attestations"]) == 701


@pytest.mark.parametrize("number", ["1" + "0" * 400, ".inf", ".nan", "9" * 5_000])
def test_a_file_with_a_number_past_all_measure_is_refused(file: Path, number: str) -> None:
    attest(file, "--value", "4 hours", item="disaster-recovery.rto")
    written = file.read_text(encoding="utf-8").replace("number: 4.0", f"number: {number}")
    file.write_text(re.sub(r"- id: .*\n ", "-", written), encoding="utf-8")
    result = invoke(file, "history", ITEM)
    assert (result.exit_code, type(result.exception)) == (2, SystemExit)
    assert "cannot be used" in result.output


def test_an_unknown_item_gets_the_nearest_names(file: Path) -> None:
    result = attest(file, "--evidence", LINK, item="rolback.tested")
    assert result.exit_code == 2
    assert "did you mean rollback.tested" in result.output


def test_nobody_can_attest_what_the_account_decides(file: Path) -> None:
    result = attest(file, "--evidence", LINK, item="cost.budget-alerts")
    assert result.exit_code == 2
    assert "the account itself decides cost.budget-alerts" in result.output


def test_a_file_that_cannot_be_looked_at_is_told_in_words(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "stat", refuse)
    result = invoke(file, "history", ITEM)
    assert result.exit_code == 2
    assert "Permission denied" in result.output


@pytest.mark.parametrize("command", [("except", ITEM), ("checklist", "--fill", "a.md")])
def test_a_rate_share_that_is_no_number_is_told_in_words(
    file: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COMPLIANCE_RATE_SHARE", "0,5")
    result = invoke(file, *command)
    assert (result.exit_code, type(result.exception)) == (2, SystemExit)
    assert "COMPLIANCE_RATE_SHARE" in result.output


def test_a_statement_in_a_file_needs_a_name(file: Path) -> None:
    result = invoke(file, "attest", ITEM, "--evidence", LINK)
    assert result.exit_code == 2
    assert "--by NAME" in result.output


def test_a_dry_run_keeps_nothing(file: Path) -> None:
    result = attest(file, "--evidence", LINK, "--dry-run")
    assert result.exit_code == 0
    assert "nothing was kept" in result.output
    assert not file.exists()


def test_json_is_what_was_stated(file: Path) -> None:
    result = attest(file, "--evidence", LINK, "--json")
    assert json.loads(result.output) == kept(file)["attestations"]


def test_a_file_is_known_by_its_digest(file: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.pdf"
    report.write_bytes(b"abc")
    assert attest(file, "--evidence-file", report).exit_code == 0
    assert kept(file)["attestations"][0]["evidence"] == {
        "file": "report.pdf",
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    }


# --- from the pipeline

PASSING = (
    "<testsuites><testsuite tests='3'><testcase name='a'/><testcase name='b'/>"
    "<testcase name='c'><skipped/></testcase></testsuite></testsuites>"
)
TOTALS_TWICE = (
    "<testsuites failures='1'><testsuite failures='1'><testcase name='a'><failure/></testcase>"
    "<testcase/><testcase/></testsuite></testsuites>"
)
TOTALS_ALONE = (
    "<testsuites><testsuite failures='1'><testsuite failures='1'/></testsuite>"
    "<testsuite errors='2'/></testsuites>"
)


def junit(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "junit.xml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_passing_report_attests_with_its_counts_and_digest(file: Path, tmp_path: Path) -> None:
    result = attest(file, "--junit", junit(tmp_path, PASSING))
    assert result.exit_code == 0, result.output
    shown = kept(file)["attestations"][0]["evidence"]
    assert (shown["file"], shown["detail"]) == ("junit.xml", "2 tests passed, 1 skipped")
    assert len(shown["sha256"]) == 64


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "<testsuite><testcase name='a'/><testcase name='b'><failure/></testcase></testsuite>",
            "1 test of 2 failed, b among them",
        ),
        ("<testsuite><testcase name='a'><error/></testcase></testsuite>", "1 test of 1 failed"),
        ("<testsuites errors='1'><testsuite><testcase/></testsuite></testsuites>", "failed"),
        (
            TOTALS_TWICE,
            "1 test of 3 failed, a among them",
        ),
        (
            TOTALS_ALONE,
            "3 tests of 3 failed",
        ),
        (
            "<testsuite><testcase name='a'><rerunFailure/></testcase><testcase/></testsuite>",
            "1 test of 2 failed, a among them",
        ),
        (
            "<testsuite><testcase name='a'><failure/><rerunFailure/></testcase></testsuite>",
            "1 test of 1 failed",
        ),
        ("<testsuites/>", "no test ran"),
        ("<testsuite><testcase><skipped/></testcase></testsuite>", "no test ran"),
    ],
)
def test_a_report_that_fails_or_is_empty_revokes_what_was_stated(
    file: Path, tmp_path: Path, text: str, words: str
) -> None:
    attest(file, "--evidence", LINK)
    result = attest(file, "--junit", junit(tmp_path, text))
    assert result.exit_code == 1
    assert words in result.output
    assert words in kept(file)["revocations"][0]["reason"]
    shown = json.loads(invoke(file, "history", ITEM, "--json").output)
    assert shown["holds"] is False


def test_a_test_with_a_long_name_revokes_all_the_same(file: Path, tmp_path: Path) -> None:
    attest(file, "--evidence", LINK)
    text = f"<testsuite><testcase name='{'x' * 5000}'><failure/></testcase></testsuite>"
    assert attest(file, "--junit", junit(tmp_path, text)).exit_code == 1
    assert "1 test of 1 failed, xxx" in kept(file)["revocations"][0]["reason"]


def test_a_report_whose_name_is_no_utf_8_attests(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "r\udce9.xml"
    path.write_text(PASSING, encoding="utf-8")
    assert attest(file, "--junit", path).exit_code == 0
    assert kept(file)["attestations"][0]["evidence"]["file"] == "r\\udce9.xml"


def test_a_tool_that_failed_revokes_what_was_stated(file: Path) -> None:
    attest(file, "--evidence", LINK)
    assert attest(file, "--evidence", LINK, "--exit-code", 3).exit_code == 1
    assert "ended with 3" in kept(file)["revocations"][0]["reason"]
    assert attest(file, "--evidence", LINK, "--exit-code", 0).exit_code == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it shows nothing"),
        ("<testsuite>", "is no XML"),
        ("<html/>", "found <html>, expected <testsuites>"),
        (DIRECTORY, "is refused"),
        (LAUGHS, "is refused"),
        ("\x00\x01", "is no XML"),
        ("<?xml version='1.0' encoding='foo-bar'?><testsuites/>", "is no XML"),
        (f"<testsuite failures='{'9' * 5000}'><testcase/></testsuite>", "expected a count"),
        ("<testsuite failures='one'><testcase/></testsuite>", "expected a count"),
    ],
)
def test_what_is_no_report_neither_attests_nor_revokes(
    file: Path, tmp_path: Path, text: str, words: str
) -> None:
    attest(file, "--evidence", LINK)
    before = file.read_text(encoding="utf-8")
    result = attest(file, "--junit", junit(tmp_path, text))
    assert result.exit_code == 2
    assert words in result.output
    assert file.read_text(encoding="utf-8") == before


def test_a_huge_report_is_refused(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance_cli.statements.evidence.LARGEST_REPORT", 10)
    result = attest(file, "--junit", junit(tmp_path, PASSING))
    assert result.exit_code == 2
    assert "at most 10 are read" in result.output


# --- except

GROUP, OTHER = "arn:aws:logs:us-east-1:1:log-group:a", "arn:aws:logs:us-east-1:1:log-group:b"
RETENTION = "cloudwatch.log-retention"


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account in which two log groups offend, whatever it is asked."""

    class Found:
        def __init__(self, items: list[Any]) -> None:
            (item,) = items
            offenders = (
                Offender(GROUP, "never-expires", "", ""),
                Offender(GROUP, "too-long", "", ""),
                Offender(OTHER, "too-short", "", ""),
            )
            self.results = {item.id: ItemResult(item, Status.FAIL, "", (), offenders)}

    monkeypatch.setattr(running, "evaluated", lambda items, *_: Found(items))


def accept(file: Path, *arguments: object) -> Result:
    return invoke(file, "except", RETENTION, "--by", "devops-lead", *arguments)


@pytest.mark.usefixtures("failing")
def test_what_offends_now_is_accepted_resource_by_resource(file: Path) -> None:
    assert accept(file, "--reason", "audit").exit_code == 0
    assert {each["resource"]: each["faults"] for each in kept(file)["exceptions"]} == {
        GROUP: ["never-expires", "too-long"],
        OTHER: ["too-short"],
    }


@pytest.mark.usefixtures("failing")
def test_a_pattern_accepts_the_faults_that_it_matches_now(file: Path) -> None:
    result = accept(file, "--resource", "*:log-group:a", "--fault", "too-long", "--reason", "audit")
    assert result.exit_code == 0, result.output
    (made,) = kept(file)["exceptions"]
    assert (made["resource"], made["faults"]) == ("*:log-group:a", ["too-long"])
    begin, end = (datetime.fromisoformat(made[name]) for name in ("at", "until"))
    assert end - begin == timedelta(days=30)


@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--resource", "arn:nothing", "--reason", "x"), "nothing offends"),
        (("--fault", "no-such", "--reason", "x"), "nothing offends"),
        (("--reason", "x", "--until", "31d"), "at most 30 days later for high items"),
        ((), "an exception needs a reason"),
    ],
)
def test_what_cannot_be_accepted_is_refused_in_words(
    file: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = accept(file, *arguments)
    assert result.exit_code == 2
    assert words in result.output
    assert not file.exists()


# --- revoke, history, due


def test_a_revocation_stays_beside_what_it_takes_back(file: Path) -> None:
    attest(file, "--evidence", LINK)
    result = invoke(file, "revoke", ITEM, "--reason", "another stack", "--by", "devops-lead")
    assert result.exit_code == 0, result.output
    shown = invoke(file, "history", ITEM).output
    assert "attested until" in shown
    assert "attestation revoked" in shown
    assert "another stack" in shown


@pytest.mark.usefixtures("failing")
def test_one_exception_of_several_is_revoked_by_its_id(file: Path) -> None:
    accept(file, "--reason", "audit")
    first, second = (each["id"] for each in kept(file)["exceptions"])
    words = ("revoke", RETENTION, "--reason", "mended", "--by", "devops-lead", "--exception")
    assert invoke(file, *words, first).exit_code == 0
    assert "not in force: revoked" in invoke(file, "history", RETENTION).output
    refused = invoke(file, *words, "no-such")
    assert refused.exit_code == 2
    assert second in refused.output


def test_there_is_nothing_to_revoke_where_nothing_was_stated(file: Path) -> None:
    result = invoke(file, "revoke", ITEM, "--reason", "x", "--by", "devops-lead")
    assert result.exit_code == 2
    assert "there is nothing to revoke" in result.output


def test_what_is_due_is_sorted_and_names_its_owner(file: Path) -> None:
    attest(file, "--evidence", LINK, "--valid", "10d")
    soon = json.loads(invoke(file, "due", "--within", "11d", "--json").output)
    assert (soon[-1]["item"], soon[-1]["overdue"]) == (ITEM, False)
    assert all(each["overdue"] for each in soon[:-1])
    assert {each["owner"] for each in soon} == {
        "devops-lead@omnitrack.example",
        "engineering-manager@omnitrack.example",
    }
    later = json.loads(invoke(file, "due", "--within", "9d", "--json").output)
    assert ITEM not in {each["item"] for each in later}


@pytest.mark.parametrize("command", [("history", ITEM), ("due", "--within", "200d")])
def test_json_holds_nothing_that_a_terminal_obeys(file: Path, command: tuple[str, ...]) -> None:
    name = "lead\u009b31m\u202e"
    invoke(file, "attest", ITEM, "--evidence", LINK, "--by", name, "--note", name)
    printed = invoke(file, *command, "--json").output
    assert printed.replace("\n", "").isprintable()
    assert name in json.dumps(json.loads(printed), ensure_ascii=False)


# --- import, export


def test_an_export_imports_without_a_difference(file: Path, tmp_path: Path) -> None:
    attest(file, "--evidence", LINK)
    attest(file, "--value", "4 hours", "--note", "zwölf\n#", item="disaster-recovery.rto")
    invoke(file, "revoke", ITEM, "--reason", "x", "--by", "devops-lead")
    exported, other = tmp_path / "exported.yaml", tmp_path / "other.yaml"
    assert invoke(file, "export", exported).exit_code == 0
    first = invoke(other, "import", exported)
    assert "3 are new" in first.output, first.output
    assert "0 are new" in invoke(other, "import", exported).output
    assert other.read_text(encoding="utf-8") == file.read_text(encoding="utf-8")
    assert invoke(other, "export").output == exported.read_text(encoding="utf-8")


def _stated(item: str, until: str) -> dict[str, Any]:
    return {
        "item": item,
        "by": "lead",
        "at": "2026-01-01",
        "valid_until": until,
        "evidence": {"link": LINK},
    }


MISTAKEN = {
    "schema_version": 1,
    "attestations": [
        _stated("rolback.tested", "2026-02-01"),
        _stated(ITEM, "2027-02-01"),
        _stated("cost.budget-alerts", "2026-02-01"),
    ],
    "exceptions": [
        {
            "item": "account.root-mfa",
            "by": "lead",
            "at": "2026-01-01",
            "until": "2026-02-01",
            "resource": "x",
            "faults": ["y"],
            "reason": "z",
        }
    ],
    "revocations": [
        {"item": ITEM, "by": "lead", "at": "2026-01-01", "exception": "none-such", "reason": "z"}
    ],
}


def test_every_mistake_of_a_file_is_told_at_once_with_its_path(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "mistaken.yaml"
    path.write_text(yaml.safe_dump(MISTAKEN), encoding="utf-8")
    result = invoke(file, "import", path)
    assert result.exit_code == 2
    for words in (
        "attestations[0].item: found 'rolback.tested', did you mean rollback.tested",
        "attestations[1].valid_until: found 2027-02-01, expected at most 180 days later",
        "attestations[2].item: the account itself decides cost.budget-alerts",
        "exceptions[0].until: found 2026-02-01, expected at most 7 days later for critical items",
        "revocations[0].exception: found 'none-such', expected the id of an exception",
    ):
        assert words in result.output
    assert not file.exists()


def test_an_id_that_is_not_the_content_s_is_refused(file: Path, tmp_path: Path) -> None:
    attest(file, "--evidence", LINK)
    forged = tmp_path / "forged.yaml"
    forged.write_text(file.read_text(encoding="utf-8").replace("drill", "other"), encoding="utf-8")
    result = invoke(tmp_path / "none.yaml", "import", forged)
    assert result.exit_code == 2
    assert "attestations[0].id: expected" in result.output


def test_items_for_people_are_decided_by_a_file_without_any_table(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account(monkeypatch, AccountOfLogs({}))
    attest(file, "--evidence", LINK)
    report = json.loads(invoke(file, "run", "--item", ITEM, "--format", "json").stdout)
    (item,) = report["items"]
    assert (item["status"], item["attestation"]["by"]) == ("PASS", "devops-lead")
    assert item["how"] == How.ATTEST.value
    assert datetime.now(UTC) < datetime.fromisoformat(item["attestation"]["valid_until"])
