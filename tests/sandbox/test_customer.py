from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.stage import HOUSE, SHOP, Stage

HOUR_S = 3_600
TYPING = "/cgi-bin/message/custom/typing"


@pytest.fixture
def user(stage: Stage) -> str:
    """A follower whose minute after the follow is over."""
    user = stage.make_user()
    stage.act(user, "follow")
    stage.clock += 61
    return user


def errcodes(stage: Stage, user: str, count: int, appid: str = HOUSE) -> list[int]:
    return [stage.write_to(user, appid)["errcode"] for _ in range(count)]


def card(stage: Stage, **changed: str) -> dict[str, str]:
    return {"title": "Order", "appid": SHOP, "pagepath": "pages/order?id=7", "thumb_media_id": stage.upload(), **changed}


def test_after_a_message_five_may_be_sent(stage: Stage, user: str) -> None:
    stage.act(user, "send", content="hello")

    assert errcodes(stage, user, 6) == [0, 0, 0, 0, 0, 45047]


@pytest.mark.parametrize(("action", "fields"), [("click", {"key": "HELP"}), ("scan", {"scene_str": "s"})])
def test_after_a_tap_or_a_scan_three_may_be_sent_within_a_minute(stage: Stage, user: str, action: str, fields: dict[str, str]) -> None:
    stage.act(user, action, **fields)
    within = errcodes(stage, user, 4)

    stage.act(user, action, **fields)
    stage.clock += 60

    assert within == [0, 0, 0, 45047]
    assert errcodes(stage, user, 1) == [45015]


def test_after_a_follow_three_may_be_sent(stage: Stage) -> None:
    user = stage.make_user()
    stage.act(user, "follow")

    assert errcodes(stage, user, 4) == [0, 0, 0, 45047]


def test_the_window_of_a_message_is_48_hours(stage: Stage, user: str) -> None:
    stage.act(user, "send", content="hello")

    stage.clock += 48 * HOUR_S - 1
    before = errcodes(stage, user, 1)
    stage.clock += 1

    assert before == [0]
    assert errcodes(stage, user, 1) == [45015]


def test_the_buckets_are_independent_and_the_shorter_one_is_used_first(stage: Stage, user: str) -> None:
    stage.act(user, "send", content="hello")
    stage.act(user, "click", key="HELP")

    quick = errcodes(stage, user, 3)
    stage.clock += 61

    assert quick == [0, 0, 0]
    assert errcodes(stage, user, 6) == [0, 0, 0, 0, 0, 45047]


def test_the_newest_bucket_can_replace_the_others(stage: Stage, user: str) -> None:
    stage.change(allowances_independent=False)
    stage.act(user, "send", content="hello")

    stage.act(user, "click", key="HELP")

    assert errcodes(stage, user, 4) == [0, 0, 0, 45047]


def test_a_message_fills_its_bucket_anew_but_does_not_add(stage: Stage, user: str) -> None:
    stage.act(user, "send", content="one")
    stage.act(user, "send", content="two")

    assert errcodes(stage, user, 6) == [0, 0, 0, 0, 0, 45047]


def test_opening_a_page_allows_nothing(stage: Stage, user: str) -> None:
    stage.act(user, "view", url="https://brand.test/")

    assert errcodes(stage, user, 1) == [45015]


def test_tapping_a_menu_message_counts_as_a_menu_tap(stage: Stage, user: str) -> None:
    stage.act(user, "send", content="Good", menu_item="101")

    assert errcodes(stage, user, 4) == [0, 0, 0, 45047]


def test_an_unfollow_ends_every_window(stage: Stage, user: str) -> None:
    stage.act(user, "send", content="hello")

    stage.act(user, "unfollow")

    assert errcodes(stage, user, 1) == [45015]


def test_a_refused_message_costs_nothing(stage: Stage, user: str) -> None:
    stage.act(user, "click", key="HELP")

    refused = stage.write_to(user, text={"content": ""})

    assert refused["errcode"] == 44004
    assert errcodes(stage, user, 4) == [0, 0, 0, 45047]


def test_the_person_sees_the_message(stage: Stage, user: str) -> None:
    stage.act(user, "send", content="hello")

    stage.write_to(user, text={"content": "您好"})

    shown = stage.received(user)[-1]
    assert (shown["via"], shown["msgtype"], shown["text"], shown["appid"]) == ("customer_service", "text", "您好", HOUSE)


def test_every_kind_of_an_official_account_goes(stage: Stage, user: str) -> None:
    stage.act(user, "send", content="one")
    stage.act(user, "click", key="HELP")
    media_id = stage.upload()
    video = {"media_id": media_id, "thumb_media_id": media_id, "title": "t", "description": "d"}
    music = {"title": "t", "description": "d", "musicurl": "http://brand.test/x.mp3", "thumb_media_id": media_id}
    menu = {
        "head_content": "How was it?",
        "list": [{"id": "101", "content": "Good"}, {"id": 102, "content": "Bad"}],
        "tail_content": "Thanks",
    }

    answers = [
        stage.write_to(user, msgtype="image", image={"media_id": media_id}),
        stage.write_to(user, msgtype="voice", voice={"media_id": media_id}),
        stage.write_to(user, msgtype="video", video=video),
        stage.write_to(user, msgtype="music", music=music),
        stage.write_to(user, msgtype="news", news={"articles": [{"title": "t", "url": "https://brand.test/"}]}),
        stage.write_to(user, msgtype="msgmenu", msgmenu=menu),
        stage.write_to(user, msgtype="miniprogrampage", miniprogrampage=card(stage)),
    ]

    assert [answer["errcode"] for answer in answers] == [0] * 7
    kinds = [shown["msgtype"] for shown in stage.received(user)]
    assert kinds == ["image", "voice", "video", "music", "news", "msgmenu", "miniprogrampage"]


@pytest.mark.parametrize(
    ("message", "errcode"),
    [
        ({"msgtype": "link", "link": {"title": "t", "url": "https://brand.test/"}}, 40008),
        ({"msgtype": "poem"}, 40008),
        ({"msgtype": "image"}, 40008),
        ({"touser": ""}, 40003),
        ({"text": {"content": "文" * 683}}, 45002),
        ({"text": "hello"}, 47001),
        ({"msgtype": "image", "image": {"media_id": "unknown"}}, 40007),
        ({"msgtype": "music", "music": {"title": "t", "description": "d", "thumb_media_id": "m"}}, 40035),
        ({"msgtype": "news", "news": {"articles": [{"title": "a"}, {"title": "b"}]}}, 45008),
        ({"msgtype": "news", "news": {"articles": []}}, 45008),
        ({"msgtype": "news", "news": {"articles": [{"url": "https://brand.test/"}]}}, 40035),
        ({"msgtype": "msgmenu", "msgmenu": {"head_content": "?"}}, 40035),
    ],
)
def test_a_wrong_message_has_its_code(stage: Stage, user: str, message: dict[str, Any], errcode: int) -> None:
    stage.act(user, "send", content="hello")

    assert stage.write_to(user, **message)["errcode"] == errcode


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"title": ""}, 40035),
        ({"pagepath": ""}, 40035),
        ({"appid": ""}, 40035),
        ({"appid": "wxstranger"}, 45064),
        ({"thumb_media_id": ""}, 40007),
    ],
)
def test_a_mini_program_card_needs_all_fields_and_a_link(stage: Stage, user: str, changed: dict[str, str], errcode: int) -> None:
    stage.act(user, "send", content="hello")

    answer = stage.write_to(user, msgtype="miniprogrampage", miniprogrampage=card(stage, **changed))

    assert answer["errcode"] == errcode


def test_an_unverified_official_account_may_not_write(stage: Stage, user: str) -> None:
    stage.control("POST", "/accounts", {"appid": HOUSE, "verified": False})
    stage.act(user, "send", content="hello")

    assert stage.write_to(user)["errcode"] == 48001


def test_a_mini_program_may_write_five_after_a_message_and_two_after_the_session_was_opened(stage: Stage) -> None:
    user = stage.make_user()

    stage.act(user, "enter", SHOP, session_from="help")
    entered = errcodes(stage, user, 3, SHOP)
    stage.act(user, "send", SHOP, content="hello")

    assert entered == [0, 0, 45047]
    assert errcodes(stage, user, 6, SHOP) == [0, 0, 0, 0, 0, 45047]


def test_a_mini_program_sends_links_and_cards_without_appid_but_no_news(stage: Stage) -> None:
    user = stage.make_user()
    stage.act(user, "send", SHOP, content="hello")
    page = {"title": "Order", "pagepath": "pages/order", "thumb_media_id": stage.upload(SHOP)}

    link = stage.write_to(user, SHOP, msgtype="link", link={"title": "t", "url": "https://brand.test/"})
    own_page = stage.write_to(user, SHOP, msgtype="miniprogrampage", miniprogrampage=page)
    news = stage.write_to(user, SHOP, msgtype="news", news={"articles": [{"title": "t"}]})

    assert [link["errcode"], own_page["errcode"], news["errcode"]] == [0, 0, 40008]


def type_to(stage: Stage, user: str, command: str, appid: str = HOUSE, path: str = TYPING) -> int:
    body = {"touser": stage.openid(user, appid), "command": command}
    return int(stage.post(path, body, access_token=stage.token(appid))["errcode"])


def test_the_typing_sign_shows_once_for_fifteen_seconds(stage: Stage, user: str) -> None:
    stage.act(user, "send", content="hello")

    first, second = type_to(stage, user, "Typing"), type_to(stage, user, "Typing")
    stage.clock += 15
    third = type_to(stage, user, "Typing")
    cancelled = type_to(stage, user, "CancelTyping")

    assert [first, second, third, cancelled, type_to(stage, user, "Typing")] == [0, 45081, 0, 0, 0]


def test_the_typing_sign_needs_a_fresh_exchange_and_a_known_command(stage: Stage, user: str) -> None:
    stage.act(user, "send", content="hello")

    unknown = type_to(stage, user, "Dance")
    stage.clock += 31

    assert unknown == 45072
    assert type_to(stage, user, "Typing") == 45080


def test_a_mini_program_types_on_its_own_path(stage: Stage) -> None:
    user = stage.make_user()
    stage.act(user, "send", SHOP, content="hello")

    on_foreign_path = type_to(stage, user, "Typing", SHOP)
    on_own_path = type_to(stage, user, "Typing", SHOP, "/cgi-bin/message/custom/business/typing")
    stage.change(mini_program_may_use_typing=True)

    assert [on_foreign_path, on_own_path, type_to(stage, user, "CancelTyping", SHOP)] == [48001, 0, 0]
