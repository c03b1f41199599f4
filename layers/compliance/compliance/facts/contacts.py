"""Whom AWS writes to beside the root user."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AlternateContact:
    """The contact for OPERATIONS, SECURITY or BILLING; what identifies a person is never printed.

    Source: https://docs.aws.amazon.com/accounts/latest/reference/API_AlternateContact.html
    """

    kind: str
    name: str = field(repr=False)
    email_address: str = field(repr=False)
    phone_number: str = field(repr=False)
