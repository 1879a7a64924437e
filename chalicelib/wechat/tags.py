"""Tags of an official account's followers."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.wechat.calls import Calls


class TagCalls(Calls):
    """The calls that tag people. `token`: the account's own."""

    def tag_people(self, token: str, tag: int, openids: Sequence[str]) -> None:
        """Give up to 50 people a tag; whoever has it already keeps it. 20 tags each: 45059; no such tag: 45159.

        https://developers.weixin.qq.com/doc/service/api/usermanage/tags/api_batchtagging
        """
        self._post("/cgi-bin/tags/members/batchtagging", {"openid_list": list(openids), "tagid": tag}, token=token)
