"""Codes and links that lead to an account: parametric QR codes, mini-program codes, URL Links, Schemes, Short Links, page tickets."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.wechat.answers import read_answer
from chalicelib.wechat.calls import Calls

LONGEST_LIFE_S = 2_592_000
LINK_DAYS = 30
"""Links of mini programs live 30 days at most, since 2022-04-11."""


class PageTicket(msgspec.Struct, frozen=True):
    """What signs the calls of web pages (jsapi_ticket)."""

    value: str
    expires_in_s: int


class FollowCode(msgspec.Struct, frozen=True):
    """A parametric QR code: `url` is what stands in it. A permanent one has no end."""

    url: str
    lives_s: int | None


class DrawnCode(msgspec.Struct, frozen=True):
    """A mini-program code as WeChat drew it. `used`: how many of the limited ones there are now."""

    image: bytes
    media_type: str
    used: int | None


class _Ticket(msgspec.Struct):
    ticket: str
    expires_in: int


class _QrCode(msgspec.Struct):
    url: str
    expire_seconds: int | None = None


class _UrlLink(msgspec.Struct):
    url_link: str


class _Scheme(msgspec.Struct):
    openlink: str


class _ShortLink(msgspec.Struct):
    link: str


class CodeCalls(Calls):
    """The calls that make codes and links. `token`: the account's own."""

    def fetch_page_ticket(self, token: str) -> PageTicket:
        """The ticket that signs for the JS-SDK, the same while it lives. Few a day: keep it.

        https://developers.weixin.qq.com/doc/service/guide/h5/jssdk.html
        """
        path = "/cgi-bin/ticket/getticket"
        fields = read_answer(path, self._call("get", path, params={"access_token": token, "type": "jsapi"}), _Ticket)
        return PageTicket(fields.ticket, fields.expires_in)

    def create_follow_code(self, token: str, scene: str, *, lives_s: int | None) -> FollowCode:
        """A parametric code of a verified service account: for up to 30 days, or one of 100,000 for good. 100,000 a day.

        https://developers.weixin.qq.com/doc/service/api/qrcode/qrcodes/api_createqrcode
        """
        path = "/cgi-bin/qrcode/create"
        ends = {} if lives_s is None else {"expire_seconds": lives_s}
        name = "QR_LIMIT_STR_SCENE" if lives_s is None else "QR_STR_SCENE"
        body = {**ends, "action_name": name, "action_info": {"scene": {"scene_str": scene}}}
        fields = read_answer(path, self._post(path, body, token=token), _QrCode)
        return FollowCode(fields.url, fields.expire_seconds)

    def draw_code(self, token: str, scene: str, *, page: str, width: int, env_version: str, check_path: bool) -> DrawnCode:
        """A mini-program code of which there may be any number: 32 characters, 5,000 a minute; 60,000 pages that are not checked.

        https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/getUnlimitedQRCode.html
        """
        body = {"scene": scene, "page": page, "width": width, "env_version": env_version, "check_path": check_path}
        return self._draw("/wxa/getwxacodeunlimit", body, token)

    def draw_limited_code(self, token: str, path: str, *, width: int, env_version: str) -> DrawnCode:
        """A mini-program code with its path in it: one of 100,000 for the life of the mini program, never given back.

        https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/getQRCode.html
        """
        return self._draw("/wxa/getwxacode", {"path": path, "width": width, "env_version": env_version}, token)

    def make_url_link(self, token: str, page: str, query: str) -> str:
        """A URL Link for 30 days, to be opened by anybody anywhere. 500,000 a day together with Schemes, 100 a second.

        https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/url-link/generateUrlLink.html
        """
        body = {"path": page, "query": query, "expire_type": 1, "expire_interval": LINK_DAYS}
        return read_answer("/wxa/generate_urllink", self._post("/wxa/generate_urllink", body, token=token), _UrlLink).url_link

    def make_scheme(self, token: str, page: str, query: str) -> str:
        """A URL Scheme for 30 days: opens outside of WeChat, on Android from web pages alone. Counted with URL Links.

        https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/url-scheme/generateScheme.html
        """
        body = {"jump_wxa": {"path": page, "query": query}, "expire_type": 1, "expire_interval": LINK_DAYS}
        return read_answer("/wxa/generatescheme", self._post("/wxa/generatescheme", body, token=token), _Scheme).openlink

    def make_short_link(self, token: str, page_url: str, title: str) -> str:
        """A Short Link for 30 days: a text that opens within WeChat. 10,000,000 a day.

        https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/short-link/generateShortLink.html
        """
        body = {"page_url": page_url, "page_title": title, "is_permanent": False}
        return read_answer("/wxa/genwxashortlink", self._post("/wxa/genwxashortlink", body, token=token), _ShortLink).link

    def _draw(self, path: str, body: dict[str, Any], token: str) -> DrawnCode:
        image, headers = self._post_for_image(path, body, token=token)
        used = headers.get("Num-Used", "")
        return DrawnCode(image, headers.get("Content-Type", "image/jpeg"), int(used) if used.isdigit() else None)
