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


def leave_lead(studio: Studio, component: str, **answers: str) -> None:
    body = {"appid": ASSISTANT_APPID, "component_id": component, "fields": answers}
    studio.house.play(f"/users/{make_user(studio.house)}/leave-lead", body)


def records_of(studio: Studio, phone: str) -> list[dict[str, Any]]:
    status, person = studio.house.call("POST", "/v1/people/lookup", {"type": "phone", "value": phone}, key=studio.key)
    assert status == 200, person
    found: list[dict[str, Any]] = studio.house.call("GET", f"/v1/people/{person['id']}/records?type=lead", key=studio.key)[1]["records"]
    return found


def test_a_form_is_a_record_of_whoever_has_its_phone_and_the_day_counts_it(studio: Studio) -> None:
    leave_lead(studio, "c1", 姓名="王小安", 手机号="13800000001", 想看的车型="SUV")
    leave_lead(studio, "c1", 姓名="无名")
    leave_lead(studio, "c2", 手机="13800000002")
    studio.at("2026-11-21T12:00")

    studio.run("leads")

    (record,) = records_of(studio, "13800000001")
    assert (record["source"], record["data"]) == ("wechat", {"name": "王**", "phone": "138****0001", "component": "c1"})
    assert len(records_of(studio, "13800000002")) == 1
    counted = {
        line["component_id"]: (line["forms"], line["without_phone"]) for line in studio.figures("leads", "demo.studio")["2026-11-20"]
    }
    assert counted == {"c1": (2, 1), "c2": (1, 0)}


def test_forms_of_many_pages_and_days_are_each_fetched_once(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lives, "PER_PAGE", 2)
    for number in range(5):
        leave_lead(studio, "c1", 手机=f"1380000001{number}")
    studio.at("2026-11-21T10:00")
    leave_lead(studio, "c1", 手机="13800000020")
    studio.at("2026-11-22T12:00")

    studio.run("leads")
    studio.run("leads")

    told = studio.figures("leads", "demo.studio")
    assert [told[day][0]["forms"] for day in ("2026-11-20", "2026-11-21")] == [5, 1]
    assert all(len(records_of(studio, f"1380000001{number}")) == 1 for number in range(5))


def test_no_answer_of_a_form_lies_open_in_a_row(studio: Studio) -> None:
    leave_lead(studio, "c1", 姓名="王小安", 手机号="13800000001")
    studio.at("2026-11-21T12:00")

    studio.run("leads")

    rows = str([studio.house.rows(table) for table in ("counters", "records", "identities")])
    assert "13800000001" not in rows
    assert "王小安" not in rows


def test_the_followers_of_the_channels_account_are_kept_day_by_day(studio: Studio) -> None:
    studio.stream()

    studio.run("channel")

    assert studio.figures("channel", "demo.studio")["2026-11-20"][0]["fans_count"] == 1
