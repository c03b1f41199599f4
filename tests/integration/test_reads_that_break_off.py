"""Each read of each check: throttled to the end, and failing on page three.

The items that need a read are UNKNOWN with its action and code, or FAIL by what was seen.
"""

import pytest
from evaluating import Evaluate
from failing_reads import PAGED, READS, by_name, concerned, holds

from compliance.registry import Read
from compliance.report import Report
from simulated_account import SimulatedAccount
from simulated_account.failures import AccessDenied, Throttling

pytestmark = pytest.mark.usefixtures("healed")


@pytest.mark.parametrize("read", READS, ids=by_name)
def test_a_read_throttled_to_the_end_blinds_the_items_that_need_it(
    read: Read, production: SimulatedAccount, evaluated: Evaluate, sound: Report
) -> None:
    production.fail(read.service, read.operation, Throttling)
    report = evaluated(production, *sorted(concerned(read)))
    holds(
        read,
        report,
        sound,
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
    )
    asked = f"{read.service}:{read.operation}" in sound.calls.operations
    assert (report.calls.throttles > 0) == asked


@pytest.mark.parametrize("read", PAGED, ids=by_name)
def test_a_read_that_fails_on_its_third_page_proves_what_it_saw(
    read: Read, production: SimulatedAccount, evaluated: Evaluate, sound: Report
) -> None:
    production.page_size(read.service, read.operation, 1)
    production.fail(read.service, read.operation, AccessDenied, on_page=3)
    try:
        report = evaluated(production, *sorted(concerned(read)))
    finally:
        production.page_size(read.service, read.operation, None)
    holds(
        read,
        report,
        sound,
        "AccessDeniedException",
        "AccessDenied",
        "AuthorizationError",
        "UnauthorizedOperation",
    )
