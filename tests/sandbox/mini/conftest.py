"""The stage for the sandbox's mini programs."""

from __future__ import annotations

import pytest

from tests.sandbox.stage import SHOP, Stage


@pytest.fixture
def stage() -> Stage:
    """A sandbox whose mini program has two released pages."""
    stage = Stage()
    stage.control("POST", "/accounts", {"appid": SHOP, "pages": ["pages/index/index", "pages/goods/detail"]})
    return stage


@pytest.fixture
def user(stage: Stage) -> str:
    """A person who has logged in to the mini program."""
    user = stage.make_user(name="Ann", phone="13800138000")
    stage.act(user, "login", SHOP)
    return user
