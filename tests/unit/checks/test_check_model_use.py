"""The model answers real calls."""

from __future__ import annotations

import pytest

from compliance.checks.model_use import model_answers_real_calls
from compliance.facts.levels import ModelLevels
from compliance.model import Verdict


def judged(*levels: ModelLevels) -> Verdict:
    return model_answers_real_calls(levels, model="m", days=7, error_percent=5)


def found(*levels: ModelLevels) -> list[tuple[str, str, str]]:
    return [(o.resource, o.fault, o.observed) for o in judged(*levels).offenders]


def test_calls_through_an_inference_profile_are_calls_of_the_model() -> None:
    verdict = judged(ModelLevels("m"), ModelLevels("us.m", 100, 5, 2))
    assert verdict.offenders == ()
    assert verdict.holds == "100 invocations in the last 7 days, 7 % of them failed"


def test_a_model_that_nobody_calls_fails() -> None:
    assert found(ModelLevels("m"), ModelLevels("us.m")) == [
        ("model:m", "not-invoked", "no invocation by its id or by an inference profile")
    ]


@pytest.mark.parametrize(
    ("levels", "kind"),
    [(ModelLevels("m", 100, 6, 5), "client"), (ModelLevels("m", 100, 5, 6), "server")],
)
def test_each_kind_of_error_has_its_share(levels: ModelLevels, kind: str) -> None:
    assert found(levels) == [
        ("model:m", f"too-many-{kind}-errors", f"6 % of 100 invocations were {kind} errors")
    ]


def test_failures_that_are_not_counted_as_invocations_are_all_of_them() -> None:
    assert [fault for _, fault, _ in found(ModelLevels("m", 0, 9, 0))] == [
        "not-invoked",
        "too-many-client-errors",
    ]


def test_what_went_unread_is_not_missing() -> None:
    assert {o.absent_from for o in judged().offenders} == {("model_levels",)}
