"""OmniTrack's production is seeded as its module describes it, and accounts of any size are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simulated_account import SimulatedAccount, omnitrack
from simulated_account.sized import seed_sized

if TYPE_CHECKING:
    from collections.abc import Iterator

KNOWN = omnitrack.KNOWN_FAULTS | omnitrack.ACCEPTED_FAULTS
OTHER_ACCOUNT = "210987654321"


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount() as account:
        omnitrack.seed(account)
        yield account


def every(account: SimulatedAccount, service: str, method: str, key: str, **params: Any) -> Any:
    paginator = account.client(service).get_paginator(method)
    return [item for page in paginator.paginate(**params) for item in page[key]]


def alarms(account: SimulatedAccount) -> dict[str, dict[str, Any]]:
    return {
        a["AlarmName"]: a for a in every(account, "cloudwatch", "describe_alarms", "MetricAlarms")
    }


def retention(account: SimulatedAccount) -> dict[str, int | None]:
    groups = every(account, "logs", "describe_log_groups", "logGroups")
    return {group["logGroupArn"]: group.get("retentionInDays") for group in groups}


def test_the_account_is_of_a_believable_size(account: SimulatedAccount) -> None:
    assert len(every(account, "lambda", "list_functions", "Functions")) == 36
    assert len(every(account, "dynamodb", "list_tables", "TableNames")) == 14
    assert len(every(account, "apigateway", "get_rest_apis", "items")) == 2
    assert len(every(account, "apigatewayv2", "get_apis", "Items")) == 1
    assert (
        len(every(account, "budgets", "describe_budgets", "Budgets", AccountId="123456789012")) == 3
    )


@pytest.mark.parametrize(
    ("fault", "holds"),
    [
        ("never-expires", lambda days: days is None),
        ("too-short", lambda days: days < 30),
        ("too-long", lambda days: days > 400),
    ],
)
def test_log_groups_at_fault_are_so(account: SimulatedAccount, fault: str, holds: Any) -> None:
    kept = retention(account)
    named = {r for i, r, f in KNOWN if (i, f) == ("cloudwatch.log-retention", fault)}

    assert named
    assert all(holds(kept[arn]) for arn in named)


def test_every_other_log_group_keeps_30_to_400_days(account: SimulatedAccount) -> None:
    """But for that of the class DELIVERY, whose retention is not for its owner to set."""
    at_fault = {resource for _, resource, _ in KNOWN}
    wrong = {
        arn
        for arn, days in retention(account).items()
        if arn not in at_fault and not (days and 30 <= days <= 400)
    }
    assert {arn.rpartition(":")[2] for arn in wrong} == {"/omnitrack/delivery"}


def test_one_function_has_no_log_group(account: SimulatedAccount) -> None:
    groups = {arn.rpartition(":")[2] for arn in retention(account)}
    without = [
        function["LoggingConfig"]["LogGroup"]
        for function in every(account, "lambda", "list_functions", "Functions")
        if function["LoggingConfig"]["LogGroup"] not in groups
    ]
    (missing,) = {r for _, r, f in KNOWN if f == "no-log-group"}
    assert [missing.rpartition(":")[2]] == without


def test_tables_without_recovery_are_those_at_fault(account: SimulatedAccount) -> None:
    dynamodb = account.client("dynamodb")
    disabled = set()
    for name in every(account, "dynamodb", "list_tables", "TableNames"):
        backups = dynamodb.describe_continuous_backups(TableName=name)
        recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        if recovery["PointInTimeRecoveryStatus"] == "DISABLED":
            disabled.add(dynamodb.describe_table(TableName=name)["Table"]["TableArn"])

    assert disabled == {r for _, r, f in KNOWN if f == "pitr-disabled"}


def test_the_newest_job_of_every_table_in_the_plan_completed(
    account: SimulatedAccount,
) -> None:
    newest: dict[str, str] = {}
    for job in every(account, "backup", "list_backup_jobs", "BackupJobs"):
        newest.setdefault(job["ResourceArn"], job["State"])
    failed = {arn for arn, state in newest.items() if state != "COMPLETED"}

    assert len(newest) == 8
    assert failed == set()


def test_alarms_at_fault_are_so(account: SimulatedAccount) -> None:
    by_arn = {alarm["AlarmArn"]: alarm for alarm in alarms(account).values()}
    at_fault = {f: by_arn[r] for i, r, f in KNOWN if i == "cloudwatch.alarms" and r in by_arn}
    topics = {t["TopicArn"] for t in every(account, "sns", "list_topics", "Topics")}

    assert at_fault["looser-threshold"]["Threshold"] == 0.1
    assert at_fault["actions-disabled"]["ActionsEnabled"] is False
    assert at_fault["wrong-datapoints"]["DatapointsToAlarm"] == 3
    assert not topics & set(at_fault["topic-gone"]["AlarmActions"])
    (trial,) = at_fault["no-confirmed-subscription"]["AlarmActions"]
    subscriptions = account.client("sns").list_subscriptions_by_topic(TopicArn=trial)
    assert [s["SubscriptionArn"] for s in subscriptions["Subscriptions"]] == ["PendingConfirmation"]


def test_one_function_has_no_error_alarm(account: SimulatedAccount) -> None:
    named = set(alarms(account))
    without = {
        f"alarm:lambda-errors/{function['FunctionName']}"
        for function in every(account, "lambda", "list_functions", "Functions")
        if f"{function['FunctionName']}-errors" not in named
    }
    assert without == {
        r for i, r, f in KNOWN if (i, f) == ("lambda-errors.error-alarms", "missing")
    }


def test_alarms_without_an_action_are_children_of_the_composite(account: SimulatedAccount) -> None:
    (composite,) = account.client("cloudwatch").describe_alarms(AlarmTypes=["CompositeAlarm"])[
        "CompositeAlarms"
    ]
    silent = [name for name, alarm in alarms(account).items() if not alarm["AlarmActions"]]

    assert len(silent) == 5
    assert all(f'ALARM("{name}")' in composite["AlarmRule"] for name in silent)
    assert composite["AlarmActions"] == ["arn:aws:sns:us-east-1:123456789012:omnitrack-alerts"]


def test_one_budget_is_forecast_to_be_over_its_limit(account: SimulatedAccount) -> None:
    over = {
        f"arn:aws:budgets::123456789012:budget/{budget['BudgetName']}"
        for budget in every(
            account, "budgets", "describe_budgets", "Budgets", AccountId="123456789012"
        )
        if float(budget["CalculatedSpend"]["ForecastedSpend"]["Amount"])
        > float(budget["BudgetLimit"]["Amount"])
    }
    assert over == {r for _, r, f in KNOWN if f == "forecast-over-limit"}


def test_drift_changes_what_it_names_and_repair_undoes_it(account: SimulatedAccount) -> None:
    def state() -> tuple[Any, Any, Any]:
        backups = account.client("dynamodb").describe_continuous_backups(
            TableName=omnitrack.UNPROTECTED_TABLE
        )["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        return (
            retention(account),
            {name: alarm["AlarmActions"] for name, alarm in alarms(account).items()},
            backups["PointInTimeRecoveryStatus"],
        )

    before = state()
    faults = omnitrack.drift(account)
    days, actions, recovery = state()
    drifted = {arn for arn, kept in days.items() if kept != before[0][arn]}
    silenced = {name for name, to in actions.items() if to != before[1][name]}

    assert not faults & KNOWN
    assert drifted == {r for i, r, f in faults if f == "never-expires"}
    assert {alarms(account)[name]["AlarmArn"] for name in silenced} == {
        r for _, r, f in faults if f == "no-action"
    }
    assert recovery == "DISABLED"
    omnitrack.repair(account)
    assert state() == before


def test_another_account_is_refused() -> None:
    with pytest.raises(ValueError, match="123456789012"):
        omnitrack.seed(SimulatedAccount(OTHER_ACCOUNT))


def test_a_big_account_is_seeded_by_a_few_requests() -> None:
    with SimulatedAccount(OTHER_ACCOUNT) as big:
        faults = seed_sized(big, log_groups=2000, tables=500, functions=200, alarms=200)
        assert len(big.calls) < 10

        kept = retention(big)
        tables = every(big, "dynamodb", "list_tables", "TableNames")
    assert {r for i, r, _ in faults if i == "cloudwatch.log-retention"} == {
        arn for arn, days in kept.items() if days is None
    }
    assert len(tables) == 2 * sum(i.startswith("dynamodb") for i, _, _ in faults) == 500


def test_a_big_account_has_keys_buckets_and_users_by_a_few_requests() -> None:
    with SimulatedAccount(OTHER_ACCOUNT) as big:
        seed_sized(big, keys=300, buckets=300, users=1000)
        assert len(big.calls) < 10

        keys = every(big, "kms", "list_keys", "Keys")
        buckets = [bucket["Name"] for bucket in big.client("s3").list_buckets()["Buckets"]]
        users = every(big, "iam", "list_users", "Users")
    assert (len(keys), len(buckets), len(users)) == (300, 300, 1000)


def test_every_other_key_bucket_and_user_of_a_big_account_is_at_fault() -> None:
    with SimulatedAccount(OTHER_ACCOUNT) as big:
        seed_sized(big, keys=2, buckets=2, users=2)
        kms, s3, iam = big.client("kms"), big.client("s3"), big.client("iam")
        keys = [
            kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
            for key in every(big, "kms", "list_keys", "Keys")
        ]
        versions = [
            s3.get_bucket_versioning(Bucket=bucket["Name"]).get("Status")
            for bucket in s3.list_buckets()["Buckets"]
        ]
        devices = [
            len(iam.list_mfa_devices(UserName=user["UserName"])["MFADevices"])
            for user in every(big, "iam", "list_users", "Users")
        ]
    assert (keys, versions, devices) == ([True, False], ["Enabled", None], [1, 0])
