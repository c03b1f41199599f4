"""A fix works as printed: the shell hands it on unchanged, and AWS knows every option of it."""

import re
import shlex
import subprocess

import pytest
from command_line import MisreadError, parameters

from compliance.baseline import load_baseline
from compliance.checklist import load_checklist
from compliance.engine import remedy
from compliance.model import Identity, Item, Offender

BASELINE = load_baseline()
IDENTITY = Identity("123456789012", "us-east-1")
FIXES = [
    (item, fault) for item in load_checklist().items.values() for fault in item.fix if item.check
]


_OF_A_STAGE = (
    "aws apigateway update-stage --rest-api-id a --stage-name b --patch-operations {} "
    "--region us-east-1"
)
_HOSTILE = "arn:aws:logs:us-east-1:123456789012:log-group:/a b'$(c){d,e}"


def _printed(item: Item, fault: str, resource: str = _HOSTILE) -> str:
    printed = remedy(item, Offender(resource, fault, "", ""), IDENTITY, BASELINE)
    return re.sub(r"\$\(date[^)]*\)", "2026-06-01", printed)


def _by_fault(value: object) -> str:
    return value.id if isinstance(value, Item) else str(value)


@pytest.mark.parametrize(("item", "fault"), FIXES, ids=_by_fault)
def test_a_shell_expands_nothing_but_what_is_meant_to_be(item: Item, fault: str) -> None:
    """Braces and blanks of a value would become words of their own."""
    for command in _printed(item, fault).split(" && "):
        words = subprocess.run(
            ["bash", "-c", f"printf '%s\\0' {command}"],  # noqa: S607 -- whichever bash there is
            capture_output=True,
            check=True,
            text=True,
        ).stdout.split("\0")[:-1]
        assert words == shlex.split(command)


@pytest.mark.parametrize(("item", "fault"), FIXES, ids=_by_fault)
def test_aws_takes_the_operation_with_its_options_and_their_values(item: Item, fault: str) -> None:
    resource = "arn:aws:logs:us-east-1:123456789012:log-group:some-name"
    for command in _printed(item, fault, resource).split(" && "):
        parameters(command)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("aws sns list-topic", "list-topic"),
        ("aws sns subscribe --topic arn", "no --topic"),
        ("aws sns subscribe --protocol email", "TopicArn"),
        ("aws sns subscribe --topic-arn a b --protocol email", "one value too many"),
        (_OF_A_STAGE.format("op=replace,path=/~1{proxy+}/ANY,value=1"), ", is expected at '}"),
        (_OF_A_STAGE.format("op=replace,what=1"), "no what in PatchOperation"),
        (_OF_A_STAGE.format("op,path=/a"), "= is expected"),
        (_OF_A_STAGE.format("""'[{"op": 1}]'"""), "Invalid type for parameter"),
    ],
)
def test_a_command_that_the_command_line_or_aws_would_refuse_is_misread(
    command: str, reason: str
) -> None:
    with pytest.raises(MisreadError, match=re.escape(reason)):
        parameters(command)


def test_the_short_form_is_read_as_the_command_line_does() -> None:
    read = parameters(
        "aws budgets create-budget --account-id 123456789012 --budget "
        '"BudgetName=a b,BudgetType=COST,TimeUnit=MONTHLY,BudgetLimit={Amount=9,Unit=USD},'
        'CostFilters={Service=[A,B]}"'
    )
    assert read["Budget"] == {
        "BudgetName": "a b",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "9", "Unit": "USD"},
        "CostFilters": {"Service": ["A", "B"]},
    }
    values = "aws ec2 describe-flow-logs --filter Name=resource-id,Values=a,b Name=c,Values='d,e'"
    assert parameters(values)["Filter"] == [
        {"Name": "resource-id", "Values": ["a", "b"]},
        {"Name": "c", "Values": ["d", "e"]},
    ]


def test_what_keeps_logs_too_long_is_put_to_the_most_that_is_allowed() -> None:
    """A shorter retention deletes what may be kept."""
    kept = BASELINE["logs.retention_days.minimum"], BASELINE["logs.retention_days.maximum"]
    fixes = {
        (item.id, fault): parameters(command)["retentionInDays"]
        for item, fault in FIXES
        for command in _printed(item, fault, "name").split(" && ")
        if "put-retention-policy" in command
    }
    assert fixes == {
        ("cloudwatch.log-retention", "too-short"): kept[0],
        ("cloudwatch.log-retention", "too-long"): kept[1],
        ("cloudwatch.log-retention", "never-expires"): kept[1],
        ("lambda-errors.log-retention", "too-short"): kept[0],
        ("lambda-errors.log-retention", "too-long"): kept[1],
        ("lambda-errors.log-retention", "never-expires"): kept[1],
        ("lambda-errors.log-retention", "no-log-group"): kept[0],
        ("governance.data-retention", "otherwise"): kept[1],
    }
