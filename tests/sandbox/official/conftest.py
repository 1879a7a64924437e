"""The stage for the tests of official accounts: they are many, none needs a server."""

from __future__ import annotations

import pytest

from tests.sandbox.stage import QuickStage, Stage


@pytest.fixture
def stage() -> Stage:
    """A new sandbox with a service account and a mini program."""
    return QuickStage()
