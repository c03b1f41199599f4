"""Reports written by hand, for the tests of what people and machines read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from compliance.model import (
    NO_CHECK_YET,
    Gap,
    How,
    Identity,
    Item,
    ItemResult,
    Offender,
    Severity,
    Status,
    Verdict,
    describe,
    summarise,
)
from compliance.report import Calls, History, Point, Report
from compliance.score import score_of
from compliance.statements.records import Attestation, Author, Evidence, ItemException
from compliance.statements.standing import Exceptions, Standing

ACCOUNT = "123456789012"
NOW = datetime(2026, 3, 1, 3, 4, 5, tzinfo=UTC)
GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:"

HOSTILE_NAMES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[bold red]not markup[/bold red]",
    "a|b``c`d",
    "two\nlines\r\nand\ttabs",
    "\x1b[31mred\x1b[0m\x07",
    "abc\u202egnp.exe",
    "\u05e9\u05dc\u05d5\u05dd",
    "@everyone https://phish.example",
    "</details><!-- -->",
    "x" * 5000,
)


def item(name: str, severity: Severity = Severity.HIGH, title: str = "A title") -> Item:
    section = name.partition(".")[0]
    why = "It matters."
    return Item(name, section, title, severity, How.CHECK, why, "monitoring", check="a_check")


def offender(name: str, fault: str = "never-expires") -> Offender:
    return Offender(GROUP + name, fault, observed="never expires", expected="30 to 400 days")


def failing(what: Item, offenders: Iterable[Offender], *, of: int = 0) -> ItemResult:
    found = tuple(offenders)
    judged = dict.fromkeys(each.resource for each in found)
    evaluated = (*judged, *(f"{GROUP}/fine/{n}" for n in range(of - len(judged))))
    verdict = Verdict("log group", "kept for 30 days", evaluated, found)
    return ItemResult(what, Status.FAIL, summarise(verdict, found), evaluated, found)


def passing(what: Item, summary: str = "41 log groups: kept for 30 days") -> ItemResult:
    return ItemResult(what, Status.PASS, summary, ("a",))


def unseen(what: Item, action: str = "logs:DescribeLogGroups", message: str = "") -> ItemResult:
    gaps = (Gap(action, "AccessDeniedException", message),)
    reason = f"cannot see: {describe(gaps)}"
    return ItemResult(what, Status.UNKNOWN, reason, reason=reason, gaps=gaps)


def unchecked(what: Item) -> ItemResult:
    return ItemResult(what, Status.UNKNOWN, NO_CHECK_YET, reason=NO_CHECK_YET)


AUTHOR = Author("The Devops Lead", "AIDAEXAMPLE", f"arn:aws:iam::{ACCOUNT}:user/devops-lead")


def attested(what: Item) -> ItemResult:
    """An item that a person states, on a link, until May."""
    asked = replace(what, how=How.ATTEST, check=None, valid_days=90)
    evidence = Evidence(link="https://wiki.example/on-call")
    until = datetime(2026, 5, 1, tzinfo=UTC)
    stated = Attestation("a", what.id, AUTHOR, NOW - timedelta(days=9), until, evidence)
    standing = Standing(asked, stated)
    return ItemResult(asked, Status.PASS, standing.summary, standing=standing)


def excepted(what: Item) -> ItemResult:
    """An item whose one offender is accepted until mid March."""
    found = offender("/exports")
    accepted = ItemException(
        "e",
        what.id,
        AUTHOR,
        NOW - timedelta(days=2),
        datetime(2026, 3, 15, tzinfo=UTC),
        found.resource,
        frozenset({found.fault}),
        "moved to the new bucket next week",
    )
    words = "1 offender accepted until 2026-03-15"
    return ItemResult(
        what,
        Status.EXCEPTED,
        words,
        (found.resource,),
        reason=words,
        accepted=((found, accepted),),
        exceptions=Exceptions((accepted,)),
    )


def remembering(what: Report) -> Report:
    """The same report where a monitor knows two days before it."""
    days = [NOW - timedelta(days=n) for n in (2, 1, 0)]
    trend = tuple(
        Point(at, score, 80.0, 2, 1) for at, score in zip(days, (50.0, 75.0, 62.5), strict=True)
    )
    since = {name: (each.status, days[0]) for name, each in what.results.items()}
    return replace(what, history=History(since, trend))


def report(
    *results: ItemResult,
    remedies: Mapping[str, tuple[str, ...]] | None = None,
    titles: Mapping[str, tuple[str, ...]] | None = None,
) -> Report:
    sections: dict[str, list[ItemResult]] = {}
    for result in results:
        sections.setdefault(result.item.section, []).append(result)
    return Report(
        identity=Identity(ACCOUNT, "us-east-1"),
        workload="OmniTrack AI",
        environment="production",
        evaluated_at=NOW,
        duration_seconds=3.21,
        calls=Calls({"sts:GetCallerIdentity": 1, "logs:DescribeLogGroups": 3}, 2, 1),
        score=score_of((each.item.severity, each.status) for each in results),
        sections={
            name: score_of((each.item.severity, each.status) for each in members)
            for name, members in sections.items()
        },
        titles=titles or {name: name.capitalize() for name in sections},
        results={each.item.id: each for each in results},
        remedies=remedies or {},
    )


def hostile_report() -> Report:
    """Every hostile name as a resource, as an observed value, in a reason and in a command."""
    offenders = [
        Offender(GROUP + name, f"fault-{at}", observed=name, expected=name)
        for at, name in enumerate(HOSTILE_NAMES)
    ]
    blind = [
        unseen(item(f"blind.item-{at}"), message=name) for at, name in enumerate(HOSTILE_NAMES)
    ]
    alone = [failing(item(f"logs.one-{at}"), [each]) for at, each in enumerate(offenders)]
    return report(
        failing(item("logs.all"), offenders),
        *alone,
        *blind,
        remedies={
            f"logs.one-{at}": (f"aws logs put '{name}'",) for at, name in enumerate(HOSTILE_NAMES)
        },
    )


def huge_report(offenders: int = 10_000) -> Report:
    many = (offender(f"/aws/lambda/omnitrack-function-number-{n:05}") for n in range(offenders))
    return report(
        failing(item("logs.retention"), many),
        remedies={"logs.retention": ("aws logs put-retention-policy --log-group-name x",)},
    )
