"""One house for the tests of a module; each begins on empty ground."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.house import House, open_house
from tests.pulls.source import Brand


@pytest.fixture(scope="module")
def standing() -> Iterator[House]:
    with open_house() as house:
        yield house


@pytest.fixture
def brand(standing: House) -> Brand:
    standing.empty()
    return Brand(standing)
