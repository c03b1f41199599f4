"""Copies of backups, vault locks and restores."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from simulated_account.account import SimulatedAccount
    from simulated_account.omnitrack.place import Fault

FAULTS: frozenset[Fault] = frozenset()


def seed(account: SimulatedAccount, now: datetime) -> None:
    """Ages are counted from `now`."""
