"""A broadcast to two thousand on the real stack: by functions with their own rights and real queues, seen as it goes, and stopped."""

from __future__ import annotations

import pytest

from desk.teller import until
from tests.stack.brands import PATIENCE_S, OwnBrand
from tests.stack.conftest import Stack

pytestmark = pytest.mark.stack


def test_two_thousand_are_written_to_once_and_another_broadcast_is_stopped_in_the_middle(stack: Stack) -> None:
    brand = OwnBrand(stack, "many", appid="wxmany00000000001")
    phones = [f"+86138{12345000 + number}" for number in range(2000)]
    brand.settle(phones)
    owners = [brand.own(phone) for phone in phones[1000::25]]

    halves = [brand.start(phones[:1000]), brand.start(phones[1000:])]
    seen = until(
        lambda: [brand.shown(each) for each in halves], lambda shown: all(each["looked_at"] for each in shown), within_s=PATIENCE_S
    )
    done = until(
        lambda: [brand.shown(each) for each in halves], lambda shown: all(each["state"] == "done" for each in shown), within_s=PATIENCE_S
    )
    slow = brand.start(phones[:300], per_minute=60)
    until(lambda: brand.shown(slow)["looked_at"], lambda looked_at: looked_at > 0, within_s=PATIENCE_S)
    stopped = brand.call("POST", f"/v1/broadcasts/{slow}/stop")

    assert all(each["people"] == 1000 for each in seen)
    assert [(each["looked_at"], each["laid"]) for each in done] == [(1000, True)] * 2
    assert [brand.outcomes(each) for each in halves] == [{"accepted": 1000}] * 2
    assert [brand.texts_of(owner) for owner in owners] == [["秋季护理"]] * 40
    assert (stopped[0], stopped[1]["state"]) == (200, "stopped")
    assert 0 < brand.shown(slow)["looked_at"] <= 120
