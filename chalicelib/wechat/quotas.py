"""How much of an account's daily quotas is used, as WeChat counts, and its way to begin them anew."""

from __future__ import annotations

import msgspec

from chalicelib.wechat.answers import read_answer
from chalicelib.wechat.calls import Calls

ASK = "/cgi-bin/openapi/quota/get"


class QuotaTold(msgspec.Struct, frozen=True):
    """Calls of one API today. `most`: 0 where WeChat has no limit."""

    most: int
    used: int


class _Quota(msgspec.Struct):
    daily_limit: int = 0
    used: int = 0


class _QuotaFields(msgspec.Struct):
    quota: _Quota


class QuotaCalls(Calls):
    """The calls that ask for and reset quotas. `token`: the account's own."""

    def fetch_quota(self, token: str, path: str) -> QuotaTold:
        """What is used of an API's quota today. 76021: no such path; 76022: not this one.

        https://developers.weixin.qq.com/doc/service/api/apimanage/openapi/api_getapiquota
        """
        told = read_answer(ASK, self._post(ASK, {"cgi_path": path}, token=token), _QuotaFields).quota
        return QuotaTold(told.daily_limit, told.used)

    def clear_quotas(self, token: str, appid: str) -> None:
        """Have all daily quotas of an account begin anew. Ten times a month, resets in WeChat's console included: 48006.

        https://developers.weixin.qq.com/doc/service/api/apimanage/openapi/api_clearquota
        """
        self._post("/cgi-bin/clear_quota", {"appid": appid}, token=token)
