"""Records of what surrounds functions, good and bad ones: variables, concurrency, events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from example_alarms import FUNCTION
from records_workload import DEAD_LETTERS, GONE, HEARD

from compliance.facts.event_sources import (
    AsynchronousFunction,
    EventBus,
    EventInvokeConfig,
    EventSourceMapping,
    Queue,
)
from compliance.facts.functions import (
    FunctionAlias,
    FunctionEnvironment,
    FunctionState,
    ProvisionedConcurrency,
    PublishedVersion,
    ReservedConcurrency,
    Variable,
)
from compliance.facts.state_machines import StateMachine

_ORDERS, _MAILER, _NEW, _COPILOT, _INVENTORY = (
    f"{FUNCTION.arn}{end}" for end in ("", "2", "3", "4", "5")
)
_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:"
_MAPPING = _FUNCTION.replace("function:", "event-source-mapping:")
_SOURCE = DEAD_LETTERS.replace("dead-letters", "source")
_BARE = DEAD_LETTERS.replace("dead-letters", "bare")
_STREAM = _SOURCE.replace("sqs", "kinesis")
_BUS = _SOURCE.replace("sqs", "events").replace("source", "event-bus/default")


def _variables(**values: str) -> dict[str, Variable]:
    return {name: Variable(name, value=value) for name, value in values.items()}


POOL: Mapping[str, Sequence[Any]] = {
    "function_environments": [
        FunctionEnvironment(
            _ORDERS,
            "orders",
            {
                **_variables(ENVIRONMENT="production", STACK_NAME="omnitrack-ai"),
                "API_TOKEN": Variable("API_TOKEN", looks_like="a secret or token"),
            },
        ),
        FunctionEnvironment(
            _MAILER,
            "mailer",
            {
                **_variables(ENVIRONMENT="staging", AWS_ACCOUNT_ID="999999999999"),
                "STACK_NAME": Variable("STACK_NAME", placeholder=True),
            },
        ),
        FunctionEnvironment(_COPILOT, "omnitrack-copilot-message"),
    ],
    "function_states": [
        FunctionState(_COPILOT, "Active"),
        FunctionState(_INVENTORY, "Inactive", "nobody called"),
        FunctionState(f"{_FUNCTION}omnitrack-cognito-pre-signup", "Active"),
        FunctionState(f"{_FUNCTION}omnitrack-cognito-pre-token", "Inactive", "idle"),
    ],
    "reserved_concurrencies": [ReservedConcurrency(_COPILOT, 10)],
    "provisioned_concurrencies": [
        ProvisionedConcurrency(
            _COPILOT, "omnitrack-copilot-message", "live", 10, 0, "FAILED", "no capacity"
        ),
        ProvisionedConcurrency(_COPILOT, "omnitrack-copilot-message", "3", 10, 10, "READY"),
    ],
    "state_machines": [
        StateMachine("arn:states:1", "onboarding", traced=True),
        StateMachine("arn:states:2", "closing", traced=False),
    ],
    "event_source_mappings": [
        EventSourceMapping(f"{_MAPPING}m1", "m1", _ORDERS, "queue", _SOURCE),
        EventSourceMapping(f"{_MAPPING}m2", "m2", _ORDERS, "queue", _BARE),
        EventSourceMapping(
            f"{_MAPPING}m3",
            "m3",
            _MAILER,
            "stream",
            _STREAM,
            on_failure_arn=GONE,
            retries=3,
            age_seconds=60,
        ),
        EventSourceMapping(f"{_MAPPING}m4", "m4", _MAILER, "stream", _STREAM, retries=-1),
        EventSourceMapping(f"{_MAPPING}m5", "m5", _MAILER, "kafka", None, retries=99),
    ],
    "asynchronous_functions": [
        AsynchronousFunction(_ORDERS, "its policy admits s3"),
        AsynchronousFunction(_MAILER, "its policy admits sns"),
        AsynchronousFunction(_NEW, "it received 3 events in 30 days"),
        AsynchronousFunction(_COPILOT, "it has a dead-letter queue"),
    ],
    "event_invoke_configs": [
        EventInvokeConfig(_ORDERS, "$LATEST", 2, 3600, HEARD),
        EventInvokeConfig(_ORDERS, "live", 2, 60),
        EventInvokeConfig(_MAILER, "$LATEST", 0, 7200, _BUS),
        EventInvokeConfig(_MAILER, "live", 0, 60, f"{_ORDERS}:live"),
    ],
    "queues": [Queue(DEAD_LETTERS), Queue(_SOURCE, DEAD_LETTERS, 99), Queue(_BARE)],
    "event_buses": [EventBus(_BUS)],
    "published_versions": [
        PublishedVersion(_ORDERS, 1, "a"),
        PublishedVersion(_ORDERS, 2, "b"),
        PublishedVersion(_MAILER, 1, "a"),
        PublishedVersion(_NEW, 3, "c"),
    ],
    "function_aliases": [
        FunctionAlias(_ORDERS, "live", ("2",)),
        FunctionAlias(_NEW, "live", ("3",)),
    ],
}
RESOURCE_OF = {
    "function_environments": lambda environment: environment.function_arn,
    "function_states": lambda state: state.function_arn,
    "reserved_concurrencies": lambda reserved: reserved.function_arn,
    "provisioned_concurrencies": lambda provisioned: provisioned.function_arn,
    "state_machines": lambda machine: machine.arn,
    "asynchronous_functions": lambda each: each.function_arn,
    "event_invoke_configs": lambda config: config.function_arn,
    "published_versions": lambda version: version.function_arn,
    "function_aliases": lambda alias: alias.function_arn,
}
"""The facts that collectors read resource by resource, and whose resource a record is."""
