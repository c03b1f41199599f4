"""Three acts on OmniTrack's simulated account, watched by the deployed monitor: `make demo`.

The handlers of template.yaml, the state with its stream, the queues and the senders, and a local
endpoint that stands for Slack and checks what it receives. Exits 1 where what people were told is
not exactly what was done to the account.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from compliance.statements.document import statements_of
from compliance_cli.formats.paper import Paper
from compliance_cli.terminal import colour_for, print_out, width_for
from simulated_account import SimulatedAccount, omnitrack
from simulated_deployment import Deployment
from simulated_slack import SlackEndpoint, readable

BUILD = Path("build/demo")
EVERYTHING = {"families": ["account", "data", "api", "monitoring", "cost", "people"]}


class Monitor:
    """The deployed stack, and what each channel was told since it was last asked."""

    def __init__(self, account: SimulatedAccount, slack: SlackEndpoint) -> None:
        self._stack = Deployment(account, slack_url=slack.url)
        self._slack = slack
        self._told = {"slack": 0, "mail": 0, "machines": 0, "events": 0}

    def state(self, document: dict[str, Any]) -> None:
        """People state what a document holds."""
        self._stack.keep(statements_of(document))

    def run(self) -> dict[str, list[Any]]:
        """One evaluation of everything; what each channel was told of it."""
        self._stack.invoke("EvaluateMonitoring", EVERYTHING)
        self._stack.settle()
        inbox = self._stack.inbox
        everything: dict[str, Sequence[Any]] = {
            "slack": self._slack.posted,
            "mail": inbox.mails,
            "machines": inbox.documents,
            "events": inbox.events,
        }
        new = {name: list(all_[self._told[name] :]) for name, all_ in everything.items()}
        self._told = {name: len(all_) for name, all_ in everything.items()}
        return new


def main() -> int:
    """Play the acts; 0 where each channel was told exactly what was done."""
    with SimulatedAccount() as account, SlackEndpoint() as slack:
        omnitrack.seed(account)
        began = datetime.now(UTC)
        monitor = Monitor(account, slack)
        monitor.state(omnitrack.stated(began))
        # Over before the second act, however fast the first is played.
        ends = began + timedelta(seconds=30)
        monitor.state(omnitrack.ending(began, ends))

        _act(1, "the first evaluation", "By hand, read-only, with `compliance run`:")
        _compliance(account)
        _say("", "And by the deployed monitor, which sees all of it for the first time:", "")
        first = monitor.run()
        _show(first)

        _act(
            2,
            "somebody means well",
            "The retention of a log group is unset, an alarm loses its action, and the backups of "
            "a table are switched off. And somebody's exception for another log group ends.",
        )
        done = omnitrack.drift(account)
        time.sleep(max(0.0, (ends - datetime.now(UTC)).total_seconds()))
        drifted = monitor.run()
        _show(drifted)
        _say("The first of them as a mail:", "")
        _verbatim(f"Subject: {drifted['mail'][0].subject}\n\n{drifted['mail'][0].body}")
        unchanged = monitor.run()
        _say("", f"A quarter of an hour later, nothing new: {_counts(unchanged)}.")

        _act(3, "the repair", "All three are undone.")
        omnitrack.repair(account)
        recovered = monitor.run()
        _show(recovered)

        BUILD.mkdir(parents=True, exist_ok=True)
        paths = [BUILD / "report.json", BUILD / "report.html"]
        for path in paths:
            _compliance(account, "--output", str(path))

    begun = done | {omnitrack.ENDING_FAULT}
    mistakes = [
        *_mistakes("the first evaluation", first, "enrolled", frozenset(), messages=1),
        *_mistakes("the drift", drifted, "drifted", begun, messages=_items(begun)),
        *_mistakes("the run without change", unchanged, "", frozenset(), messages=0),
        *_mistakes("the repair", recovered, "recovered", done, messages=_items(done)),
    ]
    _ending(paths, mistakes)
    return 1 if mistakes else 0


def _items(offences: frozenset[omnitrack.Fault]) -> int:
    return len({item for item, _, _ in offences})


def _mistakes(
    run: str,
    told: dict[str, list[Any]],
    kind: str,
    offences: frozenset[omnitrack.Fault],
    *,
    messages: int,
) -> list[str]:
    """Whatever was told too much, too little or twice, on any channel."""
    documents = told["machines"]
    found = {
        (document["item"], offence["resource"], offence["fault"])
        for document in documents
        for offence in document["offences"]
    }
    mistakes = []
    if found != offences:
        mistakes.append(f"{run} told or left out {sorted(found ^ offences)}")
    if any(document["kind"] != kind for document in documents):
        mistakes.append(f"{run} told something that is not {kind}")
    mistakes += [
        f"{run} sent {len(sent)} messages to {channel}, not {messages}"
        for channel, sent in told.items()
        if len(sent) != messages
    ]
    return mistakes


def _compliance(account: SimulatedAccount, *arguments: str) -> None:
    """`compliance run` as a user runs it; a simulated account has no quota to be spared."""
    command = [str(Path(sys.executable).with_name("compliance")), "run", "--rate-share", "0"]
    sys.stdout.flush()
    subprocess.run(  # noqa: S603 -- our own command
        [*command, *arguments],
        env=os.environ | account.environment,
        check=False,
        stderr=subprocess.DEVNULL,
    )


def _paper() -> Paper:
    return Paper(width_for(sys.stdout), colour=colour_for(sys.stdout))


def _act(number: int, title: str, story: str) -> None:
    paper = _paper()
    paper.blank()
    paper.line((f"━━ ACT {number}: {title} ", "bold"), ("━" * 20, "dim"))
    paper.line(story)
    paper.blank()
    print_out(paper.text())


def _say(*lines: str) -> None:
    paper = _paper()
    for line in lines:
        if line:
            paper.line(line)
        else:
            paper.blank()
    print_out(paper.text())


def _verbatim(text: str) -> None:
    paper = _paper()
    for line in text.splitlines():
        paper.verbatim(line, indent=4)
    print_out(paper.text())


def _show(told: dict[str, list[Any]]) -> None:
    """What Slack shows, and how many got the same elsewhere."""
    for payload in told["slack"]:
        _verbatim(readable(payload))
        _say("")
    _say(f"Sent: {_counts(told)}.", "")


def _counts(told: dict[str, list[Any]]) -> str:
    return ", ".join(f"{len(messages)} to {channel}" for channel, messages in told.items())


def _ending(paths: Iterable[Path], mistakes: Sequence[str]) -> None:
    paper = _paper()
    paper.blank()
    for mistake in mistakes:
        paper.line(("NOT as done: ", "bold red"), mistake)
    if not mistakes:
        paper.line("Every channel was told exactly what was done to the account, each item once.")
    paper.blank()
    paper.line("The report after the repair: " + " and ".join(str(path) for path in paths))
    paper.line("On a real account, read-only:")
    paper.verbatim("AWS_PROFILE=... AWS_REGION=us-east-1 .venv/bin/compliance run", indent=4)
    print_out(paper.text())


if __name__ == "__main__":
    sys.exit(main())
