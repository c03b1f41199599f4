"""Unit tests touch no network: a socket that one opens is a defect of the code under test."""

import hypothesis
import pytest_socket

# A slow machine is no failure: how long an example takes is a matter for benchmarks.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_runtest_setup() -> None:
    pytest_socket.disable_socket(allow_unix_socket=True)


def pytest_runtest_teardown() -> None:
    pytest_socket.enable_socket()
