"""Slack's incoming webhook. Its address is the secret: whoever has it writes in the channel.

So nothing that knows the address may speak of it: slack_sdk logs it and urllib quotes it in errors,
therefore the one gets a logger that says nothing, and the other's errors end here by their kind.
Source: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
)
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.webhook.client import WebhookClient
from slack_sdk.webhook.webhook_response import WebhookResponse

from compliance.sinks.undelivered import Refused, Retry, Undelivered

__all__ = ["LONGEST_SECONDS", "TIMEOUT_SECONDS", "Webhook"]

TIMEOUT_SECONDS = 8
LONGEST_WAIT_SECONDS = 3
LONGEST_SECONDS = 2 * TIMEOUT_SECONDS + LONGEST_WAIT_SECONDS + 2
"""How long one message can take: an attempt, a wait, and another attempt."""

_SECRET_SECONDS = 300
_OK = 200
_TOO_MANY_REQUESTS = 429
_REQUEST_TIMEOUT = 408
_SERVER_ERROR = 500
_LONGEST_CODE = 60

_REMEDIES = {
    "invalid_payload": "this is a defect of the monitor: Slack could not read the message",
    "invalid_blocks": "this is a defect of the monitor: Slack could not read the message's blocks",
    "no_service": "the webhook is revoked: make a new one and put its address into the secret",
    "no_active_hooks": "the webhook is disabled: make a new one and put its address in the secret",
    "no_team": "the workspace is gone: make a webhook in another and put it into the secret",
    "invalid_token": "the secret holds a wrong address: put the webhook's address into it",
    "action_prohibited": "an administrator of the workspace forbids it: ask for the webhook",
    "posting_to_general_channel_denied": "only some may post there: make a webhook elsewhere",
    "channel_not_found": "the channel is gone: make a webhook for another",
    "channel_is_archived": "the channel is archived: unarchive it, or make a webhook for another",
}
_REMEDIES_BY_STATUS = {
    400: "this is a defect of the monitor: Slack could not read the message",
    403: "the webhook is revoked or forbidden: make a new one and put its address into the secret",
    404: "the webhook is revoked: make a new one and put its address into the secret",
    410: "the channel is archived: unarchive it, or make a webhook for another",
}

_ADDRESS = re.compile(r"https?://[!-.0-~]+/[!-~]*")
_silent = logging.Logger("slack_sdk without a voice", level=logging.CRITICAL + 1)  # noqa: LOG001 -- it must have no parent that speaks


class _ShortRateLimit(RateLimitErrorRetryHandler):
    """Waits where Slack asks for seconds; longer waits belong to the queue, not to a function."""

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        del state, request, error
        if response is None or response.status_code != _TOO_MANY_REQUESTS:
            return False
        asked = _seconds({name: values[0] for name, values in response.headers.items() if values})
        return asked is not None and asked <= LONGEST_WAIT_SECONDS


class Webhook:
    """The webhook whose address is in a secret of Secrets Manager, read every five minutes."""

    def __init__(
        self,
        secrets: Any,  # noqa: ANN401 -- a Secrets Manager client
        secret: str,
        *,
        timeout_seconds: int = TIMEOUT_SECONDS,
    ) -> None:
        self._secrets = SecretsProvider(boto3_client=secrets)
        self._secret = secret
        self._timeout_seconds = timeout_seconds
        self._doubted = False

    def post(self, payload: Mapping[str, Any]) -> None:
        """Post a payload; raises Retry or Refused, which never hold the address.

        Slack says `ok`, and nothing else, where it has taken a message: a page of something between
        us with status 200 is no delivery.
        """
        address = self._address()
        # Raised out here: an exception that is raised within an `except` carries the first along.
        outcome = self._outcome(address, payload)
        if isinstance(outcome, Refused):
            self._doubted = True
        if outcome is not None:
            raise outcome

    def _address(self) -> str:
        """The secret's value; read anew after a refusal, for somebody may have mended it."""
        problem: Undelivered
        try:
            value = self._secrets.get(
                self._secret, max_age=_SECRET_SECONDS, force_fetch=self._doubted
            )
        except GetParameterError as error:
            problem = _unreadable(self._secret, str(error))
        else:
            address = value.strip() if isinstance(value, str) else ""
            if _ADDRESS.fullmatch(address):
                self._doubted = False
                return address
            self._doubted = True
            problem = Refused(f"the secret {self._secret} holds no webhook address: put it there")
        raise problem

    def _outcome(self, address: str, payload: Mapping[str, Any]) -> Undelivered | None:
        client = WebhookClient(
            address,
            timeout=self._timeout_seconds,
            logger=_silent,
            retry_handlers=[
                ConnectionErrorRetryHandler(max_retry_count=1),
                _ShortRateLimit(max_retry_count=1),
            ],
        )
        try:
            response = client.send_dict(dict(payload))
        except Exception as error:  # noqa: BLE001 -- whatever it is, its text may hold the address
            return Retry(f"Slack does not answer: {type(error).__name__}")
        return _judge(response)


def _judge(response: WebhookResponse) -> Undelivered | None:
    """What Slack's answer means; None where it took the message."""
    status, body = response.status_code, (response.body or "").strip()
    if status == _OK and body == "ok":
        return None
    code = body if body.replace("_", "").isalnum() and len(body) <= _LONGEST_CODE else "no code"
    said = f"Slack answered {status} ({code})"
    if status == _TOO_MANY_REQUESTS:
        return Retry(said, _seconds(dict(response.headers.items())))
    if status >= _SERVER_ERROR or status in {_REQUEST_TIMEOUT, _OK}:
        return Retry(said)
    remedy = _REMEDIES.get(code) or _REMEDIES_BY_STATUS.get(status, "see Slack's documentation")
    return Refused(f"{said}: {remedy}")


def _seconds(headers: Mapping[str, str]) -> int | None:
    """What Retry-After asks for; None where it is missing or is not in seconds."""
    value = {name.lower(): value for name, value in headers.items()}.get("retry-after", "").strip()
    return int(value) if value.isdecimal() and len(value) < 10 else None  # noqa: PLR2004 -- a century


def _unreadable(secret: str, said: str) -> Undelivered:
    """Why the secret could not be read: AWS's own words, which never hold its value."""
    message = f"the secret {secret} could not be read (secretsmanager:GetSecretValue): {said[:300]}"
    refused = ("AccessDenied", "ResourceNotFound", "DecryptionFailure", "InvalidRequest")
    return Refused(message) if any(code in said for code in refused) else Retry(message)
