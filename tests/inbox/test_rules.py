"""What a callback has to effect, and where a page of failed ones ends. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.accounts.words import Account, AccountSecret, Kind
from chalicelib.errors import Forbidden, Invalid
from chalicelib.inbox import rules
from chalicelib.inbox.words import Place
from chalicelib.wechat.messages import read_message

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def fields(**changes: Any) -> dict[str, Any]:
    return {"ToUserName": "gh_1", "FromUserName": "oSomebody", "CreateTime": str(int(NOON.timestamp())), "MsgType": "event", **changes}


@pytest.mark.parametrize(
    ("told", "by_a_person", "follows"),
    [
        (fields(Event="subscribe"), True, True),
        (fields(Event="unsubscribe"), True, False),
        (fields(Event="SCAN", EventKey="x"), True, None),
        (fields(Event="CLICK", EventKey="x"), True, None),
        (fields(MsgType="text", Content="x", MsgId="1"), True, None),
        (fields(Event="MASSSENDJOBFINISH", FromUserName="mphelper", MsgID="1", Status="send success"), False, None),
        (fields(MsgType="text", Content="x", MsgId="1", FromUserName="weixin"), False, None),
        (fields(Event="VIEW", EventKey="https://shop.example.com/"), False, None),
        (fields(Event="something_new"), False, None),
        (fields(MsgType="hologram"), False, None),
    ],
)
def test_only_what_a_person_did_tells_who_they_are_and_whether_they_follow(
    told: dict[str, Any], by_a_person: bool, follows: bool | None
) -> None:
    message = read_message(told)

    assert (rules.is_from_a_person(message), rules.follow_told_by(message)) == (by_a_person, follows)


def test_a_card_may_go_for_as_long_as_wechat_allows() -> None:
    message = read_message(fields(Event="subscribe"))

    assert rules.card_not_after(message, NOON + timedelta(seconds=2), 60) == NOON + timedelta(seconds=62)
    assert rules.card_not_after(message, NOON - timedelta(seconds=2), 60) == NOON + timedelta(seconds=60)


def test_an_account_without_a_callback_token_is_refused_like_an_unknown_one() -> None:
    account = Account(id="demo.app", brand="demo", name="app", kind=Kind.app, appid="wx1", created_at=NOON)

    with pytest.raises(Forbidden) as refused:
        rules.callback_keys(account, AccountSecret(aes_keys=("k" * 43,)))

    assert refused.value.code == "callback_refused"


def test_a_cursor_leads_back_to_its_place() -> None:
    place = Place(NOON, "oa", "0123456789abcdef")

    assert rules.read_cursor(rules.write_cursor(place)) == place
    assert (rules.write_cursor(None), rules.read_cursor(None)) == (None, None)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "1/oa",
        "1/oa/short",
        "1/oa/0123456789abcdeg",
        "1//0123456789abcdef",
        "1/demo.oa/0123456789abcdef",
        "1/o#a/0123456789abcdef",
        "-1/oa/0123456789abcdef",
        "١/oa/0123456789abcdef",
        "999999999999/oa/0123456789abcdef",
        "1/oa/0123456789abcdef\n",
    ],
)
def test_a_cursor_of_another_form_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.read_cursor(cursor)

    assert refused.value.code == "cursor_invalid"
