"""Menus over HTTP, beside a WeChat that keeps its limits: published, turned by holidays, compared, for some people, counted."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.accounts.flows import register
from chalicelib.errors import Declined
from chalicelib.lint import tables as lint
from chalicelib.lint.words import Subject
from chalicelib.menus.flows import publishing, telling
from chalicelib.menus.tables import states
from sandbox.official.words import Tag
from tests.builders import MINI_APPID, make_user, official_account, tell_wechat
from tests.scene import Scene

CREATE, DELETE, ADD = "/cgi-bin/menu/create", "/cgi-bin/menu/delete", "/cgi-bin/menu/addconditional"
NUMBERS = itertools.count(1)


class Stand:
    """An official account of its own, known to us and to WeChat."""

    def __init__(self, scene: Scene) -> None:
        number = next(NUMBERS)
        self.scene, self.house, self.key = scene, scene.house, scene.key
        self.name, self.appid = f"oa{number}", f"wx00000000menu{number:04d}"
        made = official_account(name=self.name, appid=self.appid, original_id=f"gh_menu{number:08d}")
        status, body = self.house.call("POST", "/v1/accounts", made, key=self.key)
        assert status == 201, body
        tell_wechat(self.house, made, mode="safe", format="xml", open_platform="op1")
        self.door = f"/v1/menus/demo.{self.name}"

    def call(self, method: str, path: str = "", body: Any = None) -> tuple[int, Any]:
        return self.house.call(method, f"{self.door}{path}", body, key=self.key)

    def publish(self, *buttons: dict[str, Any], **more: Any) -> tuple[int, Any]:
        status, draft = self.call("PUT", "/draft", {"buttons": list(buttons)})
        assert status == 200, draft
        return self.call("POST", "/publish", {"revision": draft["revision"], **more})

    def plan(self, name: str, from_m: float, until_m: float, *buttons: dict[str, Any], **more: Any) -> tuple[int, Any]:
        now = self.house.clock()
        times = {"from_at": (now + timedelta(minutes=from_m)).isoformat(), "until_at": (now + timedelta(minutes=until_m)).isoformat()}
        return self.call("PUT", f"/holidays/{name}", {**times, "buttons": list(buttons), **more})

    def phone(self, user: str) -> list[str]:
        """What somebody's phone shows at the bottom."""
        menu = self.house.play(f"/users/{user}/menu?appid={self.appid}", method="GET")["menu"]
        return [button["name"] for button in menu["button"]] if menu else []

    def follower(self) -> str:
        user = make_user(self.house)
        self.house.play(f"/users/{user}/follow", {"appid": self.appid})
        self.scene.take("inbox")  # who they are is nothing to a menu
        return user

    def tap(self, user: str, name: str) -> None:
        self.house.play(f"/users/{user}/tap", {"appid": self.appid, "name": name})

    def pass_time(self, **duration: float) -> None:
        self.house.clock.advance(**duration)
        self.house.tick("tend_published")

    def remembered(self, kind: str = "menu", name: str = "") -> list[str]:
        """The names of buttons that newer rules would read."""
        kept = lint.read_passed("demo", Subject(kind, f"demo.{self.name}", name))
        return [] if kept is None else [each.text for each in kept[0].texts if each.text]

    def calls(self, path: str) -> int:
        return len(self.house.wechat_calls(path))

    def away(self, path: str, errcode: int = -1, times: int = 1) -> None:
        self.house.play("/faults", {"path": path, "errcode": errcode, "times": times})


@pytest.fixture
def stand(scene: Scene) -> Iterator[Stand]:
    made = Stand(scene)
    yield made
    scene.house.play("/faults", method="DELETE")


def click(name: str, key: str = "K") -> dict[str, Any]:
    return {"name": name, "type": "click", "key": key}


def shop(name: str = "小店") -> dict[str, Any]:
    return {
        "name": name,
        "type": "miniprogram",
        "url": "https://shop.example.com/",
        "mini_program": "demo.mini",
        "path": "pages/index/index",
    }


# -- drafts and versions -------------------------------------------------------------------------------------------


def test_a_draft_somebody_saves_while_the_one_before_is_published_stays(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    _, draft = stand.call("PUT", "/draft", {"buttons": [click("旧")]})
    real = publishing._tell

    def save_meanwhile(*given: Any, **named: Any) -> Any:
        stand.call("PUT", "/draft", {"revision": draft["revision"], "buttons": [click("新")]})
        return real(*given, **named)

    monkeypatch.setattr(publishing, "_tell", save_meanwhile)

    status, _ = stand.call("POST", "/publish", {"revision": draft["revision"]})
    kept_status, kept = stand.call("GET", "/draft")

    assert (status, kept_status) == (201, 200)
    assert "新" in str(kept)


def test_a_draft_is_shown_as_wechat_takes_it_and_published_and_the_phone_shows_it(stand: Stand) -> None:
    user = stand.follower()

    status, draft = stand.call("PUT", "/draft", {"buttons": [shop(), {"name": "服务", "buttons": [click("帮助"), click("预约", "B")]}]})
    before = stand.phone(user)
    published_status, published = stand.call("POST", "/publish", {"revision": draft["revision"]})
    _, shown = stand.call("GET")

    assert (status, draft["preview"]["wechat"]["button"][0]["appid"]) == (200, MINI_APPID)
    assert draft["preview"]["lines"][1:] == ["服务 ▾", "    ⌨ 帮助 → click K", "    ⌨ 预约 → click B"]
    assert before == []
    assert (published_status, published["version"], published["told"], published["shows"]) == (201, 1, "live", "version")
    assert stand.phone(user) == ["小店", "服务"]
    assert (shown["version"], shown["told"], shown["written"]["buttons"][0]["name"]) == (1, "live", "小店")
    assert stand.call("GET", "/draft")[0] == 404


def test_two_who_write_at_one_draft_never_write_over_each_other(stand: Stand) -> None:
    stand.call("PUT", "/draft", {"buttons": [click("甲")]})

    second = stand.call("PUT", "/draft", {"buttons": [click("乙")]})
    stale = stand.call("POST", "/publish", {"revision": 2})
    _, draft = stand.call("GET", "/draft")

    assert (second[0], second[1]["Code"]) == (409, "draft_changed")
    assert (stale[0], stale[1]["Code"]) == (409, "draft_changed")
    assert draft["written"]["buttons"][0]["name"] == "甲"
    assert stand.call("DELETE", "/draft")[0] == 204
    assert stand.call("PUT", "/draft", {"buttons": [click("乙")]})[0] == 200


def test_what_breaks_a_limit_never_reaches_wechat(stand: Stand) -> None:
    before = stand.calls(CREATE)

    status, body = stand.call("PUT", "/draft", {"buttons": [click("一个太长的名字了")]})

    assert (status, body["Code"]) == (400, "field_invalid")
    assert "16 bytes" in body["Message"]
    assert stand.calls(CREATE) == before


@pytest.mark.parametrize("mini_program", ["demo.nobody", "rival.mini", "demo.oa"])
def test_a_button_leads_into_mini_programs_of_the_brand_alone(stand: Stand, mini_program: str) -> None:
    status, body = stand.call("PUT", "/draft", {"buttons": [{**shop(), "mini_program": mini_program}]})

    assert (status, body["Code"]) == (400, "field_invalid")
    assert "$.buttons[0].mini_program" in body["Message"]


def test_an_earlier_version_comes_back_and_a_menu_is_taken_away(stand: Stand) -> None:
    user = stand.follower()
    stand.publish(click("第一版"))
    stand.publish(click("第二版"))

    _, back = stand.call("POST", "/rollback", {"version": 1})
    rolled_back = stand.phone(user)
    status, _ = stand.call("DELETE")
    _, shown = stand.call("GET")

    assert (back["version"], back["told"], rolled_back) == (1, "live", ["第一版"])
    assert (status, stand.phone(user)) == (204, [])
    assert (shown["version"], shown["told"], shown["written"]) == (0, "nothing", None)
    assert [each["version"] for each in shown["versions"]] == [2, 1]
    assert stand.call("POST", "/rollback", {"version": 3})[1]["Code"] == "document_missing"
    assert stand.call("POST", "/rollback", {"version": 2})[1]["told"] == "live"


def test_texts_are_read_before_they_are_shown_and_a_reason_lets_them_through(stand: Stand) -> None:
    refused = stand.publish(click("全网最低"))
    _, draft = stand.call("GET", "/draft")
    passed = stand.call("POST", "/publish", {"revision": draft["revision"], "override": "as the agency has confirmed"})

    assert (refused[0], refused[1]["Code"]) == (400, "content_refused")
    assert "$.buttons[0].name" in refused[1]["Message"]
    assert (passed[0], [each["rule"] for each in passed[1]["findings"]]) == (201, ["absolute-superlative"])


def test_a_menu_may_not_lead_to_an_origin_the_account_has_not_named(stand: Stand) -> None:
    stand.house.call("PUT", f"/v1/accounts/demo.{stand.name}/web-origins", {"web_origins": ["https://shop.example.com"]}, key=stand.key)

    known = stand.publish({"name": "官网", "type": "view", "url": "https://shop.example.com/a"})
    unknown = stand.publish({"name": "官网", "type": "view", "url": "https://evil.example/a"})

    assert (known[0], unknown[0], unknown[1]["Code"]) == (201, 400, "content_refused")


def test_an_account_of_another_kind_has_no_menu(scene: Scene) -> None:
    status, body = scene.house.call("GET", "/v1/menus/demo.mini", key=scene.key)

    assert (status, body["Code"]) == (404, "account_missing")


# -- what breaks off -----------------------------------------------------------------------------------------------


def test_what_wechat_refuses_is_not_in_force_and_says_why(stand: Stand) -> None:
    user = stand.follower()
    stand.publish(click("旧的"))
    stand.away(CREATE, 45064)

    status, body = stand.publish(shop())
    _, shown = stand.call("GET")
    again, _ = stand.call("POST", "/publish", {"revision": stand.call("GET", "/draft")[1]["revision"]})

    assert (status, body["Code"]) == (422, "wechat_declined")
    assert "not linked" in body["Message"]
    assert (shown["version"], shown["told"], "not linked" in shown["trouble"]) == (1, "live", True)
    assert (again, stand.phone(user)) == (201, ["小店"])


def test_the_first_menu_that_wechat_refuses_leaves_none(stand: Stand) -> None:
    stand.away(CREATE, 48001)

    status, _ = stand.publish(click("新的"))
    _, shown = stand.call("GET")

    assert (status, shown["version"], shown["told"]) == (422, 0, "nothing")
    assert stand.remembered() == []


@pytest.mark.parametrize("at_once", [True, False])
def test_newer_rules_read_the_menu_that_is_shown_and_never_one_that_wechat_refused(stand: Stand, at_once: bool) -> None:
    stand.publish(click("旧的"))
    if not at_once:
        stand.away(CREATE)
    else:
        stand.away(CREATE, 45064)

    stand.publish(click("新的"))
    if not at_once:
        stand.away(CREATE, 45064)
        stand.pass_time(seconds=61)

    assert stand.call("GET")[1]["version"] == 1
    assert stand.remembered() == ["旧的"]


def test_a_menu_published_while_wechat_refuses_the_one_before_stays_in_force(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    stand.publish(click("旧的"))
    refused: list[dict[str, Any]] = []
    real = stand.house.world.wechat.create_menu

    def refuse_once(token: str, menu: dict[str, Any]) -> None:
        if refused:
            return real(token, menu)
        refused.append(menu)
        revision = stand.call("GET", "/draft")[1]["revision"]
        _, draft = stand.call("PUT", "/draft", {"buttons": [click("更新的")], "revision": revision})
        stand.call("POST", "/publish", {"revision": draft["revision"]})
        raise Declined(errcode=45064)

    monkeypatch.setattr(stand.house.world.wechat, "create_menu", refuse_once)
    stand.publish(click("新的"))
    stand.pass_time(seconds=120)
    stand.pass_time(seconds=120)

    _, shown = stand.call("GET")
    assert (shown["version"], shown["told"]) == (3, "live")
    assert stand.remembered() == ["更新的"]


def test_a_menu_that_somebody_published_first_is_what_newer_rules_read(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    stand.publish(click("先来"))
    monkeypatch.setattr("chalicelib.documents.tables.publish", lambda document, kept: False)

    status, _ = stand.publish(click("后到"))

    assert (status, stand.remembered()) == (503, ["先来"])


def test_while_wechat_is_away_a_publication_waits_and_the_schedule_tells_it(stand: Stand) -> None:
    user = stand.follower()
    stand.away(CREATE)

    status, published = stand.publish(click("稍后"))
    waiting, shown = stand.phone(user), stand.call("GET")[1]["told"]
    stand.pass_time(seconds=61)

    assert (status, published["told"], waiting, shown) == (201, "telling", [], "telling")
    assert (stand.phone(user), stand.call("GET")[1]["told"]) == (["稍后"], "live")


def test_a_crash_between_our_row_and_wechat_is_mended_by_the_schedule(stand: Stand) -> None:
    user = stand.follower()
    account = register.find_account(f"demo.{stand.name}", world=stand.house.world, now=stand.house.clock())
    stand.publish(click("旧的"))
    stand.publish(click("新的"))
    states.wake(account, now=stand.house.clock())
    state = states.read_state(account)
    stand.house.play(f"/accounts/{stand.appid}/console-menu", {"button": [{"name": "别的", "type": "click", "key": "X"}]})
    assert states.claim(account, state, "LEASE", "telling-something", now=stand.house.clock(), until=stand.house.clock() + telling.LEASE)

    stand.pass_time(seconds=30)
    too_early = stand.phone(user)
    stand.pass_time(seconds=31)

    assert too_early == ["别的"]
    assert stand.phone(user) == ["新的"]
    assert stand.call("GET")[1]["told"] == "live"


def test_where_nothing_is_due_the_schedule_asks_wechat_nothing(stand: Stand) -> None:
    stand.publish(click("安静"))
    before = stand.calls(CREATE)

    stand.pass_time(minutes=5)

    assert stand.calls(CREATE) == before


# -- holidays ------------------------------------------------------------------------------------------------------


def test_a_holiday_menu_comes_and_goes_by_itself_and_puts_the_old_one_back_exactly(stand: Stand) -> None:
    user = stand.follower()
    stand.publish(shop(), click("帮助"))
    before = stand.house.play(f"/users/{user}/menu?appid={stand.appid}", method="GET")["menu"]["button"]

    status, planned = stand.plan("spring", 10, 20, click("拜年"), shop("年货"))
    stand.pass_time(minutes=9)
    early = stand.phone(user)
    stand.pass_time(minutes=1)
    during, shown = stand.phone(user), stand.call("GET")[1]
    stand.pass_time(minutes=10)
    after = stand.house.play(f"/users/{user}/menu?appid={stand.appid}", method="GET")["menu"]["button"]

    assert (status, planned["shown_now"], early) == (200, False, ["小店", "帮助"])
    assert (during, shown["shows"], shown["told"]) == (["拜年", "年货"], "spring", "live")
    assert after == before
    assert (stand.call("GET")[1]["shows"], stand.call("GET", "/holidays/spring")[0]) == ("version", 404)


def test_a_holiday_that_began_during_an_outage_is_shown_late_and_one_that_is_over_never(stand: Stand) -> None:
    user = stand.follower()
    stand.publish(click("平日"))
    stand.plan("missed", 10, 20, click("错过"))
    stand.plan("late", 30, 90, click("迟到"))
    made = stand.calls(CREATE)

    stand.pass_time(minutes=25)
    missed, asked = stand.phone(user), stand.calls(CREATE)
    stand.pass_time(minutes=35)

    assert (missed, asked) == (["平日"], made)
    assert stand.phone(user) == ["迟到"]


def test_while_wechat_is_away_a_holiday_waits_and_comes(stand: Stand) -> None:
    user = stand.follower()
    stand.publish(click("平日"))
    stand.plan("storm", 1, 60, click("风雪"))
    stand.away(CREATE, times=2)

    stand.pass_time(minutes=1)
    stand.pass_time(minutes=1)
    away = stand.phone(user)
    stand.pass_time(minutes=1)

    assert (away, stand.phone(user)) == (["平日"], ["风雪"])


def test_what_is_published_during_a_holiday_is_shown_when_it_ends(stand: Stand) -> None:
    user = stand.follower()
    stand.publish(click("旧平日"))
    stand.plan("feast", 0, 10, click("节日"))

    _, published = stand.publish(click("新平日"))
    during = stand.phone(user)
    stand.pass_time(minutes=11)

    assert (published["shows"], during) == ("feast", ["节日"])
    assert stand.phone(user) == ["新平日"]


def test_a_holiday_that_is_let_go_or_moved_puts_the_menu_back_at_once(stand: Stand) -> None:
    user = stand.follower()
    stand.publish(click("平日"))
    stand.plan("feast", 0, 10, click("节日"))
    shown = stand.phone(user)

    stand.plan("feast", 60, 70, click("节日"))
    moved = stand.phone(user)
    stand.plan("feast", 0, 10, click("节日"))
    status, _ = stand.call("DELETE", "/holidays/feast")

    assert (shown, moved, status, stand.phone(user)) == (["节日"], ["平日"], 204, ["平日"])
    assert stand.call("DELETE", "/holidays/feast")[1]["Code"] == "holiday_missing"


def test_holidays_that_overlap_or_have_nothing_to_put_back_are_refused(stand: Stand) -> None:
    without = stand.plan("first", 10, 20, click("一"))
    stand.publish(click("平日"))

    codes = [
        without[1]["Code"],
        *(
            stand.plan(name, *span, click("节"))[1].get("Code", "")
            for name, span in [
                ("a", (10, 20)),
                ("b", (19, 30)),
                ("b", (20, 30)),
                ("c", (15, 25)),
                ("a", (12, 18)),
                ("Bad Name", (50, 60)),
            ]
        ),
    ]

    assert codes == ["menu_needed", "", "holidays_overlap", "", "holidays_overlap", "", "field_invalid"]


def test_a_holiday_that_wechat_refuses_at_once_is_not_planned(stand: Stand) -> None:
    user = stand.follower()
    stand.publish(click("平日"))
    stand.away(CREATE, 45064)

    status, body = stand.plan("feast", 0, 30, shop())

    assert (status, body["Code"], stand.call("GET", "/holidays/feast")[0]) == (422, "wechat_declined", 404)
    assert stand.remembered("menu_holiday", "feast") == []
    stand.pass_time(minutes=2)
    assert (stand.phone(user), stand.call("GET")[1]["told"]) == (["平日"], "live")


def test_a_holiday_that_wechat_refuses_at_once_leaves_what_it_was_before_and_what_others_planned_meanwhile(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand.publish(click("平日"))
    stand.plan("feast", 0, 30, click("旧节"))

    def refuse(token: str, menu: dict[str, Any]) -> None:
        monkeypatch.undo()
        stand.plan("other", 60, 90, click("别节"))
        raise Declined(errcode=45064)

    monkeypatch.setattr(stand.house.world.wechat, "create_menu", refuse)
    status, _ = stand.plan("feast", 0, 30, click("新节"))

    holidays = {each["name"] for each in stand.call("GET")[1]["holidays"]}
    assert (status, holidays) == (422, {"feast", "other"})
    assert stand.call("GET", "/holidays/feast")[1]["written"]["buttons"][0]["name"] == "旧节"
    assert stand.remembered("menu_holiday", "feast") == ["旧节"]


def test_a_holiday_menu_that_wechat_refuses_leaves_the_one_in_force(stand: Stand) -> None:
    user = stand.follower()
    stand.publish(click("平日"))
    stand.plan("feast", 1, 30, shop())
    stand.away(CREATE, 45064, times=1)

    stand.pass_time(minutes=1)
    _, shown = stand.call("GET")
    asked = stand.calls(CREATE)
    stand.pass_time(minutes=2)

    assert (stand.phone(user), shown["told"], "not linked" in shown["trouble"]) == (["平日"], "refused", True)
    assert stand.calls(CREATE) == asked
    stand.pass_time(minutes=30)
    assert stand.call("GET")[1]["told"] == "live"


# -- what WeChat shows ---------------------------------------------------------------------------------------------


def test_a_change_by_hand_is_seen(stand: Stand) -> None:
    stand.publish(click("我们的"), shop())

    _, same = stand.call("GET", "/difference")
    stand.house.play(f"/accounts/{stand.appid}/console-menu", {"button": [{"name": "别人的", "type": "click", "key": "K"}]})
    _, other = stand.call("GET", "/difference")

    assert (same["same"], same["made_by"], same["differing"]) == (True, "api", [])
    assert (other["same"], other["made_by"]) == (False, "console")
    assert [each["place"] for each in other["differing"]] == ["$.button[0]", "$.button[1]"]


def test_without_any_menu_nobody_has_made_one(stand: Stand) -> None:
    assert stand.call("GET", "/difference")[1] == {
        "same": True,
        "made_by": "nobody",
        "differing": [],
        "conditional_missing": [],
        "conditional_unknown": [],
    }


# -- menus for some ------------------------------------------------------------------------------------------------


def test_those_with_a_tag_see_a_menu_of_their_own(stand: Stand) -> None:
    member, stranger = stand.follower(), stand.follower()
    stand.publish(click("大家"))
    tag = tag_of(stand, member)

    status, shown = stand.call("PUT", "/conditional/members", {"tag": tag, "buttons": [click("会员")]})
    seen = stand.phone(member), stand.phone(stranger)
    _, matched = stand.call("POST", "/match", {"user_id": openid_of(stand, member)})
    stand.call("PUT", "/conditional/members", {"tag": tag, "buttons": [click("新会员")]})
    renewed, theirs = stand.phone(member), stand.call("GET", "/difference")[1]
    removed, _ = stand.call("DELETE", "/conditional/members")

    assert (status, shown["settled"], shown["tag"]) == (200, True, tag)
    assert seen == (["会员"], ["大家"])
    assert (matched["conditional"], matched["lines"]) == ("members", ["⌨ 会员 → click K"])
    assert (renewed, theirs["same"]) == (["新会员"], True)
    assert (removed, stand.phone(member)) == (204, ["大家"])
    assert stand.call("GET", "/conditional/members")[1]["Code"] == "conditional_menu_missing"


def test_a_menu_for_some_needs_one_for_everybody_and_somebody_it_is_for(stand: Stand) -> None:
    body = {"platform": "ios", "buttons": [click("苹果")]}

    before = stand.call("PUT", "/conditional/ios", body)
    stand.publish(click("大家"))
    nobody = stand.call("PUT", "/conditional/ios", {"buttons": [click("苹果")]})
    status, _ = stand.call("PUT", "/conditional/ios", body)
    away = stand.call("DELETE")

    assert (before[1]["Code"], nobody[1]["Code"], status) == ("menu_needed", "field_invalid", 200)
    assert (away[0], away[1]["Code"]) == (409, "menu_needed_elsewhere")


def test_menus_for_some_lead_to_three_domains_and_no_more(stand: Stand) -> None:
    stand.publish(click("大家"))

    def lead(name: str, host: str, platform: str = "ios") -> int:
        view = {"name": "去", "type": "view", "url": f"https://{host}/"}
        return stand.call("PUT", f"/conditional/{name}", {"platform": platform, "buttons": [view]})[0]

    assert [lead("one", "a.example"), lead("two", "b.example"), lead("three", "c.example")] == [200, 200, 200]
    assert lead("four", "d.example") == 400
    assert lead("three", "d.example") == 200


def test_a_menu_for_some_that_wechat_refuses_leaves_what_was(stand: Stand) -> None:
    member = stand.follower()
    stand.publish(click("大家"))
    tag = tag_of(stand, member)
    stand.call("PUT", "/conditional/members", {"tag": tag, "buttons": [click("会员")]})

    status, body = stand.call("PUT", "/conditional/members", {"tag": 424242, "buttons": [click("别的")]})
    first, _ = stand.call("PUT", "/conditional/others", {"tag": 424242, "buttons": [click("别的")]})

    assert (status, first, "no such tag" in body["Message"]) == (422, 422, True)
    assert stand.call("GET", "/conditional/members")[1]["tag"] == tag
    assert stand.call("GET", "/conditional/others")[0] == 404
    assert (stand.remembered("menu_conditional", "members"), stand.remembered("menu_conditional", "others")) == (["会员"], [])
    assert stand.phone(member) == ["会员"]


def test_a_menu_for_some_that_wechat_refuses_later_is_told_once_and_says_why(stand: Stand) -> None:
    stand.publish(click("大家"))
    stand.away(ADD)
    stand.call("PUT", "/conditional/ios", {"platform": "ios", "buttons": [click("苹果")]})
    stand.away(ADD, 65320)

    stand.pass_time(seconds=61)
    asked = stand.calls(ADD)
    stand.pass_time(minutes=2)
    _, shown = stand.call("GET", "/conditional/ios")

    assert (shown["settled"], "does not match" in shown["trouble"]) == (False, True)
    assert stand.calls(ADD) == asked


@pytest.mark.parametrize("arrived", [False, True])
def test_an_answer_that_was_lost_leaves_one_menu_for_some(stand: Stand, arrived: bool) -> None:
    stand.publish(click("大家"))
    fault = {"path": ADD, "drop_after_effect": True, "times": 1} if arrived else {"path": ADD, "errcode": -1, "times": 1}
    stand.house.play("/faults", fault)

    _, shown = stand.call("PUT", "/conditional/ios", {"platform": "ios", "buttons": [click("苹果")]})
    stand.pass_time(seconds=61)
    _, settled = stand.call("GET", "/conditional/ios")

    kept = stand.house.sandbox.official(stand.appid).conditional_menus
    assert (shown["settled"], settled["settled"]) == (False, True)
    assert [str(menu.id) for menu in kept] == [settled["menuid"]]


def tag_of(stand: Stand, user: str) -> int:
    """A tag that somebody has on WeChat's side."""
    official = stand.house.sandbox.official(stand.appid)
    contact = stand.house.sandbox.contact(stand.appid, openid_of(stand, user))
    assert contact is not None
    official.tags[900] = Tag(id=900, name="members")
    contact.tags.append(900)
    return 900


def openid_of(stand: Stand, user: str) -> str:
    openid: str = stand.house.play(f"/users/{user}?appid={stand.appid}", method="GET")["openid"]
    return openid


# -- taps ----------------------------------------------------------------------------------------------------------


def test_taps_are_counted_once_by_button_and_day(stand: Stand) -> None:
    user = stand.follower()
    stand.publish({"name": "服务", "buttons": [click("帮助", "HELP"), click("预约", "BOOK")]}, shop())
    stand.tap(user, "预约")
    (tapped,) = stand.scene.take("inbox")
    for _ in range(2):
        stand.house.deliver("apply_callbacks", [("1", tapped)])
    stand.house.clock.advance(seconds=2)
    stand.tap(user, "小店")
    stand.house.work()
    stand.house.clock.advance(days=1)
    stand.tap(user, "预约")
    stand.house.work()

    _, clicks = stand.call("GET", "/clicks")

    assert [(each["name"], each["place"], each["clicks"]) for each in clicks["buttons"]] == [
        ("预约", "$.buttons[0].buttons[1]", 2),
        ("小店", "$.buttons[1]", 1),
    ]
    assert [sum(each["clicks"] for each in day["buttons"]) for day in clicks["days"]] == [2, 1]
    _, draft = stand.call(
        "PUT", "/draft", {"buttons": [{"name": "服务", "buttons": [click("帮助", "HELP"), click("预约", "BOOK")]}, shop()]}
    )
    assert [(each["advice"], each["place"]) for each in draft["preview"]["advice"]] == [("most_clicked_first", "$.buttons[0].buttons[1]")]


@pytest.mark.parametrize("span", ["from=yesterday", "from=2026-11-21&to=2026-11-20", "to=1999-01-01"])
def test_days_that_are_none_are_refused(stand: Stand, span: str) -> None:
    assert stand.call("GET", f"/clicks?{span}")[1]["Code"] == "field_invalid"
