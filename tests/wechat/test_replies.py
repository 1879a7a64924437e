"""Passive replies as WeChat's own samples have them, in both formats, within its limits."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Invalid
from chalicelib.wechat.envelope import Format, parse_xml
from chalicelib.wechat.replies import (
    Article,
    ImageReply,
    MusicReply,
    NewsReply,
    Reply,
    TextReply,
    TransferReply,
    VideoReply,
    VoiceReply,
    mini_program_link,
    most_articles,
    render,
)

NOW = datetime(2026, 1, 1, 0, 0, 0, 900_000, tzinfo=UTC)
USER, ACCOUNT = "oLd0aTeaHouse00000000000Mei1", "gh_5f1e2d3c4b6a"
SPRING = Article("春茶", "明前龙井", "https://tea.example/p.jpg", "https://tea.example/a?x=1&y=2")
SPRING_WRITTEN = {
    "Title": "春茶",
    "Description": "明前龙井",
    "PicUrl": "https://tea.example/p.jpg",
    "Url": "https://tea.example/a?x=1&y=2",
}
AUTUMN_WRITTEN = {"Title": "秋茶", "Description": "", "PicUrl": "", "Url": ""}


def render_now(reply: Reply, form: Format, answers: str = "") -> str:
    return render(reply, to=USER, sender=ACCOUNT, now=NOW, format=form, answers=answers)


SAMPLES: list[tuple[Reply, dict[str, Any]]] = [
    (TextReply("第一行\n第二行"), {"MsgType": "text", "Content": "第一行\n第二行"}),
    (ImageReply("m"), {"MsgType": "image", "Image": {"MediaId": "m"}}),
    (VoiceReply("m"), {"MsgType": "voice", "Voice": {"MediaId": "m"}}),
    (VideoReply("m", "t", "d"), {"MsgType": "video", "Video": {"MediaId": "m", "Title": "t", "Description": "d"}}),
    (MusicReply("m"), {"MsgType": "music", "Music": {"ThumbMediaId": "m"}}),
    (
        MusicReply("m", "t", "d", "http://e/x.mp3", "http://e/x-hq.mp3"),
        {
            "MsgType": "music",
            "Music": {
                "Title": "t",
                "Description": "d",
                "MusicUrl": "http://e/x.mp3",
                "HQMusicUrl": "http://e/x-hq.mp3",
                "ThumbMediaId": "m",
            },
        },
    ),
    (
        NewsReply((SPRING, Article("秋茶"))),
        {"MsgType": "news", "ArticleCount": 2, "Articles": {"item": [SPRING_WRITTEN, AUTUMN_WRITTEN]}},
    ),
    (TransferReply(), {"MsgType": "transfer_customer_service"}),
    (TransferReply("mei@tea"), {"MsgType": "transfer_customer_service", "TransInfo": {"KfAccount": "mei@tea"}}),
]


@pytest.mark.parametrize(("reply", "fields"), SAMPLES)
def test_a_json_reply_has_the_names_of_the_xml_one(reply: Reply, fields: dict[str, Any]) -> None:
    written = msgspec.json.decode(render_now(reply, Format.JSON))

    assert written == {"ToUserName": USER, "FromUserName": ACCOUNT, "CreateTime": 1767225600} | fields


@pytest.mark.parametrize(("reply", "fields"), SAMPLES)
def test_an_xml_reply_holds_the_same(reply: Reply, fields: dict[str, Any]) -> None:
    written = parse_xml(render_now(reply, Format.XML))

    counted = {name: str(value) if isinstance(value, int) else value for name, value in fields.items()}
    assert written == {"ToUserName": USER, "FromUserName": ACCOUNT, "CreateTime": "1767225600"} | counted


def test_an_xml_reply_is_written_as_wechat_shows_it() -> None:
    assert render_now(TextReply("好"), Format.XML) == (
        f"<xml><ToUserName><![CDATA[{USER}]]></ToUserName><FromUserName><![CDATA[{ACCOUNT}]]></FromUserName>"
        "<CreateTime>1767225600</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[好]]></Content></xml>"
    )


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=100))
def test_any_text_arrives_as_it_was_written(content: str) -> None:
    from_xml = parse_xml(render_now(TextReply(content), Format.XML))["Content"]
    from_json = msgspec.json.decode(render_now(TextReply(content), Format.JSON))["Content"]

    assert from_json == content
    assert from_xml == ("" if content.isspace() else content)


@pytest.mark.parametrize("content", ["]]></Content><MsgType>news</MsgType>", "<![CDATA[", "</xml>"])
def test_a_text_cannot_break_out_of_its_element(content: str) -> None:
    written = parse_xml(render_now(TextReply(content), Format.XML))

    assert (written["MsgType"], written["Content"]) == ("text", content)


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("content", ["x" * 2048, "茶" * 682 + "xx"])
def test_a_text_of_2048_bytes_is_the_longest(content: str, form: Format) -> None:
    assert content in render_now(TextReply(content), form)

    with pytest.raises(Invalid, match="2048"):
        render_now(TextReply(content + "x"), form)


@pytest.mark.parametrize("reply", [TextReply(""), ImageReply(""), VoiceReply(""), VideoReply("", "t"), MusicReply("", "t"), NewsReply(())])
def test_a_reply_without_what_it_is_about_is_invalid(reply: Reply) -> None:
    with pytest.raises(Invalid) as caught:
        render_now(reply, Format.XML)

    assert caught.value.code == "field_invalid"


@pytest.mark.parametrize(
    ("answers", "most"),
    [
        ("text", 1),
        ("image", 1),
        ("voice", 1),
        ("video", 1),
        ("location", 1),
        ("link", 1),
        ("event.subscribe", 8),
        ("event.click", 8),
        ("", 8),
    ],
)
def test_a_news_reply_has_one_article_after_a_message_and_eight_after_an_event(answers: str, most: int) -> None:
    written = msgspec.json.decode(render_now(NewsReply((SPRING,) * most), Format.JSON, answers))

    assert most_articles(answers) == written["ArticleCount"] == len(written["Articles"]["item"]) == most
    with pytest.raises(Invalid, match=f"1 to {most} "):
        render_now(NewsReply((SPRING,) * (most + 1)), Format.JSON, answers)


class LinkReader(HTMLParser):
    """What a client sees of one link."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[dict[str, str | None]] = []
        self.label = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links.append({"tag": tag, **dict(attrs)})

    def handle_data(self, data: str) -> None:
        self.label += data


def test_a_mini_program_link_is_written_as_wechat_shows_it() -> None:
    link = mini_program_link("打开", appid="wx0000000000teapot", path="pages/a/b", fallback_url="https://tea.example/")

    assert link == '<a href="https://tea.example/" data-miniprogram-appid="wx0000000000teapot" data-miniprogram-path="pages/a/b">打开</a>'


def test_a_mini_program_link_cannot_be_broken_out_of() -> None:
    reader = LinkReader()
    path, url = 'pages/a?x=1&y="><b>', "https://tea.example/?a=1&copy=2"

    reader.feed(mini_program_link("</a><b>点我", appid="wx0000000000teapot", path=path, fallback_url=url))

    assert reader.label == "</a><b>点我"
    assert reader.links == [{"tag": "a", "href": url, "data-miniprogram-appid": "wx0000000000teapot", "data-miniprogram-path": path}]


def test_replies_can_be_kept_and_read_back_by_their_type() -> None:
    for reply, _ in SAMPLES:
        assert msgspec.json.decode(msgspec.json.encode(reply), type=Reply) == reply
