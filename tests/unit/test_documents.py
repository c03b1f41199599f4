from pathlib import Path

import pytest

from compliance.documents import DocumentError, load_yaml, violations

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["days", "region"],
    "properties": {
        "days": {"type": "integer", "minimum": 1, "description": "how long"},
        "region": {"type": "string", "pattern": "^[a-z-]+[0-9]$", "description": "an AWS region"},
        "mode": {"enum": ["on", "off"]},
        "names": {"type": "array", "items": {"type": "string"}},
        "second": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
}


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_every_mistake_is_named_with_its_path_what_was_found_and_what_was_expected() -> None:
    document = {"days": "30", "rgion": "us-east-1", "mode": "maybe", "names": ["a", 3]}
    assert list(violations(document, SCHEMA)) == [
        "rgion: unknown key, did you mean region?",
        "region: missing, expected text (an AWS region)",
        "days: found '30', expected a whole number, at least 1 (how long)",
        "mode: found 'maybe', expected one of on, off",
        "names[1]: found 3, expected text",
    ]


def test_a_value_that_does_not_match_says_what_would() -> None:
    (mistake,) = violations({"days": 1, "region": "Virginia"}, SCHEMA)
    assert mistake == "region: found 'Virginia', expected an AWS region"


def test_a_document_that_is_no_mapping_is_one_mistake() -> None:
    assert list(violations(["a"], SCHEMA)) == ["the document: found a list, expected a mapping"]


def test_a_sound_document_has_no_mistakes() -> None:
    assert not list(violations({"days": 1, "region": "us-east-1", "second": None}, SCHEMA))


def test_a_key_given_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"line 2, column 1: the key 'a' is given twice"):
        load_yaml(_write(tmp_path / "b.yaml", "a: 1\na: 2\n"))


def test_a_key_that_yaml_would_read_as_a_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="the key 12 is not text"):
        load_yaml(_write(tmp_path / "b.yaml", "12: a\n"))


def test_broken_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"line 2, column \d+: "):
        load_yaml(_write(tmp_path / "b.yaml", "a: [1,\nb: }\n"))


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="No such file"):
        load_yaml(tmp_path / "none.yaml")


def test_a_file_that_is_no_text_says_so(tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DocumentError, match="is not UTF-8 text"):
        load_yaml(path)


@pytest.mark.parametrize("value", ["2026-13-45", "9" * 5_000, "[" * 5_000])
def test_what_python_cannot_read_is_refused_too(tmp_path: Path, value: str) -> None:
    with pytest.raises(DocumentError, match=r"b\.yaml cannot be used"):
        load_yaml(_write(tmp_path / "b.yaml", f"a: {value}\n"))


def test_a_value_that_is_long_is_shown_in_part() -> None:
    (mistake,) = violations({"days": 1, "region": "x" * 5_000}, SCHEMA)
    assert len(mistake) < 200


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="characters; at most"):
        load_yaml(_write(tmp_path / "b.yaml", "a" * 1_000_001))


def test_no_document_can_make_python_objects(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="could not determine a constructor"):
        load_yaml(_write(tmp_path / "b.yaml", "a: !!python/object/apply:os.system [ls]\n"))
