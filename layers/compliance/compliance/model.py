"""The vocabulary: items, facts' gaps, verdicts and what became of each item.

Pure data. Nothing here reads AWS, a clock or the environment, so that every rule built on it can be
tested on inline values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compliance.statements.records import ItemException
    from compliance.statements.standing import Exceptions, Standing

__all__ = [
    "NO_CHECK_YET",
    "NO_STATE",
    "Gap",
    "How",
    "Identity",
    "Item",
    "ItemResult",
    "Offender",
    "Severity",
    "Status",
    "Verdict",
    "describe",
    "name_of",
    "plural",
    "summarise",
]

NO_CHECK_YET = "no check yet"
"""The reason of an item that nothing decides yet: it is UNKNOWN, so the score stays honest."""

NO_STATE = "NoState"
"""The code of a gap where a run knows no state table, so that nothing seen before is known."""

_NAMED_IN_A_SUMMARY = 3

_REFUSALS = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "NotAuthorized",
        "UnauthorizedOperation",
    }
)


class Status(StrEnum):
    """What is known of an item. Ignorance is never a PASS."""

    PASS = "PASS"  # noqa: S105 -- a status, not a password
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    EXCEPTED = "EXCEPTED"
    NOT_APPLICABLE = "NOT_APPLICABLE"

    @property
    def decided(self) -> bool:
        """Whether somebody or something could tell: all but UNKNOWN."""
        return self is not Status.UNKNOWN


class Severity(StrEnum):
    """How loud a failing item is: critical pages on-call, high notifies, the rest is digested."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def weight(self) -> int:
        """The item's weight in the score: 8, 4, 2, 1 from critical to low."""
        return {"critical": 8, "high": 4, "medium": 2, "low": 1}[self.value]


class How(StrEnum):
    """Who decides an item: the account itself, a person's attestation, or both together."""

    CHECK = "check"
    ATTEST = "attest"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Item:
    """One box of the checklist, as the checklist's data describe it.

    `settings` maps a keyword of the check to a literal value or to `{"baseline": "dotted.path"}`.
    `fix` maps a fault code to a command template; the key `otherwise` serves every other fault.
    `either`: of the two that decide an item of both, one is enough.
    """

    id: str
    section: str
    title: str
    severity: Severity
    how: How
    why: str
    family: str
    valid_days: int | None = None
    check: str | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    fix: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None
    notes: tuple[str, ...] = ()
    maps_to: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hourly: bool = False
    setting: bool = False
    either: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """Where a run looks: the account of the caller and the region that it evaluates."""

    account: str
    region: str
    partition: str = "aws"


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a fact that could not be seen, with the action and the code that say why.

    `resource` is the ARN of the one resource that went unread; None casts doubt on the whole fact.
    """

    action: str
    code: str
    message: str = ""
    resource: str | None = None

    @property
    def refused(self) -> bool:
        """Whether a permission is missing, so that granting the action is the remedy."""
        return self.code in _REFUSALS


@dataclass(frozen=True, slots=True)
class Offender:
    """One thing that is not as it must be; (resource, fault) is its identity for drift.

    `resource` is an ARN, or for what is missing the name that the baseline gives it.
    `fault` is a stable code and never holds a value that varies.
    `absent_from` names the facts in which something was looked for and not found: the finding is
    proven only if those facts were read whole.
    `fix` replaces the item's command where only the check can compose it.
    """

    resource: str
    fault: str
    observed: str
    expected: str
    absent_from: tuple[str, ...] = ()
    fix: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """The offender's identity: what stays the same while the observed value varies."""
        return self.resource, self.fault


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found in the facts that it was given.

    `evaluated` names every resource that was judged, and every demand that was looked for; `seen`
    what else there is of the resources that may offend, so that one that no longer does is known to
    be mended and not gone.
    `holds` finishes the sentence "all 41 log groups ..." when nothing offends.
    `evidence` is what was seen and is to be remembered, for AWS forgets it: each thing by a name of
    its own, with the time of which it speaks. A later run gets it back in the fact `remembered`.
    `inapplicable` says why there was nothing to judge; it excludes offenders.
    `coverage` has the summary say what share of the resources is so ("87.5% tagged").
    `settled` by the baseline and the time, `proven` by what was seen: whatever went unread changes
    nothing.
    """

    noun: str
    holds: str
    evaluated: tuple[str, ...] = ()
    offenders: tuple[Offender, ...] = ()
    inapplicable: str | None = None
    seen: tuple[str, ...] = ()
    coverage: str = ""
    evidence: Mapping[str, datetime] = field(default_factory=dict)
    settled: bool = False
    proven: bool = False

    @classmethod
    def of(  # noqa: PLR0913 -- a verdict's parts, most by name and optional
        cls,
        noun: str,
        evaluated: Iterable[str],
        offenders: Iterable[Offender],
        *,
        holds: str,
        seen: Iterable[str] = (),
        coverage: str = "",
        evidence: Mapping[str, datetime] | None = None,
        proven: bool = False,
    ) -> Verdict:
        """A verdict over `evaluated`, each offender once, in an order that does not vary.

        `proven` only where one thing that was seen whole is enough, never because nothing offends.
        """
        unique = {offender.key: offender for offender in offenders}
        return cls(
            noun=noun,
            holds=holds,
            evaluated=tuple(dict.fromkeys(evaluated)),
            offenders=tuple(unique[key] for key in sorted(unique)),
            seen=tuple(seen),
            coverage=coverage,
            evidence=evidence or {},
            proven=proven,
        )

    @classmethod
    def shown(cls, words: str) -> Verdict:
        """What stands beside a statement and decides nothing."""
        return cls(noun="", holds=words)

    @classmethod
    def not_applicable(cls, reason: str, *, settled: bool = False) -> Verdict:
        """There was nothing to judge; `reason` says what was looked for.

        `settled` by the baseline and the time alone: no fact that went unread puts it in doubt.
        """
        return cls(noun="", holds="", inapplicable=reason, settled=settled)


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one item in one run.

    `reason` is set where the status needs one: UNKNOWN, NOT_APPLICABLE, and a FAIL from an
    incomplete read. `gaps` is what could not be seen. `unseen` names the resources whose absence
    among the offenders therefore proves nothing; None: that of no resource proves anything. `seen`
    are all resources that this run knows to exist. `standing` is how the attestation stands, of an
    item that takes one; `accepted` what an exception in force takes from the offenders;
    `exceptions` all exceptions of the item, None where there are none or none could be read, which
    `exceptions_unread` tells. `evidence` is to be remembered, whatever the status is: what was seen
    was seen. `waived` tells that the baseline has the item not judged at all, `excluded` of which
    resources it is not.
    """

    item: Item
    status: Status
    summary: str
    evaluated: tuple[str, ...] = ()
    offenders: tuple[Offender, ...] = ()
    reason: str | None = None
    gaps: tuple[Gap, ...] = ()
    unseen: frozenset[str] | None = None
    seen: frozenset[str] = frozenset()
    crashed: bool = False
    standing: Standing | None = None
    accepted: tuple[tuple[Offender, ItemException], ...] = ()
    exceptions: Exceptions | None = None
    exceptions_unread: bool = False
    evidence: Mapping[str, datetime] = field(default_factory=dict)
    waived: bool = False
    excluded: frozenset[str] = frozenset()

    @property
    def blind(self) -> bool:
        """Whether something that this item needs could not be seen in this run."""
        return bool(self.gaps) or self.crashed

    def may_have_recovered(self, resource: str) -> bool:
        """Whether this run saw enough to say that an offence of `resource` has ended."""
        return self.unseen is not None and resource not in self.unseen


def name_of(resource: str) -> str:
    """The name that people know a resource by: an ARN without its prefix and resource type.

    >>> name_of("arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/a")
    '/aws/lambda/a'
    >>> name_of("alarm:api-latency/omnitrack-api")
    'alarm:api-latency/omnitrack-api'
    """
    parts = resource.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":  # noqa: PLR2004 -- an ARN has six parts
        return resource
    tail = parts[5]
    separators = [at for at in (tail.find(":"), tail.find("/")) if at > 0]
    return tail[min(separators) + 1 :] if separators else tail


def plural(count: int, noun: str) -> str:
    """The count with its noun: "1 table", "3 days", "2 policies"."""
    if count == 1:
        return f"1 {noun}"
    consonant_y = noun.endswith("y") and noun[-2:-1] not in "aeiou"
    stem, ending = (noun[:-1], "ies") if consonant_y else (noun, "s")
    return f"{count:,} {stem}{ending}"


def summarise(verdict: Verdict, offenders: tuple[Offender, ...]) -> str:
    """One line: what holds of how many, or how many offend and the first by name."""
    total = len(verdict.evaluated)
    if not offenders:
        return f"{plural(total, verdict.noun)}: {verdict.holds}" if total else verdict.holds
    resources = list(dict.fromkeys(offender.resource for offender in offenders))
    named = [
        f"{name_of(offender.resource)} ({offender.observed})"
        for offender in offenders[:_NAMED_IN_A_SUMMARY]
    ]
    more = len(offenders) - len(named)
    rest = f"; {more:,} more" if more else ""
    share = _share(verdict, resources) if verdict.coverage else ""
    return f"{len(resources):,} of {plural(total, verdict.noun)}{share}: {'; '.join(named)}{rest}"


def _share(verdict: Verdict, offending: Iterable[str]) -> str:
    """What share of the resources that exist does not offend, rounded down: 100% is all."""
    existing = [resource for resource in verdict.evaluated if resource.startswith("arn:")]
    if not existing:
        return ""
    sound = len(set(existing).difference(offending))
    return f" ({1000 * sound // len(existing) / 10:g}% {verdict.coverage})"


def describe(gaps: Iterable[Gap]) -> str:
    """What could not be seen, a clause per action and code, and the permission that is missing."""
    grouped: dict[tuple[str, str], list[Gap]] = {}
    for gap in gaps:
        grouped.setdefault((gap.action, gap.code), []).append(gap)
    clauses = []
    for (action, code), members in grouped.items():
        resources = [gap.resource for gap in members if gap.resource]
        of = f" for {name_of(resources[0])}" if resources else ""
        if len(resources) > 1:
            of += f" and {len(resources) - 1:,} more"
        message = next((gap.message for gap in members if gap.message), "")
        if code == NO_STATE:
            clauses.append(message)
            continue
        detail = f": {message}" if message else ""
        grant = f" (grant {action})" if members[0].refused else ""
        clauses.append(f"{action}{of} answered {code}{grant}{detail}")
    return "; ".join(clauses)
