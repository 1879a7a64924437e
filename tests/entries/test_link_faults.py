"""Whatever goes wrong while an entry is made and its links are: one entry, a good link, and never a look that got lost."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from chalicelib.accounts import tables as accounts
from chalicelib.accounts.tables import tokens
from chalicelib.accounts.words import Account, Kind, Slot, Token
from chalicelib.entries.flows import links, registry
from chalicelib.entries.rules import links as rules
from chalicelib.entries.tables.links import claim_asking, list_looks, read_opened
from chalicelib.entries.tables.quotas import read_used
from chalicelib.entries.words import EntryChange, EntryOrder, MiniProgramPage, Placement
from chalicelib.entries.words.links import Link, LinkKind
from chalicelib.errors import Busy, Conflict
from chalicelib.wechat.gateway import Gateway
from chalicelib.world import World
from tests.clock import NOON
from tests.faults import Chaos, try_every_fault, try_seeds
from tests.house import WECHAT
from tests.small_world import SmallWorld, small_world

MINI = Account(id="demo.mini", brand="demo", name="mini", kind=Kind.mini_program, appid="wx1", created_at=NOON)
ORDER = EntryOrder(name="poster", placement=Placement.qr_material, target=MiniProgramPage(account="demo.mini", path="pages/index/index"))


class Links(Gateway):
    """A WeChat that makes links and counts them."""

    def __init__(self) -> None:
        super().__init__(WECHAT, timeout_s=1)
        self._numbers = itertools.count(1)
        self.made = 0

    def make_url_link(self, token: str, page: str, query: str) -> str:
        self.made = next(self._numbers)
        return f"https://wxaurl.cn/{self.made}"


def on_ground(play: Callable[[Chaos, SmallWorld, World, Links], None]) -> Callable[[Chaos], None]:
    """A brand with a mini program whose token is there."""

    def played(chaos: Chaos) -> None:
        with small_world(chaos.seed, old_reads=0.5) as small:
            wechat = Links()
            accounts.create_brand("demo", "Demo", now=NOON)
            accounts.claim_account(MINI)
            accounts.finish_account(MINI)
            tokens.take_lease(Slot("demo", "wx1"), "lease", tokens.read_token(Slot("demo", "wx1")), now=NOON, for_s=60)
            kept = Token(value="t", version=1, expires_at=NOON + timedelta(days=400))
            tokens.keep_token(Slot("demo", "wx1"), "lease", kept)
            play(chaos, small, msgspec.structs.replace(small.world, wechat=wechat), wechat)

    return played


def make(world: World, small: SmallWorld) -> str:
    entry, _ = registry.create_entry("demo", ORDER, ordered="k", actor="test", world=world, now=small.clock())
    return entry.id


def check(small: SmallWorld, world: World, wechat: Links, code: str) -> None:
    """One entry with one link that is good, one look ahead, and no link that was not counted."""
    page = registry.list_entries("demo", None, after=None, most=10, home="", now=small.clock())
    assert [each.id for each in page.entries] == [code]
    assert [bool(link.value and link.ends_at and link.ends_at > small.clock()) for link in links_of(code)] == [True]
    looks = list_looks("demo", small.clock() + timedelta(days=40), most=10)
    assert [found for _, found in looks] == [code]
    assert looks[0][0] > f"{int(small.clock().timestamp()):012d}"
    assert read_used("demo", f"links#mini#{small.clock():%Y-%m-%d}") >= wechat.made


def links_of(code: str) -> tuple[Link, ...]:
    opened = read_opened("demo", code)
    assert opened is not None
    return opened.links


def test_a_fault_at_any_call_of_making_an_entry_leaves_one_entry_with_a_good_link() -> None:
    def play(chaos: Chaos, small: SmallWorld, world: World, wechat: Links) -> None:
        (code,) = chaos.run(lambda: make(world, small))
        small.clock.advance(minutes=10)
        links.renew_links(world=world, now=small.clock())

        check(small, world, wechat, code)

    assert try_every_fault(on_ground(play)) > 60


def test_a_fault_at_any_call_of_a_renewal_leaves_a_good_link_and_its_look() -> None:
    def play(chaos: Chaos, small: SmallWorld, world: World, wechat: Links) -> None:
        code = make(world, small)
        small.clock.advance(days=29, hours=1)
        wechat.made = 0
        chaos.run(lambda: links.renew_links(world=world, now=small.clock()))
        for _ in range(3):  # brands are listed by a read that may be old
            small.clock.advance(minutes=10)
            links.renew_links(world=world, now=small.clock())

        assert all(link.ends_at and link.ends_at > small.clock() + timedelta(days=28) for link in links_of(code))
        assert [found for _, found in list_looks("demo", small.clock() + timedelta(days=40), most=10)] == [code]

    assert try_every_fault(on_ground(play)) > 30


def test_two_runs_at_once_in_any_order_leave_one_link_and_one_look() -> None:
    def play(chaos: Chaos, small: SmallWorld, world: World, wechat: Links) -> None:
        code = make(world, small)
        small.clock.advance(days=29, hours=1)
        chaos.run(*[lambda: links.renew_links(world=world, now=small.clock())] * 2)

        assert len(links_of(code)) == 1
        assert [found for _, found in list_looks("demo", small.clock() + timedelta(days=40), most=10)] == [code]

    try_seeds(on_ground(play), 20, chance=0.05)


def test_who_asks_for_a_link_that_somebody_has_made_at_this_moment_is_given_the_same_for_one_of_the_day_s() -> None:
    def play(chaos: Chaos, small: SmallWorld, world: World, wechat: Links) -> None:
        code = make(world, small)
        small.clock.advance(days=31)
        wechat.made = 0
        opened = read_opened("demo", code)
        assert opened is not None

        asked = chaos.run(*[lambda: links.have_link(opened, LinkKind.url_link, ORDER.target, world=world, now=small.clock())] * 2)

        assert [link.value for link in asked] == [links_of(code)[0].value] * 2
        assert wechat.made == 2  # the first was for the entry itself
        assert read_used("demo", f"links#mini#{small.clock():%Y-%m-%d}") == 1

    try_seeds(on_ground(play), 40, chance=0.0)


def test_a_link_whose_maker_crashed_is_made_by_the_next_half_a_minute_later() -> None:
    def play(chaos: Chaos, small: SmallWorld, world: World, wechat: Links) -> None:
        code = make(world, small)
        small.clock.advance(days=31)
        opened = read_opened("demo", code)
        assert opened is not None
        mark = rules.mark_of(opened.entry, ORDER.target)
        assert claim_asking(opened.entry, LinkKind.url_link, mark, "crashed", now=small.clock(), until=small.clock() + links.LONGEST_ASKING)

        def ask() -> Link:
            return links.have_link(opened, LinkKind.url_link, ORDER.target, world=world, now=small.clock())

        with pytest.raises(Busy):
            ask()
        small.clock.advance(seconds=31)

        assert ask().value == links_of(code)[0].value

    on_ground(play)(Chaos())


def test_the_last_of_a_day_s_links_is_had_once_by_whoever_comes_first() -> None:
    def play(chaos: Chaos, small: SmallWorld, world: World, wechat: Links) -> None:
        settings = msgspec.structs.replace(world.settings, links_per_day=1)
        narrow = msgspec.structs.replace(world, settings=settings)
        codes = chaos.run(
            lambda: registry.create_entry("demo", ORDER, ordered="a", actor="test", world=narrow, now=small.clock())[0].id,
            lambda: registry.create_entry("demo", ORDER, ordered="b", actor="test", world=narrow, now=small.clock())[0].id,
        )

        good = [link for code in codes for link in links_of(code) if link.value]
        assert len(good) == wechat.made == 1

    try_seeds(on_ground(play), 20, chance=0.0)


def test_two_entries_that_draw_one_code_at_once_are_two_entries() -> None:
    def play(chaos: Chaos, small: SmallWorld, world: World, wechat: Links) -> None:
        def create(name: str) -> str:
            drawn = iter([bytes(8), *(bytes([number] * 8) for number in name.encode())])
            drawing = msgspec.structs.replace(world, random_bytes=lambda size: next(drawn))
            order = msgspec.structs.replace(ORDER, name=name)
            return registry.create_entry("demo", order, ordered=None, actor="test", world=drawing, now=small.clock())[0].id

        codes = chaos.run(lambda: create("a"), lambda: create("b"))

        assert [registry.find_entry("demo", code).lead.name for code in codes] == ["a", "b"]

    try_seeds(on_ground(play), 30, chance=0.0)


def test_of_two_changes_upon_one_revision_one_is_refused() -> None:
    def play(chaos: Chaos, small: SmallWorld, world: World, wechat: Links) -> None:
        code = make(world, small)

        def change(name: str) -> str:
            order = EntryChange(revision=1, name=name, target=ORDER.target)
            try:
                return registry.change_entry("demo", code, order, actor="test", world=world, now=small.clock())[0].lead.name
            except Conflict:
                return ""

        names = chaos.run(lambda: change("a"), lambda: change("b"))

        assert sorted(names)[0] == ""
        assert registry.find_entry("demo", code).lead.name == sorted(names)[1]

    try_seeds(on_ground(play), 30, chance=0.0)
