"""How the project answers what moto cannot: one class per service, one method per operation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest

Output = dict[str, Any]
Method = TypeVar("Method", bound=Callable[..., Any])


class ServiceError(Exception):
    """The operation refuses, with an error code of the service."""

    def __init__(self, message: str, *, code: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def _marked(kind: str, operations: tuple[str, ...]) -> Callable[[Method], Method]:
    def mark(method: Method) -> Method:
        marks = getattr(method, "answer_marks", ())
        method.answer_marks = (*marks, *((kind, o) for o in operations))  # type: ignore[attr-defined]  # a mark on a function
        return method

    return mark


def answers(*operations: str) -> Callable[[Method], Method]:
    """The method `(request) -> output` answers instead of moto, with all results on one page."""
    return _marked("answers", operations)


def amends(*operations: str) -> Callable[[Method], Method]:
    """The method `(request, output) -> output` corrects what moto answered."""
    return _marked("amends", operations)


def notes(*operations: str) -> Callable[[Method], Method]:
    """The method `(request) -> None` remembers a write that moto carried out."""
    return _marked("notes", operations)


class ServiceAnswers:
    """The project's share of one service. Subclasses hold its data, by region."""

    service: ClassVar[str]
    marked: ClassVar[dict[tuple[str, str], str]]

    def __init_subclass__(cls) -> None:
        """Collects the marked methods."""
        cls.marked = {
            mark: name
            for name in dir(cls)
            for mark in getattr(getattr(cls, name), "answer_marks", ())
        }

    def __init__(self, moto: MotoAccount) -> None:
        """Empty."""
        self.moto = moto

    def method(self, kind: str, operation: str) -> Callable[..., Any] | None:
        """The method marked for an operation."""
        name = self.marked.get((kind, operation))
        return getattr(self, name) if name else None

    def from_moto(self, request: AwsRequest, **changes: Any) -> Output:
        """What moto says to the request, with some parameters changed."""
        params = {**request.params, **changes}
        return self.moto.call(self.service, request.operation, request.region, params)


def now() -> datetime:
    """The present, in UTC and whole seconds as most services report it."""
    return datetime.now(UTC).replace(microsecond=0)
