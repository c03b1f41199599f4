"""Who may enter the account (users, policies, the organization), AWS Config, and the stack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from simulated_account.omnitrack.place import REGION, STACK, Fault, arn

if TYPE_CHECKING:
    from simulated_account.account import SimulatedAccount

ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
ANALYZER = "omnitrack-external-access"
RECORDER = "default"
LOAD_TEST_QUEUE = "omnitrack-load-test"


@dataclass(frozen=True)
class User:
    """An IAM user; ages of its only access key are in days, None without a key or its use."""

    path: str = "/"
    password: bool = False
    mfa: bool = False
    key_age: int | None = None
    key_idle: int | None = None
    administrator: bool = False


USERS = {
    "omnitrack-break-glass": User(password=True, mfa=True),
    "omnitrack-auditor": User(path="/people/", password=True, mfa=True),
    "omnitrack-support": User(path="/people/", password=True),
    "omnitrack-ci-deploy": User(key_age=31, key_idle=0),
    "omnitrack-carrier-sync": User(key_age=210, key_idle=1),
    "omnitrack-data-export": User(key_age=60),
    "omnitrack-bootstrap": User(administrator=True),
}

STACK_RESOURCES = {
    "OrdersTable": "AWS::DynamoDB::Table",
    "Api": "AWS::ApiGateway::RestApi",
    "CopilotMessageFunction": "AWS::Lambda::Function",
    "CopilotMessageRole": "AWS::IAM::Role",
}


def _user_arn(name: str) -> str:
    return arn("iam", f"user{USERS[name].path}{name}", region="")


_ACCESS = "access.aws-access"

FAULTS: frozenset[Fault] = frozenset(
    {
        ("account.iam-users-mfa", _user_arn("omnitrack-support"), "no-mfa"),
        (
            "account.separate-from-development",
            arn("sqs", LOAD_TEST_QUEUE),
            "tagged-as-elsewhere",
        ),
        (_ACCESS, _user_arn("omnitrack-carrier-sync"), "access-key-1-too-old"),
        (_ACCESS, _user_arn("omnitrack-data-export"), "access-key-1-unused"),
        (_ACCESS, _user_arn("omnitrack-bootstrap"), "administrator"),
    }
)


def seed(account: SimulatedAccount, now: datetime) -> None:
    """Ages are counted from `now`."""
    for name, user in USERS.items():
        _seed_user(account, name, user, now)
    account.data.organizations.join("o-omnitrack01", "555555555555", "aws@omnitrack.example")
    _seed_recorder(account)
    analyzer = account.data.accessanalyzer.add_analyzer(REGION, ANALYZER)
    account.data.accessanalyzer.add_finding(
        analyzer,
        "arn:aws:s3:::omnitrack-public-tracking-assets",
        "AWS::S3::Bucket",
        status="ARCHIVED",
    )
    account.client("sqs").create_queue(
        QueueName=LOAD_TEST_QUEUE, tags={"Environment": "staging", "application": "omnitrack"}
    )
    account.data.cloudformation.add_stack(
        REGION,
        STACK,
        status="UPDATE_COMPLETE",
        drift_status="IN_SYNC",
        tags={"Environment": "production", "application": "omnitrack"},
        resources=STACK_RESOURCES,
    )


def _seed_user(account: SimulatedAccount, name: str, user: User, now: datetime) -> None:
    iam, data = account.client("iam"), account.data.iam
    iam.create_user(UserName=name, Path=user.path)
    data.date_user(name, now - timedelta(days=400))
    if user.password:
        iam.create_login_profile(UserName=name, Password="simulated-Passw0rd!")  # noqa: S106 -- nothing secret: simulated
    if user.mfa:
        serial = arn("iam", f"mfa/{name}", region="")
        iam.enable_mfa_device(
            UserName=name,
            SerialNumber=serial,
            AuthenticationCode1="123456",
            AuthenticationCode2="654321",
        )
    if user.key_age is not None:
        key = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
        idle = user.key_idle
        data.date_access_key(
            name,
            key,
            created=now - timedelta(days=user.key_age),
            used=None if idle is None else now - timedelta(days=idle),
        )
    if user.administrator:
        iam.attach_user_policy(UserName=name, PolicyArn=ADMINISTRATOR_ACCESS)


def _seed_recorder(account: SimulatedAccount) -> None:
    config = account.client("config")
    config.put_configuration_recorder(
        ConfigurationRecorder={
            "name": RECORDER,
            "roleARN": arn(
                "iam",
                "role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig",
                region="",
            ),
            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
        }
    )
    config.put_delivery_channel(
        DeliveryChannel={"name": RECORDER, "s3BucketName": "omnitrack-config-history"}
    )
    config.start_configuration_recorder(ConfigurationRecorderName=RECORDER)
