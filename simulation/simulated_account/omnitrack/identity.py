"""Who signs in, and how the copilot's sockets are reached.

Customers sign in to one pool, with an app in the browser and one on the phone. The pool of the
carriers was made by hand for a pilot that went on. The sockets came late: one route was let off its
limits for a load test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulated_account.omnitrack.place import REGION, Fault, arn
from simulated_account.omnitrack.workload import STAGE, WEBSOCKET_ID

if TYPE_CHECKING:
    from datetime import datetime

    from simulated_account.account import SimulatedAccount

USERS, CARRIERS = "omnitrack-users", "carrier-portal"
USERS_ID, CARRIERS_ID = "us-east-1_Om7iTr4cK", "us-east-1_C4rr13rPt"
WEB, PHONE, PORTAL = "4h57kq2n8omnitrackweb0", "6t91vb3x5omnitrackapp0", "2p83mc7z1carrierportal"
SOCKETS_DOMAIN = "realtime.omnitrack.example"

_CERTIFICATE = arn("acm", "certificate/5f6a1c0e-8f0b-4a55-9c1c-2f8d4b6e7a90")
_SOCKETS_STAGE = f"arn:aws:apigateway:{REGION}::/apis/{WEBSOCKET_ID}/stages/{STAGE}"


def _pool(pool_id: str) -> str:
    return arn("cognito-idp", f"userpool/{pool_id}")


_PORTAL = f"{_pool(CARRIERS_ID)}/client/{PORTAL}"

FAULTS: frozenset[Fault] = frozenset(
    {
        ("cognito.password-policy", _pool(CARRIERS_ID), "too-short"),
        ("cognito.mfa", _pool(CARRIERS_ID), "off"),
        ("cognito.app-clients", _PORTAL, "implicit-flow"),
        ("cognito.app-clients", _PORTAL, "http-callback"),
        (
            "websocket-api.connection-limits",
            f"{_SOCKETS_STAGE}/routesettings/broadcast",
            "looser-throttling",
        ),
    }
)


def seed(account: SimulatedAccount, now: datetime) -> None:  # noqa: ARG001 -- as every area is seeded
    """Ages are counted from `now`."""
    _seed_users(account)
    _seed_carriers(account)
    _seed_sockets(account)
    quotas = account.data.service_quotas
    quotas.apply(REGION, "apigateway", "L-9ED1E49A", 2000)
    quotas.apply(REGION, "bedrock", "L-79E773B3", 250)


def _seed_pool(account: SimulatedAccount, name: str, pool_id: str, **settings: Any) -> None:
    cognito = account.client("cognito-idp")
    made = cognito.create_user_pool(PoolName=name, AutoVerifiedAttributes=["email"], **settings)
    account.data.cognito.give_id(REGION, made["UserPool"]["Id"], pool_id)


def _seed_client(
    account: SimulatedAccount, pool_id: str, client_id: str, name: str, **settings: Any
) -> None:
    made = account.client("cognito-idp").create_user_pool_client(
        UserPoolId=pool_id,
        ClientName=name,
        **{
            "AllowedOAuthFlowsUserPoolClient": True,
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["openid", "email"],
            "PreventUserExistenceErrors": "ENABLED",
            "AccessTokenValidity": 30,
            "IdTokenValidity": 30,
            "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes"},
            **settings,
        },
    )
    known = made["UserPoolClient"]["ClientId"]
    account.data.cognito.give_client_id(REGION, pool_id, known, client_id)


def _seed_users(account: SimulatedAccount) -> None:
    function = arn("lambda", "function:omnitrack-cognito")
    policy = {
        "MinimumLength": 14,
        "RequireUppercase": True,
        "RequireLowercase": True,
        "RequireNumbers": True,
        "RequireSymbols": True,
    }
    _seed_pool(
        account,
        USERS,
        USERS_ID,
        Policies={"PasswordPolicy": policy},
        LambdaConfig={
            "PreSignUp": f"{function}-pre-signup",
            "PostConfirmation": f"{function}-post-confirmation",
            "PreTokenGenerationConfig": {
                "LambdaVersion": "V2_0",
                "LambdaArn": f"{function}-pre-token",
            },
        },
    )
    cognito = account.client("cognito-idp")
    cognito.set_user_pool_mfa_config(
        UserPoolId=USERS_ID,
        SoftwareTokenMfaConfiguration={"Enabled": True},
        MfaConfiguration="OPTIONAL",
    )
    cognito.create_user_pool_domain(
        UserPoolId=USERS_ID,
        Domain="login.omnitrack.example",
        CustomDomainConfig={"CertificateArn": _CERTIFICATE},
    )
    callback = "https://app.omnitrack.example/callback"
    _seed_client(account, USERS_ID, WEB, "omnitrack-web", CallbackURLs=[callback])
    callback = "omnitrack://auth/callback"
    _seed_client(account, USERS_ID, PHONE, "omnitrack-mobile", CallbackURLs=[callback])


def _seed_carriers(account: SimulatedAccount) -> None:
    _seed_pool(account, CARRIERS, CARRIERS_ID)
    account.client("cognito-idp").create_user_pool_domain(
        UserPoolId=CARRIERS_ID, Domain="omnitrack-carriers"
    )
    _seed_client(
        account,
        CARRIERS_ID,
        PORTAL,
        "carrier-portal",
        GenerateSecret=True,
        AllowedOAuthFlows=["code", "implicit"],
        CallbackURLs=["https://carriers.omnitrack.example/", "http://localhost:3000/"],
    )


def _seed_sockets(account: SimulatedAccount) -> None:
    sockets = account.client("apigatewayv2")
    sockets.update_stage(
        ApiId=WEBSOCKET_ID,
        StageName=STAGE,
        DefaultRouteSettings={
            "LoggingLevel": "ERROR",
            "ThrottlingRateLimit": 200,
            "ThrottlingBurstLimit": 400,
        },
        RouteSettings={"broadcast": {"ThrottlingRateLimit": 5000, "ThrottlingBurstLimit": 5000}},
    )
    account.client("apigateway").create_domain_name(
        domainName=SOCKETS_DOMAIN,
        regionalCertificateArn=_CERTIFICATE,
        endpointConfiguration={"types": ["REGIONAL"]},
    )
    sockets.create_api_mapping(ApiId=WEBSOCKET_ID, DomainName=SOCKETS_DOMAIN, Stage=STAGE)
