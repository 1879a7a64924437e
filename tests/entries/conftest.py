"""One house for all tests of a file, emptied between them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.house import House, open_house


@pytest.fixture(scope="module")
def standing() -> Iterator[House]:
    with open_house() as opened:
        yield opened


@pytest.fixture
def house(standing: House) -> House:
    standing.empty()
    return standing
