from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.official.hands import OK, codes, draft, events, follower, keep, post
from tests.sandbox.stage import HOUSE, Stage

MONTH_S = 31 * 86_400
TEXT = {"msgtype": "text", "text": {"content": "Sale"}}


def to_all(stage: Stage, **changed: Any) -> Any:
    return post(stage, "/cgi-bin/message/mass/sendall", {"filter": {"is_to_all": True}, **TEXT, **changed})


def to_some(stage: Stage, *users: str, **changed: Any) -> Any:
    openids = [stage.openid(user) for user in users]
    return post(stage, "/cgi-bin/message/mass/send", {"touser": openids, **TEXT, **changed})


def job(stage: Stage, path: str, **body: Any) -> Any:
    return post(stage, f"/cgi-bin/message/mass/{path}", body)


def texts(stage: Stage, user: str) -> list[str]:
    return [one["text"] for one in stage.received(user) if one["via"] == "mass_message"]


def test_every_follower_gets_it_and_the_result_counts(stage: Stage) -> None:
    stage.set_callback()
    users, stranger = [follower(stage) for _ in range(3)], stage.make_user()
    stage.control("POST", f"/users/{users[2]}/block", {"appid": HOUSE})

    sent = to_all(stage)

    result = events(stage, "MASSSENDJOBFINISH")[0]
    assert sent == {"errcode": 0, "errmsg": "send job submission success", "msg_id": sent["msg_id"]}
    assert [texts(stage, user) for user in (*users, stranger)] == [["Sale"], ["Sale"], [], []]
    assert result == {
        "FromUserName": "mphelper",
        "MsgID": str(sent["msg_id"]),
        "Status": "send success",
        "TotalCount": "3",
        "FilterCount": "3",
        "SentCount": "2",
        "ErrorCount": "1",
    }


def test_a_tag_chooses_who_gets_it(stage: Stage) -> None:
    tagged, other = follower(stage), follower(stage)
    tag = post(stage, "/cgi-bin/tags/create", {"tag": {"name": "vip"}})["tag"]["id"]
    post(stage, "/cgi-bin/tags/members/batchtagging", {"openid_list": [stage.openid(tagged)], "tagid": tag})

    answers = [to_all(stage, filter={"is_to_all": False, "tag_id": one}) for one in (tag, 999, None)]

    assert codes(answers) == [0, 40152, 40152]
    assert (texts(stage, tagged), texts(stage, other)) == (["Sale"], [])


def test_a_list_has_two_people_at_least_and_strangers_are_errors(stage: Stage) -> None:
    stage.set_callback()
    user, stranger = follower(stage), stage.make_user()

    answers = [
        to_some(stage, user),
        to_some(stage, user, stranger),
        post(stage, "/cgi-bin/message/mass/send", {"touser": ["a", "b"], **TEXT}),
    ]

    result = events(stage, "MASSSENDJOBFINISH")[0]
    assert codes(answers) == [40130, 0, 40003]
    assert (result["TotalCount"], result["SentCount"], result["ErrorCount"]) == ("2", "1", "1")


def test_a_follower_gets_four_a_month(stage: Stage) -> None:
    old = follower(stage)
    for _ in range(4):
        to_all(stage)
    new = follower(stage)

    fifth = to_all(stage)
    for _ in range(3):
        to_all(stage)
    ninth = to_all(stage)
    stage.clock += MONTH_S

    assert codes([fifth, ninth, to_all(stage)]) == [0, 45028, 0]
    assert (len(texts(stage, old)), len(texts(stage, new))) == (5, 5)


def test_a_subscription_account_sends_once_a_day_to_all(stage: Stage) -> None:
    stage.control("POST", "/accounts", {"appid": HOUSE, "service": False})
    user = follower(stage)

    answers = [to_all(stage), to_all(stage), to_some(stage, user, user)]
    stage.clock += 86_400

    assert codes([*answers, to_all(stage)]) == [0, 45028, 48001, 0]


def test_the_same_clientmsgid_is_the_same_job_for_a_day(stage: Stage) -> None:
    follower(stage)
    first = to_all(stage, clientmsgid="c1")
    soon = to_all(stage, clientmsgid="c1")
    stage.clock += 60
    again = to_all(stage, clientmsgid="c1")
    stage.clock += 86_400

    later = to_all(stage, clientmsgid="c1")

    assert codes([first, soon, again, later, to_all(stage, clientmsgid="x" * 33)]) == [0, 45066, 45065, 0, 45067]
    assert again["msg_id"] == first["msg_id"] != later["msg_id"]


def test_articles_leave_the_draft_box_and_have_addresses(stage: Stage) -> None:
    stage.set_callback()
    user, media_id = follower(stage), draft(stage, "A", "B")

    sent = to_all(stage, msgtype="mpnews", mpnews={"media_id": media_id})

    result = events(stage, "MASSSENDJOBFINISH")[0]
    assert list(sent) == ["errcode", "errmsg", "msg_id", "msg_data_id"]
    assert texts(stage, user) == ["A\nB"]
    assert result["ArticleUrlResult"]["Count"] == "2"
    assert to_all(stage, msgtype="mpnews", mpnews={"media_id": media_id})["errcode"] == 40007


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"msgtype": "wxcard"}, 45113),
        ({"msgtype": "dance"}, 40008),
        ({"text": None}, 40008),
        ({"text": {"content": ""}}, 44004),
        ({"text": {"content": "x" * 2049}}, 45002),
        ({"msgtype": "voice", "voice": {"media_id": "gone"}}, 40007),
        ({"msgtype": "mpvideo", "mpvideo": {"media_id": "gone"}}, 40007),
        ({"msgtype": "image", "images": {"media_ids": []}}, 40008),
        ({"msgtype": "image", "images": {"media_ids": ["gone"]}}, 40007),
    ],
)
def test_what_cannot_be_sent_has_its_code(stage: Stage, changed: Any, errcode: int) -> None:
    follower(stage)

    assert to_all(stage, **changed)["errcode"] == errcode


def test_pictures_and_voices_can_be_sent(stage: Stage) -> None:
    user, picture = follower(stage), keep(stage)["media_id"]

    answers = [
        to_all(stage, msgtype="image", images={"media_ids": [picture], "recommend": "Look"}),
        to_all(stage, msgtype="image", image={"media_id": picture}),
        to_all(stage, msgtype="voice", voice={"media_id": keep(stage, "voice")["media_id"]}),
    ]

    assert codes(answers) == [0, 0, 0]
    assert texts(stage, user) == ["Look", "[image]", "[voice]"]


def test_a_preview_reaches_one_person_and_costs_nothing(stage: Stage) -> None:
    user, stranger = follower(stage), stage.make_user()
    openid = stage.openid(user)

    answers = [job(stage, "preview", **TEXT, touser=openid), job(stage, "preview", **TEXT, towxname=user)]
    wrong = [job(stage, "preview", **TEXT, towxname="nobody"), job(stage, "preview", **TEXT, touser=stage.openid(stranger))]

    assert [answer["errmsg"] for answer in answers] == ["preview success"] * 2
    assert codes(wrong) == [40132, 43004]
    assert texts(stage, user) == ["Sale", "Sale"]


def test_a_job_is_under_way_then_done_then_perhaps_deleted(stage: Stage) -> None:
    follower(stage)
    msg_id = to_all(stage, msgtype="mpnews", mpnews={"media_id": draft(stage, "A", "B")})["msg_id"]
    early = job(stage, "get", msg_id=msg_id)
    refused = job(stage, "delete", msg_id=msg_id)
    stage.clock += 61
    done = job(stage, "get", msg_id=str(msg_id))

    answers = [job(stage, "delete", msg_id=msg_id, article_idx=place) for place in (3, 1)]
    partly = job(stage, "get", msg_id=msg_id)["msg_status"]
    job(stage, "delete", msg_id=msg_id)

    assert early == {"msg_id": msg_id, "msg_status": "SENDING"}
    assert done == {"msg_id": msg_id, "msg_status": "SEND_SUCCESS"}
    assert codes([refused, *answers]) == [40065, 40060, 0]
    assert (partly, job(stage, "get", msg_id=msg_id)["msg_status"]) == ("SEND_SUCCESS", "DELETE")


def test_texts_cannot_be_deleted_and_unknown_jobs_are_unknown(stage: Stage) -> None:
    follower(stage)
    msg_id = to_all(stage)["msg_id"]
    stage.clock += 61

    assert codes([job(stage, "delete", msg_id=msg_id), job(stage, "delete", msg_id=1), job(stage, "get", msg_id=1)]) == [
        40065,
        40059,
        40059,
    ]


def test_an_article_is_deleted_by_its_address(stage: Stage) -> None:
    stage.set_callback()
    follower(stage)
    to_all(stage, msgtype="mpnews", mpnews={"media_id": draft(stage)})
    address = events(stage, "MASSSENDJOBFINISH")[0]["ArticleUrlResult"]["ResultList"]["item"]["ArticleUrl"]

    answers = [job(stage, "delete", url=address), job(stage, "delete", url="https://example.com/")]

    assert answers[0] == OK
    assert codes(answers) == [0, 40059]


def test_a_send_that_fails_reaches_nobody_and_keeps_the_draft(stage: Stage) -> None:
    stage.set_callback()
    stage.change(mass_outcome="err(20001)")
    user, media_id = follower(stage), draft(stage)

    msg_id = to_all(stage, msgtype="mpnews", mpnews={"media_id": media_id})["msg_id"]
    stage.clock += 61

    result = events(stage, "MASSSENDJOBFINISH")[0]
    assert (result["Status"], result["SentCount"], result["ErrorCount"]) == ("err(20001)", "0", "1")
    assert texts(stage, user) == []
    assert job(stage, "get", msg_id=msg_id)["msg_status"] == "SEND_FAIL"
    assert "errcode" not in post(stage, "/cgi-bin/draft/get", {"media_id": media_id})


@pytest.mark.parametrize(
    ("state", "ignores", "status", "seen"),
    [(2, 0, "err(30003)", []), (2, 1, "send success", ["A\nB"]), (3, 1, "err(30002)", [])],
)
def test_articles_that_are_a_reprint_go_if_they_may_and_the_sender_wants_it(
    stage: Stage, state: int, ignores: int, status: str, seen: list[str]
) -> None:
    stage.set_callback()
    stage.change(mass_check_state=state)
    user = follower(stage)

    to_all(stage, msgtype="mpnews", mpnews={"media_id": draft(stage, "A", "B")}, send_ignore_reprint=ignores)

    result = events(stage, "MASSSENDJOBFINISH")[0]
    assert (result["Status"], texts(stage, user)) == (status, seen)
    assert [result["CopyrightCheckResult"][name] for name in ("CheckState", "Count")] == [str(state), "2"]
    assert ("ArticleUrlResult" in result) == bool(seen)


def test_the_speed_is_one_of_five(stage: Stage) -> None:
    before = job(stage, "speed/get")
    answers = [job(stage, "speed/set", speed=speed) for speed in (3, 5, None)]

    assert before == {"speed": 0, "realspeed": 80}
    assert codes(answers) == [0, 45083, 45084]
    assert job(stage, "speed/get") == {"speed": 3, "realspeed": 30}


def test_sixty_sends_a_minute(stage: Stage) -> None:
    assert codes([job(stage, "sendall") for _ in range(61)])[-1] == 45011
