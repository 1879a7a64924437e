"""Fixtures of the templates room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.house import House, open_house


@pytest.fixture(scope="module")
def standing_house() -> Iterator[House]:
    with open_house() as opened:
        yield opened


@pytest.fixture
def house(standing_house: House) -> Iterator[House]:
    """One house for all tests of a module, on empty ground for each."""
    yield standing_house
    standing_house.empty()
