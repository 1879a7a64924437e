"""The stage for the sandbox's tests."""

from __future__ import annotations

import pytest

from tests.sandbox.stage import Stage


@pytest.fixture
def stage() -> Stage:
    """A new sandbox with a service account and a mini program."""
    return Stage()


@pytest.fixture
def user(stage: Stage) -> str:
    """A follower of the account, whose callback is in plain mode."""
    user = stage.make_user()
    stage.act(user, "follow")
    stage.set_callback()
    return user
