"""`compliance redrive`: give what could not be delivered another chance."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from compliance.model import plural
from compliance.printable import printable, shortened
from compliance_cli.failures import CouldNotRun
from compliance_cli.progress import warn
from compliance_cli.run import connect
from compliance_cli.stack import asking_aws, outputs_of, stack_option
from compliance_cli.terminal import print_out, width_for

if TYPE_CHECKING:
    from compliance.sinks.dead_letters import DeadLetter, DeadLetters

__all__ = ["redrive"]

CHANNELS = ("mail", "machines", "slack", "events")

_LEFT = 1


@click.command()
@click.option(
    "--channel",
    "channels",
    multiple=True,
    type=click.Choice(CHANNELS),
    help="Only this channel's dead letters.",
)
@click.option("--dry-run", is_flag=True, help="Tell what waits, and leave it where it is.")
@stack_option
@click.pass_context
def redrive(
    context: click.Context, channels: tuple[str, ...], stack: str, *, dry_run: bool
) -> None:
    """Put undelivered messages back into their channels' queues.

    Mend first what kept them from being delivered. A message that was sent after all is not sent
    again, and none is ever lost: it is deleted only after its queue has taken it.

    \b
    Exit code 0: no undelivered message is left
              1: some are left where they were
              2: nothing could be done; stderr says why
    """  # noqa: D301 -- \b is click's mark for lines that it must not join
    left = 0
    for channel, letters in _queues(stack, channels):
        with asking_aws():
            left += _redrive(channel, letters, dry_run=dry_run)
    context.exit(_LEFT if left else 0)


def _queues(stack: str, channels: Sequence[str]) -> Iterator[tuple[str, DeadLetters]]:
    """The queues of each channel, found before the first of them is touched."""
    from compliance.sinks.dead_letters import DeadLetters  # noqa: PLC0415 -- as boto3 in run

    connection = connect(0)
    try:
        with asking_aws():
            outputs = outputs_of(connection.client("cloudformation"), stack)
        sqs = connection.client("sqs")
        for channel, queue, dead in _urls(outputs, stack, channels):
            yield channel, DeadLetters(sqs, queue, dead)
    finally:
        connection.close()


def _urls(
    outputs: Mapping[str, str], stack: str, channels: Sequence[str]
) -> list[tuple[str, str, str]]:
    """Each channel with its queue and its dead letters; all that the stack has, unless asked for.

    Raises CouldNotRun for a channel that is asked for and is not there, and where none is.
    """
    found = [
        (channel, queue, dead)
        for channel in channels or CHANNELS
        if (queue := outputs.get(f"{channel.capitalize()}QueueUrl"))
        and (dead := outputs.get(f"{channel.capitalize()}DeadLettersUrl"))
    ]
    missing = set(channels) - {channel for channel, _, _ in found}
    if missing:
        message = f"the stack {stack} has no queues for {', '.join(sorted(missing))}"
        raise CouldNotRun(message)
    if not found:
        message = f"the stack {stack} has no outputs MailQueueUrl and others: is it the monitor's?"
        raise CouldNotRun(message)
    return found


def _redrive(channel: str, letters: DeadLetters, *, dry_run: bool) -> int:
    """Tell a channel's dead letters and put them back; how many are left."""
    told = 0
    stuck: list[DeadLetter] = []
    for held in letters.held():
        print_out("".join(f"{line}\n" for line in _lines(channel, held)))
        told += len(held)
        for letter in held:
            problem = None if dry_run else letters.put_back(letter)
            if problem:
                warn(f"{channel}: {problem}")
            if dry_run or problem:
                stuck.append(letter)
    letters.release(stuck)
    print_out(f"{_summary(channel, told, len(stuck), dry_run=dry_run)}\n")
    return len(stuck)


def _summary(channel: str, told: int, stuck: int, *, dry_run: bool) -> str:
    if not told:
        return f"{channel}: nothing waits"
    if dry_run:
        return f"{channel}: {plural(told, 'undelivered message')}"
    left = f"; its queue did not take {stuck:,}, left where they were" if stuck else ""
    return f"{channel}: {told - stuck:,} of {plural(told, 'undelivered message')} put back{left}"


def _lines(channel: str, letters: Sequence[DeadLetter]) -> Iterator[str]:
    width = width_for(sys.stdout)
    for letter in letters:
        message = letter.message
        if message is None:
            yield f"{channel}: {letter.id}: no message of this monitor"
            continue
        said = f"{channel}: [{message.severity}] {message.headline}"
        yield shortened(printable(said), width)
        yield f"    {printable(message.id)}"
