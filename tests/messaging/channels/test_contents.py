"""What WeChat's limits let through and what not, on both sides of each."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import msgspec
import pytest

from chalicelib.accounts.words import Account, Kind
from chalicelib.errors import Invalid
from chalicelib.messaging.rules import customer, masses
from chalicelib.messaging.words.contents import AnyStep
from chalicelib.messaging.words.customer import AnyContent, CustomerText
from chalicelib.messaging.words.masses import AnyAudience, AnyMass, MassText
from tests.clock import NOON

URL = "https://a.example.com/"
THUMB = {"thumb_media_id": "t"}


def fits(given: dict[str, Any], words: Any = AnyContent) -> bool:
    try:
        msgspec.convert(given, words)
    except msgspec.ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("kind", "field", "longest", "rest"),
    [
        ("text", "text", 2048, {}),
        ("image", "media_id", 128, {}),
        ("voice", "media_id", 128, {}),
        ("video", "media_id", 128, THUMB),
        ("video", "title", 128, {"media_id": "m", **THUMB}),
        ("video", "description", 512, {"media_id": "m", **THUMB}),
        ("music", "title", 128, {"description": "d", "url": URL, **THUMB}),
        ("music", "description", 512, {"title": "t", "url": URL, **THUMB}),
        ("news", "title", 128, {"url": URL}),
        ("news", "description", 512, {"title": "t", "url": URL}),
        ("article", "article_id", 128, {}),
        ("menu", "head", 512, {"items": [{"id": "1", "text": "a"}]}),
        ("menu", "tail", 512, {"items": [{"id": "1", "text": "a"}]}),
        ("card", "title", 256, {"path": "p", **THUMB}),
        ("card", "path", 1024, {"title": "t", **THUMB}),
        ("link", "title", 128, {"url": URL}),
        ("link", "description", 512, {"title": "t", "url": URL}),
    ],
)
def test_a_field_takes_so_many_characters_and_no_more(kind: str, field: str, longest: int, rest: dict[str, Any]) -> None:
    assert fits({"kind": kind, **rest, field: "x" * longest})
    assert not fits({"kind": kind, **rest, field: "x" * (longest + 1)})


@pytest.mark.parametrize(
    ("kind", "field", "rest"),
    [
        ("text", "text", {}),
        ("image", "media_id", {}),
        ("video", "thumb_media_id", {"media_id": "m"}),
        ("music", "title", {"description": "d", "url": URL, **THUMB}),
        ("music", "description", {"title": "t", "url": URL, **THUMB}),
        ("music", "url", {"title": "t", "description": "d", **THUMB}),
        ("news", "title", {"url": URL}),
        ("article", "article_id", {}),
        ("menu", "items", {}),
        ("card", "thumb_media_id", {"title": "t", "path": "p"}),
        ("link", "url", {"title": "t"}),
    ],
)
def test_what_wechat_needs_is_needed(kind: str, field: str, rest: dict[str, Any]) -> None:
    assert not fits({"kind": kind, **rest})
    assert not fits({"kind": kind, **rest, field: [] if field == "items" else ""})


@pytest.mark.parametrize(("count", "ok"), [(1, True), (10, True), (11, False)])
def test_a_menu_has_ten_answers_at_most(count: int, ok: bool) -> None:
    items = [{"id": str(place), "text": "x" * 128} for place in range(count)]

    assert fits({"kind": "menu", "items": items}) is ok


@pytest.mark.parametrize(("item", "ok"), [({"id": "a" * 32, "text": "x"}, True), ({"id": "a" * 33, "text": "x"}, False)])
def test_an_answer_has_a_short_id(item: dict[str, Any], ok: bool) -> None:
    assert fits({"kind": "menu", "items": [item]}) is ok
    assert not fits({"kind": "menu", "items": [{**item, "text": "x" * 129}]})


@pytest.mark.parametrize(
    ("url", "ok"), [(URL, True), ("http://a/" + "x" * 1015, True), ("http://a/" + "x" * 1016, False), ("javascript:1", False)]
)
def test_an_address_is_one_of_the_web(url: str, ok: bool) -> None:
    assert fits({"kind": "news", "title": "t", "url": url}) is ok
    assert fits({"kind": "link", "title": "t", "url": url}) is ok
    assert fits({"kind": "music", "title": "t", "description": "d", "url": URL, "hq_url": url, **THUMB}) is ok


@pytest.mark.parametrize(("text", "ok"), [("长" * 682 + "ab", True), ("长" * 683, False)])
def test_a_text_is_counted_in_bytes(text: str, ok: bool) -> None:
    refused = nullcontext() if ok else pytest.raises(Invalid, match=r"at `\$\.message\.text`")

    with refused:
        customer.check(Kind.official_account, CustomerText(text=text), place="$")
    with refused:
        masses.check(_account(Kind.official_account), MassText(text=text), place="$")


def test_mass_sends_are_made_by_official_accounts() -> None:
    with pytest.raises(Invalid, match=r"at `\$\.account`"):
        masses.check(_account(Kind.mini_program), MassText(text="x"), place="$")


@pytest.mark.parametrize(("count", "ok"), [(1, False), (2, True), (10_000, True), (10_001, False)])
def test_a_mass_send_names_two_to_ten_thousand_people(count: int, ok: bool) -> None:
    assert fits({"to": "openids", "openids": ["o"] * count}, AnyAudience) is ok


@pytest.mark.parametrize(("count", "ok"), [(0, False), (1, True), (20, True), (21, False)])
def test_a_mass_send_has_twenty_pictures_at_most(count: int, ok: bool) -> None:
    assert fits({"kind": "pictures", "media_ids": ["m"] * count}, AnyMass) is ok


@pytest.mark.parametrize(
    ("content", "written"),
    [
        ({"kind": "articles", "media_id": "d"}, {"msgtype": "mpnews", "mpnews": {"media_id": "d"}, "send_ignore_reprint": 0}),
        ({"kind": "voice", "media_id": "v"}, {"msgtype": "voice", "voice": {"media_id": "v"}}),
        ({"kind": "video", "media_id": "v", "title": "t"}, {"msgtype": "mpvideo", "mpvideo": {"media_id": "v", "title": "t"}}),
    ],
)
def test_a_mass_message_is_written_as_wechat_wants_it(content: dict[str, Any], written: dict[str, Any]) -> None:
    assert masses.write(msgspec.convert(content, AnyMass)) == written


STEPS: list[tuple[dict[str, Any], str, Any, Any]] = [
    ({"channel": "template_message", "template_id": "T", "data": {"a1": "x"}}, "url", "https://a/" + "x" * 1014, "https://a/" + "x" * 1015),
    (
        {"channel": "template_message", "template_id": "T"},
        "data",
        {f"keyword{n}": "x" for n in range(20)},
        {f"k{n}": "x" for n in range(21)},
    ),
    ({"channel": "template_message", "data": {"remark": "x"}}, "template_id", "T" * 128, "T" * 129),
    ({"channel": "subscription_notice", "template_id": "T"}, "data", {"thing1": "x" * 200}, {"thing1": "x" * 201}),
    ({"channel": "subscription_notice", "template_id": "T", "data": {"thing1": "x"}}, "too_long", "cut", "shorten"),
    ({"channel": "push", "text": "x"}, "title", "x" * 64, "x" * 65),
    ({"channel": "push", "title": "x"}, "text", "x" * 500, "x" * 501),
    ({"channel": "push", "title": "x", "text": "x"}, "data", {f"k{n}": "v" * 256 for n in range(10)}, {f"k{n}": "v" for n in range(11)}),
    ({"channel": "push", "title": "x", "text": "x"}, "data", {"k" * 40: "v"}, {"k" * 41: "v"}),
    ({"channel": "push", "title": "x", "text": "x"}, "data", {"k": "v" * 256}, {"k": "v" * 257}),
    ({"channel": "sms"}, "text", "x" * 500, "x" * 501),
]


@pytest.mark.parametrize(("step", "field", "most", "more"), STEPS)
def test_a_step_takes_so_much_and_no_more(step: dict[str, Any], field: str, most: Any, more: Any) -> None:
    assert fits({"account": "demo.oa", **step, field: most}, AnyStep)
    assert not fits({"account": "demo.oa", **step, field: more}, AnyStep)


def _account(kind: Kind) -> Account:
    return Account(id="demo.oa", brand="demo", name="oa", kind=kind, appid="wx1", created_at=NOON)
