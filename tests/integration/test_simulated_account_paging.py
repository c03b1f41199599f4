"""Every listing has pages of AWS's sizes, and pages of three when a test wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from simulated_account import AccessDenied, NotPagedError, SimulatedAccount
from simulated_account.answers.service import now
from simulated_account.sized import seed_sized

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REGION = "us-east-1"
ACCOUNT_ID = "123456789012"
BY_ACCOUNT = {"AccountId": ACCOUNT_ID}


@pytest.fixture(scope="module")
def crowded() -> Iterator[SimulatedAccount]:
    """Seven or more of everything, more than AWS's default page of most."""
    with SimulatedAccount() as account:
        seed_sized(account, log_groups=120, functions=120, tables=110, alarms=60)
        cloudwatch = account.client("cloudwatch")
        for number in range(7):
            cloudwatch.put_composite_alarm(
                AlarmName=f"composite-{number}", AlarmRule=f'ALARM("sized-alarm-{number:06}")'
            )
            account.client("apigatewayv2").create_api(
                Name=f"realtime-{number}", ProtocolType="WEBSOCKET"
            )
            account.client("sns").create_topic(Name=f"topic-{number}")
            account.client("dynamodb").create_backup(
                TableName="sized-table-000000", BackupName=f"backup-{number}"
            )
            _create_budget(account, number)
        for number in range(30):
            account.client("apigateway").create_rest_api(name=f"api-{number}")
        _seed_backups(account)
        yield account


def _create_budget(account: SimulatedAccount, number: int) -> None:
    account.client("budgets").create_budget(
        AccountId=ACCOUNT_ID,
        Budget={
            "BudgetName": f"budget-{number}",
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "100", "Unit": "USD"},
        },
        NotificationsWithSubscribers=[
            {
                "Notification": {
                    "NotificationType": "ACTUAL",
                    "ComparisonOperator": "GREATER_THAN",
                    "Threshold": 80,
                },
                "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "a@omnitrack.ai"}],
            }
        ],
    )


def _seed_backups(account: SimulatedAccount) -> None:
    backup = account.client("backup")
    backup.create_backup_vault(BackupVaultName="vault")
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/sized-table-000000"
    rule = {"RuleName": "daily", "TargetBackupVaultName": "vault"}
    for number in range(7):
        plan = {"BackupPlanName": f"plan-{number}", "Rules": [rule]}
        backup.create_backup_plan(BackupPlan=plan)
        account.data.backup.add_recovery_point(REGION, "vault", table, created=now())
        account.data.backup.add_job(REGION, "vault", table, created=now())


@pytest.fixture
def account(crowded: SimulatedAccount) -> Iterator[SimulatedAccount]:
    yield crowded
    crowded.heal()
    for service, operation in LISTINGS:
        crowded.page_size(service, operation, None)


# How many results there are, and how the pages are asked for.
LISTINGS: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {
    ("apigateway", "GetRestApis"): ("get_rest_apis", {}),
    ("apigatewayv2", "GetApis"): ("get_apis", {}),
    ("backup", "ListBackupJobs"): ("list_backup_jobs", {}),
    ("backup", "ListBackupPlans"): ("list_backup_plans", {}),
    ("backup", "ListRecoveryPointsByBackupVault"): (
        "list_recovery_points_by_backup_vault",
        {"BackupVaultName": "vault"},
    ),
    ("budgets", "DescribeBudgetNotificationsForAccount"): (
        "describe_budget_notifications_for_account",
        BY_ACCOUNT,
    ),
    ("budgets", "DescribeBudgets"): ("describe_budgets", BY_ACCOUNT),
    ("cloudwatch", "DescribeAlarms"): (
        "describe_alarms",
        {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]},
    ),
    ("cloudwatch", "DescribeAlarmHistory"): ("describe_alarm_history", {}),
    ("dynamodb", "ListBackups"): ("list_backups", {}),
    ("dynamodb", "ListTables"): ("list_tables", {}),
    ("lambda", "ListFunctions"): ("list_functions", {}),
    ("logs", "DescribeLogGroups"): ("describe_log_groups", {}),
    ("sns", "ListTopics"): ("list_topics", {}),
    ("resourcegroupstaggingapi", "GetResources"): ("get_resources", {}),
}


def pages(account: SimulatedAccount, service: str, operation: str) -> list[int]:
    """How many results each page has, over all its result keys."""
    method, params = LISTINGS[service, operation]
    paginator = account.client(service).get_paginator(method)
    return [
        sum(len(value) for value in page.values() if isinstance(value, list))
        for page in paginator.paginate(**params)
    ]


@pytest.mark.parametrize(("service", "operation"), LISTINGS)
def test_pages_can_be_cut_at_three(account: SimulatedAccount, service: str, operation: str) -> None:
    whole = sum(pages(account, service, operation))
    account.page_size(service, operation, 3)

    cut = pages(account, service, operation)
    assert sum(cut) == whole
    assert set(cut[:-1]) <= {3}


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        ("lambda", "ListFunctions", [50, 50, 20]),
        ("logs", "DescribeLogGroups", [50, 50, 21]),
        ("cloudwatch", "DescribeAlarms", [50, 17]),
        ("apigateway", "GetRestApis", [25, 5]),
        ("dynamodb", "ListTables", [100, 10]),
    ],
)
def test_pages_have_the_size_that_aws_gives_them(
    account: SimulatedAccount, service: str, operation: str, expected: list[int]
) -> None:
    """Moto answers most of these at once, so that a forgotten page would go unnoticed."""
    assert pages(account, service, operation) == expected


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda a: a.client("lambda").list_functions(MaxItems=1000)["Functions"], 50),
        (lambda a: a.client("lambda").list_functions(MaxItems=7)["Functions"], 7),
        (lambda a: a.client("cloudwatch").describe_alarms(MaxRecords=60)["MetricAlarms"], 60),
        (lambda a: a.client("apigateway").get_rest_apis(limit=500)["items"], 30),
        (lambda a: a.client("apigatewayv2").get_apis(MaxResults="2")["Items"], 2),
        (lambda a: a.client("dynamodb").list_backups(Limit=4)["BackupSummaries"], 4),
        (lambda a: a.client("backup").list_backup_jobs(MaxResults=4)["BackupJobs"], 4),
        (lambda a: a.client("budgets").describe_budgets(MaxResults=2, **BY_ACCOUNT)["Budgets"], 2),
    ],
)
def test_the_callers_limit_counts_up_to_aws_maximum(
    account: SimulatedAccount, call: Callable[[SimulatedAccount], list[Any]], expected: int
) -> None:
    assert len(call(account)) == expected


def test_a_limit_that_aws_refuses_is_refused(account: SimulatedAccount) -> None:
    """Boto3 lets it pass, so that only AWS would tell."""
    with pytest.raises(ClientError, match="ValidationException"):
        account.client("logs").describe_log_groups(limit=51)


def test_metric_and_composite_alarms_count_together(account: SimulatedAccount) -> None:
    account.page_size("cloudwatch", "DescribeAlarms", 61)
    page = account.client("cloudwatch").describe_alarms(
        AlarmTypes=["MetricAlarm", "CompositeAlarm"], MaxRecords=100
    )
    assert (len(page["MetricAlarms"]), len(page["CompositeAlarms"])) == (60, 1)


def test_a_filter_holds_on_every_page(account: SimulatedAccount) -> None:
    account.page_size("logs", "DescribeLogGroups", 4)
    paginator = account.client("logs").get_paginator("describe_log_groups")
    found = [
        group["logGroupName"]
        for page in paginator.paginate(logGroupNamePrefix="/sized/group-00000")
        for group in page["logGroups"]
    ]
    assert found == [f"/sized/group-00000{number}" for number in range(10)]


def test_an_unknown_token_is_refused(account: SimulatedAccount) -> None:
    with pytest.raises(ClientError, match="InvalidNextToken"):
        account.client("cloudwatch").describe_alarms(NextToken="made up")


def test_a_token_can_be_used_again(account: SimulatedAccount) -> None:
    """A client that was throttled on a page asks for the same page anew."""
    logs = account.client("logs")
    token = logs.describe_log_groups()["nextToken"]

    first, second = (logs.describe_log_groups(nextToken=token)["logGroups"] for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("service", "operation"), LISTINGS)
def test_only_the_third_page_fails(account: SimulatedAccount, service: str, operation: str) -> None:
    """However little there is to list, two pages are answered before."""
    method, params = LISTINGS[service, operation]
    account.fail(service, operation, AccessDenied, on_page=3)

    answered = iter(account.client(service).get_paginator(method).paginate(**params))
    next(answered)
    next(answered)
    with pytest.raises(ClientError):
        next(answered)


def test_a_retry_of_the_failed_page_goes_on_where_it_was(account: SimulatedAccount) -> None:
    whole = pages(account, "logs", "DescribeLogGroups")
    account.fail("logs", "DescribeLogGroups", AccessDenied, on_page=3, times=1)
    logs = account.client("logs")
    names: list[str] = []
    token: dict[str, str] = {}
    failures = 0
    while True:
        try:
            page = logs.describe_log_groups(**token)
        except ClientError:
            failures += 1
            continue
        names += [group["logGroupName"] for group in page["logGroups"]]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}

    assert failures == 1
    assert len(names) == len(set(names)) == sum(whole)


def test_an_operation_without_pages_has_no_page_size(account: SimulatedAccount) -> None:
    with pytest.raises(NotPagedError):
        account.page_size("dynamodb", "DescribeTable", 3)


def test_a_listing_that_moto_pages_itself_can_be_paged_anew(account: SimulatedAccount) -> None:
    """IAM signals more with IsTruncated, which has to follow the new pages."""
    iam = account.client("iam")
    for number in range(5):
        iam.create_user(UserName=f"user-{number}")
    account.page_size("iam", "ListUsers", 2)

    found = [len(page["Users"]) for page in iam.get_paginator("list_users").paginate()]
    assert found == [2, 2, 1]
