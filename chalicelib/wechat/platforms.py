"""What a third-party platform (第三方平台) asks WeChat: for tokens, about those who authorised it, and what only it may do for them."""

from __future__ import annotations

import msgspec

from chalicelib.wechat.answers import read_answer
from chalicelib.wechat.calls import Calls

COMPONENT = "/cgi-bin/component"
LINK = "/cgi-bin/wxopen/wxamplink"
LINKS = "/cgi-bin/wxopen/wxamplinkget"
UNLINK = "/cgi-bin/wxopen/wxampunlink"


class StableToken(msgspec.Struct, frozen=True):
    """An access token and its remaining life in seconds."""

    value: str
    expires_in_s: int


class LoginAnswer(msgspec.Struct, frozen=True):
    """What a wx.login code was worth. `unionid` is absent where the mini program is not bound to an Open Platform account."""

    openid: str
    session_key: str
    unionid: str | None


class AuthorizerToken(msgspec.Struct, frozen=True):
    """A platform's token for an account, and the refresh token to be used from now on."""

    token: StableToken
    refresh_token: str


class Authorization(msgspec.Struct, frozen=True):
    """What an account has allowed a platform: the numbers of permission sets (权限集)."""

    appid: str
    original_id: str
    title: str
    refresh_token: str
    permissions: tuple[int, ...]


class LinkedProgram(msgspec.Struct, frozen=True):
    """A mini program in an official account's list; only a linked one (status 1) has its appid."""

    status: int
    username: str = ""
    appid: str = ""
    nickname: str = ""


class LoginFields(msgspec.Struct):
    """What both ways of redeeming a wx.login code answer."""

    openid: str
    session_key: str
    unionid: str | None = None


class _ComponentTokenFields(msgspec.Struct):
    component_access_token: str
    expires_in: int


class _PreAuthFields(msgspec.Struct):
    pre_auth_code: str
    expires_in: int


class _Category(msgspec.Struct):
    id: int


class _Function(msgspec.Struct):
    funcscope_category: _Category


class _Redeemed(msgspec.Struct):
    authorizer_appid: str


class _AuthorizationFields(msgspec.Struct):
    authorizer_appid: str
    authorizer_refresh_token: str
    func_info: list[_Function] = []


class _RedeemedFields(msgspec.Struct):
    authorization_info: _Redeemed


class _AuthorizerInfo(msgspec.Struct):
    user_name: str = ""
    nick_name: str = ""


class _AuthorizerFields(msgspec.Struct):
    authorization_info: _AuthorizationFields
    authorizer_info: _AuthorizerInfo = msgspec.field(default_factory=_AuthorizerInfo)


class _AuthorizerTokenFields(msgspec.Struct):
    authorizer_access_token: str
    expires_in: int
    authorizer_refresh_token: str = ""


class _Links(msgspec.Struct):
    items: list[LinkedProgram] = []


class _LinksFields(msgspec.Struct):
    wxopens: _Links = msgspec.field(default_factory=_Links)


class PlatformCalls(Calls):
    """The calls of a platform. `token` is the platform's own, where nothing else is said; `component`: its appid."""

    def fetch_component_token(self, component: str, secret: str, ticket: str) -> StableToken:
        """The platform's own access token, of the newest ticket WeChat has pushed. 2,000 a day.

        https://developers.weixin.qq.com/doc/oplatform/openApi/ticket-token/getComponentAccessToken.html
        """
        path = f"{COMPONENT}/api_component_token"
        body = {"component_appid": component, "component_appsecret": secret, "component_verify_ticket": ticket}
        fields = read_answer(path, self._post(path, body), _ComponentTokenFields)
        return StableToken(fields.component_access_token, fields.expires_in)

    def start_tickets(self, component: str, secret: str) -> None:
        """Have WeChat push a ticket now, and every ten minutes from now on.

        https://developers.weixin.qq.com/doc/oplatform/openApi/ticket-token/startPushTicket.html
        """
        self._post(f"{COMPONENT}/api_start_push_ticket", {"component_appid": component, "component_secret": secret})

    def make_pre_auth_code(self, token: str, component: str) -> tuple[str, int]:
        """A code for one visit of the page on which an account's admin authorises the platform, and its life in seconds.

        https://developers.weixin.qq.com/doc/oplatform/openApi/ticket-token/getPreAuthCode.html
        """
        path = f"{COMPONENT}/api_create_preauthcode"
        fields = read_answer(path, self._post(path, {"component_appid": component}, component_token=token), _PreAuthFields)
        return fields.pre_auth_code, fields.expires_in

    def redeem_authorization_code(self, token: str, component: str, code: str) -> str:
        """The appid of the account whose admin has said yes. A code is good for an hour and once; 61010 is what a used one answers.

        https://developers.weixin.qq.com/doc/oplatform/openApi/ticket-token/getAuthorizerRefreshToken.html
        """
        path = f"{COMPONENT}/api_query_auth"
        answer = self._post(path, {"component_appid": component, "authorization_code": code}, component_token=token)
        return read_answer(path, answer, _RedeemedFields).authorization_info.authorizer_appid

    def fetch_authorization(self, token: str, component: str, appid: str) -> Authorization:
        """What an account allows the platform now, its refresh token included; 61003 when it allows nothing.

        https://developers.weixin.qq.com/doc/oplatform/openApi/authorization-management/getAuthorizerInfo.html
        """
        path = f"{COMPONENT}/api_get_authorizer_info"
        answer = self._post(path, {"component_appid": component, "authorizer_appid": appid}, component_token=token)
        fields = read_answer(path, answer, _AuthorizerFields)
        told, info = fields.authorization_info, fields.authorizer_info
        permissions = tuple(sorted({each.funcscope_category.id for each in told.func_info}))
        return Authorization(told.authorizer_appid, info.user_name, info.nick_name, told.authorizer_refresh_token, permissions)

    def refresh_authorizer_token(self, token: str, component: str, appid: str, refresh_token: str) -> AuthorizerToken:
        """The platform's access token for an account; 61003 when it is not authorised, 61023 for a wrong refresh token.

        https://developers.weixin.qq.com/doc/oplatform/openApi/ticket-token/getAuthorizerAccessToken.html
        """
        path = f"{COMPONENT}/api_authorizer_token"
        body = {"component_appid": component, "authorizer_appid": appid, "authorizer_refresh_token": refresh_token}
        fields = read_answer(path, self._post(path, body, component_token=token), _AuthorizerTokenFields)
        fresh = StableToken(fields.authorizer_access_token, fields.expires_in)
        return AuthorizerToken(fresh, fields.authorizer_refresh_token or refresh_token)

    def exchange_login_code_by_platform(self, token: str, component: str, appid: str, code: str) -> LoginAnswer:
        """The same as `exchange_login_code` for a mini program that has authorised the platform: its secret is not needed.

        https://developers.weixin.qq.com/doc/oplatform/openApi/miniprogram-management/login/thirdpartyCode2Session.html
        """
        path = "/sns/component/jscode2session"
        asked = [("appid", appid), ("js_code", code), ("grant_type", "authorization_code")]
        asked += [("component_appid", component), ("component_access_token", token)]
        fields = read_answer(path, self._call("get", path, params=asked), LoginFields)
        return LoginAnswer(fields.openid, fields.session_key, fields.unionid or None)

    def list_mini_programs(self, token: str) -> list[LinkedProgram]:
        """The mini programs of an official account, linked or not yet. `token`: the platform's for the account, permission set 33.

        https://developers.weixin.qq.com/doc/oplatform/openApi/officalaccount-management/link-miniprogram/getLinkMiniprogram.html
        """
        return read_answer(LINKS, self._post(LINKS, {}, token=token), _LinksFields).wxopens.items

    def ask_for_link(self, token: str, appid: str, *, notify: bool, show: bool) -> None:
        """Ask both admins to link a mini program with the official account of the token: nothing is linked yet. 13 new ones a month.

        https://developers.weixin.qq.com/doc/oplatform/openApi/officalaccount-management/link-miniprogram/linkMiniprogram.html
        """
        self._post(LINK, {"appid": appid, "notify_users": str(int(notify)), "show_profile": str(int(show))}, token=token)

    def ask_for_unlink(self, token: str, appid: str) -> None:
        """Ask the admin of the official account of the token to end a link.

        https://developers.weixin.qq.com/doc/oplatform/openApi/officalaccount-management/link-miniprogram/unlinkMiniprogram.html
        """
        self._post(UNLINK, {"appid": appid}, token=token)
