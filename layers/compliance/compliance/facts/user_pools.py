"""Amazon Cognito user pools, their app clients and their domains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """What a password needs; the defaults are those of a pool that was given no policy.

    Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_PasswordPolicyType.html
    """

    minimum_length: int = 8
    lowercase: bool = True
    uppercase: bool = True
    numbers: bool = True
    symbols: bool = True


@dataclass(frozen=True, slots=True)
class UserPool:
    """A user pool.

    `recovery` names the ways back into an account, the preferred one first; it is empty where
    nobody chose any. `triggers` maps each trigger to the ARN of its function, by the names of
    LambdaConfig, `PreTokenGeneration` in either of its forms. `domain` is a prefix of AWS's own.
    Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolType.html
    """

    arn: str
    id: str
    name: str
    password_policy: PasswordPolicy = field(default_factory=PasswordPolicy)
    auto_verified: tuple[str, ...] = ()
    recovery: tuple[str, ...] = ()
    triggers: Mapping[str, str] = field(default_factory=dict, hash=False)
    domain: str | None = None
    custom_domain: str | None = None


@dataclass(frozen=True, slots=True)
class UserPoolMfa:
    """Whether users of a pool need a second factor (OFF, OPTIONAL, ON), and which it offers.

    Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserPoolMfaConfig.html
    """

    pool_arn: str
    mode: str
    factors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UserPoolDomain:
    """A custom domain of a pool: CREATING, UPDATING, ACTIVE, DELETING or FAILED.

    Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DomainDescriptionType.html
    """

    pool_arn: str
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class UserPoolClient:
    """An app client, without its secret.

    `oauth_flows` and `callbacks` are empty where the client may not use the OAuth endpoints.
    Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolClientType.html
    """

    arn: str
    id: str
    name: str
    pool_id: str
    oauth_flows: tuple[str, ...] = ()
    callbacks: tuple[str, ...] = ()
    hides_unknown_users: bool = True
    tokens_revocable: bool = True
    access_token_seconds: int = 3600
    id_token_seconds: int = 3600
    refresh_token_seconds: int = 30 * 86400
