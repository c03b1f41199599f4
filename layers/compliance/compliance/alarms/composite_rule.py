"""The rule of a composite alarm, parsed, so that it can be asked which alarms fire it alone.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["Rule", "RuleError", "parse"]

_TOKEN = re.compile(r'\s*(?:(?P<mark>[(),])|"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<word>[^\s(),"]+))')
_STATES = frozenset({"ALARM", "OK", "INSUFFICIENT_DATA"})
_DEEPEST = 100

Condition = Callable[[frozenset[str]], bool]


class RuleError(ValueError):
    """The rule is not one that AWS would accept, or is beyond what this parser knows."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A parsed rule. `mentions` are the alarms by name; an ARN counts as the name in it."""

    mentions: frozenset[str]
    _condition: Condition

    def fires(self, in_alarm: frozenset[str]) -> bool:
        """Whether the rule holds when exactly these alarms are in ALARM and all others are OK."""
        return self._condition(in_alarm)


def parse(text: str) -> Rule:
    """The rule in `text`. Raises RuleError."""
    parser = _Parser(text)
    condition = parser.any_of()
    parser.end()
    return Rule(frozenset(parser.mentions), condition)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            message = f"cannot read the rule at {text[at : at + 20]!r}"
            raise RuleError(message)
        kind = str(found.lastgroup)
        value = found[kind]
        yield kind, re.sub(r"\\(.)", r"\1", value) if kind == "quoted" else value
        at = found.end()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = [*_tokens(text), ("end", "")]
        self._at = 0
        self._depth = 0
        self.mentions: set[str] = set()

    def any_of(self) -> Condition:
        terms = [self._all_of()]
        while self._word("OR"):
            terms.append(self._all_of())
        return terms[0] if len(terms) == 1 else lambda on: any(term(on) for term in terms)

    def end(self) -> None:
        if self._tokens[self._at][0] != "end":
            message = f"did not expect {self._tokens[self._at][1]!r} in the rule"
            raise RuleError(message)

    def _all_of(self) -> Condition:
        terms = [self._term()]
        while self._word("AND"):
            terms.append(self._term())
        return terms[0] if len(terms) == 1 else lambda on: all(term(on) for term in terms)

    def _term(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            message = "the rule is nested too deeply"
            raise RuleError(message)
        condition = self._negation() if self._word("NOT") else self._plain()
        self._depth -= 1
        return condition

    def _negation(self) -> Condition:
        inner = self._term()
        return lambda on: not inner(on)

    def _plain(self) -> Condition:
        if self._mark("("):
            inner = self.any_of()
            self._expect(")")
            return inner
        kind, word = self._next()
        if kind != "word":
            message = f"did not expect {word!r} in the rule"
            raise RuleError(message)
        if word in {"TRUE", "FALSE"}:
            constant = word == "TRUE"
            return lambda _: constant
        if word == "AT_LEAST":
            return self._at_least()
        if word in _STATES:
            self._expect("(")
            name = self._name()
            self._expect(")")
            return self._state(word, name)
        message = f"did not expect {word!r} in the rule"
        raise RuleError(message)

    def _at_least(self) -> Condition:
        """AT_LEAST(M, CONDITION, (alarm, ...)) with M a number or a percentage of the alarms."""
        self._expect("(")
        _, wanted = self._next()
        self._expect(",")
        negated = self._word("NOT")
        _, state = self._next()
        if state not in _STATES:
            message = f"expected a state, found {state!r}"
            raise RuleError(message)
        self._expect(",")
        self._expect("(")
        names = [self._name()]
        while self._mark(","):
            names.append(self._name())
        self._expect(")")
        self._expect(")")
        if not re.fullmatch(r"\d+%?", wanted):
            message = f"expected a number, found {wanted!r}"
            raise RuleError(message)
        percent = wanted.endswith("%")
        number = int(wanted.rstrip("%"))
        least = math.ceil(len(names) * number / 100) if percent else number
        holds = [self._state(state, name) for name in names]
        return lambda on: sum(each(on) is not negated for each in holds) >= least

    def _state(self, state: str, name: str) -> Condition:
        self.mentions.add(name)
        if state == "ALARM":
            return lambda on: name in on
        if state == "OK":
            return lambda on: name not in on
        return lambda _: False

    def _name(self) -> str:
        kind, word = self._next()
        if kind not in {"word", "quoted"}:
            message = f"expected an alarm's name, found {word!r}"
            raise RuleError(message)
        return (
            word.split(":alarm:", 1)[1] if word.startswith("arn:") and ":alarm:" in word else word
        )

    def _next(self) -> tuple[str, str]:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _word(self, word: str) -> bool:
        return self._take(("word", word))

    def _mark(self, mark: str) -> bool:
        return self._take(("mark", mark))

    def _take(self, token: tuple[str, str]) -> bool:
        if self._tokens[self._at] != token:
            return False
        self._at += 1
        return True

    def _expect(self, mark: str) -> None:
        if not self._mark(mark):
            message = f"expected {mark!r} in the rule, found {self._tokens[self._at][1]!r}"
            raise RuleError(message)
