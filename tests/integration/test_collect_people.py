"""What is read of users, root, AWS Config, the organization, analyzers, tags and stacks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from evaluating import BASELINE, Evaluate, faults

from compliance.baseline import Baseline
from compliance.collectors import recorders, users
from compliance.model import ItemResult, Status
from simulated_account import AccessDenied, SimulatedAccount

ACCOUNT = "210987654321"
REGION = "us-east-1"
WEST = "us-west-2"
MFA, ROOT_MFA, ACCESS = "account.iam-users-mfa", "account.root-mfa", "access.aws-access"
SEPARATE, CONFIG = "account.separate-from-development", "account.config"
ORGANIZATIONS, MULTI_REGION = "account.organizations", "disaster-recovery.multi-region"
NOW = datetime.now(UTC)


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount(ACCOUNT) as account:
        yield account


def baseline(**of: Any) -> Baseline:
    values = {**BASELINE.values, "account": {**BASELINE.values["account"], **of}}
    return Baseline(values, BASELINE.source)


TWO_REGIONS = baseline(second_region=WEST)


def arn(name: str, path: str = "/") -> str:
    return f"arn:aws:iam::{ACCOUNT}:user{path}{name}"


def console_user(account: SimulatedAccount, name: str, *, age_hours: float = 100) -> None:
    iam = account.client("iam")
    iam.create_user(UserName=name)
    iam.create_login_profile(UserName=name, Password="simulated-Passw0rd!")  # noqa: S106 -- nothing secret: simulated
    account.data.iam.date_user(name, NOW - timedelta(hours=age_hours))


def judged(evaluated: Evaluate, account: SimulatedAccount, item: str, **options: Any) -> ItemResult:
    result: ItemResult = evaluated(account, item, **options).results[item]
    return result


def found(result: ItemResult) -> list[tuple[str, str]]:
    return [offender.key for offender in result.offenders]


# --- the credential report


def test_a_thousand_users_cost_three_calls(account: SimulatedAccount, evaluated: Evaluate) -> None:
    for at in range(1000):
        account.backend("iam", "aws").create_user(REGION, f"user-{at}", "/", [])
        account.data.iam.date_user(f"user-{at}", NOW - timedelta(days=1))
    report = evaluated(account, MFA)
    assert report.results[MFA].status is Status.NOT_APPLICABLE
    assert Counter(report.calls.operations) == {
        "iam:GetAccountAuthorizationDetails": 1,
        "iam:GenerateCredentialReport": 1,
        "iam:GetCredentialReport": 1,
        "sts:GetCallerIdentity": 1,
    }


def test_a_report_that_is_being_made_is_waited_for(
    account: SimulatedAccount, evaluated: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "_PAUSES_SECONDS", (0.01, 0.01, 0.01))
    console_user(account, "ann")
    account.data.iam.report_states = ["STARTED", "INPROGRESS"]
    report = evaluated(account, MFA)
    assert found(report.results[MFA]) == [(arn("ann"), "no-mfa")]
    assert report.calls.operations["iam:GetCredentialReport"] == 1


@pytest.mark.parametrize("code", ["ReportNotPresent", "ReportInProgress", "ReportExpired"])
def test_a_report_that_is_not_there_after_all_is_asked_for_again(
    code: str, account: SimulatedAccount, evaluated: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "_PAUSES_SECONDS", (0.01,))
    console_user(account, "ann")
    account.fail("iam", "GetCredentialReport", code, times=1)
    assert found(judged(evaluated, account, MFA)) == [(arn("ann"), "no-mfa")]


def test_a_report_that_never_comes_is_unknown_and_not_absence(
    account: SimulatedAccount, evaluated: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "_PAUSES_SECONDS", (0.01, 0.01))
    account.data.iam.report_states = ["INPROGRESS"] * 9
    result = judged(evaluated, account, MFA)
    assert result.status is Status.UNKNOWN
    assert "iam:GetCredentialReport answered ReportInProgress" in str(result.reason)
    assert len(account.data.iam.report_states) == 6


def test_waiting_for_a_report_ends_with_the_run(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    account.data.iam.report_states = ["INPROGRESS"] * 9
    report = evaluated(account, MFA, budget_seconds=4.0)
    assert report.duration_seconds < 8
    result = report.results[MFA]
    assert result.status is Status.UNKNOWN
    assert str(result.reason).startswith("out of time: iam:GenerateCredentialReport")


def test_a_user_younger_than_the_report_is_unknown_and_the_others_are_judged(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    account.data.iam.report_made_at = NOW - timedelta(hours=3)
    console_user(account, "new", age_hours=1)
    result = judged(evaluated, account, MFA)
    assert result.status is Status.UNKNOWN
    assert "iam:GetCredentialReport for new answered ReportOutdated" in str(result.reason)
    console_user(account, "old")
    result = judged(evaluated, account, MFA)
    assert found(result) == [(arn("old"), "no-mfa")]
    assert result.unseen == {arn("new")}


def test_a_user_that_the_report_lacks_is_unknown(
    account: SimulatedAccount, evaluated: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    console_user(account, "ann")
    monkeypatch.setattr(users, "_rows", lambda _: ())
    assert judged(evaluated, account, MFA).status is Status.UNKNOWN


def test_root_is_no_user(account: SimulatedAccount, evaluated: Evaluate) -> None:
    assert judged(evaluated, account, MFA).status is Status.NOT_APPLICABLE


ROW = {
    "access_key_1_active": "true",
    "access_key_1_last_rotated": "2026-05-01T10:00:00+00:00",
    "access_key_1_last_used_date": "N/A",
    "access_key_2_active": "FALSE",
    "access_key_2_last_rotated": "2020-01-01T00:00:00Z",
    "access_key_2_last_used_date": "no_information",
}


def keys_of(**changes: str) -> list[tuple[int, datetime, datetime | None]]:
    user = users.User("arn:ann", "ann", datetime(2020, 1, 1, tzinfo=UTC))
    row: Mapping[str, str] = ROW | changes
    return [(key.number, key.created_at, key.last_used_at) for key in users._active_keys(row, user)]


@pytest.mark.parametrize("never", ["N/A", "no_information", "not_supported", ""])
def test_a_key_without_a_use_was_never_used_and_inactive_keys_do_not_count(never: str) -> None:
    made = datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert keys_of(access_key_1_last_used_date=never) == [(1, made, None)]


def test_both_keys_of_a_user_count() -> None:
    used = datetime(2026, 5, 2, tzinfo=UTC)
    both = keys_of(access_key_2_active="TRUE", access_key_2_last_used_date="2026-05-02T00:00:00")
    assert [number for number, _, _ in both] == [1, 2]
    assert both[1][2] == used


# --- rights of users


def policy(action: object, resource: object = "*", effect: str = "Allow") -> dict[str, object]:
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.mark.parametrize(
    ("document", "everything"),
    [
        (policy("*"), True),
        (policy(["s3:GetObject", "*:*"], ["arn:aws:s3:::a", "*"]), True),
        ({"Statement": policy("*")["Statement"][0]}, True),  # type: ignore[index]  # a list above
        (policy("s3:*"), False),
        (policy("*", "arn:aws:s3:::a"), False),
        (policy("*", effect="Deny"), False),
        ({"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}, False),
    ],
)
def test_a_policy_allows_everything_only_by_every_action_on_everything(
    document: dict[str, Any], *, everything: bool
) -> None:
    assert users._allows_everything(document) is everything


def test_rights_of_users_are_found_on_every_page(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    iam, all_of_it = account.client("iam"), json.dumps(policy("*"))
    own = iam.create_policy(PolicyName="all", PolicyDocument=all_of_it)["Policy"]["Arn"]
    iam.create_policy(PolicyName="few", PolicyDocument=json.dumps(policy("s3:*")))
    once = iam.create_policy(PolicyName="once", PolicyDocument=all_of_it)["Policy"]["Arn"]
    narrow = json.dumps(policy("s3:*"))
    iam.create_policy_version(PolicyArn=once, PolicyDocument=narrow, SetAsDefault=True)
    for name in ("direct", "customer", "inline", "by-group", "narrowed"):
        iam.create_user(UserName=name, Path="/ops/")
    iam.attach_user_policy(
        UserName="direct", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    iam.attach_user_policy(UserName="customer", PolicyArn=own)
    iam.put_user_policy(UserName="inline", PolicyName="all", PolicyDocument=all_of_it)
    iam.attach_user_policy(UserName="narrowed", PolicyArn=once)
    iam.create_group(GroupName="admins")
    iam.attach_group_policy(GroupName="admins", PolicyArn=own)
    iam.add_user_to_group(GroupName="admins", UserName="by-group")
    account.data.accessanalyzer.add_analyzer(REGION, "outside")
    account.page_size("iam", "GetAccountAuthorizationDetails", 1)
    assert found(judged(evaluated, account, ACCESS)) == [
        (arn(name, "/ops/"), "administrator") for name in ("customer", "direct", "inline")
    ]


# --- root


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ({"AccountMFAEnabled": 1}, []),
        ({"AccountMFAEnabled": 0}, ["no-mfa"]),
        ({"AccountMFAEnabled": 0, "AccountPasswordPresent": 0}, []),
        ({"AccountAccessKeysPresent": 1}, ["access-keys"]),
    ],
)
def test_root_is_judged_by_the_accounts_summary(
    summary: dict[str, int], expected: list[str], account: SimulatedAccount, evaluated: Evaluate
) -> None:
    account.data.iam.root |= summary
    result = judged(evaluated, account, ROOT_MFA)
    assert found(result) == [(f"arn:aws:iam::{ACCOUNT}:root", fault) for fault in expected]


def test_a_summary_that_says_nothing_of_root_is_unknown(
    account: SimulatedAccount, evaluated: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users.Reader, "call", lambda *_: {"SummaryMap": {}})
    assert judged(evaluated, account, ROOT_MFA).status is Status.UNKNOWN


# --- AWS Config


def start_recorder(account: SimulatedAccount, **group: Any) -> None:
    config = account.client("config")
    recorder: dict[str, Any] = {"name": "default", "roleARN": f"arn:aws:iam::{ACCOUNT}:role/config"}
    if group:
        recorder["recordingGroup"] = group
    config.put_configuration_recorder(ConfigurationRecorder=recorder)
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "history"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")


def test_a_recorder_is_judged_by_its_state(account: SimulatedAccount, evaluated: Evaluate) -> None:
    start_recorder(account)
    assert judged(evaluated, account, CONFIG).status is Status.PASS
    resource = account.data.config.arn(REGION, "default")
    for status, fault in (("Failure", "failing"), ("Pending", "nothing-recorded-yet")):
        account.data.config.set_status(REGION, "default", status)
        assert found(judged(evaluated, account, CONFIG)) == [(resource, fault)]
    account.client("config").stop_configuration_recorder(ConfigurationRecorderName="default")
    assert found(judged(evaluated, account, CONFIG)) == [(resource, "stopped")]


def test_a_channel_is_judged_by_what_it_last_delivered(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    start_recorder(account)
    assert judged(evaluated, account, CONFIG).status is Status.PASS
    channel = "delivery-channel:default"
    expected = []
    for what in ("History", "Snapshot", "Stream"):
        account.data.config.set_delivery(REGION, "default", what, "NoSuchBucket")
        expected.append((channel, f"{what.lower()}-not-delivered"))
        assert found(judged(evaluated, account, CONFIG)) == expected
    account.fail("config", "DescribeDeliveryChannelStatus", AccessDenied)
    assert judged(evaluated, account, CONFIG).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ({}, (None, ())),
        ({"allSupported": True, "includeGlobalResourceTypes": False}, (None, ())),
        ({"allSupported": False, "resourceTypes": ["A"]}, (("A",), ())),
        ({"allSupported": False, "resourceTypes": []}, ((), ())),
        (
            {
                "allSupported": False,
                "exclusionByResourceTypes": {"resourceTypes": ["A"]},
                "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
            },
            (None, ("A",)),
        ),
        (
            {
                "allSupported": False,
                "resourceTypes": ["A"],
                "recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"},
            },
            (("A",), ()),
        ),
        ({"recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}}, (None, ())),
    ],
)
def test_a_recording_group_says_which_types_are_recorded(
    group: dict[str, Any], expected: tuple[tuple[str, ...] | None, tuple[str, ...]]
) -> None:
    assert recorders._types(group) == expected


def test_a_service_linked_recorder_is_none(
    account: SimulatedAccount, evaluated: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No simulated account has one, and AWS lists it only where it is asked for."""
    start_recorder(account)
    call = recorders.Reader.call

    def linked(reader: Any, read: Any, **parameters: Any) -> Any:
        answer = call(reader, read, **parameters)
        for recorder in (answer or {}).get("ConfigurationRecorders", ()):
            recorder["servicePrincipal"] = "observabilityadmin.amazonaws.com"
        return answer

    monkeypatch.setattr(recorders.Reader, "call", linked)
    assert found(judged(evaluated, account, CONFIG)) == [
        ("configuration-recorder", "no-configuration-recorder")
    ]


# --- the organization


def test_no_organization_is_absence(account: SimulatedAccount, evaluated: Evaluate) -> None:
    assert found(judged(evaluated, account, ORGANIZATIONS)) == [
        (f"account:{ACCOUNT}", "no-organization")
    ]
    account.data.organizations.join("o-omnitrack01", "555555555555", "aws@omnitrack.example")
    assert judged(evaluated, account, ORGANIZATIONS).status is Status.PASS


def test_an_account_that_stands_alone_asks_for_no_organization(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    account.fail("organizations", "DescribeOrganization", AccessDenied)
    alone = baseline(single_account=True)
    result = judged(evaluated, account, ORGANIZATIONS, baseline=alone)
    assert result.status is Status.NOT_APPLICABLE


# --- analyzers


def test_active_findings_of_external_access_are_found_on_every_page(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    data = account.data.accessanalyzer
    own = data.add_analyzer(REGION, "own")
    whole = data.add_analyzer(REGION, "organization", kind="ORGANIZATION")
    unused = data.add_analyzer(REGION, "unused", kind="ACCOUNT_UNUSED_ACCESS")
    for name, analyzer, changes in (
        ("a", own, {}),
        ("a", whole, {}),
        ("archived", own, {"status": "ARCHIVED"}),
        ("resolved", own, {"status": "RESOLVED"}),
        ("other", whole, {"resourceOwnerAccount": "555555555555"}),
        ("b", whole, {}),
        ("unused", unused, {"findingType": "UnusedPermission"}),
    ):
        data.add_finding(analyzer, f"arn:aws:s3:::{name}", "AWS::S3::Bucket", **changes)
    account.page_size("accessanalyzer", "ListFindingsV2", 1)
    account.page_size("accessanalyzer", "ListAnalyzers", 1)
    assert found(judged(evaluated, account, ACCESS)) == [
        ("arn:aws:s3:::a", "open-outwards"),
        ("arn:aws:s3:::b", "open-outwards"),
    ]


def test_an_analyzer_of_unused_access_alone_is_none(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    account.data.accessanalyzer.add_analyzer(REGION, "unused", kind="ACCOUNT_UNUSED_ACCESS")
    assert found(judged(evaluated, account, ACCESS)) == [("analyzer:external-access", "missing")]


# --- environments


def test_tags_of_other_environments_are_found_by_either_key_and_more_than_a_filter_takes(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    sqs = account.client("sqs")
    for at in range(21):
        sqs.create_queue(QueueName=f"queue-{at:02}", tags={"Environment": f"trial-{at}"})
    sqs.create_queue(QueueName="small", tags={"environment": "dev"})
    sqs.create_queue(QueueName="live", tags={"Environment": "Production"})
    report = evaluated(account, SEPARATE)
    prefix = f"arn:aws:sqs:{REGION}:{ACCOUNT}"
    assert [resource for _, resource, _ in sorted(faults(report))] == [
        *(f"{prefix}:queue-{at:02}" for at in range(21)),
        f"{prefix}:small",
    ]
    assert report.calls.operations["resourcegroupstaggingapi:GetResources"] == 3


def test_where_all_is_production_no_resource_is_listed(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    account.client("sqs").create_queue(QueueName="live", tags={"Environment": "production"})
    report = evaluated(account, SEPARATE)
    assert report.results[SEPARATE].status is Status.PASS
    assert "resourcegroupstaggingapi:GetResources" not in report.calls.operations


def test_a_development_account_is_told_by_its_id(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    result = judged(evaluated, account, SEPARATE, baseline=baseline(development_accounts=[ACCOUNT]))
    assert found(result) == [(f"account:{ACCOUNT}", "development-account")]


# --- stacks


def add_stack(account: SimulatedAccount, region: str, *names: str, **of: Any) -> str:
    resources = dict.fromkeys(names, "AWS::SQS::Queue")
    stack = account.data.cloudformation.add_stack(region, "omnitrack-ai", resources=resources, **of)
    return stack.arn


def test_a_workload_of_one_region_reads_no_stack(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    account.fail("cloudformation", "*", AccessDenied)
    assert judged(evaluated, account, MULTI_REGION).status is Status.NOT_APPLICABLE


def test_stacks_of_both_regions_are_compared_on_every_page(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    add_stack(account, REGION, "a", "b", "c")
    account.data.cloudformation.add_stack(WEST, "network")
    add_stack(account, WEST, "a", "c")
    account.page_size("cloudformation", "DescribeStacks", 1)
    account.page_size("cloudformation", "ListStackResources", 1)
    result = judged(evaluated, account, MULTI_REGION, baseline=TWO_REGIONS)
    assert found(result) == [("stack-resource:b", "missing")]


def test_a_stack_that_was_deleted_does_not_exist(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    add_stack(account, REGION, "a")
    add_stack(account, WEST, "a", status="DELETE_COMPLETE")
    result = judged(evaluated, account, MULTI_REGION, baseline=TWO_REGIONS)
    assert found(result) == [("stack:omnitrack-ai", "missing")]


def test_a_stack_that_does_not_exist_in_the_first_region_is_no_error(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    add_stack(account, WEST, "a")
    result = judged(evaluated, account, MULTI_REGION, baseline=TWO_REGIONS)
    assert (result.reason, found(result)) == (None, [("stack:omnitrack-ai", "nothing-to-compare")])


@pytest.mark.parametrize("code", ["ValidationError", "AccessDenied"])
@pytest.mark.parametrize("region", [REGION, WEST])
def test_resources_that_could_not_be_listed_are_not_missing(
    code: str, region: str, account: SimulatedAccount, evaluated: Evaluate
) -> None:
    add_stack(account, REGION, "a")
    add_stack(account, WEST, "a")
    account.fail("cloudformation", "ListStackResources", code, region=region)
    result = judged(evaluated, account, MULTI_REGION, baseline=TWO_REGIONS)
    assert result.status is Status.UNKNOWN
    assert f"cloudformation:ListStackResources answered {code}" in str(result.reason)
