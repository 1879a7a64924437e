from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.stage import SHOP, Stage

OK = {"errcode": 0, "errmsg": "ok"}


def post(stage: Stage, path: str, body: Any) -> Any:
    return stage.post(f"/cgi-bin/{path}", body, access_token=stage.token())


def make(stage: Stage, name: str = "vip") -> int:
    return int(post(stage, "tags/create", {"tag": {"name": name}})["tag"]["id"])


def follow(stage: Stage) -> str:
    user = stage.make_user()
    stage.act(user, "follow")
    stage.clock += 1
    return stage.openid(user)


def tag(stage: Stage, tag_id: int, *openids: str, un: bool = False) -> Any:
    return post(stage, f"tags/members/batch{'un' if un else ''}tagging", {"openid_list": list(openids), "tagid": tag_id})


def test_a_tag_is_made_counted_renamed_and_deleted(stage: Stage) -> None:
    openid = follow(stage)
    made = post(stage, "tags/create", {"tag": {"name": "vip"}})
    tag(stage, 100, openid)

    counted = stage.get("/cgi-bin/tags/get", access_token=stage.token())
    renamed = post(stage, "tags/update", {"tag": {"id": 100, "name": "gold"}})
    deleted = post(stage, "tags/delete", {"tag": {"id": 100}})

    assert made == {"tag": {"id": 100, "name": "vip"}}
    assert counted == {"tags": [{"id": 2, "name": "星标组", "count": 0}, {"id": 100, "name": "vip", "count": 1}]}
    assert (renamed, deleted) == (OK, OK)
    assert post(stage, "tags/getidlist", {"openid": openid}) == {"tagid_list": []}


@pytest.mark.parametrize(("name", "errcode"), [("", 45157), ("vip", 45157), ("x" * 31, 45158)])
def test_a_name_that_cannot_be_has_its_code(stage: Stage, name: str, errcode: int) -> None:
    make(stage)

    assert post(stage, "tags/create", {"tag": {"name": name}})["errcode"] == errcode


def test_a_hundred_tags_are_enough(stage: Stage) -> None:
    for number in range(100):
        make(stage, f"t{number}")

    assert post(stage, "tags/create", {"tag": {"name": "more"}})["errcode"] == 45056


@pytest.mark.parametrize("path", ["tags/update", "tags/delete"])
@pytest.mark.parametrize(("tag_id", "errcode"), [(0, 45058), (2, 45058), (999, 45159)])
def test_wechats_own_and_unknown_tags_stay(stage: Stage, path: str, tag_id: int, errcode: int) -> None:
    assert post(stage, path, {"tag": {"id": tag_id, "name": "x"}})["errcode"] == errcode


def test_a_tag_with_too_many_fans_is_not_deleted(stage: Stage) -> None:
    stage.change(most_fans_of_deleted_tag=0)
    tag_id = make(stage)
    tag(stage, tag_id, follow(stage))

    assert post(stage, "tags/delete", {"tag": {"id": tag_id}})["errcode"] == 45057


def test_members_come_in_pages_by_time_of_following(stage: Stage) -> None:
    stage.change(tag_members_per_page=2)
    tag_id, openids = make(stage), [follow(stage) for _ in range(3)]
    tag(stage, tag_id, *reversed(openids))

    first = post(stage, "user/tag/get", {"tagid": tag_id, "next_openid": ""})
    second = post(stage, "user/tag/get", {"tagid": tag_id, "next_openid": first["next_openid"]})
    third = post(stage, "user/tag/get", {"tagid": tag_id, "next_openid": second["next_openid"]})

    assert first == {"count": 2, "data": {"openid": openids[:2]}, "next_openid": openids[1]}
    assert second == {"count": 1, "data": {"openid": openids[2:]}, "next_openid": openids[2]}
    assert third == {"count": 0, "next_openid": ""}


def test_user_info_shows_tags_in_their_order_and_the_remark(stage: Stage) -> None:
    openid, second, first = follow(stage), make(stage, "b"), make(stage, "a")
    tag(stage, first, openid)
    tag(stage, second, openid)
    tag(stage, first, openid)

    post(stage, "user/info/updateremark", {"openid": openid, "remark": "王先生"})

    told = stage.get("/cgi-bin/user/info", access_token=stage.token(), openid=openid)
    assert (told["remark"], told["groupid"], told["tagid_list"]) == ("王先生", first, [first, second])


def test_untagging_takes_the_tag_away_and_never_minds_who_lacks_it(stage: Stage) -> None:
    tag_id, had, lacked = make(stage), follow(stage), follow(stage)
    tag(stage, tag_id, had)

    assert tag(stage, tag_id, had, lacked, un=True) == OK
    assert post(stage, "tags/getidlist", {"openid": had}) == {"tagid_list": []}


def test_a_person_has_twenty_tags_at_most_and_nobody_is_tagged_then(stage: Stage) -> None:
    full, other = follow(stage), follow(stage)
    for number in range(20):
        tag(stage, make(stage, f"t{number}"), full)
    last = make(stage, "last")

    refused = tag(stage, last, other, full)

    assert refused["errcode"] == 45059
    assert post(stage, "tags/getidlist", {"openid": other}) == {"tagid_list": []}


def test_by_setting_those_who_have_room_are_tagged_and_the_others_named(stage: Stage) -> None:
    stage.change(tagging_fails_partly=True)
    full, other = follow(stage), follow(stage)
    for number in range(20):
        tag(stage, make(stage, f"t{number}"), full)
    last = make(stage, "last")

    partly = tag(stage, last, other, full)

    assert (partly["errcode"], partly["fail_openid_list"]) == (45171, [full])
    assert post(stage, "tags/getidlist", {"openid": other}) == {"tagid_list": [last]}


def test_wrong_lists_of_people_have_their_codes(stage: Stage) -> None:
    tag_id, foreign = make(stage), stage.openid(stage.make_user(), SHOP)

    codes = [tag(stage, tag_id, *openids)["errcode"] for openids in ([], ["o"] * 51, [foreign], ["oNobody"])]

    assert codes == [40032, 40032, 49003, 40003]
    assert tag(stage, 999, "o")["errcode"] == 45159


def test_a_remark_is_short_and_about_a_follower(stage: Stage) -> None:
    follower, stranger = follow(stage), stage.openid(stage.make_user())

    codes = [
        post(stage, "user/info/updateremark", {"openid": openid, "remark": remark})["errcode"]
        for openid, remark in [(follower, "x" * 29), (follower, "x" * 30), (stranger, "x"), ("oNobody", "x")]
    ]

    assert codes == [0, 40092, 43004, 40003]
