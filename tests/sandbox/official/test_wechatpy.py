"""wechatpy, written by others, uses the sandbox as WeChat."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import BaseAdapter
from wechatpy import WeChatClient, parse_message
from wechatpy.exceptions import WeChatClientException, WeChatOAuthException
from wechatpy.oauth import WeChatOAuth

from tests.sandbox.official.hands import allow, draft, follower, pushed
from tests.sandbox.stage import HOUSE, SECRET, Stage


class Wire(BaseAdapter):  # type: ignore[misc, unused-ignore]
    """Carries the requests of a session to the sandbox in-process."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage

    def send(self, request: Any, *arguments: Any, **options: Any) -> requests.Response:
        parts = urlsplit(request.url)
        body = request.body.encode() if isinstance(request.body, str) else request.body
        answer = self.stage.client.open(
            f"{parts.path}?{parts.query}", method=request.method, data=body, content_type=request.headers.get("Content-Type")
        )
        response = requests.Response()
        response.status_code, response.url, response.request = answer.status_code, request.url, request
        response.headers.update(dict(answer.headers))
        response.raw = BytesIO(answer.data)
        return response

    def close(self) -> None:
        """Nothing is open."""


def session(stage: Stage) -> requests.Session:
    made = requests.Session()
    made.mount("https://", Wire(stage))
    return made


@pytest.fixture
def client(stage: Stage) -> Any:
    """wechatpy's client of HOUSE."""
    made = WeChatClient(HOUSE, SECRET, auto_retry=False)
    made._http = session(stage)
    return made


def test_menus(stage: Stage, client: Any) -> None:
    made = client.menu.create({"button": [{"type": "click", "name": "帮助", "key": "HELP"}]})

    added = client.menu.add_conditional(
        {"button": [{"type": "view", "name": "Site", "url": "https://example.com"}], "matchrule": {"client_platform_type": "1"}}
    )

    assert made["errcode"] == 0
    assert client.menu.get()["menu"]["button"][0]["name"] == "帮助"
    assert client.menu.try_match(stage.openid(follower(stage)))["button"][0]["name"] == "Site"
    assert client.menu.get_menu_info()["is_menu_open"] == 1
    client.menu.del_conditional(added["menuid"])
    client.menu.delete()
    assert client.menu.get() is None


def test_codes(stage: Stage, client: Any) -> None:
    stage.set_callback()
    made = client.qrcode.create(
        {"expire_seconds": 1800, "action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "order_42"}}}
    )

    stage.act(stage.make_user(), "scan", ticket=made["ticket"])

    event = parse_message(stage.transport.requests[-1].body)
    assert client.qrcode.get_url(made["ticket"]).startswith("https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQ")
    assert (event.event, event.scene_id, event.ticket) == ("subscribe_scan", "order_42", made["ticket"])


def test_tags_remarks_and_the_blacklist(stage: Stage, client: Any) -> None:
    openid = stage.openid(follower(stage))
    tag = client.tag.create("vip")["id"]

    client.tag.tag_user(tag, openid)
    client.user.update_remark(openid, "王")

    assert list(client.tag.iter_tag_users(tag)) == [openid]
    assert [one["name"] for one in client.tag.get()] == ["星标组", "vip"]
    assert client.user.get(openid)["remark"] == "王"
    client.tag.update(tag, "gold")
    client.tag.untag_user(tag, openid)
    client.tag.delete(tag)
    client.tag.batch_black_list([openid])
    assert client.tag.get_black_list()["data"]["openid"] == [openid]


def test_template_messages_and_their_result(stage: Stage, client: Any) -> None:
    allow(stage)
    stage.set_callback()
    user = follower(stage)
    client.template.set_industry("1", "10")
    more = client.template.get("TM00015")

    sent = client.message.send_template(
        stage.openid(user), "TM1", {"thing1": {"value": "Tea"}, "time2": {"value": "10:00"}}, url="https://example.com"
    )
    stage.control("POST", "/pushes/deliver", {"all": True})

    event = parse_message(stage.transport.requests[-1].body)
    assert (event.event, event.id, event.status) == ("templatesendjobfinish", sent["msgid"], "success")
    assert {one["template_id"] for one in client.template.get_all_private_template()["template_list"]} == {"TM1", more}


def test_mass_messages_and_their_result(stage: Stage, client: Any) -> None:
    stage.set_callback()
    users = [follower(stage) for _ in range(2)]

    sent = client.message.send_mass_text([stage.openid(user) for user in users], "Sale")
    client.message.send_mass_article(None, draft(stage), is_to_all=True)
    waiting = client.message.get_mass(sent["msg_id"])
    texts = [one for one in pushed(stage) if one.get("Event") == "MASSSENDJOBFINISH"]
    event = next(parse_message(one.body) for one in stage.transport.requests if b"MASSSENDJOBFINISH" in one.body)

    assert waiting["msg_status"] == "SENDING"
    assert len(texts) == 2
    assert (event.event, event.status, event.sent_count) == ("masssendjobfinish", "send success", 2)
    assert stage.received(users[0])[0]["text"] == "Sale"


def test_permanent_files(client: Any) -> None:
    kept = client.material.add("image", ("a.png", b"a picture", "image/png"))

    assert client.material.get(kept["media_id"]).content == b"a picture"
    assert client.material.get_count()["image_count"] == 1
    assert client.material.batchget("image")["item"][0]["media_id"] == kept["media_id"]
    client.material.delete(kept["media_id"])
    with pytest.raises(WeChatClientException, match="40007"):
        client.material.get(kept["media_id"])


def test_agents_and_sessions(stage: Stage, client: Any) -> None:
    openid = stage.openid(follower(stage))
    client.customservice.add_account("amy@house", "Amy", "x")
    stage.control("POST", f"/accounts/{HOUSE}/agents", {"kf_account": "amy@house", "wechat_id": "amy"})

    client.customservice.create_session(openid, "amy@house")

    assert client.customservice.get_session(openid)["kf_account"] == "amy@house"
    assert client.customservice.get_session_list("amy@house")[0]["openid"] == openid
    assert client.customservice.get_online_accounts()[0]["accepted_case"] == 1
    assert client.customservice.get_wait_case()["count"] == 0
    client.customservice.close_session(openid, "amy@house")
    client.customservice.delete_account("amy@house")
    assert client.customservice.get_accounts() == []


def test_statistics(stage: Stage, client: Any) -> None:
    follower(stage)
    stage.clock += 86_400

    assert client.datacube.get_user_summary("2027-01-15", "2027-01-15")[0]["new_user"] == 1
    assert client.datacube.get_user_cumulate("2027-01-15", "2027-01-15")[0]["cumulate_user"] == 1
    assert client.datacube.get_interface_summary("2027-01-15", "2027-01-15") == []


def test_the_ticket_of_pages_and_wechats_own_vector(client: Any) -> None:
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"

    signature = client.jsapi.get_jsapi_signature("Wm3WZYTPz0wzccnW", ticket, 1414587457, "http://mp.weixin.qq.com?params=value")

    assert client.jsapi.get_ticket()["expires_in"] == 7200
    assert signature == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_web_login(stage: Stage) -> None:
    user = stage.make_user(name="Ann")
    stage.control("POST", "/current", {"user": user})
    oauth = WeChatOAuth(HOUSE, SECRET, "https://shop.example/back", "snsapi_userinfo", "s1")
    oauth._http = session(stage)
    parts = urlsplit(oauth.authorize_url)
    page = stage.client.post(f"{parts.path}?{parts.query}", data={"user": user, "answer": "agree"})
    code = urlsplit(page.headers["Location"]).query.partition("code=")[2].partition("&")[0]

    oauth.fetch_access_token(code)

    assert oauth.get_user_info()["nickname"] == "Ann"
    assert oauth.check_access_token()
    oauth.refresh_access_token(oauth.refresh_token)
    with pytest.raises(WeChatOAuthException, match="40163"):
        oauth.fetch_access_token(code)
