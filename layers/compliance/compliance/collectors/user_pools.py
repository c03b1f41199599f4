"""Amazon Cognito user pools. Secrets of app clients are in AWS's answers and never leave here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.user_pools import (
    PasswordPolicy,
    UserPool,
    UserPoolClient,
    UserPoolDomain,
    UserPoolMfa,
)
from compliance.registry import Read, collector

_GONE = frozenset({"ResourceNotFoundException"})

LIST_USER_POOLS = Read("cognito-idp", "ListUserPools")
DESCRIBE_USER_POOL = Read("cognito-idp", "DescribeUserPool", absent=_GONE)
GET_MFA_CONFIG = Read("cognito-idp", "GetUserPoolMfaConfig", absent=_GONE)
DESCRIBE_DOMAIN = Read("cognito-idp", "DescribeUserPoolDomain", absent=_GONE)
LIST_CLIENTS = Read("cognito-idp", "ListUserPoolClients", absent=_GONE)
DESCRIBE_CLIENT = Read("cognito-idp", "DescribeUserPoolClient", absent=_GONE)

_MOST_LISTED = 60
_KEY_OF_SENDERS = "KMSKeyID"
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


@collector(LIST_USER_POOLS, DESCRIBE_USER_POOL)
def user_pools(reader: Reader) -> Iterator[UserPool]:
    """Every user pool in the region, 60 a page, each with its settings."""
    where = reader.identity
    place = f"arn:{where.partition}:cognito-idp:{where.region}:{where.account}:userpool"
    ids = [
        pool["Id"]
        for page in reader.pages(LIST_USER_POOLS, MaxResults=_MOST_LISTED)
        for pool in page["UserPools"]
    ]
    yield from reader.each(ids, partial(_user_pool, reader), arn=lambda pool: f"{place}/{pool}")


def _user_pool(reader: Reader, pool_id: str) -> UserPool | None:
    answer = reader.call(DESCRIBE_USER_POOL, UserPoolId=pool_id)
    if answer is None:
        return None
    pool = answer["UserPool"]
    mechanisms = pool.get("AccountRecoverySetting", {}).get("RecoveryMechanisms", ())
    return UserPool(
        arn=pool["Arn"],
        id=pool["Id"],
        name=pool["Name"],
        password_policy=_password_policy(pool.get("Policies", {}).get("PasswordPolicy")),
        auto_verified=tuple(pool.get("AutoVerifiedAttributes", ())),
        recovery=tuple(
            mechanism["Name"] for mechanism in sorted(mechanisms, key=lambda each: each["Priority"])
        ),
        triggers=_triggers(pool.get("LambdaConfig", {})),
        domain=pool.get("Domain"),
        custom_domain=pool.get("CustomDomain"),
    )


def _password_policy(policy: Mapping[str, Any] | None) -> PasswordPolicy:
    """A class of characters that a policy leaves out is not required."""
    default = PasswordPolicy()
    if not policy:
        return default
    return PasswordPolicy(
        minimum_length=policy.get("MinimumLength", default.minimum_length),
        lowercase=policy.get("RequireLowercase", False),
        uppercase=policy.get("RequireUppercase", False),
        numbers=policy.get("RequireNumbers", False),
        symbols=policy.get("RequireSymbols", False),
    )


def _triggers(config: Mapping[str, Any]) -> dict[str, str]:
    """Newer triggers are an ARN with a version, PreTokenGeneration may be there in both forms."""
    return {
        name.removesuffix("Config"): value["LambdaArn"] if isinstance(value, Mapping) else value
        for name, value in config.items()
        if name != _KEY_OF_SENDERS
    }


@collector(GET_MFA_CONFIG)
def user_pool_mfa(reader: Reader, user_pools: Sequence[UserPool]) -> Iterator[UserPoolMfa]:
    """The second factors of each pool, which its description does not name."""
    yield from reader.each(user_pools, partial(_mfa, reader), arn=lambda pool: pool.arn)


def _mfa(reader: Reader, pool: UserPool) -> UserPoolMfa | None:
    answer = reader.call(GET_MFA_CONFIG, UserPoolId=pool.id)
    if answer is None:
        return None
    passkeys = answer.get("WebAuthnConfiguration", {}).get("FactorConfiguration")
    offered = {
        "authenticator apps": answer.get("SoftwareTokenMfaConfiguration", {}).get("Enabled"),
        "SMS": "SmsConfiguration" in answer.get("SmsMfaConfiguration", {}),
        "e-mail": "EmailMfaConfiguration" in answer,
        "passkeys": passkeys == "MULTI_FACTOR_WITH_USER_VERIFICATION",
    }
    factors = tuple(factor for factor, enabled in offered.items() if enabled)
    return UserPoolMfa(pool.arn, answer.get("MfaConfiguration", "OFF"), factors)


@collector(DESCRIBE_DOMAIN)
def user_pool_domains(reader: Reader, user_pools: Sequence[UserPool]) -> Iterator[UserPoolDomain]:
    """The custom domain of each pool that has one; a prefix of AWS's own is live at once."""
    own = [pool for pool in user_pools if pool.custom_domain]
    yield from reader.each(own, partial(_domain, reader), arn=lambda pool: pool.arn)


def _domain(reader: Reader, pool: UserPool) -> UserPoolDomain | None:
    """Of a domain that does not exist AWS answers an empty description."""
    answer = reader.call(DESCRIBE_DOMAIN, Domain=pool.custom_domain)
    domain = answer["DomainDescription"] if answer else {}
    return UserPoolDomain(pool.arn, domain["Domain"], domain["Status"]) if domain else None


@collector(LIST_CLIENTS, DESCRIBE_CLIENT)
def user_pool_clients(reader: Reader, user_pools: Sequence[UserPool]) -> Iterator[UserPoolClient]:
    """Every app client of every pool, 60 a page, each with its settings."""
    listed = reader.each(user_pools, partial(_listed, reader))
    clients = [(pool, client_id) for pool, ids in listed for client_id in ids]
    yield from reader.each(clients, partial(_client, reader))


def _listed(reader: Reader, pool: UserPool) -> tuple[UserPool, list[str]]:
    pages = reader.pages(LIST_CLIENTS, UserPoolId=pool.id, MaxResults=_MOST_LISTED)
    return pool, [client["ClientId"] for page in pages for client in page["UserPoolClients"]]


def _client(reader: Reader, listed: tuple[UserPool, str]) -> UserPoolClient | None:
    pool, client_id = listed
    answer = reader.call(DESCRIBE_CLIENT, UserPoolId=pool.id, ClientId=client_id)
    if answer is None:
        return None
    client = answer["UserPoolClient"]
    oauth = client.get("AllowedOAuthFlowsUserPoolClient", False)
    return UserPoolClient(
        arn=f"{pool.arn}/client/{client_id}",
        id=client_id,
        name=client["ClientName"],
        pool_id=pool.id,
        oauth_flows=tuple(client.get("AllowedOAuthFlows", ())) if oauth else (),
        callbacks=tuple(client.get("CallbackURLs", ())) if oauth else (),
        hides_unknown_users=client.get("PreventUserExistenceErrors") == "ENABLED",
        tokens_revocable=client.get("EnableTokenRevocation", False),
        access_token_seconds=_validity(client, "AccessToken", "hours") or 3600,
        id_token_seconds=_validity(client, "IdToken", "hours") or 3600,
        refresh_token_seconds=_validity(client, "RefreshToken", "days") or 30 * 86400,
    )


def _validity(client: Mapping[str, Any], token: str, unit: str) -> int:
    """Seconds; 0 where AWS's default holds, which it answers as absence or as 0."""
    units = client.get("TokenValidityUnits", {})
    return int(client.get(f"{token}Validity", 0) * _SECONDS[units.get(token, unit)])
