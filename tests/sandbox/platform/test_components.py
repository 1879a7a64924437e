from __future__ import annotations

from typing import Any

from tests.sandbox.platform.scene import PLATFORM, Scene
from tests.sandbox.stage import HOUSE, SECRET, SHOP


def test_tickets_begin_on_demand_and_come_every_ten_minutes(scene: Scene) -> None:
    stage = scene.stage
    body = {"component_appid": PLATFORM, "component_secret": SECRET}
    started = stage.post("/cgi-bin/component/api_start_push_ticket", body)

    counts = []
    for _ in range(3):
        stage.control("POST", "/pushes/deliver", {})
        counts.append(len(stage.transport.requests))
        stage.clock += 600

    first, second = scene.hear(stage.transport.requests[0]), scene.hear(stage.transport.requests[1])
    assert started["errcode"] == 0
    assert counts == [1, 2, 3]
    assert first.type == second.type == "component_verify_ticket"
    assert first.verify_ticket != second.verify_ticket


def test_a_ticket_and_the_secret_make_the_platforms_token(scene: Scene) -> None:
    assert scene.start()


def test_a_wrong_ticket_or_secret_makes_none(scene: Scene) -> None:
    stage = scene.stage
    ticket = stage.control("POST", f"/platforms/{PLATFORM}/push-ticket")["ticket"]

    def fetch(**changed: str) -> Any:
        wanted = {"component_appid": PLATFORM, "component_appsecret": SECRET, "component_verify_ticket": ticket, **changed}
        return stage.post("/cgi-bin/component/api_component_token", wanted)

    assert fetch(component_verify_ticket="ticket@@@made-up")["errcode"] == 61006
    assert fetch(component_appsecret="wrong")["errcode"] == 40125
    assert fetch(component_appid=HOUSE)["errcode"] == 40013
    assert fetch()["expires_in"] == 7200
    stage.clock += 43_200
    assert fetch()["errcode"] == 61005


def test_an_account_authorises_and_wechatpy_gets_its_tokens(scene: Scene) -> None:
    scene.start()
    pre_auth_code = scene.component.create_preauthcode()["pre_auth_code"]

    scene.authorize(SHOP, pre_auth_code=pre_auth_code)
    heard = scene.hear(scene.stage.transport.requests[-1])

    info = heard.query_auth_result["authorization_info"]
    assert (heard.type, info["authorizer_appid"]) == ("authorized", SHOP)
    assert {"funcscope_category": {"id": 19}} in info["func_info"]
    refreshed = scene.component.refresh_authorizer_token(SHOP, info["authorizer_refresh_token"])
    assert refreshed["authorizer_access_token"] != info["authorizer_access_token"]
    assert scene.component.get_authorizer_info(SHOP)["authorizer_info"]["user_name"] == "gh_00000000a1"
    assert scene.component.get_authorizer_list()["total_count"] == 1


def test_a_second_yes_is_an_update(scene: Scene) -> None:
    scene.start()
    scene.authorize(SHOP)

    scene.authorize(SHOP, permissions=[18])

    heard = scene.hear(scene.stage.transport.requests[-1])
    assert heard.type == "updateauthorized"
    assert heard.query_auth_result["authorization_info"]["func_info"] == [{"funcscope_category": {"id": 18}}]


def test_codes_work_once(scene: Scene) -> None:
    scene.start()
    pre_auth_code = scene.component.create_preauthcode()["pre_auth_code"]
    code = scene.authorize(SHOP, pre_auth_code=pre_auth_code)["auth_code"]
    scene.component.query_auth(code)

    assert scene.component_call("api_query_auth", authorization_code=code)["errcode"] == 61010
    body = {"appid": SHOP, "pre_auth_code": pre_auth_code}
    scene.stage.control("POST", f"/platforms/{PLATFORM}/authorize", body, status=409)


def test_a_withdrawn_authorisation_ends_its_tokens(scene: Scene) -> None:
    scene.start()
    token = scene.token_for(HOUSE)

    scene.stage.control("POST", f"/platforms/{PLATFORM}/unauthorize", {"appid": HOUSE})

    heard = scene.hear(scene.stage.transport.requests[-1])
    assert (heard.type, heard.authorizer_appid) == ("unauthorized", HOUSE)
    assert scene.stage.get("/cgi-bin/user/get", access_token=token)["errcode"] == 40001
    assert scene.component_call("api_authorizer_token", authorizer_appid=HOUSE)["errcode"] == 61003
    assert scene.component_call("api_get_authorizer_list", count=10)["list"] == []


def test_a_platform_does_what_it_was_allowed_and_no_more(scene: Scene) -> None:
    scene.start()
    may, may_not = scene.token_for(HOUSE), ""

    allowed = scene.stage.get("/cgi-bin/user/get", access_token=may)
    may_not = scene.token_for(HOUSE, permissions=[1])

    assert allowed["total"] == 0
    assert scene.stage.get("/cgi-bin/user/get", access_token=may_not)["errcode"] == 61007


def test_the_platforms_endpoints_want_its_own_token(scene: Scene) -> None:
    scene.start()

    answer = scene.stage.post("/cgi-bin/component/api_create_preauthcode", {}, component_access_token=scene.stage.token(HOUSE))
    mistaken = scene.component_call("api_create_preauthcode", component_appid="wxother")

    assert answer["errcode"] == 61024
    assert mistaken["errcode"] == 40013
    assert scene.component_call("api_authorizer_token", authorizer_appid="wxother")["errcode"] == 61003
    scene.authorize(HOUSE)
    wrong = scene.component_call("api_authorizer_token", authorizer_appid=HOUSE, authorizer_refresh_token="made-up")
    assert wrong["errcode"] == 61023


def test_a_platform_logs_people_in(scene: Scene) -> None:
    stage = scene.stage
    token = scene.start()
    user = stage.make_user()

    def exchange(code: str) -> Any:
        query = {"appid": SHOP, "js_code": code, "grant_type": "authorization_code"}
        return stage.get("/sns/component/jscode2session", component_appid=PLATFORM, component_access_token=token, **query)

    refused = exchange(stage.act(user, "login", SHOP)["code"])
    scene.authorize(SHOP)
    code = stage.act(user, "login", SHOP)["code"]

    assert refused["errcode"] == 61003
    assert exchange(code)["openid"] == stage.openid(user, SHOP)
    assert exchange(code)["errcode"] == 40163


def test_messages_go_to_the_platform_that_may_hear_them(scene: Scene) -> None:
    stage = scene.stage
    scene.start()
    stage.set_callback(HOUSE)
    user = stage.make_user()
    stage.act(user, "follow")
    before = stage.transport.requests[-1].url
    scene.authorize(HOUSE)

    stage.act(user, "send", content="hello")
    message = scene.component.crypto.decrypt_message(*_sealed(stage.transport.requests[-1]))
    scene.authorize(HOUSE, permissions=[2])
    stage.act(user, "send", content="hello")

    assert before.startswith("http://brand.test/wechat")
    assert "<Content><![CDATA[hello]]></Content>" in str(message)
    assert stage.transport.requests[-1].url.startswith("http://brand.test/wechat")


def _sealed(request: Any) -> tuple[Any, str, str, str]:
    assert request.url.startswith(f"http://platform.test/{HOUSE}/hear?")
    query = dict(part.split("=", 1) for part in request.url.partition("?")[2].split("&"))
    return request.body, query["msg_signature"], query["timestamp"], query["nonce"]


def test_the_page_of_the_browser_leads_back_with_a_code(scene: Scene) -> None:
    scene.start()
    pre_auth_code = scene.component.create_preauthcode()["pre_auth_code"]
    query = {"component_appid": PLATFORM, "pre_auth_code": pre_auth_code, "redirect_uri": "http://platform.test/back", "auth_type": "2"}

    page = scene.stage.client.get("/cgi-bin/componentloginpage", query_string=query)
    confirmed = scene.stage.client.get("/cgi-bin/componentloginpage/confirm", query_string={**query, "appid": SHOP})
    again = scene.stage.client.get("/cgi-bin/componentloginpage", query_string=query)

    assert SHOP in page.text
    assert HOUSE not in page.text
    assert confirmed.status_code == 302
    location = confirmed.headers["Location"]
    assert location.startswith("http://platform.test/back?auth_code=queryauthcode")
    assert again.status_code == 400


def test_a_platforms_callback_is_in_safe_mode(scene: Scene) -> None:
    callback = {"url": "http://platform.test/auth", "token": "Token", "mode": "plain"}

    scene.stage.control("POST", "/accounts", {"appid": PLATFORM, "callback": callback}, status=400)
