"""What surrounds the functions: events and their failures, warm instances, the network, traces."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulated_account.omnitrack.place import ACCOUNT_ID, REGION, STACK, Fault, arn
from simulated_account.omnitrack.workload import ALERTS_TOPIC, RUNBOOKS, STAGE

if TYPE_CHECKING:
    from datetime import datetime

    from simulated_account.account import SimulatedAccount

STAGING_FUNCTION = "omnitrack-csv-exporter"
LARGE_FUNCTION = "omnitrack-document-parser"
TELLING_FUNCTION = "omnitrack-carrier-webhook"
UNTRACED_FUNCTION = "omnitrack-inventory-sync"
ONE_ZONE_FUNCTION = "omnitrack-api-inventory"
LOSING_FUNCTION = "omnitrack-notification-sender"
UNTRACED_MACHINE = "omnitrack-nightly-close"
UNEXPLAINED_ALARM = "omnitrack-copilot-message-duration"

COPILOT = "omnitrack-copilot-message"
FAILURES = "omnitrack-failures"
INTAKE = "omnitrack-order-intake"
REPORTS = "omnitrack-report-builder"


def _function(name: str) -> str:
    return arn("lambda", f"function:{name}")


FAULTS: frozenset[Fault] = frozenset(
    {
        ("environment.environment-name", _function(STAGING_FUNCTION), "other-environment"),
        ("lambda.memory", _function(LARGE_FUNCTION), "too-much"),
        ("lambda.environment-variables", _function(TELLING_FUNCTION), "secret:CARRIER_API_TOKEN"),
        ("lambda.tracing", _function(UNTRACED_FUNCTION), "not-traced"),
        ("xray.tracing", _function(UNTRACED_FUNCTION), "not-traced"),
        (
            "xray.tracing",
            arn("states", f"stateMachine:{UNTRACED_MACHINE}"),
            "state-machine-not-traced",
        ),
        ("lambda.vpc", _function(ONE_ZONE_FUNCTION), "one-zone"),
        (
            "cloudwatch.log-groups",
            arn("logs", "log-group:/aws/lambda/omnitrack-quarterly-archiver"),
            "no-log-group",
        ),
        ("lambda-errors.dead-letter-queues", _function(LOSING_FUNCTION), "no-failure-target"),
        ("lambda-errors.retry-policies", _function(LOSING_FUNCTION), "retried-too-long"),
        ("technical-docs.runbook", arn("cloudwatch", f"alarm:{UNEXPLAINED_ALARM}"), "no-runbook"),
    }
)


def seed(account: SimulatedAccount, now: datetime) -> None:
    """Ages are counted from `now`."""
    _seed_settings(account)
    _seed_failures(account)
    account.data.cloudwatch.add_metric(
        REGION,
        "AWS/Lambda",
        "AsyncEventsReceived",
        {"FunctionName": REPORTS},
        3100,
        at=now - timedelta(days=2),
    )
    _seed_state_machines(account)
    _seed_runbooks(account)
    rest = account.client("apigateway")
    for api in rest.get_rest_apis()["items"]:
        traced = {"op": "replace", "path": "/tracingEnabled", "value": "true"}
        rest.update_stage(restApiId=api["id"], stageName=STAGE, patchOperations=[traced])


def _seed_settings(account: SimulatedAccount) -> None:
    functions = account.client("lambda")
    told = {"ENVIRONMENT": "production", "STACK_NAME": STACK}
    for name, changes in (
        (LARGE_FUNCTION, {"MemorySize": 1024}),
        (UNTRACED_FUNCTION, {"TracingConfig": {"Mode": "PassThrough"}}),
        (STAGING_FUNCTION, {"Environment": {"Variables": {**told, "ENVIRONMENT": "staging"}}}),
        (
            TELLING_FUNCTION,
            {"Environment": {"Variables": {**told, "CARRIER_API_TOKEN": _simulated_token()}}},
        ),
        (
            COPILOT,
            {
                "VpcConfig": _network(account, "a", "b"),
                "Environment": {"Variables": {**told, "AWS_ACCOUNT_ID": ACCOUNT_ID}},
            },
        ),
        (ONE_ZONE_FUNCTION, {"VpcConfig": _network(account, "a")}),
    ):
        functions.update_function_configuration(FunctionName=name, **changes)
    version = functions.publish_version(FunctionName=COPILOT)["Version"]
    functions.create_alias(FunctionName=COPILOT, Name="live", FunctionVersion=version)
    functions.put_provisioned_concurrency_config(
        FunctionName=COPILOT, Qualifier="live", ProvisionedConcurrentExecutions=10
    )


def _simulated_token() -> str:
    """Long and mixed, as a carrier would hand it out; it opens nothing."""
    return "".join(f"{letter}{at}" for at, letter in enumerate("simulatedtoken"))


def _network(account: SimulatedAccount, *zones: str) -> dict[str, list[str]]:
    """Subnets of the caches' own network, in zones of the region."""
    ec2 = account.client("ec2")
    subnets = ec2.describe_subnets(
        Filters=[{"Name": "availability-zone", "Values": [f"{REGION}{zone}" for zone in zones]}]
    )["Subnets"]
    by_zone = {subnet["AvailabilityZone"]: subnet["SubnetId"] for subnet in subnets}
    return {"SubnetIds": sorted(by_zone.values()), "SecurityGroupIds": ["sg-04d1c7a96be3f5820"]}


def _seed_failures(account: SimulatedAccount) -> None:
    """Orders wait in a queue, shipments come as a stream, files and notifications as events."""
    sqs, functions = account.client("sqs"), account.client("lambda")
    tags = {"application": "omnitrack", "Environment": "production"}
    sqs.create_queue(QueueName=FAILURES, tags=tags)
    failures = arn("sqs", FAILURES)
    redrive = {"deadLetterTargetArn": failures, "maxReceiveCount": 5}
    sqs.create_queue(
        QueueName="omnitrack-orders",
        Attributes={"RedrivePolicy": json.dumps(redrive)},
        tags=tags,
    )
    functions.create_event_source_mapping(
        FunctionName=INTAKE, EventSourceArn=arn("sqs", "omnitrack-orders")
    )
    for name, service in (
        ("omnitrack-document-parser", "s3"),
        (LOSING_FUNCTION, "sns"),
    ):
        functions.add_permission(
            FunctionName=name,
            StatementId=f"from-{service}",
            Action="lambda:InvokeFunction",
            Principal=f"{service}.amazonaws.com",
        )
    kept = {"OnFailure": {"Destination": failures}}
    for name in ("omnitrack-document-parser", REPORTS):
        functions.put_function_event_invoke_config(
            FunctionName=name,
            MaximumRetryAttempts=2,
            MaximumEventAgeInSeconds=3600,
            DestinationConfig=kept,
        )


def _seed_state_machines(account: SimulatedAccount) -> None:
    states = account.client("stepfunctions")
    definition: dict[str, Any] = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    for name, traced in (("omnitrack-onboarding", True), (UNTRACED_MACHINE, False)):
        states.create_state_machine(
            name=name,
            definition=json.dumps(definition),
            roleArn=f"arn:aws:iam::{ACCOUNT_ID}:role/omnitrack-functions",
            tracingConfiguration={"enabled": traced},
        )


def _seed_runbooks(account: SimulatedAccount) -> None:
    """Every alarm that tells the alert topic, but one, says what to do."""
    described = (
        account.client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    )
    for alarm in (
        alarm for page in described for alarm in (*page["MetricAlarms"], *page["CompositeAlarms"])
    ):
        name, said = alarm["AlarmName"], alarm.get("AlarmDescription", "")
        tells = arn("sns", ALERTS_TOPIC) in alarm["AlarmActions"]
        if tells and name != UNEXPLAINED_ALARM and RUNBOOKS not in said:
            account.data.cloudwatch.set_description(
                REGION, name, f"{said} {RUNBOOKS}{name}".strip()
            )
