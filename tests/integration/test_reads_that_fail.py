"""Each read of each check: refused, and answering HTML.

The items that need a read are UNKNOWN with its action and code, or FAIL by what was seen.
"""

import pytest
from evaluating import Evaluate
from failing_reads import READS, by_name, concerned, holds

from compliance.registry import Read
from compliance.report import Report
from simulated_account import SimulatedAccount
from simulated_account.failures import AccessDenied, Hang, HtmlPage, Throttling

pytestmark = pytest.mark.usefixtures("healed")


@pytest.mark.parametrize("read", READS, ids=by_name)
def test_a_refused_read_blinds_the_items_that_need_it(
    read: Read, production: SimulatedAccount, evaluated: Evaluate, sound: Report
) -> None:
    production.fail(read.service, read.operation, AccessDenied)
    holds(
        read,
        evaluated(production, *sorted(concerned(read))),
        sound,
        "AccessDeniedException (grant",
        "AccessDenied (grant",
        "AuthorizationError (grant",
        "UnauthorizedOperation (grant",
    )


@pytest.mark.parametrize("read", READS[::12], ids=by_name)
def test_what_does_not_need_a_refused_read_is_judged_as_if_nothing_had_happened(
    read: Read, production: SimulatedAccount, evaluated: Evaluate, sound: Report
) -> None:
    """One in twelve: that an item sees only its own facts is the engine's promise, held there."""
    production.fail(read.service, read.operation, AccessDenied)
    holds(read, evaluated(production), sound, "Access", "Authorization", "Unauthorized")


@pytest.mark.parametrize("read", READS, ids=by_name)
def test_a_read_that_answers_html_blinds_the_items_that_need_it(
    read: Read, production: SimulatedAccount, evaluated: Evaluate, sound: Report
) -> None:
    production.fail(read.service, read.operation, HtmlPage())
    holds(
        read,
        evaluated(production, *sorted(concerned(read))),
        sound,
        "HTTP 500",
        "ResponseParserError",
    )


def test_a_refusal_for_one_table_leaves_the_verdict_on_all_others(
    production: SimulatedAccount, evaluated: Evaluate, sound: Report
) -> None:
    item = "dynamodb.point-in-time-recovery"
    production.fail(
        "dynamodb",
        "DescribeContinuousBackups",
        AccessDenied,
        when=lambda parameters: parameters["TableName"] == "omnitrack-orders",
    )
    result = evaluated(production, item).results[item]
    assert result.offenders == sound.results[item].offenders != ()
    assert "for omnitrack-orders answered AccessDeniedException" in str(result.reason)
    assert result.unseen == {"arn:aws:dynamodb:us-east-1:123456789012:table/omnitrack-orders"}


def test_a_table_that_vanishes_meanwhile_is_no_table(
    production: SimulatedAccount, evaluated: Evaluate, sound: Report
) -> None:
    item = "dynamodb.point-in-time-recovery"
    production.fail(
        "dynamodb",
        "DescribeTable",
        "ResourceNotFoundException",
        when=lambda parameters: parameters["TableName"] == "omnitrack-orders",
    )
    result = evaluated(production, item).results[item]
    assert result.reason is None
    assert len(result.evaluated) == len(sound.results[item].evaluated) - 1


def test_throttling_is_retried_and_counted(
    production: SimulatedAccount, evaluated: Evaluate, sound: Report
) -> None:
    production.fail("logs", "DescribeLogGroups", Throttling, times=2)
    item = "cloudwatch.log-retention"
    report = evaluated(production, item, attempts=3)
    assert report.results[item].offenders == sound.results[item].offenders
    assert (report.calls.retries, report.calls.throttles) == (2, 2)


def test_one_table_after_the_other_throttled_ends_the_asking(
    production: SimulatedAccount, evaluated: Evaluate
) -> None:
    production.fail("dynamodb", "DescribeContinuousBackups", Throttling)
    report = evaluated(production, "dynamodb.point-in-time-recovery", concurrency=1)
    tables = report.calls.operations["dynamodb:DescribeTable"]
    assert report.calls.operations["dynamodb:DescribeContinuousBackups"] < tables
    assert "and 14 more answered ThrottlingException" in str(
        report.results["dynamodb.point-in-time-recovery"].reason
    )


def test_a_read_that_hangs_is_out_of_time_and_the_run_ends(
    production: SimulatedAccount, evaluated: Evaluate, sound: Report
) -> None:
    production.fail("logs", "DescribeLogGroups", Hang(20))
    hanging, other = "cloudwatch.log-retention", "dynamodb.point-in-time-recovery"
    report = evaluated(production, hanging, other, budget_seconds=5.0)
    assert report.duration_seconds < 15
    assert str(report.results[hanging].reason).startswith("out of time: ")
    assert report.results[other].offenders == sound.results[other].offenders
