"""Whether the policy of a key, or of a topic, lets an AWS service use it.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
Source: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

__all__ = ["PUBLISHES", "USES_THE_KEY", "shut_out"]

USES_THE_KEY = ("kms:generatedatakey", "kms:decrypt")
"""What a service does with the key of an encrypted topic that it publishes to."""

PUBLISHES = ("sns:publish",)
"""What a service does with a topic."""


def shut_out(policy: str, services: Collection[str], actions: Collection[str]) -> list[str]:
    """The service principals of `services` that a policy does not let do all of `actions`.

    A condition of an Allow (the source's account or ARN) is taken to be met, that of a Deny not to
    be. A principal of any AWS account, `{"AWS": "*"}`, is none of a service. A policy that is no
    JSON lets nobody in.
    """
    try:
        document = json.loads(policy)
    except ValueError:
        return list(services)
    statements = _listed(document.get("Statement", ())) if isinstance(document, dict) else ()
    known = [each for each in statements if isinstance(each, dict)]
    return [
        service
        for service in services
        if not all(_may(known, service, action) for action in actions)
    ]


def _may(statements: Iterable[Mapping[str, Any]], service: str, action: str) -> bool:
    hits = [each for each in statements if _concerns(each, service) and _covers(each, action)]
    if any(each.get("Effect") == "Deny" and not each.get("Condition") for each in hits):
        return False
    return any(each.get("Effect") == "Allow" for each in hits)


def _concerns(statement: Mapping[str, Any], service: str) -> bool:
    if "NotPrincipal" in statement:
        return not _names(statement["NotPrincipal"], service)
    return _names(statement.get("Principal"), service)


def _names(principal: Any, service: str) -> bool:  # noqa: ANN401 -- whatever JSON there is
    if isinstance(principal, dict):
        return bool({"*", service} & {str(each) for each in _listed(principal.get("Service", ()))})
    return bool(principal == "*")


def _covers(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not _matches(statement["NotAction"], action)
    return _matches(statement.get("Action", ()), action)


def _matches(patterns: Any, action: str) -> bool:  # noqa: ANN401 -- whatever JSON there is
    return any(fnmatchcase(action, str(pattern).lower()) for pattern in _listed(patterns))


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 -- AWS writes a list of one without brackets
    return list(value) if isinstance(value, (list, tuple)) else [value]
