"""What an entry may be: codes, periods, pages within WeChat's limits, costs by day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.accounts.words import Account, Kind
from chalicelib.entries.rules import addresses, costs, registry
from chalicelib.entries.words import Cost, Entry, EntryOrder, Lead, MiniProgramPage, Period, Placement, Target, Utm, WebPage
from chalicelib.errors import Invalid
from tests.clock import NOON

PAGE = MiniProgramPage(account="demo.mini", path="pages/shop/index", query={"sku": "7"})
OTHER = MiniProgramPage(account="demo.mini", path="pages/feast/index")


def entry(target: Target = PAGE, **changes: Any) -> Entry:
    lead = Lead(name="poster", target=target, **changes)
    return Entry(
        brand="demo",
        id="k3f9x2aq",
        placement=Placement.qr_material,
        account="",
        lead=lead,
        revision=1,
        made_at=NOON,
        changed_at=NOON,
        by="test",
    )


def account(kind: Kind, *origins: str) -> Account:
    return Account(id="demo.mini", brand="demo", name="mini", kind=kind, appid="wx1", web_origins=origins, created_at=NOON)


@given(st.binary(min_size=5, max_size=16))
def test_a_code_is_eight_characters_nobody_mistakes_for_others(raw: bytes) -> None:
    code = registry.write_code(raw)

    assert registry.is_code(code)
    assert not set(code) & set("ilou")


@pytest.mark.parametrize("text", ["demo.k3f9x2aq", "ab.00000000"])
def test_an_entry_is_read_from_what_addresses_name_it(text: str) -> None:
    assert registry.read_public(text) == tuple(text.split("."))


@pytest.mark.parametrize(
    "text", ["", "k3f9x2aq", "demo.k3f9x2a", "demo.k3f9x2aqq", "demo.K3F9X2AQ", "Demo.k3f9x2aq", "demo.k3f9x2aq\n", "d" * 99]
)
def test_what_cannot_be_an_entry_is_none(text: str) -> None:
    assert registry.read_public(text) is None


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-1, PAGE), (0, OTHER), (3599, OTHER), (3600, PAGE), (7200, PAGE)],
    ids=["before", "first", "last", "end", "after"],
)
def test_a_target_is_in_force_from_its_first_second_to_before_its_end(seconds: int, expected: Target) -> None:
    period = Period(starts_at=NOON, ends_at=NOON + timedelta(hours=1), target=OTHER)

    assert registry.in_force(entry(schedule=(period,)).lead, NOON + timedelta(seconds=seconds)) == expected


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 10)), max_size=6))
def test_at_every_moment_one_target_is_in_force_or_the_schedule_is_refused(spans: list[tuple[int, int]]) -> None:
    def at(hour: int) -> datetime:
        return NOON + timedelta(hours=hour)

    periods = tuple(Period(starts_at=at(start), ends_at=at(start + length), target=OTHER) for start, length in spans)
    overlap = any(sum(start <= hour < start + length for start, length in spans) > 1 for hour in range(61))

    try:
        registry.plan_lead(EntryOrder(name="poster", placement=Placement.menu, target=PAGE, schedule=periods))
    except Invalid:
        assert overlap
    else:
        assert not overlap


def test_a_period_that_ends_as_it_begins_is_refused() -> None:
    period = Period(starts_at=NOON, ends_at=NOON, target=OTHER)

    with pytest.raises(Invalid, match="schedule"):
        registry.plan_lead(EntryOrder(name="poster", placement=Placement.menu, target=PAGE, schedule=(period,)))


def test_a_page_carries_its_entry_and_utm_whatever_their_characters() -> None:
    made = entry(utm=Utm(source="微信", campaign="a&b=c#d?e%f"))

    query = parse_qs(addresses.query_of(made, PAGE), strict_parsing=True)

    assert query == {"sku": ["7"], "entry": ["k3f9x2aq"], "utm_source": ["微信"], "utm_campaign": ["a&b=c#d?e%f"]}
    assert set(addresses.query_of(made, PAGE)) <= set("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!#$&'()*+,/:;=?@-._~%")


def test_a_path_of_1024_bytes_is_taken_and_one_of_1025_refused() -> None:
    bare = len(addresses.path_of(entry(), PAGE)) - len("7")
    longest = 1024 - bare
    fits = msgspec.structs.replace(PAGE, query={"sku": "x" * longest})
    over = msgspec.structs.replace(PAGE, query={"sku": "x" * (longest + 1)})

    registry.check_target(entry(fits), fits, account(Kind.mini_program), place="$.target")

    assert len(addresses.path_of(entry(fits), fits)) == 1024
    with pytest.raises(Invalid, match="1025 bytes"):
        registry.check_target(entry(over), over, account(Kind.mini_program), place="$.target")


@pytest.mark.parametrize("name", ["entry", "utm_source", "scene", "jump"])
def test_a_page_says_nothing_that_the_entry_says_itself(name: str) -> None:
    page = msgspec.structs.replace(PAGE, query={name: "x"})

    with pytest.raises(Invalid, match=name):
        registry.check_target(entry(page), page, account(Kind.mini_program), place="$.target")


def test_a_target_of_an_account_of_another_kind_is_refused() -> None:
    with pytest.raises(Invalid, match="another kind"):
        registry.check_target(entry(), PAGE, account(Kind.official_account), place="$.target")


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example.com.evil.test/",
        "https://shop.example.com@evil.test/",
        "https://evil.test/?https://shop.example.com",
        "http://shop.example.com/",
        "https://shop.example.com\\@evil.test/",
        "//evil.test",
    ],
)
def test_a_page_elsewhere_is_no_target(url: str) -> None:
    page = WebPage(account="demo.web", url=url)

    with pytest.raises(Invalid, match="web origin"):
        registry.check_target(entry(page), page, account(Kind.website, "https://shop.example.com"), place="$.target")


def test_an_address_of_2048_characters_with_its_marks_is_taken_and_one_more_refused() -> None:
    home = "https://shop.example.com/?p="
    spare = 2048 - len(addresses.mark(entry(), home))
    fits, over = (WebPage(account="demo.web", url=home + "x" * length) for length in (spare, spare + 1))
    own = account(Kind.website, "https://shop.example.com")

    registry.check_target(entry(fits), fits, own, place="$.target")

    with pytest.raises(Invalid, match="2048"):
        registry.check_target(entry(over), over, own, place="$.target")


@pytest.mark.parametrize(
    ("url", "good"), [("/s/AbC", True), ("/s?__biz=1", True), ("/s", True), ("/shop", False), ("/cgi-bin/x", False), (".evil/s/", False)]
)
def test_an_article_is_known_by_its_address(url: str, good: bool) -> None:
    assert registry.is_article(f"https://mp.weixin.qq.com{url}") is good


@given(st.integers(0, 10**9), st.integers(1, 40), st.data())
def test_a_cost_spread_over_its_days_adds_up_to_the_whole(fen: int, days: int, data: st.DataObject) -> None:
    first = date(2026, 11, 1)
    cost = Cost(first=first, last=first + timedelta(days=days - 1), fen=fen)
    cut = first + timedelta(days=data.draw(st.integers(-1, days)))

    by_day = [costs.cost_fen([cost], first + timedelta(days=day), first + timedelta(days=day)) for day in range(days)]
    two = costs.cost_fen([cost], date(2026, 1, 1), cut) + costs.cost_fen([cost], cut + timedelta(days=1), date(2027, 12, 31))

    assert sum(by_day) == fen == two
    assert costs.spread_costs([cost, cost], first, cut) == {
        first + timedelta(days=day): 2 * each for day, each in enumerate(by_day) if each and first + timedelta(days=day) <= cut
    }
    assert max(by_day) - min(by_day) <= 1
