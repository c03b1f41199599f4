"""Where statements are read and appended: the monitor's table, or a file that is reviewed."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import yaml

from compliance.checklist import load_checklist
from compliance.documents import DocumentError
from compliance.model import Gap
from compliance.statements.document import check_readable, load_statements, to_document
from compliance.statements.records import Author, Statement
from compliance.statements.standing import Statements
from compliance_cli.failures import CouldNotRun
from compliance_cli.stack import asking_aws, outputs_of
from compliance_cli.terminal import write_file

try:
    from yaml import CSafeDumper as _SafeDumper
except ImportError:  # PyYAML built without libyaml: the same, slower
    from yaml import SafeDumper as _SafeDumper  # type: ignore[assignment]  # the same interface

__all__ = ["FileLedger", "Ledger", "TableLedger", "opened", "written_yaml"]


class Ledger(Protocol):
    """A place that keeps statements: everything is read, and new ones are appended."""

    where: str

    def read(self) -> Statements:
        """All statements; raises CouldNotRun where they cannot be read."""

    def append(self, statements: Sequence[Statement]) -> int:
        """Keep those that are not kept yet; how many were new."""

    def author(self, name: str | None) -> Author:
        """Who states: by `name`, or as AWS knows the caller."""


class FileLedger:
    """A YAML file. Whoever approves the change to it approves the statement."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.where = str(path)

    def read(self) -> Statements:
        """What the file holds; nothing where there is no file yet."""
        try:
            return load_statements(self._path, load_checklist().items)
        except DocumentError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return Statements()
            raise

    def append(self, statements: Sequence[Statement]) -> int:
        """Write the file anew with the statements in it; comments of people are not kept.

        Raises CouldNotRun, and leaves the file as it is, where it could not be read again.
        """
        before = list(self.read())
        known = {each.id for each in before}
        new = [each for each in statements if each.id not in known]
        if new:
            text = written_yaml(Statements.of([*before, *new]))
            try:
                check_readable(text, self.where, load_checklist().items)
            except DocumentError as error:
                message = f"nothing was kept, since with it {error}"
                raise CouldNotRun(message) from error
            write_file(self._path, text)
        return len(new)

    def author(self, name: str | None) -> Author:
        """The name alone: a file records no identity, its history and its review do."""
        if not name:
            message = "a statement in a file needs a name: --by NAME"
            raise CouldNotRun(message)
        return Author(name)


class TableLedger:
    """The statements table of the monitor's stack, in the caller's own name."""

    def __init__(self, connection: Any, table: str) -> None:  # noqa: ANN401 -- boto3 loads late
        self._connection = connection
        self._table = table
        self.where = f"the table {table}"

    def read(self) -> Statements:
        """All rows of the table; raises CouldNotRun with the action that is refused."""
        from compliance.collectors.statements import read_statements  # noqa: PLC0415 -- as boto3

        found = read_statements(self._connection.client("dynamodb"), self._table)
        if isinstance(found, Gap):
            message = f"cannot read {self.where}: {found.action} answered {found.code}"
            raise CouldNotRun(f"{message}: {found.message}" if found.message else message)
        return found

    def append(self, statements: Sequence[Statement]) -> int:
        """Append under the caller's unique id, as the policy for people demands."""
        from compliance.sinks.statements import append  # noqa: PLC0415 -- as boto3

        user_id = self.author(None).user_id
        with asking_aws():
            return append(self._connection.client("dynamodb"), self._table, user_id, statements)

    def author(self, name: str | None) -> Author:
        """The caller as AWS knows it; without `name` it goes by the last part of its ARN."""
        with asking_aws():
            caller = self._connection.client("sts").get_caller_identity()
        arn = caller["Arn"]
        return Author(name or arn.rpartition("/")[2], caller["UserId"], arn)


@contextmanager
def opened(stack: str, path: Path | None) -> Iterator[Ledger]:
    """The ledger that the options name."""
    if path is not None:
        yield FileLedger(path)
        return
    from compliance_cli.run import connect  # noqa: PLC0415 -- as boto3: only where it is needed

    connection = connect(0)
    try:
        with asking_aws():
            outputs = outputs_of(connection.client("cloudformation"), stack)
        yield TableLedger(connection, _table_of(outputs, stack))
    finally:
        connection.close()


def _table_of(outputs: Mapping[str, str], stack: str) -> str:
    if table := outputs.get("StatementsTableName"):
        return table
    message = f"the stack {stack} has no output StatementsTableName: is it the monitor's?"
    raise CouldNotRun(message)


def written_yaml(statements: Statements) -> str:
    """Statements as the YAML that `compliance import` reads, the same for the same statements."""
    text = io.StringIO()
    yaml.dump(
        to_document(statements),
        text,
        Dumper=_SafeDumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )
    return text.getvalue()
