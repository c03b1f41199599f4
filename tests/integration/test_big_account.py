"""What an account of the size of a grown company costs in calls, and that none is made twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from math import ceil

import pytest
from evaluating import BASELINE, CHECKLIST, Evaluate

from compliance.baseline import Baseline
from compliance.report import Report
from simulated_account import SimulatedAccount
from simulated_account.sized import seed_sized

LOG_GROUPS, TABLES, KEYS, BUCKETS, USERS = 2_000, 500, 300, 300, 1_000
FUNCTIONS, ALARMS, APIS, DASHBOARDS = 1_000, 1_000, 100, 20
OF_ACCOUNT_DATA_AND_COST = {
    "account",
    "security",
    "governance",
    "access",
    "cloudtrail",
    "dynamodb",
    "elasticache",
    "backup",
    "disaster-recovery",
    "cost",
}
MOST = 1.05
"""How far above what pages and single reads dictate the calls may be."""


@pytest.fixture(scope="module")
def stores() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("210987654321") as account:
        seed_sized(
            account, log_groups=LOG_GROUPS, tables=TABLES, keys=KEYS, buckets=BUCKETS, users=USERS
        )
        yield account


@pytest.fixture(scope="module")
def services() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("310987654321") as account:
        seed_sized(account, functions=FUNCTIONS, alarms=ALARMS, apis=APIS, dashboards=DASHBOARDS)
        yield account


def _items(*, of_stores: bool) -> list[str]:
    return [
        item.id
        for item in CHECKLIST.items.values()
        if item.check and (item.section in OF_ACCOUNT_DATA_AND_COST) is of_stores
    ]


def _is_least(report: Report, least: Mapping[str, int]) -> None:
    """The calls of a run are what `least` says, and one for each other operation, within MOST.

    Every other operation is a listing of little or nothing.
    """
    asked = report.calls.operations
    total = sum(least.get(operation, 1) for operation in asked)
    above = {
        operation: (calls, least.get(operation, 1))
        for operation, calls in asked.items()
        if calls > least.get(operation, 1)
    }
    assert report.calls.total <= MOST * total, above


def _asked_twice(account: SimulatedAccount) -> list[tuple[str, ...]]:
    asked = Counter(
        (call.service, call.operation, call.region, repr(sorted(call.params.items())))
        for call in account.calls
    )
    return [call for call, times in asked.items() if times > 1]


def test_many_stores_are_read_in_the_fewest_calls_and_none_twice(
    stores: SimulatedAccount, evaluated: Evaluate
) -> None:
    stores.forget_calls()
    report = evaluated(stores, *_items(of_stores=True))
    assert _asked_twice(stores) == []
    _is_least(
        report,
        {
            "logs:DescribeLogGroups": ceil(LOG_GROUPS / 50),
            "dynamodb:ListTables": ceil(TABLES / 100),
            "dynamodb:DescribeTable": TABLES,
            "dynamodb:DescribeContinuousBackups": TABLES,
            "kms:ListKeys": ceil(KEYS / 1000),
            "kms:DescribeKey": KEYS,
            "kms:GetKeyRotationStatus": KEYS,
            "s3:ListBuckets": 1,
            "s3:GetBucketVersioning": BUCKETS,
            "s3:GetBucketLifecycleConfiguration": BUCKETS,
            "iam:GetAccountAuthorizationDetails": ceil(USERS / 1000),
            "cloudwatch:GetMetricData": ceil(2 * TABLES / 500),
        },
    )


def test_many_functions_apis_alarms_and_dashboards_are_read_in_the_fewest_calls_and_none_twice(
    services: SimulatedAccount, evaluated: Evaluate
) -> None:
    """Versions and policies of functions have no bulk read, nor have the parts of an API."""
    named = [f"sized-{number:06}" for number in range(DASHBOARDS)]
    shown = {**BASELINE["dashboards"], "named": named}
    baseline = Baseline({**BASELINE.values, "dashboards": shown}, BASELINE.source)
    services.forget_calls()
    report = evaluated(services, *_items(of_stores=False), baseline=baseline)
    assert _asked_twice(services) == []
    metrics = 3 * FUNCTIONS + FUNCTIONS + 6 * APIS + 3 * DASHBOARDS
    _is_least(
        report,
        {
            "lambda:ListFunctions": ceil(FUNCTIONS / 50),
            "lambda:ListVersionsByFunction": FUNCTIONS,
            "lambda:GetPolicy": FUNCTIONS,
            "cloudwatch:DescribeAlarms": ceil(ALARMS / 100),
            "cloudwatch:DescribeAlarmHistory": ceil(ALARMS / 100),
            "cloudwatch:GetDashboard": DASHBOARDS,
            "cloudwatch:GetMetricData": ceil(metrics / 500),
            "apigateway:GetRestApis": 1,
            "apigateway:GetStages": APIS,
            "apigateway:GetResources": APIS,
            "apigateway:GetGatewayResponses": APIS,
        },
    )
