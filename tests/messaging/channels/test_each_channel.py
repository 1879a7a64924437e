"""Each channel from the order to the phone."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from chalicelib.consent.words import Purpose
from chalicelib.messaging.flows import settings
from chalicelib.messaging.words.documents import Cap, MessageRules
from tests.builders import MINI_APPID
from tests.messaging.channels.studio import DATA, NOTICE, PAGE, TEMPLATE, Studio, answer, notice, push, template, text
from tests.scene import CARD_CALL

TEMPLATE_CALL, NOTICE_CALL = "/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/bizsend"


def test_a_template_message_arrives_with_its_page_its_address_and_its_key_and_its_receipt_says_so(studio: Studio) -> None:
    user = studio.somebody()

    taken = studio.sent(user, template(url="https://shop.example.com/o/1", mini_program=PAGE))
    studio.house.play("/pushes/deliver", {"all": True})
    studio.house.work()
    sent = studio.scene.message(taken["id"])

    (asked,) = studio.scene.sends(studio.scene.openid(user), TEMPLATE_CALL)
    assert studio.scene.seen(user, "template_message") == ["预约\n服务：美容护理\n时间：15:00"]
    assert asked["template_id"] == TEMPLATE
    assert asked["data"] == {name: {"value": value} for name, value in DATA.items()}
    assert (asked["url"], asked["miniprogram"]) == ("https://shop.example.com/o/1", {"appid": MINI_APPID, "pagepath": "pages/book/index"})
    assert (sent["id"][:29], len(asked["client_msg_id"]) <= 32) == (asked["client_msg_id"][:-2], True)
    assert (taken["state"], sent["state"], sent["provider_id"].isdigit()) == ("accepted", "delivered", True)


def test_a_notice_arrives_once_for_each_yes(studio: Studio) -> None:
    user = studio.somebody()

    first, second = studio.sent(user, notice(url="https://shop.example.com/")), studio.sent(user, notice())
    studio.house.play("/pushes/deliver", {"all": True})
    studio.house.work()

    (asked,) = studio.scene.sends(studio.scene.openid(user), NOTICE_CALL)
    assert (asked["template_id"], asked["page"]) == (NOTICE, "https://shop.example.com/")
    assert studio.scene.seen(user, "subscribe_message") == ["到店\n服务：美容护理"]
    assert (first["state"], second["state"]) == ("accepted", "skipped_no_grant")
    assert (first["provider_id"], studio.scene.message(first["id"])["state"]) == (None, "delivered")


def test_customer_service_messages_of_every_kind_arrive(studio: Studio) -> None:
    thumb = studio.media("thumb")
    article = studio.article()
    messages: list[tuple[str, dict[str, Any], str]] = [
        ("text", {"kind": "text", "text": "您好"}, "您好"),
        ("image", {"kind": "image", "media_id": studio.media("image")}, "[file]"),
        ("voice", {"kind": "voice", "media_id": studio.media("voice")}, "[file]"),
        ("video", {"kind": "video", "media_id": studio.media("video"), "thumb_media_id": thumb, "title": "护理"}, "护理"),
        (
            "music",
            {"kind": "music", "title": "曲", "description": "慢", "url": "https://m.example.com/a.mp3", "thumb_media_id": thumb},
            "曲",
        ),
        (
            "news",
            {"kind": "news", "title": "活动", "url": "https://shop.example.com/", "picture_url": "https://shop.example.com/a"},
            "活动",
        ),
        ("mpnewsarticle", {"kind": "article", "article_id": article}, "文章"),
        (
            "msgmenu",
            {"kind": "menu", "head": "满意吗？", "items": [{"id": "1", "text": "满意"}, {"id": "2", "text": "不"}], "tail": "谢谢"},
            "满意吗？\n满意\n不\n谢谢",
        ),
        ("miniprogrampage", {"kind": "card", "title": "预约", "appid": MINI_APPID, "path": "pages/a", "thumb_media_id": thumb}, "预约"),
    ]
    for msgtype, message, shown in messages:
        user = studio.somebody()

        sent = studio.sent(user, answer(message))

        assert (msgtype, sent["state"], sent["outcome"]) == (msgtype, "accepted", "")
        last = studio.scene.sends(studio.scene.openid(user), CARD_CALL)[-1]
        assert (last["msgtype"], studio.scene.seen(user, "customer_service")[-1]) == (msgtype, shown)


def test_a_mini_program_answers_with_its_own_card_and_with_links(studio: Studio) -> None:
    user = studio.scene.customer(accepts=0)
    studio.house.play(f"/users/{user}/send", {"appid": MINI_APPID, "msgtype": "text", "content": "在吗"})
    studio.house.work()
    to = {"type": "openid", "value": studio.scene.openid(user, MINI_APPID), "account": "demo.mini"}
    card = {"kind": "card", "title": "预约", "path": "pages/a", "thumb_media_id": studio.media("thumb", MINI_APPID)}
    link = {"kind": "link", "title": "优惠", "url": "https://shop.example.com/", "picture_url": "https://shop.example.com/a"}

    sent = [studio.sent(user, answer(message, "demo.mini"), to=to)["state"] for message in (card, link)]

    assert sent == ["accepted", "accepted"]
    assert studio.scene.seen(user, "customer_service") == ["预约", "优惠"]
    assert "appid" not in studio.scene.sends(to["value"], CARD_CALL)[0]["miniprogrampage"]


def test_a_text_arrives_at_the_phone_and_neither_is_told_by_any_log(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    user = studio.somebody()
    number = studio.house.play(f"/users/{user}", method="GET")["phone"]
    studio.link(user, "phone", f"+86{number}")
    caplog.set_level(logging.DEBUG)

    sent = studio.sent(user, text())

    assert (sent["state"], studio.scene.seen(user, "sms")) == ("accepted", ["canary-words-91"])
    assert "canary-words-91" not in caplog.text
    assert number not in caplog.text


def test_who_has_no_phone_and_no_device_is_skipped_not_failed(studio: Studio) -> None:
    user = studio.somebody()

    assert [studio.sent(user, step)["state"] for step in (text(), push())] == ["skipped_no_endpoint"] * 2


def test_a_notification_is_shown_on_every_device_and_a_device_without_the_app_is_not_asked_again(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    user = studio.somebody()
    for token in (f"push-{user}", f"push-{user}.2", "gone-token-33"):
        studio.link(user, "push_token", token)
    caplog.set_level(logging.DEBUG)
    before = len(studio.push.tokens)

    first = studio.sent(user, push(data={"order": "7"}))
    asked = len(studio.push.tokens)
    second = studio.sent(user, push())

    received = studio.house.play(f"/users/{user}/received", method="GET")["received"]
    shown = [each["content"] for each in received if each["via"] == "push"]
    assert (first["state"], second["state"], len(shown)) == ("accepted", "accepted", 4)
    assert (shown[0]["app"], shown[0]["title"], shown[0]["data"]) == ("demo.app", "到店", {"order": "7"})
    assert (asked - before, len(studio.push.tokens) - asked) == (3, 2)
    assert "canary-words-91" not in caplog.text
    assert "gone-token-33" not in caplog.text


def test_a_notification_counts_for_the_caps_of_every_channel_unless_no_device_took_it(studio: Studio) -> None:
    reached, gone = studio.somebody(), studio.somebody()
    studio.link(reached, "push_token", f"push-{reached}")
    studio.link(gone, "push_token", f"gone-{gone}")
    world = studio.house.world
    settings.publish("demo", MessageRules(caps=(Cap(most=1, purpose=Purpose.service),)), actor="test", world=world, now=world.now())
    studio.house.clock.advance(seconds=20)

    first, dead = studio.sent(reached, push()), studio.sent(gone, push())
    second, other = studio.sent(reached, template()), studio.sent(gone, template())
    settings.publish("demo", MessageRules(), actor="test", world=world, now=world.now())
    studio.house.clock.advance(seconds=20)

    assert (first["state"], second["state"], second["outcome"]) == ("accepted", "skipped_cap", "cap")
    assert (dead["state"], other["state"]) == ("failed", "accepted")


def test_where_every_device_is_dead_the_next_way_is_gone(studio: Studio) -> None:
    user = studio.somebody()
    studio.link(user, "push_token", f"gone-{user}")

    first = studio.sent(user, push(), template())
    second = studio.sent(user, push())

    assert (first["state"], first["channel"]) == ("accepted", "template_message")
    assert (second["state"], second["outcome"]) == ("skipped_no_endpoint", "dead")


def test_an_app_that_is_installed_again_is_reached_again_by_its_old_token_and_by_a_new_one(studio: Studio) -> None:
    user = studio.somebody()
    token = f"push-{user}"
    studio.link(user, "push_token", token)
    studio.push.gone.add(token)
    gone = [studio.sent(user, push())["state"] for _ in range(2)]

    studio.push.gone.clear()
    studio.house.clock.advance(minutes=1)
    studio.link(user, "push_token", token)
    again = studio.sent(user, push())["state"]
    studio.house.clock.advance(minutes=1)
    studio.push.gone.add(token)
    studio.sent(user, push())
    studio.link(user, "push_token", f"{token}.2")
    anew = studio.sent(user, push())["state"]

    assert (gone, again, anew) == (["failed", "skipped_no_endpoint"], "accepted", "accepted")
    assert studio.push.tokens[-1] == f"{token}.2"


def test_a_notification_of_one_app_goes_to_no_device_of_another(studio: Studio) -> None:
    user = studio.somebody()
    studio.link(user, "push_token", f"push-{user}", app="demo.mini")

    assert (studio.sent(user, push())["state"], studio.push.tokens.count(f"push-{user}")) == ("skipped_no_endpoint", 0)


def test_a_push_token_that_somebody_else_has_by_now_shows_them_nothing_of_who_had_it(studio: Studio) -> None:
    before, after = studio.somebody(), studio.somebody()
    studio.link(before, "push_token", f"push-{after}")
    studio.house.clock.advance(minutes=1)
    studio.link(after, "push_token", f"push-{after}")

    sent = [studio.sent(user, push())["state"] for user in (before, after)]

    assert sent == ["skipped_no_endpoint", "accepted"]
