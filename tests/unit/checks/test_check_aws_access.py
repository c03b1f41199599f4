"""Rights of users, their access keys, and what is open to others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from compliance.checks.access import access_is_narrow_and_fresh
from compliance.facts.analyzers import Analyzer, ExternalAccess
from compliance.facts.users import AccessKey, Credentials, UnlimitedPolicy, User
from compliance.model import Identity, Verdict

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ANN = "arn:aws:iam::123456789012:user/ops/ann"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
OWN = "arn:aws:iam::123456789012:policy/everything"
ANALYZER = "arn:aws:access-analyzer:us-east-1:123456789012:analyzer/outside"
BUCKET = "arn:aws:s3:::assets"


def judged(partition: str = "aws", **facts: Any) -> Verdict:
    return access_is_narrow_and_fresh(
        facts.get("users", []),
        facts.get("policies", []),
        facts.get("credentials", []),
        facts.get("analyzers", [Analyzer(ANALYZER, "outside", "ACTIVE")]),
        facts.get("findings", []),
        NOW,
        Identity("123456789012", "us-east-1", partition),
        oldest_days=90,
        unused_days=45,
    )


def faults(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


def ann(*attached: str, inline: tuple[str, ...] = ()) -> User:
    return User(ANN, "ann", NOW, attached, inline)


def test_a_user_with_few_rights_holds() -> None:
    verdict = judged(users=[ann("arn:aws:iam::aws:policy/ReadOnlyAccess")])
    assert (verdict.offenders, verdict.inapplicable) == ((), None)
    assert ANN in verdict.evaluated


def test_administrator_access_given_directly_offends() -> None:
    [offender] = judged(users=[ann(ADMINISTRATOR)]).offenders
    assert offender.key == (ANN, "administrator")
    assert offender.fix == (
        f"aws iam detach-user-policy --user-name ann --policy-arn {ADMINISTRATOR}"
    )


def test_administrator_access_is_known_in_every_partition() -> None:
    verdict = judged("aws-cn", users=[ann("arn:aws-cn:iam::aws:policy/AdministratorAccess")])
    assert faults(verdict) == [(ANN, "administrator")]


def test_a_customer_policy_that_allows_everything_is_as_good_as_administrator_access() -> None:
    assert faults(judged(users=[ann(OWN)], policies=[UnlimitedPolicy(OWN)])) == [
        (ANN, "administrator")
    ]
    assert faults(judged(users=[ann(OWN)])) == []


def test_all_that_makes_an_administrator_is_named_and_taken_away_at_once() -> None:
    [offender] = judged(users=[ann(ADMINISTRATOR, inline=("my all",))]).offenders
    assert offender.observed == ("every right on everything by AdministratorAccess, inline my all")
    assert str(offender.fix).endswith(
        " && aws iam delete-user-policy --user-name ann --policy-name 'my all'"
    )


def keyed(age: timedelta, idle: timedelta | None, number: int = 1) -> list[Credentials]:
    key = AccessKey(number, NOW - age, None if idle is None else NOW - idle)
    return [Credentials(ANN, "ann", password=False, mfa=False, access_keys=(key,))]


DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("age", "idle", "expected"),
    [
        (90 * DAY, DAY, []),
        (90 * DAY + SECOND, DAY, ["access-key-1-too-old"]),
        (60 * DAY, 45 * DAY - SECOND, []),
        (60 * DAY, 45 * DAY, ["access-key-1-unused"]),
        (45 * DAY - SECOND, None, []),
        (45 * DAY, None, ["access-key-1-unused"]),
        (91 * DAY, None, ["access-key-1-too-old", "access-key-1-unused"]),
    ],
)
def test_a_key_may_be_so_old_and_so_long_idle(
    age: timedelta, idle: timedelta | None, expected: list[str]
) -> None:
    verdict = judged(credentials=keyed(age, idle))
    assert [fault for _, fault in faults(verdict)] == expected


def test_the_second_key_is_told_from_the_first() -> None:
    verdict = judged(credentials=keyed(91 * DAY, DAY, number=2))
    assert faults(verdict) == [(ANN, "access-key-2-too-old")]
    assert verdict.offenders[0].observed == "access key 2 is 91 days old"


def test_a_key_that_was_never_used_says_so() -> None:
    [offender] = judged(credentials=keyed(50 * DAY, None)).offenders
    assert offender.observed == "access key 1 is idle for 50 days, never used"


def test_without_an_analyzer_nobody_watches() -> None:
    [offender] = judged(analyzers=[]).offenders
    assert offender.key == ("analyzer:external-access", "missing")
    assert offender.absent_from == ("analyzers",)


def test_an_analyzer_that_is_not_active_is_none() -> None:
    [offender] = judged(analyzers=[Analyzer(ANALYZER, "outside", "DISABLED")]).offenders
    assert offender.key == ("analyzer:external-access", "missing")
    assert offender.observed == "no active analyzer: outside is disabled"


def test_one_active_analyzer_of_several_is_enough() -> None:
    both = [Analyzer("arn:2", "b", "FAILED"), Analyzer(ANALYZER, "outside", "ACTIVE")]
    assert judged(analyzers=both).offenders == ()


def finding(identifier: str = "f1", error: str = "") -> ExternalAccess:
    return ExternalAccess(identifier, ANALYZER, BUCKET, "AWS::S3::Bucket", error)


def test_what_is_open_to_others_is_named() -> None:
    [offender] = judged(findings=[finding()]).offenders
    assert offender.key == (BUCKET, "open-outwards")
    assert offender.fix == (
        f"aws accessanalyzer get-finding-v2 --analyzer-arn {ANALYZER} --id f1 --region us-east-1"
    )


def test_what_could_not_be_analysed_does_not_pass() -> None:
    [offender] = judged(findings=[finding(error="ACCESS_DENIED")]).offenders
    assert offender.key == (BUCKET, "not-analysed")


def test_several_findings_of_a_resource_are_one_offence_in_any_order() -> None:
    found = [finding("f1"), finding("f2"), finding("f3")]
    verdicts = {judged(findings=order).offenders for order in permutations(found)}
    assert [len(offenders) for offenders in verdicts] == [1]
