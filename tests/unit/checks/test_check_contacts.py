"""AWS and the team know whom to reach."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

import pytest

from compliance.baseline import load_baseline
from compliance.checks.operational_docs import contacts_are_set
from compliance.facts.contacts import AlternateContact
from compliance.model import Verdict

KINDS = ("OPERATIONS", "SECURITY", "BILLING")


def contact(kind: str, **changes: str) -> AlternateContact:
    told = {
        "name": "On-call engineer",
        "email_address": "oncall@omnitrack.example",
        "phone_number": "+1 202 555 0142",
    }
    return AlternateContact(kind, **{**told, **changes})


ALL = tuple(map(contact, KINDS))


def judged(
    *known: AlternateContact, contacts: Mapping[str, str | Sequence[str]] | None = None
) -> Verdict:
    return contacts_are_set(known, contacts=contacts or {})


def test_three_contacts_hold() -> None:
    verdict = judged(*ALL, contacts={"on_call": "oncall@omnitrack.example"})
    assert verdict.offenders == ()
    assert verdict.evaluated == (
        *(f"alternate-contact:{kind}" for kind in KINDS),
        "contact:on_call",
    )


def test_the_contacts_of_productions_baseline_hold() -> None:
    assert judged(*ALL, contacts=load_baseline()["contacts"]).offenders == ()


@pytest.mark.parametrize("kind", KINDS)
def test_a_contact_that_is_not_set_fails_alone(kind: str) -> None:
    [offender] = judged(*(each for each in ALL if each.kind != kind)).offenders
    assert offender.key == (f"alternate-contact:{kind}", "missing")
    assert offender.observed == f"AWS has no contact for {kind.lower()}"
    assert offender.absent_from == ("alternate_contacts",)
    words = shlex.split(str(offender.fix))
    assert words[:3] == ["aws", "account", "put-alternate-contact"]
    assert words[3:5] == ["--alternate-contact-type", kind]


PLACEHOLDERS = [
    "TBD",
    "todo: ask Anna",
    "ChangeMe",
    "change-me@omnitrack.example",
    "oncall@example.com",
    "oncall@mail.example.org",
    "+1-XXX-XXX-XXXX",
    "<phone>",
    "{{ on_call }}",
    "${ON_CALL}",
    "your-email@omnitrack.example",
    "N/A",
    "+00 000 0000",
    "-",
    "",
]
REAL = [
    "oncall@omnitrack.example",
    "On Call <oncall@omnitrack.example>",
    "Ivo Todorov",
    "todorov@omnitrack.example",
    "+1 202 555 0142",
    "maxxxl@omnitrack.example",
    "#on-call",
    "https://support.console.aws.amazon.com/support/home",
    "example.community@omnitrack.example",
]


@pytest.mark.parametrize("value", PLACEHOLDERS)
def test_a_placeholder_in_the_baseline_fails(value: str) -> None:
    [offender] = judged(*ALL, contacts={"on_call": value}).offenders
    assert offender.key == ("contact:on_call", "placeholder")
    assert offender.observed == f"the baseline says {value}"


@pytest.mark.parametrize("value", REAL)
def test_what_only_looks_like_a_placeholder_holds(value: str) -> None:
    assert judged(*ALL, contacts={"on_call": value}).offenders == ()


def test_each_of_several_addresses_is_looked_at() -> None:
    mixed = ["oncall@omnitrack.example", "TBD", "TODO"]
    [offender] = judged(*ALL, contacts={"alert_emails": mixed}).offenders
    assert offender.observed == "the baseline says TBD, TODO"


def test_a_placeholder_with_aws_is_told_by_its_field_alone() -> None:
    wrong = contact("SECURITY", name="TBD", phone_number="+1-XXX-XXX-XXXX")
    [offender] = judged(ALL[0], wrong, ALL[2]).offenders
    assert offender.key == ("alternate-contact:SECURITY", "placeholder")
    assert offender.observed == "placeholder for the name and the phone number"


def test_a_contact_prints_nothing_that_identifies_a_person() -> None:
    assert repr(contact("SECURITY")) == "AlternateContact(kind='SECURITY')"
