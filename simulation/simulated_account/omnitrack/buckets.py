"""S3 buckets, what they keep, and the tables whose items expire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulated_account.omnitrack.place import ACCOUNT_ID, REGION, Fault, arn

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from simulated_account.account import SimulatedAccount

TRAIL_BUCKET = f"omnitrack-audit-logs-{ACCOUNT_ID}"
TRAIL_DAYS = 731


@dataclass(frozen=True)
class Bucket:
    """A bucket, its versioning, and the lifecycle rule that it has if any."""

    name: str
    versioning: str = "Enabled"
    rule: str | None = "NoncurrentVersionExpiration"
    days: int = 90
    region: str = REGION

    @property
    def arn(self) -> str:
        """Bucket ARNs name neither region nor account."""
        return f"arn:aws:s3:::{self.name}"


DOCUMENTS = Bucket("omnitrack-documents")
EXPORTS = Bucket("omnitrack-exports", versioning="Suspended", rule="Expiration", days=30)
EVALUATIONS = Bucket("omnitrack-model-evaluations", rule=None, region="eu-west-1")

BUCKETS = (
    Bucket(TRAIL_BUCKET, rule="Expiration", days=TRAIL_DAYS),
    Bucket("omnitrack-artifacts"),
    DOCUMENTS,
    EXPORTS,
    EVALUATIONS,
)

EXPIRING_TABLES = ("omnitrack-sessions", "omnitrack-route-plans")
TAGGED_TABLE = "omnitrack-route-plans"
UNEXPIRING_TABLE = "omnitrack-connections"

_RETENTION = "governance.data-retention"
_RESIDENCY = "governance.data-residency"

FAULTS: frozenset[Fault] = frozenset(
    {
        ("backup.s3-versioning", EXPORTS.arn, "versioning-suspended"),
        ("dynamodb.ttl", arn("dynamodb", f"table/{UNEXPIRING_TABLE}"), "ttl-off"),
        (_RETENTION, arn("dynamodb", f"table/{UNEXPIRING_TABLE}"), "ttl-off"),
        (_RETENTION, EVALUATIONS.arn, "no-lifecycle"),
        (
            _RETENTION,
            arn("logs", "log-group:/aws/lambda/omnitrack-shipment-ingest"),
            "never-expires",
        ),
        (_RESIDENCY, EVALUATIONS.arn, "region-not-allowed"),
    }
)


def seed(account: SimulatedAccount, now: datetime) -> None:
    """Nothing of it ages."""
    del now
    for bucket in BUCKETS:
        _seed_bucket(account, bucket)
    dynamodb = account.client("dynamodb")
    for table in EXPIRING_TABLES:
        dynamodb.update_time_to_live(
            TableName=table,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"},
        )
    dynamodb.tag_resource(
        ResourceArn=arn("dynamodb", f"table/{TAGGED_TABLE}"),
        Tags=[{"Key": "lifetime", "Value": "temporary"}],
    )


def _seed_bucket(account: SimulatedAccount, bucket: Bucket) -> None:
    s3 = account.client("s3", bucket.region)
    elsewhere: dict[str, Any] = {"CreateBucketConfiguration": {"LocationConstraint": bucket.region}}
    s3.create_bucket(Bucket=bucket.name, **(elsewhere if bucket.region != REGION else {}))
    s3.put_bucket_versioning(
        Bucket=bucket.name, VersioningConfiguration={"Status": bucket.versioning}
    )
    s3.put_public_access_block(
        Bucket=bucket.name,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    if bucket.rule is None:
        return
    days = "NoncurrentDays" if bucket.rule.startswith("Noncurrent") else "Days"
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket.name,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "expire",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    bucket.rule: {days: bucket.days},
                }
            ]
        },
    )
