"""Fixtures of every test."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.house import House

for name, value in {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "STAGE": "local",
}.items():
    os.environ[name] = value


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Whoever runs tests needs hypothesis and AWS; whoever hands them to other processes does not, and those wait meanwhile."""
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        return
    gc.disable()  # until everything is collected: of what is imported nothing is garbage
    machines: Any = ModuleType("moto.ec2")
    machines.ec2_backends = {}
    sys.modules.setdefault("moto.ec2", machines)  # moto's SSM names it; the real one reads all there is to know of machines and regions

    import hypothesis

    from tests import one_way_to_aws

    hypothesis.settings.register_profile("calm", deadline=None)  # how long an example takes says nothing on a busy machine
    hypothesis.settings.load_profile("calm")
    one_way_to_aws.join()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What opens a browser is marked so; what waits for real schedules begins first, beside everything else."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: item.get_closest_marker("stack") is None)


def pytest_collection_finish() -> None:
    """The collected tests stay to the end: to look for garbage among them, again and again, takes a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 50, 50)


@pytest.fixture
def house() -> Iterator[House]:
    """The whole house in one process, on empty ground."""
    from tests.house import open_house

    with open_house() as opened:
        yield opened
