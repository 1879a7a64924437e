"""Human service: who waits is given to staff, members of higher level first, and the first answer is measured."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
import pytest

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account
from chalicelib.errors import Busy
from chalicelib.replies.flows import serving
from chalicelib.replies.tables import hand_overs
from chalicelib.replies.words.waiting import HandedOver, Turn
from chalicelib.wechat.gateway import Gateway
from tests.builders import OA_APPID, make_rules, official_account
from tests.faults import Chaos, Fate, try_every_fault
from tests.scene import Scene

CREATE = "/customservice/kfsession/create"
RECORDS = "/customservice/msgrecord/getmsglist"
RULES = {
    "rules": [{"name": "service", "when": {"on": "keyword", "words": ["人工"]}, "text": ["请稍候"], "hand_over": {}}],
    "service": {"levels": ["黑卡", "金卡"], "sessions_at_most": 2},
}


@pytest.fixture(autouse=True)
def _a_desk_of_its_own(scene: Scene) -> Iterator[None]:
    make_rules(scene.house, scene.key, RULES)
    scene.house.new_container()
    yield
    kept = scene.house.sandbox.official(OA_APPID)
    kept.waiting.clear()
    kept.sessions.clear()
    kept.agents.clear()
    scene.house.play("/faults", method="DELETE")
    scene.house.work()
    for waits in hand_overs.list_open(account_of(scene)):
        hand_overs.close_one(account_of(scene), waits, date(2000, 1, 1), None)


def account_of(scene: Scene) -> Account:
    return register.find_account("demo.oa", world=scene.house.world, now=scene.house.clock())


def staff(scene: Scene, name: str, *, online: bool = True, bound: bool = True) -> None:
    order = {"kf_account": f"{name}@house", "online": online, **({"wechat_id": name} if bound else {})}
    scene.house.play(f"/accounts/{OA_APPID}/agents", order)


def ask_for_somebody(scene: Scene, level: str = "") -> str:
    """Somebody follows, is a member of this level, and asks for human service."""
    user = scene.follower()
    openid = scene.openid(user)
    if level:
        who = {"openid": {"demo.oa": openid}}
        record = {"type": "member", "id": f"m-{openid}", "at": "2026-11-01T00:00:00+08:00", "who": who, "data": {"level": level}}
        status, body = scene.house.call("POST", "/v1/records", {"records": [record]}, key=scene.key)
        assert status == 202, body
        assert body["rejected"] == 0, body
    scene.say(user, "人工")
    scene.house.work()
    scene.house.clock.advance(seconds=1)
    return user


def serve(scene: Scene) -> None:
    scene.house.tick("serve_waiting")
    scene.house.work_off("waiting")


def talks_with(scene: Scene, *users: str) -> list[str]:
    """Who talks with each; empty for those who wait."""
    sessions = scene.house.sandbox.official(OA_APPID).sessions
    found = [sessions.get(scene.openid(user)) for user in users]
    return ["" if each is None else each.account.partition("@")[0] for each in found]


def answer(scene: Scene, user: str) -> None:
    scene.house.play(f"/accounts/{OA_APPID}/desk", {"user": user, "content": "您好"})


def times(scene: Scene, query: str = "") -> Any:
    status, body = scene.house.call("GET", f"/v1/service/response-times?account=demo.oa{query}", key=scene.key)
    assert status == 200, body
    return body


# -- who is next -------------------------------------------------------------------------------------------------------


def test_members_of_higher_level_are_given_first_and_nobody_gets_too_many(scene: Scene) -> None:
    guest, gold, black, silver = (ask_for_somebody(scene, level) for level in ("", "金卡", "黑卡", "银卡"))
    staff(scene, "amy")

    serve(scene)

    assert talks_with(scene, guest, gold, black, silver) == ["", "amy", "amy", ""]


def test_each_is_given_to_whoever_talks_with_the_fewest(scene: Scene) -> None:
    first, second, third = (ask_for_somebody(scene) for _ in range(3))
    staff(scene, "amy")
    staff(scene, "bob")

    serve(scene)

    assert talks_with(scene, first, second, third) == ["amy", "bob", "amy"]


def test_without_anybody_there_everybody_waits(scene: Scene) -> None:
    user = ask_for_somebody(scene)
    staff(scene, "amy", online=False)

    before = len(scene.house.wechat_calls(CREATE))

    serve(scene)

    assert (talks_with(scene, user), len(scene.house.wechat_calls(CREATE))) == ([""], before)


def test_whoever_has_gone_meanwhile_is_passed_over(scene: Scene) -> None:
    user = ask_for_somebody(scene)
    staff(scene, "amy", bound=False)
    staff(scene, "bob")

    serve(scene)

    assert talks_with(scene, user) == ["bob"]


def test_whom_somebody_has_taken_already_is_left_to_them(scene: Scene) -> None:
    taken, other = ask_for_somebody(scene), ask_for_somebody(scene)
    staff(scene, "amy")
    scene.house.play("/faults", {"path": CREATE, "errcode": 65415, "times": 1})

    serve(scene)

    assert talks_with(scene, taken, other) == ["", "amy"]


def test_a_run_that_breaks_off_is_made_good_by_the_next(scene: Scene) -> None:
    first, second = ask_for_somebody(scene), ask_for_somebody(scene)
    staff(scene, "amy")
    scene.house.play("/faults", {"path": CREATE, "errcode": -1, "times": 1})

    serve(scene)
    broken_off = talks_with(scene, first, second)
    serve(scene)
    serve(scene)

    assert (broken_off, talks_with(scene, first, second)) == (["", ""], ["amy", "amy"])


def test_an_account_that_hands_nobody_over_is_not_asked_about(scene: Scene) -> None:
    make_rules(scene.house, scene.key, {"rules": []})
    scene.house.new_container()
    before = len(scene.house.sandbox.log.find(path="/customservice/kfsession/getwaitcase"))

    serve(scene)

    assert len(scene.house.sandbox.log.find(path="/customservice/kfsession/getwaitcase")) == before


# -- each account has a turn of its own ----------------------------------------------------------------------------------


def test_every_official_account_has_a_turn_each_minute(scene: Scene) -> None:
    status, body = scene.house.call("POST", "/v1/accounts", official_account(name="other", appid="wx00000000000other"), key=scene.key)
    assert status == 201, body
    scene.house.new_container()

    scene.house.tick("serve_waiting")

    assert scene.house.queued("waiting") == 2
    scene.house.work_off("waiting")


def test_a_turn_that_comes_after_its_minute_is_let_go(scene: Scene) -> None:
    user = ask_for_somebody(scene)
    staff(scene, "amy")
    scene.house.tick("serve_waiting")
    scene.house.clock.advance(seconds=60)

    scene.house.work_off("waiting")
    late = talks_with(scene, user)
    scene.house.tick("serve_waiting")
    scene.house.clock.advance(seconds=59)
    scene.house.work_off("waiting")

    assert (late, talks_with(scene, user)) == ([""], ["amy"])


def test_a_slow_account_s_turn_ends_in_its_time_and_goes_on_in_the_next(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = [ask_for_somebody(scene) for _ in range(5)]
    for name in ("amy", "bob", "cat"):
        staff(scene, name)
    begin = Gateway.begin_session

    def begin_slowly(gateway: Gateway, token: str, kf_account: str, openid: str) -> None:
        scene.house.clock.advance(seconds=7)
        begin(gateway, token, kf_account, openid)

    monkeypatch.setattr(Gateway, "begin_session", begin_slowly)

    serve(scene)
    given = [who != "" for who in talks_with(scene, *waiting)]
    serve(scene)

    assert given == [True, True, True, False, False]
    assert all(talks_with(scene, *waiting))


def test_measuring_stops_asking_once_the_turn_is_over_and_goes_on_in_the_next(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.house.clock.advance(days=10)
    ask_for_somebody(scene)
    before, shown = len(scene.house.wechat_calls(RECORDS)), Gateway.list_waiting

    def show_slowly(gateway: Gateway, token: str) -> Any:
        scene.house.clock.advance(seconds=35)
        return shown(gateway, token)

    monkeypatch.setattr(Gateway, "list_waiting", show_slowly)
    serve(scene)
    slow = len(scene.house.wechat_calls(RECORDS))
    monkeypatch.undo()

    serve(scene)

    assert (slow, len(scene.house.wechat_calls(RECORDS))) == (before, before + 1)


def test_turns_that_the_queue_does_not_take_are_told_to_the_alarm(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene.house.world.queues, "send_all", lambda queue, bodies: [0])

    with pytest.raises(Busy):
        scene.house.tick("serve_waiting")


def test_an_account_that_has_gone_has_no_turn(scene: Scene) -> None:
    turn = msgspec.json.encode(Turn("demo.gone", scene.house.clock())).decode()

    assert scene.house.deliver("serve_account", [("1", turn)]) == {"batchItemFailures": []}


# -- the first answer --------------------------------------------------------------------------------------------------


def test_the_first_answer_is_measured_from_the_hand_over(scene: Scene) -> None:
    scene.house.clock.advance(days=10)
    staff(scene, "amy", online=False)
    waited = [ask_for_somebody(scene) for _ in range(2)]
    staff(scene, "amy")
    serve(scene)
    before = times(scene)
    scene.house.clock.advance(seconds=30)
    for user in waited:
        answer(scene, user)
    answer(scene, waited[0])
    scene.house.clock.advance(seconds=30)

    serve(scene)
    serve(scene)

    told = times(scene)
    assert (before["days"], before["waiting"], before["waiting_since"] is not None) == ([], 2, True)
    assert (told["waiting"], told["waiting_since"]) == (0, None)
    (day,) = told["days"]
    assert (day["answered"], day["unanswered"], day["median_s"], day["p90_s"]) == (2, 0, 31, 32)


def test_who_is_not_answered_within_a_day_counts_as_never_answered(scene: Scene) -> None:
    scene.house.clock.advance(days=10)
    ask_for_somebody(scene)
    scene.house.clock.advance(hours=25)

    serve(scene)

    (day,) = times(scene)["days"]
    assert (day["answered"], day["unanswered"], day["median_s"]) == (0, 1, None)


def test_until_a_day_is_over_wechat_is_asked_and_the_person_waits(scene: Scene) -> None:
    scene.house.clock.advance(days=10)
    ask_for_somebody(scene)
    before = len(scene.house.wechat_calls(RECORDS))
    scene.house.clock.advance(hours=24, seconds=-1)

    serve(scene)

    assert (len(scene.house.wechat_calls(RECORDS)), times(scene)["waiting"]) == (before + 1, 1)


def test_who_asks_again_while_waiting_waits_once_and_since_the_first_time(scene: Scene) -> None:
    scene.house.clock.advance(days=10)
    user = ask_for_somebody(scene)
    since = times(scene)["waiting_since"]
    scene.say(user, "人工")
    scene.house.work()

    told = times(scene)

    assert (told["waiting"], told["waiting_since"]) == (1, since)


def test_whoever_waits_too_long_is_told_to_the_alarm(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, float]] = []
    monkeypatch.setattr(serving, "put_metric", lambda name, value: told.append((name, value)))
    scene.house.clock.advance(days=10)
    ask_for_somebody(scene)

    scene.house.clock.advance(seconds=598)
    serve(scene)
    scene.house.clock.advance(seconds=3)
    serve(scene)

    assert told == [("AnswersLate", 1)]


def test_an_account_without_human_service_still_gives_out_and_stops_nothing(scene: Scene) -> None:
    user = ask_for_somebody(scene)
    staff(scene, "amy")
    scene.house.play("/faults", {"path": RECORDS, "errcode": 65400, "times": 1})

    serve(scene)

    assert talks_with(scene, user) == ["amy"]


def test_each_fault_while_measuring_counts_each_answer_once(scene: Scene) -> None:
    scene.house.clock.advance(days=10)
    staff(scene, "amy")
    days = [0]

    def play(chaos: Chaos) -> None:
        scene.house.clock.advance(days=1)
        scene.house.new_container()
        scene.house.sandbox.official(OA_APPID).sessions.clear()
        user = ask_for_somebody(scene)
        answer(scene, user)

        chaos.run(lambda: serve(scene))
        serve(scene)

        days[0] += 1
        assert [day["answered"] for day in times(scene, "")["days"]][-1:] == [1]

    assert try_every_fault(play, fates=(Fate.crashes_after,)) > 5


@pytest.mark.parametrize(
    "query",
    [
        "&from=2026-13-01",
        "&from=2026-11-22&to=2026-11-21",
        "&from=2026-01-01&to=2026-04-03",
        "&from=yesterday",
        "&to=0001-01-02",
        "&from=9999-12-31&to=9999-12-31",
    ],
)
def test_days_that_are_none_or_too_many_are_refused(scene: Scene, query: str) -> None:
    status, body = scene.house.call("GET", f"/v1/service/response-times?account=demo.oa{query}", key=scene.key)

    assert (status, body["Code"]) == (400, "field_invalid")


def test_ninety_two_days_are_told(scene: Scene) -> None:
    assert times(scene, "&from=2026-01-01&to=2026-04-02")["account"] == "demo.oa"


def test_days_are_told_from_the_first_to_the_last_and_no_other(scene: Scene) -> None:
    account = account_of(scene)
    for day in range(1, 5):
        waits = HandedOver(f"openid#oa#{day}", f"cause {day}", "sealed", scene.house.clock())
        hand_overs.open_one(account, waits)
        hand_overs.close_one(account, waits, date(2025, 3, day), None)

    told = times(scene, "&from=2025-03-02&to=2025-03-03")

    assert [each["on"] for each in told["days"]] == ["2025-03-02", "2025-03-03"]
