"""Statements as plain data: the YAML that is reviewed, and the rows that are kept.

A statement goes out as a mapping and comes back as the same record, so that an export imports
without a difference.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from compliance.documents import DocumentError, load_yaml, parsed, violations
from compliance.model import How, Item
from compliance.selection import nearest
from compliance.statements.records import (
    LONGEST_EXCEPTION,
    LONGEST_TIME,
    Attestation,
    Author,
    Evidence,
    ItemException,
    Quantity,
    Revocation,
    Statement,
    new_id,
)
from compliance.statements.standing import Statements

__all__ = [
    "SCHEMA",
    "check_readable",
    "evidence_data",
    "from_data",
    "identified",
    "is_text",
    "kind_of",
    "load_statements",
    "misshapen",
    "mistakes_in",
    "statements_of",
    "to_data",
    "to_document",
]

SCHEMA = Path(__file__).with_name("statements.schema.json")
SCHEMA_VERSION = 1

LARGEST = 20_000_000
"""The characters that a file may have: none of its statements is ever deleted."""

_LISTS = {
    "attestations": Attestation,
    "exceptions": ItemException,
    "revocations": Revocation,
}


def load_statements(path: Path, items: Mapping[str, Item]) -> Statements:
    """The statements of a reviewed file.

    Raises DocumentError with every mistake at once: its path, what was found, what was expected.
    """
    document = load_yaml(path, LARGEST)
    _check(document, str(path), items)
    return statements_of(document)


def check_readable(text: str, source: str, items: Mapping[str, Item]) -> None:
    """Raise DocumentError where `load_statements` would refuse a file of that text.

    Whoever writes a file asks first: one that cannot be read again takes all statements with it.
    """
    _check(parsed(text, source, LARGEST), source, items)


def _check(document: Mapping[str, Any], source: str, items: Mapping[str, Item]) -> None:
    mistakes = list(violations(document, _schema()))
    if not mistakes:
        mistakes = list(_mistakes(document, items))
    if mistakes:
        raise DocumentError(source, mistakes)


def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return schema


def statements_of(document: Mapping[str, Any]) -> Statements:
    """The statements of a document that is known to be valid."""
    return Statements.of(
        from_data(kind, entry) for kind in _LISTS for entry in document.get(kind, ())
    )


def to_document(statements: Statements) -> dict[str, Any]:
    """Statements in the shape of `statements.schema.json`, in an order that does not vary."""
    document: dict[str, Any] = {"schema_version": SCHEMA_VERSION}
    for kind, record in _LISTS.items():
        entries = [to_data(each) for each in statements if isinstance(each, record)]
        if entries:
            document[kind] = entries
    return document


def to_data(statement: Statement) -> dict[str, Any]:
    """One statement as plain data, without what is empty."""
    author = statement.author
    data: dict[str, Any] = {"id": statement.id, "item": statement.item, "by": author.name}
    if author.user_id:
        arn = {"arn": author.arn} if author.arn else {}
        data["identity"] = {"user_id": author.user_id, **arn}
    data["at"] = _instant(statement.at)
    match statement:
        case Attestation():
            data["valid_until"] = _instant(statement.valid_until)
            data["evidence"] = evidence_data(statement.evidence)
            data |= {"note": statement.note} if statement.note else {}
        case ItemException():
            data["until"] = _instant(statement.until)
            data["resource"] = statement.resource
            data["faults"] = sorted(statement.faults)
            data["reason"] = statement.reason
        case Revocation():
            data |= {"exception": statement.exception} if statement.exception else {}
            data["reason"] = statement.reason
    return data


def kind_of(statement: Statement) -> str:
    """The list of a document that the statement belongs to."""
    return next(kind for kind, record in _LISTS.items() if isinstance(statement, record))


def evidence_data(evidence: Evidence) -> dict[str, Any]:
    """Evidence as plain data, without what is empty."""
    value = evidence.value
    data = {
        "link": evidence.link,
        "file": evidence.file,
        "sha256": evidence.sha256,
        "value": {"number": value.number, "unit": value.unit} if value else None,
        "detail": evidence.detail,
    }
    return {name: each for name, each in data.items() if each is not None}


def from_data(kind: str, data: Mapping[str, Any]) -> Statement:
    """The record of one entry of `attestations`, `exceptions` or `revocations`, valid as such."""
    identity = data.get("identity", {})
    author = Author(data["by"], identity.get("user_id", ""), identity.get("arn", ""))
    at, item = _moment(data["at"]), data["item"]
    statement: Statement
    match kind:
        case "attestations":
            evidence = dict(data.get("evidence", {}))
            if value := evidence.pop("value", None):
                evidence["value"] = Quantity(float(value["number"]), value["unit"])
            until = _moment(data["valid_until"])
            note = data.get("note", "")
            statement = Attestation("", item, author, at, until, Evidence(**evidence), note)
        case "exceptions":
            until, faults = _moment(data["until"]), frozenset(data["faults"])
            resource, reason = data["resource"], data["reason"]
            statement = ItemException("", item, author, at, until, resource, faults, reason)
        case _:
            reason, exception = data["reason"], data.get("exception")
            statement = Revocation("", item, author, at, reason, exception)
    return replace(statement, id=data.get("id") or identified(statement))


def identified(statement: Statement) -> str:
    """The id that follows from a statement's content: said twice, it is the same statement."""
    content = {**to_data(statement), "id": None, "identity": None}
    return new_id(statement.at, type(statement).__name__, json.dumps(content, sort_keys=True))


def is_text(data: object) -> bool:
    """Whether UTF-8 has all of the text in it: JSON and arguments can name halves of characters."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def misshapen(statement: Statement) -> Iterator[str]:
    """What of a statement no file could hold: text that is too long, or is none in UTF-8.

    An argument that is no UTF-8 reaches Python with lone surrogates in it (PEP 383).
    """
    data, schema = to_data(statement), _schema()
    for name, value in data.items():
        if not is_text(value):
            yield f"{name}: found {value!r}, expected text in UTF-8"
    kind = kind_of(statement).removesuffix("s")
    yield from violations(data, {"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]})


def mistakes_in(statement: Statement, items: Mapping[str, Item]) -> Iterator[str]:
    """What a statement says that its item does not allow, before it is kept."""
    item = items.get(statement.item)
    if item is None:
        near = " or ".join(nearest(statement.item, items))
        hint = f"did you mean {near}?" if near else "expected the id of an item"
        yield f"item: found {statement.item!r}, {hint}"
        return
    match statement:
        case Attestation():
            yield from _not_attestable(statement, item)
        case ItemException(at=at, until=until):
            longest = LONGEST_EXCEPTION[item.severity].days
            yield from _not_so_long("until", at, until, longest, f"{item.severity.value} items")
        case Revocation():
            pass


def _not_attestable(stated: Attestation, item: Item) -> Iterator[str]:
    if item.how is How.CHECK:
        yield f"item: the account itself decides {item.id}, nobody can attest it"
        return
    yield from _not_so_long(
        "valid_until", stated.at, stated.valid_until, item.valid_days or 0, item.id
    )
    if not stated.evidence:
        yield "evidence: expected a link, a file with its digest, or a value"
    value = stated.evidence.value
    if value and not _measurable(value):
        longest = f"{LONGEST_TIME.days // 365} years"
        yield f"evidence.value: found {value}, expected a number, of a time at most {longest}"


def _measurable(value: Quantity) -> bool:
    return value.duration is not None if value.is_time else math.isfinite(value.number)


def _not_so_long(name: str, at: datetime, until: datetime, longest: int, of: str) -> Iterator[str]:
    if until <= at:
        yield f"{name}: found {until:%Y-%m-%d}, expected a date after {at:%Y-%m-%d}"
    if until - at > timedelta(days=longest, hours=1):
        yield f"{name}: found {until:%Y-%m-%d}, expected at most {longest} days later for {of}"


def _mistakes(document: Mapping[str, Any], items: Mapping[str, Item]) -> Iterator[str]:
    read: list[tuple[str, Statement]] = []
    for kind in _LISTS:
        for at, entry in enumerate(document.get(kind, ())):
            try:
                read.append((f"{kind}[{at}]", from_data(kind, entry)))
            except (ValueError, OverflowError) as error:
                yield f"{kind}[{at}]: {error}"
    exceptions = {each.id for _, each in read if isinstance(each, ItemException)}
    for path, statement in read:
        if statement.id != identified(statement):
            yield f"{path}.id: expected {identified(statement)}, as the content has it, or no id"
        for mistake in mistakes_in(statement, items):
            yield f"{path}.{mistake}"
        named = statement.exception if isinstance(statement, Revocation) else None
        if named is not None and named not in exceptions:
            yield f"{path}.exception: found {named!r}, expected the id of an exception of the file"


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
