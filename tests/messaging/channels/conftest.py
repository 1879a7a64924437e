"""One house for the tests of a module of this folder; each test brings people of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.house import open_house
from tests.messaging.channels.studio import Studio
from tests.scene import Scene


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    with open_house() as house:
        yield Studio(Scene(house))
