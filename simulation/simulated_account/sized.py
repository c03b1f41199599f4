"""Accounts of any size, half of each kind as it should be: for benchmarks, and for pages."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from simulated_account.omnitrack.workload import function_code

if TYPE_CHECKING:
    from simulated_account.account import SimulatedAccount

Fault = tuple[str, str, str]

TOPIC = "sized-alerts"
SHARED_LOG_GROUP = "/sized/functions"


def seed_sized(
    account: SimulatedAccount,
    *,
    log_groups: int = 0,
    functions: int = 0,
    tables: int = 0,
    alarms: int = 0,
) -> frozenset[Fault]:
    """Adds numbered resources; those with odd numbers are at fault.

    Odd log groups never expire, odd tables have no point-in-time recovery and nothing else
    instead, odd alarms (on the errors of the function of the same number) have no action.
    Returns the faults of the log groups in `cloudwatch.log-retention` and of the tables in
    `dynamodb.point-in-time-recovery`. Once per account. Writes to moto's objects: requests would
    take minutes.
    """
    _seed_functions(account, functions)
    _seed_alarms(account, alarms)
    return _seed_log_groups(account, log_groups) | _seed_tables(account, tables)


def _seed_log_groups(account: SimulatedAccount, count: int) -> frozenset[Fault]:
    held = account.backend("logs")
    faults = set()
    for number in range(count):
        group = held.create_log_group(f"/sized/group-{number:06}", {})
        if number % 2:
            faults.add(("cloudwatch.log-retention", group.arn, "never-expires"))
        else:
            group.retention_in_days = 30
    return frozenset(faults)


def _seed_tables(account: SimulatedAccount, count: int) -> frozenset[Fault]:
    held = account.backend("dynamodb")
    faults = set()
    for number in range(count):
        name = f"sized-table-{number:06}"
        table = held.create_table(
            name,
            schema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            throughput=None,
            attr=[{"AttributeName": "pk", "AttributeType": "S"}],
            global_indexes=[],
            indexes=[],
            streams=None,
            billing_mode="PAY_PER_REQUEST",
            sse_specification=None,
            tags=[],
            deletion_protection_enabled=False,
            warm_throughput=None,
        )
        if number % 2:
            fault = ("dynamodb.point-in-time-recovery", table.table_arn, "pitr-disabled")
            faults.add(fault)
        else:
            held.update_continuous_backups(name, {"PointInTimeRecoveryEnabled": True})
    return frozenset(faults)


def _seed_functions(account: SimulatedAccount, count: int) -> None:
    """All of them log to one shared group, so that they add no log groups."""
    if not count:
        return
    account.client("logs").create_log_group(logGroupName=SHARED_LOG_GROUP)
    account.client("logs").put_retention_policy(logGroupName=SHARED_LOG_GROUP, retentionInDays=30)
    role = account.client("iam").create_role(
        RoleName="sized-functions", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17"})
    )["Role"]["Arn"]
    code = base64.b64encode(function_code()).decode()
    held = account.backend("lambda")
    for number in range(count):
        name = f"sized-function-{number:06}"
        held.create_function(
            {
                "FunctionName": name,
                "Runtime": "python3.12",
                "Handler": "index.handler",
                "Role": role,
                "Code": {"ZipFile": code},
                "MemorySize": 256,
                "Timeout": 30,
            }
        )
        account.data.aws_lambda.set_logging(account.region, name, {"LogGroup": SHARED_LOG_GROUP})


def _seed_alarms(account: SimulatedAccount, count: int) -> None:
    if not count:
        return
    topic = account.client("sns").create_topic(Name=TOPIC)["TopicArn"]
    account.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="sized@omnitrack.ai")
    account.confirm_subscriptions(topic)
    for number in range(count):
        account.data.cloudwatch.put(
            account.region,
            "MetricAlarm",
            {
                "AlarmName": f"sized-alarm-{number:06}",
                "Namespace": "AWS/Lambda",
                "MetricName": "Errors",
                "Dimensions": [{"Name": "FunctionName", "Value": f"sized-function-{number:06}"}],
                "Statistic": "Average",
                "Period": 300,
                "EvaluationPeriods": 2,
                "DatapointsToAlarm": 2,
                "Threshold": 0.05,
                "ComparisonOperator": "GreaterThanThreshold",
                "AlarmActions": [] if number % 2 else [topic],
            },
        )
