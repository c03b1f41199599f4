"""A fix works as printed: the shell hands it on unchanged, and AWS knows every option of it."""

import re
import shlex
import subprocess

import pytest
from botocore import xform_name
from botocore.session import get_session

from compliance.baseline import load_baseline
from compliance.checklist import load_checklist
from compliance.engine import remedy
from compliance.model import Identity, Item, Offender

BASELINE = load_baseline()
IDENTITY = Identity("123456789012", "us-east-1")
# The command line's names of services that botocore calls otherwise.
SERVICES = {"configservice": "config", "s3api": "s3"}
GLOBAL_OPTIONS = {"region", "query", "output", "profile"}
# What the command line calls otherwise than the API, so as not to hide its own --endpoint-url.
RENAMED = {"notification-endpoint": "endpoint"}
FIXES = [
    (item, fault) for item in load_checklist().items.values() for fault in item.fix if item.check
]


def _printed(item: Item, fault: str) -> str:
    resource = "arn:aws:logs:us-east-1:123456789012:log-group:/a b'$(c){d,e}"
    printed = remedy(item, Offender(resource, fault, "", ""), IDENTITY, BASELINE)
    return re.sub(r"\$\(date[^)]*\)", "TODAY", printed)


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
def test_aws_knows_the_operation_and_its_options(item: Item, fault: str) -> None:
    for command in _printed(item, fault).split(" && "):
        aws, service, operation, *words = shlex.split(command)
        model = get_session().get_service_model(SERVICES.get(service, service))
        names = {xform_name(name, "-"): name for name in model.operation_names}
        shape = model.operation_model(names[operation]).input_shape
        assert shape is not None
        members = {xform_name(name, "-") for name in shape.members}
        options = {word.removeprefix("--") for word in words if word.startswith("--")}
        required = {xform_name(name, "-") for name in shape.required_members}
        assert aws == "aws"
        options = {RENAMED.get(option, option) for option in options}
        assert options - GLOBAL_OPTIONS <= members
        assert required <= options
