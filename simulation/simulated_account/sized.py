"""Accounts of any size, half of each kind as it should be: for benchmarks, and for pages."""

from __future__ import annotations

import base64
import json
from copy import copy
from typing import TYPE_CHECKING
from uuid import uuid4

from simulated_account.omnitrack.workload import function_code

if TYPE_CHECKING:
    from simulated_account.account import SimulatedAccount

Fault = tuple[str, str, str]

TOPIC = "sized-alerts"
SHARED_LOG_GROUP = "/sized/functions"
METHODS_OF_AN_API = 50
_PUBLIC_ACCESS_BLOCK = (
    "BlockPublicAcls",
    "IgnorePublicAcls",
    "BlockPublicPolicy",
    "RestrictPublicBuckets",
)


def seed_sized(  # noqa: PLR0913 -- a count of each kind, by name and optional
    account: SimulatedAccount,
    *,
    log_groups: int = 0,
    functions: int = 0,
    tables: int = 0,
    alarms: int = 0,
    keys: int = 0,
    buckets: int = 0,
    users: int = 0,
    apis: int = 0,
    dashboards: int = 0,
) -> frozenset[Fault]:
    """Adds numbered resources; those with odd numbers are at fault.

    Odd log groups never expire, odd tables have no point-in-time recovery and nothing else
    instead, odd alarms (on the errors of the function of the same number) have no action, odd keys
    are not rotated, odd buckets keep no versions and let the public in, odd users sign in with a
    password alone. Each API has METHODS_OF_AN_API methods and a production stage, each dashboard a
    graph of a function's errors.
    Returns the faults of the log groups in `cloudwatch.log-retention` and of the tables in
    `dynamodb.point-in-time-recovery`. Once per account. Writes to moto's objects: requests would
    take minutes.
    """
    _seed_functions(account, functions)
    _seed_alarms(account, alarms)
    _seed_keys(account, keys)
    _seed_buckets(account, buckets)
    _seed_users(account, users)
    _seed_apis(account, apis)
    _seed_dashboards(account, dashboards)
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


def _seed_keys(account: SimulatedAccount, count: int) -> None:
    """Copies of one key: moto draws an RSA key for each that it makes, a tenth of a second."""
    if not count:
        return
    held = account.backend("kms")
    first = held.create_key(
        policy=None,
        key_usage="ENCRYPT_DECRYPT",
        key_spec="SYMMETRIC_DEFAULT",
        description="",
        tags=None,
    )
    for number in range(count):
        key = copy(first)
        key.id = str(uuid4()) if number else first.id
        key.arn = first.arn.replace(first.id, key.id)
        key.description = f"sized-key-{number:06}"
        key.key_rotation_status = not number % 2
        key.grants, key.aliases, key.rotations = {}, {}, []
        held.keys[key.id] = key


def _seed_buckets(account: SimulatedAccount, count: int) -> None:
    """Names of buckets are taken for all accounts of a process, so that they carry the account."""
    held = account.backend("s3", "aws")
    for number in range(count):
        name = f"sized-{account.account_id}-{number:06}"
        held.create_bucket(name, account.region)
        if not number % 2:
            held.put_bucket_versioning(name, "Enabled")
            held.put_public_access_block(name, dict.fromkeys(_PUBLIC_ACCESS_BLOCK, "true"))


def _seed_users(account: SimulatedAccount, count: int) -> None:
    held = account.backend("iam", "aws")
    for number in range(count):
        name = f"sized-user-{number:06}"
        held.create_user(account.region, name)
        held.create_login_profile(name, "not-a-secret-Simulated-1")
        if not number % 2:
            held.enable_mfa_device(
                name,
                f"arn:aws:iam::{account.account_id}:mfa/{name}",
                "123456",
                "654321",
            )


def _seed_apis(account: SimulatedAccount, count: int) -> None:
    held = account.backend("apigateway")
    for number in range(count):
        api = held.create_rest_api(f"sized-api-{number:06}", "")
        root = held.get_resources(api.id)[0].id
        for path in range(METHODS_OF_AN_API):
            resource = held.create_resource(api.id, root, f"path-{path:03}").id
            held.put_method(api.id, resource, "GET", "AWS_IAM")
            held.put_integration(api.id, resource, "GET", "MOCK", "", "GET")
        held.create_deployment(api.id, "prod")


def _seed_dashboards(account: SimulatedAccount, count: int) -> None:
    cloudwatch = account.client("cloudwatch")
    for number in range(count):
        graph = {
            "region": account.region,
            "metrics": [["AWS/Lambda", "Errors", "FunctionName", f"sized-function-{number:06}"]],
        }
        widget = {"type": "metric", "width": 6, "height": 6, "properties": graph}
        cloudwatch.put_dashboard(
            DashboardName=f"sized-{number:06}", DashboardBody=json.dumps({"widgets": [widget]})
        )
