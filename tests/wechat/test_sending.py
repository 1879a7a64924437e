"""Sends as WeChat gets them, and its answers to mass sends."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.errors import Declined, Unknown
from chalicelib.wechat.gateway import Gateway
from chalicelib.wechat.sending import MassStatus, MiniProgramPage
from tests.wechat.test_gateway import OPENID, TOKEN, Wire, wechat, wire

__all__ = ["wechat", "wire"]
PAGE = MiniProgramPage("wx1", "pages/a")
WORDS = {"msgtype": "text", "text": {"content": "x"}}


@pytest.mark.parametrize(
    ("page", "url", "told"),
    [
        (None, "", {}),
        (None, "https://a/", {"url": "https://a/"}),
        (PAGE, "", {"miniprogram": {"appid": "wx1", "pagepath": "pages/a"}}),
    ],
)
def test_a_template_message_says_where_it_leads_and_its_key(
    wire: Wire, wechat: Gateway, page: MiniProgramPage | None, url: str, told: dict[str, Any]
) -> None:
    wire.say({"errcode": 0, "errmsg": "ok", "msgid": 300000001})

    msgid = wechat.send_template_message(TOKEN, OPENID, "TM", {"thing1": "x"}, url=url, page=page, key="k1")

    [asked] = wire.asked
    assert (msgid, asked.path) == ("300000001", "/cgi-bin/message/template/send")
    assert asked.body == {"touser": OPENID, "template_id": "TM", "data": {"thing1": {"value": "x"}}, "client_msg_id": "k1", **told}


def test_a_notice_leads_to_its_page_and_needs_no_id(wire: Wire, wechat: Gateway) -> None:
    wire.say({"errcode": 0, "errmsg": "ok", "msgid": None})

    msgid = wechat.send_subscription_notice(TOKEN, OPENID, "N", {"thing1": "x"}, url="https://a/", page=None, key="k1")

    [asked] = wire.asked
    assert (msgid, asked.path) == (None, "/cgi-bin/message/subscribe/bizsend")
    assert asked.body is not None
    assert asked.body["page"] == "https://a/"


def test_a_mass_send_names_whom_it_goes_to_and_its_key(wire: Wire, wechat: Gateway) -> None:
    for _ in range(3):
        wire.say({"errcode": 0, "errmsg": "ok", "msg_id": 7})

    wechat.send_mass_to_openids(TOKEN, ["a", "b"], WORDS, key="k1")
    wechat.send_mass_to_all(TOKEN, None, WORDS, key="k2")
    job = wechat.send_mass_to_all(TOKEN, 5, WORDS, key="k3")

    assert job == "7"
    assert [(asked.path.rsplit("/", 1)[1], asked.body) for asked in wire.asked] == [
        ("send", {"touser": ["a", "b"], **WORDS, "clientmsgid": "k1"}),
        ("sendall", {"filter": {"is_to_all": True}, **WORDS, "clientmsgid": "k2"}),
        ("sendall", {"filter": {"is_to_all": False, "tag_id": 5}, **WORDS, "clientmsgid": "k3"}),
    ]


def test_a_mass_send_that_was_taken_before_is_done_under_its_old_id(wire: Wire, wechat: Gateway) -> None:
    wire.say({"errcode": 45065, "errmsg": "clientmsgid exist", "msg_id": 42})

    assert wechat.send_mass_to_all(TOKEN, None, WORDS, key="k1") == "42"


@pytest.mark.parametrize("errcode", [0, 45065])
@pytest.mark.parametrize("told", [{}, {"msg_id": None}, {"msg_id": 0}, {"msg_id": ""}])
def test_a_mass_send_that_was_taken_under_no_id_is_not_known_yet(wire: Wire, wechat: Gateway, errcode: int, told: dict[str, Any]) -> None:
    wire.say({"errcode": errcode, "errmsg": "clientmsgid exist", **told})

    with pytest.raises(Unknown):
        wechat.send_mass_to_all(TOKEN, None, WORDS, key="k1")


def test_a_mass_send_that_was_taken_a_moment_before_is_not_known_yet(wire: Wire, wechat: Gateway) -> None:
    wire.say({"errcode": 45066, "errmsg": "same clientmsgid retry too fast"})

    with pytest.raises(Unknown):
        wechat.send_mass_to_all(TOKEN, None, WORDS, key="k1")


def test_a_key_that_is_too_long_is_refused(wire: Wire, wechat: Gateway) -> None:
    wire.say({"errcode": 45067, "errmsg": "clientmsgid too long"})

    with pytest.raises(Declined) as refused:
        wechat.send_mass_to_all(TOKEN, None, WORDS, key="k1")

    assert refused.value.errcode == 45067


def test_a_mass_send_is_previewed_looked_at_and_taken_back(wire: Wire, wechat: Gateway) -> None:
    wire.say({"errcode": 0, "errmsg": "preview success", "msg_id": 1})
    wire.say({"msg_id": 7, "msg_status": "SENDING"})
    wire.say({"errcode": 0, "errmsg": "ok"})

    wechat.preview_mass(TOKEN, WORDS, openid=OPENID)
    status = wechat.fetch_mass_status(TOKEN, "7")
    wechat.delete_mass(TOKEN, "7", 2)

    assert status is MassStatus.sending
    assert [(asked.path.rsplit("/", 1)[1], asked.body) for asked in wire.asked] == [
        ("preview", {"touser": OPENID, **WORDS}),
        ("get", {"msg_id": "7"}),
        ("delete", {"msg_id": 7, "article_idx": 2}),
    ]
