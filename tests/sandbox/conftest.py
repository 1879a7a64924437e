"""The stage for the sandbox's tests."""

from __future__ import annotations

import pytest

from tests.sandbox.stage import Stage


@pytest.fixture
def stage() -> Stage:
    """A new sandbox with a service account and a mini program."""
    return Stage()
