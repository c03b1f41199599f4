"""What is read of user pools, WebSocket stages and quotas: how often, and what odd answers mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from evaluating import CHECKLIST, REGISTRY, Evaluate, faults

from compliance.collectors.reader import Connection
from compliance.facts.apis import RouteSettings
from compliance.facts.functions import FunctionState
from compliance.facts.quotas import Quota
from compliance.facts.user_pools import PasswordPolicy, UserPoolDomain, UserPoolMfa
from compliance.model import Gap, Status
from simulated_account import SimulatedAccount
from simulated_account.failures import AccessDenied
from simulated_account.omnitrack.workload import function_code

REGION = "us-east-1"
CONNECTIONS = ("apigateway", "L-9ED1E49A")
FUNCTION = f"arn:aws:lambda:{REGION}:210987654321:function:"

Collect = Callable[..., list[Any]]


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("210987654321") as empty:
        yield empty


@pytest.fixture
def gaps() -> list[Gap]:
    return []


@pytest.fixture
def collect(
    account: SimulatedAccount, gaps: list[Gap], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Collect]:
    """All records of a fact, and of the facts that it builds on."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.endpoint_url)
    session = boto3.Session("a", "b", region_name=REGION)
    connection = Connection(session, rate_share=None, attempts=1)

    def collected(fact: str, **settings: Any) -> list[Any]:
        collector = REGISTRY.collectors[fact]
        reader = connection.reader(collector, gaps.append, float("inf"))
        needed = (collected(need) for need in collector.needs)
        return list(collector.function(reader, *needed, **settings))

    yield collected
    connection.close()


def make_pool(account: SimulatedAccount, **created: Any) -> str:
    """Its id."""
    made = account.client("cognito-idp").create_user_pool(**{"PoolName": "shop", **created})
    return str(made["UserPool"]["Id"])


def asked(account: SimulatedAccount) -> Counter[str]:
    return Counter(call.operation for call in account.calls if call.service != "sts")


# User pools


def test_every_pool_and_every_client_is_read_to_the_last_page(
    account: SimulatedAccount, collect: Collect
) -> None:
    ids = {make_pool(account, PoolName=f"shop-{number}") for number in range(61)}
    [crowded, *_] = ids
    for number in range(61):
        account.client("cognito-idp").create_user_pool_client(
            UserPoolId=crowded, ClientName=f"web-{number}"
        )
    account.forget_calls()
    assert {pool.id for pool in collect("user_pools")} == ids
    assert asked(account) == {"ListUserPools": 2, "DescribeUserPool": 61}
    account.forget_calls()
    assert len({client.arn for client in collect("user_pool_clients")}) == 61
    calls = asked(account)
    assert (calls["ListUserPoolClients"], calls["DescribeUserPoolClient"]) == (62, 61)


def test_a_pool_is_read_with_its_settings(account: SimulatedAccount, collect: Collect) -> None:
    pool_id = make_pool(
        account,
        Policies={"PasswordPolicy": {"MinimumLength": 10, "RequireNumbers": True}},
        AutoVerifiedAttributes=["email"],
        AccountRecoverySetting={
            "RecoveryMechanisms": [
                {"Priority": 2, "Name": "verified_phone_number"},
                {"Priority": 1, "Name": "verified_email"},
            ]
        },
    )
    [pool] = collect("user_pools")
    assert pool.arn == f"arn:aws:cognito-idp:{REGION}:210987654321:userpool/{pool_id}"
    assert pool.password_policy == PasswordPolicy(
        10, lowercase=False, uppercase=False, numbers=True, symbols=False
    )
    assert pool.auto_verified == ("email",)
    assert pool.recovery == ("verified_email", "verified_phone_number")


def test_a_pool_of_old_has_no_recovery_setting_and_aws_policy(
    account: SimulatedAccount, collect: Collect
) -> None:
    """Moto gives every pool both."""
    pool_id = make_pool(account)
    for setting in ("AccountRecoverySetting", "Policies"):
        account.data.cognito.forget_setting(REGION, pool_id, setting)
    [pool] = collect("user_pools")
    assert (pool.recovery, pool.password_policy) == ((), PasswordPolicy(8))


def test_triggers_of_both_forms_are_one_and_a_key_is_none(
    account: SimulatedAccount, collect: Collect
) -> None:
    make_pool(
        account,
        LambdaConfig={
            "PreSignUp": f"{FUNCTION}a:live",
            "PreTokenGeneration": f"{FUNCTION}b",
            "PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": f"{FUNCTION}b"},
            "CustomSMSSender": {"LambdaVersion": "V1_0", "LambdaArn": f"{FUNCTION}c"},
            "KMSKeyID": f"arn:aws:kms:{REGION}:210987654321:key/1",
        },
    )
    [pool] = collect("user_pools")
    assert pool.triggers == {
        "PreSignUp": f"{FUNCTION}a:live",
        "PreTokenGeneration": f"{FUNCTION}b",
        "CustomSMSSender": f"{FUNCTION}c",
    }


SMS_ROLE = {"SnsCallerArn": "arn:aws:iam::210987654321:role/sms"}


@pytest.mark.parametrize(
    ("config", "factors"),
    [
        ({}, ()),
        ({"SmsMfaConfiguration": {"SmsAuthenticationMessage": "code {####}"}}, ()),
        ({"SmsMfaConfiguration": {"SmsConfiguration": SMS_ROLE}}, ("SMS",)),
        ({"SoftwareTokenMfaConfiguration": {"Enabled": False}}, ()),
        ({"SoftwareTokenMfaConfiguration": {"Enabled": True}}, ("authenticator apps",)),
        ({"EmailMfaConfiguration": {"Subject": "Your code"}}, ("e-mail",)),
        ({"WebAuthnConfiguration": {"FactorConfiguration": "SINGLE_FACTOR"}}, ()),
        (
            {
                "WebAuthnConfiguration": {
                    "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"
                }
            },
            ("passkeys",),
        ),
    ],
)
def test_only_factors_that_users_can_add_count(
    account: SimulatedAccount,
    collect: Collect,
    config: dict[str, Any],
    factors: tuple[str, ...],
) -> None:
    """Moto takes neither e-mail nor passkeys, and no mode without another factor."""
    pool_id = make_pool(account)
    account.data.cognito.add_factors(REGION, pool_id, MfaConfiguration="ON", **config)
    [mfa] = collect("user_pool_mfa")
    assert mfa == UserPoolMfa(mfa.pool_arn, "ON", factors)


def test_a_custom_domain_is_read_with_its_status_and_a_prefix_is_not_asked_for(
    account: SimulatedAccount, collect: Collect
) -> None:
    """Moto makes every domain ACTIVE, and calls a custom one a prefix."""
    own, prefixed = make_pool(account), make_pool(account)
    cognito = account.client("cognito-idp")
    cognito.create_user_pool_domain(Domain="login.shop.example", UserPoolId=own)
    cognito.create_user_pool_domain(Domain="shop", UserPoolId=prefixed)
    account.data.cognito.set_domain_status(REGION, "login.shop.example", "CREATING")
    account.forget_calls()
    [domain] = collect("user_pool_domains")
    arn = f"arn:aws:cognito-idp:{REGION}:210987654321:userpool/{own}"
    assert domain == UserPoolDomain(arn, "login.shop.example", "CREATING")
    assert asked(account)["DescribeUserPoolDomain"] == 1
    assert {pool.domain for pool in collect("user_pools")} == {None, "shop"}


def test_a_custom_domain_that_is_gone_has_an_empty_description(
    account: SimulatedAccount, collect: Collect, evaluated: Evaluate
) -> None:
    pool_id = make_pool(account)
    cognito = account.client("cognito-idp")
    cognito.create_user_pool_domain(Domain="login.shop.example", UserPoolId=pool_id)
    held = account.backend("cognito-idp", REGION).user_pool_domains
    held["elsewhere"] = held.pop("login.shop.example")
    assert collect("user_pool_domains") == []
    assert {fault for _, _, fault in faults(evaluated(account, "cognito.domain"))} == {
        "domain-gone"
    }


def test_a_client_has_aws_default_lives_in_the_units_that_it_names(
    account: SimulatedAccount, collect: Collect
) -> None:
    pool_id = make_pool(account)
    cognito = account.client("cognito-idp")
    for name, settings in (
        ("default", {"RefreshTokenValidity": 0}),
        ("bare", {"AccessTokenValidity": 2, "IdTokenValidity": 3, "RefreshTokenValidity": 4}),
        (
            "units",
            {
                "AccessTokenValidity": 600,
                "IdTokenValidity": 10,
                "RefreshTokenValidity": 5,
                "TokenValidityUnits": {
                    "AccessToken": "seconds",
                    "IdToken": "minutes",
                    "RefreshToken": "hours",
                },
            },
        ),
    ):
        cognito.create_user_pool_client(UserPoolId=pool_id, ClientName=name, **settings)
    lives = {
        client.name: (
            client.access_token_seconds,
            client.id_token_seconds,
            client.refresh_token_seconds,
        )
        for client in collect("user_pool_clients")
    }
    assert lives == {
        "default": (3600, 3600, 30 * 86400),
        "bare": (2 * 3600, 3 * 3600, 4 * 86400),
        "units": (600, 600, 5 * 3600),
    }


def test_what_an_old_client_does_not_say_is_off(
    account: SimulatedAccount, collect: Collect
) -> None:
    """Moto revokes tokens for every client."""
    pool_id = make_pool(account)
    made = account.client("cognito-idp").create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="old",
        AllowedOAuthFlows=["implicit"],
        CallbackURLs=["http://a"],
    )["UserPoolClient"]
    held = account.backend("cognito-idp", REGION).user_pools[pool_id].clients[made["ClientId"]]
    del held.extended_config["EnableTokenRevocation"]
    [client] = collect("user_pool_clients")
    assert (client.hides_unknown_users, client.tokens_revocable) == (False, False)
    assert (client.oauth_flows, client.callbacks) == ((), ())


def test_the_secret_of_a_client_is_nowhere(
    account: SimulatedAccount, collect: Collect, evaluated: Evaluate
) -> None:
    pool_id = make_pool(account)
    cognito = account.client("cognito-idp")
    made = cognito.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="portal",
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["implicit"],
    )["UserPoolClient"]
    assert made["ClientSecret"]
    [client] = collect("user_pool_clients")
    report = evaluated(account, "cognito.app-clients")
    result = report.results["cognito.app-clients"]
    assert result.status is Status.FAIL
    assert made["ClientSecret"] not in f"{client} {report} {result}"


@pytest.mark.parametrize(
    ("operation", "fact"),
    [
        ("DescribeUserPool", "user_pools"),
        ("GetUserPoolMfaConfig", "user_pool_mfa"),
        ("ListUserPoolClients", "user_pool_clients"),
        ("DescribeUserPoolClient", "user_pool_clients"),
    ],
)
def test_what_is_deleted_meanwhile_is_absent(
    account: SimulatedAccount, collect: Collect, gaps: list[Gap], operation: str, fact: str
) -> None:
    pool_id = make_pool(account)
    account.client("cognito-idp").create_user_pool_client(UserPoolId=pool_id, ClientName="web")
    account.fail("cognito-idp", operation, "ResourceNotFoundException")
    assert (collect(fact), gaps) == ([], [])


@pytest.mark.parametrize(
    ("operation", "item"),
    [
        ("DescribeUserPool", "cognito.password-policy"),
        ("GetUserPoolMfaConfig", "cognito.mfa"),
    ],
)
def test_a_refusal_for_one_pool_leaves_the_verdict_on_all_others(
    account: SimulatedAccount, evaluated: Evaluate, operation: str, item: str
) -> None:
    refused, other = make_pool(account), make_pool(account)
    account.fail(
        "cognito-idp", operation, AccessDenied, when=lambda given: given["UserPoolId"] == refused
    )
    result = evaluated(account, item).results[item]
    arn = f"arn:aws:cognito-idp:{REGION}:210987654321:userpool/"
    assert {offender.resource for offender in result.offenders} == {arn + other}
    assert result.unseen == {arn + refused}


def test_states_are_read_of_the_functions_that_are_named(
    account: SimulatedAccount, collect: Collect
) -> None:
    role = account.client("iam").create_role(
        RoleName="run",
        AssumeRolePolicyDocument='{"Version": "2012-10-17", "Statement": []}',
    )["Role"]["Arn"]
    for name in ("named", "other"):
        account.client("lambda").create_function(
            FunctionName=name,
            Role=role,
            Runtime="python3.13",
            Handler="index.handler",
            Code={"ZipFile": function_code()},
        )
    account.forget_calls()
    triggers = {"PreSignUp": "named", "PostConfirmation": "named", "UserMigration": "gone"}
    assert collect("function_states", in_vpc=(), triggers=triggers) == [
        FunctionState(f"{FUNCTION}named", "Active")
    ]
    assert asked(account) == {"ListFunctions": 1, "GetFunctionConfiguration": 1}


# WebSocket APIs


def make_socket(account: SimulatedAccount, name: str = "live", **staged: Any) -> str:
    """Its id; it has a stage `prod`."""
    sockets = account.client("apigatewayv2")
    api: str = sockets.create_api(
        Name=name, ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )["ApiId"]
    sockets.create_stage(ApiId=api, StageName="prod", **staged)
    return api


def test_many_apis_of_many_stages_take_a_call_each(
    account: SimulatedAccount, collect: Collect
) -> None:
    for number in range(30):
        api = make_socket(account, f"live-{number}")
        for stage in range(9):
            account.client("apigatewayv2").create_stage(ApiId=api, StageName=f"s{stage}")
    account.client("apigatewayv2").create_api(Name="shop", ProtocolType="HTTP")
    account.forget_calls()
    assert len(collect("websocket_stages")) == 300
    assert asked(account) == {"GetApis": 1, "GetStages": 30}


def test_a_stage_is_read_with_the_settings_of_its_routes(
    account: SimulatedAccount, collect: Collect
) -> None:
    api = make_socket(
        account,
        AccessLogSettings={"DestinationArn": "arn:aws:logs:x", "Format": "$context.requestId"},
        DefaultRouteSettings={
            "LoggingLevel": "INFO",
            "ThrottlingBurstLimit": 200,
            "ThrottlingRateLimit": 99.5,
        },
        RouteSettings={"$connect": {"LoggingLevel": "OFF"}, "send": {"ThrottlingBurstLimit": 0}},
    )
    [stage] = collect("websocket_stages")
    assert (stage.arn, stage.api_name) == (
        f"arn:aws:apigateway:{REGION}::/apis/{api}/stages/prod",
        "live",
    )
    assert stage.access_log_arn == "arn:aws:logs:x"
    assert stage.default == RouteSettings("INFO", 99.5, 200)
    assert stage.routes == {
        "$connect": RouteSettings("OFF"),
        "send": RouteSettings(None, None, 0),
    }


def test_a_stage_that_nobody_set_up_has_nothing(
    account: SimulatedAccount, collect: Collect
) -> None:
    make_socket(account)
    [stage] = collect("websocket_stages")
    assert (stage.access_log_arn, stage.default, stage.routes) == (None, RouteSettings("OFF"), {})


def test_a_mapping_behind_the_last_page_counts(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    """Botocore has no paginator for mappings."""
    sockets = account.client("apigatewayv2")
    account.client("apigateway").create_domain_name(
        domainName="live.shop.example", regionalCertificateArn="arn:aws:acm:x"
    )
    apis = [make_socket(account, f"live-{number}") for number in range(3)]
    for api in apis:
        sockets.create_api_mapping(
            ApiId=api, DomainName="live.shop.example", Stage="prod", ApiMappingKey=api
        )
    account.page_size("apigatewayv2", "GetApiMappings", 1)
    report = evaluated(account, "websocket-api.custom-domain")
    assert report.results["websocket-api.custom-domain"].status is Status.PASS


# Quotas

NAMED = [{"service": "apigateway", "code": "L-9ED1E49A"}]


def test_what_was_applied_comes_before_the_default(
    account: SimulatedAccount, collect: Collect
) -> None:
    assert collect("quotas", named=NAMED) == [Quota(*CONNECTIONS, 500)]
    account.data.service_quotas.apply(REGION, *CONNECTIONS, 750)
    account.forget_calls()
    assert collect("quotas", named=[*NAMED, *NAMED]) == [Quota(*CONNECTIONS, 750)]
    assert asked(account) == {"GetServiceQuota": 1}


def test_a_quota_that_aws_does_not_know_is_absent(
    account: SimulatedAccount, collect: Collect, gaps: list[Gap]
) -> None:
    assert collect("quotas", named=[{"service": "apigateway", "code": "L-00000000"}]) == []
    assert gaps == []
    account.fail("service-quotas", "GetServiceQuota", AccessDenied)
    assert collect("quotas", named=NAMED) == []
    assert [gap.action for gap in gaps] == ["servicequotas:GetServiceQuota"]


def test_an_answer_without_a_value_is_no_answer(
    account: SimulatedAccount, collect: Collect, gaps: list[Gap]
) -> None:
    error = "DEPENDENCY_THROTTLING_ERROR"
    account.data.service_quotas.withhold(REGION, *CONNECTIONS, error)
    assert collect("quotas", named=NAMED) == []
    assert [(gap.action, gap.code) for gap in gaps] == [("servicequotas:GetServiceQuota", error)]


# Nothing there

ITEMS = [
    name
    for name, item in CHECKLIST.items.items()
    if item.section in {"cognito", "websocket-api"} and item.check
]


def test_an_empty_account_has_nothing_to_judge(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    report = evaluated(account, *ITEMS)
    assert {result.status for result in report.results.values()} == {Status.NOT_APPLICABLE}
    assert asked(account)["GetApiMappings"] == 0
