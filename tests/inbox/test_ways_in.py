"""Links in replies that lead to a page, logged in: by web login where an account has it, by a sealed ticket where it has none."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from chalicelib.sessions.rules.addresses import longest_way_in
from tests.builders import OA_APPID, make_user, official_account, tell_wechat
from tests.house import open_house
from tests.scene import Scene, away, watched

NO_LOGIN = "wx00000000000000f6"
HOME = "https://api.example.com"
PAGE = "https://news.example.com/bind?from=menu&lang=zh"
BEARER = re.compile(r"/j/([^/?]+)")


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with open_house() as house:
        scene = Scene(house)
        order = official_account(name="sub", appid=NO_LOGIN, original_id="gh_f6", callback_mode="safe")
        assert house.call("POST", "/v1/accounts", order, key=scene.key)[0] == 201
        tell_wechat(house, order, mode="safe", format="xml", open_platform="op1")
        say_pages(scene, "demo.sub", "https://news.example.com", web_login=False)
        say_pages(scene, "demo.oa", "https://shop.example.com")
        for account in ("demo.sub", "demo.oa"):
            publish(
                scene,
                account,
                [keyword("绑定", "phone"), keyword("资讯", PAGE if account == "demo.sub" else "https://shop.example.com/a?b=c")],
            )
        yield scene


def keyword(word: str, *pages: str) -> dict[str, Any]:
    links = [{"label": "点这里", "page": page} for page in pages]
    return {"name": word, "when": {"on": "keyword", "words": [word]}, "text": ["请", *links, "。"]}


def say_pages(scene: Scene, account: str, *origins: str, web_login: bool = True) -> None:
    order = {"web_origins": origins, "web_login": web_login}
    status, body = scene.house.call("PUT", f"/v1/accounts/{account}/web-origins", order, key=scene.key)
    assert status == 200, body


def try_to_publish(scene: Scene, account: str, rules: list[dict[str, Any]]) -> tuple[int, Any]:
    return scene.house.call("PUT", f"/v1/reply-rules/{account}", {"rules": rules}, key=scene.key)


def publish(scene: Scene, account: str, rules: list[dict[str, Any]]) -> None:
    status, body = try_to_publish(scene, account, rules)
    assert status == 201, body


def follower(scene: Scene, appid: str = NO_LOGIN) -> str:
    """Somebody new who follows an account, of whom nothing has been worked off yet."""
    user = make_user(scene.house)
    scene.house.play(f"/users/{user}/follow", {"appid": appid})
    return user


def say(scene: Scene, user: str, word: str, appid: str = NO_LOGIN) -> Any:
    return scene.house.play(f"/users/{user}/send", {"appid": appid, "msgtype": "text", "content": word})["push"]


def link_in(push: Any) -> str:
    """The address behind the one link of a reply."""
    (href,) = re.findall(r'<a href="([^"]+)">点这里</a>', push["deliveries"][0]["reply"]["Content"])
    return html.unescape(href)


def follow_link(scene: Scene, link: str) -> str:
    """Where our link leads."""
    status, headers, _ = scene.house.visit(link.removeprefix(HOME))
    assert status == 302
    return headers["Location"]


def test_a_link_in_a_reply_logs_in_at_our_page_of_an_account_without_web_login(scene: Scene) -> None:
    user = follower(scene)

    link = link_in(say(scene, user, "绑定"))
    page = follow_link(scene, link)
    ticket = parse_qs(urlsplit(page).query)["jump"][0]
    shown = {"ticket": ticket, "account": "demo.sub"}
    early, refused = scene.house.call("POST", "/v1/sessions/ticket", shown)
    scene.house.work()
    status, login = scene.house.call("POST", "/v1/sessions/ticket", shown)

    assert (early, refused["Code"]) == (503, "busy")
    assert page.partition("?")[0] == f"{HOME}/pages/demo.sub/phone"
    assert status == 201, login
    assert login["purpose"] == "login"
    person = scene.house.call("GET", f"/v1/people/{login['person']}", key=scene.key)[1]
    assert [each["account"] for each in person["identifiers"] if each["type"] == "openid"] == ["demo.sub"]


def test_a_link_to_the_accounts_own_page_keeps_what_the_page_asks(scene: Scene) -> None:
    page = follow_link(scene, link_in(say(scene, follower(scene), "资讯")))

    query = parse_qs(urlsplit(page).query)
    assert page.startswith("https://news.example.com/bind?")
    assert (query["from"], query["lang"]) == (["menu"], ["zh"])
    assert len(query["jump"]) == 1


def test_the_link_is_good_once_and_for_five_minutes(scene: Scene) -> None:
    user = follower(scene)
    first, second = (BEARER.findall(link_in(say(scene, user, "绑定")))[0] for _ in range(2))
    scene.house.work()

    answers = [scene.house.call("POST", "/v1/sessions/ticket", {"ticket": first, "account": "demo.sub"}) for _ in range(2)]
    scene.house.clock.advance(minutes=5, seconds=1)
    late = scene.house.call("POST", "/v1/sessions/ticket", {"ticket": second, "account": "demo.sub"})

    assert [status for status, _ in answers] == [201, 401]
    assert late[1].get("session_token") is None


def test_who_follows_an_account_with_web_login_is_asked_by_wechat(scene: Scene) -> None:
    user = follower(scene, OA_APPID)

    links = [link_in(say(scene, user, word, OA_APPID)) for word in ("绑定", "资讯")]

    begin = f"{HOME}/v1/sessions/official-account/demo.oa/authorize?return_to="
    assert links == [begin + quote(page, safe="") for page in (f"{HOME}/pages/demo.oa/phone", "https://shop.example.com/a?b=c")]


def test_a_sealed_link_costs_no_further_call_to_aws(scene: Scene) -> None:
    user = follower(scene)
    say(scene, user, "绑定")
    scene.take("inbox")

    with watched() as calls:
        link_in(say(scene, user, "绑定"))

    assert calls == ["SendMessage"]


def test_a_callback_whose_link_cannot_be_sealed_is_kept_and_acknowledged(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    user = follower(scene)
    say(scene, user, "绑定")
    scene.take("inbox")
    kept = dict(scene.house.world.keyring._keys)
    scene.house.world.keyring._keys.clear()
    try:
        with away("kms", "dynamodb"):
            told = say(scene, user, "绑定")
    finally:
        scene.house.world.keyring._keys.update(kept)

    assert [each["outcome"] for each in told["deliveries"]] == ["acknowledged"]
    assert scene.callback().answered.rule == "绑定"
    assert "demo.sub was not answered" in caplog.text


def test_a_page_that_is_no_longer_the_accounts_is_not_led_to(scene: Scene) -> None:
    say_pages(scene, "demo.sub", "https://other.example.com", web_login=False)
    scene.house.clock.advance(minutes=2)
    try:
        told = say(scene, follower(scene), "资讯")
    finally:
        say_pages(scene, "demo.sub", "https://news.example.com", web_login=False)
        scene.house.clock.advance(minutes=2)

    assert [each["outcome"] for each in told["deliveries"]] == ["acknowledged"]


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ({"label": "a", "page": "https://stranger.example.com/"}, "web origin"),
        ({"label": "a", "page": "https://news.example.com.evil.example/"}, "web origin"),
        ({"label": "a", "page": "phones"}, "$.rules[0].text"),
        ({"label": "a", "page": "phone", "fallback_url": "https://news.example.com/"}, "or it has `page`"),
        ({"label": "a", "mini_program": "demo.mini", "path": "pages/index"}, "or it has `page`"),
        ({"label": "a"}, "or it has `page`"),
        ({"label": "a\x1e", "page": "phone"}, "control character"),
        ("a\x1eb", "control character"),
    ],
)
def test_a_link_that_leads_nowhere_is_not_published(scene: Scene, part: Any, told: str) -> None:
    rule = {"name": "bind", "when": {"on": "default"}, "text": [part]}

    status, body = try_to_publish(scene, "demo.sub", [rule])

    assert (status, body["Code"]) == (400, "field_invalid")
    assert told in body["Message"]


def test_a_text_that_its_links_might_make_too_long_is_not_published(scene: Scene) -> None:
    status, body = try_to_publish(scene, "demo.sub", [keyword("绑定", "phone", "phone", "phone")])

    assert status == 400
    assert "lead to fewer pages" in body["Message"]


@pytest.mark.parametrize("page", ["phone", "https://news.example.com/" + "x" * 487, "https://news.example.com/" + "?/:&=" * 65])
@pytest.mark.parametrize("account", ["demo.sub", "demo.oa"])
def test_no_link_is_longer_than_publishing_takes_it_for(scene: Scene, account: str, page: str) -> None:
    say_pages(scene, "demo.oa", "https://news.example.com")
    publish(scene, account, [keyword("长", page)])
    scene.house.clock.advance(seconds=61)
    appid = {"demo.sub": NO_LOGIN, "demo.oa": OA_APPID}[account]

    link = link_in(say(scene, follower(scene, appid), "长", appid))

    home = "x" * (100 - len(HOME))
    assert len(html.escape(link)) + len(home) <= longest_way_in(page)


def test_rules_with_pages_are_shown_as_they_were_written(scene: Scene) -> None:
    rules = [keyword("绑定", "phone")]
    publish(scene, "demo.sub", rules)

    written = scene.house.call("GET", "/v1/reply-rules/demo.sub", key=scene.key)[1]["written"]["rules"]

    assert written[0]["text"] == rules[0]["text"]
