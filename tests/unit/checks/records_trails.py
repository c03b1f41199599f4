"""Records of trails, buckets and items that expire, good and bad ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from example_alarms import ACCOUNT, TABLE
from records import NOW

from compliance.facts.buckets import (
    Bucket,
    BucketLifecycle,
    BucketVersioning,
    LifecycleRule,
    PublicAccessBlock,
)
from compliance.facts.tables import Table
from compliance.facts.times_to_live import TimeToLive
from compliance.facts.trails import EventSelector, Trail, TrailEvents, TrailStatus

_HOME, _WHOLE, _SHARED, _ELSEWHERE = (
    f"arn:aws:cloudtrail:{region}:{account}:trail/{name}"
    for region, account, name in [
        ("us-east-1", ACCOUNT, "home"),
        ("us-east-1", ACCOUNT, "whole"),
        ("us-east-1", "999999999999", "shared"),
        ("eu-west-1", ACCOUNT, "elsewhere"),
    ]
)
_LOGS, _DOCUMENTS, _EXPORTS = (
    f"arn:aws:s3:::{name}" for name in ("logs", "omnitrack-documents", "omnitrack-exports")
)
_SESSIONS, _CARTS = (
    f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{name}" for name in ("sessions", "carts")
)
_AN_HOUR_AGO = NOW - timedelta(hours=1)

POOL: Mapping[str, Sequence[Any]] = {
    "trails": [
        Trail(_HOME, "home", "us-east-1", "logs"),
        Trail(_WHOLE, "whole", "us-east-1", "logs", log_validation=True),
        Trail(_SHARED, "shared", "us-east-1", "archive"),
        Trail(_ELSEWHERE, "elsewhere", "eu-west-1", "logs"),
    ],
    "trail_statuses": [
        TrailStatus(_HOME, logging=False, delivered_at=NOW - timedelta(days=3)),
        TrailStatus(
            _WHOLE,
            logging=False,
            delivered_at=_AN_HOUR_AGO,
            delivery_error="AccessDenied",
            digest_error="AccessDenied",
        ),
        TrailStatus(_SHARED, logging=False, delivered_at=_AN_HOUR_AGO),
        TrailStatus(_ELSEWHERE, logging=True, delivered_at=_AN_HOUR_AGO),
    ],
    "trail_events": [
        TrailEvents(
            _HOME,
            (
                EventSelector("Management", reads=False),
                EventSelector("Data", writes=False, resource_type="AWS::DynamoDB::Table"),
            ),
        ),
        TrailEvents(_ELSEWHERE, (EventSelector("Data", resource_type="AWS::S3::Object"),)),
        TrailEvents(_WHOLE, (EventSelector("Management"),)),
        TrailEvents(_SHARED, (EventSelector("Management"),)),
    ],
    "buckets": [
        Bucket(_LOGS, "logs", "us-east-1"),
        Bucket(_DOCUMENTS, "omnitrack-documents", "us-east-1"),
        Bucket(_EXPORTS, "omnitrack-exports", "eu-west-1"),
    ],
    "bucket_versionings": [
        BucketVersioning(_LOGS, "Enabled"),
        BucketVersioning(_DOCUMENTS, "Suspended"),
        BucketVersioning(_EXPORTS, None),
    ],
    "bucket_lifecycles": [
        BucketLifecycle(_LOGS, (LifecycleRule("short", expires_after_days=7),)),
        BucketLifecycle(_DOCUMENTS, (LifecycleRule("off", enabled=False, expires_after_days=7),)),
        BucketLifecycle(_EXPORTS),
    ],
    "trail_bucket_blocks": [PublicAccessBlock(_LOGS, frozenset({"BlockPublicAcls"}))],
    "account_public_access_block": [
        PublicAccessBlock(ACCOUNT, frozenset({"BlockPublicPolicy", "RestrictPublicBuckets"}))
    ],
    "temporary_tables": [TABLE, Table(_SESSIONS, "sessions", NOW)],
    "times_to_live": [
        TimeToLive(TABLE.arn, "ENABLED", "expires_at"),
        TimeToLive(_SESSIONS, "DISABLED"),
        TimeToLive(_CARTS, "ENABLED", "ttl"),
    ],
}
RESOURCE_OF = {
    "trail_statuses": lambda status: status.trail_arn,
    "trail_events": lambda events: events.trail_arn,
    "bucket_versionings": lambda versioning: versioning.bucket_arn,
    "bucket_lifecycles": lambda lifecycle: lifecycle.bucket_arn,
    "trail_bucket_blocks": lambda block: block.holder,
    "times_to_live": lambda ttl: ttl.table_arn,
}
