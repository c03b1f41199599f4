"""Functions, and what invokes them, as collectors read them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from evaluating import REGISTRY
from reading import NOW, collected

from compliance.facts.apis import Api
from compliance.facts.buckets import BucketVersioning
from compliance.facts.event_sources import EventInvokeConfig, EventSourceMapping, Queue
from compliance.facts.functions import Function
from simulated_account import SimulatedAccount
from simulated_account.failures import AccessDenied

ACCOUNT = "210987654321"
PREFIX = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
# Put together here, so that no scanner takes this file for a leak.
SECRETS = {
    "AWS_KEY": "AKIA" + "IOSFODNN7EXAMPLE",
    "DATABASE_URL": "postgres://app:" + "hunter2@db.example/app",
    "ENVIRONMENT": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NSJ9.c2ln",
    "PLAIN": "not-to-be-told",
}


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount(ACCOUNT) as account:
        yield account


def create(account: SimulatedAccount, name: str, **others: Any) -> None:
    archive = io.BytesIO()
    with ZipFile(archive, "w") as files:
        files.writestr("index.py", f"def handler(event, context): return {name!r}")
    role = account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    account.client("lambda").create_function(
        FunctionName=name,
        Role=role["Role"]["Arn"],
        Code={"ZipFile": archive.getvalue()},
        **{"Runtime": "python3.12", "Handler": "index.handler", **others},
    )


def read(account: SimulatedAccount, fact: str, *given: Any, **settings: Any) -> list[Any]:
    records, gaps = collected(account, fact, *given, **settings)
    assert gaps == []
    return records


def functions_of(account: SimulatedAccount) -> list[Function]:
    return read(account, "functions")


def asked(account: SimulatedAccount, operation: str) -> list[Any]:
    return [c.params.get("FunctionName") for c in account.calls if c.operation == operation]


def test_the_settings_of_a_function_come_with_the_listing(account: SimulatedAccount) -> None:
    create(
        account,
        "orders",
        MemorySize=512,
        Timeout=30,
        TracingConfig={"Mode": "Active"},
        DeadLetterConfig={"TargetArn": f"{QUEUE}failures"},
        KMSKeyArn=KEY,
        Environment={"Variables": {"STACK_NAME": "shop", "EMPTY": ""}},
    )
    account.forget_calls()
    [function] = functions_of(account)
    assert function.arn == f"{PREFIX}orders"
    assert (function.memory_mb, function.timeout_seconds) == (512, 30)
    assert (function.tracing, function.dead_letter_arn) == ("Active", f"{QUEUE}failures")
    assert (function.key_arn, function.runtime) == (KEY, "python3.12")
    assert (function.package_type, function.version) == ("Zip", "$LATEST")
    assert function.subnet_ids == ()
    variables = {variable.name: variable for variable in function.variables}
    assert variables["STACK_NAME"].value == "shop"
    assert variables["EMPTY"].placeholder
    assert {call.operation for call in account.calls} == {"ListFunctions", "GetCallerIdentity"}


def test_no_value_of_a_variable_leaves_the_collector(account: SimulatedAccount) -> None:
    create(account, "orders", Environment={"Variables": SECRETS})
    functions = functions_of(account)
    environments = read(account, "function_environments", functions)
    told = repr((functions, environments))
    for value in (*SECRETS.values(), "hunter2"):
        assert value not in told
    found = {v.name for v in environments[0].variables.values() if v.looks_like}
    assert found == {"AWS_KEY", "DATABASE_URL", "ENVIRONMENT"}


def test_an_environment_that_cannot_be_decrypted_is_unseen_and_not_empty(
    account: SimulatedAccount,
) -> None:
    for name in ("orders", "mailer"):
        create(account, name)
    account.data.aws_lambda.break_environment("us-east-1", "orders")
    records, gaps = collected(account, "function_environments", functions_of(account))
    assert [record.function_name for record in records] == ["mailer"]
    [gap] = gaps
    assert (gap.action, gap.code) == ("kms:Decrypt", "AccessDeniedException")
    assert gap.resource == f"{PREFIX}orders"


def test_an_edge_replica_has_no_environment(account: SimulatedAccount) -> None:
    replica = Function(f"{PREFIX}us-east-1.headers", "us-east-1.headers", "/logs")
    assert read(account, "function_environments", [replica]) == []


def test_every_page_of_functions_is_read(account: SimulatedAccount) -> None:
    for name in ("a", "b", "c"):
        create(account, name)
    account.page_size("lambda", "ListFunctions", 1)
    assert {function.name for function in functions_of(account)} == {"a", "b", "c"}


def test_only_named_functions_are_asked_for_what_no_listing_shows(
    account: SimulatedAccount,
) -> None:
    for name in ("orders", "mailer"):
        create(account, name)
    client = account.client("lambda")
    client.put_function_concurrency(FunctionName="orders", ReservedConcurrentExecutions=7)
    account.data.aws_lambda.set_state("us-east-1", "orders", "Inactive", "nobody called")
    version = client.publish_version(FunctionName="orders")["Version"]
    client.create_alias(FunctionName="orders", Name="live", FunctionVersion=version)
    for qualifier in ("live", version):
        client.put_provisioned_concurrency_config(
            FunctionName="orders", Qualifier=qualifier, ProvisionedConcurrentExecutions=3
        )
    account.page_size("lambda", "ListProvisionedConcurrencyConfigs", 1)
    functions = functions_of(account)
    account.forget_calls()
    named = [{"function": "orders", "reserved_concurrency": 7}]
    [reserved] = read(account, "reserved_concurrencies", functions, named=named)
    [state] = read(account, "function_states", functions, in_vpc=["orders"], triggers={})
    warm = read(
        account, "provisioned_concurrencies", functions, provisioned=[{"function": "orders"}]
    )
    assert (reserved.function_arn, reserved.executions) == (f"{PREFIX}orders", 7)
    assert (state.state, state.reason) == ("Inactive", "nobody called")
    assert {(each.qualifier, each.available, each.status) for each in warm} == {
        ("live", 3, "READY"),
        (version, 3, "READY"),
    }
    assert {call.params["FunctionName"] for call in account.calls if call.service == "lambda"} == {
        "orders"
    }


def test_nothing_reserved_is_read_as_nothing(account: SimulatedAccount) -> None:
    create(account, "orders")
    named = [{"function": "orders", "reserved_concurrency": 7}]
    [reserved] = read(account, "reserved_concurrencies", functions_of(account), named=named)
    assert reserved.executions is None


def test_a_function_without_an_expected_number_is_not_asked(account: SimulatedAccount) -> None:
    create(account, "orders")
    named = [{"function": "orders", "reserved_concurrency": None}]
    assert read(account, "reserved_concurrencies", functions_of(account), named=named) == []


def test_a_function_that_vanishes_meanwhile_is_none(account: SimulatedAccount) -> None:
    gone = [Function(f"{PREFIX}gone", "gone", "/logs")]
    named = [{"function": "gone", "reserved_concurrency": 7}]
    assert read(account, "reserved_concurrencies", gone, named=named) == []
    assert read(account, "function_states", gone, in_vpc=["gone"], triggers={}) == []


def admit(account: SimulatedAccount, function: str, principal: str) -> None:
    account.client("lambda").add_permission(
        FunctionName=function, StatementId="s", Action="lambda:InvokeFunction", Principal=principal
    )


def test_who_gets_events_is_known_by_queue_metric_or_policy(account: SimulatedAccount) -> None:
    for name in ("busy", "called", "rest", "silent"):
        create(account, name)
    create(account, "lettered", DeadLetterConfig={"TargetArn": f"{QUEUE}failures"})
    admit(account, "called", "s3.amazonaws.com")
    admit(account, "rest", "apigateway.amazonaws.com")
    account.data.cloudwatch.add_metric(
        "us-east-1",
        "AWS/Lambda",
        "AsyncEventsReceived",
        {"FunctionName": "busy"},
        3,
        at=NOW - timedelta(days=29),
    )
    account.forget_calls()
    found = read(account, "asynchronous_functions", functions_of(account), NOW)
    assert {each.function_arn.removeprefix(PREFIX) for each in found} == {
        "busy",
        "called",
        "lettered",
    }
    assert set(asked(account, "GetPolicy")) == {"called", "rest", "silent"}


def test_a_refused_metric_still_leaves_what_policies_say(account: SimulatedAccount) -> None:
    create(account, "called")
    admit(account, "called", "events.amazonaws.com")
    account.fail("cloudwatch", "GetMetricData", AccessDenied)
    records, gaps = collected(account, "asynchronous_functions", functions_of(account), NOW)
    assert [each.because for each in records] == ["its policy admits events"]
    assert {gap.action for gap in gaps} == {"cloudwatch:GetMetricData"}


def test_the_settings_of_every_qualifier_are_read(account: SimulatedAccount) -> None:
    create(account, "called")
    client = account.client("lambda")
    version = client.publish_version(FunctionName="called")["Version"]
    client.create_alias(FunctionName="called", Name="live", FunctionVersion=version)
    admit(account, "called", "sns.amazonaws.com")
    client.put_function_event_invoke_config(
        FunctionName="called",
        MaximumRetryAttempts=1,
        MaximumEventAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": f"{QUEUE}failures"}},
    )
    functions = functions_of(account)
    called = read(account, "asynchronous_functions", functions, NOW)
    [config] = read(account, "event_invoke_configs", functions, called)
    assert config == EventInvokeConfig(f"{PREFIX}called", "$LATEST", 1, 60, f"{QUEUE}failures")


def test_mappings_and_the_queues_behind_them_are_read(account: SimulatedAccount) -> None:
    create(account, "orders")
    sqs, client = account.client("sqs"), account.client("lambda")
    sqs.create_queue(QueueName="failures")
    redrive = json.dumps({"deadLetterTargetArn": f"{QUEUE}failures", "maxReceiveCount": 5})
    sqs.create_queue(QueueName="source", Attributes={"RedrivePolicy": redrive})
    client.create_event_source_mapping(FunctionName="orders", EventSourceArn=f"{QUEUE}source")
    [mapping] = read(account, "event_source_mappings")
    assert (mapping.source, mapping.source_arn) == ("queue", f"{QUEUE}source")
    assert (mapping.enabled, mapping.on_failure_arn, mapping.retries) == (True, None, None)
    gone = replace(mapping, source="stream", source_arn=None, on_failure_arn=f"{QUEUE}gone")
    away = replace(gone, on_failure_arn=f"{QUEUE}x".replace(ACCOUNT, "999999999999"))
    queues = read(account, "queues", [], [mapping, gone, away], [])
    assert queues == [Queue(f"{QUEUE}source", f"{QUEUE}failures", 5), Queue(f"{QUEUE}failures")]


def test_a_mapping_of_a_stream_says_how_it_fails(account: SimulatedAccount) -> None:
    create(account, "orders")
    table = account.client("dynamodb").create_table(
        TableName="t",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    account.client("lambda").create_event_source_mapping(
        FunctionName="orders",
        EventSourceArn=table["LatestStreamArn"],
        StartingPosition="LATEST",
        MaximumRetryAttempts=3,
        MaximumRecordAgeInSeconds=600,
        DestinationConfig={"OnFailure": {"Destination": f"{QUEUE}failures"}},
    )
    [mapping] = read(account, "event_source_mappings")
    assert isinstance(mapping, EventSourceMapping)
    assert (mapping.source, mapping.retries, mapping.age_seconds) == ("stream", 3, 600)
    assert mapping.on_failure_arn == f"{QUEUE}failures"


def test_event_buses_are_read_page_by_page(account: SimulatedAccount) -> None:
    account.client("events").create_event_bus(Name="failures")
    account.page_size("events", "ListEventBuses", 1)
    names = {bus.arn.rpartition("/")[2] for bus in read(account, "event_buses")}
    assert names == {"default", "failures"}


def versions(
    account: SimulatedAccount, functions: Sequence[Function], *kept: BucketVersioning
) -> list[Any]:
    return read(account, "published_versions", functions, kept, artifact_bucket="artifacts")


def test_versions_and_the_aliases_of_those_that_have_any_are_read(
    account: SimulatedAccount,
) -> None:
    for name in ("orders", "mailer"):
        create(account, name)
    client = account.client("lambda")
    version = client.publish_version(FunctionName="orders")["Version"]
    client.create_alias(FunctionName="orders", Name="live", FunctionVersion=version)
    account.page_size("lambda", "ListVersionsByFunction", 1)
    account.forget_calls()
    found = versions(account, functions_of(account))
    [alias] = read(account, "function_aliases", found)
    assert [(each.function_arn, each.version) for each in found] == [(f"{PREFIX}orders", 1)]
    assert found[0].code_sha256
    assert (alias.name, alias.versions) == ("live", ("1",))
    assert asked(account, "ListAliases") == ["orders"]


def test_no_function_but_an_image_is_asked_where_the_bucket_keeps_versions(
    account: SimulatedAccount,
) -> None:
    for name in ("orders", "image"):
        create(account, name)
        account.client("lambda").publish_version(FunctionName=name)
    functions = [
        replace(function, package_type="Image" if function.name == "image" else "Zip")
        for function in functions_of(account)
    ]
    account.forget_calls()
    kept = BucketVersioning("arn:aws:s3:::artifacts", "Enabled")
    assert [each.function_arn for each in versions(account, functions, kept)] == [f"{PREFIX}image"]
    assert asked(account, "ListVersionsByFunction") == ["image"]
    assert len(versions(account, functions)) == 2


def test_a_refused_listing_of_versions_and_aliases_is_unseen(account: SimulatedAccount) -> None:
    """The seeded account's artifacts keep versions, so that nothing asks for these there."""
    create(account, "orders")
    account.client("lambda").publish_version(FunctionName="orders")
    functions = functions_of(account)
    found = versions(account, functions)
    account.fail("lambda", "ListVersionsByFunction", AccessDenied)
    account.fail("lambda", "ListAliases", AccessDenied)
    _, gaps = collected(account, "published_versions", functions, [], artifact_bucket=None)
    _, of_aliases = collected(account, "function_aliases", found)
    assert [gap.action for gap in (*gaps, *of_aliases)] == [
        "lambda:ListVersionsByFunction",
        "lambda:ListAliases",
    ]
    assert {gap.resource for gap in (*gaps, *of_aliases)} == {f"{PREFIX}orders"}


def test_state_machines_are_described_without_their_definition(account: SimulatedAccount) -> None:
    for name, traced in (("a", True), ("b", False)):
        account.client("stepfunctions").create_state_machine(
            name=name,
            definition='{"StartAt": "D", "States": {"D": {"Type": "Succeed"}}}',
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/states",
            tracingConfiguration={"enabled": traced},
        )
    account.page_size("stepfunctions", "ListStateMachines", 1)
    account.forget_calls()
    machines = read(account, "state_machines")
    assert {(machine.name, machine.traced) for machine in machines} == {("a", True), ("b", False)}
    described = [c.params for c in account.calls if c.operation == "DescribeStateMachine"]
    assert {each["includedData"] for each in described} == {"METADATA_ONLY"}


class _Answering:
    """A reader of stages; moto keeps no documentation versions."""

    def each(self, apis: Sequence[Api], read_one: Any) -> Iterator[Any]:
        return map(read_one, apis)

    def call(self, *_: Any, **__: Any) -> dict[str, Any]:
        return {"item": [{"stageName": "prod", "documentationVersion": "7"}, {"stageName": "test"}]}


def test_a_stage_says_which_documentation_it_publishes() -> None:
    collector = REGISTRY.collectors["rest_stages"]
    stages = collector.function(_Answering(), [Api("arn:api", "r1", "shop", "REST")])
    assert [stage.documentation_version for stage in stages] == ["7", None]
