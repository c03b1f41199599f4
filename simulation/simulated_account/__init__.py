"""A simulated AWS account at one endpoint, for the demo, the tests and the benchmarks.

with SimulatedAccount() as account:
    omnitrack.seed(account)
    account.fail("logs", "DescribeLogGroups", AccessDenied(), on_page=3)
    subprocess.run([...], env=os.environ | account.environment)
"""

from simulated_account.account import AccountInUseError, SimulatedAccount
from simulated_account.failures import (
    AccessDenied,
    AwsError,
    Failure,
    Hang,
    HtmlPage,
    InternalFailure,
    Throttling,
)
from simulated_account.gateway import Call
from simulated_account.paging import NotPagedError
from simulated_account.replies import AnswerDoesNotFitModelError

__all__ = [
    "AccessDenied",
    "AccountInUseError",
    "AnswerDoesNotFitModelError",
    "AwsError",
    "Call",
    "Failure",
    "Hang",
    "HtmlPage",
    "InternalFailure",
    "NotPagedError",
    "SimulatedAccount",
    "Throttling",
]
