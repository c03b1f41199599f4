"""Amazon S3: buckets, what they keep, and whether the public may get in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.buckets import (
    Bucket,
    BucketLifecycle,
    BucketVersioning,
    LifecycleRule,
    PublicAccessBlock,
)
from compliance.facts.trails import Trail
from compliance.registry import Read, collector

_GONE = frozenset({"NoSuchBucket"})
_NO_LIFECYCLE = frozenset({"NoSuchLifecycleConfiguration"})
_NO_BLOCK = frozenset({"NoSuchPublicAccessBlockConfiguration"})

LIST_BUCKETS = Read("s3", "ListBuckets", ("s3:ListAllMyBuckets",))
GET_VERSIONING = Read("s3", "GetBucketVersioning", absent=_GONE)
GET_LIFECYCLE = Read(
    "s3",
    "GetBucketLifecycleConfiguration",
    ("s3:GetLifecycleConfiguration",),
    absent=_NO_LIFECYCLE,
)
GET_BLOCK = Read("s3", "GetPublicAccessBlock", ("s3:GetBucketPublicAccessBlock",), absent=_NO_BLOCK)
GET_ACCOUNT_BLOCK = Read(
    "s3control", "GetPublicAccessBlock", ("s3:GetAccountPublicAccessBlock",), absent=_NO_BLOCK
)


@collector(LIST_BUCKETS)
def buckets(reader: Reader) -> Iterator[Bucket]:
    """Every general purpose bucket of the account with its region, 1,000 a page.

    AWS tells the region only to who asks for pages.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
    """
    prefix = f"arn:{reader.identity.partition}:s3:::"
    for page in reader.pages(LIST_BUCKETS, MaxBuckets=1000):
        for bucket in page.get("Buckets", ()):
            name = bucket["Name"]
            yield Bucket(f"{prefix}{name}", name, bucket["BucketRegion"])


@collector(GET_VERSIONING)
def bucket_versionings(reader: Reader, buckets: Sequence[Bucket]) -> Iterator[BucketVersioning]:
    """Each bucket's versioning, read in its own region: any other answers with a redirect."""
    yield from reader.each(buckets, partial(_versioning, reader), arn=lambda bucket: bucket.arn)


def _versioning(reader: Reader, bucket: Bucket) -> BucketVersioning | None:
    answer = reader.call(GET_VERSIONING, region=bucket.region, Bucket=bucket.name)
    return None if answer is None else BucketVersioning(bucket.arn, answer.get("Status"))


@collector(GET_LIFECYCLE)
def bucket_lifecycles(reader: Reader, buckets: Sequence[Bucket]) -> Iterator[BucketLifecycle]:
    """Each bucket's lifecycle rules, read in its own region; one without any has a record too."""
    yield from reader.each(buckets, partial(_lifecycle, reader), arn=lambda bucket: bucket.arn)


def _lifecycle(reader: Reader, bucket: Bucket) -> BucketLifecycle:
    answer = reader.call(GET_LIFECYCLE, region=bucket.region, Bucket=bucket.name) or {}
    return BucketLifecycle(bucket.arn, tuple(_rule(rule) for rule in answer.get("Rules", ())))


def _rule(rule: Mapping[str, Any]) -> LifecycleRule:
    """A rule, its filter in the old form (Prefix) or the new one (Filter, And)."""
    chosen = rule.get("Filter", {})
    both = chosen.get("And", {})
    expiration = rule.get("Expiration", {})
    return LifecycleRule(
        id=rule.get("ID", ""),
        enabled=rule["Status"] == "Enabled",
        prefix=rule.get("Prefix") or chosen.get("Prefix") or both.get("Prefix") or "",
        tagged=bool(chosen.get("Tag") or both.get("Tags")),
        expires_after_days=expiration.get("Days"),
        expires_on_a_date="Date" in expiration,
        expires_noncurrent="NoncurrentVersionExpiration" in rule,
    )


@collector(GET_BLOCK)
def trail_bucket_blocks(
    reader: Reader, trails: Sequence[Trail], buckets: Sequence[Bucket]
) -> Iterator[PublicAccessBlock]:
    """The public access block of each bucket of this account that a trail delivers to.

    One that was never set is off.
    """
    delivered = {trail.bucket for trail in trails}
    chosen = [bucket for bucket in buckets if bucket.name in delivered]
    yield from reader.each(chosen, partial(_block, reader), arn=lambda bucket: bucket.arn)


def _block(reader: Reader, bucket: Bucket) -> PublicAccessBlock:
    answer = reader.call(GET_BLOCK, region=bucket.region, Bucket=bucket.name)
    return PublicAccessBlock(bucket.arn, _on(answer))


@collector(GET_ACCOUNT_BLOCK)
def account_public_access_block(reader: Reader) -> Iterator[PublicAccessBlock]:
    """The account's own block, over all its buckets: one record."""
    account = reader.identity.account
    answer = reader.call(GET_ACCOUNT_BLOCK, AccountId=account)
    yield PublicAccessBlock(account, _on(answer))


def _on(answer: Mapping[str, Any] | None) -> frozenset[str]:
    settings = (answer or {}).get("PublicAccessBlockConfiguration", {})
    return frozenset(name for name, on in settings.items() if on)
