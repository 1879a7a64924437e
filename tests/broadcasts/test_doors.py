"""Broadcasts over HTTP: started, looked at, refused; to people, answers and followers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.aws.tables import seconds
from chalicelib.broadcasts import rules
from chalicelib.broadcasts.words import Broadcast, State
from chalicelib.messaging.tables.messages import WatermarkRow
from chalicelib.together import Threads
from tests.builders import MINI_APPID, TEMPLATE_ID
from tests.house import NOON
from tests.scene import Scene

STEP = {
    "channel": "subscribe_message",
    "account": "demo.mini",
    "template_id": TEMPLATE_ID,
    "data": {"thing1": "美容护理", "time2": "15:00"},
}
TEXT = {"channel": "customer_service", "account": "demo.oa", "message": {"kind": "text", "text": "今天 5 折"}}


def order(audience: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"name": "autumn", "purpose": "service", "channels": [STEP], "audience": audience, **changes}


def named(scene: Scene, *users: str) -> dict[str, Any]:
    return {"identifiers": [{"type": "openid", "value": scene.openid(user, MINI_APPID), "account": "demo.mini"} for user in users]}


def call(scene: Scene, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return scene.house.call(method, f"/v1/broadcasts{path}", body, key=scene.key, headers=sent)


def shown(scene: Scene, broadcast: str) -> dict[str, Any]:
    body: dict[str, Any] = call(scene, "GET", f"/{broadcast}")[1]
    return body


def outcomes(told: dict[str, Any]) -> dict[str, int]:
    return {each["state"]: each["people"] for each in told["outcomes"]}


def test_people_named_by_an_identifier_are_written_to(scene: Scene) -> None:
    users = [scene.customer() for _ in range(3)]

    status, started = call(scene, "POST", "", order(named(scene, *users)))
    scene.house.work()
    done = shown(scene, started["id"])

    assert (status, started["state"], started["people"], started["looked_at"]) == (202, "running", 3, 0)
    assert (done["state"], outcomes(done), done["ends_at"]) == ("done", {"accepted": 3}, None)
    assert [len(scene.sends(scene.openid(user, MINI_APPID))) for user in users] == [1, 1, 1]


def test_people_named_by_their_id_are_written_to_by_the_end_of_the_first_way(scene: Scene) -> None:
    user = scene.customer()
    query = {"type": "openid", "value": scene.openid(user, MINI_APPID), "account": "demo.mini"}
    person = scene.house.call("POST", "/v1/people/lookup", query, key=scene.key)[1]["id"]

    _, started = call(scene, "POST", "", order({"people": [person, person, "01J00000000000000000000000"]}))
    scene.house.work()

    assert outcomes(shown(scene, started["id"])) == {"accepted": 1, "skipped_no_endpoint": 1}


def test_whom_a_question_found_is_written_to(scene: Scene) -> None:
    _, asked = scene.house.call("POST", "/v1/people/query", {"people": {"not": {"event": "never"}}}, key=scene.key)
    early = call(scene, "POST", "", order({"query": asked["id"]}))
    scene.house.work()

    status, started = call(scene, "POST", "", order({"query": asked["id"]}))
    scene.house.work()

    assert (early[0], early[1]["Code"], status) == (409, "query_unfinished", 202)
    done = shown(scene, started["id"])
    assert (done["laid"], done["looked_at"]) == (True, done["people"])


def test_followers_are_read_page_by_page_all_or_with_a_tag(scene: Scene) -> None:
    for _ in range(2):
        scene.say(scene.follower(), "hello")
    scene.house.work()
    told = {}

    for name, audience in (("all", {"followers": "demo.oa"}), ("nobody", {"followers": "demo.oa", "tag": 2})):
        _, started = call(scene, "POST", "", order(audience, channels=[TEXT]))
        scene.house.work()
        told[name] = shown(scene, started["id"])

    assert (told["all"]["laid"], told["all"]["looked_at"], told["all"]["people"] >= 2) == (True, told["all"]["people"], True)
    assert outcomes(told["all"])["accepted"] >= 2
    assert (told["nobody"]["state"], told["nobody"]["people"]) == ("done", 0)


def test_a_preview_tells_of_a_sample_and_sends_nothing(scene: Scene) -> None:
    reachable, spent = scene.customer(), scene.customer(accepts=0)

    status, told = call(scene, "POST", "/preview", order(named(scene, reachable, spent)))

    assert (status, told["audience"], told["looked_at"]) == (200, 2, 2)
    assert {each["state"]: (each["channel"], each["people"]) for each in told["foreseen"]} == {
        "planned": ("subscribe_message", 1),
        "skipped_no_grant": (None, 1),
    }
    assert scene.sends(scene.openid(reachable, MINI_APPID)) == []


def test_a_preview_of_followers_looks_at_the_first_ones(scene: Scene) -> None:
    scene.follower()

    told = call(scene, "POST", "/preview", order({"followers": "demo.oa"}, channels=[TEXT]))[1]

    assert (told["audience"], told["looked_at"] > 0) == (None, True)


def test_its_messages_are_listed_by_state_page_by_page(scene: Scene) -> None:
    users = [scene.customer() for _ in range(3)]
    _, started = call(scene, "POST", "", order(named(scene, *users, scene.customer(accepts=0))))
    scene.house.work()

    first = call(scene, "GET", f"/{started['id']}/messages?state=accepted&limit=2")[1]
    rest = call(scene, "GET", f"/{started['id']}/messages?state=accepted&limit=2&cursor={first['cursor']}")[1]

    assert [[each["state"] for each in page["messages"]] for page in (first, rest)] == [["accepted"] * 2, ["accepted"]]
    status, refused = call(scene, "GET", f"/{started['id']}/messages?state=sent")
    assert (rest["cursor"], status, "one of planned, sending, accepted, " in refused["Message"]) == (None, 400, True)


def test_the_latest_is_listed_first_and_the_list_goes_on(scene: Scene) -> None:
    users = [scene.customer() for _ in range(2)]
    ids = []
    for user in users:
        scene.house.clock.advance(seconds=1)
        ids.append(call(scene, "POST", "", order(named(scene, user)))[1]["id"])

    page = call(scene, "GET", "?limit=1")[1]
    following = call(scene, "GET", f"?limit=1&cursor={page['cursor']}")[1]

    assert [each["id"] for each in (*page["broadcasts"], *following["broadcasts"])] == ids[::-1]


def test_the_same_key_is_one_broadcast_and_another_order_under_it_is_refused(scene: Scene) -> None:
    audience = named(scene, scene.customer())

    first, again = (call(scene, "POST", "", order(audience), Idempotency_Key="k1") for _ in range(2))
    other = call(scene, "POST", "", order(audience, name="winter"), Idempotency_Key="k1")

    assert (first[1]["id"], other[0], other[1]["Code"]) == (again[1]["id"], 409, "idempotency_conflict")


def test_paused_resumed_stopped_and_over(scene: Scene) -> None:
    user = scene.customer()
    started = call(scene, "POST", "", order(named(scene, user)))[1]["id"]

    states = [call(scene, "POST", f"/{started}/{what}")[1]["state"] for what in ("pause", "pause", "resume", "stop", "stop")]
    scene.house.work()
    over = call(scene, "POST", f"/{started}/resume")

    assert states == ["paused", "paused", "running", "stopped", "stopped"]
    assert (over[0], over[1]["Code"], scene.sends(scene.openid(user, MINI_APPID))) == (409, "broadcast_over", [])


def test_one_for_later_begins_then(scene: Scene) -> None:
    user = scene.customer()
    later = {"not_before": (scene.house.clock() + timedelta(minutes=30)).isoformat()}
    started = call(scene, "POST", "", order(named(scene, user), **later))[1]["id"]
    scene.house.tick("send_due")
    scene.house.work()
    early = shown(scene, started)["looked_at"]

    scene.house.clock.advance(minutes=31)
    scene.house.tick("send_due")
    scene.house.work()

    assert (early, shown(scene, started)["looked_at"]) == (0, 1)


def test_messages_that_cannot_be_swept_keep_no_broadcast_from_going_and_are_told(scene: Scene) -> None:
    house, user = scene.house, scene.customer()
    later = {"not_before": (house.clock() + timedelta(minutes=30)).isoformat()}
    _, started = call(scene, "POST", "", order(named(scene, user), **later))
    ours = house.world
    house.enter(msgspec.structs.replace(ours, together=Threads(1)))
    WatermarkRow("DUE", "watermark", minute=10**15).save()  # no moment there is
    house.clock.advance(minutes=31)

    with pytest.raises(ValueError, match="year"):
        house.tick("send_due")
    house.work()
    WatermarkRow("DUE", "watermark", minute=seconds(house.clock())).save()
    house.enter(ours)

    assert outcomes(shown(scene, started["id"])) == {"accepted": 1}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"audience": {}}, "audience"),
        ({"audience": {"people": [], "followers": "demo.oa"}}, "audience"),
        ({"audience": {"people": ["x"]}}, "$.audience.people[0]"),
        ({"audience": {"people": [], "tag": 1}}, "audience"),
        ({"audience": {"followers": "demo.mini"}}, "$.audience.followers"),
        ({"audience": {"identifiers": [{"type": "device", "value": "d1"}]}}, "$.audience.identifiers[0]"),
        ({"name": ""}, "$.name"),
        ({"channels": []}, "$.channels"),
        ({"holdout": 91}, "$.holdout"),
        ({"per_minute": 0}, "$.per_minute"),
        ({"purpose": "marketing", "quiet": "ignore"}, "$.quiet"),
        ({"not_before": "2026-12-01T00:00:00Z", "expires_at": "2026-12-01T00:00:00Z"}, "$.expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-12:00"}, "$.expires_at"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_order_that_cannot_be_meant_is_refused_and_leaves_nothing(scene: Scene, changes: dict[str, Any], told: str) -> None:
    rows = len(scene.house.rows("counters"))

    status, body = call(scene, "POST", "", order({"people": []}, **changes) if "audience" not in changes else {**order({}), **changes})

    assert (status, body["Code"]) == (400, "field_invalid")
    assert told in body["Message"]
    assert len(scene.house.rows("counters")) == rows


def test_nobody_reads_from_a_row_of_a_broadcast_what_it_says_or_whom_to(scene: Scene) -> None:
    user = scene.customer()
    call(scene, "POST", "", order(named(scene, user), name="a secret plan"))

    kept = str(scene.house.rows("counters"))

    assert "a secret plan" not in kept
    assert scene.openid(user, MINI_APPID) not in kept


def test_when_it_ends_is_said_once_everybody_it_is_for_is_known() -> None:
    begun = Broadcast(
        brand="demo",
        id="b",
        state=State.running,
        sealed="",
        fingerprint="",
        started_at=NOON,
        begins_at=NOON,
        by="key:x",
        per_minute=60,
        laid=False,
    )
    laid = msgspec.structs.replace(begun, laid=True, parts=1, people=90)

    assert rules.ends_at(begun, left=0, rate=0, now=NOON) is None
    assert rules.ends_at(laid, left=90, rate=0, now=NOON) == NOON + timedelta(seconds=90)
