"""One house for each file of webhooks; every test begins on empty ground."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.house import House, open_house
from tests.webhooks.teller import Teller


@pytest.fixture(scope="module")
def webhooks_house() -> Iterator[House]:
    with open_house() as opened:
        yield opened


@pytest.fixture
def teller(webhooks_house: House) -> Teller:
    """A brand with no webhook yet."""
    webhooks_house.empty()
    return Teller(webhooks_house)
