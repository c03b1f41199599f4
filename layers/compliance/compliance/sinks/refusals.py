"""What an AWS service's error means for a message: try again, or have somebody mend it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.parsers import ResponseParserError

from compliance.sinks.undelivered import Refused, Retry

__all__ = ["TRANSIENT", "sending"]

TRANSIENT = frozenset(
    {
        "InternalError",
        "InternalException",
        "InternalFailure",
        "InternalServerError",
        "KMSThrottling",
        "KMSThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TransactionConflictException",
    }
)
"""Error codes that time mends, also where they come with a client's status."""

_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
_LONGEST_MESSAGE = 300


@contextmanager
def sending(action: str, to: str) -> Iterator[None]:
    """Turn what a call raises into Retry or Refused; `action` is the permission that it needs."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "?"))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        if code in TRANSIENT or status == _TOO_MANY_REQUESTS or status >= _SERVER_ERROR:
            message = f"{to} answered {code} to {action}"
            raise Retry(message) from error
        said = str(error.response.get("Error", {}).get("Message", ""))[:_LONGEST_MESSAGE]
        message = f"{to} refuses {action} with {code}: {said}"
        raise Refused(message) from error
    except ParamValidationError as error:
        message = f"{to} cannot take the message: {error}"
        raise Refused(message) from error
    except (BotoCoreError, ResponseParserError) as error:
        message = f"{to} does not answer {action}: {type(error).__name__}"
        raise Retry(message) from error
