"""A holiday's menu comes and goes by the deployed schedule, and nothing here calls it."""

from __future__ import annotations

import pytest

from tests.stack.feast import DAY, FEAST, Feast

pytestmark = pytest.mark.stack


def test_a_holiday_menu_comes_and_goes_by_the_schedule_itself(feast: Feast) -> None:
    shown = feast.wait()

    assert shown == [[DAY], [FEAST], [DAY]]
    assert feast.seen[1][0] >= feast.begins
    assert feast.seen[2][0] >= feast.ends
