"""Cognito user pools: how users sign in, who they prove to be, and what signs them in."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from compliance.facts.functions import Function, FunctionState
from compliance.facts.user_pools import UserPool, UserPoolClient, UserPoolDomain, UserPoolMfa
from compliance.model import Identity, Offender, Verdict, plural
from compliance.registry import check

_NO_POOLS = Verdict.not_applicable("no user pools in the region")


@check(alone=True)
def user_pools_demand_strong_passwords(
    user_pools: Sequence[UserPool], *, minimum_length: int
) -> Verdict:
    """Every pool demands passwords of `minimum_length` with all four classes of characters.

    A pool that was given no policy has AWS's: 8 characters of all classes.

    Source: https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
    """
    if not user_pools:
        return _NO_POOLS

    def faults(pool: UserPool) -> Iterator[Offender]:
        policy = pool.password_policy
        if policy.minimum_length < minimum_length:
            observed = f"{pool.name} takes passwords of {policy.minimum_length} characters"
            expected = f"{minimum_length} characters or more"
            yield Offender(pool.arn, "too-short", observed, expected)
        missing = [
            words
            for required, words in (
                (policy.lowercase, "lower-case letters"),
                (policy.uppercase, "upper-case letters"),
                (policy.numbers, "numbers"),
                (policy.symbols, "symbols"),
            )
            if not required
        ]
        if missing:
            observed = f"{pool.name} takes passwords without {' and without '.join(missing)}"
            expected = "lower case, upper case, numbers and symbols in every password"
            yield Offender(pool.arn, "too-simple", observed, expected)

    return Verdict.of(
        "user pool",
        (pool.arn for pool in user_pools),
        (fault for pool in user_pools for fault in faults(pool)),
        holds=f"all demand {minimum_length} characters of all four classes",
    )


@check(alone=True)
def user_pools_offer_a_second_factor(
    user_pools: Sequence[UserPool], user_pool_mfa: Sequence[UserPoolMfa]
) -> Verdict:
    """Every pool lets users add a second factor, or demands one, and has one that they can add.

    Source: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html
    """
    if not user_pools:
        return _NO_POOLS
    names = {pool.arn: pool.name for pool in user_pools}
    expected = "second factors required or optional, and one of them enabled"

    def faults(mfa: UserPoolMfa) -> Iterator[Offender]:
        name = names[mfa.pool_arn]
        if mfa.mode == "OFF":
            yield Offender(mfa.pool_arn, "off", f"{name} takes no second factor", expected)
        elif not mfa.factors:
            mode = "demands a second factor" if mfa.mode == "ON" else "allows a second factor"
            yield Offender(mfa.pool_arn, "no-factor", f"{name} {mode} and offers none", expected)

    return Verdict.of(
        "user pool",
        names,
        (fault for mfa in user_pool_mfa if mfa.pool_arn in names for fault in faults(mfa)),
        holds="all let users add a second factor, or demand one",
    )


@check(alone=True)
def user_pools_verify_email_addresses(user_pools: Sequence[UserPool]) -> Verdict:
    """Every pool has a user prove the e-mail address before it counts as verified.

    Source: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-email-phone-verification.html
    """
    if not user_pools:
        return _NO_POOLS

    def faults(pool: UserPool) -> Iterator[Offender]:
        if "email" not in pool.auto_verified:
            what = " and ".join(pool.auto_verified) or "nothing"
            observed = f"{pool.name} verifies {what} when a user signs up"
            yield Offender(pool.arn, "not-verified", observed, "e-mail addresses verified")

    return Verdict.of(
        "user pool",
        (pool.arn for pool in user_pools),
        (fault for pool in user_pools for fault in faults(pool)),
        holds="all verify e-mail addresses",
    )


@check(alone=True)
def user_pools_let_users_recover(user_pools: Sequence[UserPool]) -> Verdict:
    """Every pool lets users back in by an address or number that was verified, first of all.

    A pool without the setting recovers as pools did before there was one: by text message before
    e-mail, to the very phone that may be the second factor. Nobody chose that, so it fails.

    Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AccountRecoverySettingType.html
    """
    if not user_pools:
        return _NO_POOLS
    expected = "recovery by a verified e-mail address or phone number"

    def faults(pool: UserPool) -> Iterator[Offender]:
        if not pool.recovery:
            observed = f"{pool.name} has no setting, which prefers text messages"
            yield Offender(pool.arn, "not-set", observed, expected)
        elif pool.recovery[0] not in {"verified_email", "verified_phone_number"}:
            observed = f"{pool.name} leaves recovery to its administrators"
            yield Offender(pool.arn, "administrators-alone", observed, expected)

    return Verdict.of(
        "user pool",
        (pool.arn for pool in user_pools),
        (fault for pool in user_pools for fault in faults(pool)),
        holds="all let users recover by something verified",
    )


@check(alone=True)
def user_pools_have_a_live_domain(
    user_pools: Sequence[UserPool], user_pool_domains: Sequence[UserPoolDomain]
) -> Verdict:
    """Every pool has a domain for its sign-in pages, and a custom one is live.

    A prefix of AWS's own domain is live at once. A custom domain goes on serving while it is
    updated; one that is being created or failed does not serve, even beside a prefix that does.

    Source: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain.html
    """
    if not user_pools:
        return _NO_POOLS
    status = {(domain.pool_arn, domain.name): domain.status for domain in user_pool_domains}

    def faults(pool: UserPool) -> Iterator[Offender]:
        if not pool.domain and not pool.custom_domain:
            observed = f"{pool.name} has no domain"
            yield Offender(pool.arn, "no-domain", observed, "a domain, of AWS's or custom")
        if not pool.custom_domain:
            return
        state = status.get((pool.arn, pool.custom_domain))
        expected = "a custom domain that is ACTIVE"
        if state is None:
            observed = f"{pool.custom_domain}, which {pool.name} names, does not exist"
            absent = ("user_pool_domains",)
            yield Offender(pool.arn, "domain-gone", observed, expected, absent)
        elif state not in {"ACTIVE", "UPDATING"}:
            observed = f"{pool.custom_domain} of {pool.name} is {state}"
            yield Offender(pool.arn, "domain-not-active", observed, expected)

    return Verdict.of(
        "user pool",
        (pool.arn for pool in user_pools),
        (fault for pool in user_pools for fault in faults(pool)),
        holds="all have a domain that is live",
    )


@check
def app_clients_are_safe(
    user_pool_clients: Sequence[UserPoolClient],
    identity: Identity,
    *,
    other_callbacks: Sequence[str],
    longest: Mapping[str, int],
) -> Verdict:
    """Every app client keeps tokens out of addresses and networks, and lets none live too long.

    No implicit flow; callbacks over https, or to addresses in `other_callbacks`, since anything may
    listen on localhost and any app may claim a scheme; no answer that tells who has an account;
    tokens that can be revoked and end within `longest`. A client without a secret is no fault: a
    browser or a phone could not keep one.

    Source: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-client-apps.html
    """
    if not user_pool_clients:
        return Verdict.not_applicable("no app clients of user pools in the region")

    def faults(client: UserPoolClient) -> Iterator[Offender]:
        fix = _show_command(client, identity)
        for fault, observed, expected in _client_faults(client, other_callbacks, longest):
            yield Offender(client.arn, fault, f"{client.name} {observed}", expected, fix=fix)

    return Verdict.of(
        "app client",
        (client.arn for client in user_pool_clients),
        (fault for client in user_pool_clients for fault in faults(client)),
        holds="all allow only safe flows, callbacks and token lives",
    )


def _client_faults(
    client: UserPoolClient, other_callbacks: Sequence[str], longest: Mapping[str, int]
) -> Iterator[tuple[str, str, str]]:
    """The fault, what is observed and what is expected."""
    if "implicit" in client.oauth_flows:
        yield "implicit-flow", "allows the implicit flow", "the code flow with PKCE"
    others = [
        callback
        for callback in client.callbacks
        if not callback.lower().startswith("https://") and callback not in other_callbacks
    ]
    plain = [callback for callback in others if callback.lower().startswith("http://")]
    schemes = [callback for callback in others if callback not in plain]
    if plain:
        yield "http-callback", f"sends codes to {', '.join(plain)}", "callbacks over https"
    if schemes:
        observed = f"sends codes to {', '.join(schemes)}"
        yield "unlisted-callback", observed, "callbacks over https or named in the baseline"
    if not client.hides_unknown_users:
        yield (
            "reveals-users",
            "tells whether a user exists",
            "the same answer for unknown users and wrong passwords",
        )
    if not client.tokens_revocable:
        yield "not-revocable", "issues tokens that cannot be revoked", "token revocation enabled"
    for token, seconds, limit in (
        ("access", client.access_token_seconds, longest["access_minutes"] * 60),
        ("id", client.id_token_seconds, longest["id_minutes"] * 60),
        ("refresh", client.refresh_token_seconds, longest["refresh_days"] * 86400),
    ):
        if seconds > limit:
            yield (
                f"{token}-token-too-long",
                f"issues {token} tokens for {_duration(seconds)}",
                f"at most {_duration(limit)}",
            )


def _duration(seconds: int) -> str:
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds % length == 0:
            return plural(seconds // length, unit)
    return plural(seconds, "second")


def _show_command(client: UserPoolClient, identity: Identity) -> str:
    """Shows what is judged; the whole answer would print the client's secret."""
    shown = (
        "AllowedOAuthFlows",
        "CallbackURLs",
        "PreventUserExistenceErrors",
        "EnableTokenRevocation",
        "AccessTokenValidity",
        "IdTokenValidity",
        "RefreshTokenValidity",
        "TokenValidityUnits",
    )
    query = shlex.quote(f"UserPoolClient.[{','.join(shown)}]")
    return (
        f"aws cognito-idp describe-user-pool-client --user-pool-id {shlex.quote(client.pool_id)} "
        f"--client-id {shlex.quote(client.id)} --query {query} --region {identity.region}"
    )


@check
def user_pool_triggers_can_run(
    user_pools: Sequence[UserPool],
    functions: Sequence[Function],
    function_states: Sequence[FunctionState],
    identity: Identity,
    *,
    pools: str,
    triggers: Mapping[str, str],
) -> Verdict:
    """Each trigger that is demanded is attached, and each that is attached leads to a function.

    `triggers` names the function of each trigger of the pools whose names match `pools`; any
    version or alias of it may be called. These functions are Active too: one that was idle for long
    is not, and the first sign-in fails. Functions elsewhere cannot be looked at.

    Source: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
    """
    if not user_pools:
        return _NO_POOLS
    matching = [pool for pool in user_pools if fnmatchcase(pool.name, pools)]
    demanded = {pool.arn: triggers for pool in matching} if triggers else {}
    judged = [pool for pool in user_pools if pool.triggers or pool.arn in demanded]
    lost = [_no_such_pool(pools, triggers)] if triggers and not matching else []
    if not judged and not lost:
        return Verdict.not_applicable("the baseline names no triggers, and no user pool has any")
    runs = _Runs(functions, function_states, identity)
    return Verdict.of(
        "user pool",
        (*(pool.arn for pool in judged), *(offender.resource for offender in lost)),
        (
            *(
                fault
                for pool in judged
                for fault in _trigger_faults(pool, demanded.get(pool.arn, {}), runs)
            ),
            *lost,
        ),
        holds="the triggers of all lead to functions that can run",
    )


def _no_such_pool(pools: str, triggers: Mapping[str, str]) -> Offender:
    return Offender(
        f"user-pool:{pools}",
        "missing",
        "no user pool has such a name",
        f"a user pool with {', '.join(triggers)}",
        absent_from=("user_pools",),
    )


def _trigger_faults(pool: UserPool, demanded: Mapping[str, str], runs: _Runs) -> Iterator[Offender]:
    for trigger, name in demanded.items():
        expected = f"{trigger} leads to {name}"
        if trigger not in pool.triggers:
            observed = f"{pool.name} has no {trigger}"
            yield Offender(pool.arn, f"missing:{trigger}", observed, expected)
        elif not runs.calls(pool.triggers[trigger], name):
            observed = f"{trigger} of {pool.name} leads to {pool.triggers[trigger]}"
            yield Offender(pool.arn, f"other-function:{trigger}", observed, expected)
    for trigger, arn in pool.triggers.items():
        as_demanded = trigger in demanded and runs.calls(arn, demanded[trigger])
        if found := runs.obstacle(arn, demanded=as_demanded):
            fault, what, absent = found
            observed = f"{trigger} of {pool.name} leads to {what}"
            expected = f"{trigger} leads to a function that can run"
            yield Offender(pool.arn, f"{fault}:{trigger}", observed, expected, absent)


class _Runs:
    """Whether what a trigger calls can run, as far as it is in this account and region."""

    def __init__(
        self, functions: Sequence[Function], states: Sequence[FunctionState], identity: Identity
    ) -> None:
        self._arns = {function.name: function.arn for function in functions}
        self._states = {state.function_arn: state for state in states}
        self._here = (identity.region, identity.account)

    def calls(self, arn: str, name: str) -> bool:
        """Whether `arn` calls a function of this name, by whichever version or alias."""
        target = _Target.of(arn)
        return (target.place, target.name) == (self._here, name)

    def obstacle(self, arn: str, *, demanded: bool) -> tuple[str, str, tuple[str, ...]] | None:
        """The fault, what is called, and what it is absent from; states are of what is demanded."""
        target = _Target.of(arn)
        if target.place != self._here:
            return None
        gone = f"{target.name}, which does not exist"
        if target.name not in self._arns:
            return "function-gone", gone, ("functions",)
        if not demanded:
            return None
        state = self._states.get(self._arns[target.name])
        if state is None:
            return "function-gone", gone, ("function_states",)
        if state.state != "Active":
            why = f": {state.reason}" if state.reason else ""
            return "not-active", f"{target.name}, which is {state.state}{why}", ()
        return None


class _Target(NamedTuple):
    """What a trigger's ARN calls."""

    place: tuple[str, str]
    name: str

    @classmethod
    def of(cls, arn: str) -> _Target:
        """From `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, maybe with a version or an alias."""
        _, _, _, region, account, _, name, *_ = arn.split(":")
        return cls((region, account), name)
