"""Mini programs linked with an official account: both admins asked once, whatever is repeated, lost or done at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.accounts.flows import linking
from chalicelib.accounts.tables import linking as tables
from chalicelib.accounts.words import Account
from chalicelib.accounts.words.linking import Asked, LinkOrder
from chalicelib.staff.words import Scope
from chalicelib.wechat.platforms import LINK, LINKS, UNLINK
from tests.accounts.agency import Agency
from tests.builders import MINI_APPID, OA_APPID, PLATFORM_APPID, make_key, mini_program, platform, tell_wechat
from tests.house import NOON, House

PATH = "/v1/accounts/demo.oa/mini-programs"
STRANGE = "wx00000000000000ee"


class Office(Agency):
    """An agency whose official account has no mini program yet."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        house.play("/accounts", {"appid": OA_APPID, "linked_mini_programs": []})

    def links(self) -> Any:
        status, answer = self.house.call("GET", PATH, key=self.key)
        assert status == 200, answer
        return answer

    def states(self) -> list[str]:
        return [each["state"] for each in self.links()["links"]]

    def link(self, mini_program: str = "demo.mini", **more: Any) -> tuple[int, Any]:
        return self.house.call("POST", PATH, {"mini_program": mini_program, **more}, key=self.key)

    def unlink(self, appid: str = MINI_APPID) -> tuple[int, Any]:
        return self.house.call("DELETE", f"{PATH}/{appid}", key=self.key)

    def answer(self, admin: str, answer: str = "accept", appid: str = MINI_APPID) -> None:
        self.house.play(f"/accounts/{OA_APPID}/links/{appid}", {"admin": admin, "answer": answer})

    def make_linked(self) -> None:
        self.link()
        self.answer("official_account")
        self.answer("mini_program")

    def make_strange(self) -> None:
        """A mini program of which the brand knows the appid alone."""
        tell_wechat(self.house, mini_program(appid=STRANGE, original_id="gh_ee"), mode="safe", format="xml", open_platform=None)


@pytest.fixture
def office(house: House) -> Office:
    office = Office(house)
    office.start()
    return office


def code_of(answered: tuple[int, Any]) -> tuple[int, str]:
    return answered[0], answered[1]["Code"]


def test_the_whole_walk_from_the_first_ticket_to_the_end_of_the_link(house: House) -> None:
    office = Office(house)
    office.push_ticket()
    begun = office.begin({"account": "demo.oa"})
    assert house.visit(office.confirm(begun))[0] == 200
    house.play("/pushes/deliver", {})
    house.work()
    walk = [office.states()]

    status, asked = office.link(notify_followers=True)
    walk.append(office.states())
    office.answer("official_account")
    walk.append(office.states())
    office.answer("mini_program")
    walk.append(office.states())
    ended, waits = office.unlink()
    walk.append(office.states())
    office.answer("official_account")
    walk.append(office.states())

    assert (status, asked["state"], asked["account"]) == (202, "waits_for_official_account", "demo.mini")
    assert (ended, waits["state"], waits["status"]) == (202, "unlink_asked", 1)
    assert walk == [[], ["waits_for_official_account"], ["waits_for_mini_program"], ["linked"], ["linked"], []]
    assert house.wechat_calls(LINK)[0]["body"] == {"appid": MINI_APPID, "notify_users": "1", "show_profile": "1"}
    deeds = [row["did"]["S"] for row in house.rows("audit")]
    assert deeds.count("account.link_asked") == deeds.count("account.unlink_asked") == 1


def test_a_list_shows_whose_each_is_and_how_much_of_the_limits_is_used(office: Office) -> None:
    office.make_linked()

    shown = office.links()

    assert (shown["by"], shown["platform"], shown["official_account"], shown["steps"]) == ("platform", "demo.open", "demo.oa", [])
    (link,) = shown["links"]
    assert (link["appid"], link["account"], link["original_id"], link["status"]) == (MINI_APPID, "demo.mini", "gh_1a2b3c4d5e6f", 1)
    assert shown["limits"]["linked"] == shown["limits"]["asked_this_month"] == 1


def test_a_refused_link_may_be_asked_for_again(office: Office) -> None:
    office.link()
    office.answer("official_account")
    office.answer("mini_program", "refuse")
    before = office.states()

    status, asked = office.link()

    assert before == ["refused_by_mini_program"]
    assert (status, asked["state"]) == (202, "waits_for_official_account")
    assert office.asked(LINK) == 2


@pytest.mark.parametrize("answers", [0, 1, 2])
def test_what_waits_or_is_linked_is_told_and_not_asked_for_again(office: Office, answers: int) -> None:
    office.link()
    for admin in ("official_account", "mini_program")[:answers]:
        office.answer(admin)
    office.house.clock.advance(hours=1)

    status, told = office.link(MINI_APPID)

    assert (status, told["state"]) == (202, ["waits_for_official_account", "waits_for_mini_program", "linked"][answers])
    assert office.asked(LINK) == 1


def test_an_appid_that_is_no_account_of_the_brand_is_linked_and_asked_for_once(office: Office) -> None:
    office.make_strange()
    states = []

    for advance in ({"seconds": 0}, {"seconds": 30}, {"hours": 3}):
        office.house.clock.advance(**advance)
        states.append(office.link(STRANGE)[1]["state"])

    assert states == ["waits_for_official_account", "asked", "asked"]
    assert office.asked(LINK) == 1
    assert [each["account"] for each in office.links()["links"]] == [None]


def test_a_strange_mini_program_that_authorises_the_platform_too_is_recognised(office: Office) -> None:
    office.make_strange()
    office.authorize(STRANGE)
    office.link(STRANGE)
    office.house.clock.advance(hours=1)

    assert office.link(STRANGE)[1]["state"] == "waits_for_official_account"
    assert office.asked(LINK) == 1


def test_an_account_whose_original_id_is_not_known_is_recognised_by_what_the_platform_was_told(office: Office) -> None:
    order = mini_program(name="mini2", appid=STRANGE, original_id="")
    tell_wechat(office.house, {**order, "original_id": "gh_ee"}, mode="safe", format="xml", open_platform=None)
    assert office.house.call("POST", "/v1/accounts", order, key=office.key)[0] == 201
    office.authorize(STRANGE)
    office.link("demo.mini2")

    (shown,) = office.links()["links"]

    assert (shown["account"], shown["appid"]) == ("demo.mini2", STRANGE)


@pytest.mark.parametrize(
    ("mini_program", "refusal"),
    [
        ("demo.oa", (400, "field_invalid")),
        (OA_APPID, (400, "field_invalid")),
        (PLATFORM_APPID, (400, "field_invalid")),
        ("demo.nobody", (404, "account_missing")),
        ("rival.mini", (404, "account_missing")),
        ("x", (400, "field_invalid")),
        ("wx0000000000nobody", (400, "field_invalid")),
    ],
)
def test_what_is_no_mini_program_is_refused(office: Office, mini_program: str, refusal: tuple[int, str]) -> None:
    answered = office.link(mini_program)

    assert code_of(answered) == refusal
    assert office.links()["limits"]["asked_this_month"] == 0


@pytest.mark.parametrize("account", ["demo.mini", "demo.open", "demo.nobody", "rival.oa"])
def test_only_an_official_account_has_mini_programs(office: Office, account: str) -> None:
    path = f"/v1/accounts/{account}/mini-programs"

    answers = [
        office.house.call("GET", path, key=office.key),
        office.house.call("POST", path, {"mini_program": "demo.mini"}, key=office.key),
        office.house.call("DELETE", f"{path}/{MINI_APPID}", key=office.key),
    ]

    assert {code_of(each) for each in answers} == {(404, "account_missing")}


def test_who_may_look_may_not_ask(office: Office) -> None:
    reader = make_key(office.house, "demo", Scope.accounts_read)

    assert office.house.call("GET", PATH, key=reader)[0] == 200
    assert office.house.call("POST", PATH, {"mini_program": "demo.mini"}, key=reader)[0] == 403
    assert office.house.call("DELETE", f"{PATH}/{MINI_APPID}", key=reader)[0] == 403


# -- without a platform -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["no platform asked", "without permission 33", "taken back", "WeChat says no"])
def test_without_a_platform_that_may_the_steps_are_shown_and_asking_is_refused(house: House, case: str) -> None:
    office = Office(house)
    if case != "no platform asked":
        office.push_ticket()
        office.authorize(permissions=[1, 2] if case == "without permission 33" else None)
    if case == "taken back":
        office.withdraw()
    if case == "WeChat says no":
        house.sandbox.state.platforms[PLATFORM_APPID].grants[OA_APPID].permissions = [1]

    shown, linked, unlinked = office.links(), office.link(), office.unlink()

    assert (shown["by"], shown["platform"], shown["links"], shown["limits"]) == ("console", None, [], None)
    assert len(shown["steps"]) == 7
    assert OA_APPID in shown["steps"][0]["zh"]
    assert MINI_APPID in str(shown["steps"])
    assert code_of(linked) == code_of(unlinked) == (409, "platform_needed")
    assert "mini-programs" in linked[1]["Message"]
    assert office.asked(LINK) == office.asked(UNLINK) == 0
    assert (office.asked(LINKS) == 0) is (case != "WeChat says no")


def test_the_platform_an_account_is_called_through_asks_before_others(office: Office) -> None:
    other = platform(name="aaa", appid="wx00000000000000c9")
    assert office.house.call("POST", "/v1/accounts", other, key=office.key)[0] == 201

    assert office.links()["platform"] == "demo.open"


# -- WeChat in trouble --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("errcode", "refusal"),
    [
        (-1, (503, "wechat_busy")),
        (1003, (422, "mini_programs_full")),
        (89407, (422, "mini_programs_full")),
        (45009, (422, "mini_programs_full")),
        (61007, (409, "platform_needed")),
    ],
)
def test_what_wechat_refuses_was_not_asked_for(office: Office, errcode: int, refusal: tuple[int, str]) -> None:
    office.house.play("/faults", {"path": LINK, "errcode": errcode})

    refused = office.link()

    assert code_of(refused) == refusal
    assert office.links()["limits"]["asked_this_month"] == 0
    assert office.link()[0] == 202


def test_a_second_try_that_wechat_refuses_leaves_the_first_one_counted(office: Office) -> None:
    office.link()
    office.answer("official_account", "refuse")
    office.house.clock.advance(hours=1)
    office.house.play("/faults", {"path": LINK, "errcode": 1003})

    office.link()

    assert tables.list_asked(office.find("demo.oa"))[0].link_at == NOON


def test_an_answer_that_was_lost_is_looked_for_before_anybody_is_asked_again(office: Office) -> None:
    office.house.play("/faults", {"path": LINK, "drop_after_effect": True})

    lost = office.link()
    counted = office.links()["limits"]["asked_this_month"]
    again = office.link()

    assert code_of(lost) == (504, "outcome_unknown")
    assert (counted, again[0], again[1]["state"]) == (1, 202, "waits_for_official_account")
    assert office.asked(LINK) == 1


def test_a_request_that_died_before_wechat_was_asked_is_made_good_a_minute_later(office: Office) -> None:
    official = office.find("demo.oa")
    tables.keep_asked(official, Asked(appid=MINI_APPID, link_at=office.house.clock()), before=None)

    at_once = office.link()
    office.house.clock.advance(minutes=1)
    later = office.link()

    assert (at_once[1]["state"], later[1]["state"]) == ("asked", "waits_for_official_account")
    assert office.asked(LINK) == 1


def test_of_two_that_ask_at_once_one_asks_wechat(office: Office) -> None:
    official, real = office.find("demo.oa"), office.house.world
    told = list[str]()

    class Rivalled(type(real.wechat)):  # type: ignore[misc]
        def list_mini_programs(self, token: str) -> Any:
            listed = super().list_mini_programs(token)
            if not told:
                told.append(office.link()[1]["state"])
            return listed

    wechat = Rivalled("http://api.weixin.test", timeout_s=office.house.settings.wechat_timeout_s)
    slow = msgspec.structs.replace(real, wechat=wechat)
    order = LinkOrder(mini_program="demo.mini")

    shown = linking.ask_for_link(official, order, actor="test", world=slow, now=office.house.clock())

    assert (told, shown.state) == (["waits_for_official_account"], "asked")
    assert office.asked(LINK) == 1


def test_of_two_that_have_read_the_same_one_asks_wechat(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    real, told = tables.list_asked, list[str]()

    def overtaken(official: Account) -> list[Asked]:
        read = real(official)
        if not told:
            told.append("")
            told[0] = office.link()[1]["state"]
        return read

    monkeypatch.setattr(tables, "list_asked", overtaken)

    status, shown = office.link()

    assert (told, status, shown["state"]) == (["waits_for_official_account"], 202, "asked")
    assert office.asked(LINK) == 1


@pytest.mark.parametrize("first", [None, NOON - timedelta(days=40)])
def test_what_wechat_did_not_do_is_forgotten_and_what_another_asked_meanwhile_is_not(office: Office, first: datetime | None) -> None:
    official = office.find("demo.oa")
    before = None if first is None else Asked(appid="wx1", link_at=first)
    if before is not None:
        tables.keep_asked(official, before, before=None)
    mine, theirs = Asked(appid="wx1", link_at=NOON), Asked(appid="wx1", link_at=NOON, unlink_at=NOON)

    kept = tables.keep_asked(official, mine, before=before), tables.keep_asked(official, theirs, before=mine)
    tables.forget_asked(official, mine, before=before)
    left = tables.list_asked(official)
    tables.forget_asked(official, theirs, before=before)

    assert kept == (True, True)
    assert left == [theirs]
    assert tables.list_asked(official) == ([] if before is None else [before])


def test_a_month_that_is_full_is_known_before_wechat_is_asked(office: Office) -> None:
    official = office.find("demo.oa")
    for number in range(13):
        tables.keep_asked(official, Asked(appid=f"wx{number:06}", link_at=office.house.clock()), before=None)

    assert code_of(office.link()) == (422, "mini_programs_full")
    assert office.asked(LINK) == 0
    office.house.clock.advance(days=11)
    office.push_ticket()
    assert office.link()[0] == 202


# -- the end of a link --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("appid", [MINI_APPID, STRANGE, "demo.mini", "x", "a%23b"])
def test_what_is_not_linked_cannot_be_unlinked(office: Office, appid: str) -> None:
    office.link()

    assert code_of(office.unlink(appid)) == (404, "mini_program_unlinked")
    assert office.asked(UNLINK) == 0


def test_the_end_of_a_link_is_asked_for_once_in_ten_minutes(office: Office) -> None:
    office.make_linked()
    asked = []

    for passed_s in (0, 599, 1):
        office.house.clock.advance(seconds=passed_s)
        status, waits = office.unlink()
        asked.append((status, waits["state"], office.asked(UNLINK)))

    assert asked == [(202, "unlink_asked", 1), (202, "unlink_asked", 1), (202, "unlink_asked", 2)]


@pytest.mark.parametrize(("errcode", "refusal"), [(89013, (422, "mini_program_blocked")), (-1, (503, "wechat_busy"))])
def test_an_end_that_wechat_refuses_was_not_asked_for(office: Office, errcode: int, refusal: tuple[int, str]) -> None:
    office.make_linked()
    office.house.play("/faults", {"path": UNLINK, "errcode": errcode})

    assert code_of(office.unlink()) == refusal
    assert office.unlink()[0] == 202
    assert office.asked(UNLINK) == 2
    assert office.links()["limits"]["asked_this_month"] == 1


def test_the_list_is_asked_for_with_the_platforms_token_and_none_of_the_accounts_own(office: Office) -> None:
    office.links()

    assert office.asked(LINKS) == 1
    assert office.asked("/cgi-bin/stable_token") == 0
