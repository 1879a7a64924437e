"""Drafts of reply rules and trials of them, over HTTP."""

from __future__ import annotations

from typing import Any

from tests.builders import official_account
from tests.scene import Scene

DOOR = "/v1/reply-rules/demo.{}"
SIMULATE = "/v1/reply-rules/simulate"


def make_account(scene: Scene, name: str) -> str:
    status, body = scene.house.call("POST", "/v1/accounts", official_account(name=name, appid=f"wx0000000000{name}"), key=scene.key)
    assert status == 201, body
    return DOOR.format(name)


def rule(name: str, text: str = "好", **more: Any) -> dict[str, Any]:
    return {"name": name, "when": {"on": "keyword", "words": [name]}, "text": [text], **more}


def save(scene: Scene, door: str, *rules: dict[str, Any], revision: int = 0, **more: Any) -> tuple[int, Any]:
    return scene.house.call("PUT", f"{door}/draft", {"written": {"rules": list(rules), **more}, "revision": revision}, key=scene.key)


def test_a_draft_tells_what_it_would_change_and_changes_nothing(scene: Scene) -> None:
    door = make_account(scene, "drafted")
    scene.house.call("PUT", door, {"rules": [rule("a"), rule("b"), rule("c"), rule("d")]}, key=scene.key)

    status, draft = save(scene, door, rule("d"), rule("new"), rule("a"), rule("b", "别的"), synonyms={"s": ["t"]})
    _, live = scene.house.call("GET", door, key=scene.key)
    _, shown = scene.house.call("GET", f"{door}/draft", key=scene.key)

    assert (status, draft["revision"], draft["live"], draft["refused"]) == (200, 1, 1, None)
    assert draft["changes"] == {
        "added": ["new"],
        "changed": ["b"],
        "removed": ["c"],
        "order": True,
        "synonyms": True,
        "service": False,
    }
    assert (shown, [each["name"] for each in live["written"]["rules"]]) == (draft, ["a", "b", "c", "d"])


def test_of_two_who_change_a_draft_the_later_one_is_told(scene: Scene) -> None:
    door = make_account(scene, "raced")
    save(scene, door, rule("a"))
    save(scene, door, rule("b"), revision=1)

    status, body = save(scene, door, rule("c"), revision=1)
    begun, told = save(scene, door, rule("d"))

    assert (status, body["Code"], begun, told["Code"]) == (409, "draft_changed", 409, "draft_changed")


def test_a_draft_that_could_not_be_published_is_kept_and_says_why(scene: Scene) -> None:
    door = make_account(scene, "unready")

    status, draft = save(scene, door, {**rule("a"), "text": []})
    published, refused = scene.house.call("POST", f"{door}/publish", {}, key=scene.key)

    assert (status, "answers nothing" in draft["refused"]) == (200, True)
    assert (published, refused["Code"]) == (400, "field_invalid")


def test_a_published_draft_is_in_force_and_gone(scene: Scene) -> None:
    door = make_account(scene, "finished")
    save(scene, door, rule("a"))
    save(scene, door, rule("b"), revision=1)

    stale, told = scene.house.call("POST", f"{door}/publish", {"revision": 1}, key=scene.key)
    status, published = scene.house.call("POST", f"{door}/publish", {"revision": 2}, key=scene.key)
    _, live = scene.house.call("GET", door, key=scene.key)
    gone, _ = scene.house.call("GET", f"{door}/draft", key=scene.key)

    assert (stale, told["Code"]) == (409, "draft_changed")
    assert (status, published["version"], live["written"]["rules"][0]["name"], gone) == (201, 1, "b", 404)


def test_a_dropped_draft_is_gone_and_dropping_it_again_does_no_harm(scene: Scene) -> None:
    door = make_account(scene, "dropped")
    save(scene, door, rule("a"))

    dropped = [scene.house.call("DELETE", f"{door}/draft", key=scene.key)[0] for _ in range(2)]
    status, body = scene.house.call("POST", f"{door}/publish", {}, key=scene.key)

    assert (dropped, status, body["Code"]) == ([204, 204], 404, "document_missing")


OFFENCE = "全国第一的小店"


def test_texts_that_break_a_rule_need_a_reason_and_leave_no_version_without_one(scene: Scene) -> None:
    door = make_account(scene, "linted")
    save(scene, door, rule("a", OFFENCE))

    refused = [
        scene.house.call("PUT", door, {"rules": [rule("a", OFFENCE)]}, key=scene.key),
        scene.house.call("POST", f"{door}/publish", {}, key=scene.key),
    ]
    missing, _ = scene.house.call("GET", door, key=scene.key)
    status, published = scene.house.call("POST", f"{door}/publish", {"override": "名字就叫这个"}, key=scene.key)

    assert [(code, body["Code"]) for code, body in refused] == [(400, "content_refused")] * 2
    assert (missing, status, published["version"], published["findings"][0]["place"]) == (404, 201, 1, "$.rules[0].text")


def test_a_reason_beside_rules_is_no_part_of_them(scene: Scene) -> None:
    door = make_account(scene, "reasoned")

    status, _ = scene.house.call("PUT", door, {"rules": [rule("a", OFFENCE)], "override": "名字就叫这个"}, key=scene.key)
    _, shown = scene.house.call("GET", door, key=scene.key)

    assert (status, shown["written"]) == (201, {"rules": [rule("a", OFFENCE)]})


# -- trials ------------------------------------------------------------------------------------------------------------


def simulate(scene: Scene, message: dict[str, Any], *, target: str = SIMULATE, **more: Any) -> Any:
    status, body = scene.house.call("POST", target, {"account": "demo.oa", "message": message, **more}, key=scene.key)
    assert status == 200, body
    return body


def test_a_trial_tells_the_winner_its_answer_and_why_the_others_lost(scene: Scene) -> None:
    told = simulate(scene, {"text": " 预约 "})

    assert (told["winner"], told["answer"]["text"], told["answer"]["card"]["path"]) == ("book", "点开卡片即可预约。", "pages/book/index")
    assert [(each["rule"], each["because"]) for each in told["others"]] == [
        ("welcome", "not_the_trigger"),
        ("help", "not_the_trigger"),
        ("default", "only_a_default"),
    ]


def test_what_nothing_answers_has_no_winner(scene: Scene) -> None:
    told = simulate(scene, {"click": "NOTHING"})

    assert (told["winner"], told["answer"]) == (None, None)
    assert len(told["others"]) == 4


def test_losers_come_a_page_at_a_time(scene: Scene) -> None:
    first = simulate(scene, {"follow": True}, target=f"{SIMULATE}?limit=2")
    second = simulate(scene, {"follow": True}, target=f"{SIMULATE}?limit=2&cursor={first['cursor']}")

    assert [each["rule"] for each in first["others"] + second["others"]] == ["book", "help", "default"]
    assert second["cursor"] is None


def test_a_draft_and_an_earlier_version_are_tried_without_being_in_force(scene: Scene) -> None:
    door = make_account(scene, "tried")
    for name in ("first", "second"):
        scene.house.call("PUT", door, {"rules": [{**rule(name), "when": {"on": "default"}}]}, key=scene.key)
    save(scene, door, {**rule("third"), "when": {"on": "default"}})

    asked: list[dict[str, Any]] = [{}, {"version": 1}, {"draft": True}]
    told = [simulate(scene, {"text": "?"}, account="demo.tried", **more) for more in asked]

    assert [(each["winner"], each["version"]) for each in told] == [("second", 2), ("first", 1), ("third", 0)]


def test_another_time_is_tried_too(scene: Scene) -> None:
    door = make_account(scene, "timed")
    open_from_nine = {**rule("day"), "within": [{"from": "09:00", "until": "18:00"}]}
    scene.house.call("PUT", door, {"rules": [open_from_nine]}, key=scene.key)

    told = [simulate(scene, {"text": "day"}, account="demo.timed", at=f"2026-11-21T{at}:00+08:00")["winner"] for at in ("08:59", "09:00")]

    assert told == [None, "day"]


def test_what_the_trial_says_is_what_the_door_answers(scene: Scene) -> None:
    user = scene.follower()

    told = simulate(scene, {"text": "随便"})
    answered = scene.say(user, "随便")

    assert told["answer"]["text"] in str(answered)


def test_a_trial_of_nothing_of_two_things_or_of_a_missing_version_is_refused(scene: Scene) -> None:
    def refused(message: dict[str, Any], **more: Any) -> tuple[int, str]:
        status, body = scene.house.call("POST", SIMULATE, {"account": "demo.oa", "message": message, **more}, key=scene.key)
        return status, body["Code"]

    assert refused({}) == (400, "field_invalid")
    assert refused({"text": "a", "click": "b"}) == (400, "field_invalid")
    assert refused({"text": "a"}, draft=True, version=1) == (400, "field_invalid")
    assert refused({"text": "a"}, version=99) == (404, "document_missing")
    assert refused({"text": "a"}, account="other.oa") == (404, "account_missing")
