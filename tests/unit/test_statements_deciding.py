"""What becomes of an item by its check and by what people stated of it."""

from __future__ import annotations

from dataclasses import replace

from example_statements import NOW, attestation, exception, item_of
from hypothesis import given
from hypothesis import strategies as st

from compliance.baseline import load_baseline
from compliance.engine import remedy
from compliance.model import Gap, How, Identity, ItemResult, Offender, Status
from compliance.statements.deciding import NO_STATEMENTS, decide
from compliance.statements.records import Statement
from compliance.statements.standing import Statements

OPEN = Offender("arn:one", "open", "open to all", "closed")
OLD = Offender("arn:two", "old", "3 years", "1 year")
REFUSED = Gap("ec2:DescribeThings", "AccessDenied")


def result(
    how: How, status: Status, *offenders: Offender, gaps: tuple[Gap, ...] = ()
) -> ItemResult:
    evaluated = tuple(each.resource for each in offenders) or ("arn:one",)
    return ItemResult(
        item_of(how),
        status,
        "what the check saw",
        evaluated,
        offenders,
        gaps=gaps,
        unseen=frozenset() if not gaps else None,
        seen=frozenset(evaluated),
    )


def decided(found: ItemResult, *stated: Statement) -> ItemResult:
    return decide(found, Statements.of(stated), NOW)


def of(how: How, status: Status, *stated: Statement) -> Status:
    offenders = (OPEN,) if status is Status.FAIL else ()
    gaps = (REFUSED,) if status is Status.UNKNOWN else ()
    return decided(result(how, status, *offenders, gaps=gaps), *stated).status


UNDECIDED = ItemResult(item_of(), Status.UNKNOWN, "", reason="no check yet")


def test_an_attested_item_passes_by_its_statement_and_fails_without() -> None:
    assert decided(UNDECIDED, attestation()).status is Status.PASS
    assert decided(UNDECIDED).status is Status.FAIL
    assert [each.key for each in decided(UNDECIDED).offenders] == [
        ("attestation:rollback.tested", "missing")
    ]


def test_a_fact_beside_a_statement_is_shown_and_one_that_contradicts_it_fails() -> None:
    item = replace(item_of(), check="something_holds")
    shown = replace(result(How.ATTEST, Status.PASS), item=item)
    assert decided(shown, attestation()).summary == (
        "attested by the devops lead until 2026-08-29; what the check saw"
    )
    against = replace(result(How.ATTEST, Status.FAIL, OPEN), item=item)
    assert decided(against, attestation()).offenders == (OPEN,)
    nothing = replace(result(How.ATTEST, Status.NOT_APPLICABLE), item=item)
    assert decided(nothing, attestation()).status is Status.PASS
    assert decided(nothing).status is Status.FAIL


def test_an_item_that_needs_both_passes_by_both_alone() -> None:
    assert of(How.BOTH, Status.PASS, attestation()) is Status.PASS
    assert of(How.BOTH, Status.PASS) is Status.FAIL
    assert of(How.BOTH, Status.FAIL, attestation()) is Status.FAIL
    assert of(How.BOTH, Status.UNKNOWN, attestation()) is Status.UNKNOWN
    assert of(How.BOTH, Status.UNKNOWN) is Status.FAIL


def test_where_there_is_nothing_to_judge_there_is_nothing_to_attest() -> None:
    assert of(How.BOTH, Status.NOT_APPLICABLE) is Status.NOT_APPLICABLE


def test_what_the_account_decides_is_no_matter_of_statements() -> None:
    for status in Status:
        assert of(How.CHECK, status, attestation()) is status


def test_statements_that_cannot_be_read_leave_unknown_what_needs_them() -> None:
    for how in (How.ATTEST, How.BOTH):
        found = decide(result(how, Status.PASS), NO_STATEMENTS, NOW)
        assert found.status is Status.UNKNOWN
        assert "name the stack whose table holds them" in str(found.reason)
        assert not found.may_have_recovered("attestation:rollback.tested")
    failing = decide(result(How.BOTH, Status.FAIL, OPEN), NO_STATEMENTS, NOW)
    assert (failing.status, failing.offenders) == (Status.FAIL, (OPEN,))
    assert "incomplete" in str(failing.reason)


def test_what_is_accepted_neither_fails_nor_passes() -> None:
    found = decided(result(How.CHECK, Status.FAIL, OPEN), exception())
    assert found.status is Status.EXCEPTED
    assert found.offenders == ()
    assert [offender for offender, _ in found.accepted] == [OPEN]
    assert found.summary == "1 offender accepted until 2026-06-20"


def test_what_offends_beside_an_exception_still_fails() -> None:
    found = decided(result(How.CHECK, Status.FAIL, OPEN, OLD), exception())
    assert (found.status, found.offenders) == (Status.FAIL, (OLD,))


def test_an_exception_hides_no_blindness() -> None:
    found = decided(result(How.CHECK, Status.FAIL, OPEN, gaps=(REFUSED,)), exception())
    assert found.status is Status.UNKNOWN
    assert "ec2:DescribeThings" in str(found.reason)


def test_an_exception_that_accepts_nothing_changes_nothing_and_is_kept_for_the_report() -> None:
    found = decided(result(How.CHECK, Status.PASS), exception("arn:gone"))
    assert (found.status, found.accepted) == (Status.PASS, ())
    assert found.exceptions is not None
    assert len(found.exceptions.in_force) == 1


def test_a_missing_statement_can_be_accepted_as_any_fault() -> None:
    named = exception("attestation:rollback.tested", "missing")
    assert decided(UNDECIDED, named).status is Status.EXCEPTED


@given(
    st.sampled_from([How.ATTEST, How.BOTH]),
    st.sampled_from(list(Status)),
    st.lists(st.sampled_from([exception(), exception("attestation:*", "missing"), exception("*")])),
)
def test_nothing_passes_without_a_valid_statement(
    how: How, status: Status, stated: list[Statement]
) -> None:
    assert of(how, status, *stated) is not Status.PASS


def test_what_the_baseline_excludes_needs_no_statement() -> None:
    excluded = replace(UNDECIDED, status=Status.NOT_APPLICABLE, reason="no health data")
    assert decided(excluded).status is Status.NOT_APPLICABLE


def either(status: Status, *offenders: Offender, gaps: tuple[Gap, ...] = ()) -> ItemResult:
    found = result(How.BOTH, status, *offenders, gaps=gaps)
    return replace(found, item=replace(found.item, either=True))


def test_where_either_is_enough_a_check_that_passes_needs_no_statement() -> None:
    assert decided(either(Status.PASS)).status is Status.PASS
    assert decide(either(Status.PASS), NO_STATEMENTS, NOW).status is Status.PASS


def test_where_either_is_enough_a_valid_statement_stands_for_the_check() -> None:
    failing = decided(either(Status.FAIL, OPEN), attestation())
    assert (failing.status, failing.offenders) == (Status.PASS, ())
    blind = decided(either(Status.UNKNOWN, gaps=(REFUSED,)), attestation())
    assert (blind.status, blind.reason, blind.gaps) == (Status.PASS, None, ())
    assert "what the check saw" not in failing.summary


def test_where_either_is_enough_both_are_named_where_neither_is_there() -> None:
    found = decided(either(Status.FAIL, OPEN))
    assert found.status is Status.FAIL
    assert {each.fault for each in found.offenders} == {"open", "missing"}


def test_where_either_is_enough_what_went_unseen_may_have_passed() -> None:
    assert decided(either(Status.UNKNOWN, gaps=(REFUSED,))).status is Status.UNKNOWN
    unread = decide(either(Status.FAIL, OPEN), NO_STATEMENTS, NOW)
    assert (unread.status, unread.offenders, unread.unseen) == (Status.UNKNOWN, (), None)


def test_where_either_is_enough_nothing_to_judge_asks_for_no_statement() -> None:
    assert decided(either(Status.NOT_APPLICABLE)).status is Status.NOT_APPLICABLE


def test_what_nobody_stated_is_mended_by_stating_it() -> None:
    (offender,) = decided(UNDECIDED).offenders
    identity = Identity("123456789012", "us-east-1")
    command = remedy(UNDECIDED.item, offender, identity, load_baseline())
    assert command == "compliance attest rollback.tested"
