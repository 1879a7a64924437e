from __future__ import annotations

from typing import Any

from tests.sandbox.official.hands import OK, codes, follower, post, pushed
from tests.sandbox.stage import HOUSE, SHOP, Stage


def put(stage: Stage, *openids: str, un: bool = False) -> Any:
    return post(stage, f"/cgi-bin/tags/members/batch{'un' if un else ''}blacklist", {"openid_list": list(openids)})


def show(stage: Stage, begin: str = "") -> Any:
    return post(stage, "/cgi-bin/tags/members/getblacklist", {"begin_openid": begin})


def test_the_list_comes_in_pages_and_asks_with_another_word_than_it_answers(stage: Stage) -> None:
    stage.change(blacklist_per_page=2)
    openids = [stage.openid(follower(stage)) for _ in range(3)]
    for openid in openids:
        put(stage, openid)
        stage.clock += 1

    first = show(stage)
    second = show(stage, first["next_openid"])
    third = show(stage, second["next_openid"])

    assert first == {"total": 3, "count": 2, "data": {"openid": openids[:2]}, "next_openid": openids[1]}
    assert second == {"total": 3, "count": 1, "data": {"openid": openids[2:]}, "next_openid": openids[2]}
    assert third == {"total": 3, "count": 0, "next_openid": ""}


def test_who_is_taken_off_is_gone(stage: Stage) -> None:
    openid = stage.openid(follower(stage))

    assert (put(stage, openid), put(stage, openid, un=True)) == (OK, OK)
    assert show(stage)["total"] == 0


def test_twenty_at_once_and_only_ones_own(stage: Stage) -> None:
    foreign = stage.openid(stage.make_user(), SHOP)

    assert codes([put(stage), put(stage, *["o"] * 21), put(stage, foreign), put(stage, "oNobody")]) == [40032, 40032, 49003, 40003]


def test_a_blacklisted_person_is_not_heard_and_not_written_to(stage: Stage) -> None:
    stage.set_callback()
    user = follower(stage)
    stage.act(user, "send", content="before")
    put(stage, stage.openid(user))

    silent = stage.act(user, "send", content="after")["push"]

    assert silent == {"deliveries": [], "seen": None, "waiting": False}
    assert [one.get("Content") for one in pushed(stage)][-1] == "before"
    assert stage.write_to(user)["errcode"] == 43019


def test_by_setting_a_blacklisted_person_is_heard(stage: Stage) -> None:
    stage.set_callback()
    stage.change(blacklisted_are_heard=True)
    user = follower(stage)
    put(stage, stage.openid(user))

    assert stage.act(user, "send", content="after")["push"]["deliveries"]


def test_who_blocks_the_account_is_not_written_to_but_heard(stage: Stage) -> None:
    stage.set_callback()
    user = follower(stage)
    stage.control("POST", f"/users/{user}/block", {"appid": HOUSE})

    assert stage.act(user, "send", content="hello")["push"]["deliveries"]
    assert stage.write_to(user)["errcode"] == 48002
