"""Fixtures of every test."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import hypothesis
import pytest

hypothesis.settings.register_profile("calm", deadline=None)  # how long an example takes says nothing on a busy machine
hypothesis.settings.load_profile("calm")

for name, value in {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "STAGE": "local",
}.items():
    os.environ[name] = value

from tests import one_way_to_aws  # noqa: E402 - the environment has to be set before AWS is asked for anything
from tests.house import House, open_house  # noqa: E402

one_way_to_aws.join()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for real schedules begins first, beside everything else."""
    items.sort(key=lambda item: item.get_closest_marker("stack") is None)


def pytest_collection_finish() -> None:
    """The collected tests stay to the end: to look for garbage among them, again and again, takes a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)


@pytest.fixture
def house() -> Iterator[House]:
    """The whole house in one process, on empty ground."""
    with open_house() as opened:
        yield opened
