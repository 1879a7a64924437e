"""The chat with a backend that says whatever the test wants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest

from sandbox.app import create_app
from sandbox.transport import Answer, Request
from tests.sandbox.phone.browser import serve
from tests.sandbox.phone.conftest import Watch
from tests.sandbox.stage import HOUSE, HOUSE_ORIGINAL, SHOP, Stage

CHAT = f"[data-app=chat-{HOUSE}]"


class Backend:
    """Answers every message with one text; remembers what it was told."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.heard: list[dict[str, str]] = []

    def __call__(self, request: Request) -> Answer:
        told = {child.tag: child.text or "" for child in ElementTree.fromstring(request.body)}
        self.heard.append(told)
        head = f"<ToUserName>{told['FromUserName']}</ToUserName><FromUserName>{HOUSE_ORIGINAL}</FromUserName><CreateTime>1</CreateTime>"
        body = f"<xml>{head}<MsgType>text</MsgType><Content><![CDATA[{self.text}]]></Content></xml>"
        return Answer(200, body.encode(), 0.01)


@pytest.fixture
def ann(stage: Stage) -> str:
    """A follower of an account in plain mode."""
    stage.control("POST", "/accounts", {"appid": HOUSE, "name": "Shop"})
    user = stage.make_user(name="Ann")
    stage.act(user, "follow")
    stage.set_callback()
    return user


@pytest.fixture
def address(stage: Stage, ann: str) -> Iterator[str]:
    with serve(create_app(stage.sandbox)) as address:
        yield address


def answer(stage: Stage, text: str) -> Backend:
    backend = Backend(text)
    stage.transport.hear = backend
    return backend


def write(screen: Any, text: str) -> None:
    screen.page.fill("[name=message]", text)
    screen.page.keyboard.press("Enter")


def test_markup_in_a_reply_stays_text(stage: Stage, address: str, watch: Watch) -> None:
    answer(
        stage,
        "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script><a href=\"javascript:alert(1)\">tap</a>",
    )
    screen = watch(address)
    screen.tap(CHAT)

    write(screen, "hello")

    screen.sees("<script>", within=".paper")
    assert screen.page.locator(".paper .bubble img, .paper script, .paper a, .bubble .text-link").count() == 0
    assert screen.page.title() == "联动 · 手机"


def test_a_link_to_a_page_outside_is_told_not_followed(stage: Stage, address: str, watch: Watch) -> None:
    answer(stage, 'see <a href="https://shop.example.com/a?b=1&amp;c=2">our page</a>')
    screen = watch(address)
    screen.tap(CHAT)
    write(screen, "hello")

    screen.tap(".bubble .text-link")

    screen.sees("https://shop.example.com/a?b=1&c=2", within=".sheet")
    screen.page.keyboard.press("Escape")
    screen.page.wait_for_selector(".sheet", state="detached")
    assert screen.page.url.startswith(address)


def test_a_link_to_a_page_of_this_machine_opens_in_a_tab_that_wechat_knows_the_person_in(
    stage: Stage, ann: str, address: str, watch: Watch
) -> None:
    answer(stage, f'see <a href="{address}/_sandbox/health?ticket=secret">our page</a>')
    screen = watch(address)
    screen.tap(CHAT)
    write(screen, "hello")
    screen.tap(".bubble .text-link")
    screen.sees(f"{address}/_sandbox/health", within=".sheet")
    shown = screen.page.inner_text(".sheet")

    with screen.page.context.expect_page() as opened:
        screen.tap(".sheet a.go")

    assert opened.value.url == f"{address}/_sandbox/health?ticket=secret"
    assert "secret" not in shown
    assert stage.client.get("/_sandbox/current").get_json()["user"] == ann
    screen.page.wait_for_selector(".sheet", state="detached")


@pytest.mark.parametrize("url", ["http://127.0.0.1.evil.example/", "http://localhost@evil.example/", "javascript:alert(1)"])
def test_what_only_looks_like_a_page_of_this_machine_is_not_opened(stage: Stage, address: str, watch: Watch, url: str) -> None:
    answer(stage, f'see <a href="{url}">our page</a>')
    screen = watch(address)
    screen.tap(CHAT)
    write(screen, "hello")
    screen.sees("our page", within=".paper")

    links = screen.page.locator(".bubble .text-link")
    if links.count():
        links.first.click()
        screen.page.wait_for_selector(".sheet")

    assert screen.page.locator(".sheet a").count() == 0


def test_a_link_opens_the_mini_program_even_without_a_backend(stage: Stage, address: str, watch: Watch) -> None:
    answer(
        stage,
        f'<a href="https://x.example.com" data-miniprogram-appid="{SHOP}" data-miniprogram-path="pages/book/index?from=chat">book</a>',
    )
    screen = watch(address)
    screen.tap(CHAT)
    write(screen, "hello")

    screen.tap(".bubble .text-link")

    screen.page.wait_for_selector(".mini[data-path='pages/book/index']")
    screen.sees("还没有连上后台", within=".mini")


def test_a_picture_and_a_place_are_sent_and_seen(stage: Stage, address: str, watch: Watch) -> None:
    backend = answer(stage, "thank you")
    screen = watch(address)
    screen.tap(CHAT)

    screen.tap("#tools")
    screen.tap("#tool-album")
    screen.tap(".painting >> nth=1")
    screen.page.wait_for_selector(".mine .photo img")
    screen.tap("#tools")
    screen.tap("#tool-place")
    screen.sees("人民广场", within=".mine .place-card")

    screen.page.wait_for_function("document.querySelectorAll('.theirs').length === 2")
    assert [told["MsgType"] for told in backend.heard] == ["image", "location"]
    assert screen.page.evaluate("document.querySelector('.mine .photo img').naturalWidth") == 480


def test_the_menu_is_tapped_by_keyboard_alone(stage: Stage, address: str, watch: Watch) -> None:
    button = {"name": "Service", "sub_button": [{"type": "click", "name": "Help", "key": "MENU_HELP"}]}
    stage.post("/cgi-bin/menu/create", {"button": [button]}, access_token=stage.token())
    backend = answer(stage, "we are here")
    screen = watch(address)
    screen.page.focus(CHAT)
    screen.page.keyboard.press("Enter")

    screen.page.focus(".menu-button")
    screen.page.keyboard.press("Enter")
    screen.page.keyboard.press("Enter")

    screen.sees("we are here", within=".paper")
    assert (backend.heard[0]["Event"], backend.heard[0]["EventKey"]) == ("CLICK", "MENU_HELP")


def test_a_backend_that_is_away_is_a_notice_in_the_chat_and_a_line_in_the_log(stage: Stage, address: str, watch: Watch) -> None:
    stage.transport.hear = lambda request: Answer(500, b"", 0.01)
    screen = watch(address)
    screen.tap(CHAT)

    write(screen, "hello")

    screen.sees("该公众号暂时无法提供服务", within=".chat-line")
    screen.sees("后台回答了 HTTP 500（第 3 次）", within=".log")


def test_who_leaves_cannot_write_any_more(stage: Stage, address: str, watch: Watch) -> None:
    screen = watch(address)
    screen.tap(CHAT)

    screen.tap("#chat-more")
    screen.tap("#unfollow")

    screen.page.wait_for_selector("#follow")
    assert screen.page.locator("[name=message]").count() == 0


def test_the_log_shows_details_only_when_they_are_asked_for(stage: Stage, address: str, watch: Watch) -> None:
    answer(stage, "good morning")
    screen = watch(address)
    screen.tap(CHAT)
    write(screen, "hello")
    screen.sees("后台当场回复：good morning", within=".log")
    assert screen.page.locator(".log pre").count() == 0

    screen.tap(".entry summary")

    screen.sees('"Content": "hello"', within=".entry-details")
    screen.sees('"Content": "good morning"', within=".entry-details")


def test_nothing_on_the_phone_is_raw_json(stage: Stage, ann: str, address: str, watch: Watch) -> None:
    picture = stage.upload()
    stage.act(ann, "send", content="hello")
    menu = {"head_content": "choose", "list": [{"id": "1", "content": "good"}], "tail_content": ""}
    card = {"title": "Card", "appid": SHOP, "pagepath": "pages/index/index", "thumb_media_id": picture}
    article = {"title": "Article", "description": "d", "url": "https://x.example.com", "picurl": "https://x.example.com/p.png"}
    messages: list[dict[str, Any]] = [
        {"msgtype": "image", "image": {"media_id": picture}},
        {"msgtype": "news", "news": {"articles": [article]}},
        {"msgtype": "msgmenu", "msgmenu": menu},
        {"msgtype": "miniprogrampage", "miniprogrampage": card},
    ]
    for message in messages:
        stage.write_to(ann, **message)
    screen = watch(address)

    screen.tap(CHAT)

    for text in ("Article", "choose", "good", "Card"):
        screen.sees(text, within=".paper")
    assert "{" not in screen.page.inner_text(".device")


def test_a_backend_that_answers_nonsense_is_told_in_words(stage: Stage, address: str, watch: Watch) -> None:
    stage.set_callback(SHOP, url="http://backend.test/wechat/demo.mini")
    stage.transport.hear = lambda request: Answer(200, b"hello", 0.01)
    screen = watch(address)

    screen.tap(f"[data-app=mini-{SHOP}]")
    screen.tap(".mini-tab[data-path='pages/me/index']")

    screen.sees("后台的回答看不懂", within=".me-page")


def test_live_rooms_can_be_reserved(stage: Stage, ann: str, address: str, watch: Watch) -> None:
    stage.make_account("wx00000000000000c1", "channels_assistant", "gh_00000000c1")
    stage.control("POST", "/lives", {"appid": "wx00000000000000c1", "description": "Evening care", "starts_in_s": 3600})
    screen = watch(address)
    screen.tap("[data-app=channels]")
    screen.sees("Evening care", within=".lives")

    screen.tap(".live .go")

    screen.page.wait_for_selector(".live button:disabled")
    (live,) = stage.sandbox.state.channels["wx00000000000000c1"].lives.values()
    assert live.reserved == [ann]


def test_a_hand_over_to_human_service_is_a_line_in_the_chat(stage: Stage, address: str, watch: Watch) -> None:
    def hand_over(request: Request) -> Answer:
        told = {child.tag: child.text or "" for child in ElementTree.fromstring(request.body)}
        head = f"<ToUserName>{told['FromUserName']}</ToUserName><FromUserName>{HOUSE_ORIGINAL}</FromUserName><CreateTime>1</CreateTime>"
        return Answer(200, f"<xml>{head}<MsgType>transfer_customer_service</MsgType></xml>".encode(), 0.01)

    stage.transport.hear = hand_over
    screen = watch(address)
    screen.tap(CHAT)

    write(screen, "人工")

    screen.page.wait_for_selector(".chat-line:has-text('已转接人工客服')")
