from cfnlint.api import lint_file
from deployed_template import PATH


def test_cfn_lint_finds_nothing() -> None:
    found = lint_file(PATH)
    assert [f"{match.rule.id} line {match.linenumber}: {match.message}" for match in found] == []


def test_no_rule_is_suppressed() -> None:
    text = PATH.read_text(encoding="utf-8")
    assert "cfn-lint" not in text
    assert not (PATH.parent / ".cfnlintrc").exists()
