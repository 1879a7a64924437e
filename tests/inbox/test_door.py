"""WeChat's door: proven, answered, kept by one call, and never acknowledged without being kept."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from chalicelib.inbox.words import Callback
from sandbox import crypto
from tests.builders import (
    AES_KEY,
    CALLBACK_TOKEN,
    MINI_APPID,
    OA_APPID,
    OA_ORIGINAL,
    OTHER_AES_KEY,
    make_user,
    official_account,
    reply_rules,
    tell_wechat,
)
from tests.scene import Scene, away, watched

MODES = [(mode, format) for mode in ("plain", "compatible", "safe") for format in ("xml", "json")]


@pytest.fixture(autouse=True)
def _empty_queue(scene: Scene) -> None:
    """What an earlier test left on the inbox is not this one's."""
    scene.take("inbox")


def make_account(scene: Scene, name: str, *, mode: str = "safe", format: str = "xml") -> str:
    """A further official account with the builders' rules; its appid."""
    order = official_account(name=name, appid=f"wx00000000{name}", original_id=f"gh_{name}", callback_mode=mode)
    if scene.house.call("POST", "/v1/accounts", order, key=scene.key)[0] == 201:
        tell_wechat(scene.house, order, mode=mode, format=format, open_platform="op1")
        status, body = scene.house.call("PUT", f"/v1/reply-rules/demo.{name}", reply_rules(), key=scene.key)
        assert status == 201, body
    appid: str = order["appid"]
    return appid


def push(scene: Scene, appid: str = OA_APPID, **body: Any) -> dict[str, Any]:
    """One delivery of a push made of given fields."""
    (delivery,) = scene.house.play("/push", {"appid": appid, **body})["deliveries"]
    pushed: dict[str, Any] = delivery
    return pushed


def text(content: str, **fields: Any) -> dict[str, Any]:
    return {"MsgType": "text", "FromUserName": "oWriter0000001", "Content": content, **fields}


def knock(scene: Scene, account: str, body: str, *, at_s: int = 0, token: str = CALLBACK_TOKEN) -> tuple[int, bytes]:
    """A plain push, signed as WeChat signs, to any address."""
    timestamp = str(int(scene.house.clock().timestamp()) + at_s)
    query = {"signature": crypto.sign(token, timestamp, "nonce"), "timestamp": timestamp, "nonce": "nonce"}
    return scene.house.raw("POST", f"/wechat/{account}?{urlencode(query)}", body=body.encode(), headers={"Content-Type": "text/xml"})


# -- every mode and format ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "format"), MODES)
def test_the_address_is_proven_in_every_mode(scene: Scene, mode: str, format: str) -> None:
    appid = make_account(scene, f"{mode}-{format}", mode=mode, format=format)

    assert scene.house.play(f"/accounts/{appid}/verify-url")["passed"]


@pytest.mark.parametrize("query", ["", "signature=0&timestamp=1&nonce=2&echostr=3", "echostr=3"])
def test_an_address_is_not_proven_to_a_stranger(scene: Scene, query: str) -> None:
    status, body = scene.house.raw("GET", f"/wechat/demo.oa?{query}")

    assert status == 403
    assert b"callback_refused" in body


def test_an_address_may_be_proven_again_with_the_same_request_however_old(scene: Scene) -> None:
    query = {"signature": crypto.sign(CALLBACK_TOKEN, "1000000000", "n"), "timestamp": "1000000000", "nonce": "n", "echostr": "回声"}

    answers = [scene.house.raw("GET", f"/wechat/demo.oa?{urlencode(query)}") for _ in range(2)]

    assert answers == [(200, "回声".encode())] * 2


@pytest.mark.parametrize(("mode", "format"), MODES)
def test_wechat_reads_the_reply_in_every_mode_and_format(scene: Scene, mode: str, format: str) -> None:
    appid = make_account(scene, f"{mode}-{format}", mode=mode, format=format)
    user = make_user(scene.house)

    followed = scene.house.play(f"/users/{user}/follow", {"appid": appid, "scene_str": "poster-7"})["push"]
    asked = scene.house.play(f"/users/{user}/send", {"appid": appid, "msgtype": "text", "content": "预约"})["push"]

    assert [delivery["outcome"] for delivery in (*followed["deliveries"], *asked["deliveries"])] == ["replied", "replied"]
    assert "逛逛小店" in followed["seen"]["text"]
    assert asked["seen"]["text"] == "点开卡片即可预约。"
    assert ("Encrypt" in asked["deliveries"][0]["body"]) is (mode != "plain")
    assert len(scene.take("inbox")) == 2


@pytest.mark.parametrize(("mode", "format"), MODES)
def test_an_acknowledgement_is_never_sealed(scene: Scene, mode: str, format: str) -> None:
    appid = make_account(scene, f"{mode}-{format}", mode=mode, format=format)

    delivery = push(scene, appid, fields={"MsgType": "event", "Event": "VIEW", "EventKey": "x", "FromUserName": "oWriter0000001"})

    assert (delivery["status"], delivery["outcome"], delivery["body"]) == (200, "acknowledged", "success")


def test_the_content_type_wechat_names_does_not_matter(scene: Scene) -> None:
    types = ["text/xml", "text/xml; charset=utf-8", "application/xml", "application/json", "text/plain", "application/octet-stream"]

    outcomes = {push(scene, fields=text("预约"), content_type=each)["outcome"] for each in types}

    assert outcomes == {"replied"}


# -- which rule --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "seen"),
    [
        (text("预约"), "点开卡片即可预约。"),
        (text(" 预约 "), "点开卡片即可预约。"),
        (text("我要预约"), "没听懂，回复“预约”试试。"),
        ({"MsgType": "event", "Event": "CLICK", "EventKey": "MENU_HELP", "FromUserName": "oWriter0000001"}, "我们在。"),
        ({"MsgType": "event", "Event": "subscribe", "FromUserName": "oWriter0000001"}, "欢迎！"),
    ],
)
def test_the_reply_is_that_of_the_rule_that_fits(scene: Scene, fields: dict[str, Any], seen: str) -> None:
    reply = push(scene, fields=fields)["reply"]

    assert reply["Content"].startswith(seen)
    assert (reply["ToUserName"], reply["FromUserName"]) == ("oWriter0000001", OA_ORIGINAL)


def test_the_first_of_two_rules_that_fit_answers_whatever_the_case(scene: Scene) -> None:
    appid = make_account(scene, "two")
    wide = {"name": "wide", "when": {"on": "keyword", "words": ["BOOK"], "match": "contains"}, "text": ["wide"]}
    narrow = {"name": "narrow", "when": {"on": "keyword", "words": ["book"]}, "text": ["narrow"]}
    scene.house.call("PUT", "/v1/reply-rules/demo.two", {"rules": [wide, narrow]}, key=scene.key)
    scene.house.clock.advance(seconds=11)

    reply = push(scene, appid, fields=text("Book"))["reply"]
    silent = push(scene, appid, fields=text("nothing of the kind"))

    assert reply["Content"] == "wide"
    assert (silent["outcome"], silent["body"]) == ("acknowledged", "success")


def test_what_was_answered_travels_with_the_callback(scene: Scene) -> None:
    push(scene, fields=text("预约"))
    asked = scene.callback()
    push(scene, fields={"MsgType": "event", "Event": "VIEW", "EventKey": "x", "FromUserName": "oWriter0000001"})
    viewed = scene.callback()

    assert (asked.answered.rule, asked.answered.version) == ("book", 1)
    assert (viewed.answered.rule, viewed.answered.version) == (None, 1)
    assert (asked.account, asked.received_at, asked.fields["Content"]) == ("demo.oa", scene.house.clock(), "预约")


def test_a_rule_that_is_only_a_card_acknowledges(scene: Scene) -> None:
    appid = make_account(scene, "card")
    card = {"title": "预约", "mini_program": "demo.mini", "path": "pages/a", "thumb_media_id": "T"}
    rules = {"rules": [{"name": "card", "when": {"on": "default"}, "card": card}]}
    scene.house.call("PUT", "/v1/reply-rules/demo.card", rules, key=scene.key)
    scene.house.clock.advance(seconds=11)

    delivery = push(scene, appid, fields=text("x"))

    assert (delivery["outcome"], scene.callback().answered.rule) == ("acknowledged", "card")


def test_a_mini_program_is_only_acknowledged(scene: Scene) -> None:
    scene.house.call("PUT", "/v1/reply-rules/demo.mini", reply_rules(), key=scene.key)
    scene.house.clock.advance(seconds=11)
    user = make_user(scene.house)

    asked = scene.house.play(f"/users/{user}/send", {"appid": MINI_APPID, "msgtype": "text", "content": "预约"})["push"]

    assert [(each["outcome"], each["body"]) for each in asked["deliveries"]] == [("acknowledged", "success")]
    assert scene.callback().answered.rule is None


def test_a_kind_whose_replies_nobody_has_verified_is_only_acknowledged(scene: Scene) -> None:
    shop = official_account(name="shop", kind="channels_shop", appid="wx00000000shop", original_id="gh_shop", callback_mode="plain")
    scene.house.call("POST", "/v1/accounts", {**shop, "aes_key": None}, key=scene.key)
    scene.house.call("PUT", "/v1/reply-rules/demo.shop", reply_rules(), key=scene.key)

    status, body = knock(scene, "demo.shop", xml(text("预约", MsgId="1")))

    assert (status, body) == (200, b"success")
    assert scene.callback().answered.rule is None


def xml(fields: dict[str, Any]) -> str:
    whole = {"ToUserName": "gh_shop", "CreateTime": "1780000000", **fields}
    return f"<xml>{''.join(f'<{name}>{value}</{name}>' for name, value in whole.items())}</xml>"


def test_a_kind_of_message_nobody_has_written_down_is_kept(scene: Scene) -> None:
    delivery = push(scene, fields={"MsgType": "hologram", "FromUserName": "oWriter0000001", "Beam": "blue"})
    callback = scene.callback()
    deliver(scene, callback)

    row = scene.row_of(callback)

    assert delivery["outcome"] == "acknowledged"
    assert row is not None
    assert (row["kind"]["S"], row["state"]["S"], scene.opened(row).fields["Beam"]) == ("hologram", "applied", "blue")


def deliver(scene: Scene, *callbacks: Callback) -> list[str]:
    """Hand callbacks to the worker in one batch; the places of those that failed."""
    records = [(str(place), msgspec.json.encode(callback).decode()) for place, callback in enumerate(callbacks)]
    return [failure["itemIdentifier"] for failure in scene.house.deliver("apply_callbacks", records)["batchItemFailures"]]


# -- what it costs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        text("预约"),
        text("什么"),
        {"MsgType": "event", "Event": "subscribe", "FromUserName": "oWriter0000001"},
        {"MsgType": "event", "Event": "VIEW", "EventKey": "x", "FromUserName": "oWriter0000001"},
        {"MsgType": "hologram", "FromUserName": "oWriter0000001"},
    ],
)
def test_a_warm_callback_costs_exactly_one_call_to_aws_the_one_that_keeps_it(scene: Scene, fields: dict[str, Any]) -> None:
    scene.house.new_container()
    push(scene, fields=text("warm up"))

    with watched() as calls:
        push(scene, fields=fields)

    assert calls == ["SendMessage"]


def test_a_cold_callback_reads_account_secret_and_rules_once(scene: Scene) -> None:
    scene.house.new_container()

    with watched() as calls:
        push(scene, fields=text("预约"))

    assert calls == ["GetItem", "GetParameter", "GetItem", "GetItem", "SendMessage"]


def test_no_callback_calls_wechat(scene: Scene) -> None:
    before = len(scene.house.sandbox.log.find())

    push(scene, fields={"MsgType": "event", "Event": "subscribe", "FromUserName": "oWriter0000001"})

    assert len(scene.house.sandbox.log.find()) == before


# -- keys and clocks ---------------------------------------------------------------------------------------------------


def test_while_the_aes_key_changes_either_key_is_read_and_answered_with(scene: Scene) -> None:
    appid = make_account(scene, "rotating")
    status, _ = scene.house.call("PUT", "/v1/accounts/demo.rotating/secret", {"aes_key": OTHER_AES_KEY}, key=scene.key)
    callback = {"url": "http://127.0.0.1/wechat/demo.rotating", "token": CALLBACK_TOKEN, "mode": "safe", "format": "xml"}

    outcomes = []
    for aes_key in (AES_KEY, OTHER_AES_KEY, AES_KEY):
        scene.house.play("/accounts", {"appid": appid, "callback": {**callback, "aes_key": aes_key}})
        outcomes.append(push(scene, appid, fields=text("预约"))["outcome"])

    assert status == 204
    assert outcomes == ["replied"] * 3


def test_a_key_that_was_rotated_away_twice_opens_nothing(scene: Scene) -> None:
    appid = make_account(scene, "rotated")
    for aes_key in (OTHER_AES_KEY, "third" + OTHER_AES_KEY[5:]):
        scene.house.call("PUT", "/v1/accounts/demo.rotated/secret", {"aes_key": aes_key}, key=scene.key)

    delivery = push(scene, appid, fields=text("预约"))

    assert (delivery["status"], "callback_unreadable" in delivery["body"]) == (400, True)
    assert scene.take("inbox") == []


def test_a_replayed_push_is_refused_once_it_is_old(scene: Scene) -> None:
    body = xml(text("预约", MsgId="7"))
    make_account(scene, "plain-xml", mode="plain")

    statuses = [knock(scene, "demo.plain-xml", body, at_s=at_s)[0] for at_s in (-601, -600, 600, 601)]
    forged = push(scene, fields=text("预约"), forge="old_timestamp")

    assert statuses == [403, 200, 200, 403]
    assert (forged["status"], "callback_refused" in forged["body"]) == (403, True)
    assert len(scene.take("inbox")) == 2


def test_the_same_push_delivered_three_times_has_one_key(scene: Scene) -> None:
    scene.house.play("/push", {"appid": OA_APPID, "fields": text("预约", MsgId=12345), "times": 3})

    assert len({msgspec.json.decode(body, type=Callback).key for body in scene.take("inbox")}) == 1


# -- when AWS refuses --------------------------------------------------------------------------------------------------


def test_when_the_queue_refuses_the_door_keeps_the_callback_itself_and_answers_as_ever(scene: Scene) -> None:
    openid = "oWriterSqsAway1"

    with away("sqs"):
        delivery = push(scene, fields=text("预约", FromUserName=openid))
    (row,) = scene.callbacks_about(openid)

    assert (delivery["outcome"], delivery["reply"]["Content"]) == ("replied", "点开卡片即可预约。")
    assert (row["state"]["S"], row["waiting"]["S"].split("#")[0], row["kind"]["S"]) == ("waiting", "waiting", "text")
    assert scene.opened(row).answered.rule == "book"
    assert scene.take("inbox") == []


def test_a_repeat_of_what_the_door_kept_is_answered_and_reads_nothing_the_door_may_not(scene: Scene) -> None:
    repeated = text("预约", FromUserName="oWriterSqsAway2", MsgId=4711)

    with away("sqs"):
        push(scene, fields=repeated)
        with watched() as calls:
            delivery = push(scene, fields=repeated)

    assert delivery["outcome"] == "replied"
    assert calls == ["SendMessage", "PutItem"]


def test_what_the_door_kept_is_queued_by_the_sweep_and_applied_once(scene: Scene) -> None:
    user = scene.follower()
    with away("sqs"):
        scene.say(user, "预约")
        scene.say(user, "再预约")

    scene.house.tick("sweep_inbox")
    too_young = scene.house.queued("inbox")
    scene.house.clock.advance(seconds=31)
    scene.house.tick("sweep_inbox")
    scene.house.tick("sweep_inbox")
    queued = scene.house.queued("inbox")
    scene.house.work()
    scene.house.tick("sweep_inbox")

    rows = scene.callbacks_about(scene.openid(user))
    assert (too_young, queued >= 4, scene.house.queued("inbox")) == (0, True, 0)
    assert [row["state"]["S"] for row in rows] == ["applied"] * 3
    assert [row for row in rows if "waiting" in row] == []
    assert scene.seen(user, "customer_service") == ["在线预约"]


def test_when_both_refuse_wechat_is_told_to_come_again_and_nothing_has_changed(scene: Scene) -> None:
    openid = "oWriterAllAway1"
    push(scene, fields=text("warm up"))
    scene.take("inbox")
    rows = len(scene.house.rows("inbox"))

    with away("sqs", "dynamodb"):
        refused = push(scene, fields=text("预约", FromUserName=openid, MsgId=99))
    left = len(scene.house.rows("inbox")), scene.take("inbox")
    repeated = push(scene, fields=text("预约", FromUserName=openid, MsgId=99))
    callback = scene.callback()
    deliver(scene, callback)

    assert (refused["status"], '"Code":"busy"' in refused["body"]) == (503, True)
    assert left == (rows, [])
    assert repeated["outcome"] == "replied"
    assert [row["state"]["S"] for row in scene.callbacks_about(openid)] == ["applied"]


def test_wechats_own_repeats_bridge_a_short_outage(scene: Scene) -> None:
    user = scene.follower()
    scene.house.sandbox.state.settings.retry_wait_s = 1.0
    pause = scene.house.sandbox.sleep

    with contextlib.ExitStack() as outage:
        outage.enter_context(away("sqs", "dynamodb"))
        scene.house.sandbox.sleep = lambda seconds: outage.close()
        said = scene.say(user, "预约")
    scene.house.sandbox.sleep, scene.house.sandbox.state.settings.retry_wait_s = pause, 0.0

    assert [delivery["outcome"] for delivery in said["deliveries"]] == ["bad_status", "replied"]
    assert said["seen"]["text"] == "点开卡片即可预约。"


def test_rules_keep_answering_while_the_tables_are_away(scene: Scene) -> None:
    push(scene, fields=text("warm up"))
    scene.house.clock.advance(minutes=10)

    with away("dynamodb"):
        delivery = push(scene, fields=text("预约"))

    assert delivery["outcome"] == "replied"
    assert len(scene.take("inbox")) == 2


def test_new_rules_answer_on_another_warm_container_within_ten_seconds(scene: Scene) -> None:
    appid = make_account(scene, "changing")
    other, here = scene.house.new_container(), scene.house.new_container()
    scene.house.enter(other)
    before = push(scene, appid, fields=text("预约"))["reply"]["Content"]
    scene.house.enter(here)
    rules = {"rules": [{"name": "new", "when": {"on": "default"}, "text": ["new"]}]}
    scene.house.call("PUT", "/v1/reply-rules/demo.changing", rules, key=scene.key)
    scene.house.enter(other)
    scene.house.clock.advance(seconds=10)

    after = push(scene, appid, fields=text("预约"))["reply"]["Content"]

    assert (before, after) == ("点开卡片即可预约。", "new")


def test_a_callback_of_the_distant_future_is_refused(scene: Scene) -> None:
    ahead = int(timedelta(days=365).total_seconds())

    status, _ = knock(scene, "demo.plain-xml", xml(text("x", MsgId="1")), at_s=ahead)

    assert status == 403
