"""Who hears the alerts beside the topic, and what is remembered of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from simulated_account.omnitrack.place import REGION, arn

if TYPE_CHECKING:
    from datetime import datetime

    from simulated_account.account import SimulatedAccount
    from simulated_account.omnitrack.place import Fault

CHAT_CHANNEL = "omnitrack-alerts"
UNHEARD_ALARM = "omnitrack-admin-api-latency-p95"
UNHEARD_CHARGES = "omnitrack-estimated-charges"
CHILD_ALARM = "omnitrack-agent-planner-errors"
COMPOSITE_ALARM = "omnitrack-agents"

_TESTED = (
    "omnitrack-api-5xx",
    "omnitrack-api-latency-p95",
    "omnitrack-orders-throttles",
)
_NO_KEY = "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."

FAULTS: frozenset[Fault] = frozenset(
    {
        (
            "alarm-verification.api-latency",
            arn("cloudwatch", f"alarm:{UNHEARD_ALARM}"),
            "action-failed",
        ),
        (
            "alarm-verification.cost",
            arn("cloudwatch", f"alarm:{UNHEARD_CHARGES}"),
            "action-failed",
        ),
    }
)


def seed(account: SimulatedAccount, now: datetime) -> None:
    """The team tested an alarm of each kind; while the key was locked, two of them told nobody.

    Ages are counted from `now`.
    """
    tested = now - timedelta(days=7)
    _fire(account, UNHEARD_CHARGES, now - timedelta(days=25))
    for at, name in enumerate(_TESTED):
        _fire(account, name, tested + timedelta(minutes=10 * at))
    _fire(account, CHILD_ALARM, tested + timedelta(hours=1), above=COMPOSITE_ALARM)
    for name in (UNHEARD_ALARM, UNHEARD_CHARGES):
        _fire(account, name, now - timedelta(days=20), action_error=_NO_KEY)
    account.data.chatbot.add_slack(CHAT_CHANNEL, [arn("sns", "omnitrack-alerts")])


def _fire(
    account: SimulatedAccount,
    name: str,
    at: datetime,
    *,
    above: str | None = None,
    action_error: str | None = None,
) -> None:
    """An alarm goes to ALARM and back, a composite alarm after it."""
    cloudwatch = account.data.cloudwatch
    for value, since in (("ALARM", at), ("OK", at + timedelta(minutes=3))):
        cloudwatch.set_state(REGION, name, value, at=since, action_error=action_error)
        if above:
            cloudwatch.set_state(REGION, above, value, at=since + timedelta(seconds=2))
