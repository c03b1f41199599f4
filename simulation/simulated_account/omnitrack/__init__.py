"""OmniTrack AI's production account, most of it as it should be.

Each module seeds one area of it, after the workload, and says what is wrong there. `KNOWN_FAULTS`
names it all, by item of the checklist, resource and fault: whoever evaluates the seeded account
must find exactly these.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from simulated_account.omnitrack import (
    buckets,
    caches,
    copies,
    dashboards,
    edge,
    functions,
    identity,
    keys,
    levels,
    listening,
    people,
    protection,
    rest,
    spending,
    statements,
    trails,
    workload,
)
from simulated_account.omnitrack.place import ACCOUNT_ID, REGION, Fault
from simulated_account.omnitrack.planted import plant
from simulated_account.omnitrack.statements import (
    ACCEPTED_FAULTS,
    ENDING_FAULT,
    ending,
    stated,
)
from simulated_account.omnitrack.workload import (
    DRIFT_FAULTS,
    FUNCTIONS,
    TABLES,
    UNPROTECTED_TABLE,
    drift,
    repair,
)

if TYPE_CHECKING:
    from simulated_account.account import SimulatedAccount

__all__ = [
    "ACCEPTED_FAULTS",
    "ACCOUNT_ID",
    "DRIFT_FAULTS",
    "ENDING_FAULT",
    "FUNCTIONS",
    "KNOWN_FAULTS",
    "REGION",
    "TABLES",
    "UNPROTECTED_TABLE",
    "Fault",
    "drift",
    "ending",
    "plant",
    "repair",
    "seed",
    "stated",
]

_AREAS = (
    workload,
    rest,
    buckets,
    caches,
    copies,
    functions,
    edge,
    identity,
    keys,
    listening,
    people,
    protection,
    trails,
    dashboards,
    levels,
    spending,  # last: it tags what the others made, and has it used
)

KNOWN_FAULTS: frozenset[Fault] = (
    frozenset().union(*(area.FAULTS for area in (*_AREAS, statements))) - ACCEPTED_FAULTS
)


def seed(account: SimulatedAccount, *, now: datetime | None = None) -> None:
    """Fills an empty account. Ages are counted from `now`, by default the present.

    Raises ValueError for an account of another id or region: the known faults name both.
    """
    if (account.account_id, account.region) != (ACCOUNT_ID, REGION):
        message = f"OmniTrack's production is account {ACCOUNT_ID} in {REGION}"
        raise ValueError(message)
    for area in _AREAS:
        area.seed(account, now or datetime.now(UTC))
