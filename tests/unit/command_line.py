"""Reads a command as the AWS CLI does: its words become the parameters of an operation."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from typing import Any

from botocore import xform_name
from botocore.session import get_session
from botocore.validate import ParamValidator

__all__ = ["MisreadError", "parameters"]

# The command line's names of services that botocore calls otherwise.
SERVICES = {"configservice": "config", "s3api": "s3"}
GLOBAL_OPTIONS = {"region", "query", "output", "profile"}
_REST_OF_THE_INPUT = "cli-input-json"
# What the command line calls otherwise than the API, so as not to hide its own --endpoint-url.
RENAMED = {"notification-endpoint": "endpoint"}
# https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html
_KEY = re.compile(r"[\w.#/:-]+")
_WORD = re.compile(r"""(\\,|[^\s,'"=\[\]{}])(\\,|[^,'"\]}])*""")
_QUOTED = re.compile(r"""'(\\'|[^'])*'|"(\\"|[^"])*\"""")


class MisreadError(AssertionError):
    """The command line would refuse it, or AWS would."""


def parameters(command: str) -> dict[str, Any]:
    """What the command hands to AWS, checked against AWS's model. Raises MisreadError."""
    aws, service, operation, *words = shlex.split(command)
    model = get_session().get_service_model(SERVICES.get(service, service))
    names = {xform_name(name, "-"): name for name in model.operation_names}
    if aws != "aws" or operation not in names:
        raise MisreadError(command)
    shape: Any = model.operation_model(names[operation]).input_shape
    members = {xform_name(name, "-"): name for name in shape.members}
    given: dict[str, Any] = {}
    options = _options(words)
    whole = options.pop(_REST_OF_THE_INPUT, None) is None
    for option, values in options.items():
        if option in GLOBAL_OPTIONS:
            continue
        name = members.get(RENAMED.get(option, option))
        if name is None:
            message = f"{service} {operation} has no --{option}"
            raise MisreadError(message)
        given[name] = _read(values, shape.members[name])
    faults = ParamValidator().validate(given, shape).generate_report()
    if whole and faults:
        raise MisreadError(faults)
    return given


def _options(words: Sequence[str]) -> dict[str, list[str]]:
    options: dict[str, list[str]] = {}
    for word in words:
        if word.startswith("--"):
            at = options.setdefault(word.removeprefix("--"), [])
        else:
            at.append(word)
    return options


def _read(words: Sequence[str], shape: Any) -> Any:
    """The words after one option: JSON, a file, plain values, or the short form of structures."""
    [first, *others] = words or ["true"]
    simple = shape.type_name not in {"structure", "list", "map"}
    if first.startswith("file://"):
        return _of_a_file(shape)
    if not simple and first.startswith(("{", "[")):
        read = [json.loads(word) for word in words]
        return read[0] if shape.type_name != "list" or first.startswith("[") else read
    if shape.type_name != "list":
        if others:
            message = f"one value too many: {' '.join(words)}"
            raise MisreadError(message)
        return _typed(first if simple else _Short(first).read(), shape)
    if shape.member.type_name in {"structure", "map"}:
        return [_typed(_Short(word).read(), shape.member) for word in words]
    return [_typed(word, shape.member) for word in words]


def _of_a_file(shape: Any) -> Any:
    """Whatever is in a file that does not exist yet fits."""
    return {"structure": {}, "list": [], "map": {}, "blob": b""}.get(shape.type_name, "file")


def _typed(value: Any, shape: Any) -> Any:
    kind = shape.type_name
    if kind == "structure":
        if unknown := value.keys() - shape.members.keys():
            message = f"no {', '.join(sorted(unknown))} in {shape.name}"
            raise MisreadError(message)
        return {name: _typed(each, shape.members[name]) for name, each in value.items()}
    if kind == "map":
        return {name: _typed(each, shape.value) for name, each in value.items()}
    if kind == "list":
        return [_typed(each, shape.member) for each in _listed(value)]
    if kind == "boolean":
        return {"true": True, "false": False}[value.lower()]
    number = {"integer": int, "long": int, "float": float, "double": float}.get(kind, str)
    return number(value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class _Short:
    """The short form: `Key=value,Key=[a,b],Key={Key=value}`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def read(self) -> dict[str, Any]:
        found = dict([self._pair()])
        while self._at < len(self._text):
            self._take(",")
            found |= [self._pair()]
        return found

    def _pair(self) -> tuple[str, Any]:
        key = self._match(_KEY)
        self._take("=")
        if self._text[self._at : self._at + 1] in {"[", "{"}:
            return key, self._nested()
        values = [self._word()]
        while next_word := re.compile(r",(?![\w.#/:-]+=)").match(self._text, self._at):
            self._at = next_word.end()
            values.append(self._word())
        return key, values if len(values) > 1 else values[0]

    def _nested(self) -> Any:
        if self._text.startswith("[", self._at):
            return self._enclosed("[", "]", self._nested)
        if self._text.startswith("{", self._at):
            return dict(self._enclosed("{", "}", self._member))
        return self._word()

    def _member(self) -> tuple[str, Any]:
        key = self._match(_KEY)
        self._take("=")
        return key, self._nested()

    def _enclosed(self, opening: str, closing: str, each: Any) -> list[Any]:
        self._take(opening)
        found = []
        while not self._text.startswith(closing, self._at):
            found.append(each())
            if not self._text.startswith(closing, self._at):
                self._take(",")
        self._take(closing)
        return found

    def _word(self) -> str:
        if quoted := _QUOTED.match(self._text, self._at):
            self._at = quoted.end()
            return quoted[0][1:-1]
        word = _WORD.match(self._text, self._at)
        self._at = word.end() if word else self._at
        return word[0].replace("\\,", ",").rstrip() if word else ""

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if not found:
            self._refuse("a key")
            return ""
        self._at = found.end()
        return found[0]

    def _take(self, mark: str) -> None:
        if not self._text.startswith(mark, self._at):
            self._refuse(mark)
        self._at += len(mark)

    def _refuse(self, expected: str) -> None:
        message = f"{expected} is expected at {self._text[self._at :]!r} of {self._text!r}"
        raise MisreadError(message)
