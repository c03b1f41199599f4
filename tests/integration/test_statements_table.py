"""The statements table: appended to in one's own name, read whole, never overwritten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from evaluating import CHECKLIST

from compliance.collectors.statements import read_statements
from compliance.model import Gap
from compliance.sinks.statements import append
from compliance.statements.document import identified, to_data
from compliance.statements.records import Attestation, Author, Evidence, Statement
from compliance.statements.standing import Statements
from compliance_cli.main import compliance
from compliance_cli.statements.ledger import written_yaml
from simulated_account import SimulatedAccount
from simulated_account.failures import AccessDenied

TABLE, ITEM = "statements", "rollback.tested"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ONE, OTHER = "AROAONE:lead", "AROAOTHER:engineer"


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("210987654321") as account:
        keys = (("pk", "HASH"), ("sk", "RANGE"))
        account.client("dynamodb").create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n, _ in keys],
            KeySchema=[{"AttributeName": n, "KeyType": kind} for n, kind in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        yield account


def stated(days_ago: int = 1, by: str = "lead", link: str = "https://wiki.example/a") -> Statement:
    at = NOW - timedelta(days=days_ago)
    until = at + timedelta(days=90)
    made = Attestation("", ITEM, Author(by), at, until, Evidence(link=link))
    return replace(made, id=identified(made))


def read(account: SimulatedAccount) -> Statements:
    found = read_statements(account.client("dynamodb"), TABLE)
    assert isinstance(found, Statements)
    return found


def test_what_is_appended_is_read_with_the_identity_of_its_key(account: SimulatedAccount) -> None:
    made = stated()
    assert append(account.client("dynamodb"), TABLE, ONE, [made]) == 1
    (found,) = read(account)
    assert found == replace(made, author=Author("lead", ONE))


def test_stating_the_same_again_changes_nothing(account: SimulatedAccount) -> None:
    dynamodb = account.client("dynamodb")
    append(dynamodb, TABLE, ONE, [stated()])
    assert append(dynamodb, TABLE, ONE, [stated(), stated(2)]) == 1
    assert len(list(read(account))) == 2


def test_two_writers_at_once_lose_nothing(account: SimulatedAccount) -> None:
    made = [stated(n, by=f"writer-{n % 2}") for n in range(1, 21)]

    def write(number: int) -> int:
        who = (ONE, OTHER)[number]
        return append(account.client("dynamodb"), TABLE, who, made[number::2])

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(write, (0, 1))) == len(made)
    trail = read(account).of_item(ITEM)
    assert [each.id for each in trail] == [each.id for each in reversed(made)]
    standing = read(account).standing(CHECKLIST.items[ITEM], NOW)
    assert standing.attestation is not None
    assert standing.attestation.id == made[0].id


def test_an_export_of_many_statements_imports_whatever_the_writers_identities(
    account: SimulatedAccount, tmp_path: Path
) -> None:
    """The one keeps the ARN of its writer, the other's does not end with the writer's name."""
    dynamodb, link = account.client("dynamodb"), f"https://wiki.example/{'x' * 1_900}"
    made = [stated(n, link=link) for n in range(1, 601)]
    arn = "arn:aws:sts::1:assumed-role/people/lead"
    made[0] = replace(made[0], author=replace(made[0].author, user_id=ONE, arn=arn))
    append(dynamodb, TABLE, ONE, made)
    exported, file = tmp_path / "exported.yaml", tmp_path / "statements.yaml"
    exported.write_text(written_yaml(read(account)), encoding="utf-8")
    assert exported.stat().st_size > 1_000_000

    answer = CliRunner().invoke(
        compliance, ["import", str(exported), "--statements", str(file)], catch_exceptions=False
    )

    assert "600 are new" in answer.output
    assert file.read_bytes() == exported.read_bytes()


def test_a_row_that_is_no_text_states_nothing(account: SimulatedAccount) -> None:
    put(account, OTHER, to_data(stated(by="Ren\udce9")))
    assert not list(read(account))


def test_a_row_whose_number_is_past_all_measure_states_nothing(account: SimulatedAccount) -> None:
    document = {**to_data(stated()), "evidence": {"value": {"number": 10**400, "unit": "hours"}}}
    put(account, OTHER, document)
    assert not list(read(account))


def put(account: SimulatedAccount, who: str, document: Any, kind: str = "attestations") -> None:
    text = document if isinstance(document, str) else json.dumps(document)
    row = {"pk": who, "sk": f"{ITEM}#x", "kind": kind, "statement": text}
    item = {name: {"S": value} for name, value in row.items()}
    account.client("dynamodb").put_item(TableName=TABLE, Item=item)


@pytest.mark.parametrize(
    "document",
    [
        "no json",
        "[]",
        "{}",
        {"item": ITEM, "by": "lead", "at": "yesterday"},
        {**to_data(stated()), "evidence": {"colour": "green"}},
        {**to_data(stated()), "valid_until": 5},
        {
            **to_data(stated()),
            "valid_until": "2036-01-01T00:00:00Z",
        },  # the id is that of another end
    ],
)
def test_a_row_that_is_no_statement_states_nothing_and_breaks_nothing(
    account: SimulatedAccount, document: Any
) -> None:
    append(account.client("dynamodb"), TABLE, ONE, [stated(2)])
    put(account, OTHER, document)
    assert [each.id for each in read(account)] == [stated(2).id]


def test_nobody_can_state_in_another_s_name(account: SimulatedAccount) -> None:
    """IAM holds the key to be the writer's; what the row says of identities does not count."""
    forged = {**to_data(stated()), "identity": {"user_id": ONE, "arn": "arn:aws:iam::1:user/lead"}}
    put(account, OTHER, forged)
    (found,) = read(account)
    assert found.author == Author("lead", OTHER, "")


def test_an_identity_that_can_be_the_writer_s_is_kept(account: SimulatedAccount) -> None:
    arn = "arn:aws:sts::1:assumed-role/people/engineer"
    put(account, OTHER, {**to_data(stated()), "identity": {"user_id": OTHER, "arn": arn}})
    (found,) = read(account)
    assert found.author.arn == arn


def test_a_table_that_cannot_be_read_is_a_gap(account: SimulatedAccount) -> None:
    account.fail("dynamodb", "Scan", AccessDenied)
    found = read_statements(account.client("dynamodb"), TABLE)
    assert isinstance(found, Gap)
    assert (found.action, found.code) == ("dynamodb:Scan", "AccessDeniedException")
