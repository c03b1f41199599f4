"""The engine on invented facts: each collected once, failures kept to the items that need them."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from compliance.baseline import load_baseline
from compliance.engine import Evaluation, ReadFailed, evaluate, remedy
from compliance.model import Gap, How, Identity, Item, Offender, Severity, Status, Verdict
from compliance.registry import Check, Collector, Read, Registry, closure
from compliance.statements.standing import Statements

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LIST = Read("logs", "DescribeLogGroups")
DENIED = Gap("logs:DescribeLogGroups", "AccessDeniedException", "no")
BASELINE = load_baseline()
IDENTITY = Identity("123456789012", "us-east-1")


class _Source:
    """A source whose reader is the function that notes a gap."""

    identity = IDENTITY

    def reader(self, _: Collector, note: Callable[[Gap], None], deadline: float) -> Any:
        assert deadline > time.monotonic()
        return note


def _item(check: str | None, name: str = "one", **changes: Any) -> Item:
    item = Item(f"logs.{name}", "logs", "T", Severity.HIGH, How.CHECK, "why", "api", check=check)
    return replace(item, **changes)


def _collector(
    fact: str, function: Callable[..., Any], *needs: str, many: bool = True
) -> Collector:
    return Collector(fact, function, needs, (LIST,), many)


def _check(name: str, function: Callable[..., Verdict], *facts: str, alone: bool = False) -> Check:
    return Check(name, function, facts, {}, alone, "")


def _run(
    checks: Sequence[Check], collectors: Sequence[Collector], *items: Item, **options: Any
) -> Evaluation:
    registry = Registry({c.name: c for c in checks}, {c.fact: c for c in collectors})
    chosen = items or tuple(_item(check.name, check.name) for check in checks)
    options.setdefault("now", NOW)
    options.setdefault("baseline", BASELINE)
    baseline = options.pop("baseline")
    return evaluate(chosen, baseline, registry, _Source(), **options)


def _must_be_there(late: Sequence[str]) -> Verdict:
    absent = [] if late else [Offender("must", "missing", "", "", absent_from=("late",))]
    return Verdict.of("group", ["must"], absent, holds="")


def _no_bad(groups: Sequence[str]) -> Verdict:
    """Fails for each group called bad, and where there is none at all."""
    bad = [Offender(g, "bad", "bad", "good") for g in groups if g.startswith("bad")]
    if "must" not in groups:
        bad.append(Offender("must", "missing", "not there", "there", absent_from=("groups",)))
    return Verdict.of("group", [*groups, "must"], bad, holds="all are good")


def _yielding(*records: str, then: Exception | None = None) -> Callable[..., Iterator[str]]:
    def collect(*_: Any) -> Iterator[str]:
        yield from records
        if then:
            raise then

    return collect


def test_what_holds_passes_with_what_was_evaluated() -> None:
    run = _run([_check("c", _no_bad, "groups")], [_collector("groups", _yielding("a", "must"))])
    result = run.results["logs.c"]
    assert (result.status, result.summary) == (Status.PASS, "2 groups: all are good")
    assert result.evaluated == ("a", "must")


def test_a_fact_is_collected_once_however_many_items_want_it() -> None:
    calls: list[int] = []

    def collect(_: Any) -> Iterator[str]:
        calls.append(1)
        yield "must"

    checks = [_check(name, _no_bad, "groups") for name in ("a", "b", "c")]
    _run(checks, [_collector("groups", collect)])
    assert calls == [1]


def test_a_fact_that_no_chosen_item_needs_is_not_collected() -> None:
    def collect(_: Any) -> Iterator[str]:
        raise AssertionError
        yield

    run = _run([_check("c", _no_bad, "groups")], [_collector("groups", collect)], _item(None))
    assert run.results["logs.one"].reason == "no check yet"


def test_an_item_without_a_check_is_unknown() -> None:
    result = _run([], [], _item(None)).results["logs.one"]
    assert (result.status, result.reason, result.blind) == (Status.UNKNOWN, "no check yet", False)


def test_a_refused_read_is_unknown_with_action_and_code_and_never_a_pass() -> None:
    collector = _collector("groups", _yielding("must", then=ReadFailed(DENIED)))
    result = _run([_check("c", _no_bad, "groups")], [collector]).results["logs.c"]
    assert result.status is Status.UNKNOWN
    assert result.reason == (
        "cannot see: logs:DescribeLogGroups answered AccessDeniedException "
        "(grant logs:DescribeLogGroups): no"
    )


def test_a_read_that_failed_midway_proves_what_it_saw_and_says_that_it_is_incomplete() -> None:
    collector = _collector("groups", _yielding("bad", "must", then=ReadFailed(DENIED)))
    result = _run([_check("c", _no_bad, "groups")], [collector]).results["logs.c"]
    assert result.status is Status.FAIL
    assert [o.key for o in result.offenders] == [("bad", "bad")]
    assert str(result.reason).startswith("incomplete: logs:DescribeLogGroups answered")
    assert not result.may_have_recovered("anything")


def test_what_an_incomplete_read_did_not_find_is_not_missing() -> None:
    collector = _collector("groups", _yielding("a", then=ReadFailed(DENIED)))
    result = _run([_check("c", _no_bad, "groups")], [collector]).results["logs.c"]
    assert (result.status, result.offenders) == (Status.UNKNOWN, ())


def test_a_failed_read_touches_only_the_items_that_need_it() -> None:
    checks = [_check("c", _no_bad, "groups"), _check("d", _no_bad, "others")]
    collectors = [
        _collector("groups", _yielding(then=ReadFailed(DENIED))),
        _collector("others", _yielding("must")),
    ]
    run = _run(checks, collectors)
    statuses = {name: result.status for name, result in run.results.items()}
    assert statuses == {"logs.c": Status.UNKNOWN, "logs.d": Status.PASS}


def test_a_fact_built_on_one_that_failed_is_doubted_too() -> None:
    def double(_: Any, groups: Sequence[str]) -> Iterator[str]:
        yield from groups

    collectors = [
        _collector("names", _yielding("must", then=ReadFailed(DENIED))),
        _collector("groups", double, "names"),
    ]
    result = _run([_check("c", _no_bad, "groups")], collectors).results["logs.c"]
    assert result.status is Status.UNKNOWN


def test_without_its_one_record_a_check_is_not_asked() -> None:
    def refuse(_: Any) -> str:
        raise ReadFailed(DENIED)

    def never(_: Any) -> Verdict:
        raise AssertionError

    run = _run([_check("c", never, "one")], [_collector("one", refuse, many=False)])
    assert run.results["logs.c"].status is Status.UNKNOWN
    assert not run.results["logs.c"].crashed


def test_a_crash_in_a_collector_becomes_a_finding_and_the_run_goes_on() -> None:
    collectors = [
        _collector("groups", _yielding(then=KeyError("logGroups"))),
        _collector("others", _yielding("must")),
    ]
    run = _run([_check("c", _no_bad, "groups"), _check("d", _no_bad, "others")], collectors)
    assert "the collector of groups crashed: 'logGroups'" in str(run.results["logs.c"].reason)
    assert run.results["logs.d"].status is Status.PASS


def test_a_crash_in_a_check_becomes_a_finding_and_proves_no_recovery() -> None:
    def crash(_: Any) -> Verdict:
        raise ZeroDivisionError

    run = _run([_check("c", crash, "groups")], [_collector("groups", _yielding())])
    result = run.results["logs.c"]
    assert (result.status, result.crashed, result.blind) == (Status.UNKNOWN, True, True)
    assert result.reason == "the check c crashed: ZeroDivisionError: "
    assert not result.may_have_recovered("anything")


def test_an_offender_that_rests_on_an_unknown_fact_is_a_crash_of_its_check() -> None:
    run = _run([_check("c", _no_bad, "others")], [_collector("others", _yielding())])
    assert "the check c crashed: KeyError" in str(run.results["logs.c"].reason)


def _scoped(*, alone: bool) -> Evaluation:
    """`a` could not be read; of the others `bad` is bad, and `must` is there."""

    def collect(note: Callable[[Gap], None]) -> Iterator[str]:
        note(replace(DENIED, resource="a"))
        yield from ("bad", "must")

    return _run([_check("c", _no_bad, "groups", alone=alone)], [_collector("groups", collect)])


def test_where_resources_are_judged_alone_one_unread_says_nothing_of_the_others() -> None:
    result = _scoped(alone=True).results["logs.c"]
    assert result.unseen == {"a"}
    assert result.may_have_recovered("b")
    assert not result.may_have_recovered("a")


def test_where_resources_depend_on_each_other_one_unread_casts_doubt_on_all() -> None:
    assert not _scoped(alone=False).results["logs.c"].may_have_recovered("b")


def test_an_absence_is_proven_for_a_resource_that_was_read() -> None:
    def each(groups: Sequence[str]) -> Verdict:
        absent = [Offender(g, "none", "", "", absent_from=("groups",)) for g in ("a", "b")]
        return Verdict.of("group", groups, absent, holds="")

    def collect(note: Callable[[Gap], None]) -> Iterator[str]:
        note(replace(DENIED, resource="a"))
        yield "b"

    run = _run([_check("c", each, "groups", alone=True)], [_collector("groups", collect)])
    assert [o.resource for o in run.results["logs.c"].offenders] == ["b"]


def test_past_the_time_budget_what_is_left_is_out_of_time_and_the_run_ends() -> None:
    release = threading.Event()

    def hang(_: Any) -> Iterator[str]:
        yield "bad"
        release.wait(30)

    checks = [
        _check("c", _no_bad, "groups"),
        _check("d", _must_be_there, "late"),
        _check("e", _no_bad, "others"),
    ]
    collectors = [
        _collector("groups", hang),
        _collector("late", _yielding("must"), "groups"),
        _collector("others", _yielding("must")),
    ]
    started = time.monotonic()
    run = _run(checks, collectors, budget_seconds=0.3)
    release.set()
    assert time.monotonic() - started < 10
    assert run.results["logs.c"].status is Status.FAIL
    assert str(run.results["logs.d"].reason).startswith("out of time: ")
    assert run.results["logs.e"].status is Status.PASS


def test_collectors_run_side_by_side() -> None:
    meet = threading.Barrier(2, timeout=10)

    def collect(_: Any) -> Iterator[str]:
        meet.wait()
        yield "must"

    checks = [_check("c", _no_bad, "groups"), _check("d", _no_bad, "others")]
    run = _run(checks, [_collector("groups", collect), _collector("others", collect)])
    assert {result.status for result in run.results.values()} == {Status.PASS}


def test_the_time_is_what_the_run_was_told() -> None:
    def at_all(now: datetime, identity: Identity) -> Verdict:
        assert (now, identity) == (NOW, IDENTITY)
        return Verdict.not_applicable("seen")

    run = _run([_check("c", at_all, "now", "identity")], [])
    assert run.results["logs.c"].status is Status.NOT_APPLICABLE
    assert run.at == NOW


def test_what_the_baseline_and_the_time_settle_is_in_no_doubt_whatever_went_unread() -> None:
    def outside(groups: Sequence[str]) -> Verdict:  # noqa: ARG001 -- a check names its facts
        return Verdict.not_applicable("over", settled=True)

    def refused(_: Any) -> Iterator[str]:
        yield "a"
        raise ReadFailed(Gap("logs:List", "AccessDenied"))

    result = _run([_check("c", outside, "groups")], [_collector("groups", refused)]).results
    assert (result["logs.c"].status, result["logs.c"].gaps) == (Status.NOT_APPLICABLE, ())


def _with(**values: Any) -> Any:
    return replace(BASELINE, values={**BASELINE.values, **values})


def test_what_the_baseline_excludes_is_neither_judged_nor_counted() -> None:
    baseline = _with(scope={"exclude": [{"resource": "bad*", "reason": "scratch"}]})
    collectors = [_collector("groups", _yielding("bad1", "a", "must"))]
    run = _run([_check("c", _no_bad, "groups")], collectors, baseline=baseline)
    assert run.results["logs.c"].status is Status.PASS
    assert run.results["logs.c"].evaluated == ("a", "must")
    assert run.results["logs.c"].excluded == {"bad1"}


def test_where_the_baseline_excludes_all_there_is_nothing_to_judge() -> None:
    baseline = _with(scope={"exclude": [{"resource": "*", "reason": "scratch"}]})
    run = _run(
        [_check("c", _no_bad, "groups")],
        [_collector("groups", _yielding("bad"))],
        baseline=baseline,
    )
    result = run.results["logs.c"]
    assert (result.status, result.reason) == (
        Status.NOT_APPLICABLE,
        "the baseline excludes all 2 groups",
    )


@pytest.mark.parametrize("waived", [True, False])
def test_a_result_tells_whether_the_baseline_waives_its_item(waived: bool) -> None:  # noqa: FBT001 -- a parameter
    baseline = _with(not_applicable={"logs.c": "no logs here"} if waived else {})
    checks, collectors = [_check("c", _no_bad, "groups")], [_collector("groups", _yielding("a"))]
    assert _run(checks, collectors, baseline=baseline).results["logs.c"].waived is waived


def test_an_item_that_the_baseline_waives_costs_no_read() -> None:
    baseline = _with(not_applicable={"logs.c": "no logs here"})
    told: list[object] = []
    run = _run(
        [_check("c", _no_bad, "groups")],
        [_collector("groups", _yielding())],
        baseline=baseline,
        progress=lambda *step: told.append(step),
    )
    result = run.results["logs.c"]
    assert told == []
    assert (result.status, result.reason) == (Status.NOT_APPLICABLE, "no logs here")


def test_progress_is_told_after_each_fact() -> None:
    told: list[tuple[int, int, str]] = []
    checks = [_check("c", _no_bad, "groups"), _check("d", _no_bad, "others")]
    collectors = [
        _collector("groups", _yielding("must")),
        _collector("others", _yielding("must"), "groups"),
    ]
    _run(checks, collectors, progress=lambda *step: told.append(step))
    assert told == [(1, 2, "groups"), (2, 2, "others")]


def test_facts_that_build_on_each_other_in_a_circle_are_a_mistake() -> None:
    collectors = {
        "a": _collector("a", _yielding(), "b"),
        "b": _collector("b", _yielding(), "a"),
    }
    with pytest.raises(ValueError, match="a -> b -> a"):
        closure(["a"], collectors)


def test_a_fact_without_a_collector_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no collector yields 'groups'"):
        closure(["groups"], {})


def test_a_fix_fills_in_and_quotes_what_it_names() -> None:
    item = _item(
        None,
        settings={"days": 30},
        fix={
            "otherwise": "aws x {name} {resource} {region} {account} {days} "
            "{baseline.contacts.alert_emails[0]}"
        },
    )
    offender = Offender("arn:aws:logs:eu-west-1:1:log-group:/a b'c", "f", "", "")
    assert remedy(item, offender, IDENTITY, BASELINE) == (
        """aws x '/a b'"'"'c' 'arn:aws:logs:eu-west-1:1:log-group:/a b'"'"'c' """
        "eu-west-1 123456789012 30 oncall@omnitrack.example"
    )


def test_a_fix_of_its_own_goes_before_that_of_the_item() -> None:
    item = _item(None, fix={"otherwise": "b", "f": "c"})
    assert remedy(item, Offender("r", "f", "", "", fix="a"), IDENTITY, BASELINE) == "a"
    assert remedy(item, Offender("r", "f", "", ""), IDENTITY, BASELINE) == "c"
    assert remedy(item, Offender("r", "g", "", ""), IDENTITY, BASELINE) == "b"


# --- what is proven, and what is only shown


def _one_is_enough(groups: Sequence[str]) -> Verdict:
    return Verdict.of("group", groups, (), holds="one is good", proven="good" in groups)


def _refused_after(*records: str) -> Collector:
    return _collector("groups", _yielding(*records, then=ReadFailed(DENIED)))


def test_what_was_seen_to_be_enough_holds_whatever_went_unread() -> None:
    result = _run([_check("c", _one_is_enough, "groups")], [_refused_after("good")]).results
    seen = result["logs.c"]
    assert (seen.status, seen.gaps, seen.unseen) == (Status.PASS, (), frozenset())


def test_without_the_one_that_is_enough_what_went_unread_may_be_it() -> None:
    result = _run([_check("c", _one_is_enough, "groups")], [_refused_after("other")]).results
    assert result["logs.c"].status is Status.UNKNOWN


def test_an_offender_beside_what_was_enough_still_fails_and_tells_what_went_unread() -> None:
    def both(groups: Sequence[str]) -> Verdict:
        return replace(_no_bad(groups), proven=True)

    result = _run([_check("c", both, "groups")], [_refused_after("must", "bad")]).results["logs.c"]
    assert (result.status, result.gaps) == (Status.FAIL, (DENIED,))


def _shown(groups: Sequence[str]) -> Verdict:
    return Verdict.of("group", groups, (), holds="shown")


@pytest.mark.parametrize("many", [True, False], ids=["of many", "of one"])
def test_what_is_only_shown_says_so_where_it_went_unread(many: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    def refused(_: Any) -> list[str]:
        raise ReadFailed(DENIED)

    check = replace(_check("c", _shown, "groups"), shows=True)
    result = _run([check], [_collector("groups", refused, many=many)]).results["logs.c"]
    assert (result.status, result.gaps) == (Status.NOT_APPLICABLE, ())
    assert result.summary == (
        "cannot see: logs:DescribeLogGroups answered AccessDeniedException "
        "(grant logs:DescribeLogGroups): no"
    )


def test_what_is_only_shown_is_shown_where_it_was_read() -> None:
    check = replace(_check("c", _shown, "groups"), shows=True)
    result = _run([check], [_collector("groups", _yielding("a"))]).results["logs.c"]
    assert (result.status, result.summary) == (Status.PASS, "1 group: shown")


def test_an_attested_item_that_the_baseline_waives_needs_no_statement() -> None:
    check = replace(_check("c", _shown, "groups"), shows=True)
    waived = _with(not_applicable={"logs.one": "nobody promised anything"})
    item = _item("c", how=How.ATTEST, valid_days=30)
    collectors = [_collector("groups", _yielding("a"))]
    run = _run([check], collectors, item, baseline=waived, statements=Statements())
    assert run.results["logs.one"].status is Status.NOT_APPLICABLE
