"""Each role may do what its function does, and nothing else."""

import fnmatch
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import cfnlint
import pytest
from deployed_template import FAMILIES, ROOT, Grant, template

from compliance import registry
from compliance.checklist import load_checklist
from compliance_cli.permissions import NEEDS_NO_PERMISSION, SCOPED_TO_EVERYTHING

TEMPLATE = template()
ROLES = TEMPLATE.of_type("AWS::IAM::Role")

OWN_OF_EVERY_FUNCTION = {
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:SendMessage",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}

DESCRIBES_ALL_STACKS = ("cloudformation:DescribeStacks", "cloudformation:ListStacks")

# The receivers of the baseline's routes, by name below the channel's own.
ROUTED = {
    "Mail": "${AlertsTopic}-*",
    "Slack": (
        "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}"
        ":secret:${SlackSecretName}/*"
    ),
}


def declared(family: str) -> set[str]:
    """The actions that the collectors declare for all checks of a family's items."""
    loaded = registry.load()
    items = [item for item in load_checklist().items.values() if item.family == family]
    return {action for read in loaded.reads(items) for action in read.actions} - NEEDS_NO_PERMISSION


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_may_read_exactly_what_its_collectors_declare(family: str) -> None:
    role = f"Evaluate{family.title()}Role"
    granted, wanted = TEMPLATE.actions(role, "reads"), declared(family)
    message = (
        f"template.yaml, {role}, policy `reads`, run `make permissions`: "
        f"add {sorted(wanted - granted)}, remove {sorted(granted - wanted)}"
    )
    assert granted == wanted, message


@pytest.mark.parametrize("family", FAMILIES)
def test_who_describes_all_stacks_may_list_them_and_is_bound_to_none(family: str) -> None:
    """AWS asks for both actions where no stack is named, and then for no stack in particular."""
    granted = TEMPLATE.grants(f"Evaluate{family.title()}Role")
    on = {g.action: g.resource for g in granted if g.action in DESCRIBES_ALL_STACKS}
    describes = "cloudformation:DescribeStacks" in declared(family)
    assert on == (dict.fromkeys(DESCRIBES_ALL_STACKS, "*") if describes else {})


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_writes_the_state_and_only_reads_statements(family: str) -> None:
    own = [g for g in TEMPLATE.grants(f"Evaluate{family.title()}Role") if g.policy == "own"]
    assert _on(own, "StateTable") == {
        "dynamodb:BatchGetItem",
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
    }
    assert _on(own, "StatementsTable") == {"dynamodb:Scan"}
    assert _elsewhere(own, "StateTable", "StatementsTable") == OWN_OF_EVERY_FUNCTION


def test_notify_reaches_the_state_and_the_queues() -> None:
    grants = TEMPLATE.grants("NotifyRole")
    assert {g.resource for g in grants if g.action == "sqs:SendMessage"} == {
        "MailQueue",
        "MachinesQueue",
        "SlackQueue",
        "EventsQueue",
        "FailedRuns",
        "FailedWakeUps",
    }
    assert _on(grants, "StateTable") == {
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
    }
    assert _on(grants, "StatementsTable") == {"dynamodb:Scan"}
    assert {g.action for g in grants if g.action.startswith("cloudtrail:")} == {
        "cloudtrail:LookupEvents"
    }
    assert {g.resource for g in grants if g.action == "sqs:GetQueueAttributes"} == {
        "MailDeadLetters",
        "MachinesDeadLetters",
        "SlackDeadLetters",
        "EventsDeadLetters",
        "FailedRuns",
        "FailedSchedules",
        "FailedWakeUps",
    }
    assert _on(grants, "${StateTable.Arn}/index/pending") == {"dynamodb:Query"}
    assert _on(grants, "StateTable.StreamArn", "${StateTable.Arn}/stream/*") == {
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
    }
    assert _elsewhere(
        grants,
        "StateTable",
        "${StateTable.Arn}/index/pending",
        "StateTable.StreamArn",
        "${StateTable.Arn}/stream/*",
        "StatementsTable",
    ) == OWN_OF_EVERY_FUNCTION | {"cloudtrail:LookupEvents", "sqs:GetQueueAttributes"}


@pytest.mark.parametrize(
    ("channel", "action", "resource"),
    [
        ("Mail", "sns:Publish", "AlertsTopic"),
        ("Machines", "sns:Publish", "MachinesTopic"),
        (
            "Slack",
            "secretsmanager:GetSecretValue",
            (
                "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}"
                ":secret:${SlackSecretName}-??????"
            ),
        ),
        (
            "Events",
            "events:PutEvents",
            (
                "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}"
                ":event-bus/${EventBusName}"
            ),
        ),
    ],
)
def test_a_channel_reaches_its_own_queue_and_receiver(
    channel: str, action: str, resource: str
) -> None:
    grants = TEMPLATE.grants(f"Deliver{channel}Role")
    assert _on(grants, f"{channel}Queue") == {
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
    }
    assert _on(grants, resource) == {action}
    assert _on(grants, "IdempotencyTable") == {
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    }
    assert _on(grants, "StateTable") == {"dynamodb:UpdateItem"}
    routed = ROUTED.get(channel, resource)
    assert _on(grants, routed) == {action}
    own = (f"{channel}Queue", resource, routed, "IdempotencyTable", "StateTable")
    assert _elsewhere(grants, *own) == OWN_OF_EVERY_FUNCTION


def test_the_widget_only_reads_the_state_and_what_people_stated() -> None:
    grants = TEMPLATE.grants("WidgetRole")
    reads = {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"}
    assert _on(grants, "StateTable") == reads
    assert _on(grants, "StatementsTable") == {"dynamodb:Scan"}
    assert _elsewhere(grants, "StateTable", "StatementsTable") == OWN_OF_EVERY_FUNCTION


def test_the_scheduler_starts_what_is_scheduled() -> None:
    grants = TEMPLATE.grants("SchedulerRole")
    started = {g.resource for g in grants if g.action == "lambda:InvokeFunction"}
    assert started == {*(f"Evaluate{family.title()}" for family in FAMILIES), "Notify"}


@pytest.mark.parametrize("role", ROLES)
def test_no_action_is_a_wildcard(role: str) -> None:
    assert [g.action for g in TEMPLATE.grants(role) if "*" in g.action or "?" in g.action] == []


@pytest.mark.parametrize("role", ROLES)
def test_every_resource_is_named_where_the_action_takes_one(role: str) -> None:
    loose = {g.action for g in TEMPLATE.grants(role) if g.resource == "*" and _takes_one(g.action)}
    assert loose <= SCOPED_TO_EVERYTHING


def test_the_page_names_each_action_that_gets_everything_where_it_takes_a_resource() -> None:
    page = (ROOT / "docs/deploying.md").read_text(encoding="utf-8")
    named = page.partition("for four that need it:")[2].partition("([why]")[0]
    loose = {
        g.action
        for role in ROLES
        for g in TEMPLATE.grants(role)
        if g.resource == "*" and _takes_one(g.action)
    }
    assert set(re.findall(r"`(\S+)`", named)) == loose


@pytest.mark.parametrize("role", ROLES)
def test_every_action_exists(role: str) -> None:
    unknown = {g.action for g in TEMPLATE.grants(role) if _known(g.action) is None}
    assert unknown == set()


@pytest.mark.parametrize("role", ROLES)
def test_the_boundary_bounds_every_role(role: str) -> None:
    assert ROLES[role]["PermissionsBoundary"] == {
        "Fn::If": ["HasBoundary", {"Ref": "PermissionsBoundaryArn"}, {"Ref": "AWS::NoValue"}]
    }


@pytest.mark.parametrize("role", ROLES)
def test_a_resource_is_one_line(role: str) -> None:
    assert [g.resource for g in TEMPLATE.grants(role) if any(c.isspace() for c in g.resource)] == []


def test_the_key_s_policy_names_each_action() -> None:
    policy = TEMPLATE.resources["Key"]["Properties"]["KeyPolicy"]
    actions = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert not any("*" in action for action in actions)
    assert "kms:PutKeyPolicy" in actions


def test_people_state_in_their_own_name_only() -> None:
    policy = TEMPLATE.resources["StatementsPolicy"]["Properties"]["PolicyDocument"]
    writing, reading, *_ = policy["Statement"]
    assert reading["Action"] == ["dynamodb:Scan"]
    assert writing["Action"] == ["dynamodb:PutItem", "dynamodb:Query"]
    keys = writing["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    mine = [pattern.replace("${aws:userid}", "AROAEXAMPLE:al") for pattern in keys]
    assert _matches("AROAEXAMPLE:al", mine)
    assert _matches("AROAEXAMPLE:al#governance.hipaa", mine)
    assert not _matches("AROAEXAMPLE:alice#governance.hipaa", mine)
    assert not _matches("AROAOTHER:al#governance.hipaa", mine)


def test_no_role_of_the_monitor_can_write_a_statement() -> None:
    may = {
        grant.action
        for role in ROLES
        for grant in TEMPLATE.grants(role)
        if grant.action.startswith("dynamodb:") and grant.resource in {"StatementsTable", "*"}
    }
    changing = ("Batch", "Create", "Delete", "Import", "PartiQL", "Put", "Restore", "Update")
    assert "dynamodb:Scan" in may
    assert not {action for action in may if action.split(":")[1].startswith(changing)}


def _matches(key: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(key, pattern) for pattern in patterns)


def _on(grants: list[Grant], *resources: str) -> set[str]:
    return {grant.action for grant in grants if grant.resource in resources}


def _elsewhere(grants: list[Grant], *resources: str) -> set[str]:
    return {grant.action for grant in grants if grant.resource not in resources}


@cache
def _authorization() -> dict[str, Any]:
    """AWS's own list of actions, as cfn-lint ships it."""
    path = Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _known(action: str) -> dict[str, Any] | None:
    service, name = action.split(":")
    actions = {
        known.lower(): facts for known, facts in _authorization()[service]["Actions"].items()
    }
    found: dict[str, Any] | None = actions.get(name.lower())
    return found


def _takes_one(action: str) -> bool:
    return bool((_known(action) or {}).get("Resources"))
