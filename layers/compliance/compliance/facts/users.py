"""Who can sign in to the account: IAM users and their credentials, and root."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class User:
    """An IAM user with the policies that are its own; those of its groups are not among them.

    `unlimited_inline_policies` names its inline policies that allow every action on everything.
    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UserDetail.html
    """

    arn: str
    name: str
    created_at: datetime
    attached_policies: tuple[str, ...] = ()
    unlimited_inline_policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnlimitedPolicy:
    """A customer managed policy whose default version allows every action on everything."""

    arn: str


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An active access key; `number` is 1 or 2, as the credential report names no key ids.

    `last_used_at` None: never used.
    """

    number: int
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a user can sign in with, as of the credential report.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
    """

    user_arn: str
    user_name: str
    password: bool
    mfa: bool
    access_keys: tuple[AccessKey, ...] = ()


@dataclass(frozen=True, slots=True)
class RootAccess:
    """How root can be entered. Without a password its access is centralised in the organization.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html
    """

    arn: str
    password: bool
    mfa: bool
    access_keys: bool
