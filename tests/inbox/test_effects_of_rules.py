"""What a rule effects beside its answer: messages, a material once, tags, events, hand-overs, and what matched nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.errors import Busy
from chalicelib.hub.flows import taking
from chalicelib.hub.words.records import Part, Ready
from chalicelib.inbox.flows import applying
from chalicelib.inbox.words import Answered, Callback
from chalicelib.wechat.messages import dedupe_key
from sandbox import actions, media
from sandbox.actions import Phone, Words
from sandbox.official.words import Tag
from tests.builders import OA_APPID, make_rules, make_user
from tests.faults import Chaos, Fate, try_every_fault
from tests.scene import CARD_CALL, Scene, away

TAGGING = "/cgi-bin/tags/members/batchtagging"
TAG = 101


def word(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "when": {"on": "keyword", "words": [name]}, "text": ["好"], **more}


@pytest.fixture(autouse=True, scope="module")
def _rules_with_effects(scene: Scene) -> None:
    scene.house.sandbox.official(OA_APPID).tags[TAG] = Tag(TAG, "vip")
    image = media.keep_sample(scene.house.sandbox, appid=OA_APPID, kind="image")
    rules = [
        word("福利", once={"text": ["券码 A-1"], "again": ["您已经领过了。"]}),
        word("优惠", once={"key": "福利", "text": ["券码 A-1"], "again": ["您已经领过了。"]}),
        word("悄悄", once={"text": ["一次"]}),
        word("图", text=[], image=image),
        word("画", once={"image": image}),
        word("新品", text=[], news=[{"title": "秋装", "url": "https://shop.example.com/a"}]),
        {"name": "poster", "when": {"on": "qr", "scenes": ["poster"]}, "text": ["海报来的！"], "tags": [TAG]},
        word("标签", tags=[TAG]),
        word("坏标签", tags=[999]),
        word("问过", event="asked"),
        word("人工", text=["请稍候，客服马上来。"], hand_over={}),
        word("都要", tags=[TAG], event="asked", once={"text": ["礼"]}, hand_over={}),
        {"name": "default", "when": {"on": "default"}, "text": ["没听懂。"]},
    ]
    make_rules(scene.house, scene.key, {"rules": rules})
    scene.house.new_container()


def say(scene: Scene, user: str, *words: str) -> None:
    """Write these and have everything worked off."""
    for said in words:
        scene.say(user, said)
        scene.house.work()
        scene.house.clock.advance(seconds=1)


def heard(scene: Scene, user: str) -> list[str]:
    return scene.seen(user, "customer_service")


def tags_of(scene: Scene, user: str) -> list[int]:
    contact = scene.house.sandbox.contact(OA_APPID, scene.openid(user))
    assert contact is not None
    return list(contact.tags)


def behaviour(scene: Scene, user: str) -> dict[str, int]:
    order = {"type": "openid", "value": scene.openid(user), "account": "demo.oa"}
    status, person = scene.house.call("POST", "/v1/people/lookup", order, key=scene.key)
    assert status == 200, person
    _, told = scene.house.call("GET", f"/v1/people/{person['id']}/behaviour", key=scene.key)
    return {each["name"]: each["count"] for each in told["events"]}


def unanswered(scene: Scene, query: str = "") -> Any:
    status, body = scene.house.call("GET", f"/v1/reply-rules/demo.oa/unanswered{query}", key=scene.key)
    assert status == 200, body
    return body


# -- a material once ---------------------------------------------------------------------------------------------------


def test_a_material_comes_once_and_after_that_another_text(scene: Scene) -> None:
    user = scene.follower()

    say(scene, user, "福利", "福利", "优惠")

    assert heard(scene, user) == ["券码 A-1", "您已经领过了。", "您已经领过了。"]


def test_everybody_gets_their_own_material(scene: Scene) -> None:
    one, other = scene.follower(), scene.follower()

    say(scene, one, "福利")
    say(scene, other, "福利")

    assert (heard(scene, one), heard(scene, other)) == (["券码 A-1"], ["券码 A-1"])


def test_without_another_text_nothing_follows_the_second_time(scene: Scene) -> None:
    user = scene.follower()

    say(scene, user, "悄悄", "悄悄")

    assert heard(scene, user) == ["一次"]


def test_what_never_reached_them_is_given_again(scene: Scene) -> None:
    user = scene.follower()
    scene.say(user, "福利")
    scene.house.work_off("inbox")
    scene.house.clock.advance(minutes=10)
    scene.house.work()
    assert heard(scene, user) == []

    say(scene, user, "福利", "福利")

    assert heard(scene, user) == ["券码 A-1", "您已经领过了。"]


def test_a_picture_is_an_answer_and_a_material(scene: Scene) -> None:
    user = scene.follower()

    say(scene, user, "图", "画")

    kinds = [each["msgtype"] for each in scene.house.play(f"/users/{user}/received", method="GET")["received"]]
    assert kinds.count("image") == 2


def test_an_article_is_an_answer(scene: Scene) -> None:
    user = scene.follower()

    say(scene, user, "新品")

    shown = scene.house.play(f"/users/{user}/received", method="GET")["received"][-1]
    assert (shown["via"], shown["msgtype"], shown["text"]) == ("reply", "news", "秋装")


def test_a_code_with_parameters_is_answered_to_new_and_old_followers(scene: Scene) -> None:
    user = make_user(scene.house)

    for _ in range(2):
        scene.house.play(f"/users/{user}/scan", {"appid": OA_APPID, "scene_str": "poster"})
        scene.house.work()
        scene.house.clock.advance(seconds=1)

    assert (scene.seen(user, "reply"), tags_of(scene, user)) == (["海报来的！"] * 2, [TAG])


# -- tags and events ---------------------------------------------------------------------------------------------------


def test_a_tag_is_given_and_one_that_is_not_there_stops_nothing(scene: Scene) -> None:
    user = scene.follower()

    say(scene, user, "坏标签", "标签")

    assert (tags_of(scene, user), scene.house.rows("inbox")[-1]["state"]["S"]) == ([TAG], "applied")


def test_a_tag_that_wechat_is_too_busy_for_is_given_by_the_next_try(scene: Scene) -> None:
    user = scene.follower()
    scene.say(user, "标签")
    callback = scene.callback()
    scene.house.play("/faults", {"path": TAGGING, "errcode": 45169, "times": 1})

    with pytest.raises(Busy):
        apply(scene, callback)
    apply(scene, callback)

    assert tags_of(scene, user) == [TAG]


def test_an_event_is_counted_among_what_the_person_did(scene: Scene) -> None:
    user = scene.follower()

    say(scene, user, "问过", "问过")

    assert behaviour(scene, user) == {"asked": 2}


def test_the_queue_of_records_away_means_that_the_callback_comes_again(scene: Scene) -> None:
    user = scene.follower()
    scene.say(user, "问过")
    callback = scene.callback()

    with away("sqs"), pytest.raises(Busy):
        apply(scene, callback)
    apply(scene, callback)
    scene.house.work()

    assert behaviour(scene, user) == {"asked": 1}


# -- hand-overs --------------------------------------------------------------------------------------------------------


def test_who_is_handed_over_waits_at_wechat_and_the_text_comes_behind(scene: Scene) -> None:
    user = scene.follower()

    say(scene, user, "人工")

    assert scene.openid(user) in scene.house.sandbox.official(OA_APPID).waiting
    assert heard(scene, user) == ["请稍候，客服马上来。"]


# -- each effect once --------------------------------------------------------------------------------------------------


def apply(scene: Scene, callback: Callback) -> None:
    applying.apply(callback, world=scene.house.world, now=scene.house.clock())


def everything_asked(scene: Scene, version: int) -> tuple[str, Callback]:
    """Somebody writes the word that effects all there is, without door and queue."""
    user = make_user(scene.house)
    sandbox = scene.house.sandbox
    phone = Phone(sandbox, sandbox.state.users[user], sandbox.state.accounts[OA_APPID])
    actions.follow(phone)
    fields = actions.write(phone, Words(msgtype="text", content="都要")).fields
    answered = Answered(rule="都要", version=version)
    return user, Callback(account="demo.oa", key=dedupe_key(fields), received_at=scene.house.clock(), fields=fields, answered=answered)


def test_each_fault_at_each_call_to_aws_leaves_every_effect_once(scene: Scene) -> None:
    _, shown = scene.house.call("GET", "/v1/reply-rules/demo.oa", key=scene.key)
    version = shown["version"]

    def play(chaos: Chaos) -> None:
        scene.forget_people()
        scene.take("records")
        user, callback = everything_asked(scene, version)

        chaos.run(lambda: apply(scene, callback))

        caused = [row["pk"]["S"].split("#")[1] for row in scene.house.rows("documents") if row.get("cause") == {"S": callback.key}]
        told = {ready.id for body in scene.take("records") for ready in events_in(scene, body)}
        assert (sorted(caused), len(told), tags_of(scene, user)) == (["once", "service"], 1, [TAG])

    assert try_every_fault(play, fates=(Fate.crashes_after, Fate.answer_lost)) > 20


def events_in(scene: Scene, body: str) -> tuple[Ready, ...]:
    return taking.open_part(msgspec.json.decode(body, type=Part), world=scene.house.world)


# -- what matched nothing ----------------------------------------------------------------------------------------------


def test_what_only_the_default_answered_is_listed_by_how_often_it_came(scene: Scene) -> None:
    user = scene.follower()
    scene.house.clock.advance(days=3)

    say(scene, user, "几点开门", "ＷＩＦＩ密码", "福利", "wifi密码 ")

    told = unanswered(scene)
    assert [(each["text"], each["count"]) for each in told["texts"]] == [("WIFI密码", 2), ("几点开门", 1)]
    assert (told["others"], unanswered(scene, "?on=2020-01-01")["texts"]) == (0, [])


def test_what_matched_nothing_comes_a_page_at_a_time(scene: Scene) -> None:
    user = scene.follower()
    scene.house.clock.advance(days=3)
    say(scene, user, "甲", "乙", "乙", "丙")

    first = unanswered(scene, "?limit=2")
    second = unanswered(scene, f"?limit=2&cursor={first['cursor']}")

    assert [each["text"] for each in first["texts"] + second["texts"]] == ["乙", "丙", "甲"]
    assert second["cursor"] is None


def test_numbers_are_masked_and_lie_nowhere_in_the_rows(scene: Scene) -> None:
    user = scene.follower()
    scene.house.clock.advance(days=3)

    say(scene, user, "我的手机是 138 1234 5678", "我的手机是１３９１２３４５６７９")

    assert [(each["text"], each["count"]) for each in unanswered(scene)["texts"]] == [("我的手机是 [phone]", 1), ("我的手机是[phone]", 1)]
    assert "手机" not in str(scene.house.rows("documents")[-6:])


def test_a_callback_that_comes_twice_is_counted_once(scene: Scene) -> None:
    user = scene.follower()
    scene.house.clock.advance(days=3)
    scene.say(user, "再来一次")
    callback = scene.callback()

    def play(chaos: Chaos) -> None:
        chaos.run(lambda: apply(scene, callback))

    try_every_fault(play, fates=(Fate.crashes_after,))

    assert [(each["text"], each["count"]) for each in unanswered(scene)["texts"]] == [("再来一次", 1)]


def test_beyond_two_hundred_texts_a_day_messages_are_only_counted(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.replies.tables.unanswered.MOST_TEXTS", 2)
    user = scene.follower()
    scene.house.clock.advance(days=3)

    say(scene, user, "一", "二", "三", "四", "一")

    told = unanswered(scene)
    assert ([(each["text"], each["count"]) for each in told["texts"]], told["others"]) == ([("一", 2), ("二", 1)], 2)


def test_a_day_that_is_none_is_refused(scene: Scene) -> None:
    status, body = scene.house.call("GET", "/v1/reply-rules/demo.oa/unanswered?on=yesterday", key=scene.key)

    assert (status, body["Code"]) == (400, "field_invalid")


def test_the_card_call_is_the_only_one_that_sends(scene: Scene) -> None:
    user = scene.follower()

    say(scene, user, "福利")

    assert len(scene.sends(scene.openid(user), CARD_CALL)) == 1
