from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from sandbox.transport import Answer, Request
from tests.sandbox.official.hands import OK, codes, events, follower, get, post
from tests.sandbox.stage import HOUSE, HOUSE_ORIGINAL, Stage

AMY, BEN = "amy@house", "ben@house"


def add(stage: Stage, account: str = AMY, nickname: str = "Amy") -> Any:
    return post(stage, "/customservice/kfaccount/add", {"kf_account": account, "nickname": nickname})


def seat(stage: Stage, account: str = AMY, **fields: Any) -> Any:
    """An agent at the desk."""
    return stage.control("POST", f"/accounts/{HOUSE}/agents", {"kf_account": account, "wechat_id": account[:3], **fields})


def work(stage: Stage, user: str, **fields: Any) -> Any:
    return stage.control("POST", f"/accounts/{HOUSE}/desk", {"user": user, **fields})


def session(stage: Stage, do: str, user: str, account: str = AMY) -> Any:
    return post(stage, f"/customservice/kfsession/{do}", {"kf_account": account, "openid": stage.openid(user)})


def list_all(stage: Stage) -> list[Any]:
    return list(get(stage, "/cgi-bin/customservice/getkflist")["kf_list"])


def test_an_agent_is_made_renamed_listed_and_deleted(stage: Stage) -> None:
    made = add(stage)
    renamed = post(stage, "/customservice/kfaccount/update", {"kf_account": AMY, "nickname": "Amelie"})
    listed = list_all(stage)

    deleted = [get(stage, "/customservice/kfaccount/del", kf_account=AMY) for _ in range(2)]

    assert (made, renamed) == (OK, OK)
    assert listed == [{"kf_account": AMY, "kf_headimgurl": "", "kf_id": 1001, "kf_nick": "Amelie"}]
    assert codes(deleted) == [0, 65401]


def test_an_agent_is_deleted_by_post_too(stage: Stage) -> None:
    add(stage)

    answer = stage.client.post("/customservice/kfaccount/del", query_string={"access_token": stage.token(), "kf_account": AMY})

    assert answer.get_json(force=True) == OK


@pytest.mark.parametrize(
    ("account", "nickname", "errcode"),
    [
        ("amy", "Amy", 61452),
        ("@house", "Amy", 61452),
        ("elevenchars@house", "Amy", 61454),
        ("艾米@house", "Amy", 61455),
        (AMY, "Amy", 61453),
        (BEN, "", 65403),
        (BEN, "x" * 17, 65403),
    ],
)
def test_an_agent_that_cannot_be_has_its_code(stage: Stage, account: str, nickname: str, errcode: int) -> None:
    add(stage)

    assert add(stage, account, nickname)["errcode"] == errcode


def test_a_hundred_agents_are_enough(stage: Stage) -> None:
    assert codes([add(stage, f"a{number}@house") for number in range(101)])[-2:] == [0, 61456]


def test_somebody_is_invited_and_accepts(stage: Stage) -> None:
    add(stage)
    body = {"kf_account": AMY, "invite_wx": "amy_wx"}
    answers = [post(stage, "/customservice/kfaccount/inviteworker", body) for _ in range(2)]
    waiting = list_all(stage)[0]

    stage.control("POST", f"/accounts/{HOUSE}/agents", {"kf_account": AMY, "invitation": "accepted"})
    bound = list_all(stage)[0]

    assert codes(answers) == [0, 65407]
    assert (waiting["invite_wx"], waiting["invite_status"], waiting["invite_expire_time"]) == (
        "amy_wx",
        "waiting",
        int(stage.clock) + 86_400,
    )
    assert bound["kf_wx"] == "amy_wx"
    assert "invite_wx" not in bound
    assert post(stage, "/customservice/kfaccount/inviteworker", body)["errcode"] == 65408


def test_an_invitation_can_be_rejected_or_run_out(stage: Stage) -> None:
    add(stage)
    body = {"kf_account": AMY, "invite_wx": "amy_wx"}
    post(stage, "/customservice/kfaccount/inviteworker", body)
    stage.clock += 86_400
    expired = list_all(stage)[0]["invite_status"]

    again = post(stage, "/customservice/kfaccount/inviteworker", body)
    stage.control("POST", f"/accounts/{HOUSE}/agents", {"kf_account": AMY, "invitation": "rejected"})

    assert (expired, again, list_all(stage)[0]["invite_status"]) == ("expired", OK, "rejected")


def test_a_picture_of_an_agent_is_a_picture(stage: Stage) -> None:
    add(stage)

    def put(content_type: str) -> Any:
        query, file = {"access_token": stage.token(), "kf_account": AMY}, {"media": (BytesIO(b"x"), "a.png", content_type)}
        return stage.client.post("/customservice/kfaccount/uploadheadimg", query_string=query, data=file).get_json(force=True)

    assert codes([put("image/png"), put("text/plain")]) == [0, 61457]
    assert list_all(stage)[0]["kf_headimgurl"] == "http://mmbiz.qpic.cn/kf/1001/0"


def test_a_session_needs_an_agent_who_is_there(stage: Stage) -> None:
    add(stage)
    user = follower(stage)
    absent = session(stage, "create", user)
    seat(stage)
    seat(stage, BEN)

    answers = [session(stage, "create", user), session(stage, "create", user), session(stage, "create", user, BEN)]
    online = get(stage, "/cgi-bin/customservice/getonlinekflist")

    assert codes([absent, *answers]) == [65402, 0, 65413, 65415]
    assert online == {
        "kf_online_list": [
            {"kf_account": AMY, "status": 1, "kf_id": 1001, "accepted_case": 1},
            {"kf_account": BEN, "status": 1, "kf_id": 1002, "accepted_case": 0},
        ]
    }


def test_a_session_is_told_by_person_and_by_agent(stage: Stage) -> None:
    stage.set_callback()
    seat(stage)
    user = follower(stage)
    none = get(stage, "/customservice/kfsession/getsession", openid=stage.openid(user))
    session(stage, "create", user)

    told = get(stage, "/customservice/kfsession/getsession", openid=stage.openid(user))
    listed = get(stage, "/customservice/kfsession/getsessionlist", kf_account=AMY)
    closed = [session(stage, "close", user) for _ in range(2)]

    openid = stage.openid(user)
    assert none == {"createtime": 0, "kf_account": ""}
    assert told == {"createtime": int(stage.clock), "kf_account": AMY}
    assert listed == {"sessionlist": [{"createtime": int(stage.clock), "openid": openid}]}
    assert codes(closed) == [0, 65414]
    assert events(stage, "kf_create_session") == [{"FromUserName": openid, "KfAccount": AMY}]
    assert events(stage, "kf_close_session") == [{"FromUserName": openid, "KfAccount": AMY}]


def transferring(stage: Stage, agent: str = "") -> None:
    """Let the callback hand every message over to agents."""
    named = f"<TransInfo><KfAccount><![CDATA[{agent}]]></KfAccount></TransInfo>" if agent else ""

    def hear(request: Request) -> Answer:
        openid = request.url.partition("openid=")[2].partition("&")[0]
        reply = (
            f"<xml><ToUserName>{openid}</ToUserName><FromUserName>{HOUSE_ORIGINAL}</FromUserName><CreateTime>1</CreateTime>"
            f"<MsgType>transfer_customer_service</MsgType>{named}</xml>"
        )
        return Answer(200, reply.encode() if b"<MsgType><![CDATA[text]]>" in request.body else b"success", 0.01)

    stage.set_callback()
    stage.transport.hear = hear


def test_a_transfer_finds_an_agent_who_is_there_or_lets_the_person_wait(stage: Stage) -> None:
    transferring(stage)
    early, later = follower(stage), follower(stage)
    stage.act(early, "send", content="anyone?")
    waiting = get(stage, "/customservice/kfsession/getwaitcase")
    seat(stage)

    stage.act(later, "send", content="hello")
    work(stage, early, do="take", kf_account=AMY)

    assert waiting == {"count": 1, "waitcaselist": [{"latest_time": int(stage.clock), "openid": stage.openid(early)}]}
    assert get(stage, "/customservice/kfsession/getwaitcase") == {"count": 0, "waitcaselist": []}
    assert [one["FromUserName"] for one in events(stage, "kf_create_session")] == [stage.openid(later), stage.openid(early)]


def test_a_transfer_to_an_agent_who_is_away_waits(stage: Stage) -> None:
    transferring(stage, BEN)
    seat(stage)
    seat(stage, BEN, online=False)

    stage.act(follower(stage), "send", content="hello")

    assert get(stage, "/customservice/kfsession/getwaitcase")["count"] == 1


def test_what_is_said_in_a_session_is_on_record(stage: Stage) -> None:
    stage.set_callback()
    seat(stage)
    seat(stage, BEN)
    user = follower(stage)
    stage.act(user, "send", content="before")
    work(stage, user, do="take", kf_account=AMY)
    stage.act(user, "send", content="hello")
    work(stage, user, content="How can I help?")
    work(stage, user, do="hand-over", kf_account=BEN)
    stage.act(user, "send", content="a refund")
    span = {"starttime": int(stage.clock) - 60, "endtime": int(stage.clock), "msgid": 1, "number": 2}

    first = post(stage, "/customservice/msgrecord/getmsglist", span)
    second = post(stage, "/customservice/msgrecord/getmsglist", {**span, "msgid": first["msgid"]})

    openid, at = stage.openid(user), int(stage.clock)
    assert first["recordlist"] == [
        {"openid": openid, "opercode": 2003, "text": "hello", "time": at, "worker": AMY},
        {"openid": openid, "opercode": 2002, "text": "How can I help?", "time": at, "worker": AMY},
    ]
    assert [one["text"] for one in second["recordlist"]] == ["a refund"]
    assert second["number"] == 1
    assert stage.received(user)[-1]["text"] == "How can I help?"
    assert events(stage, "kf_switch_session") == [{"FromUserName": openid, "FromKfAccount": AMY, "ToKfAccount": BEN}]


@pytest.mark.parametrize(
    ("changed", "errcode"), [({"endtime": 86_401}, 65416), ({"endtime": -1}, 65416), ({"number": 10_001}, 65417), ({"number": 0}, 65417)]
)
def test_records_are_asked_for_a_day_and_ten_thousand_at_most(stage: Stage, changed: Any, errcode: int) -> None:
    body = {"starttime": 0, "endtime": 86_400, "msgid": 1, "number": 1, **changed}

    assert post(stage, "/customservice/msgrecord/getmsglist", body)["errcode"] == errcode


def test_a_message_may_come_from_an_agent_of_the_account(stage: Stage) -> None:
    seat(stage)
    user = follower(stage)

    answers = [stage.write_to(user, customservice={"kf_account": one}) for one in (AMY, "nobody@house")]

    assert codes(answers) == [0, 61452]
