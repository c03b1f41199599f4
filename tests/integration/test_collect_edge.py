"""Scans, contacts, models, advice on memory and traces, as collectors read them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from evaluating import BASELINE, Evaluate, faults
from reading import chained

from compliance.facts.contacts import AlternateContact
from compliance.facts.inspector import Finding, Scan
from compliance.facts.models import FoundationModel, ModelAvailability
from compliance.facts.recommendations import FunctionRecommendation, OptimizerEnrollment
from compliance.facts.traces import TracedService
from compliance.model import Status
from simulated_account import SimulatedAccount
from simulated_account.failures import AccessDenied

ACCOUNT = "210987654321"
REGION = "us-east-1"
NOW = datetime.now(UTC).replace(microsecond=0)
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orders"
MODEL = str(BASELINE["bedrock.model"])
DAY = timedelta(days=1)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedAccount]:
    with SimulatedAccount(ACCOUNT) as account:
        monkeypatch.setenv("AWS_ENDPOINT_URL", account.endpoint_url)
        yield account


collected = partial(chained, region=REGION, now=NOW)


# Vulnerabilities


def scan(account: SimulatedAccount, *kinds: str) -> None:
    account.client("inspector2").enable(accountIds=[ACCOUNT], resourceTypes=list(kinds))


def test_each_kind_of_scan_is_told(account: SimulatedAccount) -> None:
    scan(account, "LAMBDA", "ECR")
    assert collected("scans") == [
        Scan("EC2", "DISABLED"),
        Scan("ECR", "ENABLED"),
        Scan("LAMBDA", "ENABLED"),
        Scan("LAMBDA_CODE", "DISABLED"),
        Scan("CODE_REPOSITORY", "DISABLED"),
    ]


def test_an_account_that_cannot_be_told_about_is_a_gap(
    account: SimulatedAccount, evaluated: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inspector answers without an error, and names the account among those that failed."""
    refused = {"accountId": ACCOUNT, "errorCode": "ACCESS_DENIED", "errorMessage": "no access"}
    monkeypatch.setattr(
        account.data.inspector2,
        "account_status",
        lambda *_: {"accounts": [], "failedAccounts": [refused]},
    )
    item = "security-testing.vulnerability-scan"
    result = evaluated(account, item).results[item]
    assert result.status is Status.UNKNOWN
    assert "inspector2:BatchGetAccountStatus answered ACCESS_DENIED" in str(result.reason)


def test_where_nothing_is_scanned_no_findings_are_asked_for(account: SimulatedAccount) -> None:
    account.forget_calls()
    assert collected("critical_findings") == []
    assert [call.operation for call in account.calls if call.service == "inspector2"] == [
        "BatchGetAccountStatus"
    ]


def test_a_finding_is_read_without_the_version_it_was_found_in(account: SimulatedAccount) -> None:
    scan(account, "LAMBDA")
    account.data.inspector2.add_finding(
        REGION,
        f"{FUNCTION}:$LATEST",
        NOW - 9 * DAY,
        title="CVE-1 - pillow",
        packageVulnerabilityDetails={"vulnerabilityId": "CVE-1", "source": "NVD"},
    )
    assert collected("critical_findings") == [
        Finding(FUNCTION, "CVE-1", "CVE-1 - pillow", NOW - 9 * DAY)
    ]


def test_a_finding_is_about_what_stays_the_same_of_it(account: SimulatedAccount) -> None:
    scan(account, "LAMBDA")
    add = account.data.inspector2.add_finding
    code = {
        "cwes": ["CWE-89"],
        "detectorId": "python/sql-injection@v1.0",
        "detectorName": "SQL injection",
        "filePath": {
            "fileName": "orders.py",
            "filePath": "orders.py",
            "startLine": 1,
            "endLine": 2,
        },
    }
    add(REGION, FUNCTION, NOW - 9 * DAY, type="CODE_VULNERABILITY", codeVulnerabilityDetails=code)
    add(REGION, "i-0abc", NOW - 9 * DAY, type="NETWORK_REACHABILITY")
    assert [(each.resource, each.about) for each in collected("critical_findings")] == [
        (FUNCTION, "python/sql-injection@v1.0"),
        ("i-0abc", "network-reachability"),
    ]


def test_only_old_open_critical_findings_of_the_account_are_asked_for(
    account: SimulatedAccount,
) -> None:
    scan(account, "LAMBDA")
    add = account.data.inspector2.add_finding
    add(REGION, f"{FUNCTION}-new", NOW - 3 * DAY)
    add(REGION, f"{FUNCTION}-closed", NOW - 9 * DAY, status="CLOSED")
    add(REGION, f"{FUNCTION}-suppressed", NOW - 9 * DAY, status="SUPPRESSED")
    add(REGION, f"{FUNCTION}-high", NOW - 9 * DAY, severity="HIGH")
    add(REGION, f"{FUNCTION}-member", NOW - 9 * DAY, awsAccountId="999999999999")
    assert collected("critical_findings", days=7) == []
    assert [each.resource for each in collected("critical_findings", days=2)] == [f"{FUNCTION}-new"]


def test_every_page_of_findings_is_read(account: SimulatedAccount) -> None:
    scan(account, "LAMBDA")
    for number in range(3):
        account.data.inspector2.add_finding(REGION, f"{FUNCTION}-{number}", NOW - 9 * DAY)
    account.page_size("inspector2", "ListFindings", 1)
    assert len(collected("critical_findings")) == 3


def test_an_image_is_told_by_how_the_function_is_packed(account: SimulatedAccount) -> None:
    role = account.client("iam").create_role(RoleName="orders", AssumeRolePolicyDocument="{}")
    account.client("lambda").create_function(
        FunctionName="orders",
        PackageType="Image",
        Role=role["Role"]["Arn"],
        Code={"ImageUri": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/orders:1"},
    )
    assert [function.package_type for function in collected("functions")] == ["Image"]


# Contacts


def name(account: SimulatedAccount, kind: str) -> None:
    account.client("account").put_alternate_contact(
        AlternateContactType=kind,
        Name="On-call engineer",
        Title="Engineer",
        EmailAddress="oncall@omnitrack.example",
        PhoneNumber="+1 202 555 0142",
    )


def test_contacts_that_are_not_set_are_none(account: SimulatedAccount) -> None:
    name(account, "SECURITY")
    assert collected("alternate_contacts") == [
        AlternateContact(
            "SECURITY", "On-call engineer", "oncall@omnitrack.example", "+1 202 555 0142"
        )
    ]


def test_the_account_asks_of_itself_without_its_id(account: SimulatedAccount) -> None:
    """With its own id, Account Management demands an organization's management account."""
    account.forget_calls()
    collected("alternate_contacts", region="eu-west-1")
    asked = [call.params for call in account.calls if call.service == "account"]
    assert sorted(each["AlternateContactType"] for each in asked) == [
        "BILLING",
        "OPERATIONS",
        "SECURITY",
    ]
    assert {key for each in asked for key in each} == {"AlternateContactType"}


def test_a_contact_that_could_not_be_read_says_nothing_of_the_others(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    item = "operational-docs.contacts"
    name(account, "SECURITY")
    account.fail(
        "account",
        "GetAlternateContact",
        AccessDenied,
        when=lambda asked: asked["AlternateContactType"] == "BILLING",
    )
    report = evaluated(account, item)
    assert faults(report) == {(item, "alternate-contact:OPERATIONS", "missing")}
    assert report.results[item].unseen == {"alternate-contact:BILLING"}


# Models


def test_a_model_is_read_with_all_that_is_known_of_it(account: SimulatedAccount) -> None:
    dates = {
        "legacyTime": NOW - DAY,
        "publicExtendedAccessTime": NOW + DAY,
        "endOfLifeTime": NOW + 9 * DAY,
    }
    account.data.bedrock.add_model(
        REGION,
        MODEL,
        lifecycle={"status": "LEGACY", **dates},
        agreementAvailability={"status": "ERROR", "errorMessage": "no payment method"},
        authorizationStatus="NOT_AUTHORIZED",
    )
    assert collected("model_availability") == [
        ModelAvailability(
            MODEL,
            "ERROR",
            authorized=False,
            entitled=True,
            in_region=True,
            agreement_error="no payment method",
        )
    ]
    assert collected("foundation_models") == [
        FoundationModel(MODEL, "LEGACY", NOW - DAY, NOW + DAY, NOW + 9 * DAY)
    ]


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "ValidationException"])
def test_a_model_that_ended_is_none(account: SimulatedAccount, code: str) -> None:
    for operation in ("GetFoundationModelAvailability", "GetFoundationModel"):
        account.fail("bedrock", operation, code)
    assert collected("model_availability") == []
    assert collected("foundation_models") == []


def test_of_a_profile_its_model_is_asked_for(account: SimulatedAccount) -> None:
    account.data.bedrock.add_model(REGION, MODEL)
    assert [each.model_id for each in collected("model_availability", model=f"us.{MODEL}")] == [
        MODEL
    ]
    assert [each.model_id for each in collected("foundation_models", model=f"us.{MODEL}")] == [
        MODEL
    ]


def test_a_region_without_bedrock_is_unknown(
    account: SimulatedAccount, evaluated: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no such host then: here one that refuses connections stands for it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", "http://127.0.0.1:1")
    items = ("bedrock.access-requested", "bedrock.access-approved")
    for result in evaluated(account, *items).results.values():
        assert result.status is Status.UNKNOWN
        assert "EndpointConnectionError" in str(result.reason)


# Advice on memory


def test_an_account_that_takes_no_part_is_told_and_not_asked_for_advice(
    account: SimulatedAccount,
) -> None:
    account.forget_calls()
    assert collected("function_recommendations") == []
    assert [call.operation for call in account.calls if call.service == "compute-optimizer"] == [
        "GetEnrollmentStatus"
    ]
    assert collected("optimizer_enrollment") == [OptimizerEnrollment("Inactive")]


def test_the_first_option_is_what_is_advised(account: SimulatedAccount) -> None:
    account.client("compute-optimizer").update_enrollment_status(status="Active")
    account.data.compute_optimizer.advise(
        REGION, FUNCTION, 1024, "NotOptimized", recommended_mb=512, saving_usd=14.2
    )
    assert collected("function_recommendations") == [
        FunctionRecommendation(FUNCTION, "NotOptimized", 1024, 512, 14.2, "USD")
    ]


def test_every_page_of_advice_is_read(account: SimulatedAccount) -> None:
    account.client("compute-optimizer").update_enrollment_status(status="Active")
    for number in range(3):
        account.data.compute_optimizer.advise(REGION, f"{FUNCTION}-{number}", 128)
    account.page_size("compute-optimizer", "GetLambdaFunctionRecommendations", 1)
    found = collected("function_recommendations")
    assert [(each.finding, each.recommended_mb) for each in found] == [("Optimized", None)] * 3


# Traces


def test_every_page_of_sampling_rules_is_read(account: SimulatedAccount) -> None:
    for rule in ("orders", "health"):
        account.client("xray").create_sampling_rule(
            SamplingRule={
                "RuleName": rule,
                "Priority": 100,
                "FixedRate": 0.0,
                "ReservoirSize": 3,
                "Version": 1,
                **dict.fromkeys(
                    ("ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath"),
                    "*",
                ),
            }
        )
    account.page_size("xray", "GetSamplingRules", 1)
    found = collected("sampling_rules")
    assert [(each.name, each.fixed_rate, each.reservoir_per_second) for each in found] == [
        ("orders", 0.0, 3),
        ("health", 0.0, 3),
        ("Default", 0.05, 1),
    ]


def test_a_long_window_is_read_in_listings_of_six_hours(account: SimulatedAccount) -> None:
    see = account.data.xray.see
    for hours, service in ((1, "now"), (8, "before"), (13, "long-ago"), (15, "too-long-ago")):
        see(REGION, service, "AWS::Lambda", NOW - timedelta(hours=hours))
    account.forget_calls()
    assert [each.name for each in collected("service_graph", hours=14)] == [
        "now",
        "before",
        "long-ago",
    ]
    windows = [
        (call.params["StartTime"], call.params["EndTime"])
        for call in account.calls
        if call.operation == "GetServiceGraph"
    ]
    hours = [timedelta(hours=each) for each in (0, 6, 12, 14)]
    assert windows == [(NOW - begin, NOW - end) for end, begin in itertools.pairwise(hours)]


def test_every_page_of_the_map_is_read(account: SimulatedAccount) -> None:
    for service in ("a", "b", "c"):
        account.data.xray.see(REGION, service, "remote", NOW - timedelta(hours=1))
    account.page_size("xray", "GetServiceGraph", 1)
    assert collected("service_graph") == [TracedService(each, "remote") for each in "abc"]
