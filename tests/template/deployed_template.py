"""The template as the tests ask it: its resources, and what each role may do, written out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cfnlint.decode import decode

__all__ = ["FAMILIES", "PATH", "ROOT", "Grant", "Template", "arn_of", "template"]

ROOT = Path(__file__).parents[2]
PATH = ROOT / "template.yaml"
FAMILIES = ("account", "data", "api", "monitoring", "cost", "people")

_PLACEHOLDER = re.compile(r"\$\{!?([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Grant:
    """One action that a role's policy allows on one resource, named as the template names it."""

    policy: str
    action: str
    resource: str


class Template:
    """The parsed template, with what its globals give every function merged in."""

    def __init__(self, path: Path = PATH) -> None:
        document, problems = decode(str(path))
        if problems:
            message = f"{path.name} cannot be read: {problems}"
            raise ValueError(message)
        self.document: dict[str, Any] = json.loads(json.dumps(document))
        self.resources: dict[str, dict[str, Any]] = self.document["Resources"]

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of each resource of a type, by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    @property
    def functions(self) -> dict[str, dict[str, Any]]:
        """Every function's properties, the globals included."""
        shared = self.document["Globals"]["Function"]
        return {
            name: _merged(shared, own)
            for name, own in self.of_type("AWS::Serverless::Function").items()
        }

    def variables(self, function: str) -> dict[str, Any]:
        """A function's environment."""
        found: dict[str, Any] = self.functions[function]["Environment"]["Variables"]
        return found

    def role_of(self, function: str) -> str:
        """The logical id of a function's role."""
        return arn_of(self.functions[function]["Role"])

    def grants(self, role: str) -> list[Grant]:
        """All that a role's own policies allow."""
        policies = self.resources[role]["Properties"]["Policies"]
        return [
            Grant(policy["PolicyName"], action, resource)
            for policy in policies
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Allow"
            for action in _list(statement["Action"])
            for resource in map(arn_of, _list(statement["Resource"]))
        ]

    def actions(self, role: str, policy: str | None = None) -> set[str]:
        """The actions that a role's policies allow, or the one of that name."""
        return {g.action for g in self.grants(role) if policy is None or g.policy == policy}

    def dashboard(self) -> dict[str, Any]:
        """The dashboard's body, each placeholder as the name that it stands for."""
        body = self.resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
        parsed: dict[str, Any] = json.loads(_PLACEHOLDER.sub(r"\1", body))
        return parsed


@cache
def template() -> Template:
    """The product's template, read once."""
    return Template()


def arn_of(value: Any) -> str:
    """What a reference refers to: a logical id, or the text of an ARN with its placeholders."""
    if isinstance(value, str):
        return value
    match value:
        case {"Ref": str(name)}:
            return name
        case {"Fn::GetAtt": [str(name), *attribute]}:
            return name if attribute == ["Arn"] else f"{name}.{'.'.join(attribute)}"
        case {"Fn::GetAtt": str(path)}:
            return path.removesuffix(".Arn")
        case {"Fn::Sub": str(text)}:
            return text
        case {"Fn::If": [_, then, {"Ref": "AWS::NoValue"}]}:
            return arn_of(then)
    message = f"a reference of a new kind: {value}"
    raise ValueError(message)


def _merged(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(shared)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(shared.get(key), dict)
        merged[key] = _merged(shared[key], value) if both else value
    return merged


def _list(value: Any) -> Iterator[Any]:
    yield from value if isinstance(value, list) else [value]
