"""The checklist: what is demanded, one YAML file a section, and nothing of how it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from compliance.documents import load_yaml
from compliance.model import How, Item, Severity

__all__ = ["FOLDER", "SCHEMA", "Checklist", "load_checklist"]

FOLDER = Path(__file__).parent
SCHEMA = FOLDER / "checklist.schema.json"


@dataclass(frozen=True, slots=True)
class Checklist:
    """All items by id and the sections' titles, both in the checklist's own order."""

    items: Mapping[str, Item]
    sections: Mapping[str, str]


@cache
def load_checklist() -> Checklist:
    """The product's checklist, read once. The tests hold the files against the published schema."""
    documents = sorted(
        (load_yaml(path) for path in FOLDER.glob("*.yaml")), key=lambda document: document["order"]
    )
    items = {
        entry["id"]: _item(section, entry) for section in documents for entry in section["items"]
    }
    return Checklist(items, {section["section"]: section["title"] for section in documents})


def _item(section: Mapping[str, Any], entry: Mapping[str, Any]) -> Item:
    fix = entry.get("fix", {})
    return Item(
        id=entry["id"],
        section=section["section"],
        title=entry["title"],
        severity=Severity(entry["severity"]),
        how=How(entry["how"]),
        why=entry["why"],
        family=entry.get("family", section["family"]),
        valid_days=entry.get("valid_days"),
        check=entry.get("check"),
        settings=entry.get("settings", {}),
        fix={"otherwise": fix} if isinstance(fix, str) else fix,
        source=entry.get("source"),
        notes=tuple(entry.get("notes", ())),
        maps_to={peer: tuple(names) for peer, names in entry.get("maps_to", {}).items()},
        hourly=entry.get("hourly", False),
        setting=entry.get("setting", False),
        either=entry.get("either", False),
    )
