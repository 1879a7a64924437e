"""Human service (客服): who waits, who is there, who talks with whom, and what was said when."""

from __future__ import annotations

import msgspec

from chalicelib.wechat.answers import read_answer
from chalicelib.wechat.calls import Calls

WAITING = "/customservice/kfsession/getwaitcase"
ONLINE = "/cgi-bin/customservice/getonlinekflist"
SAID = "/customservice/msgrecord/getmsglist"
MOST_SAID = 10_000
BY_STAFF = 2002


class Waiting(msgspec.Struct, frozen=True):
    """Somebody whom nobody has taken. `since`: epoch seconds of what they wrote last."""

    openid: str
    since: int


class Online(msgspec.Struct, frozen=True):
    """A member of staff who is there, and with how many they talk."""

    account: str
    sessions: int


class Said(msgspec.Struct, frozen=True):
    """That something was said to or by somebody, and when in epoch seconds; not what."""

    openid: str
    by_staff: bool
    at: int


class Records(msgspec.Struct, frozen=True):
    """What was said, the earliest first; `following` leads to the next page."""

    said: tuple[Said, ...]
    following: int | None


class _Case(msgspec.Struct):
    openid: str
    latest_time: int = 0


class _CasesFields(msgspec.Struct):
    waitcaselist: list[_Case] = []


class _Agent(msgspec.Struct):
    kf_account: str
    accepted_case: int = 0


class _AgentsFields(msgspec.Struct):
    kf_online_list: list[_Agent] = []


class _Record(msgspec.Struct):
    openid: str
    opercode: int
    time: int
    worker: str = ""


class _RecordsFields(msgspec.Struct):
    recordlist: list[_Record] = []
    msgid: int = 0


class HumanCalls(Calls):
    """The calls of human service. `token`: the official account's own. 65400: it has none."""

    def list_waiting(self, token: str) -> tuple[Waiting, ...]:
        """The hundred who have waited longest.

        https://developers.weixin.qq.com/doc/service/api/customer/session/api_getwaitcase
        """
        answer = self._call("get", WAITING, params={"access_token": token})
        return tuple(Waiting(each.openid, each.latest_time) for each in read_answer(WAITING, answer, _CasesFields).waitcaselist)

    def list_online(self, token: str) -> tuple[Online, ...]:
        """The staff who are there.

        https://developers.weixin.qq.com/doc/service/api/customer/account/api_getonlinekflist
        """
        answer = self._call("get", ONLINE, params={"access_token": token})
        return tuple(Online(each.kf_account, each.accepted_case) for each in read_answer(ONLINE, answer, _AgentsFields).kf_online_list)

    def begin_session(self, token: str, kf_account: str, openid: str) -> None:
        """Put somebody into the hands of a member of staff who is there: 65402 if not. 65413, 65415: somebody has them already.

        https://developers.weixin.qq.com/doc/service/api/customer/session/api_createkfsession
        """
        self._post("/customservice/kfsession/create", {"kf_account": kf_account, "openid": openid}, token=token)

    def list_said(self, token: str, first_s: int, last_s: int, *, following: int = 1) -> Records:
        """What was said within a day at most, ten thousand at once.

        https://developers.weixin.qq.com/doc/service/api/customer/message/api_getmsglist
        """
        asked = {"starttime": first_s, "endtime": last_s, "msgid": following, "number": MOST_SAID}
        told = read_answer(SAID, self._post(SAID, asked, token=token), _RecordsFields)
        said = tuple(Said(each.openid, each.opercode == BY_STAFF and bool(each.worker), each.time) for each in told.recordlist)
        return Records(said, told.msgid if len(said) == MOST_SAID and told.msgid > following else None)
