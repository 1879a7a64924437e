"""The brand's rules of sending over HTTP, what a preview says of them, and messages taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.messaging.rules import actions
from chalicelib.messaging.rules.sentences import say
from chalicelib.messaging.words import State
from tests.builders import MINI_APPID, TEMPLATE_ID
from tests.scene import Scene

NO_RULES: dict[str, Any] = {}
TWO_A_WEEK = {"caps": [{"most": 2, "days": 7}], "zone": "Europe/Paris"}


def call(scene: Scene, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    return scene.house.call(method, f"/v1/message-rules{path}", body, key=scene.key)


def preview(scene: Scene, user: str, **changes: Any) -> Any:
    to = {"type": "openid", "value": scene.openid(user, MINI_APPID), "account": "demo.mini"}
    way = {"channel": "subscribe_message", "account": "demo.mini", "template_id": TEMPLATE_ID}
    order = {"to": to, "purpose": "service", "channels": [way], **changes}
    status, body = scene.house.call("POST", "/v1/messages/preview", order, key=scene.key)
    assert status == 200, body
    return body


def test_rules_are_drafted_published_shown_and_rolled_back(scene: Scene) -> None:
    before = call(scene, "GET", "")[1]
    drafted = call(scene, "PUT", "/draft", {"revision": 0, "rules": TWO_A_WEEK})
    unchanged = call(scene, "GET", "")[1]
    published = call(scene, "POST", "/publish", {"revision": 1})
    stale = call(scene, "POST", "/publish", {"revision": 7})
    second = call(scene, "PUT", "", NO_RULES)
    back = call(scene, "POST", "/rollback", {"version": 1})
    shown = call(scene, "GET", "")[1]

    assert (before["version"], unchanged, before["rules"]["quiet"]["since"]) == (0, before, "21:00")
    assert (drafted[0], published[0], second[0], back[0]) == (200, 201, 201, 200)
    assert (stale[0], stale[1]["Code"]) == (409, "draft_changed")
    assert (shown["version"], shown["rules"]["zone"], [each["live"] for each in shown["versions"]]) == (1, "Europe/Paris", [False, True])


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"zone": "Mars/Olympus"}, "$.zone"),
        ({"zones": {"demo.mini": "../etc/passwd"}}, "$.zones.demo.mini"),
        ({"zones": {"demo.nowhere": "Asia/Tokyo"}}, "$.zones.demo.nowhere"),
        ({"zones": {"rival.mini": "Asia/Tokyo"}}, "$.zones.rival.mini"),
        ({"quiet": {"since": "21:00", "until": "21:00"}}, "$.quiet.until"),
        ({"quiet": {"since": "24:00", "until": "08:00"}}, "$.quiet.since"),
        ({"caps": [{"most": 21}]}, "$.caps[0].most"),
        ({"caps": [{"most": 1, "days": 32}]}, "$.caps[0].days"),
        ({"caps": [{"most": 1}] * 11}, "$.caps"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused_by_their_field(scene: Scene, rules: dict[str, Any], field: str) -> None:
    status, body = call(scene, "PUT", "", rules)

    assert (status, body["Code"]) == (400, "field_invalid")
    assert field in body["Message"]


def test_a_preview_says_when_a_message_would_go_and_by_which_way_and_keeps_nothing(scene: Scene) -> None:
    call(scene, "PUT", "", {"quiet": {"since": "11:00", "until": "13:00", "jitter_s": 0}})
    user, rows = scene.customer(), len(scene.house.rows("messages"))

    now, held = preview(scene, user), preview(scene, user, quiet="hold")
    late = preview(scene, user, quiet="hold", expires_at=(scene.house.clock() + timedelta(minutes=5)).isoformat())

    assert (now["state"], now["at"], now["zone"]) == ("planned", "2026-11-20T04:00:00Z", "Asia/Shanghai")
    assert now["says"] == {"en": "It would be sent at once.", "zh": "将立即发送。"}
    assert (held["at"], held["says"]["en"]) == ("2026-11-20T05:00:00Z", "It waits for the end of the person's quiet hours.")
    assert (late["state"], late["at"]) == ("skipped_quiet_expired", None)
    assert [way["open"] for way in now["ways"]] == [True]
    assert len(scene.house.rows("messages")) == rows


def test_a_preview_says_why_each_way_is_closed(scene: Scene) -> None:
    user = scene.customer(accepts=0)
    ways = [
        {"channel": "subscribe_message", "account": "demo.mini", "template_id": TEMPLATE_ID},
        {"channel": "customer_service", "account": "demo.oa"},
    ]

    answer = preview(scene, user, channels=ways)

    assert (answer["state"], [way["why"] for way in answer["ways"]]) == ("skipped_no_grant", ["no_grant", "no_endpoint"])


def test_a_preview_of_a_channel_nobody_sends_by_is_refused(scene: Scene) -> None:
    to = {"type": "unionid", "value": scene.unionid(scene.customer())}
    order = {"to": to, "purpose": "service", "channels": [{"channel": "telegraph", "account": "demo.mini"}]}

    status, body = scene.house.call("POST", "/v1/messages/preview", order, key=scene.key)

    assert (status, "$.channels[0].channel" in body["Message"]) == (400, True)


def test_a_planned_message_is_taken_back_over_http_and_a_sent_one_is_not(scene: Scene) -> None:
    user = scene.customer()
    later = (scene.house.clock() + timedelta(hours=1)).isoformat()
    planned, sent = scene.post(scene.order(user, not_before=later))[1]["id"], scene.post(scene.order(user))[1]["id"]
    scene.house.work()

    answers = [scene.house.call("DELETE", f"/v1/messages/{each}", key=scene.key) for each in (planned, planned, sent, "nothing")]

    assert [status for status, _ in answers] == [200, 200, 409, 404]
    assert answers[0][1]["says"] == {"en": "It was cancelled before it was sent.", "zh": "已在发送前取消。"}
    assert [answer.get("Code") for _, answer in answers[2:]] == ["message_gone", "message_missing"]


@pytest.mark.parametrize("why", ["wechat_busy", "outcome_unknown", "errcode 43004"])
def test_of_an_unknown_outcome_nothing_is_said_that_is_not_known(why: str) -> None:
    assert say(State.unknown, why).en == "The answer to the send was lost: it may have arrived, and is not sent again."


@pytest.mark.parametrize("errcode", sorted(actions.BY_ERRCODE))
def test_each_errcode_we_act_on_is_told_in_words(errcode: int) -> None:
    told = say(State.failed, f"errcode {errcode}")

    assert (told.en.endswith(f" ({errcode})."), told.zh.endswith(f"（{errcode}）。")) == (True, True)
    assert "errcode" not in told.en + told.zh
    assert len(told.en) < 140


@pytest.mark.parametrize("status", ["failed:user block", "failed: system failed"])
def test_a_template_message_that_did_not_arrive_is_told_in_words(status: str) -> None:
    assert "failed:" not in say(State.failed, status).en


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(
    "why", ["", "errcode 43101", "errcode 99999", "no_endpoint", "no access token: errcode 40164", *actions.CODES, "busy", "wechat_busy"]
)
def test_every_state_is_told_in_one_plain_sentence_in_both_languages(state: State, why: str) -> None:
    told = say(state, why)

    assert "_" not in told.en
    assert (told.en[-1], told.zh[-1]) == (".", "。")
    assert len(told.en) < 140
