"""Unit tests touch no network: a socket that one opens is a defect of the code under test."""

import pytest_socket


def pytest_runtest_setup() -> None:
    pytest_socket.disable_socket(allow_unix_socket=True)


def pytest_runtest_teardown() -> None:
    pytest_socket.enable_socket()
