"""`compliance redrive`: dead letters get another chance, and none is ever lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from compliance.messages import Message, Origin
from compliance.sinks.telling import envelope
from compliance_cli.failures import CouldNotRun
from compliance_cli.redrive import redrive
from simulated_account import AccessDenied, InternalFailure, SimulatedAccount

STACK = "omnitrack-compliance"
CHANNELS = ("mail", "machines", "slack", "events")
ORIGIN = Origin("omnitrack", "production", "123456789012", "us-east-1", "run-1")

Redrive = Callable[..., Result]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedAccount]:
    """An account with the monitor's queues, and a stack whose outputs name them."""
    with SimulatedAccount() as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        outputs, resources = {}, {}
        for channel in CHANNELS:
            for kind in ("Queue", "DeadLetters"):
                name = f"{channel.capitalize()}{kind}"
                resources[name] = {
                    "Type": "AWS::SQS::Queue",
                    "Properties": {"QueueName": f"{channel}{kind}"},
                }
                outputs[f"{name}Url"] = {"Value": {"Ref": name}}
        running.client("cloudformation").create_stack(
            StackName=STACK,
            TemplateBody=json.dumps({"Resources": resources, "Outputs": outputs}),
        )
        yield running


@pytest.fixture
def run(account: SimulatedAccount) -> Redrive:
    del account

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(redrive, arguments, standalone_mode=True)

    return invoke


def url(account: SimulatedAccount, channel: str, kind: str = "DeadLetters") -> str:
    answer = account.client("sqs").get_queue_url(QueueName=f"{channel}{kind}")
    return str(answer["QueueUrl"])


def body(number: int, channel: str = "slack") -> str:
    told = Message(
        id=f"run-1/item-{number}#drifted#2",
        kind="drifted",
        origin=ORIGIN,
        at="2026-03-01T14:15:09+00:00",
        item="cloudwatch.log-retention",
        section="cloudwatch",
        severity="critical",
        title="Every log group keeps its events",
        headline=f"group-{number}: never expires \x1b[2J",
    )
    return envelope(channel, told, {"pk": "pk", "sk": f"sk-{number}"})


def bury(account: SimulatedAccount, channel: str, *bodies: str, **attributes: Any) -> None:
    for each in bodies:
        account.client("sqs").send_message(
            QueueUrl=url(account, channel), MessageBody=each, **attributes
        )


def contents(account: SimulatedAccount, channel: str, kind: str) -> list[str]:
    found: list[str] = []
    queue = url(account, channel, kind)
    while (
        page := account.client("sqs")
        .receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=300)
        .get("Messages")
    ):
        found += [each["Body"] for each in page]
    return sorted(found)


def test_dead_letters_go_back_to_their_own_queue(account: SimulatedAccount, run: Redrive) -> None:
    bury(account, "slack", *map(body, range(25)))
    bury(account, "mail", body(1, "mail"))
    done = run()
    assert done.exit_code == 0
    assert contents(account, "slack", "Queue") == sorted(map(body, range(25)))
    assert contents(account, "mail", "Queue") == [body(1, "mail")]
    assert contents(account, "slack", "DeadLetters") == []
    assert "slack: 25 of 25 undelivered messages put back" in done.output
    assert "events: nothing waits" in done.output


def test_each_is_named_with_nothing_that_a_terminal_obeys(
    account: SimulatedAccount, run: Redrive
) -> None:
    bury(account, "slack", body(1))
    output = run("--channel", "slack").output
    assert "slack: [critical] group-1: never expires \\x1b[2J" in output
    assert "run-1/item-1#drifted#2" in output
    assert "\x1b" not in output


def test_a_dry_run_tells_and_leaves_everything_where_it_is(
    account: SimulatedAccount, run: Redrive
) -> None:
    bury(account, "slack", *map(body, range(12)))
    done = run("--dry-run")
    assert done.exit_code == 1
    assert "slack: 12 undelivered messages" in done.output
    assert contents(account, "slack", "DeadLetters") == sorted(map(body, range(12)))
    assert contents(account, "slack", "Queue") == []


def test_only_the_channel_that_is_asked_for(account: SimulatedAccount, run: Redrive) -> None:
    bury(account, "slack", body(1))
    bury(account, "mail", body(2, "mail"))
    assert run("--channel", "mail").exit_code == 0
    assert contents(account, "slack", "DeadLetters") == [body(1)]
    assert contents(account, "mail", "Queue") == [body(2, "mail")]


def test_what_is_no_message_goes_back_too(account: SimulatedAccount, run: Redrive) -> None:
    attributes = {"trace": {"DataType": "String", "StringValue": "kept"}}
    bury(account, "slack", "poison", MessageAttributes=attributes)
    done = run("--channel", "slack")
    assert "no message of this monitor" in done.output
    answer = account.client("sqs").receive_message(
        QueueUrl=url(account, "slack", "Queue"), MessageAttributeNames=["All"]
    )
    [found] = answer["Messages"]
    assert found["Body"] == "poison"
    assert found["MessageAttributes"]["trace"]["StringValue"] == "kept"


@pytest.mark.parametrize("error", [AccessDenied, InternalFailure])
def test_what_its_queue_does_not_take_stays(
    account: SimulatedAccount, run: Redrive, error: Any
) -> None:
    bury(account, "slack", *map(body, range(3)))
    account.fail("sqs", "SendMessage", error)
    done = run("--channel", "slack")
    account.heal()
    assert done.exit_code == 1
    assert "left where they were" in done.output
    assert contents(account, "slack", "DeadLetters") == sorted(map(body, range(3)))


def test_some_that_the_queue_does_not_take_do_not_keep_the_others(
    account: SimulatedAccount, run: Redrive
) -> None:
    bury(account, "slack", *map(body, range(5)))
    account.fail("sqs", "SendMessage", AccessDenied, when=lambda p: "item-3#" in p["MessageBody"])
    assert run("--channel", "slack").exit_code == 1
    account.heal()
    assert contents(account, "slack", "DeadLetters") == [body(3)]
    assert len(contents(account, "slack", "Queue")) == 4


def test_a_crash_between_send_and_delete_loses_nothing(
    account: SimulatedAccount, run: Redrive
) -> None:
    bury(account, "slack", body(1))
    account.fail("sqs", "DeleteMessage", AccessDenied)
    assert run("--channel", "slack").exit_code == 2
    account.heal()
    assert contents(account, "slack", "Queue") == [body(1)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--stack", "no-such-stack"), "no-such-stack"),
        (("--channel", "pager"), "'pager' is not one of"),
    ],
)
def test_what_cannot_run_says_why(run: Redrive, arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.exit_code == CouldNotRun.exit_code
    assert said in done.output


def test_a_stack_of_somebody_else_is_not_touched(account: SimulatedAccount, run: Redrive) -> None:
    account.client("cloudformation").create_stack(
        StackName="other",
        TemplateBody=json.dumps(
            {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}}}
        ),
    )
    done = run("--stack", "other")
    assert done.exit_code == 2
    assert "is it the monitor's?" in done.output


def test_a_stack_without_slack_has_the_other_channels(
    account: SimulatedAccount, run: Redrive
) -> None:
    names = ("MailQueue", "MailDeadLetters")
    template = {
        "Resources": {
            name: {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"other-{name}"}}
            for name in names
        },
        "Outputs": {f"{name}Url": {"Value": {"Ref": name}} for name in names},
    }
    account.client("cloudformation").create_stack(
        StackName="other", TemplateBody=json.dumps(template)
    )
    done = run("--stack", "other")
    assert (done.exit_code, done.output) == (0, "mail: nothing waits\n")
    done = run("--stack", "other", "--channel", "slack")
    assert done.exit_code == 2
    assert "has no queues for slack" in done.output
