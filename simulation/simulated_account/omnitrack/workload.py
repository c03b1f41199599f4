"""The workload itself: functions, tables, APIs, their logs, backups, alarms and budgets."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from simulated_account.omnitrack.place import (
    ACCOUNT_ID,
    REGION,
    REPLICA_REGION,
    STACK,
    Fault,
    arn,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulated_account.account import SimulatedAccount

ONCALL_EMAIL = "oncall@omnitrack.example"
PAGER_URL = "https://events.pager.example/omnitrack"

RUNBOOKS = "https://runbooks.omnitrack.example/"

ALERTS_TOPIC = "omnitrack-alerts"
TRIAL_TOPIC = "omnitrack-oncall-trial"
DELETED_TOPIC = "omnitrack-alerts-legacy"
OTHER_TOPICS = ("omnitrack-shipment-events", "omnitrack-billing-events")


# --- what there is ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Function:
    """One Lambda function, its log group and how its error alarm is put."""

    name: str
    memory: int = 256
    timeout: int = 30
    retention: int | None = 30
    logs_to: str | None = None
    has_log_group: bool = True
    reserved: int | None = None
    alarm: str = "average"
    error_percent: float = 5
    actions_enabled: bool = True

    @property
    def log_group(self) -> str:
        """Where its events go."""
        return self.logs_to or f"/aws/lambda/{self.name}"

    @property
    def error_alarm(self) -> str:
        """The name of the alarm on its errors."""
        return f"{self.name}-errors"


AGENT_LOGS = "/omnitrack/agents"

FUNCTIONS = (
    Function("omnitrack-copilot-message", memory=1024, timeout=60, reserved=100, alarm="math"),
    Function("omnitrack-copilot-history"),
    Function("omnitrack-copilot-feedback"),
    # ingestion
    Function("omnitrack-shipment-ingest", memory=512, retention=None, alarm="math"),
    Function("omnitrack-inventory-ingest", memory=512, alarm="math"),
    Function("omnitrack-order-intake", memory=512),
    Function("omnitrack-carrier-webhook", memory=512, alarm="none"),
    Function("omnitrack-telemetry-ingest", memory=512, alarm="math"),
    Function("omnitrack-document-parser", memory=512),
    # supply-chain agents: their alarms page nobody on their own, a composite alarm does
    Function("omnitrack-agent-planner", memory=512, logs_to=AGENT_LOGS, alarm="child"),
    Function("omnitrack-agent-procurement", memory=512, logs_to=AGENT_LOGS, alarm="child"),
    Function("omnitrack-agent-logistics", memory=512, logs_to=AGENT_LOGS, alarm="child"),
    Function("omnitrack-agent-inventory", memory=512, logs_to=AGENT_LOGS, alarm="child"),
    Function("omnitrack-agent-risk", memory=512, logs_to=AGENT_LOGS, alarm="child"),
    # the copilot's WebSocket
    Function("omnitrack-ws-connect"),
    Function("omnitrack-ws-disconnect"),
    Function("omnitrack-ws-default", alarm="math"),
    Function("omnitrack-ws-broadcast", memory=512),
    # Cognito triggers
    Function("omnitrack-cognito-pre-signup"),
    Function("omnitrack-cognito-post-confirmation"),
    Function("omnitrack-cognito-pre-token"),
    # the REST APIs
    Function("omnitrack-api-shipments", memory=512, retention=90, alarm="math"),
    Function("omnitrack-api-inventory", memory=512, retention=90, alarm="math"),
    Function("omnitrack-api-orders", memory=512, retention=90, alarm="math"),
    Function("omnitrack-api-suppliers", memory=512, retention=90),
    Function("omnitrack-api-users", retention=90),
    Function("omnitrack-admin-tenants", retention=90),
    Function("omnitrack-admin-audit", retention=400),
    # forecasts, reports and exports
    Function("omnitrack-demand-forecaster", memory=512, actions_enabled=False),
    Function("omnitrack-eta-predictor", memory=512, alarm="math"),
    Function("omnitrack-inventory-sync", error_percent=10),
    Function("omnitrack-report-builder", memory=512),
    Function("omnitrack-report-exporter", memory=512, retention=14),
    Function("omnitrack-csv-exporter"),
    Function("omnitrack-notification-sender"),
    Function("omnitrack-quarterly-archiver", has_log_group=False),
)


@dataclass(frozen=True)
class LogGroup:
    """A log group that is no function's own."""

    name: str
    retention: int | None
    log_class: str | None = None


LOG_GROUPS = (
    LogGroup(AGENT_LOGS, 90),
    LogGroup("/aws/apigateway/omnitrack-api/access", 90),
    LogGroup("/aws/apigateway/omnitrack-admin-api/access", 731),
    LogGroup("/aws/apigateway/omnitrack-realtime/access", 90),
    LogGroup("/omnitrack/audit", 365, log_class="INFREQUENT_ACCESS"),
    LogGroup("/omnitrack/delivery", None, log_class="DELIVERY"),
    LogGroup("/aws/vpc/flow-logs/omnitrack", 90),
    LogGroup("aws-waf-logs-omnitrack", 30),
    LogGroup("/aws/cognito/omnitrack-users", 180),
    LogGroup("/aws/vendedlogs/states/omnitrack-onboarding", 60),
    LogGroup("/aws/bedrock/omnitrack-invocations", 30),
)


@dataclass(frozen=True)
class Table:
    """One DynamoDB table, how it is backed up and whom its throttle alarm tells.

    The backup plan names the tables of business data, and finds those of record by their tag.
    """

    name: str
    age: timedelta = timedelta(days=210)
    recovery_days: int | None = 35
    plan: bool = False
    record: bool = False
    last_backup: timedelta = timedelta(hours=9)
    failed_jobs: tuple[timedelta, ...] = ()
    alarm_topic: str = ALERTS_TOPIC

    @property
    def throttle_alarm(self) -> str:
        """The name of the alarm on its throttled requests."""
        return f"{self.name}-throttles"


TABLES = (
    Table("omnitrack-shipments", plan=True),
    Table("omnitrack-inventory", plan=True, failed_jobs=(timedelta(days=4, hours=9),)),
    Table("omnitrack-orders", plan=True),
    Table("omnitrack-suppliers", plan=True),
    Table(
        "omnitrack-supplier-contracts",
        recovery_days=None,
        plan=True,
    ),
    Table("omnitrack-users", plan=True, record=True),
    Table("omnitrack-tenants", plan=True, record=True),
    Table("omnitrack-audit-trail", plan=True, record=True, age=timedelta(days=400)),
    Table("omnitrack-conversations"),
    Table("omnitrack-connections"),
    Table("omnitrack-sessions"),
    Table("omnitrack-agent-memory", alarm_topic=DELETED_TOPIC),
    Table("omnitrack-forecasts", alarm_topic=TRIAL_TOPIC),
    Table("omnitrack-route-plans", age=timedelta(hours=2)),
)
GLOBAL_TABLE = "omnitrack-shipments"
ON_DEMAND_BACKUP_OF = "omnitrack-audit-trail"

VAULT = "omnitrack-vault"
BACKUP_DAYS = 35
BACKUP_HISTORY_DAYS = 10

REST_APIS = ("omnitrack-api", "omnitrack-admin-api")
WEBSOCKET_API = "omnitrack-realtime"
WEBSOCKET_ID = "w5r8k2m9qd"
STAGE = "prod"


@dataclass(frozen=True)
class Budget:
    """A monthly budget in US dollars, with notifications on actual and forecast spend."""

    name: str
    limit: float
    actual: float
    forecast: float
    only: dict[str, Any] | None = None


BUDGETS = (
    Budget("omnitrack-monthly", 1500, actual=640, forecast=1180),
    Budget(
        "omnitrack-bedrock",
        400,
        actual=171,
        forecast=352,
        only={"CostFilters": {"Service": ["Amazon Bedrock"]}},
    ),
    Budget(
        "omnitrack-lambda",
        60,
        actual=41,
        forecast=55,
        only={
            "FilterExpression": {"Dimensions": {"Key": "SERVICE", "Values": ["AWS Lambda"]}},
            "Metrics": ["UnblendedCost"],
        },
    ),
)


# --- what is wrong with it ----------------------------------------------------------------------


def _log_group(name: str) -> str:
    return arn("logs", f"log-group:{name}")


def _table(name: str) -> str:
    return arn("dynamodb", f"table/{name}")


def _alarm(name: str) -> str:
    return arn("cloudwatch", f"alarm:{name}")


def _topic(name: str) -> str:
    return arn("sns", name)


def _in_both(first: str, second: str, resource: str, fault: str) -> tuple[Fault, Fault]:
    return (first, resource, fault), (second, resource, fault)


_RETENTION = ("cloudwatch.log-retention", "lambda-errors.log-retention")
_ALARMS = ("cloudwatch.alarms", "lambda-errors.error-alarms")

FAULTS: frozenset[Fault] = frozenset(
    {
        # log groups
        *_in_both(
            *_RETENTION, _log_group("/aws/lambda/omnitrack-shipment-ingest"), "never-expires"
        ),
        *_in_both(*_RETENTION, _log_group("/aws/lambda/omnitrack-report-exporter"), "too-short"),
        (_RETENTION[0], _log_group("/aws/apigateway/omnitrack-admin-api/access"), "too-long"),
        (
            _RETENTION[1],
            _log_group("/aws/lambda/omnitrack-quarterly-archiver"),
            "no-log-group",
        ),
        # backups
        (
            "dynamodb.point-in-time-recovery",
            _table("omnitrack-supplier-contracts"),
            "pitr-disabled",
        ),
        # alarms
        *_in_both(*_ALARMS, _alarm("omnitrack-inventory-sync-errors"), "looser-threshold"),
        *_in_both(*_ALARMS, _alarm("omnitrack-demand-forecaster-errors"), "actions-disabled"),
        *_in_both(*_ALARMS, "alarm:lambda-errors/omnitrack-carrier-webhook", "missing"),
        (_ALARMS[0], _alarm("omnitrack-admin-api-latency-p95"), "wrong-datapoints"),
        (_ALARMS[0], _alarm("omnitrack-agent-memory-throttles"), "topic-gone"),
        (_ALARMS[0], _alarm("omnitrack-forecasts-throttles"), "no-confirmed-subscription"),
    }
)

# What `drift` changes, all of it healthy before.
FORGOTTEN_LOG_GROUP = "/aws/lambda/omnitrack-copilot-history"
SILENCED_FUNCTION = "omnitrack-order-intake"
UNPROTECTED_TABLE = "omnitrack-connections"

DRIFT_FAULTS: frozenset[Fault] = frozenset(
    {
        *_in_both(*_RETENTION, _log_group(FORGOTTEN_LOG_GROUP), "never-expires"),
        ("governance.data-retention", _log_group(FORGOTTEN_LOG_GROUP), "never-expires"),
        *_in_both(*_ALARMS, _alarm(f"{SILENCED_FUNCTION}-errors"), "no-action"),
        ("dynamodb.point-in-time-recovery", _table(UNPROTECTED_TABLE), "pitr-disabled"),
        ("dynamodb.backup-retention", _table(UNPROTECTED_TABLE), "nothing-kept"),
        ("dynamodb.recent-backup", _table(UNPROTECTED_TABLE), "no-backup"),
        ("backup.automated", _table(UNPROTECTED_TABLE), "not-backed-up"),
        ("disaster-recovery.rpo", _table(UNPROTECTED_TABLE), "no-backup"),
    }
)


# --- how it comes to be -------------------------------------------------------------------------


def seed(account: SimulatedAccount, now: datetime) -> None:
    """Ages are counted from `now`."""
    _seed_topics(account)
    _seed_log_groups(account, now)
    _seed_functions(account)
    _seed_tables(account, now)
    _seed_backups(account, now)
    websocket_id = _seed_apis(account)
    _seed_alarms(account, websocket_id, now)
    _seed_budgets(account)


def drift(account: SimulatedAccount) -> frozenset[Fault]:
    """Somebody means well three times; returns what an evaluation must find besides."""
    account.client("logs").delete_retention_policy(logGroupName=FORGOTTEN_LOG_GROUP)
    _put_error_alarm(account, _function_named(SILENCED_FUNCTION), actions=[])
    _protect(account, UNPROTECTED_TABLE, enabled=False)
    return DRIFT_FAULTS


def repair(account: SimulatedAccount) -> None:
    """Undoes `drift`."""
    account.client("logs").put_retention_policy(
        logGroupName=FORGOTTEN_LOG_GROUP, retentionInDays=30
    )
    _put_error_alarm(account, _function_named(SILENCED_FUNCTION), actions=[_topic(ALERTS_TOPIC)])
    _protect(account, UNPROTECTED_TABLE, enabled=True)


def _function_named(name: str) -> Function:
    return next(function for function in FUNCTIONS if function.name == name)


def _protect(account: SimulatedAccount, table: str, *, enabled: bool) -> None:
    account.client("dynamodb").update_continuous_backups(
        TableName=table,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled},
    )


def _seed_topics(account: SimulatedAccount) -> None:
    sns = account.client("sns")
    for name in (ALERTS_TOPIC, TRIAL_TOPIC, *OTHER_TOPICS):
        sns.create_topic(Name=name)
    alerts, trial = _topic(ALERTS_TOPIC), _topic(TRIAL_TOPIC)
    sns.subscribe(TopicArn=alerts, Protocol="email", Endpoint=ONCALL_EMAIL)
    sns.subscribe(TopicArn=alerts, Protocol="https", Endpoint=PAGER_URL)
    account.confirm_subscriptions(alerts)
    sns.set_topic_attributes(
        TopicArn=alerts, AttributeName="Policy", AttributeValue=json.dumps(_admitting(alerts))
    )
    sns.subscribe(TopicArn=trial, Protocol="email", Endpoint="second-line@omnitrack.example")


def _admitting(topic: str) -> dict[str, Any]:
    """Of itself a topic lets its own account publish, and no service that tells of spend."""
    own = {"StringEquals": {"AWS:SourceOwner": ACCOUNT_ID}}
    services = ["budgets.amazonaws.com", "costalerts.amazonaws.com"]
    return {
        "Version": "2008-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": principal,
                "Action": "SNS:Publish",
                "Resource": topic,
                "Condition": condition,
            }
            for principal, condition in (
                ({"AWS": "*"}, own),
                ({"Service": services}, {"StringEquals": {"aws:SourceAccount": ACCOUNT_ID}}),
            )
        ],
    }


def _seed_log_groups(account: SimulatedAccount, now: datetime) -> None:
    logs = account.client("logs")
    own = [
        LogGroup(f.log_group, f.retention) for f in FUNCTIONS if f.has_log_group and not f.logs_to
    ]
    created = int((now - timedelta(days=200)).timestamp() * 1000)
    held = account.backend("logs").groups
    for group in (*own, *LOG_GROUPS):
        log_class = {"logGroupClass": group.log_class} if group.log_class else {}
        logs.create_log_group(logGroupName=group.name, **log_class)
        if group.retention:
            logs.put_retention_policy(logGroupName=group.name, retentionInDays=group.retention)
        held[group.name].creation_time = created


@cache
def function_code() -> bytes:
    """The smallest archive that Lambda takes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("index.py", "def handler(event, context):\n    return {}\n")
    return archive.getvalue()


def _seed_functions(account: SimulatedAccount) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = account.client("iam").create_role(
        RoleName="omnitrack-functions", AssumeRolePolicyDocument=json.dumps(trust)
    )["Role"]["Arn"]
    aws_lambda = account.client("lambda")
    for function in FUNCTIONS:
        logging = {"LoggingConfig": {"LogGroup": function.logs_to}} if function.logs_to else {}
        aws_lambda.create_function(
            FunctionName=function.name,
            Runtime="python3.12",
            Handler="index.handler",
            Role=role,
            Code={"ZipFile": function_code()},
            MemorySize=function.memory,
            Timeout=function.timeout,
            Environment={"Variables": {"ENVIRONMENT": "production", "STACK_NAME": STACK}},
            TracingConfig={"Mode": "Active"},
            Tags={"application": "omnitrack", "environment": "production"},
            **logging,
        )
        if function.reserved:
            aws_lambda.put_function_concurrency(
                FunctionName=function.name, ReservedConcurrentExecutions=function.reserved
            )


def _seed_tables(account: SimulatedAccount, now: datetime) -> None:
    dynamodb = account.client("dynamodb")
    for table in TABLES:
        dynamodb.create_table(
            TableName=table.name,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            Tags=[
                {"Key": "application", "Value": "omnitrack"},
                *([{"Key": "backup", "Value": "records"}] if table.record else []),
            ],
        )
        if table.recovery_days:
            _recover(dynamodb, table)
        account.data.dynamodb.date_table(REGION, table.name, now - table.age)
    dynamodb.update_table(
        TableName=GLOBAL_TABLE, ReplicaUpdates=[{"Create": {"RegionName": REPLICA_REGION}}]
    )
    replicated = next(table for table in TABLES if table.name == GLOBAL_TABLE)
    _recover(account.client("dynamodb", REPLICA_REGION), replicated)
    account.data.dynamodb.date_table(REPLICA_REGION, GLOBAL_TABLE, now - replicated.age)
    backup = dynamodb.create_backup(TableName=ON_DEMAND_BACKUP_OF, BackupName="before-migration")
    account.data.dynamodb.date_backup(
        REGION, backup["BackupDetails"]["BackupArn"], now - timedelta(days=12)
    )


def _recover(dynamodb: Any, table: Table) -> None:
    dynamodb.update_continuous_backups(
        TableName=table.name,
        PointInTimeRecoverySpecification={
            "PointInTimeRecoveryEnabled": True,
            "RecoveryPeriodInDays": table.recovery_days,
        },
    )


def _seed_backups(account: SimulatedAccount, now: datetime) -> None:
    backup = account.client("backup")
    backup.create_backup_vault(BackupVaultName=VAULT)
    plan_id = backup.create_backup_plan(
        BackupPlan={
            "BackupPlanName": "omnitrack-daily",
            "Rules": [
                {
                    "RuleName": "daily",
                    "TargetBackupVaultName": VAULT,
                    "ScheduleExpression": "cron(0 5 ? * * *)",
                    "Lifecycle": {"DeleteAfterDays": BACKUP_DAYS},
                }
            ],
        }
    )["BackupPlanId"]
    role = f"arn:aws:iam::{ACCOUNT_ID}:role/service-role/AWSBackupDefaultServiceRole"
    in_plan = [table for table in TABLES if table.plan]
    named = [_table(table.name) for table in in_plan if not table.record]
    records = {
        "ConditionType": "STRINGEQUALS",
        "ConditionKey": "backup",
        "ConditionValue": "records",
    }
    for selection, chosen in (
        ("omnitrack-business-data", {"Resources": named}),
        ("omnitrack-records", {"ListOfTags": [records]}),
    ):
        backup.create_backup_selection(
            BackupPlanId=plan_id,
            BackupSelection={"SelectionName": selection, "IamRoleArn": role, **chosen},
        )
    for table in in_plan:
        _seed_backup_history(account, table, plan_id, now)


def _seed_backup_history(
    account: SimulatedAccount, table: Table, plan_id: str, now: datetime
) -> None:
    """Ten nightly backups, the last one `last_backup` ago; failed nights besides."""
    data, arn = account.data.backup, _table(table.name)
    for night in reversed(range(BACKUP_HISTORY_DAYS)):
        made = now - table.last_backup - timedelta(days=night)
        if any(abs(made - (now - failed)) < timedelta(hours=1) for failed in table.failed_jobs):
            continue
        point = data.add_recovery_point(
            REGION, VAULT, arn, created=made, keep_days=BACKUP_DAYS, plan_id=plan_id
        )
        data.add_job(REGION, VAULT, arn, created=made, recovery_point=point, plan_id=plan_id)
    for failed in table.failed_jobs:
        data.add_job(
            REGION,
            VAULT,
            arn,
            created=now - failed,
            state="FAILED",
            message="Insufficient privileges to perform this action.",
            plan_id=plan_id,
        )


def _seed_apis(account: SimulatedAccount) -> str:
    """Returns the id of the WebSocket API, by which its alarms watch it."""
    rest = account.client("apigateway")
    for name in REST_APIS:
        api_id = rest.create_rest_api(
            name=name,
            endpointConfiguration={"types": ["REGIONAL"]},
            tags={"application": "omnitrack"},
        )["id"]
        root_id = rest.get_resources(restApiId=api_id)["items"][0]["id"]
        rest.put_method(
            restApiId=api_id, resourceId=root_id, httpMethod="GET", authorizationType="AWS_IAM"
        )
        rest.put_integration(restApiId=api_id, resourceId=root_id, httpMethod="GET", type="MOCK")
        rest.create_deployment(restApiId=api_id, stageName=STAGE)
        rest.update_stage(
            restApiId=api_id,
            stageName=STAGE,
            patchOperations=[
                {
                    "op": "replace",
                    "path": "/accessLogSettings/destinationArn",
                    "value": _log_group(f"/aws/apigateway/{name}/access"),
                },
                {
                    "op": "replace",
                    "path": "/accessLogSettings/format",
                    "value": '{"requestId":"$context.requestId","status":"$context.status"}',
                },
            ],
        )
    realtime = account.client("apigatewayv2")
    made = realtime.create_api(
        Name=WEBSOCKET_API,
        ProtocolType="WEBSOCKET",
        RouteSelectionExpression="$request.body.action",
    )["ApiId"]
    websocket_id = account.data.apigatewayv2.name_api(REGION, made, WEBSOCKET_ID)
    realtime.create_stage(
        ApiId=websocket_id,
        StageName=STAGE,
        AccessLogSettings={
            "DestinationArn": _log_group(f"/aws/apigateway/{WEBSOCKET_API}/access"),
            "Format": '{"requestId":"$context.requestId"}',
        },
    )
    return websocket_id


# --- alarms -------------------------------------------------------------------------------------


def _metric(
    metric_id: str, namespace: str, name: str, dimensions: dict[str, str], stat: str = "Sum"
) -> dict[str, Any]:
    return {
        "Id": metric_id,
        "ReturnData": False,
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": name,
                "Dimensions": _dimensions(dimensions),
            },
            "Period": 300,
            "Stat": stat,
        },
    }


def _expression(expression: str, label: str) -> dict[str, Any]:
    return {"Id": "watched", "Expression": expression, "Label": label, "ReturnData": True}


def _dimensions(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def _datapoints(needed: int, periods: int) -> dict[str, Any]:
    return {
        "DatapointsToAlarm": needed,
        "EvaluationPeriods": periods,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }


def _put_error_alarm(account: SimulatedAccount, function: Function, *, actions: list[str]) -> None:
    by_function = {"FunctionName": function.name}
    if function.alarm == "math":
        watched: dict[str, Any] = {
            "Metrics": [
                _expression("100 * errors / invocations", "Errors in percent of invocations"),
                _metric("errors", "AWS/Lambda", "Errors", by_function),
                _metric("invocations", "AWS/Lambda", "Invocations", by_function),
            ],
            "Threshold": function.error_percent,
        }
    else:
        watched = {
            "Namespace": "AWS/Lambda",
            "MetricName": "Errors",
            "Dimensions": _dimensions(by_function),
            "Statistic": "Average",
            "Period": 300,
            "Threshold": function.error_percent / 100,
        }
    account.client("cloudwatch").put_metric_alarm(
        AlarmName=function.error_alarm,
        AlarmDescription=f"{function.name} fails too often. {RUNBOOKS}function-errors",
        ActionsEnabled=function.actions_enabled,
        AlarmActions=actions,
        **_datapoints(2, 2),
        **watched,
    )


def _seed_alarms(account: SimulatedAccount, websocket_id: str, now: datetime) -> None:
    cloudwatch = account.client("cloudwatch")
    alerts = [_topic(ALERTS_TOPIC)]
    for function in FUNCTIONS:
        if function.alarm != "none":
            _put_error_alarm(account, function, actions=[] if function.alarm == "child" else alerts)
    children = [function.error_alarm for function in FUNCTIONS if function.alarm == "child"]
    cloudwatch.put_composite_alarm(
        AlarmName="omnitrack-agents",
        AlarmDescription="An agent of the supply chain fails too often.",
        AlarmRule=" OR ".join(f'ALARM("{child}")' for child in children),
        AlarmActions=alerts,
    )
    for table in TABLES:
        by_table = {"TableName": table.name}
        cloudwatch.put_metric_alarm(
            AlarmName=table.throttle_alarm,
            Metrics=[
                _expression("reads + writes", "Throttled requests"),
                _metric("reads", "AWS/DynamoDB", "ReadThrottleEvents", by_table),
                _metric("writes", "AWS/DynamoDB", "WriteThrottleEvents", by_table),
            ],
            Threshold=10,
            AlarmActions=[_topic(table.alarm_topic)],
            **{
                **_datapoints(1, 1),
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            },
        )
    for alarm in _api_alarms(websocket_id):
        cloudwatch.put_metric_alarm(AlarmActions=alerts, **alarm)
    cloudwatch.put_metric_alarm(
        AlarmName="omnitrack-estimated-charges",
        Namespace="AWS/Billing",
        MetricName="EstimatedCharges",
        Dimensions=_dimensions({"Currency": "USD"}),
        Statistic="Maximum",
        Period=21600,
        Threshold=1500,
        AlarmActions=alerts,
        **_datapoints(1, 1),
    )
    cloudwatch.put_metric_alarm(
        AlarmName="omnitrack-copilot-message-duration",
        Namespace="AWS/Lambda",
        MetricName="Duration",
        Dimensions=_dimensions({"FunctionName": "omnitrack-copilot-message"}),
        ExtendedStatistic="p99",
        Period=300,
        Threshold=45_000,
        AlarmActions=alerts,
        **_datapoints(3, 3),
    )
    account.data.cloudwatch.settle(REGION, at=now - timedelta(days=30))


def _api_alarms(websocket_id: str) -> Iterator[dict[str, Any]]:
    """By name, by name and stage, and by id; rates as an average and as metric math."""
    by_name = {"ApiName": "omnitrack-api"}
    by_stage = {"ApiName": "omnitrack-admin-api", "Stage": STAGE}
    by_id = {"ApiId": websocket_id}
    yield {
        "AlarmName": "omnitrack-api-5xx",
        "Namespace": "AWS/ApiGateway",
        "MetricName": "5XXError",
        "Dimensions": _dimensions(by_name),
        "Statistic": "Average",
        "Period": 300,
        "Threshold": 0.05,
        **_datapoints(2, 2),
    }
    yield {
        "AlarmName": "omnitrack-admin-api-5xx",
        "Metrics": [
            _expression("100 * (errors / requests)", "Server errors in percent"),
            _metric("errors", "AWS/ApiGateway", "5XXError", by_stage),
            _metric("requests", "AWS/ApiGateway", "Count", by_stage),
        ],
        "Threshold": 5,
        **_datapoints(2, 2),
    }
    yield {
        "AlarmName": "omnitrack-realtime-errors",
        "Metrics": [
            _expression("100 * (integration + execution) / messages", "Failed messages in percent"),
            _metric("integration", "AWS/ApiGateway", "IntegrationError", by_id),
            _metric("execution", "AWS/ApiGateway", "ExecutionError", by_id),
            _metric("messages", "AWS/ApiGateway", "MessageCount", by_id),
        ],
        "Threshold": 5,
        **_datapoints(2, 2),
    }
    for name, metric, dimensions, needed in (
        ("omnitrack-api-latency-p95", "Latency", by_name, 2),
        ("omnitrack-admin-api-latency-p95", "Latency", by_stage, 3),
        ("omnitrack-realtime-latency-p95", "IntegrationLatency", by_id, 2),
    ):
        yield {
            "AlarmName": name,
            "Namespace": "AWS/ApiGateway",
            "MetricName": metric,
            "Dimensions": _dimensions(dimensions),
            "ExtendedStatistic": "p95",
            "Period": 300,
            "Threshold": 2000,
            **_datapoints(needed, 3),
        }


def _seed_budgets(account: SimulatedAccount) -> None:
    budgets = account.client("budgets")
    subscribers = [
        {"SubscriptionType": "EMAIL", "Address": ONCALL_EMAIL},
        {"SubscriptionType": "SNS", "Address": _topic(ALERTS_TOPIC)},
    ]
    for budget in BUDGETS:
        budgets.create_budget(
            AccountId=ACCOUNT_ID,
            Budget={
                "BudgetName": budget.name,
                "BudgetType": "COST",
                "TimeUnit": "MONTHLY",
                "BudgetLimit": {"Amount": str(budget.limit), "Unit": "USD"},
                **(budget.only or {}),
            },
            NotificationsWithSubscribers=[
                {
                    "Notification": {
                        "NotificationType": kind,
                        "ComparisonOperator": "GREATER_THAN",
                        "Threshold": threshold,
                        "ThresholdType": "PERCENTAGE",
                    },
                    "Subscribers": subscribers,
                }
                for kind, threshold in (("ACTUAL", 80), ("FORECASTED", 100))
            ],
        )
        account.data.budgets.set_spend(budget.name, actual=budget.actual, forecast=budget.forecast)
