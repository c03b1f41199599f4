"""Checks and collectors register themselves here, and are found by importing their packages.

A check is added by writing one function in one module of `compliance.checks`; a fact by writing one
collector in `compliance.collectors`. Nothing else lists them.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, TypeVar, overload

from compliance.model import Item, Verdict

__all__ = ["AMBIENT", "Check", "Collector", "Read", "Registry", "check", "checks", "collector"]

AMBIENT = frozenset({"now", "identity", "stated"})
"""Parameters that the engine itself supplies.

`now` is the run's aware UTC time, `identity` where it looks, `stated` the value that a valid
attestation of the item states (a Quantity), or None.
"""

_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Read:
    """One AWS operation, the IAM actions that it needs, and the codes that are an answer.

    `service` and `operation` are botocore's names (`dynamodb`, `DescribeContinuousBackups`);
    `actions` defaults to `service:operation`, which is wrong for many services: see the design.
    `absent` are the error codes that mean "there is none", as opposed to "it could not be seen".
    `token` names the parameter and the member of the answer that carry the next page's token, for
    the few listings that botocore has no paginator for.
    """

    service: str
    operation: str
    actions: tuple[str, ...] = ()
    absent: frozenset[str] = frozenset()
    token: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        if not self.actions:
            object.__setattr__(self, "actions", (f"{self.service}:{self.operation}",))

    @property
    def action(self) -> str:
        """The IAM action to name when the read is refused."""
        return self.actions[0]


@dataclass(frozen=True, slots=True)
class Check:
    """A pure function from facts to a verdict.

    `facts` are its positional parameters, `settings` its keyword-only ones (name → required).
    `alone`: each resource is judged by facts keyed by that resource's own ARN, so that one resource
    that could not be read says nothing of the others.
    `shows`: it never offends, and its facts only stand beside what a person states; those that
    could not be read leave the item in no doubt.
    """

    name: str
    function: Callable[..., Verdict]
    facts: tuple[str, ...]
    settings: Mapping[str, bool]
    alone: bool
    doc: str
    shows: bool = False


@dataclass(frozen=True, slots=True)
class Collector:
    """A function that reads one kind of fact, its reads, and the facts that it builds on.

    `many`: it yields records, so that what was seen before a failure is kept; otherwise it returns
    one record, and a failure leaves nothing. `settings` maps a keyword to a path in the baseline.
    `vouches`: its records only ever speak for something, so that what could not be read of them
    matters just where nothing else spoke for it.
    """

    fact: str
    function: Callable[..., Any]
    needs: tuple[str, ...]
    reads: tuple[Read, ...]
    many: bool
    settings: Mapping[str, str] = field(default_factory=dict)
    vouches: bool = False

    @property
    def action(self) -> str:
        """The IAM action to name when the whole collector failed; its fact where it reads none."""
        return self.reads[0].action if self.reads else self.fact


@dataclass(frozen=True, slots=True)
class Registry:
    """All checks by name and all collectors by the fact that they yield."""

    checks: Mapping[str, Check]
    collectors: Mapping[str, Collector]

    def reads(self, items: Iterable[Item]) -> frozenset[Read]:
        """All that the checks of some items read, through every fact that these build on."""
        facts = [fact for item in items if item.check for fact in self.checks[item.check].facts]
        needed = closure(facts, self.collectors).values()
        return frozenset(read for collector in needed for read in collector.reads)


_CHECKS: dict[str, Check] = {}
_COLLECTORS: dict[str, Collector] = {}


def _parameters(function: Callable[..., Any]) -> tuple[tuple[str, ...], dict[str, bool]]:
    positional, keywords = [], {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            keywords[parameter.name] = parameter.default is inspect.Parameter.empty
        else:
            positional.append(parameter.name)
    return tuple(positional), keywords


def _once(names: Mapping[str, Check | Collector], name: str, function: Callable[..., Any]) -> None:
    before = names.get(name)
    if before is not None and before.function.__module__ != function.__module__:
        message = f"{name} is defined in {before.function.__module__} and {function.__module__}"
        raise ValueError(message)


@overload
def check(function: _F) -> _F: ...
@overload
def check(*, alone: bool = ..., shows: bool = ...) -> Callable[[_F], _F]: ...
def check(
    function: _F | None = None, *, alone: bool = False, shows: bool = False
) -> _F | Callable[[_F], _F]:
    """Register a check: positional parameters name its facts, keyword-only ones its settings."""

    def register(target: _F) -> _F:
        name = target.__name__
        _once(_CHECKS, name, target)
        facts, settings = _parameters(target)
        doc = inspect.getdoc(target) or ""
        _CHECKS[name] = Check(name, target, facts, settings, alone, doc, shows)
        return target

    return register(function) if function is not None else register


def collector(
    *reads: Read, fact: str | None = None, vouches: bool = False, **settings: str
) -> Callable[[_F], _F]:
    """Register a collector of the fact that it is named after.

    The first parameter is the reader; the others name the facts that it builds on. `settings` maps
    a keyword-only parameter to the path of its value in the baseline. Only a fact of many can be
    one that `vouches`.
    """

    def register(target: _F) -> _F:
        name = fact or target.__name__
        _once(_COLLECTORS, name, target)
        positional, keywords = _parameters(target)
        if set(keywords) != set(settings):
            message = f"collector {name} takes {sorted(keywords)}, is given {sorted(settings)}"
            raise ValueError(message)
        many = inspect.isgeneratorfunction(target)
        if vouches and not many:
            message = f"collector {name} vouches, so it must yield its records"
            raise ValueError(message)
        _COLLECTORS[name] = Collector(name, target, positional[1:], reads, many, settings, vouches)
        return target

    return register


def _modules(package: ModuleType) -> Iterator[str]:
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        yield module.name


def _import_all(package: str) -> None:
    for name in _modules(importlib.import_module(package)):
        importlib.import_module(name)


def checks() -> Mapping[str, Check]:
    """Every check; needs no AWS SDK."""
    _import_all("compliance.checks")
    return _CHECKS


def load() -> Registry:
    """Every check and every collector of the product."""
    _import_all("compliance.collectors")
    return Registry(checks(), _COLLECTORS)


def closure(facts: Sequence[str], collectors: Mapping[str, Collector]) -> dict[str, Collector]:
    """The collectors that `facts` take, with all that these build on, in an order that works."""
    ordered: dict[str, Collector] = {}

    def visit(fact: str, path: tuple[str, ...]) -> None:
        if fact in AMBIENT or fact in ordered:
            return
        if fact in path:
            message = f"facts build on each other in a circle: {' -> '.join((*path, fact))}"
            raise ValueError(message)
        if fact not in collectors:
            message = f"no collector yields {fact!r}"
            raise ValueError(message)
        for need in collectors[fact].needs:
            visit(need, (*path, fact))
        ordered[fact] = collectors[fact]

    for fact in facts:
        visit(fact, ())
    return ordered
