from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.sandbox.official.hands import post
from tests.sandbox.stage import HOUSE, SECRET, Stage

AUTHORIZE = "/connect/oauth2/authorize"
BACK = "https://shop.example/back?from=menu"
GOOD = {"appid": HOUSE, "redirect_uri": BACK, "response_type": "code", "scope": "snsapi_base", "state": "s1"}
CONFIRM = "/mp/subscribemsg"
ASKED = {
    "action": "get_confirm",
    "appid": HOUSE,
    "scene": "1000",
    "template_id": "ONCE1",
    "redirect_url": "https://shop.example/back",
    "reserved": "r1",
}


def open_page(stage: Stage, path: str = AUTHORIZE, query: dict[str, str] = GOOD, *, answer: dict[str, str] | None = None) -> Any:
    address = f"{path}?{urlencode(query)}"
    return stage.client.get(address) if answer is None else stage.client.post(address, data=answer)


def returned(response: Any) -> tuple[str, dict[str, str]]:
    parts = urlsplit(response.headers["Location"])
    return f"{parts.scheme}://{parts.netloc}{parts.path}", {name: values[0] for name, values in parse_qs(parts.query).items()}


def test_the_current_person_is_recognised_at_once(stage: Stage) -> None:
    user = stage.make_user()
    stage.control("POST", "/current", {"user": user})

    address, told = returned(open_page(stage))

    login = stage.get("/sns/oauth2/access_token", appid=HOUSE, secret=SECRET, code=told.pop("code"), grant_type="authorization_code")
    assert (address, told) == ("https://shop.example/back", {"from": "menu", "state": "s1"})
    assert login["openid"] == stage.openid(user)


def test_without_a_current_person_one_chooses(stage: Stage) -> None:
    user = stage.make_user(name="<Ann>")

    page = open_page(stage)
    _, told = returned(open_page(stage, answer={"user": user, "answer": "agree"}))

    assert page.status_code == 200
    assert "&lt;Ann&gt;" in page.text
    assert told["code"]


def test_name_and_picture_are_always_asked_for(stage: Stage) -> None:
    user = stage.make_user()
    stage.control("POST", "/current", {"user": user})
    query = {**GOOD, "scope": "snsapi_userinfo"}

    page = open_page(stage, query=query)
    _, refused = returned(open_page(stage, answer={"user": user, "answer": "refuse"}, query=query))
    _, agreed = returned(open_page(stage, answer={"user": user, "answer": "agree"}, query=query))

    assert f'value="{user}" checked' in page.text
    assert refused == {"from": "menu", "state": "s1"}
    assert agreed["code"]


@pytest.mark.parametrize(("switched", "forced"), [(True, ""), (False, "true")])
def test_a_snapshot_visitor_comes_by_switch_or_by_wish(stage: Stage, switched: bool, forced: str) -> None:
    user = stage.make_user()
    stage.control("POST", "/current", {"user": user, "snapshot": switched})

    _, told = returned(open_page(stage, query={**GOOD, **({"forceSnapShot": forced} if forced else {})}))
    login = stage.get("/sns/oauth2/access_token", appid=HOUSE, secret=SECRET, code=told["code"], grant_type="authorization_code")

    assert login["is_snapshotuser"] == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"appid": "wxnobody"},
        {"response_type": "token"},
        {"scope": "snsapi_login"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "javascript:alert(1)"},
        {"state": "x" * 129},
    ],
)
def test_a_wish_wechat_refuses_is_an_error_page(stage: Stage, changed: dict[str, str]) -> None:
    stage.control("POST", "/accounts", {"appid": HOUSE, "web_domains": ["shop.example"]})

    response = open_page(stage, query={**GOOD, **changed})

    assert response.status_code == 400
    assert "Location" not in response.headers


def test_the_order_of_the_parameters_counts_unless_the_setting_says_otherwise(stage: Stage) -> None:
    reordered = dict(reversed(GOOD.items()))

    strict = open_page(stage, query=reordered)
    stage.change(authorize_order_enforced=False)

    assert strict.status_code == 400
    assert open_page(stage, query=reordered).status_code == 200


@pytest.mark.parametrize("changed", [{"service": False}, {"verified": False}])
def test_only_verified_service_accounts_have_web_login(stage: Stage, changed: dict[str, bool]) -> None:
    stage.control("POST", "/accounts", {"appid": HOUSE, **changed})

    assert open_page(stage).status_code == 400


def test_a_website_has_a_page_of_its_own_behind_its_host_too(stage: Stage) -> None:
    stage.make_account("wxsite", "website_app", "gh_site")
    user = stage.make_user()
    query = {**GOOD, "appid": "wxsite", "scope": "snsapi_login"}

    wrong = open_page(stage, AUTHORIZE, query=query)
    path = "/open.weixin.qq.com/connect/qrconnect"
    _, told = returned(open_page(stage, path, answer={"user": user, "answer": "agree"}, query=query))

    assert wrong.status_code == 400
    assert told["code"]


def test_nobody_cannot_agree(stage: Stage) -> None:
    assert open_page(stage, answer={"user": "u99", "answer": "agree"}).status_code == 400


def test_a_yes_to_one_message_allows_one_message(stage: Stage) -> None:
    user = stage.make_user()
    page = open_page(stage, CONFIRM, query=ASKED)

    _, told = returned(open_page(stage, CONFIRM, answer={"user": user, "answer": "agree"}, query=ASKED))
    message = {
        "touser": told["openid"],
        "template_id": "ONCE1",
        "scene": "1000",
        "title": "Queue",
        "data": {"content": {"value": "Your turn"}},
    }
    answers = [post(stage, "/cgi-bin/message/template/subscribe", message) for _ in range(2)]

    openid = stage.openid(user)
    assert page.status_code == 200
    assert told == {"openid": openid, "template_id": "ONCE1", "action": "confirm", "scene": "1000", "reserved": "r1"}
    assert [answer["errcode"] for answer in answers] == [0, 43101]
    assert stage.received(user)[-1]["text"] == "Queue\nYour turn"


def test_a_no_to_one_message_tells_no_openid(stage: Stage) -> None:
    user = stage.make_user()

    _, told = returned(open_page(stage, CONFIRM, answer={"user": user, "answer": "refuse"}, query=ASKED))

    assert told == {"template_id": "ONCE1", "action": "cancel", "scene": "1000", "reserved": "r1"}


@pytest.mark.parametrize("changed", [{"action": "x"}, {"template_id": ""}, {"scene": "10001"}, {"scene": "x"}, {"appid": "x"}])
def test_a_wrong_wish_for_one_message_is_an_error_page(stage: Stage, changed: dict[str, str]) -> None:
    assert open_page(stage, CONFIRM, query={**ASKED, **changed}).status_code == 400
