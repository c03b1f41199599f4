"""User pools: passwords, second factors, verified addresses, ways back, domains and clients."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from compliance.checks.cognito import (
    app_clients_are_safe,
    user_pool_triggers_can_run,
    user_pools_demand_strong_passwords,
    user_pools_have_a_live_domain,
    user_pools_let_users_recover,
    user_pools_offer_a_second_factor,
    user_pools_verify_email_addresses,
)
from compliance.facts.functions import Function, FunctionState
from compliance.facts.user_pools import (
    PasswordPolicy,
    UserPool,
    UserPoolClient,
    UserPoolDomain,
    UserPoolMfa,
)
from compliance.model import Identity, Verdict

HERE = Identity("123456789012", "eu-west-1")
ARN = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/p1"
POOL = UserPool(
    ARN,
    "p1",
    "shop-users",
    PasswordPolicy(12),
    ("email",),
    ("verified_email", "verified_phone_number"),
    domain="shop",
)


def found(verdict: Verdict) -> list[tuple[str, str]]:
    return [(offender.fault, offender.observed) for offender in verdict.offenders]


def faults(verdict: Verdict) -> list[str]:
    return [offender.fault for offender in verdict.offenders]


@pytest.mark.parametrize(
    "judge",
    [
        lambda: user_pools_demand_strong_passwords((), minimum_length=12),
        lambda: user_pools_offer_a_second_factor((), ()),
        lambda: user_pools_verify_email_addresses(()),
        lambda: user_pools_let_users_recover(()),
        lambda: user_pools_have_a_live_domain((), ()),
        lambda: user_pool_triggers_can_run(
            (), (), (), HERE, pools="shop-*", triggers={"PreSignUp": "f"}
        ),
    ],
)
def test_without_user_pools_there_is_nothing_to_judge(judge: Callable[[], Verdict]) -> None:
    assert judge().inapplicable == "no user pools in the region"


# Passwords


def passwords(policy: PasswordPolicy) -> Verdict:
    pool = replace(POOL, password_policy=policy)
    return user_pools_demand_strong_passwords([pool], minimum_length=12)


def test_a_policy_of_the_least_length_and_all_classes_holds() -> None:
    verdict = passwords(PasswordPolicy(12))
    assert (verdict.evaluated, verdict.offenders) == ((ARN,), ())


def test_a_shorter_length_fails() -> None:
    [offender] = passwords(PasswordPolicy(11)).offenders
    assert offender.key == (ARN, "too-short")
    assert offender.observed == "shop-users takes passwords of 11 characters"
    assert offender.expected == "12 characters or more"


def test_aws_default_policy_is_too_short_and_has_all_classes() -> None:
    assert found(passwords(PasswordPolicy())) == [
        ("too-short", "shop-users takes passwords of 8 characters")
    ]


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (PasswordPolicy(12, lowercase=False), "lower-case letters"),
        (PasswordPolicy(12, uppercase=False), "upper-case letters"),
        (PasswordPolicy(12, numbers=False), "numbers"),
        (PasswordPolicy(12, symbols=False), "symbols"),
        (PasswordPolicy(12, numbers=False, symbols=False), "numbers and without symbols"),
    ],
)
def test_each_class_of_characters_is_required(policy: PasswordPolicy, words: str) -> None:
    assert found(passwords(policy)) == [
        ("too-simple", f"shop-users takes passwords without {words}")
    ]


# Second factors


def factors(mode: str, *offered: str) -> Verdict:
    return user_pools_offer_a_second_factor([POOL], [UserPoolMfa(ARN, mode, offered)])


@pytest.mark.parametrize("mode", ["ON", "OPTIONAL"])
def test_a_second_factor_may_be_optional(mode: str) -> None:
    assert factors(mode, "SMS").offenders == ()


def test_second_factors_that_are_off_fail_whatever_is_enabled() -> None:
    assert found(factors("OFF", "SMS")) == [("off", "shop-users takes no second factor")]


@pytest.mark.parametrize(("mode", "verb"), [("ON", "demands"), ("OPTIONAL", "allows")])
def test_a_pool_without_any_factor_to_add_fails(mode: str, verb: str) -> None:
    assert found(factors(mode)) == [
        ("no-factor", f"shop-users {verb} a second factor and offers none")
    ]


# Addresses and ways back


def test_a_verified_email_address_holds() -> None:
    assert user_pools_verify_email_addresses([POOL]).offenders == ()


@pytest.mark.parametrize(
    ("verified", "words"), [((), "nothing"), (("phone_number",), "phone_number")]
)
def test_an_email_address_that_is_not_verified_fails(verified: tuple[str, ...], words: str) -> None:
    verdict = user_pools_verify_email_addresses([replace(POOL, auto_verified=verified)])
    assert found(verdict) == [("not-verified", f"shop-users verifies {words} when a user signs up")]


@pytest.mark.parametrize(
    ("recovery", "expected"),
    [
        (("verified_email",), []),
        (("verified_phone_number", "verified_email"), []),
        (("admin_only",), ["administrators-alone"]),
        (("admin_only", "verified_email"), ["administrators-alone"]),
        ((), ["not-set"]),
    ],
)
def test_the_preferred_way_back_must_be_verified(
    recovery: tuple[str, ...], expected: list[str]
) -> None:
    verdict = user_pools_let_users_recover([replace(POOL, recovery=recovery)])
    assert faults(verdict) == expected


# Domains


def test_a_prefix_of_aws_holds() -> None:
    assert user_pools_have_a_live_domain([POOL], ()).offenders == ()


def test_a_pool_without_a_domain_fails() -> None:
    verdict = user_pools_have_a_live_domain([replace(POOL, domain=None)], ())
    assert found(verdict) == [("no-domain", "shop-users has no domain")]


@pytest.mark.parametrize("prefix", [None, "shop"])
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("ACTIVE", []),
        ("UPDATING", []),
        ("CREATING", ["domain-not-active"]),
        ("DELETING", ["domain-not-active"]),
        ("FAILED", ["domain-not-active"]),
    ],
)
def test_a_custom_domain_must_be_live_even_beside_a_prefix(
    status: str, expected: list[str], prefix: str | None
) -> None:
    pool = replace(POOL, domain=prefix, custom_domain="login.shop.example")
    domain = UserPoolDomain(ARN, "login.shop.example", status)
    assert faults(user_pools_have_a_live_domain([pool], [domain])) == expected


def test_a_custom_domain_that_does_not_exist_is_looked_for_in_its_fact() -> None:
    pool = replace(POOL, domain=None, custom_domain="login.shop.example")
    [offender] = user_pools_have_a_live_domain([pool], ()).offenders
    assert offender.key == (ARN, "domain-gone")
    assert offender.absent_from == ("user_pool_domains",)


# App clients

CLIENT = UserPoolClient(f"{ARN}/client/c1", "c1", "web", "p1", ("code",), ("https://a.example/",))


def clients(*judged: UserPoolClient, allowed: tuple[str, ...] = ()) -> Verdict:
    longest = {"access_minutes": 60, "id_minutes": 60, "refresh_days": 30}
    return app_clients_are_safe(judged, HERE, other_callbacks=allowed, longest=longest)


def changed(**changes: Any) -> Verdict:
    return clients(replace(CLIENT, **changes))


def test_a_client_with_aws_default_lives_holds() -> None:
    verdict = clients(CLIENT)
    assert (verdict.evaluated, verdict.offenders) == ((CLIENT.arn,), ())


def test_without_app_clients_there_is_nothing_to_judge() -> None:
    assert clients().inapplicable == "no app clients of user pools in the region"


@pytest.mark.parametrize(
    ("changes", "fault", "observed"),
    [
        ({"oauth_flows": ("code", "implicit")}, "implicit-flow", "web allows the implicit flow"),
        ({"hides_unknown_users": False}, "reveals-users", "web tells whether a user exists"),
        (
            {"tokens_revocable": False},
            "not-revocable",
            "web issues tokens that cannot be revoked",
        ),
        (
            {"access_token_seconds": 3601},
            "access-token-too-long",
            "web issues access tokens for 3,601 seconds",
        ),
        ({"id_token_seconds": 7200}, "id-token-too-long", "web issues id tokens for 2 hours"),
        (
            {"refresh_token_seconds": 31 * 86400},
            "refresh-token-too-long",
            "web issues refresh tokens for 31 days",
        ),
    ],
)
def test_each_unsafe_setting_fails(changes: dict[str, Any], fault: str, observed: str) -> None:
    assert found(changed(**changes)) == [(fault, observed)]


@pytest.mark.parametrize(
    ("callback", "expected"),
    [
        ("HTTPS://a.example/", []),
        ("http://a.example/", ["http-callback"]),
        ("http://localhost:3000/", ["http-callback"]),
        ("HTTP://localhost", ["http-callback"]),
        ("shop://callback", ["unlisted-callback"]),
        ("https.evil://x", ["unlisted-callback"]),
    ],
)
def test_callbacks_are_https(callback: str, expected: list[str]) -> None:
    assert faults(changed(callbacks=("https://a.example/", callback))) == expected


@pytest.mark.parametrize("callback", ["shop://callback", "http://localhost:3000/"])
def test_the_baseline_may_allow_other_callbacks_by_their_full_address(callback: str) -> None:
    assert clients(replace(CLIENT, callbacks=(callback,)), allowed=(callback,)).offenders == ()
    longer = replace(CLIENT, callbacks=(f"{callback}x",))
    assert len(clients(longer, allowed=(callback,)).offenders) == 1


def test_the_fix_of_a_client_never_prints_its_secret() -> None:
    [offender] = changed(tokens_revocable=False).offenders
    assert offender.fix is not None
    words = shlex.split(offender.fix)
    query = words[words.index("--query") + 1]
    assert query.startswith("UserPoolClient.[")
    assert "Secret" not in query
    assert words[words.index("--client-id") + 1] == "c1"


# Triggers

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:sign-up"
KNOWN = Function(FUNCTION, "sign-up", "/aws/lambda/sign-up")
ACTIVE = FunctionState(FUNCTION, "Active")


def triggers(
    attached: dict[str, str],
    *,
    states: tuple[FunctionState, ...] = (ACTIVE,),
    demanded: dict[str, str] | None = None,
    name: str = "shop-users",
) -> Verdict:
    return user_pool_triggers_can_run(
        [replace(POOL, name=name, triggers=attached)],
        [KNOWN],
        states,
        HERE,
        pools="shop-*",
        triggers={"PreSignUp": "sign-up"} if demanded is None else demanded,
    )


@pytest.mark.parametrize("qualifier", ["", ":live", ":7", ":$LATEST"])
def test_a_trigger_may_call_any_version_or_alias_of_its_function(qualifier: str) -> None:
    verdict = triggers({"PreSignUp": FUNCTION + qualifier})
    assert (verdict.evaluated, verdict.offenders) == ((ARN,), ())


def test_a_trigger_that_is_not_attached_fails() -> None:
    [offender] = triggers({}).offenders
    assert offender.key == (ARN, "missing:PreSignUp")
    assert offender.expected == "PreSignUp leads to sign-up"


@pytest.mark.parametrize(
    "arn",
    [
        FUNCTION.replace("sign-up", "sign-up2"),
        FUNCTION.replace("eu-west-1", "eu-west-2"),
        FUNCTION.replace("123456789012", "210987654321"),
    ],
)
def test_a_trigger_that_calls_another_function_fails(arn: str) -> None:
    assert "other-function:PreSignUp" in faults(triggers({"PreSignUp": arn}))


def test_any_trigger_must_lead_to_a_function_that_exists() -> None:
    gone = FUNCTION.replace("sign-up", "old")
    verdict = triggers({"UserMigration": gone}, demanded={})
    [offender] = verdict.offenders
    assert offender.key == (ARN, "function-gone:UserMigration")
    assert offender.absent_from == ("functions",)


def test_functions_elsewhere_cannot_be_looked_at() -> None:
    elsewhere = "arn:aws:lambda:eu-west-1:210987654321:function:theirs"
    assert triggers({"UserMigration": elsewhere}, demanded={}).offenders == ()


@pytest.mark.parametrize("state", ["Inactive", "Pending", "Failed"])
def test_a_demanded_function_that_is_not_active_fails(state: str) -> None:
    verdict = triggers({"PreSignUp": FUNCTION}, states=(FunctionState(FUNCTION, state, "idle"),))
    assert found(verdict) == [
        (
            "not-active:PreSignUp",
            f"PreSignUp of shop-users leads to sign-up, which is {state}: idle",
        )
    ]


def test_a_demanded_function_without_a_state_was_deleted_meanwhile() -> None:
    [offender] = triggers({"PreSignUp": FUNCTION}, states=()).offenders
    assert offender.key == (ARN, "function-gone:PreSignUp")
    assert offender.absent_from == ("function_states",)


def test_the_state_of_what_is_not_demanded_is_not_known() -> None:
    assert triggers({"UserMigration": FUNCTION}, demanded={}, states=()).offenders == ()


def test_pools_of_other_names_need_no_triggers() -> None:
    verdict = triggers({"UserMigration": FUNCTION}, name="trial")
    assert (verdict.evaluated, faults(verdict)) == ((ARN, "user-pool:shop-*"), ["missing"])


def test_a_demand_that_no_pool_answers_to_fails() -> None:
    [offender] = triggers({}, name="trial").offenders
    assert offender.key == ("user-pool:shop-*", "missing")
    assert offender.absent_from == ("user_pools",)


def test_without_demands_and_triggers_there_is_nothing_to_judge() -> None:
    assert triggers({}, demanded={}).inapplicable is not None
