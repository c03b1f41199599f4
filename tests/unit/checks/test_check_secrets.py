"""Named secrets are there, current, not about to be deleted, and fresh."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from example_alarms import IDENTITY

from compliance.checks.security import named_secrets_are_there_and_fresh
from compliance.facts.secrets import Secret
from compliance.model import Verdict

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PARTIAL = "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/db"
ARN = f"{PARTIAL}-a1b2c3"
SECRET = Secret(ARN, "shop/db", NOW - timedelta(days=400), NOW, current_version="v1")
ROTATED = replace(
    SECRET, rotation_enabled=True, rotated_at=NOW, next_rotation_at=NOW + timedelta(days=1)
)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def judged(*secrets: Secret, named: Sequence[str] = ("shop/db",), days: int = 90) -> Verdict:
    return named_secrets_are_there_and_fresh(secrets, NOW, IDENTITY, named=named, within_days=days)


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


@pytest.mark.parametrize("name", ["shop/db", ARN, PARTIAL])
def test_a_secret_may_be_named_by_its_name_its_arn_or_the_arn_without_its_end(name: str) -> None:
    verdict = judged(SECRET, named=[name])
    assert (verdict.evaluated, verdict.offenders) == ((ARN,), ())


@pytest.mark.parametrize("name", ["shop", "db", "shop/db-a1b2c3", "Shop/db"])
def test_what_only_resembles_a_name_is_missing(name: str) -> None:
    [offender] = judged(SECRET, named=[name]).offenders
    assert offender.key == (f"secret:{name}", "missing")
    assert offender.absent_from == ("secrets",)


@pytest.mark.parametrize("name", ["shop/db", PARTIAL])
def test_a_missing_secret_is_created_by_its_name_with_a_value_from_the_terminal(name: str) -> None:
    [offender] = judged(named=[name]).offenders
    words = shlex.split(str(offender.fix))
    assert words[:3] == ["aws", "secretsmanager", "create-secret"]
    assert words[words.index("--name") + 1] == "shop/db"
    assert words[words.index("--secret-string") + 1] == "file:///dev/stdin"


def test_secrets_that_are_not_named_are_not_judged() -> None:
    other = replace(SECRET, arn=ARN.replace("db", "x"), name="shop/x", changed_at=days_ago(999))
    assert judged(SECRET, other).evaluated == (ARN,)
    assert keys(judged(SECRET, other)) == []


def test_without_named_secrets_there_is_nothing_to_judge() -> None:
    assert judged(SECRET, named=[]).inapplicable == "the baseline names no secret"


def test_a_secret_scheduled_for_deletion_fails_by_that_alone() -> None:
    doomed = replace(SECRET, deleted_at=days_ago(2), changed_at=days_ago(200))
    [offender] = judged(doomed).offenders
    assert offender.key == (ARN, "scheduled-for-deletion")
    assert offender.observed == "is scheduled for deletion since 2026-05-30"


def test_a_secret_without_a_current_version_fails() -> None:
    assert keys(judged(replace(SECRET, current_version=None))) == [(ARN, "no-current-version")]


@pytest.mark.parametrize(("days", "holds"), [(90, True), (90.01, False), (89, True)])
def test_a_change_counts_for_as_many_days_as_the_baseline_says(days: float, holds: bool) -> None:  # noqa: FBT001 -- a column of the table above
    assert (keys(judged(replace(SECRET, changed_at=days_ago(days)))) == []) is holds


def test_a_secret_that_nobody_changes_fails_with_its_age() -> None:
    [offender] = judged(replace(SECRET, changed_at=days_ago(120))).offenders
    assert offender.key == (ARN, "not-changed")
    assert offender.observed == "has not changed for 120 days (since 2026-02-01)"
    assert offender.expected == "rotated or changed within 90 days"
    assert offender.fix is None


def test_a_rotation_counts_where_nothing_else_changed() -> None:
    assert keys(judged(replace(ROTATED, changed_at=days_ago(200), rotated_at=days_ago(3)))) == []


def test_a_rotation_that_is_too_rare_fails_as_such() -> None:
    rare = replace(ROTATED, changed_at=days_ago(200), rotated_at=days_ago(200))
    assert keys(judged(rare)) == [(ARN, "not-rotated")]


def test_an_overdue_rotation_fails_though_the_secret_is_fresh() -> None:
    [offender] = judged(replace(ROTATED, next_rotation_at=days_ago(3))).offenders
    assert offender.key == (ARN, "rotation-overdue")
    assert offender.observed == "the rotation due by 2026-05-29 has not succeeded"


@pytest.mark.parametrize(("days", "holds"), [(0.9, True), (1.1, False)])
def test_a_rotation_may_be_under_way_for_a_day(days: float, holds: bool) -> None:  # noqa: FBT001 -- a column of the table above
    pending = replace(
        ROTATED, pending_version="v2", changed_at=days_ago(days), rotated_at=days_ago(30)
    )
    assert (keys(judged(pending)) == []) is holds


def test_a_rotation_that_stopped_halfway_is_begun_anew_by_its_fix() -> None:
    pending = replace(ROTATED, pending_version="v2", changed_at=days_ago(2))
    [offender] = judged(pending).offenders
    assert offender.key == (ARN, "rotation-stuck")
    where = f"--secret-id {ARN} --region us-east-1"
    unlabel, rotate = str(offender.fix).split(" && ")
    assert unlabel == (
        f"aws secretsmanager update-secret-version-stage {where} "
        "--version-stage AWSPENDING --remove-from-version-id v2"
    )
    assert rotate == f"aws secretsmanager rotate-secret {where}"


@pytest.mark.parametrize(
    "others",
    [{"pending_version": "v2", "changed_at": days_ago(2)}, {"next_rotation_at": days_ago(9)}],
)
def test_without_rotation_none_can_fail(others: dict[str, Any]) -> None:
    assert keys(judged(replace(SECRET, **others))) == []


def test_a_replica_is_rotated_and_changed_by_its_primary() -> None:
    replica = replace(
        ROTATED,
        primary_region="eu-west-1",
        next_rotation_at=days_ago(9),
        changed_at=days_ago(120),
        rotated_at=None,
        rotation_enabled=False,
    )
    [offender] = judged(replica).offenders
    assert offender.key == (ARN, "not-changed")
    assert f"--secret-id {ARN.replace('us-east-1', 'eu-west-1')}" in str(offender.fix)
    assert str(offender.fix).endswith("--region eu-west-1")


def test_a_replica_is_not_blamed_for_a_rotation_of_its_primary() -> None:
    replica = replace(ROTATED, primary_region="eu-west-1", next_rotation_at=days_ago(9))
    assert keys(judged(replica)) == []
