"""Amazon S3."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bucket:
    """A general purpose bucket of the account, of whatever region.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Bucket.html
    """

    arn: str
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class BucketVersioning:
    """`status` is Enabled, Suspended, or None where versioning was never on.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
    """

    bucket_arn: str
    status: str | None

    def keeps(self, bucket: str | None) -> bool:
        """Whether this is the versioning of the bucket of this name, and switched on."""
        return (
            bucket is not None
            and self.bucket_arn.endswith(f":::{bucket}")
            and self.status == "Enabled"
        )


@dataclass(frozen=True, slots=True)
class LifecycleRule:
    """A rule of a bucket's lifecycle.

    `prefix` is that of the keys it is for, empty for all; `tagged` where it takes only objects with
    certain tags. `expires_after_days` None: it expires no current version by age;
    `expires_on_a_date` where it does so from a fixed date on. `expires_noncurrent`: it removes what
    was overwritten or deleted.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html
    """

    id: str
    enabled: bool = True
    prefix: str = ""
    tagged: bool = False
    expires_after_days: int | None = None
    expires_on_a_date: bool = False
    expires_noncurrent: bool = False

    @property
    def limits(self) -> bool:
        """Whether it ends the life of objects; one that only moves them does not."""
        expires = self.expires_after_days is not None or self.expires_on_a_date
        return self.enabled and (expires or self.expires_noncurrent)


@dataclass(frozen=True, slots=True)
class BucketLifecycle:
    """A bucket's rules; none where it has no lifecycle configuration."""

    bucket_arn: str
    rules: tuple[LifecycleRule, ...] = ()


@dataclass(frozen=True, slots=True)
class PublicAccessBlock:
    """The settings that are on, of AWS's four, for a bucket or for the account.

    `holder` is the bucket's ARN or the account's id. S3 applies the stricter of the two to each.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """

    holder: str
    on: frozenset[str] = frozenset()
