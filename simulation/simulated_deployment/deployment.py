"""The stack, made in a simulated account from its own template, and AWS's part in running it.

Functions run in this process, each with the environment that the template gives it and nothing
else; event source mappings are followed when `settle` is called.
"""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import io
import json
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from compliance.sinks.statements import append
from compliance.statements.document import identified
from simulated_deployment.inbox import Inbox
from simulated_deployment.template import TEMPLATE, Resolver, load_template

if TYPE_CHECKING:
    from compliance.statements.records import Statement
    from simulated_account import SimulatedAccount

__all__ = ["Deployment", "Invocation"]

_ROOT = TEMPLATE.parent
_LAYER = "/opt/python/"
_SECRET = "omnitrack/slack"  # noqa: S105 -- a secret's name
_MOST_ROUNDS = 100
_COLLECTED_IN = timedelta(minutes=3)
"""What is not critical waits two minutes for more, and at most another for the sweep."""


STACK_TAGS = {"application": "omnitrack-compliance", "environment": "production"}
"""What CloudFormation puts on all resources of the stack, as samconfig.toml says for production."""


@dataclass(frozen=True)
class Invocation:
    """What one invocation answered, and what it wrote to its log."""

    function: str
    event: Mapping[str, Any]
    answer: Any
    lines: tuple[str, ...]

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """The metrics that CloudWatch would take from the log, an object each."""
        found = [json.loads(line) for line in self.lines if line.startswith("{")]
        return [each for each in found if "_aws" in each]


@dataclass
class _Context:
    """What Lambda tells a function about its invocation."""

    function_name: str
    invoked_function_arn: str
    timeout: int
    memory_limit_in_mb: int
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: float = field(default_factory=time.monotonic)
    function_version: str = "$LATEST"
    log_group_name: str = ""
    log_stream_name: str = ""

    def get_remaining_time_in_millis(self) -> int:
        """What is left of the function's time."""
        return int(1000 * (self.timeout - (time.monotonic() - self.started)))


class Deployment:
    """The stack `omnitrack-compliance` in an account. With `slack_url` it has a Slack channel."""

    def __init__(
        self,
        account: SimulatedAccount,
        *,
        slack_url: str | None = None,
        stack: str = "omnitrack-compliance",
    ) -> None:
        """Makes the tables, queues, topics and the secret; runs nothing yet."""
        self.account = account
        self.ahead = timedelta()
        """How far the functions' clock is ahead: time passes where a test says so."""
        self.invocations: list[Invocation] = []
        self._template = load_template()
        self._resources: dict[str, Any] = self._template["Resources"]
        parameters = {"SlackSecretName": _SECRET} if slack_url else {}
        pseudo = {
            "AWS::AccountId": account.account_id,
            "AWS::Region": account.region,
            "AWS::Partition": "aws",
            "AWS::StackName": stack,
            "AWS::URLSuffix": "amazonaws.com",
        }
        self._resolver = Resolver(self._template, parameters, pseudo)
        if slack_url:
            account.client("secretsmanager").create_secret(Name=_SECRET, SecretString=slack_url)
        self._make_key()
        for name in self._all("AWS::DynamoDB::Table"):
            self._make_table(name)
        for name in sorted(
            self._all("AWS::SQS::Queue"), key=lambda n: "RedrivePolicy" in str(self._resources[n])
        ):
            self._make_queue(name)
        for name in self._all("AWS::SNS::Topic"):
            self._make_topic(name)
        self._make_stack(stack)
        self._handlers: dict[str, Any] = {}
        self._shard_iterators: dict[str, str] = {}
        self.inbox = Inbox(
            account,
            self._resolver.references["AlertsTopic"],
            self._resolver.references["MachinesTopic"],
            self._resolver.references["EventBusName"],
        )

    # --- what a caller does

    def invoke(self, function: str, event: Mapping[str, Any] | None = None) -> Invocation:
        """Run a function by its name in the template; without an event, as its schedule does."""
        asked = dict(event if event is not None else self._scheduled(function))
        context = self._context(function)
        out = io.StringIO()
        with self._environment(function), contextlib.redirect_stdout(out):
            handler = self._handler(function)
            answer = handler(asked, context)
        lines = tuple(out.getvalue().splitlines())
        invocation = Invocation(function, asked, answer, lines)
        self.invocations.append(invocation)
        return invocation

    def keep(self, statements: Iterable[Statement]) -> None:
        """What people stated, kept as if each had stated it, or had imported a reviewed file."""
        table = self._resolver.references["StatementsTable"]
        dynamodb = self.account.client("dynamodb")
        for each in statements:
            by = each.author.user_id or "AROAEXAMPLE:importer"
            append(dynamodb, table, by, [replace(each, id=identified(each))])

    def settle(self, *, wake: bool = True, collect: bool = True) -> None:
        """Follow the stream and the queues until nothing is left to hand over.

        `wake` False loses the stream's records. A record that a function failed on is handed over
        again at once, up to its queue's maxReceiveCount. Then the time passes that changes wait for
        each other, and a sweep tells them, unless `collect` is False.
        """
        self._follow(wake=wake)
        if wake and collect:
            self.ahead += _COLLECTED_IN
            self.sweep()
            self._follow(wake=wake)

    def _follow(self, *, wake: bool) -> None:
        for _ in range(_MOST_ROUNDS):
            records = self.stream_records()
            woken = wake and bool(records)
            if woken:
                self.invoke("Notify", {"Records": records})
            if not any(self.deliver(name) for name in self._delivering()) and not woken:
                break
        self.inbox.read()

    def sweep(self) -> Invocation:
        """The sweep, as its schedule runs it."""
        return self.invoke("Notify", {"sweep": True})

    def queue_url(self, name: str) -> str:
        """The URL of a queue by its name in the template."""
        return self._resolver.references[name]

    @property
    def table(self) -> str:
        """The state table's name."""
        return self._resolver.references["StateTable"]

    def functions(self) -> list[str]:
        """Every function that the stack has, by its name in the template."""
        return list(self._all("AWS::Serverless::Function"))

    def environment_of(self, function: str) -> dict[str, str]:
        """The variables that the template gives a function, pointed at the simulated account."""
        shared = self._template["Globals"]["Function"]["Environment"]["Variables"]
        own = self._resources[function]["Properties"].get("Environment", {}).get("Variables", {})
        variables: dict[str, str] = self._resolver.resolved({**shared, **own})
        baseline = variables["COMPLIANCE_BASELINE"].removeprefix(_LAYER)
        return {
            **variables,
            **self.account.environment,
            "COMPLIANCE_BASELINE": str(_ROOT / "layers/compliance" / baseline),
            "COMPLIANCE_RATE_SHARE": "0",
            "POWERTOOLS_TRACE_DISABLED": "true",
        }

    # --- what AWS does

    def _all(self, kind: str) -> Iterator[str]:
        for name, resource in self._resources.items():
            if resource["Type"] == kind and self._resolver.holds(resource.get("Condition")):
                yield name

    def _make_stack(self, name: str) -> None:
        """The stack as others find it: its name and its outputs."""
        outputs = {}
        for key, output in self._template["Outputs"].items():
            if self._resolver.holds(output.get("Condition")):
                # Functions and policies are not made here: nobody asks for their outputs.
                with contextlib.suppress(KeyError):
                    outputs[key] = {"Value": self._resolver.resolved(output["Value"])}
        # moto knows few types of resources; this one nobody judges.
        properties = {"Name": f"/{name}/stack", "Type": "String", "Value": name}
        note = {"Type": "AWS::SSM::Parameter", "Properties": properties}
        self.account.client("cloudformation").create_stack(
            StackName=name,
            TemplateBody=json.dumps({"Resources": {"Note": note}, "Outputs": outputs}),
            Tags=_tags(STACK_TAGS),
        )

    def _make_key(self) -> None:
        kms = self.account.client("kms")
        tags = [{"TagKey": key, "TagValue": value} for key, value in STACK_TAGS.items()]
        arn = kms.create_key(Tags=tags)["KeyMetadata"]["Arn"]
        if self._resources["Key"]["Properties"].get("EnableKeyRotation"):
            kms.enable_key_rotation(KeyId=arn)
        self._resolver.references["Key"] = arn.rpartition("/")[2]
        self._resolver.attributes["Key.Arn"] = arn

    def _make_table(self, name: str) -> None:
        properties = self._resolver.resolved(self._resources[name]["Properties"])
        wanted = ("TableName", "AttributeDefinitions", "KeySchema", "BillingMode")
        request = {key: properties[key] for key in wanted if key in properties}
        if "GlobalSecondaryIndexes" in properties:
            request["GlobalSecondaryIndexes"] = properties["GlobalSecondaryIndexes"]
        if stream := properties.get("StreamSpecification"):
            request["StreamSpecification"] = {"StreamEnabled": True, **stream}
        if encryption := properties.get("SSESpecification"):
            request["SSESpecification"] = {
                "Enabled": encryption["SSEEnabled"],
                "SSEType": encryption["SSEType"],
                "KMSMasterKeyId": encryption["KMSMasterKeyId"],
            }
        request["Tags"] = _tags(STACK_TAGS)
        request.setdefault("TableName", f"{self._resolver.references['AWS::StackName']}-{name}")
        dynamodb = self.account.client("dynamodb")
        table = dynamodb.create_table(**request)["TableDescription"]
        if recovery := properties.get("PointInTimeRecoverySpecification"):
            dynamodb.update_continuous_backups(
                TableName=table["TableName"], PointInTimeRecoverySpecification=recovery
            )
        self._resolver.references[name] = table["TableName"]
        self._resolver.attributes[f"{name}.Arn"] = table["TableArn"]
        if "LatestStreamArn" in table:
            self._resolver.attributes[f"{name}.StreamArn"] = table["LatestStreamArn"]

    def _make_queue(self, name: str) -> None:
        properties = self._resolver.resolved(self._resources[name]["Properties"])
        attributes = {
            key: json.dumps(value) if isinstance(value, dict) else str(value)
            for key, value in properties.items()
            if key in {"VisibilityTimeout", "MessageRetentionPeriod", "RedrivePolicy"}
        }
        sqs = self.account.client("sqs")
        url = sqs.create_queue(QueueName=properties["QueueName"], Attributes=attributes)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        self._resolver.references[name] = url
        self._resolver.attributes[f"{name}.Arn"] = arn["Attributes"]["QueueArn"]
        self._resolver.attributes[f"{name}.QueueName"] = properties["QueueName"]

    def _make_topic(self, name: str) -> None:
        properties = self._resolver.resolved(self._resources[name]["Properties"])
        tags = _tags(STACK_TAGS)
        topic = self.account.client("sns").create_topic(Name=properties["TopicName"], Tags=tags)
        arn = topic["TopicArn"]
        self._resolver.references[name] = arn

    def _scheduled(self, function: str) -> dict[str, Any]:
        target = f"{function}.Arn"
        for name in self._all("AWS::Scheduler::Schedule"):
            given = self._resources[name]["Properties"]["Target"]
            if getattr(given["Arn"], "given", None) == target:
                asked: dict[str, Any] = json.loads(given["Input"])
                return asked
        message = f"no schedule runs {function}"
        raise LookupError(message)

    def _context(self, function: str) -> _Context:
        properties = self._resources[function]["Properties"]
        shared = self._template["Globals"]["Function"]
        name = self._resolver.resolved(properties["FunctionName"])
        return _Context(
            function_name=name,
            invoked_function_arn=(
                f"arn:aws:lambda:{self.account.region}:{self.account.account_id}:function:{name}"
            ),
            timeout=properties.get("Timeout", shared["Timeout"]),
            memory_limit_in_mb=properties.get("MemorySize", shared["MemorySize"]),
        )

    @contextlib.contextmanager
    def _environment(self, function: str) -> Iterator[None]:
        """Only what the template declares, as in Lambda; and the path, which Python needs."""
        before = dict(os.environ)
        kept = {name: value for name, value in before.items() if name in {"PATH", "HOME", "LANG"}}
        os.environ.clear()
        os.environ.update(kept | self.environment_of(function))
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def _handler(self, function: str) -> Any:
        """The function's own copy of its module: functions of one folder share no state."""
        if function not in self._handlers:
            folder = self._resources[function]["Properties"]["CodeUri"]
            path = _ROOT / folder / "app.py"
            spec = importlib.util.spec_from_file_location(f"deployed_{function}", path)
            if spec is None or spec.loader is None:
                raise FileNotFoundError(path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            if hasattr(module, "datetime"):
                vars(module)["datetime"] = _clock_of(self)
            self._handlers[function] = module.handler
        return self._handlers[function]

    def stream_records(self) -> list[dict[str, Any]]:
        """What the state's stream has that the mapping's filter lets through."""
        streams = self.account.client("dynamodbstreams")
        arn = self._resolver.attributes["StateTable.StreamArn"]
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        if shard not in self._shard_iterators:
            self._shard_iterators[shard] = streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
        answer = streams.get_records(ShardIterator=self._shard_iterators[shard])
        self._shard_iterators[shard] = answer["NextShardIterator"]
        mapping = self._resources["Notify"]["Properties"]["Events"]["FinishedRuns"]["Properties"]
        patterns = [json.loads(f["Pattern"]) for f in mapping["FilterCriteria"]["Filters"]]
        records = [_as_event(record, arn) for record in answer["Records"]]
        return [r for r in records if any(_matches(pattern, r) for pattern in patterns)]

    def _delivering(self) -> list[str]:
        return [name for name in self.functions() if name.startswith("Deliver")]

    def deliver(self, function: str) -> bool:
        """Hand one batch of its queue to a function; what it failed on stays in the queue."""
        mapping = self._resources[function]["Properties"]["Events"]["Messages"]["Properties"]
        arn = self._resolver.resolved(mapping["Queue"])
        sqs = self.account.client("sqs")
        url = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
        messages = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(10, mapping.get("BatchSize", 10)),
            AttributeNames=["All"],
        ).get("Messages", [])
        if not messages:
            return False
        records = [_as_record(message, arn, self.account.region) for message in messages]
        answer = self.invoke(function, {"Records": records}).answer
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        for message in messages:
            handle = message["ReceiptHandle"]
            if message["MessageId"] in failed:
                sqs.change_message_visibility(
                    QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0
                )
            else:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
        return True


def _clock_of(deployment: Deployment) -> type[datetime]:
    """The time as a deployment's functions see it."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # a plain one is enough
            return datetime.now(tz) + deployment.ahead

    return Clock


def _as_event(record: Mapping[str, Any], arn: str) -> dict[str, Any]:
    """A stream's record as Lambda hands it over: times as numbers, bytes as base64."""
    plain: dict[str, Any] = json.loads(json.dumps(record, default=_encoded))
    return {**plain, "eventSourceARN": arn}


def _encoded(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.timestamp()


def _as_record(message: Mapping[str, Any], arn: str, region: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": region,
    }


def _matches(pattern: Any, value: Any) -> bool:
    """EventBridge's patterns, as far as the template uses them: any of a list of values."""
    if isinstance(pattern, list):
        return value in pattern
    return isinstance(value, dict) and all(_matches(p, value.get(k)) for k, p in pattern.items())


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
