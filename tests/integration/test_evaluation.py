"""The main job on a simulated production: what it finds, what it asks, and that it asks once."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from evaluating import BASELINE, CHECKLIST, REGISTRY, Evaluate, faults

from compliance.drift import Known, compare
from compliance.model import NO_CHECK_YET, How, Status
from compliance.report import Report
from simulated_account import SimulatedAccount, omnitrack
from simulated_account.paging import Paging

CHECKED = [item.id for item in CHECKLIST.items.values() if item.check]


def _asked(account: SimulatedAccount) -> Counter[tuple[str, str, str, str]]:
    return Counter(
        (call.service, call.operation, call.region, repr(sorted(call.params.items())))
        for call in account.calls
    )


def test_the_seeded_faults_are_found_and_no_others(sound: Report) -> None:
    assert faults(sound) == omnitrack.KNOWN_FAULTS


def test_every_item_is_in_the_report(sound: Report) -> None:
    assert list(sound.results) == list(CHECKLIST.items)


def test_what_nothing_decides_yet_is_unknown_and_lowers_the_coverage(sound: Report) -> None:
    undecided = [r for r in sound.results.values() if r.reason == NO_CHECK_YET]
    assert {r.status for r in undecided} <= {Status.UNKNOWN}
    assert {r.item.id for r in undecided} == {
        item.id
        for item in CHECKLIST.items.values()
        if item.how is not How.ATTEST and not item.check and not BASELINE.not_applicable(item.id)
    }


def test_what_somebody_accepted_neither_passes_nor_fails(sound: Report) -> None:
    accepted = {
        (name, offender.resource, offender.fault)
        for name, result in sound.results.items()
        for offender, _ in result.accepted
    }
    assert accepted == omnitrack.ACCEPTED_FAULTS


@pytest.mark.parametrize("item", CHECKED)
def test_an_item_alone_is_judged_as_among_all(
    item: str, production: SimulatedAccount, evaluated: Evaluate, sound: Report
) -> None:
    alone = evaluated(production, item).results
    assert list(alone) == [item]
    assert alone[item].offenders == sound.results[item].offenders


def test_no_call_is_made_twice(production: SimulatedAccount, evaluated: Evaluate) -> None:
    production.forget_calls()
    evaluated(production)
    assert [call for call, times in _asked(production).items() if times > 1] == []


def test_no_page_is_asked_for_twice_and_none_is_forgotten(
    production: SimulatedAccount, evaluated: Evaluate
) -> None:
    """Moto ignores the limits of most listings, so the account cuts the pages itself.

    Cost Explorer's pages stay whole: a run asks it so seldom that one item's second page would take
    another's first. test_collect_costs.py has what becomes of more pages than that.
    """
    listings = [
        (read.service, read.operation)
        for collector in REGISTRY.collectors.values()
        for read in collector.reads
        if Paging.of(read.service, read.operation) and read.service != "ce"
    ]
    for service, operation in listings:
        production.page_size(service, operation, 1)
    production.forget_calls()
    try:
        report = evaluated(production)
    finally:
        for service, operation in listings:
            production.page_size(service, operation, None)
    assert faults(report) == omnitrack.KNOWN_FAULTS
    assert [call for call, times in _asked(production).items() if times > 1] == []
    assert report.calls.operations["lambda:ListFunctions"] == len(omnitrack.FUNCTIONS)


def test_the_report_counts_every_call_by_operation(
    production: SimulatedAccount, evaluated: Evaluate
) -> None:
    production.forget_calls()
    report = evaluated(production)
    asked = Counter(f"{call.service}:{call.operation}" for call in production.calls)
    assert report.calls.operations == asked
    assert report.calls.total == len(production.calls)


def test_no_call_can_change_the_account(production: SimulatedAccount, evaluated: Evaluate) -> None:
    production.forget_calls()
    evaluated(production)
    # IAM makes a credential report when it is asked to: that changes nothing else, and there is no
    # other way to see all users' credentials in one read.
    reading = ("BatchGet", "Describe", "Get", "List", "GenerateCredentialReport")
    assert [c.operation for c in production.calls if not c.operation.startswith(reading)] == []


def test_drift_names_what_changed_and_nothing_else(
    production: SimulatedAccount, evaluated: Evaluate
) -> None:
    first = evaluated(production)
    known: dict[str, Known] = {
        name: step.known for name, step in compare({}, first.results, first.evaluated_at).items()
    }
    unchanged = evaluated(production)
    steps = compare(known, unchanged.results, unchanged.evaluated_at)
    assert [change for step in steps.values() for change in step.changes] == []

    injected = omnitrack.drift(production)
    try:
        drifted = evaluated(production)
    finally:
        omnitrack.repair(production)
    steps = compare(known, drifted.results, drifted.evaluated_at)
    began = {
        (name, offence.offender.resource, offence.offender.fault)
        for name, step in steps.items()
        for change in step.changes
        for offence in change.offences
    }
    assert began == injected

    repaired = evaluated(production)
    known = {name: step.known for name, step in steps.items()}
    ended = {
        (name, offence.offender.resource, offence.offender.fault)
        for name, step in compare(known, repaired.results, repaired.evaluated_at).items()
        for change in step.changes
        for offence, _ in change.endings
    }
    assert ended == injected


EMPTY = {
    "access.aws-access": {"missing"},
    "access.chat-alerts": {"missing"},
    "access.paging": {"topic-gone"},
    "account.cloudtrail": {"missing"},
    "account.config": {"no-configuration-recorder", "no-delivery-channel"},
    "account.organizations": {"no-organization"},
    "alarm-verification.cost": {"no-alarm"},
    "backup.restore-tested": {"no-restore"},
    "bedrock.access-approved": {"ended"},
    "bedrock.access-requested": {"unknown-model"},
    "bedrock.cost-alerts": {"missing"},
    "bedrock.invocation-tested": {"not-invoked"},
    "bedrock.quotas": {"below-minimum"},
    "cloudtrail.bucket": {"missing"},
    "cloudtrail.log-validation": {"missing"},
    "cloudtrail.multi-region": {"missing"},
    "cloudtrail.trail": {"missing"},
    "cloudwatch.alarms": {"missing"},
    "cloudwatch.dashboards": {"missing"},
    "cloudwatch.metric-filters": {"missing"},
    "cloudwatch.sns-topics": {"missing"},
    "cost.budget-alerts": {"missing"},
    "dashboards.accessible": {"does-not-open"},
    "dynamodb.global-tables": {"no-table"},
    "dynamodb.ttl": {"missing"},
    # The baseline is that of another account, whose topic no address of this one can be on.
    "environment.account-id": {"other-account"},
    "environment.alert-emails": {"topic-elsewhere"},
    "environment.environment-name": {"missing"},
    "environment.region": {"missing"},
    "environment.stack-name": {"missing"},
    "lambda.memory": {"missing"},
    "lambda.provisioned-concurrency": {"missing"},
    "lambda.reserved-concurrency": {"missing"},
    "lambda.timeout": {"missing"},
    "lambda.vpc": {"missing"},
    "operational-docs.contacts": {"missing"},
    "optimization.lambda-memory": {"not-enrolled"},
    "rest-api.api-keys": {"no-such-method", "none-enabled"},
    "security-testing.vulnerability-scan": {"not-enabled"},
    "security.guardduty": {"missing"},
    "security.secrets": {"missing"},
    # A new account has a default VPC, whose default group AWS leaves open.
    "security.security-groups": {"default-group-egress"},
    "xray.sampling-rules": {"missing"},
    "xray.service-map": {"not-seen"},
}
"""What an account without anything lacks: what must exist, and what AWS makes and nobody closed."""


def test_an_empty_account_lacks_what_must_exist_and_has_nothing_else_to_judge(
    evaluated: Evaluate,
) -> None:
    with SimulatedAccount("210987654321") as empty:
        report = evaluated(empty, *CHECKED)
    found = {
        name: {each.fault for each in result.offenders}
        for name, result in report.results.items()
        if result.offenders
    }
    assert found == EMPTY
    others = {name: result.status for name, result in report.results.items() if name not in found}
    # Root without keys, and no sign of another environment: that is as it must be. What people
    # stated has nothing to be held against.
    stated = {name for name in CHECKED if CHECKLIST.items[name].how is How.ATTEST}
    assert {name for name, status in others.items() if status is Status.PASS} == {
        "account.root-mfa",
        "account.separate-from-development",
        *stated,
    }
    assert set(others.values()) == {Status.PASS, Status.NOT_APPLICABLE}


def test_a_recovery_point_that_cannot_be_restored_is_none(evaluated: Evaluate) -> None:
    with SimulatedAccount("210987654321") as account:
        account.client("dynamodb").create_table(
            TableName="orders",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        now = datetime.now(UTC)
        account.data.dynamodb.date_table("us-east-1", "orders", now - timedelta(days=90))
        account.client("backup").create_backup_vault(BackupVaultName="vault")
        arn = "arn:aws:dynamodb:us-east-1:210987654321:table/orders"
        account.data.backup.add_recovery_point(
            "us-east-1", "vault", arn, created=now - timedelta(hours=1), status="PARTIAL"
        )
        item = "dynamodb.recent-backup"
        assert faults(evaluated(account, item)) == {(item, arn, "no-backup")}


def test_only_budgets_on_cost_are_judged(evaluated: Evaluate) -> None:
    """A budget on usage counts hours or gigabytes: no sum of money can be held against it."""
    with SimulatedAccount("210987654321") as account:
        account.client("budgets").create_budget(
            AccountId=account.account_id,
            Budget={
                "BudgetName": "hours",
                "BudgetType": "USAGE",
                "TimeUnit": "MONTHLY",
                "BudgetLimit": {"Amount": "100", "Unit": "Hrs"},
            },
        )
        found = faults(evaluated(account, "cost.budget-alerts"))
    assert found == {("cost.budget-alerts", "budget:account", "missing")}


def test_charges_are_watched_from_where_aws_publishes_them(evaluated: Evaluate) -> None:
    """A workload in Ireland has its alarm on charges, and its topic, in us-east-1."""
    with SimulatedAccount("210987654321", region="eu-west-1") as account:
        sns = account.client("sns", "us-east-1")
        topic = sns.create_topic(Name="alerts")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="oncall@omnitrack.example")
        account.confirm_subscriptions(topic)
        account.client("cloudwatch", "us-east-1").put_metric_alarm(
            AlarmName="charges",
            Namespace="AWS/Billing",
            MetricName="EstimatedCharges",
            Dimensions=[{"Name": "Currency", "Value": "USD"}],
            Statistic="Maximum",
            Period=21600,
            EvaluationPeriods=1,
            Threshold=1500,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[topic],
        )
        report = evaluated(account, "cloudwatch.alarms")
    assert faults(report) == frozenset()
    assert report.results["cloudwatch.alarms"].status is Status.PASS
