"""Tags of an official account's followers."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from chalicelib.wechat.answers import read_answer
from chalicelib.wechat.calls import Calls


class _Openids(msgspec.Struct):
    openid: tuple[str, ...] = ()


class _Tagged(msgspec.Struct):
    data: _Openids = msgspec.field(default_factory=_Openids)


class TagCalls(Calls):
    """The calls that tag people. `token`: the account's own."""

    def tag_people(self, token: str, tag: int, openids: Sequence[str]) -> None:
        """Give up to 50 people a tag; whoever has it already keeps it. 20 tags each: 45059; no such tag: 45159.

        https://developers.weixin.qq.com/doc/service/api/usermanage/tags/api_batchtagging
        """
        self._post("/cgi-bin/tags/members/batchtagging", {"openid_list": list(openids), "tagid": tag}, token=token)

    def list_tagged(self, token: str, tag: int, after: str) -> tuple[str, ...]:
        """Up to 10,000 openids of followers with a tag behind one of them, or from the beginning; none behind the last.

        https://developers.weixin.qq.com/doc/service/api/usermanage/tags/api_gettagidlist
        """
        path = "/cgi-bin/user/tag/get"
        return read_answer(path, self._post(path, {"tagid": tag, "next_openid": after}, token=token), _Tagged).data.openid
