"""The command line: exit codes, what goes where, and one message where nothing can be done."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from click.testing import CliRunner, Result

from compliance.baseline import PRODUCTION
from compliance.documents import violations
from compliance.engine import ReadFailed
from compliance.model import Gap, Identity
from compliance.registry import Read
from compliance.report import SCHEMA, Calls
from compliance_cli import main as entry
from compliance_cli import redrive, remembered
from compliance_cli import run as running
from compliance_cli.formats import Format
from compliance_cli.main import compliance

RETENTION = ("run", "--item", "cloudwatch.log-retention")
GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:"


class AccountOfLogs:
    """A connection to an account that has log groups and refuses to show anything else."""

    def __init__(self, retention: dict[str, int | None], account: str = "123456789012") -> None:
        self.identity = Identity(account, "us-east-1")
        self.calls = Calls({"logs:DescribeLogGroups": 1})
        self.closed = False
        self._groups = [
            {"logGroupName": name, "logGroupArn": GROUP + name}
            | ({"retentionInDays": days} if days else {})
            for name, days in retention.items()
        ]

    def reader(self, *_: object) -> AccountOfLogs:
        return self

    def client(self, *_: object) -> AccountOfLogs:
        return self

    def describe_stacks(self, **_: object) -> NoReturn:
        missing = {"Code": "ValidationError", "Message": "Stack with id x does not exist"}
        raise ClientError({"Error": missing}, "DescribeStacks")

    def pages(self, read: Read, **_: object) -> Iterator[dict[str, Any]]:
        if read.operation != "DescribeLogGroups":
            raise ReadFailed(Gap(read.action, "AccessDeniedException"))
        yield {"logGroups": self._groups}

    def call(self, read: Read, **_: object) -> NoReturn:
        raise ReadFailed(Gap(read.action, "AccessDeniedException"))

    def close(self) -> None:
        self.closed = True


def account(monkeypatch: pytest.MonkeyPatch, connection: AccountOfLogs) -> AccountOfLogs:
    monkeypatch.setattr(running, "connect", lambda _: connection)
    return connection


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> AccountOfLogs:
    return account(monkeypatch, AccountOfLogs({"/aws/lambda/a": 30}))


@pytest.fixture
def drifted(monkeypatch: pytest.MonkeyPatch) -> AccountOfLogs:
    return account(monkeypatch, AccountOfLogs({"/aws/lambda/a": 30, "/aws/lambda/b": None}))


def invoke(*arguments: str, **environment: str | None) -> Result:
    return CliRunner().invoke(compliance, arguments, env=environment)


def refused(result: Result) -> str:
    """The one message of a command that could not run."""
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.mark.usefixtures("sound")
def test_all_that_holds_exits_0() -> None:
    assert invoke(*RETENTION).exit_code == 0


@pytest.mark.usefixtures("drifted")
def test_something_that_fails_exits_1() -> None:
    result = invoke(*RETENTION)

    assert result.exit_code == 1
    assert "/aws/lambda/b" in result.stdout


@pytest.mark.usefixtures("sound")
def test_something_that_cannot_be_seen_exits_1() -> None:
    result = invoke("run", "--item", "cost.budget-alerts")

    assert result.exit_code == 1
    assert "COULD NOT SEE (1)" in result.stdout


@pytest.mark.usefixtures("sound")
def test_what_does_not_apply_holds(tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.yaml"
    baseline.write_text(
        PRODUCTION.read_text(encoding="utf-8").replace(
            "not_applicable: {}", "not_applicable: {cost.budget-alerts: paid by somebody else}"
        ),
        encoding="utf-8",
    )

    result = invoke("run", "--item", "cost.budget-alerts", "--baseline", str(baseline))

    assert result.exit_code == 0


@pytest.mark.usefixtures("drifted")
def test_nothing_but_the_report_goes_to_stdout() -> None:
    result = invoke(*RETENTION, "--format", "json")

    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert list(violations(json.loads(result.stdout), schema)) == []


@pytest.mark.usefixtures("drifted")
@pytest.mark.parametrize("name", Format)
def test_a_report_is_written_in_every_format(name: Format) -> None:
    result = invoke(*RETENTION, "--format", name.value)

    assert result.exit_code == 1
    assert "/aws/lambda/b" in result.stdout


@pytest.mark.usefixtures("sound")
def test_a_log_gets_one_line_that_says_what_is_evaluated_where() -> None:
    result = invoke(*RETENTION)

    assert result.stderr == (
        "Evaluating 1 item in account 123456789012, us-east-1 (OmniTrack AI, production)\n"
    )


def test_another_account_than_the_baselines_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    account(monkeypatch, AccountOfLogs({"/aws/lambda/a": 30}, account="999999999999"))

    result = invoke(*RETENTION)

    assert result.exit_code == 0
    assert "Warning: this is account 999999999999" in result.stderr
    assert "written for 123456789012" in result.stderr


def test_the_connection_is_let_go_of_even_after_a_crash(
    monkeypatch: pytest.MonkeyPatch, sound: AccountOfLogs
) -> None:
    def crash(*_: object, **__: object) -> NoReturn:
        raise ArithmeticError

    monkeypatch.setattr(running, "evaluate", crash)

    result = invoke(*RETENTION)

    assert isinstance(result.exception, ArithmeticError)
    assert sound.closed


@pytest.mark.usefixtures("drifted")
def test_output_writes_the_report_and_tells_the_outcome_on_stderr(tmp_path: Path) -> None:
    target = tmp_path / "report.json"

    result = invoke(*RETENTION, "--output", str(target))

    assert result.exit_code == 1
    assert result.stdout == ""
    assert json.loads(target.read_text(encoding="utf-8"))["counts"]["FAIL"] == 1
    assert f"score 0; 1 fail of 1 item; the report is in {target}" in result.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.usefixtures("sound")
def test_output_leaves_what_was_there_where_it_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.json"
    target.write_text("before", encoding="utf-8")

    def full(_: int) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    result = invoke(*RETENTION, "--output", str(target))

    assert "No space left on device" in refused(result)
    assert target.read_text(encoding="utf-8") == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.usefixtures("sound")
def test_output_keeps_the_permissions_of_the_file(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.touch(mode=0o600)

    invoke(*RETENTION, "--output", str(target))

    assert target.stat().st_mode & 0o777 == 0o600
    assert target.stat().st_size


@pytest.mark.usefixtures("sound")
def test_output_follows_a_link_instead_of_replacing_it(tmp_path: Path) -> None:
    (tmp_path / "latest.json").symlink_to(tmp_path / "report.json")

    invoke(*RETENTION, "--output", str(tmp_path / "latest.json"))

    assert (tmp_path / "latest.json").is_symlink()
    assert (tmp_path / "report.json").is_file()


def test_an_output_that_cannot_be_written_is_told_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "connect", lambda _: pytest.fail("it ran"))

    assert "there is no folder" in refused(
        invoke(*RETENTION, "--output", str(tmp_path / "no" / "report.json"))
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [("loop", "Too many levels of symbolic links"), ("x" * 300, "File name too long")],
)
def test_an_output_that_can_be_no_file_is_told_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    monkeypatch.setattr(running, "connect", lambda _: pytest.fail("it ran"))
    (tmp_path / "loop").symlink_to(tmp_path / "loop")

    assert words in refused(invoke(*RETENTION, "--output", str(tmp_path / name)))


def test_an_output_in_a_folder_that_may_not_be_looked_into_is_told_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(running, "connect", lambda _: pytest.fail("it ran"))
    monkeypatch.setattr(Path, "stat", refuse)

    assert "Permission denied" in refused(invoke(*RETENTION, "--output", str(tmp_path / "a.html")))


def test_a_read_only_file_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report.html"
    target.write_text("before", encoding="utf-8")
    monkeypatch.setattr(running, "connect", lambda _: pytest.fail("it ran"))
    monkeypatch.setattr(os, "access", lambda path, mode: mode == os.R_OK or Path(path) != target)

    assert "it is read-only" in refused(invoke(*RETENTION, "--output", str(target)))
    assert target.read_text(encoding="utf-8") == "before"


@pytest.mark.usefixtures("sound")
def test_the_longest_name_that_a_file_may_have_is_written(tmp_path: Path) -> None:
    target = tmp_path / f"{'x' * 250}.json"

    invoke(*RETENTION, "--output", str(target))

    assert target.is_file()


@pytest.mark.parametrize(
    ("option", "name", "hint"),
    [
        ("--item", "log-retention", "cloudwatch.log-retention"),
        ("--item", "cloudwatch.log-retentoin", "cloudwatch.log-retention"),
        ("--section", "cloudwach", "cloudwatch"),
        ("--family", "monitor", "monitoring"),
        ("--family", "zzz", "account"),
        ("--item", "zzz", "compliance items"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(option: str, name: str, hint: str) -> None:
    assert hint in refused(invoke("run", option, name))


def test_all_unknown_names_are_told_at_once() -> None:
    message = refused(invoke("run", "--item", "a.b", "--item", "c.d", "--family", "e"))

    assert all(name in message for name in ("'a.b'", "'c.d'", "'e'"))


def test_filters_that_leave_nothing_are_no_success() -> None:
    message = refused(invoke("run", "--family", "cost", "--section", "cloudwatch"))

    assert "no item is of family cost and section cloudwatch" in message


def test_filters_of_one_kind_add_up_and_of_different_kinds_narrow() -> None:
    def ids(*filters: str) -> set[str]:
        return {
            each["id"] for each in json.loads(invoke("items", "--format", "json", *filters).stdout)
        }

    both = ids("--section", "cloudwatch", "--section", "cost")

    assert both == ids("--section", "cloudwatch") | ids("--section", "cost")
    assert ids("--section", "cloudwatch", "--severity", "critical") == {"cloudwatch.alarms"}


def test_every_mistake_of_a_baseline_is_told(tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.yaml"
    text = PRODUCTION.read_text(encoding="utf-8")
    text = text.replace('id: "123456789012"', "id: 12").replace("stack: omnitrack-ai", "stak: a")
    baseline.write_text(text, encoding="utf-8")

    message = refused(invoke("run", "--baseline", str(baseline)))

    assert "account.id: found 12" in message
    assert "did you mean stack?" in message


def test_the_environment_can_name_the_baseline(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.yaml")

    assert missing in refused(invoke("run", COMPLIANCE_BASELINE=missing))


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "no region: set AWS_REGION"),
        ({"AWS_PROFILE": "nobody"}, "nobody"),
        ({"AWS_REGION": "us-east-1"}, "no credentials"),
        ({"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "nonsense"}, "nonsense"),
        ({"AWS_REGION": "us east"}, "us east"),
    ],
    ids=["no region", "no such profile", "no credentials", "no endpoint", "no such region"],
)
def test_an_environment_that_leads_to_no_account_is_one_message(
    environment: dict[str, str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    nowhere = {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    if message == "nonsense":
        nowhere |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}

    told = refused(invoke(*RETENTION, **nowhere, **environment))

    assert message in told
    assert len(told.splitlines()) == 1


def test_a_rate_share_of_0_sets_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float | None] = []

    class Stop(Exception):  # noqa: N818 -- ends the test
        pass

    def connection(*, rate_share: float | None) -> NoReturn:
        given.append(rate_share)
        raise Stop

    monkeypatch.setattr("compliance.collectors.reader.Connection", connection)

    invoke(*RETENTION, "--rate-share", "0")
    invoke(*RETENTION, COMPLIANCE_RATE_SHARE="0.25")
    invoke(*RETENTION)

    assert given == [None, 0.25, 0.5]


def test_a_proxy_that_answers_in_aws_s_stead_is_one_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Proxied:
        def __init__(self, **_: object) -> None:
            message = f"Unable to parse response, invalid XML received:\n{'<html>' * 200}"
            raise ResponseParserError(message)

    monkeypatch.setattr("compliance.collectors.reader.Connection", Proxied)

    told = refused(invoke(*RETENTION))
    assert "Unable to parse response" in told
    assert len(told) < 500


class AccountThatShowsNoStack(AccountOfLogs):
    """An account whose CloudFormation refuses, or a proxy before it that answers in its stead."""

    def __init__(self, answer: Exception | dict[str, Any]) -> None:
        super().__init__({"/aws/lambda/a": 30})
        self._answer = answer

    def describe_stacks(self, **_: object) -> Any:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


DENIED = ClientError(
    {"Error": {"Code": "AccessDenied", "Message": "not for you"}}, "DescribeStacks"
)
PROXIED = ResponseParserError("Unable to parse response, invalid XML received: <html>")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (DENIED, "cloudformation:DescribeStacks answered AccessDenied"),
        (PROXIED, "cloudformation:DescribeStacks answered ResponseParserError: Unable to parse"),
        ({}, "cloudformation:DescribeStacks answered ResponseParserError: the answer"),
    ],
)
def test_a_stack_that_aws_does_not_show_leaves_statements_unread_and_not_unstated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: Any, words: str
) -> None:
    account(monkeypatch, AccountThatShowsNoStack(answer))
    asked = invoke("run", "--item", "rollback.documented", "--format", "json")
    (item,) = json.loads(asked.stdout)["items"]
    assert item["status"] == "UNKNOWN"
    assert words in item["reason"]

    path = tmp_path / "ours.md"
    path.write_text("# Rollback\n- [ ] Documented\n", encoding="utf-8")
    assert invoke("checklist", "--fill", str(path)).exit_code == 0
    assert words in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("answer", [DENIED, PROXIED])
def test_a_report_of_a_stack_that_aws_does_not_show_tells_what_aws_said(
    monkeypatch: pytest.MonkeyPatch, answer: Exception
) -> None:
    refusing = account(monkeypatch, AccountThatShowsNoStack(answer))
    monkeypatch.setattr(remembered, "connect", lambda _: refusing)

    told = refused(invoke("report"))

    assert "cannot see the stack omnitrack-compliance: cloudformation:DescribeStacks" in told
    assert "there is no stack" not in told


@pytest.mark.parametrize("command", [("export",), ("history", "rollback.tested"), ("redrive",)])
def test_a_proxy_that_answers_in_cloudformation_s_stead_is_one_message(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    proxied = account(monkeypatch, AccountThatShowsNoStack(PROXIED))
    monkeypatch.setattr(redrive, "connect", lambda _: proxied)

    assert "Unable to parse response" in refused(invoke(*command))


def test_what_click_refuses_exits_2() -> None:
    assert "rate-share" in refused(invoke("run", "--rate-share", "2"))


@pytest.mark.usefixtures("sound")
def test_ctrl_c_exits_130_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "evaluate", interrupted)
    monkeypatch.setattr(os, "_exit", sys.exit)

    with pytest.raises(SystemExit) as left:
        entry.main(RETENTION)

    assert left.value.code == 130
    assert "Traceback" not in capsys.readouterr().err


def test_reads_that_hang_do_not_hold_the_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    hanging = threading.Thread(target=release.wait)
    hanging.start()
    left: list[int] = []

    def leave(code: int) -> NoReturn:
        left.append(code)
        raise SystemExit(code)

    monkeypatch.setattr(os, "_exit", leave)
    try:
        with pytest.raises(SystemExit):
            entry.main(["run", "--item", "no.such"])
    finally:
        release.set()
        hanging.join()

    assert left == [2]


def command(*arguments: str, then: str = "") -> subprocess.CompletedProcess[str]:
    call = f'"{sys.executable}" -c "from compliance_cli.main import main; main()"'
    return subprocess.run(
        ["/bin/bash", "-c", f"{call} {' '.join(arguments)} {then}"],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_reader_that_has_seen_enough_ends_the_printing_quietly() -> None:
    ended = command("items", then="| head -n 1; exit ${PIPESTATUS[0]}")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(ended.stdout.splitlines()) == 1


@pytest.mark.parametrize("then", [">/dev/full", ">&-"])
@pytest.mark.parametrize("asked", ["items", "--help"])
def test_what_cannot_be_printed_exits_2_with_one_sentence(asked: str, then: str) -> None:
    ended = command(asked, then=then)

    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stderr.startswith("Error: ")


def test_nobody_needs_to_listen_on_stderr() -> None:
    assert command("items", then="2>&- <&-").returncode == 0
    assert command("no-such-command", then="2>&-").returncode == 2
    assert command("no-such-command", then="2>/dev/full").returncode == 2


@pytest.mark.usefixtures("sound")
@pytest.mark.parametrize(("arguments", "traced"), [((), None), (("--verbose",), None), ((), "1")])
def test_what_nobody_foresaw_exits_2_in_one_sentence_and_verbose_shows_where(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    traced: str | None,
) -> None:
    def broken(*_: object, **__: object) -> NoReturn:
        message = "no such\nthing"
        raise RuntimeError(message)

    monkeypatch.setattr(running, "evaluate", broken)
    monkeypatch.setattr(os, "_exit", sys.exit)
    monkeypatch.setattr(logging.getLogger("compliance"), "handlers", [])
    if traced:
        monkeypatch.setenv("COMPLIANCE_VERBOSE", traced)

    with pytest.raises(SystemExit) as left:
        entry.main([*RETENTION, *arguments])

    told = capsys.readouterr().err
    assert left.value.code == 2
    assert "Error: broke off, COMPLIANCE_VERBOSE=1 shows where: RuntimeError: no such thing" in told
    assert ("Traceback" in told) == bool(arguments or traced)


@pytest.mark.usefixtures("drifted")
def test_a_terminal_that_is_not_utf_8_gets_escapes_instead_of_a_crash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    monkeypatch.setattr(os, "_exit", sys.exit)

    with pytest.raises(SystemExit):
        entry.main(RETENTION)

    assert rb"never expires \u2192 30" in written.getvalue()


def test_the_quick_commands_do_not_wait_for_boto3() -> None:
    script = (
        "import sys; from click.testing import CliRunner;"
        "from compliance_cli.main import compliance;"
        "assert CliRunner().invoke(compliance, ['items']).exit_code == 0;"
        "assert 'boto3' not in sys.modules, 'boto3'; assert 'jsonschema' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_items_fit_80_columns_and_are_all_there() -> None:
    text = invoke("items").stdout

    assert max(map(len, text.splitlines())) <= 80
    assert "167 items" in text


def test_items_say_which_have_no_check_yet() -> None:
    text = invoke("items", "--section", "cloudwatch").stdout

    assert "check   cloudwatch.alarms\n" in text


def test_explain_names_what_is_read_and_the_permission_it_takes() -> None:
    text = invoke("explain", "cost.budget-alerts").stdout

    assert "budgets:DescribeBudgets  needs budgets:ViewBudget" in text


def test_explain_fills_in_the_values_of_the_baseline() -> None:
    text = invoke("explain", "cloudwatch.log-retention").stdout

    assert "  minimum: 30  from logs.retention_days.minimum\n" in text


def test_explain_needs_neither_region_nor_credentials(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)

    assert invoke("explain", "cloudwatch.alarms", HOME=str(tmp_path)).exit_code == 0


def test_explain_answers_an_unknown_item_with_the_nearest() -> None:
    assert "cloudwatch.alarms" in refused(invoke("explain", "cloudwatch.alarm"))


def test_every_item_can_be_explained() -> None:
    ids = [each["id"] for each in json.loads(invoke("items", "--format", "json").stdout)]

    assert {invoke("explain", name).exit_code for name in ids} == {0}
