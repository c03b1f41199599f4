"""S3: moto tells no bucket's region, and answers for every bucket in every region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulated_account.answers.service import (
    Output,
    ServiceAnswers,
    ServiceError,
    amends,
    answers,
)

if TYPE_CHECKING:
    from simulated_account.requests import AwsRequest

_PAGING = ("MaxBuckets", "ContinuationToken", "Prefix", "BucketRegion")
_SETTINGS = (
    "GetBucketVersioning",
    "GetBucketLifecycleConfiguration",
    "GetBucketReplication",
    "GetPublicAccessBlock",
)


class S3(ServiceAnswers):
    """The region of each bucket, told as AWS does, and minded."""

    service = "s3"

    @amends("ListBuckets")
    def list_buckets(self, request: AwsRequest, output: Output) -> Output:
        """AWS names the region of a bucket only to who sends any of the parameters."""
        if any(request.get(name) is not None for name in _PAGING):
            for bucket in output.get("Buckets", ()):
                bucket["BucketRegion"] = self._region(bucket["Name"])
        return output

    @answers(*_SETTINGS)
    def settings(self, request: AwsRequest) -> Output:
        """Another region answers with a redirect to the bucket's own."""
        region = self._region(request["Bucket"])
        if region and region != request.region:
            message = "The bucket you are attempting to access must be addressed elsewhere."
            raise ServiceError(message, code="PermanentRedirect", status=301)
        return self.from_moto(request)

    def _region(self, name: str) -> str | None:
        bucket = self.moto.backend("s3").buckets.get(name)
        return bucket.region_name if bucket else None
