"""Trails of this and of other accounts, buckets of every region, and the tables that expire."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from evaluating import BASELINE, REGISTRY, Evaluate, faults

from compliance.collectors.reader import Connection
from compliance.facts.buckets import Bucket, LifecycleRule
from compliance.facts.tables import Table
from compliance.facts.trails import EventSelector, Trail
from compliance.model import Gap, Status
from simulated_account import SimulatedAccount
from simulated_account.failures import AccessDenied, AwsError

ACCOUNT = "210987654321"
SHARED = "arn:aws:cloudtrail:eu-west-1:999999999999:trail/organization"
TABLE = "arn:aws:dynamodb:us-east-1:210987654321:table/"

Collect = Callable[..., tuple[list[Any], list[Gap]]]


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount(ACCOUNT) as started:
        yield started


@pytest.fixture
def collect(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collect]:
    """What one collector yields, given the records of what it builds on, and its gaps."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.endpoint_url)
    session = boto3.Session(
        aws_access_key_id="simulated",
        aws_secret_access_key="simulated",  # noqa: S106 -- nothing secret: simulated
        region_name=account.region,
    )
    connection = Connection(session, rate_share=None, attempts=1)

    def run(fact: str, *given: object, **settings: object) -> tuple[list[Any], list[Gap]]:
        collector = REGISTRY.collectors[fact]
        gaps: list[Gap] = []
        reader = connection.reader(collector, gaps.append, float("inf"))
        return list(collector.function(reader, *given, **settings)), gaps

    yield run
    connection.close()


def create_trail(account: SimulatedAccount, name: str, region: str, **options: Any) -> str:
    cloudtrail = account.client("cloudtrail", region)
    trail: str = cloudtrail.create_trail(Name=name, S3BucketName="logs", **options)["TrailARN"]
    cloudtrail.start_logging(Name=name)
    return trail


@pytest.fixture
def bucket(account: SimulatedAccount) -> None:
    account.client("s3").create_bucket(Bucket="logs")


def share(account: SimulatedAccount, **status: Any) -> None:
    account.data.cloudtrail.share(
        {
            "TrailARN": SHARED,
            "Name": "organization",
            "HomeRegion": "eu-west-1",
            "S3BucketName": "archive",
        },
        status,
    )


# --- trails -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("bucket")
def test_shadows_of_other_regions_and_accounts_are_listed(
    account: SimulatedAccount, collect: Collect
) -> None:
    create_trail(account, "home", "us-east-1")
    create_trail(account, "whole", "eu-west-1", IsMultiRegionTrail=True, S3KeyPrefix="audit")
    create_trail(account, "away", "eu-west-1")
    share(account)
    trails, gaps = collect("trails")
    assert gaps == []
    assert {(t.name, t.home_region, t.multi_region, t.log_prefix, t.account) for t in trails} == {
        ("home", "us-east-1", False, "", ACCOUNT),
        ("whole", "eu-west-1", True, "audit", ACCOUNT),
        ("organization", "eu-west-1", True, "", "999999999999"),
    }


@pytest.mark.usefixtures("bucket")
def test_status_and_selectors_are_asked_for_by_arn_in_the_home_region(
    account: SimulatedAccount, collect: Collect
) -> None:
    arn = create_trail(account, "whole", "eu-west-1", IsMultiRegionTrail=True)
    share(account, LatestDeliveryError="AccessDenied")
    trails, _ = collect("trails")
    account.forget_calls()
    statuses, _ = collect("trail_statuses", trails)
    events, _ = collect("trail_events", trails)
    assert [(s.trail_arn, s.logging, s.delivery_error) for s in statuses] == [
        (arn, True, ""),
        (SHARED, True, "AccessDenied"),
    ]
    assert [e.selectors for e in events] == [(EventSelector("Management"),)] * 2
    asked = {(c.region, c.params.get("Name") or c.params.get("TrailName")) for c in account.calls}
    assert asked - {("us-east-1", None)} == {("eu-west-1", arn), ("eu-west-1", SHARED)}


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("code", ["TrailNotFoundException", "AccessDeniedException"])
def test_a_trail_of_another_account_that_is_refused_is_unseen_and_not_absent(
    code: str, account: SimulatedAccount, evaluated: Evaluate
) -> None:
    share(account)
    account.fail("cloudtrail", "GetTrailStatus", AwsError(code))
    report = evaluated(account, "account.cloudtrail", "cloudtrail.trail")
    for result in report.results.values():
        assert result.status is Status.UNKNOWN
        assert f"cloudtrail:GetTrailStatus for organization answered {code}" in str(result.reason)


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("operation", ["GetTrailStatus", "GetEventSelectors"])
def test_a_good_trail_of_the_account_stands_for_itself_where_the_organization_s_is_refused(
    operation: str, account: SimulatedAccount, evaluated: Evaluate
) -> None:
    create_trail(account, "whole", "us-east-1", IsMultiRegionTrail=True)
    share(account)
    account.fail(
        "cloudtrail",
        operation,
        AwsError("AccessDeniedException"),
        when=lambda asked: SHARED in {asked.get("Name"), asked.get("TrailName")},
    )
    report = evaluated(account, "account.cloudtrail", "cloudtrail.trail", "cloudtrail.multi-region")
    assert {result.status for result in report.results.values()} == {Status.PASS}


def of(collect: Collect, account: SimulatedAccount, **selectors: Any) -> Any:
    arn = create_trail(account, "home", "us-east-1")
    account.client("cloudtrail").put_event_selectors(TrailName=arn, **selectors)
    [events], _ = collect("trail_events", [Trail(arn, "home", "us-east-1", "logs")])
    return events.selectors


@pytest.mark.usefixtures("bucket")
def test_a_classic_selector_is_one_of_management_events_and_one_a_resource(
    account: SimulatedAccount, collect: Collect
) -> None:
    table = f"{TABLE}orders"
    classic = {
        "ReadWriteType": "WriteOnly",
        "IncludeManagementEvents": True,
        "ExcludeManagementEventSources": ["kms.amazonaws.com"],
        "DataResources": [
            {"Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb", table]},
            {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::files/"]},
        ],
    }
    tables, objects = "AWS::DynamoDB::Table", "AWS::S3::Object"
    assert of(collect, account, EventSelectors=[classic]) == (
        EventSelector("Management", reads=False),
        EventSelector("Data", False, True, tables, {"StartsWith": ("arn:aws:dynamodb",)}),  # noqa: FBT003 -- a record in its own order
        EventSelector("Data", False, True, tables, {"Equals": (table,)}),  # noqa: FBT003 -- a record in its own order
        EventSelector("Data", False, True, objects, {"StartsWith": ("arn:aws:s3:::files/",)}),  # noqa: FBT003 -- a record in its own order
    )


@pytest.mark.usefixtures("bucket")
def test_a_classic_selector_may_leave_out_management_events(
    account: SimulatedAccount, collect: Collect
) -> None:
    classic = {"ReadWriteType": "All", "IncludeManagementEvents": False}
    assert of(collect, account, EventSelectors=[classic]) == ()


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], EventSelector("Management")),
        ([{"Field": "readOnly", "Equals": ["true"]}], EventSelector("Management", writes=False)),
        ([{"Field": "readOnly", "Equals": ["false"]}], EventSelector("Management", reads=False)),
        (
            [{"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}],
            EventSelector("Management"),
        ),
        (
            [{"Field": "eventSource", "NotEquals": ["iam.amazonaws.com"]}],
            EventSelector("Management", narrowed=True),
        ),
        (
            [{"Field": "eventSource", "Equals": ["kms.amazonaws.com"]}],
            EventSelector("Management", narrowed=True),
        ),
        (
            [{"Field": "eventName", "Equals": ["DeleteTable"]}],
            EventSelector("Management", narrowed=True),
        ),
    ],
)
def test_an_advanced_selector_is_narrowed_by_what_leaves_out_more_than_aws_offers(
    fields: list[dict[str, Any]],
    expected: EventSelector,
    account: SimulatedAccount,
    collect: Collect,
) -> None:
    fields = [{"Field": "eventCategory", "Equals": ["Management"]}, *fields]
    selectors = [{"Name": "s", "FieldSelectors": fields}]
    assert of(collect, account, AdvancedEventSelectors=selectors) == (expected,)


@pytest.mark.usefixtures("bucket")
def test_an_advanced_selector_of_data_keeps_its_operators(
    account: SimulatedAccount, collect: Collect
) -> None:
    fields = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        {"Field": "resources.ARN", "StartsWith": ["a", "b"], "NotEndsWith": ["c"]},
    ]
    [selector] = of(collect, account, AdvancedEventSelectors=[{"FieldSelectors": fields}])
    assert selector.resource_type == "AWS::S3::Object"
    assert selector.arns == {"StartsWith": ("a", "b"), "NotEndsWith": ("c",)}
    assert not selector.narrowed


# --- buckets ------------------------------------------------------------------------------------


def create_buckets(account: SimulatedAccount, *names: str, region: str = "us-east-1") -> None:
    elsewhere: dict[str, Any] = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    for name in names:
        account.client("s3", region).create_bucket(
            Bucket=name, **(elsewhere if region != "us-east-1" else {})
        )


def test_every_page_of_buckets_is_read_with_the_region_of_each(
    account: SimulatedAccount, collect: Collect
) -> None:
    create_buckets(account, "aaa", "bbb", "ccc")
    create_buckets(account, "ddd", region="eu-west-1")
    account.page_size("s3", "ListBuckets", 1)
    buckets, gaps = collect("buckets")
    assert gaps == []
    assert [(b.arn, b.region) for b in buckets] == [
        ("arn:aws:s3:::aaa", "us-east-1"),
        ("arn:aws:s3:::bbb", "us-east-1"),
        ("arn:aws:s3:::ccc", "us-east-1"),
        ("arn:aws:s3:::ddd", "eu-west-1"),
    ]


@pytest.mark.parametrize("fact", ["bucket_versionings", "bucket_lifecycles"])
def test_a_bucket_is_read_in_its_own_region(
    fact: str, account: SimulatedAccount, collect: Collect
) -> None:
    """Moto answers for a bucket in every region; the simulated account redirects as AWS does."""
    create_buckets(account, "here")
    create_buckets(account, "there", region="eu-west-1")
    buckets, _ = collect("buckets")
    account.forget_calls()
    records, gaps = collect(fact, buckets)
    assert (len(records), gaps) == (2, [])
    asked = {(c.params["Bucket"], c.region) for c in account.calls}
    assert asked == {("here", "us-east-1"), ("there", "eu-west-1")}
    assert len(account.calls) == 2


def test_three_hundred_buckets_cost_one_call_each_and_one_to_list_them(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    create_buckets(account, *(f"bucket-{number:03}" for number in range(300)))
    report = evaluated(account, "backup.s3-versioning", "governance.data-retention")
    s3 = {k: n for k, n in report.calls.operations.items() if k.startswith("s3")}
    assert s3 == Counter(
        {
            "s3:ListBuckets": 1,
            "s3:GetBucketVersioning": 300,
            "s3:GetBucketLifecycleConfiguration": 300,
        }
    )
    assert len(report.results["backup.s3-versioning"].offenders) == 300


def test_a_bucket_that_vanishes_meanwhile_has_no_versioning(
    account: SimulatedAccount, collect: Collect
) -> None:
    gone = Bucket("arn:aws:s3:::gone", "gone", "us-east-1")
    assert collect("bucket_versionings", [gone]) == ([], [])
    assert account.calls[-1].operation == "GetBucketVersioning"


def test_a_bucket_that_refuses_leaves_the_verdict_on_the_others(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    create_buckets(account, "closed", "open")
    account.fail("s3", "GetBucketVersioning", AccessDenied, when=lambda p: p["Bucket"] == "closed")
    report = evaluated(account, "backup.s3-versioning")
    result = report.results["backup.s3-versioning"]
    assert [o.resource for o in result.offenders] == ["arn:aws:s3:::open"]
    assert result.unseen == {"arn:aws:s3:::closed"}


def test_lifecycle_rules_are_read_in_the_old_form_and_in_the_new_one(
    account: SimulatedAccount, collect: Collect
) -> None:
    create_buckets(account, "rules", "none")
    tag = {"Key": "class", "Value": "scratch"}
    account.client("s3").put_bucket_lifecycle_configuration(
        Bucket="rules",
        LifecycleConfiguration={
            "Rules": [
                {"ID": "old", "Status": "Enabled", "Prefix": "a/", "Expiration": {"Days": 7}},
                {
                    "ID": "new",
                    "Status": "Disabled",
                    "Filter": {"Prefix": "b/"},
                    "Expiration": {"Date": datetime(2027, 1, 1, tzinfo=UTC)},
                },
                {
                    "ID": "and",
                    "Status": "Enabled",
                    "Filter": {"And": {"Prefix": "c/", "Tags": [tag]}},
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 9},
                },
                {
                    "ID": "tag",
                    "Status": "Enabled",
                    "Filter": {"Tag": tag},
                    "Transitions": [{"Days": 30, "StorageClass": "GLACIER"}],
                },
            ]
        },
    )
    buckets, _ = collect("buckets")
    [rules, none], gaps = collect("bucket_lifecycles", buckets)
    assert gaps == []
    assert none.rules == ()
    assert rules.rules == (
        LifecycleRule("old", prefix="a/", expires_after_days=7),
        LifecycleRule("new", enabled=False, prefix="b/", expires_on_a_date=True),
        LifecycleRule("and", prefix="c/", tagged=True, expires_noncurrent=True),
        LifecycleRule("tag", tagged=True),
    )


def test_only_the_buckets_of_trails_are_asked_for_their_public_access_block(
    account: SimulatedAccount, collect: Collect
) -> None:
    create_buckets(account, "logs", "other")
    buckets, _ = collect("buckets")
    trails = [Trail("arn:t", "t", "us-east-1", "logs"), Trail("arn:u", "u", "us-east-1", "archive")]
    account.forget_calls()
    [block], gaps = collect("trail_bucket_blocks", trails, buckets)
    assert (block.holder, block.on, gaps) == ("arn:aws:s3:::logs", frozenset(), [])
    assert [c.params for c in account.calls] == [{"Bucket": "logs"}]


def test_an_account_that_never_set_its_public_access_block_has_it_off(collect: Collect) -> None:
    [block], gaps = collect("account_public_access_block")
    assert (block.holder, block.on, gaps) == (ACCOUNT, frozenset(), [])


def test_the_accounts_public_access_block_is_read(
    account: SimulatedAccount, collect: Collect
) -> None:
    """Moto takes S3 Control's requests for objects of S3; the simulated account answers itself."""
    account.data.s3_control.set_block("BlockPublicAcls", "RestrictPublicBuckets")
    [block], _ = collect("account_public_access_block")
    assert block.on == {"BlockPublicAcls", "RestrictPublicBuckets"}
    assert account.calls[-1].params == {"AccountId": ACCOUNT}


# --- temporary tables ---------------------------------------------------------------------------


def create_table(account: SimulatedAccount, name: str, **tags: str) -> Table:
    account.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    return Table(f"{TABLE}{name}", name, datetime(2026, 1, 1, tzinfo=UTC))


def temporary(*names: str, tag: dict[str, str] | None = None) -> dict[str, Any]:
    return {"names": list(names), "tag": tag, "attribute": "expires_at"}


LIFETIME = {"key": "lifetime", "value": "temporary"}


def test_tables_are_temporary_by_name_by_pattern_and_by_tag_each_once(
    account: SimulatedAccount, collect: Collect
) -> None:
    tables = [
        create_table(account, "orders"),
        create_table(account, "sessions", lifetime="temporary"),
        create_table(account, "cache-a"),
        create_table(account, "tagged", lifetime="temporary"),
        create_table(account, "kept", lifetime="for ever"),
    ]
    named = temporary("sessions", "cache-*", tag=LIFETIME)
    chosen, gaps = collect("temporary_tables", tables, temporary=named)
    assert ([table.name for table in chosen], gaps) == (["sessions", "cache-a", "tagged"], [])


def test_without_a_tag_in_the_baseline_no_tag_is_asked_for(
    account: SimulatedAccount, collect: Collect
) -> None:
    tables = [create_table(account, "sessions")]
    account.forget_calls()
    chosen, _ = collect("temporary_tables", tables, temporary=temporary("sessions"))
    assert (chosen, [c for c in account.calls if c.service != "sts"]) == (tables, [])


def test_every_page_of_tagged_tables_is_read(account: SimulatedAccount, collect: Collect) -> None:
    tables = [create_table(account, f"t{n}", lifetime="temporary") for n in range(3)]
    account.page_size("resourcegroupstaggingapi", "GetResources", 1)
    chosen, _ = collect("temporary_tables", tables, temporary=temporary(tag=LIFETIME))
    assert len(chosen) == 3


def test_ttl_is_read_of_temporary_tables_alone(account: SimulatedAccount, collect: Collect) -> None:
    on, off = create_table(account, "on"), create_table(account, "off")
    gone = Table(f"{TABLE}gone", "gone", on.created_at)
    account.client("dynamodb").update_time_to_live(
        TableName="on", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"}
    )
    # Moto's code for a table that is not there lacks the "Exception" of AWS's.
    account.fail(
        "dynamodb",
        "DescribeTimeToLive",
        "ResourceNotFoundException",
        when=lambda parameters: parameters["TableName"] == "gone",
    )
    records, gaps = collect("times_to_live", [on, off, gone])
    assert gaps == []
    assert [(r.table_arn, r.status, r.attribute) for r in records] == [
        (on.arn, "ENABLED", "ttl"),
        (off.arn, "DISABLED", None),
    ]


def test_an_account_without_anything_lacks_a_trail_and_the_tables_it_is_to_have(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    items = (
        "account.cloudtrail",
        "cloudtrail.trail",
        "cloudtrail.bucket",
        "cloudtrail.log-validation",
        "cloudtrail.multi-region",
        "governance.audit-logs",
        "governance.data-residency",
        "governance.data-retention",
        "backup.s3-versioning",
        "dynamodb.ttl",
    )
    report = evaluated(account, *items)
    assert faults(report) == {
        *((item, "trail:us-east-1", "missing") for item in items[:5]),
        *(
            ("dynamodb.ttl", f"table:{name}", "missing")
            for name in BASELINE["dynamodb.temporary.names"]
        ),
    }
    assert {report.results[item].status for item in items[5:9]} == {Status.NOT_APPLICABLE}
