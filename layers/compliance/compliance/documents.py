"""YAML documents: the one place that parses them, strict where YAML itself is lax."""

from __future__ import annotations

import difflib
import re
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import yaml

from compliance.printable import shortened

__all__ = ["DocumentError", "load_yaml", "parsed", "violations"]

try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML built without libyaml: the same, slower
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]  # the same interface

LARGEST = 1_000_000
"""The characters that a document may have which people write by hand."""

_LONGEST_SHOWN = 120


class DocumentError(Exception):
    """A document that cannot be used, with every mistake in it, one a line."""

    def __init__(self, source: str, mistakes: list[str]) -> None:
        self.source = source
        self.mistakes = mistakes
        super().__init__("\n".join([f"{source} cannot be used:", *(f"  {m}" for m in mistakes)]))


class _StrictLoader(_SafeLoader):
    """A safe loader that refuses a key given twice instead of taking the last."""


def _mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    mapping: dict[Hashable, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            where = key_node.start_mark
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} is not text: put it in quotes", where
            )
        if key in mapping:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} is given twice", key_node.start_mark
            )
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load_yaml(path: Path, largest: int = LARGEST) -> Any:  # noqa: ANN401 -- a document may hold anything; a schema says what
    """The document at `path`; raises DocumentError where it cannot be read, or as `parsed` does."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is not UTF-8 text"
        raise DocumentError(str(path), [reason]) from error
    return parsed(text, str(path), largest)


def parsed(text: str, source: str, largest: int = LARGEST) -> Any:  # noqa: ANN401 -- as above
    """The document that is `text`.

    Raises DocumentError when it is no YAML, has over `largest` characters, or gives a key twice.
    """
    if len(text) > largest:
        raise DocumentError(source, [f"it has {len(text):,} characters; at most {largest:,}"])
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 -- a subclass of the safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise DocumentError(source, [f"{line}{error.problem}"]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # The loader leaves a date that does not exist and a number of 5,000 digits to Python.
        raise DocumentError(source, [str(error)]) from error


def violations(document: object, schema: dict[str, Any]) -> Iterator[str]:
    """Each way in which `document` breaks `schema`: the path, what was found, what was expected."""
    # Imported here: a quarter of the import time of the package, for what runs once.
    from jsonschema import Draft202012Validator  # noqa: PLC0415 -- only where it is needed: it is slow to import
    from jsonschema.exceptions import ValidationError  # noqa: PLC0415 -- only where it is needed: it is slow to import

    def leaves(error: ValidationError) -> Iterator[ValidationError]:
        if error.context and error.validator in {"oneOf", "anyOf"}:
            deepest = max(error.context, key=lambda e: len(e.absolute_path))
            if len(deepest.absolute_path) > len(error.absolute_path):
                yield from leaves(deepest)
                return
        yield error

    found = [
        leaf
        for error in Draft202012Validator(
            schema, format_checker=Draft202012Validator.FORMAT_CHECKER
        ).iter_errors(document)
        for leaf in leaves(error)
    ]
    found.sort(key=lambda error: [str(part) for part in error.absolute_path])
    words = (line for error in found for line in _in_words(error, _path(error.absolute_path)))
    yield from dict.fromkeys(words)


def _path(parts: Any) -> str:  # noqa: ANN401 -- jsonschema's deque of keys and indices
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def _in_words(error: Any, path: str) -> Iterator[str]:  # noqa: ANN401 -- jsonschema's error
    at = path or "the document"
    schema = error.schema if isinstance(error.schema, dict) else {}
    if error.validator == "required":
        for name in error.validator_value:
            if name not in error.instance:
                wanted = _wanted(schema.get("properties", {}).get(name, {}))
                yield f"{path}.{name}".lstrip(".") + f": missing, expected {wanted}"
        return
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})
        for name in error.instance:
            if name in known or any(re.search(p, name) for p in patterns):
                continue
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(known)}"
            yield f"{path}.{name}".lstrip(".") + f": unknown key, {hint}"
        return
    yield f"{at}: found {_found(error.instance)}, expected {_wanted(schema, error)}"


def _found(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return "nothing" if value is None else shortened(repr(value), _LONGEST_SHOWN)


def _wanted(schema: dict[str, Any], error: Any = None) -> str:  # noqa: ANN401 -- as above
    names = {
        "string": "text",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "array": "a list",
        "object": "a mapping",
        "null": "nothing",
    }
    if "const" in schema:
        return repr(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    words = " or ".join(names[kind] for kind in kinds) or "something else"
    if "minimum" in schema:
        words += f", at least {schema['minimum']}"
    if "exclusiveMinimum" in schema:
        words += f", more than {schema['exclusiveMinimum']}"
    if "maximum" in schema:
        words += f", at most {schema['maximum']}"
    if error is not None and error.validator in {"pattern", "format", "minItems", "minLength"}:
        words = schema.get("description") or f"{words} ({error.validator} {error.validator_value})"
    elif schema.get("description"):
        words += f" ({schema['description'].rstrip('.')})"
    return words
