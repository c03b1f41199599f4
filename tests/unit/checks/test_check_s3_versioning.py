"""Objects that were overwritten or deleted can be brought back."""

from __future__ import annotations

import pytest

from compliance.checks.backup import objects_can_be_brought_back
from compliance.facts.buckets import Bucket, BucketVersioning

BUCKET = Bucket("arn:aws:s3:::files", "files", "eu-west-1")


def test_a_versioned_bucket_holds() -> None:
    verdict = objects_can_be_brought_back([BUCKET], [BucketVersioning(BUCKET.arn, "Enabled")])
    assert verdict.offenders == ()
    assert verdict.evaluated == (BUCKET.arn,)


@pytest.mark.parametrize(
    ("status", "fault", "observed"),
    [
        ("Suspended", "versioning-suspended", "versioning is suspended"),
        (None, "versioning-off", "versioning is off"),
    ],
)
def test_a_bucket_whose_next_write_is_final_fails(
    status: str | None, fault: str, observed: str
) -> None:
    verdict = objects_can_be_brought_back([BUCKET], [BucketVersioning(BUCKET.arn, status)])
    [offender] = verdict.offenders
    assert (offender.key, offender.observed) == ((BUCKET.arn, fault), observed)


def test_an_account_without_buckets_has_nothing_to_version() -> None:
    assert objects_can_be_brought_back([], []).inapplicable == "no buckets in the account"


def test_a_bucket_that_went_unread_is_not_judged() -> None:
    assert objects_can_be_brought_back([BUCKET], []).evaluated == ()
