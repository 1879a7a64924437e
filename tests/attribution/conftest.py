"""One house for the tests of a module of this room, on empty ground for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.attribution.ways import Ways
from tests.house import open_house


@pytest.fixture(scope="module")
def opened() -> Iterator[Ways]:
    with open_house() as house:
        yield Ways(house)


@pytest.fixture
def ways(opened: Ways) -> Ways:
    return opened.begin_anew()
