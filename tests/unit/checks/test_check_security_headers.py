"""Each probe address answers with the headers by which browsers protect users."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

import pytest

from compliance.baseline import load_baseline
from compliance.checks.security_testing import responses_carry_protective_headers
from compliance.facts.probes import ProbeAnswer
from compliance.model import Verdict

SITE, API = "https://www.shop.example/", "https://api.shop.example/health"
REQUIRED: Mapping[str, str | bool] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": True,
}
SOUND = {"x-content-type-options": "nosniff", "content-security-policy": "default-src 'self'"}


def judged(*answers: ProbeAnswer, addresses: Sequence[str] = (SITE, API)) -> Verdict:
    return responses_carry_protective_headers(
        answers, addresses=addresses, required_headers=REQUIRED
    )


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


def test_answers_with_every_header_hold() -> None:
    verdict = judged(ProbeAnswer(SITE, 200, SOUND), ProbeAnswer(API, 401, SOUND))
    assert (verdict.evaluated, verdict.offenders) == ((SITE, API), ())


def test_without_addresses_nothing_is_judged() -> None:
    verdict = judged(addresses=[])
    assert verdict.inapplicable == "the baseline names no address to ask"


def test_a_header_that_is_missing_fails() -> None:
    [offender] = judged(ProbeAnswer(SITE, 200, {"x-content-type-options": "nosniff"})).offenders
    assert offender.key == (SITE, "missing:content-security-policy")
    assert offender.observed == "no Content-Security-Policy"
    assert offender.expected == "Content-Security-Policy: any value"
    words = shlex.split(str(offender.fix))
    assert words == ["curl", "--silent", "--show-error", "--head", "--request", "GET", SITE]


def test_an_empty_header_is_missing() -> None:
    empty = ProbeAnswer(SITE, 200, {**SOUND, "content-security-policy": " "})
    assert keys(judged(empty)) == [(SITE, "missing:content-security-policy")]


@pytest.mark.parametrize("value", ["sniff", "nosniff, sniff", "xnosniff"])
def test_a_header_whose_value_the_pattern_does_not_match_whole_fails(value: str) -> None:
    [offender] = judged(
        ProbeAnswer(SITE, 200, {**SOUND, "x-content-type-options": value})
    ).offenders
    assert offender.key == (SITE, "wrong:x-content-type-options")
    assert offender.observed == f"X-Content-Type-Options: {value}"


def test_a_value_matches_in_either_case() -> None:
    assert (
        keys(judged(ProbeAnswer(SITE, 200, {**SOUND, "x-content-type-options": "NoSniff"}))) == []
    )


def test_a_hostile_value_is_shown_short_and_harmless() -> None:
    hostile = {**SOUND, "x-content-type-options": "\x1b[2J" + "x" * 4000}
    [offender] = judged(ProbeAnswer(SITE, 200, hostile)).offenders
    assert "\x1b" not in offender.observed
    assert len(offender.observed) < 120


@pytest.mark.parametrize(
    "distrusted", [("certificate", "certificate has expired"), ("tls-version", "TLS 1.1")]
)
def test_a_connection_that_browsers_distrust_fails_by_that_alone(
    distrusted: tuple[str, str],
) -> None:
    [offender] = judged(ProbeAnswer(SITE, distrusted=distrusted)).offenders
    assert (offender.key, offender.observed) == ((SITE, distrusted[0]), distrusted[1])


def test_an_answer_that_sends_on_to_a_named_address_is_judged_there() -> None:
    sent_on = ProbeAnswer(SITE, 301, location=API)
    assert keys(judged(sent_on, ProbeAnswer(API, 200, SOUND))) == []
    assert keys(
        judged(sent_on, ProbeAnswer(API, 200, {**SOUND, "x-content-type-options": ""}))
    ) == [(API, "missing:x-content-type-options")]


def test_the_roots_slash_makes_no_other_address() -> None:
    assert keys(judged(ProbeAnswer(API, 301, location=SITE.rstrip("/")))) == []


@pytest.mark.parametrize(
    ("location", "fault"),
    [
        ("https://login.other.example/", "redirects-elsewhere"),
        ("http://www.shop.example/", "redirects-to-http"),
        ("https://www.shop.example/", "redirects-in-circles"),
    ],
)
def test_an_answer_that_sends_elsewhere_fails(location: str, fault: str) -> None:
    answer = ProbeAnswer(SITE, 302, SOUND, location=location)
    assert keys(judged(answer)) == [(SITE, fault)]


def test_two_addresses_that_send_to_each_other_fail() -> None:
    there, back = ProbeAnswer(SITE, 301, location=API), ProbeAnswer(API, 301, location=SITE)
    assert keys(judged(there, back)) == [
        (API, "redirects-in-circles"),
        (SITE, "redirects-in-circles"),
    ]


@pytest.mark.parametrize(
    ("value", "long_enough"),
    [
        ("max-age=31536000", True),
        ("max-age=63072000; includeSubDomains; preload", True),
        ('includeSubDomains; max-age="31536000"', True),
        ("max-age=86400", False),
        ("max-age=0", False),
        ("max-age=00000000086400", False),
    ],
)
def test_production_wants_months_of_strict_transport_security(
    value: str, *, long_enough: bool
) -> None:
    name = "strict-transport-security"
    verdict = responses_carry_protective_headers(
        [ProbeAnswer(SITE, 200, {name: value})],
        addresses=[SITE],
        required_headers={name: load_baseline()["probes.required_headers"][name]},
    )
    assert (keys(verdict) == []) is long_enough
