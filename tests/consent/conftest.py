"""One house for the doors of consent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.builders import make_accounts, make_brand
from tests.consent.shop import Shop
from tests.house import House, open_house


@pytest.fixture(scope="module")
def standing() -> Iterator[House]:
    with open_house() as house:
        yield house


@pytest.fixture
def shop(standing: House) -> Shop:
    """The brand demo on empty ground."""
    standing.empty()
    key = make_brand(standing)
    make_accounts(standing, key)
    return Shop(standing, key)
