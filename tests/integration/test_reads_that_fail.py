"""Each read of each check: refused, throttled to the end, failing on page three, answering HTML.

The items that need the read are UNKNOWN with its action and code, or FAIL by what was seen; every
other item is judged as if nothing had happened.
"""

from collections.abc import Iterator

import pytest
from evaluating import CHECKLIST, REGISTRY, Evaluate, faults

from compliance.model import Status
from compliance.registry import Read, closure
from compliance.report import Report
from simulated_account import SimulatedAccount
from simulated_account.failures import AccessDenied, Hang, HtmlPage, Throttling
from simulated_account.paging import Paging

READS = sorted(
    {read for collector in REGISTRY.collectors.values() for read in collector.reads},
    key=lambda read: (read.service, read.operation),
)
PAGED = [read for read in READS if Paging.of(read.service, read.operation)]


def _by_name(read: Read) -> str:
    return f"{read.service}.{read.operation}"


def _concerned(read: Read) -> frozenset[str]:
    """The items that need the read."""
    return frozenset(
        item.id
        for item in CHECKLIST.items.values()
        if item.check
        and any(
            read in collector.reads
            for collector in closure(
                REGISTRY.checks[item.check].facts, REGISTRY.collectors
            ).values()
        )
    )


@pytest.fixture(autouse=True)
def _healed(production: SimulatedAccount) -> Iterator[None]:
    yield
    production.heal()


@pytest.fixture
def sound(production: SimulatedAccount, evaluated: Evaluate) -> Report:
    """What is found while every read answers; the same for every test of the module."""
    if not _SOUND:
        _SOUND.append(evaluated(production))
    return _SOUND[0]


_SOUND: list[Report] = []


def _holds(read: Read, report: Report, sound: Report, *codes: str) -> None:
    concerned = _concerned(read)
    assert concerned
    for name, result in report.results.items():
        if name not in concerned:
            assert (result.status, result.offenders) == (
                sound.results[name].status,
                sound.results[name].offenders,
            )
            continue
        assert result.status in {Status.UNKNOWN, Status.FAIL}, name
        assert read.action in str(result.reason), name
        assert any(f"answered {code}" in str(result.reason) for code in codes), result.reason
    assert faults(report) <= faults(sound)


@pytest.mark.parametrize("read", READS, ids=_by_name)
def test_a_refused_read_blinds_just_the_items_that_need_it(
    read: Read, production: SimulatedAccount, evaluated: Evaluate, sound: Report
) -> None:
    production.fail(read.service, read.operation, AccessDenied)
    _holds(
        read,
        evaluated(production),
        sound,
        "AccessDeniedException (grant",
        "AccessDenied (grant",
        "AuthorizationError (grant",
    )


@pytest.mark.parametrize("read", READS, ids=_by_name)
def test_a_read_throttled_to_the_end_blinds_just_the_items_that_need_it(
    read: Read, production: SimulatedAccount, evaluated: Evaluate, sound: Report
) -> None:
    production.fail(read.service, read.operation, Throttling)
    report = evaluated(production)
    _holds(read, report, sound, "Throttling", "ThrottlingException", "TooManyRequestsException")
    assert report.calls.throttles > 0


@pytest.mark.parametrize("read", READS, ids=_by_name)
def test_a_read_that_answers_html_blinds_just_the_items_that_need_it(
    read: Read, production: SimulatedAccount, evaluated: Evaluate, sound: Report
) -> None:
    production.fail(read.service, read.operation, HtmlPage())
    _holds(read, evaluated(production), sound, "HTTP 500", "ResponseParserError")


@pytest.mark.parametrize("read", PAGED, ids=_by_name)
def test_a_read_that_fails_on_its_third_page_proves_what_it_saw(
    read: Read, production: SimulatedAccount, evaluated: Evaluate, sound: Report
) -> None:
    production.page_size(read.service, read.operation, 1)
    production.fail(read.service, read.operation, AccessDenied, on_page=3)
    try:
        report = evaluated(production)
    finally:
        production.page_size(read.service, read.operation, None)
    _holds(read, report, sound, "AccessDeniedException", "AccessDenied", "AuthorizationError")


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
    report = evaluated(production, budget_seconds=3.0)
    assert report.duration_seconds < 10
    assert str(report.results["cloudwatch.log-retention"].reason).startswith("out of time: ")
    other = "dynamodb.point-in-time-recovery"
    assert report.results[other].offenders == sound.results[other].offenders
