"""One run: collect each fact once, judge every item, and end in time whatever happened.

The engine knows nothing of AWS. A `Source` hands each collector the reader that it reads through;
here is only the order of things: which facts are needed, who waits for whom, what a failed read
means for the items that need it.
"""

from __future__ import annotations

import logging
import shlex
import string
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from compliance.baseline import Baseline
from compliance.model import (
    NO_CHECK_YET,
    Gap,
    Identity,
    Item,
    ItemResult,
    Offender,
    Status,
    Verdict,
    describe,
    name_of,
    summarise,
)
from compliance.registry import Check, Collector, Registry, closure
from compliance.statements.deciding import NO_STATEMENTS, decide, stated_value
from compliance.statements.records import Quantity
from compliance.statements.standing import Statements, resource_of

__all__ = [
    "DEFAULT_BUDGET_SECONDS",
    "OUT_OF_TIME",
    "Evaluation",
    "Fact",
    "ReadFailed",
    "Source",
    "evaluate",
    "judge",
]

OUT_OF_TIME = "OutOfTime"
DEFAULT_BUDGET_SECONDS = 600.0

_log = logging.getLogger(__name__)

Progress = Callable[[int, int, str], None]
"""Told after each fact: how many are read, of how many, and which one it was."""


class ReadFailed(Exception):  # noqa: N818 -- said of a read as AWS says AccessDenied, not ...Error
    """A read that did not answer; what it was to show could not be seen."""

    def __init__(self, gap: Gap) -> None:
        self.gap = gap
        super().__init__(f"{gap.action}: {gap.code}")


class Source(Protocol):
    """Where collectors read: it ends every read that would begin after the deadline."""

    @property
    def identity(self) -> Identity:
        """Whose account, and which region."""

    def reader(self, collector: Collector, note: Callable[[Gap], None], deadline: float) -> Any:  # noqa: ANN401 -- its type is the collectors' business
        """The reader that `collector` reads through; `note` takes what it could not see."""


@dataclass(slots=True)
class Fact:
    """What is known of one kind of thing: what was seen, and what could not be.

    `records` of a fact of many; `record` of a fact of one, with `present` telling whether there is
    one.
    """

    name: str
    many: bool
    records: list[Any] = field(default_factory=list)
    record: Any = None
    present: bool = False
    gaps: list[Gap] = field(default_factory=list)

    @property
    def usable(self) -> bool:
        """Whether a check can be asked at all."""
        return self.many or self.present

    @property
    def value(self) -> Any:  # noqa: ANN401 -- each fact has its own record
        """What a check receives under the fact's name."""
        return tuple(self.records) if self.many else self.record


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that one run found, item by item in the checklist's order."""

    identity: Identity
    at: datetime
    duration_seconds: float
    results: Mapping[str, ItemResult]


def evaluate(  # noqa: PLR0913 -- a run's inputs, the last ones by name and optional
    items: Iterable[Item],
    baseline: Baseline,
    registry: Registry,
    source: Source,
    *,
    now: datetime,
    statements: Statements | Gap = NO_STATEMENTS,
    budget_seconds: float = DEFAULT_BUDGET_SECONDS,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate `items` against what `source` shows and people stated, within `budget_seconds`.

    Every needed fact is collected once. A read that fails leaves UNKNOWN just the items that need
    it; past the budget what is left is UNKNOWN "out of time" and the run still ends.
    """
    started = time.monotonic()
    chosen = list(items)
    needed = [
        fact
        for item in chosen
        if item.check and not baseline.not_applicable(item.id)
        for fact in registry.checks[item.check].facts
    ]
    facts = _collect(
        closure(needed, registry.collectors),
        baseline,
        source,
        now=now,
        deadline=started + budget_seconds,
        progress=progress,
    )
    results = {}
    for item in chosen:
        stated = stated_value(item, statements, now)
        judged = judge(item, baseline, registry, facts, stated)
        waived = baseline.not_applicable(item.id)
        results[item.id] = judged if waived else decide(judged, statements, now)
    return Evaluation(source.identity, now, time.monotonic() - started, results)


def _collect(
    collectors: Mapping[str, Collector],
    baseline: Baseline,
    source: Source,
    *,
    now: datetime,
    deadline: float,
    progress: Progress | None,
) -> dict[str, Fact]:
    """Run collectors side by side, each as soon as the facts that it builds on are there."""
    facts: dict[str, Fact] = {
        "now": Fact("now", many=False, record=now, present=True),
        "identity": Fact("identity", many=False, record=source.identity, present=True),
    }
    waiting = dict(collectors)
    running: dict[Future[None], Fact] = {}
    pool = ThreadPoolExecutor(max(1, len(collectors)), thread_name_prefix="collect")
    try:
        while waiting or running:
            for name in [n for n, c in waiting.items() if all(need in facts for need in c.needs)]:
                collector = waiting.pop(name)
                fact = Fact(name, collector.many)
                given = [facts[need] for need in collector.needs]
                future = pool.submit(_run, collector, fact, given, baseline, source, deadline)
                running[future] = fact
            left = deadline - time.monotonic()
            done, _ = wait(running, timeout=max(0.0, left), return_when=FIRST_COMPLETED)
            if not done:
                break
            for future in done:
                fact = running.pop(future)
                facts[fact.name] = fact
                if progress:
                    progress(sum(name in collectors for name in facts), len(collectors), fact.name)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    for fact in running.values():
        facts[fact.name] = _out_of_time(collectors[fact.name], fact)
    for name, collector in waiting.items():
        facts[name] = _out_of_time(collector, Fact(name, collector.many))
    return facts


def _run(
    collector: Collector,
    fact: Fact,
    given: Sequence[Fact],
    baseline: Baseline,
    source: Source,
    deadline: float,
) -> None:
    """Let one collector fill its fact; whatever stops it becomes a gap, never an exception."""
    for needed in given:
        fact.gaps.extend(needed.gaps)
    if not all(needed.usable for needed in given):
        return
    try:
        settings = {keyword: baseline[path] for keyword, path in collector.settings.items()}
        reader = source.reader(collector, fact.gaps.append, deadline)
        answer = collector.function(reader, *(needed.value for needed in given), **settings)
        if collector.many:
            for record in answer:
                fact.records.append(record)
        else:
            fact.record = answer
            fact.present = True
    except ReadFailed as failure:
        fact.gaps.append(failure.gap)
    except Exception as error:  # noqa: BLE001 -- a crash becomes a finding, the run goes on
        _log.exception("the collector of %s crashed", collector.fact)
        fact.gaps.append(_crash_gap(collector, error))


def _out_of_time(collector: Collector, fact: Fact) -> Fact:
    """What was seen of a fact until now, marked as cut off; its collector may still be writing."""
    gap = Gap(collector.action, OUT_OF_TIME, "the run's time was used up")
    return Fact(fact.name, fact.many, list(fact.records), gaps=[*fact.gaps, gap])


def _crash_gap(collector: Collector, error: Exception) -> Gap:
    return Gap(
        collector.action,
        type(error).__name__,
        f"the collector of {collector.fact} crashed: {error}",
    )


def judge(
    item: Item,
    baseline: Baseline,
    registry: Registry,
    facts: Mapping[str, Fact],
    stated: Quantity | None = None,
) -> ItemResult:
    """What the facts say of one item, which `stated` may contradict.

    An incomplete read can prove a FAIL by what it saw.
    """
    if reason := baseline.not_applicable(item.id):
        return replace(_settled(item, reason), waived=True)
    if item.check is None:
        return ItemResult(item, Status.UNKNOWN, NO_CHECK_YET, reason=NO_CHECK_YET)
    check = registry.checks[item.check]
    known = {**facts, "stated": Fact("stated", many=False, record=stated, present=True)}
    used = {name: known[name] for name in check.facts}
    gaps = _gaps(used, (name for name in used if not _vouches(name, registry)))
    if not all(fact.usable for fact in used.values()) or (gaps and check.shows):
        return _settled(item, _unseen_because(gaps)) if check.shows else _blind(item, gaps)
    try:
        settings = resolve_settings(item, baseline)
        verdict = check.function(*(fact.value for fact in used.values()), **settings)
        if verdict.settled and verdict.inapplicable:
            return _settled(item, verdict.inapplicable)
        missed = {
            name
            for offender in verdict.offenders
            if not baseline.excludes(item.id, offender.resource)
            for name in offender.absent_from
        }
        gaps = _gaps(used, (n for n in used if n in missed or not _vouches(n, registry)))
        return _weigh(item, check, verdict, used, gaps, baseline)
    except Exception as error:  # noqa: BLE001 -- a crash becomes a finding, the run goes on
        _log.exception("the check %s crashed", check.name)
        reason = f"the check {check.name} crashed: {type(error).__name__}: {error}"
        return ItemResult(item, Status.UNKNOWN, reason, reason=reason, gaps=gaps, crashed=True)


def _vouches(fact: str, registry: Registry) -> bool:
    collector = registry.collectors.get(fact)
    return collector is not None and collector.vouches


def _gaps(used: Mapping[str, Fact], names: Iterable[str]) -> tuple[Gap, ...]:
    """What could not be seen of these facts, each gap once."""
    return tuple(dict.fromkeys(gap for name in names for gap in used[name].gaps))


def _settled(item: Item, reason: str) -> ItemResult:
    """An item that does not apply, whatever could be read."""
    nothing: frozenset[str] = frozenset()
    return ItemResult(item, Status.NOT_APPLICABLE, reason, reason=reason, unseen=nothing)


def resolve_settings(item: Item, baseline: Baseline) -> dict[str, Any]:
    """The item's settings with what they take from the baseline filled in."""
    return {
        name: baseline[str(value["baseline"])] if isinstance(value, Mapping) else value
        for name, value in item.settings.items()
    }


def _weigh(
    item: Item,
    check: Check,
    verdict: Verdict,
    used: Mapping[str, Fact],
    gaps: tuple[Gap, ...],
    baseline: Baseline,
) -> ItemResult:
    """Take from a verdict what is out of scope, and what an incomplete read cannot prove."""
    known = frozenset((*verdict.evaluated, *(o.resource for o in verdict.offenders)))
    excluded = frozenset(r for r in known if baseline.excludes(item.id, r))
    evaluated = tuple(r for r in verdict.evaluated if r not in excluded)
    judged = replace(verdict, evaluated=evaluated)
    offenders = tuple(
        offender
        for offender in verdict.offenders
        if offender.resource not in excluded and _proven(offender, check, used)
    )
    if verdict.proven and not offenders:
        gaps = ()
    if offenders:
        reason = f"incomplete: {describe(gaps)}" if gaps else None
        status, summary = Status.FAIL, summarise(judged, offenders)
    elif gaps:
        return replace(
            _blind(item, gaps, check),
            evaluated=evaluated,
            seen=frozenset((*verdict.evaluated, *verdict.seen)),
            evidence=verdict.evidence,
            excluded=excluded,
        )
    elif verdict.inapplicable:
        status, summary, reason = Status.NOT_APPLICABLE, verdict.inapplicable, verdict.inapplicable
    elif verdict.evaluated and not evaluated:
        reason = f"the baseline excludes all {len(verdict.evaluated):,} {verdict.noun}s"
        status, summary = Status.NOT_APPLICABLE, reason
    else:
        status, summary, reason = Status.PASS, summarise(judged, ()), None
    return ItemResult(
        item,
        status,
        summary,
        evaluated,
        offenders,
        reason,
        gaps,
        _unseen(check, gaps),
        frozenset((*verdict.evaluated, *verdict.seen)),
        evidence=verdict.evidence,
        excluded=excluded,
    )


def _proven(offender: Offender, check: Check, used: Mapping[str, Fact]) -> bool:
    """Whether what was looked for in vain would have been seen."""
    return not any(
        gap.resource is None or not check.alone or gap.resource == offender.resource
        for fact in offender.absent_from
        for gap in used[fact].gaps
    )


def _unseen(check: Check, gaps: Iterable[Gap]) -> frozenset[str] | None:
    resources = [gap.resource for gap in gaps]
    named = frozenset(resource for resource in resources if resource is not None)
    if None in resources or (named and not check.alone):
        return None
    return named


def _unseen_because(gaps: Iterable[Gap]) -> str:
    out_of_time = any(gap.code == OUT_OF_TIME for gap in gaps)
    return f"{'out of time' if out_of_time else 'cannot see'}: {describe(gaps)}"


def _blind(item: Item, gaps: tuple[Gap, ...], check: Check | None = None) -> ItemResult:
    reason = _unseen_because(gaps)
    unseen = _unseen(check, gaps) if check else None
    return ItemResult(item, Status.UNKNOWN, reason, reason=reason, gaps=gaps, unseen=unseen)


def remedy(item: Item, offender: Offender, identity: Identity, baseline: Baseline) -> str:
    """The command that mends one offender, with its values filled in and quoted for a shell.

    A template may name {resource}, {name}, {region}, {account}, the item's settings, and any value
    of the baseline by its path ({baseline.contacts.alert_emails[0]}). Empty where there is no fix.
    What a person has to state is stated, by a command that asks for what it needs.
    """
    if offender.fix is not None:
        return offender.fix
    if offender.resource == resource_of(item.id):
        return f"compliance attest {item.id}"
    template = item.fix.get(offender.fault, item.fix.get("otherwise", ""))
    parts = offender.resource.split(":")
    regional = len(parts) > 5 and parts[0] == "arn" and parts[3]  # noqa: PLR2004 -- ARN parts
    values = {
        **{name: _Quoted(value) for name, value in resolve_settings(item, baseline).items()},
        "baseline": _Quoted(baseline.values),
        "resource": _Quoted(offender.resource),
        "name": _Quoted(name_of(offender.resource)),
        "region": _Quoted(regional or identity.region),
        "account": _Quoted(identity.account),
    }
    return string.Formatter().vformat(template, (), values)


class _Quoted:
    """A value that a template can walk into and that prints as one shell word."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __getattr__(self, name: str) -> _Quoted:
        if isinstance(self._value, Mapping) and name in self._value:
            return _Quoted(self._value[name])
        raise AttributeError(name)

    def __getitem__(self, at: int) -> _Quoted:
        if isinstance(self._value, Sequence):
            return _Quoted(self._value[at])
        raise IndexError(at)

    def __format__(self, spec: str) -> str:
        return format(shlex.quote(str(self._value)), spec)
