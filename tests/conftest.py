"""What all tests share: figures that a test exists to show are printed, whichever worker ran it."""

import pytest

FIGURES = "figures"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Each passed test's `record_property("figures", ...)`, a line each."""
    for report in terminalreporter.stats.get("passed", ()):
        for name, value in report.user_properties:
            if name == FIGURES:
                terminalreporter.write_line(str(value))
