"""Texts let through, overridden, read again when the rules change, and what people write in the mini program."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.errors import CODES, Invalid
from chalicelib.lint import flows as lint
from chalicelib.lint import tables
from chalicelib.lint.flows import rereading
from chalicelib.lint.rules.rule_set import RULES
from chalicelib.lint.words import Finding, LintRule, Subject, Written
from tests.builders import log_in, make_user
from tests.scene import Scene

CHECK = "/v1/me/content-checks"
BAD = "全网最低价"


def let_through(scene: Scene, name: str, text: str, override: str = "") -> tuple[Finding, ...]:
    texts = [Written("$.text", text)]
    return lint.pass_texts(
        "demo",
        Subject("entry", "demo.oa", name),
        texts,
        override=override,
        actor="demo-test",
        world=scene.house.world,
        now=scene.house.clock(),
    )


def a_new_rule(scene: Scene, word: str, *, in_days: int = 0) -> tuple[LintRule, ...]:
    """The rule set as it would be deployed with one more rule."""
    since = (scene.house.clock() + timedelta(days=in_days)).date()
    return (*RULES, msgspec.structs.replace(RULES[0], id=f"new-{word}", since=since, looks_for=(word,), harmless=()))


def read_again(scene: Scene, rules: tuple[LintRule, ...] = RULES) -> int:
    return rereading.read_again(world=scene.house.world, now=scene.house.clock(), rule_set=rules)


def found(scene: Scene) -> list[dict[str, Any]]:
    status, page = scene.house.call("GET", "/v1/content/findings", key=scene.key)
    assert status == 200, page
    findings: list[dict[str, Any]] = page["findings"]
    return findings


def audited(scene: Scene, did: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(row["about"]["S"]) for row in scene.house.rows("audit") if row["did"]["S"] == did]


def test_a_refused_text_is_explained_and_a_reason_lets_it_through_and_is_written_down(scene: Scene) -> None:
    with pytest.raises(Invalid) as refused:
        let_through(scene, "priced", BAD)
    findings = let_through(scene, "priced", BAD, override="the watch agency has confirmed it")

    assert refused.value.code == "content_refused"
    assert all(part in refused.value.message for part in ("$.text", "全网最低", "Compare with yourself"))
    assert [finding.rule for finding in findings] == ["absolute-superlative"]
    (about,) = [about for about in audited(scene, "content.overridden") if about["name"] == "priced"]
    assert (about["rules"], about["reason"]) == (["absolute-superlative"], "the watch agency has confirmed it")


@pytest.mark.parametrize("reason", ["", "okay", "         "])
def test_too_short_a_reason_is_none(scene: Scene, reason: str) -> None:
    with pytest.raises(Invalid):
        let_through(scene, "hasty", BAD, override=reason)


def test_a_warning_is_told_and_stands_in_nobody_s_way(scene: Scene) -> None:
    findings = let_through(scene, "warned", "首选好店")

    assert [(finding.rule, finding.severity.value) for finding in findings] == [("absolute-doubtful", "warn")]


def test_a_rule_that_comes_into_force_finds_what_is_published_and_is_acknowledged(scene: Scene) -> None:
    let_through(scene, "winter", "冬日暖汤节")
    rules = a_new_rule(scene, "暖汤", in_days=3)

    read_again(scene, rules)
    before = found(scene)
    scene.house.clock.advance(days=3)
    read_again(scene, rules)
    (after,) = found(scene)
    status, _ = scene.house.call(
        "POST", f"/v1/content/findings/{after['id']}/acknowledge", {"reason": "soup it is, by name"}, key=scene.key
    )

    assert before == []
    assert (after["subject"]["name"], after["finding"]["rule"], after["finding"]["found"]) == ("winter", "new-暖汤", "暖汤")
    assert (status, found(scene)) == (204, [])
    assert [about["reason"] for about in audited(scene, "content.finding_acknowledged")] == ["soup it is, by name"]
    read_again(scene, RULES)
    read_again(scene, rules)
    assert found(scene) == []


def test_what_was_overridden_is_not_told_again_when_the_rules_change(scene: Scene) -> None:
    let_through(scene, "kept", BAD, override="confirmed by the lawyers")

    read_again(scene, a_new_rule(scene, "不会出现的词"))

    assert found(scene) == []


def remembered(name: str) -> str:
    kept = tables.read_passed("demo", Subject("entry", "demo.oa", name))
    return "" if kept is None else kept[0].texts[0].text


def take_back(scene: Scene, name: str, text: str, instead: str) -> None:
    subject, before = Subject("entry", "demo.oa", name), [Written("$.text", instead)] if instead else []
    lint.take_back("demo", subject, [Written("$.text", text)], instead=before, world=scene.house.world, now=scene.house.clock())


def test_what_is_taken_back_is_read_no_more_and_what_was_before_is_read_by_today_s_rules(scene: Scene) -> None:
    rules = a_new_rule(scene, "秋梨")
    let_through(scene, "back", "秋梨膏 全网最低", override="confirmed by the lawyers")
    let_through(scene, "back", "冬枣")
    read_again(scene, rules)

    take_back(scene, "back", "冬枣", "秋梨膏 全网最低")
    read_again(scene, rules)

    assert [each["finding"]["rule"] for each in found(scene)] == ["new-秋梨"]  # what was overridden is not told again
    lint.forget_texts("demo", Subject("entry", "demo.oa", "back"))


def test_what_is_taken_back_with_nothing_before_is_forgotten(scene: Scene) -> None:
    let_through(scene, "gone", "山楂片")

    take_back(scene, "gone", "山楂片", "")
    read_again(scene, a_new_rule(scene, "山楂"))

    assert found(scene) == []


@pytest.mark.parametrize("instead", ["从前", ""])
def test_what_somebody_else_let_through_meanwhile_is_not_taken_back(scene: Scene, instead: str) -> None:
    let_through(scene, "meanwhile", "陈皮")

    take_back(scene, "meanwhile", "另一个", instead)

    assert remembered("meanwhile") == "陈皮"


@pytest.mark.parametrize("instead", ["从前", ""])
def test_what_is_let_through_while_something_is_taken_back_stays(scene: Scene, instead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    let_through(scene, "racing", "老的")
    real = tables.read_passed

    def read_too_early(brand: str, subject: Subject) -> Any:
        read = real(brand, subject)
        monkeypatch.undo()
        let_through(scene, "racing", "新的")
        return read

    monkeypatch.setattr(tables, "read_passed", read_too_early)
    take_back(scene, "racing", "老的", instead)

    assert remembered("racing") == "新的"


def test_texts_let_through_twice_have_the_same_before(scene: Scene) -> None:
    let_through(scene, "twice", BAD, override="confirmed by the lawyers")
    for _ in range(2):
        let_through(scene, "twice", "平常的话")

    take_back(scene, "twice", "平常的话", BAD)
    read_again(scene, a_new_rule(scene, "不会出现的字"))

    assert found(scene) == []


def test_publishing_anew_and_withdrawing_take_findings_away(scene: Scene) -> None:
    let_through(scene, "mended", "立春茶")
    let_through(scene, "withdrawn", "立春茶")
    read_again(scene, a_new_rule(scene, "立春"))
    told = {each["subject"]["name"] for each in found(scene)}

    let_through(scene, "mended", "春茶")
    lint.forget_texts("demo", Subject("entry", "demo.oa", "withdrawn"))

    assert told == {"mended", "withdrawn"}
    assert found(scene) == []
    assert read_again(scene) > 0
    assert found(scene) == []


def test_a_brand_s_new_word_is_looked_for_in_what_is_published_by_the_schedule(scene: Scene) -> None:
    let_through(scene, "rival", "比隔壁老王更香")
    scene.house.tick("tend_published")
    words = {"words": [{"word": "隔壁老王", "why": "he complained"}], "pages": [{"mini_program": "demo.mini", "paths": ["pages/a"]}]}

    status, _ = scene.house.call("PUT", "/v1/content/words", words, key=scene.key)
    scene.house.tick("tend_published")

    (told,) = (each for each in found(scene) if each["subject"]["name"] == "rival")  # the rules of the scene link to another page
    assert (status, told["finding"]["found"]) == (201, "隔壁老王")
    assert scene.house.call("GET", "/v1/content/words", key=scene.key)[1]["written"]["words"][0]["word"] == "隔壁老王"
    scene.house.call("PUT", "/v1/content/words", {}, key=scene.key)
    scene.house.tick("tend_published")
    assert found(scene) == []


def test_where_nothing_changed_a_run_looks_once_at_each_brand(scene: Scene) -> None:
    let_through(scene, "steady", "暖心早餐")
    read_again(scene)

    assert read_again(scene) == 0


@pytest.mark.parametrize(
    "words",
    [
        {"words": [{"word": "！！"}]},
        {"pages": [{"mini_program": "demo.oa", "paths": ["pages/a"]}]},
        {"pages": [{"mini_program": "rival.mini", "paths": ["pages/a"]}]},
        {"pages": [{"mini_program": "demo.mini", "paths": ["/pages/a"]}]},
        {"pages": [{"mini_program": "demo.mini", "paths": ["pages/a?b=c"]}]},
    ],
)
def test_words_that_name_nothing_and_pages_of_nobody_are_refused(scene: Scene, words: dict[str, Any]) -> None:
    status, body = scene.house.call("PUT", "/v1/content/words", words, key=scene.key)

    assert (status, body["Code"]) == (400, "field_invalid")


def test_texts_are_checked_without_being_published(scene: Scene) -> None:
    order = {"texts": [{"text": "欢迎光临"}, {"text": "转发抽奖"}, {"text": "下单立即购买", "service": True, "place": "$.notice"}]}

    status, checked = scene.house.call("POST", "/v1/content/check", order, key=scene.key)

    assert (status, checked["passes"]) == (200, False)
    assert {(each["place"], each["rule"]) for each in checked["findings"]} == {
        ("$.texts[1].text", "induced-sharing"),
        ("$.notice", "service-asks-to-buy"),
    }


def test_a_text_with_names_filled_in_is_checked_as_a_message_would_be(scene: Scene) -> None:
    order = {"texts": [{"text": "您的【爆款】护手霜已发货", "service": True, "filled": True}]}

    _, checked = scene.house.call("POST", "/v1/content/check", order, key=scene.key)

    assert (checked["passes"], [(each["rule"], each["severity"]) for each in checked["findings"]]) == (True, [("service-markets", "warn")])


def test_the_rules_are_shown_with_their_source(scene: Scene) -> None:
    _, shown = scene.house.call("GET", "/v1/content/rules", key=scene.key)

    assert {rule["id"] for rule in shown["rules"]} == {rule.id for rule in RULES}
    assert all(rule["source"] and rule["why"]["zh"] for rule in shown["rules"])


def test_an_unknown_finding_cannot_be_acknowledged(scene: Scene) -> None:
    status, body = scene.house.call("POST", "/v1/content/findings/nobody/acknowledge", {"reason": "why not"}, key=scene.key)

    assert (status, body["Code"], body["Message"]) == (404, "finding_missing", CODES["finding_missing"])


# -- what people write ---------------------------------------------------------------------------------------------


def asked(at: Scene, session: str, **changes: Any) -> tuple[int, Any]:
    return at.house.call("POST", CHECK, {"content": "写得真好", "scene": 2, **changes}, key=session)


@pytest.mark.parametrize(("content", "verdict"), [("写得真好", "pass"), ("给你看个坏词", "risky"), ("这是个疑词吧", "review")])
def test_wechat_s_verdict_is_told(scene: Scene, content: str, verdict: str) -> None:
    session = log_in(scene.house, make_user(scene.house))["session_token"]
    scene.house.sandbox.state.settings.risky_words = {"坏词": 20003}
    scene.house.sandbox.state.settings.review_words = {"疑词": 10001}

    status, told = asked(scene, session, content=content)

    assert (status, told["verdict"], told["why"]) == (200, verdict, None)
    assert told["label"] == {"pass": 100, "risky": 20003, "review": 10001}[verdict]


@pytest.mark.parametrize("scene_number", [1, 2, 3, 4])
def test_every_place_people_write_in_is_taken(scene: Scene, scene_number: int) -> None:
    session = log_in(scene.house, make_user(scene.house))["session_token"]

    assert asked(scene, session, scene=scene_number)[1]["verdict"] == "pass"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"content": "好" * 2500}, 200),
        ({"content": "好" * 2501}, 400),
        ({"content": ""}, 400),
        ({"scene": 0}, 400),
        ({"scene": 5}, 400),
        ({"scene": 1, "signature": "hello"}, 200),
        ({"scene": 2, "signature": "hello"}, 400),
    ],
)
def test_wechat_s_limits_are_kept_before_it_is_asked(scene: Scene, changes: dict[str, Any], status: int) -> None:
    session = log_in(scene.house, make_user(scene.house))["session_token"]

    assert asked(scene, session, **changes)[0] == status


@pytest.mark.parametrize(("minutes", "verdict", "why"), [(115, "pass", None), (125, "unknown", "not_active")])
def test_somebody_away_for_two_hours_gets_no_verdict_and_no_pass(scene: Scene, minutes: int, verdict: str, why: str | None) -> None:
    tokens = log_in(scene.house, make_user(scene.house))
    scene.house.clock.advance(minutes=minutes)
    _, fresh = scene.house.call("POST", "/v1/sessions/refresh", {"refresh_token": tokens["refresh_token"]})

    _, told = asked(scene, fresh["session_token"])

    assert (told["verdict"], told["why"]) == (verdict, why)


@pytest.mark.parametrize("errcode", [-1, 45009, 87020, 48001])
def test_without_wechat_s_word_the_verdict_is_unknown_and_never_a_pass(scene: Scene, errcode: int) -> None:
    session = log_in(scene.house, make_user(scene.house))["session_token"]
    scene.house.play("/faults", {"path": "/wxa/msg_sec_check", "errcode": errcode, "times": 1})

    status, told = asked(scene, session)

    assert (status, told["verdict"]) == (200, "unknown")
    assert told["why"] in ("wechat_away", "repeated", "declined")
