"""Fixtures of the identity room's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.identity.people import People
from tests.small_world import small_world


@pytest.fixture
def people() -> Iterator[People]:
    """The identity room on empty ground, no house around it."""
    with small_world() as ground:
        yield People(ground)
