"""template.yaml as it would be deployed: the few intrinsic functions that it uses, resolved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

__all__ = ["TEMPLATE", "Resolver", "load_template"]

TEMPLATE = Path(__file__).parents[2] / "template.yaml"


@dataclass(frozen=True)
class _Call:
    """An intrinsic function and what it was given."""

    name: str
    given: Any


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms."""


def _call(loader: _Loader, tag: str, node: yaml.Node) -> _Call:
    given: Any
    if isinstance(node, yaml.ScalarNode):
        given = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        given = loader.construct_sequence(node, deep=True)
    else:
        given = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]  # only mappings are left
    return _Call(tag, given)


_Loader.add_multi_constructor("!", _call)


def load_template(path: Path = TEMPLATE) -> dict[str, Any]:
    """The template with its intrinsic functions still to be resolved."""
    template: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 -- a subclass of the safe loader
    return template


class Resolver:
    """Resolves what a template's values refer to.

    `references` are what `Ref` gives for each resource, `attributes` what `GetAtt` gives for
    `Resource.Attribute`; both may grow while resources are made.
    """

    def __init__(
        self,
        template: Mapping[str, Any],
        parameters: Mapping[str, str],
        pseudo: Mapping[str, str],
    ) -> None:
        defaults = {name: p.get("Default", "") for name, p in template["Parameters"].items()}
        self.references: dict[str, str] = {**pseudo, **defaults, **parameters}
        self.attributes: dict[str, str] = {}
        self._conditions = template.get("Conditions", {})

    def holds(self, condition: str | None) -> bool:
        """Whether a condition of the template holds; what has none is always there."""
        return condition is None or bool(self.resolved(self._conditions[condition]))

    def resolved(self, value: Any) -> Any:
        """The value with everything in it resolved. Raises KeyError for what is not there."""
        match value:
            case _Call(name, given):
                return self._called(name, given)
            case dict():
                return {key: self.resolved(inner) for key, inner in value.items()}
            case list():
                return [self.resolved(inner) for inner in value]
        return value

    def _called(self, name: str, given: Any) -> Any:
        match name:
            case "Ref":
                return self.references[given]
            case "GetAtt":
                return self.attributes[given if isinstance(given, str) else ".".join(given)]
            case "Sub":
                return re.sub(r"\$\{([^}]+)\}", self._substituted, given)
            case "If":
                condition, then, otherwise = given
                return self.resolved(then if self.holds(condition) else otherwise)
            case "Equals":
                first, second = self.resolved(given)
                return first == second
            case "Not":
                return not self.resolved(given[0])
        message = f"the simulation knows no !{name}"
        raise NotImplementedError(message)

    def _substituted(self, found: re.Match[str]) -> str:
        name = found[1]
        if name.startswith("!"):
            return f"${{{name[1:]}}}"
        return self.attributes[name] if name in self.attributes else self.references[name]
