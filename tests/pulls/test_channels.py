"""Figures of a Channels account: live rooms in sums, and its followers."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.channels import lives
from tests.builders import make_user
from tests.house import House
from tests.pulls.source import ASSISTANT_APPID, Brand


class Studio(Brand):
    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.add("studio", "channels_assistant", ASSISTANT_APPID)

    def stream(self, *, minutes: float = 30) -> str:
        """A live room with one viewer."""
        told = self.house.play("/lives", {"appid": ASSISTANT_APPID})
        room = {"appid": ASSISTANT_APPID, "export_id": told["export_id"]}
        self.house.play("/lives/change", {**room, "do": "start"})
        self.house.play(f"/users/{make_user(self.house)}/watch", {**room, "seconds": 40, "cheers": 2, "follow": True})
        self.later(minutes=minutes)
        self.house.play("/lives/change", {**room, "do": "end"})
        return str(told["export_id"])

    def lives(self) -> dict[str, Any]:
        days = self.figures("lives", "demo.studio")
        return {day: [each["export_id"] for each in lines] for day, lines in days.items()}


@pytest.fixture
def studio(standing: House) -> Studio:
    standing.empty()
    return Studio(standing)


def test_a_live_room_is_told_of_two_mornings_later_with_its_sums(studio: Studio) -> None:
    room = studio.stream()
    studio.at("2026-11-21T12:00")
    studio.run("lives")
    before = studio.lives()

    studio.at("2026-11-22T12:00")
    studio.run("lives")

    assert "2026-11-20" not in before
    (line,) = studio.figures("lives", "demo.studio")["2026-11-20"]
    assert (line["export_id"], line["total_audience_count"], line["live_duration_in_seconds"]) == (room, 1, 1800)


def test_a_live_room_that_ends_after_midnight_counts_for_the_day_it_began(studio: Studio) -> None:
    studio.at("2026-11-20T23:30")
    room = studio.stream(minutes=120)
    studio.at("2026-11-23T12:00")

    studio.run("lives")

    assert studio.lives()["2026-11-20"] == [room]
    assert studio.lives()["2026-11-21"] == []


def test_more_live_rooms_than_a_page_holds_are_all_told(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lives, "PER_PAGE", 2)
    rooms = [studio.stream(minutes=5) for _ in range(5)]
    studio.at("2026-11-22T12:00")

    studio.run("lives")

    assert studio.lives()["2026-11-20"] == rooms


def test_the_followers_of_the_channels_account_are_kept_day_by_day(studio: Studio) -> None:
    studio.stream()

    studio.run("channel")

    assert studio.figures("channel", "demo.studio")["2026-11-20"][0]["fans_count"] == 1
