"""Every call to WeChat. One method per page of WeChat's documentation; no retry, no token kept, no clock.

wechatpy is the transport, imported on first use: it costs 117 ms of a cold start and the callback door never calls out.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.errors import Busy, Declined, LiandongError, Unknown
from chalicelib.wechat.answers import Overloaded, read_answer
from chalicelib.wechat.codes import CodeCalls
from chalicelib.wechat.content import ContentCalls
from chalicelib.wechat.figures import FigureCalls
from chalicelib.wechat.human import HumanCalls
from chalicelib.wechat.leads import LeadCalls
from chalicelib.wechat.menus import MenuCalls
from chalicelib.wechat.platforms import LoginAnswer, LoginFields, PlatformCalls, StableToken
from chalicelib.wechat.quotas import QuotaCalls
from chalicelib.wechat.sending import ALREADY_SENT, SENT_JUST_NOW, AlreadySent, SendingCalls
from chalicelib.wechat.shops import ShopCalls
from chalicelib.wechat.tags import TagCalls
from chalicelib.wechat.templates import TemplateCalls

if TYPE_CHECKING:
    from wechatpy import WeChatClient

TOKEN_CODES = frozenset({40001, 40014, 42001})
TOKEN_NAMES = frozenset({"access_token", "component_access_token"})
NAMED = {61003: "platform_unauthorised"}
"""Refusals that say by themselves what to do, whatever the call."""
OVERLOADED = frozenset({-1, -1000, 268487001, 268487002, 268488001})
"""Troubles inside of WeChat: it may have happened all the same."""
BUSY_CODES = frozenset({43108, 45011, 45169})
"""Several sends or tags to one person at once, or too many calls in a minute."""


class TokenRejected(Declined):
    """WeChat does not take this access token: 40001, 40014 or 42001, whichever the page happens to answer."""


class WebLoginAnswer(msgspec.Struct, frozen=True):
    """What a code of a web page or a mobile app was worth. `is_snapshot`: a visitor WeChat made up, who is nobody."""

    openid: str
    unionid: str | None
    is_snapshot: bool


class PhoneAnswer(msgspec.Struct, frozen=True):
    """The phone behind a code of the phone button."""

    country_code: str
    number: str


class Follower(msgspec.Struct, frozen=True):
    """What WeChat tells of a follower; nickname and portrait have not been supplied since 2021-12-27. `since`: epoch seconds."""

    openid: str
    subscribed: bool
    unionid: str | None
    since: int | None = None


class Buyer(msgspec.Struct, frozen=True):
    """Somebody of a shop's order; `unionid` is absent where the shop was not bound to an Open Platform account when the order was made."""

    openid: str
    unionid: str | None


class _OrderFields(msgspec.Struct):
    openid: str = ""
    unionid: str = ""
    present_giver_openid: str = ""
    present_giver_unionid: str = ""


class _ShopOrder(msgspec.Struct):
    order: _OrderFields


class _FollowerFields(msgspec.Struct):
    openid: str
    subscribe: int = 0
    unionid: str | None = None
    subscribe_time: int | None = None


class _FollowersFields(msgspec.Struct):
    user_info_list: list[_FollowerFields]


class _Openids(msgspec.Struct):
    openid: list[str] = []


class _OpenidsFields(msgspec.Struct):
    data: _Openids = msgspec.field(default_factory=_Openids)


class _Changed(msgspec.Struct):
    ori_openid: str
    new_openid: str = ""


class _ChangedFields(msgspec.Struct):
    result_list: list[_Changed]


class _TokenFields(msgspec.Struct):
    access_token: str
    expires_in: int


class _PhoneInfo(msgspec.Struct, rename="camel"):
    country_code: str
    pure_phone_number: str


class _PhoneFields(msgspec.Struct):
    phone_info: _PhoneInfo


class _WebLoginFields(msgspec.Struct):
    openid: str
    unionid: str | None = None
    is_snapshotuser: int = 0


@functools.cache
def _client(api_url: str, timeout_s: float) -> WeChatClient:
    """What the environment says of proxies and certificates is read once: requests would read it for each call, a tenth of its CPU."""
    import requests
    from wechatpy import WeChatClient

    for talkative in ("urllib3", "requests", "wechatpy"):
        logging.getLogger(talkative).setLevel(logging.ERROR)  # they would log URLs with secrets and tokens in them, some as a warning
    client = WeChatClient("", "", access_token="unused: every call names its own", timeout=timeout_s, auto_retry=False)
    session: requests.Session = client._http  # wechatpy hands it out by no other name
    read = session.merge_environment_settings(api_url, {}, None, None, None)
    session.proxies, session.verify, session.trust_env = read["proxies"], read["verify"], False
    return client


class Gateway(
    PlatformCalls,
    FigureCalls,
    ShopCalls,
    LeadCalls,
    HumanCalls,
    TagCalls,
    CodeCalls,
    ContentCalls,
    MenuCalls,
    QuotaCalls,
    TemplateCalls,
    SendingCalls,
):
    """WeChat at `api_url`. Raises `TokenRejected`, `Declined` (with errcode), `Busy` (did not happen) or `Unknown` (may have happened)."""

    def __init__(self, api_url: str, *, timeout_s: float) -> None:
        self._api_url = api_url.rstrip("/")
        self._timeout_s = timeout_s

    def fetch_stable_token(self, appid: str, app_secret: str) -> StableToken:
        """The access token of an account, the same until its last five minutes. 10,000 a minute, 500,000 a day.

        https://developers.weixin.qq.com/doc/subscription/api/base/api_getstableaccesstoken
        """
        answer = self._post("/cgi-bin/stable_token", {"grant_type": "client_credential", "appid": appid, "secret": app_secret})
        fields = read_answer("/cgi-bin/stable_token", answer, _TokenFields)
        return StableToken(fields.access_token, fields.expires_in)

    def exchange_login_code(self, appid: str, app_secret: str, code: str) -> LoginAnswer:
        """Trade a wx.login code, valid five minutes and once, for who it is. Needs no access token.

        https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html
        """
        asked = [("appid", appid), ("secret", app_secret), ("js_code", code), ("grant_type", "authorization_code")]
        answer = self._call("get", "/sns/jscode2session", params=asked)
        fields = read_answer("/sns/jscode2session", answer, LoginFields)
        return LoginAnswer(fields.openid, fields.session_key, fields.unionid or None)

    def exchange_phone_code(self, token: str, openid: str, code: str) -> PhoneAnswer:
        """Trade a code of the mini program's phone button, valid five minutes and once, for the phone of this very person.

        https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/phone-number/getPhoneNumber.html
        """
        path = "/wxa/business/getuserphonenumber"
        told = read_answer(path, self._post(path, {"code": code, "openid": openid}, token=token), _PhoneFields).phone_info
        return PhoneAnswer(told.country_code, told.pure_phone_number)

    def exchange_web_code(self, appid: str, app_secret: str, code: str) -> WebLoginAnswer:
        """Trade a code of web authorization or of a mobile app's SendAuth, valid once, for who it is. 50,000 a minute.

        https://developers.weixin.qq.com/doc/oplatform/Mobile_App/WeChat_Login/Authorized_API_call_UnionID.html
        """
        asked = [("appid", appid), ("secret", app_secret), ("code", code), ("grant_type", "authorization_code")]
        fields = read_answer("/sns/oauth2/access_token", self._call("get", "/sns/oauth2/access_token", params=asked), _WebLoginFields)
        return WebLoginAnswer(fields.openid, fields.unionid or None, fields.is_snapshotuser == 1)

    def fetch_follower(self, token: str, openid: str) -> Follower:
        """Whether somebody follows, and their unionid. 5,000,000 a day.

        https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_userinfo
        """
        answer = self._call("get", "/cgi-bin/user/info", params={"access_token": token, "openid": openid})
        return Follower(openid, answer.get("subscribe") == 1, answer.get("unionid") or None)

    def fetch_buyers(self, token: str, order_id: str) -> list[Buyer]:
        """Whose a shop's order is, and of a gift also who gives it: two people, never one.

        https://developers.weixin.qq.com/doc/store/shop/API/order/get.html
        """
        answer = self._post("/channels/ec/order/get", {"order_id": order_id}, token=token)
        order = read_answer("/channels/ec/order/get", answer, _ShopOrder).order
        people = [(order.openid, order.unionid), (order.present_giver_openid, order.present_giver_unionid)]
        return [Buyer(openid, unionid or None) for openid, unionid in people if openid]

    def list_followers(self, token: str, after: str) -> tuple[str, ...]:
        """Up to 10,000 openids of followers behind one of them, or from the beginning; none behind the last. 500 a day.

        https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_getfans
        """
        params = {"access_token": token, **({"next_openid": after} if after else {})}
        answer = self._call("get", "/cgi-bin/user/get", params=params)
        return tuple(read_answer("/cgi-bin/user/get", answer, _OpenidsFields).data.openid)

    def fetch_followers(self, token: str, openids: Sequence[str]) -> list[Follower]:
        """The same as `fetch_follower` of up to 100 at once; one openid that is nobody's refuses them all. 500,000 a day.

        https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_batchuserinfo
        """
        path = "/cgi-bin/user/info/batchget"
        answer = self._post(path, {"user_list": [{"openid": openid} for openid in openids]}, token=token)
        found = read_answer(path, answer, _FollowersFields).user_info_list
        return [Follower(each.openid, each.subscribe == 1, each.unionid or None, each.subscribe_time) for each in found]

    def change_openids(self, token: str, from_appid: str, openids: Sequence[str]) -> dict[str, str]:
        """The openids that up to 100 people of a former account have at this one, after a migration (账号迁移), by their former ones.

        https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_changeopenid
        """
        answer = self._post("/cgi-bin/changeopenid", {"from_appid": from_appid, "openid_list": list(openids)}, token=token)
        changed = read_answer("/cgi-bin/changeopenid", answer, _ChangedFields).result_list
        return {each.ori_openid: each.new_openid for each in changed if each.new_openid}

    def _post(self, path: str, body: dict[str, Any], *, token: str | None = None, component_token: str | None = None) -> dict[str, Any]:
        # A list, not a dict, keeps wechatpy from adding a token of its own.
        proofs = (("access_token", token), ("component_access_token", component_token))
        params = [(name, proof) for name, proof in proofs if proof]
        return self._call("post", path, params=params, data=msgspec.json.encode(body))

    def _post_for_image(self, path: str, body: dict[str, Any], *, token: str) -> tuple[bytes, Mapping[str, str]]:
        answer = self._ask("post", path, params=[("access_token", token)], data=msgspec.json.encode(body))
        if not hasattr(answer, "headers"):  # what is no JSON comes back from wechatpy as it came
            raise Unknown(f"WeChat answered {path} with no picture: it may have happened.")
        return bytes(answer.content), answer.headers

    def _call(self, method: str, path: str, *, params: Any, **request: Any) -> dict[str, Any]:
        return read_answer(path, self._ask(method, path, params=params, **request), dict[str, Any])

    def _ask(self, method: str, path: str, *, params: Any, **request: Any) -> Any:
        import requests
        from wechatpy.exceptions import WeChatClientException

        # What wechatpy and requests raise holds the request and so the secret: ours is raised where none of it can follow as context.
        trouble: LiandongError
        try:
            return getattr(_client(self._api_url, self._timeout_s), method)(self._api_url + path, params=params, **request)
        except WeChatClientException as error:
            if error.errcode == ALREADY_SENT:
                trouble = _already_sent(path, error.response)
            else:
                trouble = _refusal(path, error.errcode, with_token=not TOKEN_NAMES.isdisjoint(dict(params)))
        except requests.exceptions.ReadTimeout:
            trouble = Unknown(f"WeChat did not answer {path} in time: it may have happened.")
        except requests.exceptions.ConnectTimeout:
            trouble = Busy(f"WeChat could not be reached for {path}.", code="wechat_busy")
        except requests.exceptions.RequestException as error:
            trouble = _broken(path, error)
        raise trouble


def _refusal(path: str, errcode: int | None, *, with_token: bool) -> LiandongError:
    if errcode is None:  # an HTTP status that is an error: WeChat's business errors come with 200
        return Unknown(f"WeChat failed to answer {path}: it may have happened.")
    if errcode in TOKEN_CODES and with_token:  # where a secret is the proof, 40001 means that the secret is wrong
        return TokenRejected(f"WeChat does not take the access token for {path}: errcode {errcode}.", errcode=errcode)
    if errcode == SENT_JUST_NOW:
        return Unknown(f"WeChat was asked the same within a minute for {path}: it has happened, and it tells in a minute under which id.")
    if errcode in OVERLOADED:
        return Overloaded(f"WeChat is busy for {path}: errcode {errcode}.")
    if errcode in BUSY_CODES:
        return Busy(f"WeChat is busy for {path}: errcode {errcode}.", code="wechat_busy")
    if errcode in NAMED:
        return Declined(code=NAMED[errcode], errcode=errcode)
    return Declined(f"WeChat declined {path}: errcode {errcode}.", errcode=errcode)


def _already_sent(path: str, answer: Any) -> LiandongError:
    """Without its id nothing could be joined to it later: asked again, WeChat may tell."""
    msg_id = answer.json().get("msg_id")
    return (
        AlreadySent(str(msg_id)) if msg_id else Unknown(f"WeChat was asked the same before for {path}, and does not tell under which id.")
    )


def _broken(path: str, error: Exception) -> LiandongError:
    """A connection that was never made did not do anything; one that broke later may have."""
    import urllib3

    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", None)
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        return Busy(f"WeChat could not be reached for {path}.", code="wechat_busy")
    return Unknown(f"The connection to WeChat broke during {path}: it may have happened.")
