"""Records of who may enter the account and what lives in it, good and bad ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from example_alarms import ACCOUNT
from records import NOW

from compliance.facts.analyzers import Analyzer, ExternalAccess
from compliance.facts.environments import EnvironmentTag
from compliance.facts.organizations import Organization
from compliance.facts.recorders import ConfigurationRecorder, DeliveryChannel
from compliance.facts.stacks import Stack, StackResource
from compliance.facts.users import AccessKey, Credentials, RootAccess, UnlimitedPolicy, User

_EVERYTHING = f"arn:aws:iam::{ACCOUNT}:policy/everything"
_ANN, _BEN, _CI = (f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in ("ann", "ben", "ci"))
_ANALYZER = f"arn:aws:access-analyzer:us-east-1:{ACCOUNT}:analyzer/outside"
_STACK = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack"
_WEST = _STACK.replace("us-east-1", "us-west-2")
_CREATED = NOW - timedelta(days=400)


def _key(number: int, age_days: int, idle_days: int | None) -> AccessKey:
    used = None if idle_days is None else NOW - timedelta(days=idle_days)
    return AccessKey(number, NOW - timedelta(days=age_days), used)


POOL: Mapping[str, Sequence[Any]] = {
    "users": [
        User(_ANN, "ann", _CREATED, ("arn:aws:iam::aws:policy/AdministratorAccess",)),
        User(_BEN, "ben", _CREATED, (_EVERYTHING,), ("root",)),
        User(_CI, "ci", _CREATED, ("arn:aws:iam::aws:policy/ReadOnlyAccess",)),
    ],
    "unlimited_policies": [UnlimitedPolicy(_EVERYTHING)],
    "credentials": [
        Credentials(_ANN, "ann", password=True, mfa=False),
        Credentials(_BEN, "ben", password=True, mfa=True, access_keys=(_key(1, 30, 2),)),
        Credentials(
            _CI, "ci", password=False, mfa=False, access_keys=(_key(1, 91, 1), _key(2, 50, None))
        ),
    ],
    "root_access": [
        RootAccess(f"arn:aws:iam::{ACCOUNT}:root", password=True, mfa=False, access_keys=True)
    ],
    "organization": [Organization("arn:aws:organizations::555555555555:organization/o-1")],
    "configuration_recorders": [
        ConfigurationRecorder("arn:r1", "default", recording=True, last_status="SUCCESS"),
        ConfigurationRecorder(
            "arn:r2", "stopped", recording=False, last_status="FAILURE", excluded_types=("A::B::C",)
        ),
        ConfigurationRecorder(
            "arn:r3", "failing", recording=True, last_status="FAILURE", only_types=("A::B::C",)
        ),
    ],
    "delivery_channels": [
        DeliveryChannel("default", "history"),
        DeliveryChannel("second", "deleted", {"history": "NoSuchBucket"}),
    ],
    "analyzers": [
        Analyzer(_ANALYZER, "outside", "ACTIVE"),
        Analyzer(f"{_ANALYZER}-2", "outside-2", "FAILED"),
    ],
    "external_access": [
        ExternalAccess("f1", _ANALYZER, "arn:aws:s3:::assets", "AWS::S3::Bucket"),
        ExternalAccess("f2", _ANALYZER, "arn:aws:s3:::assets", "AWS::S3::Bucket"),
        ExternalAccess("f3", _ANALYZER, _CI, "AWS::IAM::User", "ACCESS_DENIED"),
    ],
    "stacks": [
        Stack(f"{_STACK}/omnitrack-ai/1", "omnitrack-ai", "UPDATE_COMPLETE"),
        Stack(f"{_STACK}/trial/2", "trial", "CREATE_COMPLETE", tags={"Environment": "Staging"}),
    ],
    "environment_tags": [
        EnvironmentTag("arn:aws:sqs:us-east-1:1:load-test", "Environment", "staging"),
        EnvironmentTag("arn:aws:sqs:us-east-1:1:load-test", "environment", "test"),
        EnvironmentTag("arn:aws:sqs:us-east-1:1:orders", "environment", "Production"),
    ],
    "second_region_stacks": [
        Stack(f"{_WEST}/omnitrack-ai/1", "omnitrack-ai", "UPDATE_ROLLBACK_COMPLETE"),
        Stack(f"{_WEST}/network/2", "network", "CREATE_COMPLETE"),
    ],
    "stack_resources": [
        StackResource("Orders", "AWS::DynamoDB::Table"),
        StackResource("Api", "AWS::ApiGateway::RestApi"),
        StackResource("Role", "AWS::IAM::Role"),
    ],
    "second_region_stack_resources": [StackResource("Orders", "AWS::DynamoDB::Table")],
}
RESOURCE_OF = {"credentials": lambda credentials: credentials.user_arn}
"""The facts that collectors read resource by resource, and whose resource a record is."""
