"""Audit trails and what they record; they deliver to a bucket of the module beside this one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from simulated_account.omnitrack.buckets import DOCUMENTS, EXPORTS, TRAIL_BUCKET
from simulated_account.omnitrack.place import ACCOUNT_ID, REGION, Fault, arn

if TYPE_CHECKING:
    from datetime import datetime

    from simulated_account.account import SimulatedAccount

TRAIL = "omnitrack-audit"

FAULTS: frozenset[Fault] = frozenset(
    {
        ("cloudtrail.log-validation", arn("cloudtrail", f"trail/{TRAIL}"), "digest-failing"),
        ("governance.audit-logs", EXPORTS.arn, "reads-not-recorded"),
    }
)


def seed(account: SimulatedAccount, now: datetime) -> None:
    """Ages are counted from `now`."""
    cloudtrail = account.client("cloudtrail")
    trail = cloudtrail.create_trail(
        Name=TRAIL,
        S3BucketName=TRAIL_BUCKET,
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
    )["TrailARN"]
    cloudtrail.put_event_selectors(
        TrailName=TRAIL,
        AdvancedEventSelectors=[
            _selector("management", Equals=("eventCategory", "Management")),
            _selector(
                "tables",
                Equals=("resources.type", "AWS::DynamoDB::Table"),
                StartsWith=("resources.ARN", f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/"),
            ),
            _selector(
                "documents",
                Equals=("resources.type", "AWS::S3::Object"),
                StartsWith=("resources.ARN", f"{DOCUMENTS.arn}/"),
            ),
            _selector(
                "exports",
                ("readOnly", "false"),
                Equals=("resources.type", "AWS::S3::Object"),
                StartsWith=("resources.ARN", f"{EXPORTS.arn}/"),
            ),
        ],
    )
    cloudtrail.start_logging(Name=TRAIL)
    account.data.cloudtrail.set_status(
        trail,
        StartLoggingTime=now - timedelta(days=210),
        LatestDeliveryTime=now - timedelta(minutes=7),
        LatestDigestDeliveryTime=now - timedelta(days=3),
        LatestDigestDeliveryError="AccessDenied",
    )


def _selector(
    name: str, *equals: tuple[str, str], **conditions: tuple[str, str]
) -> dict[str, object]:
    """Of data events unless it says otherwise: field and value by operator."""
    named = [("Equals", each) for each in equals] + list(conditions.items())
    if not any(field == "eventCategory" for _, (field, _) in named):
        named.insert(0, ("Equals", ("eventCategory", "Data")))
    return {
        "Name": name,
        "FieldSelectors": [
            {"Field": field, operator: [value]} for operator, (field, value) in named
        ],
    }
