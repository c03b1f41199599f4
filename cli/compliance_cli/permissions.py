"""The read permissions of each family's role, written into template.yaml: `make permissions`.

A role may make the reads that its family's checks declare, each on the narrowest resources that AWS
offers for it. AWS's own list of actions and their resources comes with cfn-lint; the little that it
lacks, and where a read looks beyond its own region or account, is said here.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from botocore.session import get_session

from compliance.checklist import Checklist, load_checklist
from compliance.registry import Read, Registry, load

__all__ = ["main", "rewritten"]

TEMPLATE = Path(__file__).parents[2] / "template.yaml"

NEEDS_NO_PERMISSION = {"sts:GetCallerIdentity"}

# Reads that AWS's list binds to resources, and that need all of them none the less.
SCOPED_TO_EVERYTHING = {
    # Without a stack's name it is about no stack: AWS shuts just this form off by denying all but
    # stack/*/*. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
    "cloudformation:DescribeStacks",
    # These show composite alarms only to who may read all alarms, and say nothing of it otherwise.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
    "cloudwatch:DescribeAlarmHistory",
    "cloudwatch:DescribeAlarms",
    # AWS's list binds it to datasets, and nothing says that a metric that was never put into one is
    # in any; AWS's own policy for reading metrics grants it on everything.
    # https://docs.aws.amazon.com/aws-managed-policy/latest/reference/CloudWatchReadOnlyAccess.html
    "cloudwatch:GetMetricData",
}

# Reads of replicas, copies, second regions, and of what lives in us-east-1 for all regions.
_OTHER_REGIONS = {
    "access-analyzer",
    "backup",
    "cloudformation",
    "cloudtrail",
    "dynamodb",
    "kms",
    "sns",
    "wafv2",
    "acm",
}
# An organization's trails and shared prefix lists belong to another account.
_OTHER_ACCOUNTS = {"cloudtrail", "ec2"}

_RESOURCES = {
    "access-analyzer:ListFindings": ["analyzer/*"],
    "logs:DescribeLogGroups": ["log-group:*"],
    "wafv2:GetRuleGroup": ["*/rulegroup/*/*"],
    "wafv2:GetWebACL": ["*/webacl/*/*"],
    "wafv2:GetLoggingConfiguration": ["*/webacl/*/*"],
    "backup:ListRecoveryPointsByBackupVault": ["backup-vault:*"],
    "elasticache:DescribeCacheClusters": ["cluster:*"],
    "elasticache:DescribeCacheSubnetGroups": ["subnetgroup:*"],
    "elasticache:DescribeReplicationGroups": ["replicationgroup:*"],
    "elasticache:DescribeServerlessCacheSnapshots": ["serverlesscachesnapshot:*"],
    "elasticache:DescribeServerlessCaches": ["serverlesscache:*"],
    "elasticache:DescribeSnapshots": ["snapshot:*"],
}

_ROLE = re.compile(r"^  Evaluate(\w+)Role:\n", re.MULTILINE)
_POLICIES = "      Policies:\n"
_OWN = "        - PolicyName: own\n"
_WIDTH = 100


def rewritten(template: str, checklist: Checklist, registry: Registry) -> str:
    """The template with the `reads` of each family's role as its checks declare them."""
    for role in list(_ROLE.finditer(template)):
        begins = template.index(_POLICIES, template.index(role[0])) + len(_POLICIES)
        ends = template.index(_OWN, begins)
        policy = "".join(_policy(role[1].lower(), checklist, registry))
        template = template[:begins] + policy + template[ends:]
    return template


def _policy(family: str, checklist: Checklist, registry: Registry) -> Iterator[str]:
    """The policy's YAML: a statement for the actions that are bound to the same resources."""
    bound: dict[str, set[str]] = {}
    items = [item for item in checklist.items.values() if item.family == family]
    for read in registry.reads(items):
        for action in set(read.actions) - NEEDS_NO_PERMISSION:
            bound.setdefault(action, set()).update(_resources(action, read))
    statements: dict[tuple[str, ...], list[str]] = {}
    for action in sorted(bound):
        statements.setdefault(tuple(sorted(bound[action])), []).append(action)
    if not statements:
        return
    yield "        - PolicyName: reads\n          PolicyDocument:\n"
    yield '            Version: "2012-10-17"\n            Statement:\n'
    for resources, actions in sorted(statements.items(), key=lambda each: each[1]):
        yield "              - Effect: Allow\n                Action:\n"
        yield from (f"                  - {action}\n" for action in actions)
        yield from _written(resources)


def _resources(action: str, read: Read) -> list[str]:
    """The ARNs, with the template's placeholders, that the action can be bound to."""
    service = action.partition(":")[0]
    if action in SCOPED_TO_EVERYTHING:
        return ["*"]
    if action == "dynamodb:Query":
        return ["StateTable"]
    if service == "apigateway":
        return [f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}::{_address(read)}"]
    region = "*" if service in _OTHER_REGIONS else "${AWS::Region}"
    account = "*" if service in _OTHER_ACCOUNTS else "${AWS::AccountId}"
    if tails := _RESOURCES.get(action):
        before = f"arn:${{AWS::Partition}}:{service}:{region}:{account}"
        return [f"{before}:{tail}" for tail in tails]
    formats = _formats(action)
    return [
        each.replace("${Partition}", "${AWS::Partition}")
        .replace("${Region}", region)
        .replace("${Account}", account)
        .replace(".*", "*")
        for each in formats
    ] or ["*"]


def _address(read: Read) -> str:
    """API Gateway grants by address: GET on /restapis/*/stages."""
    model = get_session().get_service_model(read.service)
    address: str = model.operation_model(read.operation).http["requestUri"].partition("?")[0]
    return re.sub(r"\{[^}]+\}", "*", address.removeprefix("/v2"))


@cache
def _authorization() -> Mapping[str, Any]:
    path = files("cfnlint") / "data/AdditionalSpecs/Policies.json"
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _formats(action: str) -> list[str]:
    """The ARN formats of the resources that an action takes, as AWS's reference has them."""
    service, name = action.split(":")
    known = _authorization()[service]
    actions = {each.lower(): facts for each, facts in known["Actions"].items()}
    resources = {each.lower(): facts for each, facts in known["Resources"].items()}
    if name.lower() not in actions:
        message = f"AWS knows no action {action}"
        raise LookupError(message)
    return [
        form
        for resource in actions[name.lower()].get("Resources", ())
        for form in resources.get(resource.lower(), {}).get("ARNFormats", ())
        if "${ManagementAccountId}" not in form  # another account's, asked for from there
    ]


def _written(resources: tuple[str, ...]) -> Iterator[str]:
    if resources == ("*",):
        yield '                Resource: "*"\n'
        return
    if resources == ("StateTable",):
        yield "                Resource: !GetAtt StateTable.Arn\n"
        return
    yield "                Resource:\n"
    for resource in resources:
        line = f'                  - !Sub "{resource}"'
        if len(line) > _WIDTH:
            at = resource.rindex(":", 0, _WIDTH - 30) + 1
            head, tail = resource[:at], resource[at:]
            line = f'                  - !Sub "{head}\\\n                    {tail}"'
        yield f"{line}\n"


def main() -> int:
    """Write the permissions, or with --check tell whether they are as declared."""
    before = TEMPLATE.read_text(encoding="utf-8")
    after = rewritten(before, load_checklist(), load())
    if "--check" in sys.argv[1:]:
        if before != after:
            sys.stderr.write("template.yaml has stale permissions: run `make permissions`\n")
        return int(before != after)
    TEMPLATE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
