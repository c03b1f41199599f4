"""Replication of Amazon S3."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BucketReplication:
    """The buckets, by name, that a bucket's enabled rules replicate to; none without a rule.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationRule.html
    """

    bucket_arn: str
    destinations: tuple[str, ...] = ()
