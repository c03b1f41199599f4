"""Account Management: one global service; botocore knows where each partition has it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from compliance.collectors.reader import Reader
from compliance.facts.contacts import AlternateContact
from compliance.registry import Read, collector

GET_ALTERNATE_CONTACT = Read(
    "account", "GetAlternateContact", absent=frozenset({"ResourceNotFoundException"})
)

_KINDS = ("BILLING", "OPERATIONS", "SECURITY")


@collector(GET_ALTERNATE_CONTACT)
def alternate_contacts(reader: Reader) -> Iterator[AlternateContact]:
    """The account's own; an account names itself by leaving out the parameter for its id."""
    yield from reader.each(
        _KINDS, partial(_contact, reader), arn=lambda kind: f"alternate-contact:{kind}"
    )


def _contact(reader: Reader, kind: str) -> AlternateContact | None:
    answer = reader.call(GET_ALTERNATE_CONTACT, AlternateContactType=kind)
    if answer is None:
        return None
    contact = answer["AlternateContact"]
    details = (contact.get(name, "") for name in ("Name", "EmailAddress", "PhoneNumber"))
    return AlternateContact(kind, *details)
