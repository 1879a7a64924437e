"""A platform on the sandbox's stage, and wechatpy as its software."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from wechatpy.component import WeChatComponent

from sandbox.transport import Request
from tests.sandbox.adapter import connect
from tests.sandbox.stage import AES_KEY, SECRET, TOKEN, Stage

PLATFORM = "wx00000000000000c1"


class Scene:
    """The stage, the platform's software, and shortcuts of both."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.component = WeChatComponent(PLATFORM, SECRET, TOKEN, AES_KEY)
        connect(self.component, self.stage.client)

    def start(self) -> str:
        """The first ticket, then the platform's own token."""
        self.stage.control("POST", f"/platforms/{PLATFORM}/push-ticket")
        self.hear(self.stage.transport.requests[-1])
        return str(self.component.access_token)

    def hear(self, request: Request) -> Any:
        """What the platform's software makes of a push."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
        return self.component.parse_message(request.body, query["msg_signature"], query["timestamp"], query["nonce"])

    def authorize(self, appid: str, **fields: Any) -> Any:
        return self.stage.control("POST", f"/platforms/{PLATFORM}/authorize", {"appid": appid, **fields})

    def token_for(self, appid: str, **fields: Any) -> str:
        """A token of the platform for the account, which authorises it first."""
        code = self.authorize(appid, **fields)["auth_code"]
        info = self.component.query_auth(code)["authorization_info"]
        return str(info["authorizer_access_token"])

    def component_call(self, name: str, **body: Any) -> Any:
        query = {"component_access_token": str(self.component.access_token)}
        return self.stage.post(f"/cgi-bin/component/{name}", {"component_appid": PLATFORM, **body}, **query)
