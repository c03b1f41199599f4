"""What moto lacks or falsifies is answered as AWS answers it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from simulated_account import SimulatedAccount
from simulated_account.omnitrack.workload import function_code

if TYPE_CHECKING:
    from collections.abc import Iterator

REGION = "us-east-1"
ACCOUNT_ID = "123456789012"
NOW = datetime.now(UTC).replace(microsecond=0)
A_MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount() as account:
        yield account


# --- AWS Backup: moto has neither selections, recovery points nor jobs


def table_arn(name: str) -> str:
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{name}"


@pytest.fixture(scope="module")
def plan_id(account: SimulatedAccount) -> str:
    backup = account.client("backup")
    backup.create_backup_vault(BackupVaultName="vault")
    rule = {
        "RuleName": "daily",
        "TargetBackupVaultName": "vault",
        "Lifecycle": {"DeleteAfterDays": 35},
    }
    plan: str = backup.create_backup_plan(BackupPlan={"BackupPlanName": "daily", "Rules": [rule]})[
        "BackupPlanId"
    ]
    data = account.data.backup
    for name, days in (("old", 3), ("new", 0)):
        created = NOW - timedelta(days=days)
        data.add_recovery_point(REGION, "vault", table_arn(name), created=created, plan_id=plan)
    data.add_recovery_point(
        REGION, "vault", "arn:aws:rds:us-east-1:123456789012:db:main", created=NOW
    )
    data.add_job(REGION, "vault", table_arn("new"), created=NOW, state="FAILED", message="no space")
    data.add_job(REGION, "vault", table_arn("old"), created=NOW - timedelta(days=3))
    data.add_job(REGION, "vault", table_arn("old"), created=NOW - timedelta(days=31))
    return plan


def test_a_selection_can_be_made_listed_and_read(account: SimulatedAccount, plan_id: str) -> None:
    backup = account.client("backup")
    document = {
        "SelectionName": "tables",
        "IamRoleArn": "arn:aws:iam::123456789012:role/backup",
        "Resources": [table_arn("new")],
        "ListOfTags": [
            {"ConditionType": "STRINGEQUALS", "ConditionKey": "keep", "ConditionValue": "yes"}
        ],
    }
    backup.create_backup_selection(BackupPlanId=plan_id, BackupSelection=document)

    (listed,) = backup.list_backup_selections(BackupPlanId=plan_id)["BackupSelectionsList"]
    read = backup.get_backup_selection(BackupPlanId=plan_id, SelectionId=listed["SelectionId"])
    assert listed["SelectionName"] == "tables"
    assert {k: read["BackupSelection"][k] for k in document} == document


def test_selections_of_an_unknown_plan_are_not_found(account: SimulatedAccount) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        account.client("backup").list_backup_selections(BackupPlanId="none")


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {"old", "new", "db:main"}),
        ({"ByResourceType": "DynamoDB"}, {"old", "new"}),
        ({"ByResourceArn": table_arn("old")}, {"old"}),
        ({"ByCreatedAfter": NOW - timedelta(days=1)}, {"new", "db:main"}),
        ({"ByCreatedBefore": NOW - timedelta(days=1)}, {"old"}),
    ],
)
@pytest.mark.usefixtures("plan_id")
def test_recovery_points_are_filtered(
    account: SimulatedAccount, filters: dict[str, Any], expected: set[str]
) -> None:
    points = account.client("backup").list_recovery_points_by_backup_vault(
        BackupVaultName="vault", **filters
    )["RecoveryPoints"]
    assert {point["ResourceArn"].rpartition("/")[2].split("012:")[-1] for point in points} == (
        expected
    )


@pytest.mark.usefixtures("plan_id")
def test_a_recovery_point_says_how_long_it_is_kept(account: SimulatedAccount) -> None:
    (point,) = account.client("backup").list_recovery_points_by_backup_vault(
        BackupVaultName="vault", ByResourceArn=table_arn("new")
    )["RecoveryPoints"]

    assert point["Status"] == "COMPLETED"
    assert point["Lifecycle"]["DeleteAfterDays"] == 35
    assert point["CalculatedLifecycle"]["DeleteAt"] == NOW + timedelta(days=35)


@pytest.mark.usefixtures("plan_id")
def test_a_vault_counts_its_recovery_points(account: SimulatedAccount) -> None:
    (vault,) = account.client("backup").list_backup_vaults()["BackupVaultList"]

    assert vault["NumberOfRecoveryPoints"] == 3


@pytest.mark.parametrize(
    ("filters", "states"),
    [
        ({}, ["FAILED", "COMPLETED"]),
        ({"ByState": "FAILED"}, ["FAILED"]),
        ({"ByResourceType": "RDS"}, []),
        ({"ByCreatedAfter": NOW - timedelta(days=1)}, ["FAILED"]),
    ],
)
@pytest.mark.usefixtures("plan_id")
def test_jobs_are_filtered_newest_first_and_kept_for_30_days(
    account: SimulatedAccount, filters: dict[str, Any], states: list[str]
) -> None:
    jobs = account.client("backup").list_backup_jobs(**filters)["BackupJobs"]

    assert [job["State"] for job in jobs] == states


def test_the_region_is_opted_in_to_dynamodb(account: SimulatedAccount) -> None:
    settings = account.client("backup").describe_region_settings()

    assert settings["ResourceTypeOptInPreference"]["DynamoDB"] is True


# --- budgets: moto cannot tell whom a notification reaches

NOTIFICATION = {
    "NotificationType": "FORECASTED",
    "ComparisonOperator": "GREATER_THAN",
    "Threshold": 100.0,
    "ThresholdType": "PERCENTAGE",
}
MAIL = {"SubscriptionType": "EMAIL", "Address": "ops@omnitrack.ai"}
TOPIC = {"SubscriptionType": "SNS", "Address": "arn:aws:sns:us-east-1:123456789012:alerts"}


def make_budget(account: SimulatedAccount, name: str, **budget: Any) -> dict[str, str]:
    account.client("budgets").create_budget(
        AccountId=ACCOUNT_ID,
        Budget={
            "BudgetName": name,
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "100", "Unit": "USD"},
            **budget,
        },
        NotificationsWithSubscribers=[{"Notification": NOTIFICATION, "Subscribers": [MAIL]}],
    )
    return {"AccountId": ACCOUNT_ID, "BudgetName": name}


def test_subscribers_are_those_that_were_given(account: SimulatedAccount) -> None:
    budget = make_budget(account, "with-subscribers")
    budgets = account.client("budgets")
    budgets.create_subscriber(**budget, Notification=NOTIFICATION, Subscriber=TOPIC)

    reached = budgets.describe_subscribers_for_notification(**budget, Notification=NOTIFICATION)
    assert reached["Subscribers"] == [MAIL, TOPIC]


def test_subscribers_of_a_later_notification_are_known_too(account: SimulatedAccount) -> None:
    budget = make_budget(account, "with-later-notification")
    later = {**NOTIFICATION, "NotificationType": "ACTUAL", "Threshold": 80.0}
    budgets = account.client("budgets")
    budgets.create_notification(**budget, Notification=later, Subscribers=[TOPIC])

    reached = budgets.describe_subscribers_for_notification(**budget, Notification=later)
    assert reached["Subscribers"] == [TOPIC]


def test_an_unknown_notification_is_not_found(account: SimulatedAccount) -> None:
    budget = make_budget(account, "without-this-notification")
    other = {**NOTIFICATION, "Threshold": 50.0}

    with pytest.raises(ClientError, match="NotFoundException"):
        account.client("budgets").describe_subscribers_for_notification(
            **budget, Notification=other
        )


@pytest.mark.parametrize(("forecast", "state"), [(99, "OK"), (101, "ALARM")])
def test_a_notification_is_in_alarm_once_the_spend_reaches_it(
    account: SimulatedAccount, forecast: float, state: str
) -> None:
    budget = make_budget(account, f"state-{forecast}")
    account.data.budgets.set_spend(budget["BudgetName"], actual=1, forecast=forecast)
    budgets = account.client("budgets")

    (notification,) = budgets.describe_notifications_for_budget(**budget)["Notifications"]
    assert notification == {**NOTIFICATION, "NotificationState": state}
    all_of_them = budgets.describe_budget_notifications_for_account(AccountId=ACCOUNT_ID)
    assert {"BudgetName": budget["BudgetName"], "Notifications": [notification]} in (
        all_of_them["BudgetNotificationsForAccount"]
    )


def test_spend_is_data(account: SimulatedAccount) -> None:
    budget = make_budget(account, "spent")
    account.data.budgets.set_spend("spent", actual=64.5, forecast=118)

    spend = account.client("budgets").describe_budget(**budget)["Budget"]["CalculatedSpend"]
    assert (spend["ActualSpend"]["Amount"], spend["ForecastedSpend"]["Amount"]) == ("64.5", "118")


def test_an_account_too_young_for_a_forecast_has_none(account: SimulatedAccount) -> None:
    budget = make_budget(account, "young")
    account.data.budgets.set_spend("young", actual=1, forecast=None)

    spend = account.client("budgets").describe_budget(**budget)["Budget"]["CalculatedSpend"]
    assert "ForecastedSpend" not in spend


def test_a_filter_expression_shows_only_when_asked_for(account: SimulatedAccount) -> None:
    """Who does not ask takes a filtered budget for one of the whole account."""
    expression = {"Dimensions": {"Key": "SERVICE", "Values": ["AWS Lambda"]}}
    budget = make_budget(account, "filtered", FilterExpression=expression)
    budgets = account.client("budgets")

    asked = budgets.describe_budget(**budget, ShowFilterExpression=True)["Budget"]
    assert asked["FilterExpression"] == expression
    assert "FilterExpression" not in budgets.describe_budget(**budget)["Budget"]


def test_automatic_adjustment_and_planned_limits_are_kept(account: SimulatedAccount) -> None:
    adjust = {
        "AutoAdjustType": "HISTORICAL",
        "HistoricalOptions": {"BudgetAdjustmentPeriod": 3},
    }
    planned = {"1767225600": {"Amount": "10", "Unit": "USD"}}
    budget = make_budget(account, "adjusting", AutoAdjustData=adjust, PlannedBudgetLimits=planned)

    described = account.client("budgets").describe_budget(**budget)["Budget"]
    assert described["AutoAdjustData"] == adjust
    assert described["PlannedBudgetLimits"] == planned


# --- CloudWatch: moto has no composite alarms and loses parts of metric math

SIMPLE = {
    "Namespace": "AWS/Lambda",
    "MetricName": "Errors",
    "Statistic": "Average",
    "Period": 300,
    "EvaluationPeriods": 2,
    "Threshold": 0.05,
    "ComparisonOperator": "GreaterThanThreshold",
}


def test_without_alarm_types_composite_alarms_are_not_listed(account: SimulatedAccount) -> None:
    """AWS returns metric alarms alone: the trap that a collector has to know."""
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName="types-child", **SIMPLE)
    cloudwatch.put_composite_alarm(AlarmName="types-parent", AlarmRule='ALARM("types-child")')

    by_default = cloudwatch.describe_alarms(AlarmNamePrefix="types-")
    with_types = cloudwatch.describe_alarms(
        AlarmNamePrefix="types-", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    assert by_default["CompositeAlarms"] == []
    assert [a["AlarmName"] for a in with_types["MetricAlarms"]] == ["types-child"]
    assert [a["AlarmRule"] for a in with_types["CompositeAlarms"]] == ['ALARM("types-child")']


def test_a_composite_alarm_needs_its_children(account: SimulatedAccount) -> None:
    with pytest.raises(ClientError, match="ValidationError"):
        account.client("cloudwatch").put_composite_alarm(
            AlarmName="orphan", AlarmRule='ALARM("nobody")'
        )


def test_the_definition_comes_back_as_it_was_put(account: SimulatedAccount) -> None:
    dimensions = [{"Name": "FunctionName", "Value": "f"}]
    metric = {"Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": dimensions}
    queries = [
        {"Id": "rate", "Expression": "100 * e / 2", "Label": "rate", "ReturnData": True},
        {
            "Id": "e",
            "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"},
            "ReturnData": False,
        },
    ]
    put = {
        "Metrics": queries,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName="math", **put)

    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["math"])["MetricAlarms"]
    assert {key: alarm[key] for key in put} == put
    assert alarm["ActionsEnabled"] is True
    assert "Period" not in alarm


def test_a_new_alarm_has_insufficient_data(account: SimulatedAccount) -> None:
    """Moto starts alarms with OK."""
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName="fresh", **SIMPLE)

    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["fresh"])["MetricAlarms"]
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"


def test_states_leave_a_history(account: SimulatedAccount) -> None:
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName="moving", **SIMPLE)
    for state in ("OK", "ALARM", "ALARM"):
        cloudwatch.set_alarm_state(AlarmName="moving", StateValue=state, StateReason="test")

    items = cloudwatch.describe_alarm_history(
        AlarmName="moving", HistoryItemType="StateUpdate", ScanBy="TimestampAscending"
    )["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in items] == [
        "Alarm updated from INSUFFICIENT_DATA to OK",
        "Alarm updated from OK to ALARM",
    ]
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["moving"], StateValue="ALARM")["MetricAlarms"]
    assert alarm["StateReason"] == "test"


def test_actions_can_be_switched_off_and_on(account: SimulatedAccount) -> None:
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName="switched", **SIMPLE)

    def enabled() -> bool:
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=["switched"])["MetricAlarms"]
        return bool(alarm["ActionsEnabled"])

    cloudwatch.disable_alarm_actions(AlarmNames=["switched"])
    assert enabled() is False
    cloudwatch.enable_alarm_actions(AlarmNames=["switched"])
    assert enabled() is True


def test_alarms_of_both_kinds_can_be_deleted(account: SimulatedAccount) -> None:
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName="deleted-child", **SIMPLE)
    cloudwatch.put_composite_alarm(AlarmName="deleted-parent", AlarmRule='OK("deleted-child")')
    cloudwatch.delete_alarms(AlarmNames=["deleted-child", "deleted-parent"])

    left = cloudwatch.describe_alarms(
        AlarmNamePrefix="deleted-", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    assert left["MetricAlarms"] == left["CompositeAlarms"] == []


# --- Lambda: moto forgets where functions log and where their failures go


@pytest.fixture(scope="module")
def role(account: SimulatedAccount) -> str:
    arn: str = account.client("iam").create_role(
        RoleName="functions", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17"})
    )["Role"]["Arn"]
    return arn


def listed_function(account: SimulatedAccount, name: str) -> dict[str, Any]:
    functions = account.client("lambda").list_functions()["Functions"]
    return next(function for function in functions if function["FunctionName"] == name)


def make_function(account: SimulatedAccount, role: str, name: str, **config: Any) -> None:
    account.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="index.handler",
        Role=role,
        Code={"ZipFile": function_code()},
        **config,
    )


def test_a_listed_function_says_where_it_logs(account: SimulatedAccount, role: str) -> None:
    logging = {"LogFormat": "JSON", "LogGroup": "/shared"}
    letters = {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"}
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    make_function(
        account, role, "custom", LoggingConfig=logging, DeadLetterConfig=letters, KMSKeyArn=key
    )

    function = listed_function(account, "custom")
    assert function["LoggingConfig"] == logging
    assert function["DeadLetterConfig"] == letters
    assert function["KMSKeyArn"] == key


def test_by_default_it_logs_to_the_group_of_its_name(account: SimulatedAccount, role: str) -> None:
    make_function(account, role, "plain")

    assert listed_function(account, "plain")["LoggingConfig"] == {
        "LogFormat": "Text",
        "LogGroup": "/aws/lambda/plain",
    }


def test_an_update_changes_only_what_it_names(account: SimulatedAccount, role: str) -> None:
    letters = {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"}
    make_function(account, role, "updated", DeadLetterConfig=letters)
    account.client("lambda").update_function_configuration(
        FunctionName="updated", LoggingConfig={"LogGroup": "/moved"}
    )

    function = listed_function(account, "updated")
    assert function["LoggingConfig"]["LogGroup"] == "/moved"
    assert function["DeadLetterConfig"] == letters


# --- logs: moto knows one class of log groups


def test_log_groups_have_the_class_they_were_made_with(account: SimulatedAccount) -> None:
    logs = account.client("logs")
    logs.create_log_group(logGroupName="/class/standard")
    for log_class in ("INFREQUENT_ACCESS", "DELIVERY"):
        logs.create_log_group(logGroupName=f"/class/{log_class}", logGroupClass=log_class)

    found = logs.describe_log_groups(logGroupNamePrefix="/class/")["logGroups"]
    filtered = logs.describe_log_groups(
        logGroupNamePrefix="/class/", logGroupClass="INFREQUENT_ACCESS"
    )["logGroups"]
    assert {group["logGroupName"]: group["logGroupClass"] for group in found} == {
        "/class/standard": "STANDARD",
        "/class/INFREQUENT_ACCESS": "INFREQUENT_ACCESS",
        "/class/DELIVERY": "DELIVERY",
    }
    assert [group["logGroupName"] for group in filtered] == ["/class/INFREQUENT_ACCESS"]


# --- SNS: moto confirms every subscription at once


def test_a_subscription_by_mail_is_pending_until_its_owner_confirms(
    account: SimulatedAccount,
) -> None:
    sns = account.client("sns")
    topic = sns.create_topic(Name="pending")["TopicArn"]
    for endpoint in ("a@omnitrack.ai", "b@omnitrack.ai"):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=endpoint)

    def arns() -> dict[str, str]:
        found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        return {each["Endpoint"]: each["SubscriptionArn"] for each in found}

    assert set(arns().values()) == {"PendingConfirmation"}
    account.confirm_subscriptions(topic, "a@omnitrack.ai")
    assert arns()["a@omnitrack.ai"].startswith(f"{topic}:")
    assert arns()["b@omnitrack.ai"] == "PendingConfirmation"
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (attributes["SubscriptionsConfirmed"], attributes["SubscriptionsPending"]) == ("1", "1")


def test_the_listing_of_all_subscriptions_agrees(account: SimulatedAccount) -> None:
    sns = account.client("sns")
    topic = sns.create_topic(Name="listed")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://pager.example")

    pending = [s for s in sns.list_subscriptions()["Subscriptions"] if s["TopicArn"] == topic]
    assert [each["SubscriptionArn"] for each in pending] == ["PendingConfirmation"]


# --- DynamoDB: moto has no replicas, and its recovery window never moves


def make_table(account: SimulatedAccount, name: str, *, days: int | None = None) -> Any:
    dynamodb = account.client("dynamodb")
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    if days:
        dynamodb.update_continuous_backups(
            TableName=name,
            PointInTimeRecoverySpecification={
                "PointInTimeRecoveryEnabled": True,
                "RecoveryPeriodInDays": days,
            },
        )
    return dynamodb


def recovery(dynamodb: Any, name: str) -> dict[str, Any]:
    described: dict[str, Any] = dynamodb.describe_continuous_backups(TableName=name)[
        "ContinuousBackupsDescription"
    ]["PointInTimeRecoveryDescription"]
    return described


def test_the_recovery_window_reaches_from_the_period_to_five_minutes_ago(
    account: SimulatedAccount,
) -> None:
    dynamodb = make_table(account, "window", days=7)
    account.data.dynamodb.date_table(REGION, "window", NOW - timedelta(days=100))

    window, now = recovery(dynamodb, "window"), datetime.now(UTC)
    assert window["RecoveryPeriodInDays"] == 7
    assert abs(window["EarliestRestorableDateTime"] - (now - timedelta(days=7))) < A_MINUTE
    assert abs(window["LatestRestorableDateTime"] - (now - timedelta(minutes=5))) < A_MINUTE


def test_a_disabled_window_has_no_times(account: SimulatedAccount) -> None:
    assert recovery(make_table(account, "disabled"), "disabled") == {
        "PointInTimeRecoveryStatus": "DISABLED"
    }


def test_recovery_can_have_fallen_behind(account: SimulatedAccount) -> None:
    dynamodb = make_table(account, "stale", days=35)
    account.data.dynamodb.set_latest_restorable(REGION, "stale", NOW - timedelta(hours=30))

    latest = recovery(dynamodb, "stale")["LatestRestorableDateTime"]
    assert latest == NOW - timedelta(hours=30)


def test_a_table_can_be_old(account: SimulatedAccount) -> None:
    dynamodb = make_table(account, "aged")
    account.data.dynamodb.date_table(REGION, "aged", NOW - timedelta(days=200))

    created = dynamodb.describe_table(TableName="aged")["Table"]["CreationDateTime"]
    assert created == NOW - timedelta(days=200)


def test_a_replica_is_listed_and_is_a_table_of_its_own(account: SimulatedAccount) -> None:
    dynamodb = make_table(account, "global", days=35)
    dynamodb.update_table(
        TableName="global", ReplicaUpdates=[{"Create": {"RegionName": "us-west-2"}}]
    )

    described = dynamodb.describe_table(TableName="global")["Table"]
    assert described["Replicas"] == [{"RegionName": "us-west-2", "ReplicaStatus": "ACTIVE"}]
    there = account.client("dynamodb", "us-west-2")
    assert recovery(there, "global")["PointInTimeRecoveryStatus"] == "DISABLED"
    assert there.describe_table(TableName="global")["Table"]["Replicas"] == [
        {"RegionName": "us-east-1", "ReplicaStatus": "ACTIVE"}
    ]


def test_backups_on_demand_can_be_old_and_are_filtered_by_time(account: SimulatedAccount) -> None:
    dynamodb = make_table(account, "backed-up")
    backup = dynamodb.create_backup(TableName="backed-up", BackupName="first")["BackupDetails"]
    account.data.dynamodb.date_backup(REGION, backup["BackupArn"], NOW - timedelta(days=12))

    (found,) = dynamodb.list_backups(TableName="backed-up")["BackupSummaries"]
    assert found["BackupCreationDateTime"] == NOW - timedelta(days=12)
    recent = dynamodb.list_backups(
        TableName="backed-up", TimeRangeLowerBound=NOW - timedelta(days=1)
    )
    assert recent["BackupSummaries"] == []


def test_transactions_at_once_do_not_break_each_other(account: SimulatedAccount) -> None:
    """Moto copies all tables for each transaction, and breaks where one changes meanwhile."""
    dynamodb = make_table(account, "isolated")

    def write(number: int) -> None:
        keys = [f"{number}-{part}" for part in range(3)]
        puts = [{"Put": {"TableName": "isolated", "Item": {"pk": {"S": key}}}} for key in keys]
        dynamodb.transact_write_items(TransactItems=puts)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(250)))
    assert dynamodb.scan(TableName="isolated")["Count"] == 750


@pytest.mark.parametrize("change", ["put", "update", "delete"])
def test_a_transaction_that_fails_leaves_the_table_and_its_stream_as_they_were(
    account: SimulatedAccount, change: str
) -> None:
    """Moto puts a copy back, of which the account makes a cheaper one than moto does."""
    dynamodb, name = account.client("dynamodb"), f"transacted-{change}"
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("a", "b")],
        KeySchema=[
            {"AttributeName": "a", "KeyType": "HASH"},
            {"AttributeName": "b", "KeyType": "RANGE"},
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    key = {"a": {"S": "here"}, "b": {"S": "1"}}
    row = {**key, "text": {"S": "before"}}
    dynamodb.put_item(TableName=name, Item=row)
    changes = {
        "put": {"Put": {"TableName": name, "Item": {**key, "text": {"S": "after"}}}},
        "delete": {"Delete": {"TableName": name, "Key": key}},
        "update": {
            "Update": {
                "TableName": name,
                "Key": key,
                "UpdateExpression": "SET #t = :t",
                "ExpressionAttributeNames": {"#t": "text"},
                "ExpressionAttributeValues": {":t": {"S": "after"}},
            }
        },
    }
    new = {"Put": {"TableName": name, "Item": {"a": {"S": "there"}, "b": {"S": "1"}}}}
    refused = {
        "Put": {
            "TableName": name,
            "Item": {"a": {"S": "here"}, "b": {"S": "2"}},
            "ConditionExpression": "attribute_exists(a)",
        }
    }
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_write_items(TransactItems=[changes[change], new, refused])
    codes = [reason["Code"] for reason in caught.value.response["CancellationReasons"]]
    assert codes == ["None", "None", "ConditionalCheckFailed"]
    assert dynamodb.scan(TableName=name)["Items"] == [row]
    assert _stream(account, name) == ["INSERT"]

    dynamodb.transact_write_items(TransactItems=[changes[change], new])
    kinds = {"put": "MODIFY", "update": "MODIFY", "delete": "REMOVE"}
    assert _stream(account, name) == ["INSERT", kinds[change], "INSERT"]


def _stream(account: SimulatedAccount, table: str) -> list[str]:
    streams = account.client("dynamodbstreams")
    arn = account.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    return [each["eventName"] for each in streams.get_records(ShardIterator=iterator)["Records"]]
