"""Which rule asks, and by which means WeChat allows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.accounts.words import Kind
from chalicelib.guidance.rules import choosing, means
from chalicelib.guidance.words import Cap, Means, Reason, Seen, Sight
from chalicelib.identity.words import Folded, Key, read_key
from tests.guidance.ground import asked, order, rule
from tests.house import NOON

MINI, PAGE, APP = Kind.mini_program, Kind.official_account, Kind.app
TO_APP = {"kind": "app", "account": "demo.app", "page": "pages/app/index"}
TO_CHANNELS = {"kind": "channels", "finder_user_name": "sphABC123"}


def key(text: str) -> Key:
    return read_key(text)


def folded(*keys: str, first_at: Any = NOON) -> Folded:
    own = key("openid#mini#a")
    return Folded(brand="demo", person="P", key=own, keys=(own, *map(key, keys)), cluster="C", version=1, first_at=first_at)


def way(target: dict[str, Any], end: Kind = MINI, **question: Any) -> tuple[Means, str] | None:
    (made,) = order(rule(target=target)).rules
    found = means.choose_way(made.target, end, asked(**question))
    return None if found is None else (found.means, found.value)


def choose(made: dict[str, Any], who: Folded, *, followed: set[str] | None = None, end: Kind = MINI) -> object:
    reachable = choosing.reachable(order(made).rules, end, asked())
    found = choosing.choose(reachable, who, followed or set(), end, new_for_days=7, now=NOON)
    return found if isinstance(found, Reason) else found.rule.name


# -- never ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("question", "reason"), [({"dwell_s": 0}, "on_entry"), ({"pages": 1}, "on_entry"), ({"pages": 2}, None)])
def test_nobody_is_asked_on_entry(question: dict[str, int], reason: str | None) -> None:
    assert choosing.why_never(order(), asked(**question)) == reason


@pytest.mark.parametrize(
    ("page", "paying"),
    [
        ("pages/pay/index", True),
        ("pages/order/submitPay", True),
        ("pages/wxpay", True),
        ("pages/checkout/index", True),
        ("pages/Cashier", True),
        ("pages/till/index", True),
        ("pages/TILL/index", True),
        ("pages/display/index", False),
        ("pages/item/index", False),
    ],
)
def test_nobody_is_asked_where_they_pay(page: str, paying: bool) -> None:
    named = order(payment_pages=["pages/till/index"])

    assert (choosing.why_never(named, asked(page=page)) is Reason.payment_page) == paying


# -- when ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dwell_s", "fits"), [(4, False), (5, True), (6, True)])
def test_dwell_is_true_after_its_seconds(dwell_s: int, fits: bool) -> None:
    assert bool(choosing.fitting_rules(order(), asked(dwell_s=dwell_s))) == fits


def test_other_triggers_need_no_dwell_and_are_not_each_other() -> None:
    served = order(rule(trigger="service_done"))

    assert [bool(choosing.fitting_rules(served, asked(dwell_s=1, trigger=each))) for each in ("service_done", "leaving")] == [True, False]


def test_a_rule_with_placements_asks_there_alone() -> None:
    there = order(rule(placements=["shelf", "done"]))

    assert [bool(choosing.fitting_rules(there, asked(placement=each))) for each in ("shelf", "done", "home")] == [True, True, False]


# -- whom ----------------------------------------------------------------------------------------------------------------


def test_whoever_follows_with_any_openid_is_never_asked() -> None:
    assert choose(rule(), folded(), followed={"oa"}) is Reason.already_there
    assert choose(rule(), folded(), followed={"other"}) == "stay"


@pytest.mark.parametrize("extra", ["openid#app#b", "app_uid##b"])
def test_whoever_has_the_app_is_never_sent_to_it(extra: str) -> None:
    made = rule(target=TO_APP)

    assert choose(made, folded(extra)) is Reason.already_there
    assert choose(made, folded()) == "stay"


def test_a_known_phone_is_one_of_the_persons_identifiers() -> None:
    made = rule(audience="known_phone")

    assert [choose(made, folded()), choose(made, folded("phone##b"))] == [Reason.audience, "stay"]


@pytest.mark.parametrize(("days", "fits"), [(6.9, True), (7, False)])
def test_somebody_is_new_for_so_many_days(days: float, fits: bool) -> None:
    found = choose(rule(audience="new"), folded(first_at=NOON - timedelta(days=days)))

    assert (found == "stay") == fits


# -- how -----------------------------------------------------------------------------------------------------------------

FOLLOW = {
    "kind": "official_account",
    "account": "demo.oa",
    "qr_page": "pages/follow/index",
    "article": "https://mp.weixin.qq.com/s/abc",
    "qr_image": "https://shop.example.com/qr.png",
}
COMPONENT = (Means.official_account_component, "")
QR_PAGE = (Means.qr_page, "pages/follow/index")


@pytest.mark.parametrize("scene", [1011, 1017, 1025, 1047, 1124])
def test_the_component_shows_where_wechat_renders_it(scene: int) -> None:
    assert way(FOLLOW, scene=scene) == COMPONENT


@pytest.mark.parametrize("scene", [None, 1001, 1007, 1035, 1048, 1089, 1154])
def test_elsewhere_a_page_with_the_code_takes_its_place(scene: int | None) -> None:
    assert way(FOLLOW, scene=scene) == QR_PAGE


@pytest.mark.parametrize("scene", [1001, 1038, 1041, 1089, 1090, 1104, 1131, 1187])
def test_a_way_back_counts_after_an_entry_that_counts(scene: int) -> None:
    assert way(FOLLOW, scene=scene, launch_scene=1047) == COMPONENT
    assert way(FOLLOW, scene=scene, launch_scene=1007) == QR_PAGE


def test_an_article_and_the_picture_are_for_those_who_have_nothing_shorter() -> None:
    without_page = {**FOLLOW, "qr_page": ""}

    assert way(without_page) == (Means.article, "https://mp.weixin.qq.com/s/abc")
    assert way(without_page, PAGE) == (Means.article, "https://mp.weixin.qq.com/s/abc")
    assert way({**without_page, "article": ""}, PAGE) == (Means.qr_image, "https://shop.example.com/qr.png")
    assert way(FOLLOW, APP) == (Means.qr_image, "https://shop.example.com/qr.png")
    assert way({"kind": "official_account", "account": "demo.oa"}) is None


@pytest.mark.parametrize(
    ("scene", "launch_scene", "opens"),
    [(1069, None, True), (1036, None, True), (1089, 1069, True), (1089, 1001, False), (1047, 1069, False)],
)
def test_an_app_opens_only_where_wechat_lets_it(scene: int, launch_scene: int | None, opens: bool) -> None:
    found = way(TO_APP, scene=scene, launch_scene=launch_scene)

    assert found == ((Means.launch_app, "") if opens else (Means.app_page, "pages/app/index"))


def test_channels_open_in_a_mini_program_alone() -> None:
    assert way(TO_CHANNELS) == (Means.channels_profile, "sphABC123")
    assert way(TO_CHANNELS, PAGE) is None


# -- how often -----------------------------------------------------------------------------------------------------------


def sight(*ages_h: float, name: str = "a") -> Sight:
    seen = tuple(Seen(f"{name}{age}", int((NOON - timedelta(hours=age)).timestamp())) for age in ages_h)
    return Sight(key=name, seen=seen, revision=1)


@pytest.mark.parametrize(("age_h", "capped"), [(0, True), (23.99, True), (24, False)])
def test_a_cap_lasts_its_hours(age_h: float, capped: bool) -> None:
    assert choosing.is_capped([sight(age_h)], Cap(), now=NOON) == capped


def test_what_two_identifiers_of_one_person_were_shown_counts_together() -> None:
    both = [sight(1), sight(2, name="b")]

    assert [choosing.is_capped(both, Cap(most=most), now=NOON) for most in (1, 2, 3)] == [True, True, False]


def test_what_is_remembered_stays_small() -> None:
    full = sight(*range(49, -1, -1), 40 * 24)

    after = choosing.remember(full, Seen("new", int(NOON.timestamp())), now=NOON)

    assert (len(after.seen), after.seen[-1].id, after.revision) == (50, "new", 2)
