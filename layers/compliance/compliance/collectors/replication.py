"""Amazon S3: where buckets are replicated to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from compliance.collectors.reader import Reader
from compliance.facts.buckets import Bucket
from compliance.facts.replication import BucketReplication
from compliance.model import Identity
from compliance.registry import Read, collector

GET_REPLICATION = Read(
    "s3",
    "GetBucketReplication",
    ("s3:GetReplicationConfiguration",),
    absent=frozenset({"ReplicationConfigurationNotFoundError", "NoSuchBucket"}),
)


@collector(GET_REPLICATION, second_region="account.second_region")
def bucket_replications(
    reader: Reader, buckets: Sequence[Bucket], identity: Identity, *, second_region: str | None
) -> Iterator[BucketReplication]:
    """The replication of each bucket of the region; read only where there is a second region."""
    if second_region is None:
        return
    chosen = [bucket for bucket in buckets if bucket.region == identity.region]
    yield from reader.each(chosen, partial(_replication, reader), arn=lambda bucket: bucket.arn)


def _replication(reader: Reader, bucket: Bucket) -> BucketReplication:
    answer = reader.call(GET_REPLICATION, Bucket=bucket.name) or {}
    return BucketReplication(
        bucket.arn,
        tuple(
            rule["Destination"]["Bucket"].rpartition(":")[2]
            for rule in answer.get("ReplicationConfiguration", {}).get("Rules", ())
            if rule["Status"] == "Enabled"
        ),
    )
