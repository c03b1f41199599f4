"""Records of user pools, WebSocket stages and quotas, good and bad ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from example_alarms import WEBSOCKET

from compliance.facts.apis import RouteSettings, WebSocketStage
from compliance.facts.quotas import Quota
from compliance.facts.user_pools import (
    PasswordPolicy,
    UserPool,
    UserPoolClient,
    UserPoolDomain,
    UserPoolMfa,
)

_POOL = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/"
_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:"
_TRIGGERS = ("pre-signup", "post-confirmation", "pre-token")
_NAMES = dict(zip(("PreSignUp", "PostConfirmation", "PreTokenGeneration"), _TRIGGERS, strict=True))

_GOOD = UserPool(
    f"{_POOL}p1",
    "p1",
    "omnitrack-users",
    PasswordPolicy(14),
    ("email",),
    ("verified_email",),
    {name: f"{_FUNCTION}omnitrack-cognito-{of}:live" for name, of in _NAMES.items()},
    domain="users",
)
_BAD = UserPool(
    f"{_POOL}p2",
    "p2",
    "omnitrack-trial",
    PasswordPolicy(14, symbols=False),
    recovery=("admin_only",),
    triggers={"PreSignUp": f"{_FUNCTION}gone", "UserMigration": f"{_FUNCTION}gone"},
)
_OLD = UserPool(f"{_POOL}p3", "p3", "elsewhere", auto_verified=("phone_number",))
_OWN = UserPool(f"{_POOL}p4", "p4", "own", custom_domain="login.example.com")
_LOST = UserPool(f"{_POOL}p5", "p5", "lost", domain="lost", custom_domain="lost.example.com")

_STAGE = WebSocketStage(
    f"{WEBSOCKET.arn}/stages/prod",
    WEBSOCKET.id,
    WEBSOCKET.name,
    "prod",
    "arn:aws:logs:us-east-1:123456789012:log-group:sockets",
    RouteSettings("ERROR", 100, 200),
    {"quiet": RouteSettings("OFF"), "loose": RouteSettings(None, 9000, 9000)},
)

POOL: Mapping[str, Sequence[Any]] = {
    "user_pools": [_GOOD, _BAD, _OLD, _OWN, _LOST],
    "user_pool_mfa": [
        UserPoolMfa(_GOOD.arn, "OPTIONAL", ("SMS",)),
        UserPoolMfa(_BAD.arn, "OFF"),
        UserPoolMfa(_OLD.arn, "ON"),
    ],
    "user_pool_domains": [UserPoolDomain(_OWN.arn, "login.example.com", "FAILED")],
    "user_pool_clients": [
        UserPoolClient(f"{_GOOD.arn}/client/c1", "c1", "web", "p1"),
        UserPoolClient(
            f"{_BAD.arn}/client/c2",
            "c2",
            "old",
            "p2",
            ("implicit",),
            ("http://localhost", "old://"),
            hides_unknown_users=False,
            tokens_revocable=False,
            access_token_seconds=86400,
        ),
    ],
    "websocket_stages": [
        _STAGE,
        WebSocketStage(f"{WEBSOCKET.arn}/stages/test", WEBSOCKET.id, WEBSOCKET.name, "test"),
    ],
    "quotas": [Quota("apigateway", "L-9ED1E49A", 500), Quota("bedrock", "L-79E773B3", 50)],
}
RESOURCE_OF = {
    "user_pools": lambda pool: pool.arn,
    "user_pool_mfa": lambda mfa: mfa.pool_arn,
    "user_pool_domains": lambda domain: domain.pool_arn,
}
