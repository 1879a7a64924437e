from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.stage import Stage

STUDIO = "wx00000000000000e1"


class Studio:
    """A Channels account on the stage."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.stage.make_account(STUDIO, "channels_assistant", "gh_00000000e1", open_platform=None, name="小店直播")
        self.live = self.stage.control("POST", "/lives", {"appid": STUDIO, "description": "早场", "starts_in_s": 3600})

    def post(self, path: str, **body: Any) -> Any:
        return self.stage.post(f"/channels/{path}", body, access_token=self.stage.token(STUDIO))

    def change(self, what: str, *, status: int = 200) -> None:
        body = {"appid": STUDIO, "export_id": self.live["export_id"], "do": what}
        self.stage.control("POST", "/lives/change", body, status=status)

    def reserve(self, user: str) -> int:
        return int(
            self.stage.control("POST", f"/users/{user}/reserve-live", {"appid": STUDIO, "notice_id": self.live["notice_id"]})["state"]
        )

    def watch(self, user: str, *, status: int = 200, **fields: Any) -> Any:
        return self.stage.control("POST", f"/users/{user}/watch", {"appid": STUDIO, **fields}, status=status)


@pytest.fixture
def studio() -> Studio:
    return Studio()


def test_a_live_room_is_announced_opened_and_counted(studio: Studio) -> None:
    ann, bob = studio.stage.make_user(), studio.stage.make_user()
    notices = studio.post("ec/finderlive/getfinderlivenoticerecordlist")["live_notice_list"]
    studio.change("start")
    studio.watch(ann, export_id=studio.live["export_id"], seconds=100, cheers=3, follow=True)
    studio.watch(bob, export_id=studio.live["export_id"], seconds=50, comments=1)
    studio.stage.clock += 600
    studio.change("end")

    figures = studio.post("finderlive/get_finder_live_data_list", start_time=0, end_time=2**40)["item"]

    assert [one["notice_id"] for one in notices] == [studio.live["notice_id"]]
    assert studio.post("ec/finderlive/getfinderliverecordlist")["live_list"][0]["export_id"] == studio.live["export_id"]
    assert figures == [
        {
            "export_id": studio.live["export_id"],
            "live_start_time": int(studio.stage.clock) - 600,
            "live_duration_in_seconds": 600,
            "total_audience_count": 2,
            "total_cheer_count": 3,
            "forward_count": 0,
            "total_comment_count": 1,
            "audiences_avg_seconds": 75,
            "max_online_count": 2,
            "new_follow_count": 1,
            "new_follow_count_biz": 0,
        }
    ]
    assert studio.post("finderlive/get_finder_attr_by_appid")["finder_attr"]["fans_count"] == 1


def test_only_the_client_hears_of_a_reservation(studio: Studio) -> None:
    user = studio.stage.make_user()

    states = [studio.reserve(user), studio.reserve(user)]
    studio.change("start")
    states.append(studio.reserve(user))
    studio.change("end")
    states.append(studio.reserve(user))

    assert states == [6, 8, 2, 4]


def test_a_cancelled_notice_is_told(studio: Studio) -> None:
    studio.change("cancel")

    assert studio.reserve(studio.stage.make_user()) == 3
    assert studio.post("ec/finderlive/getfinderlivenoticerecordlist")["live_notice_list"][0]["status"] == 1
    studio.change("start", status=409)


def test_nobody_watches_what_is_not_on_air(studio: Studio) -> None:
    user = studio.stage.make_user()

    studio.watch(user, export_id=studio.live["export_id"], status=409)
    studio.watch(user, export_id="export/none", status=404)
    assert studio.watch(user, video="v1")["views"] == 1


def test_leads_are_forms_without_openids(studio: Studio) -> None:
    user = studio.stage.make_user(name="Ann", phone="13800138000")
    body = {"appid": STUDIO, "component_id": "c1", "request_id": "r1"}
    studio.stage.control("POST", f"/users/{user}/leave-lead", body)

    by_component = studio.post("leads/get_leads_info_by_component_id", leads_component_id="c1")
    (whole,) = studio.post("leads/get_leads_info_by_component_id", leads_component_id="c1", version=1)["user_data"]
    by_request = studio.post("leads/get_leads_info_by_request_id", leads_request_id="r2")

    assert by_component["user_data"] == [{"phone": "13800138000"}]
    assert json.loads(json.loads(whole)["leads_data"]) == [{"title": "姓名", "value": "Ann"}, {"title": "手机号", "value": "13800138000"}]
    assert by_request["user_data"] == []
    assert studio.post("leads/get_leads_component_id")["item"] == [{"leads_component_id": "c1"}]
    assert studio.post("leads/get_leads_request_id")["item"] == [{"request_id": "r1"}]
    assert studio.post("finderlive/get_finder_live_leads_data")["leads_count_by_component"] == [{"component_id": "c1", "leads_count": 1}]


def test_a_shops_token_is_not_a_channels_token(studio: Studio) -> None:
    studio.stage.make_account("wxstore", "channels_shop", "gh_store")

    answer = studio.stage.post("/channels/finderlive/get_finder_attr_by_appid", {}, access_token=studio.stage.token("wxstore"))

    assert answer["errcode"] == 48001
