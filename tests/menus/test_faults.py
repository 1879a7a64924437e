"""Whatever goes wrong between our rows and WeChat: in the end it shows what is due, each tap is counted once, no menu is there twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

import msgspec
import pytest

from chalicelib.accounts import tables as accounts
from chalicelib.accounts.tables.tokens import TokenRow
from chalicelib.accounts.words import Account, CallbackMode, Kind
from chalicelib.errors import Refused, TooMany
from chalicelib.lint.words import PublishOrder
from chalicelib.menus.flows import conditional, counting, holidays, publishing, telling
from chalicelib.menus.tables import calls, states
from chalicelib.menus.words.holidays import ConditionalOrder, HolidayOrder
from chalicelib.menus.words.menu import DraftOrder, Told
from chalicelib.wechat.gateway import Gateway
from chalicelib.wechat.menus import ConditionalMenu, Menus
from chalicelib.wechat.messages.acts import MenuClicked
from tests.faults import FAULTS, Chaos, Fate, try_every_fault, try_seeds
from tests.small_world import SmallWorld, small_world

FIVE = timedelta(minutes=5)
TELLING = [Fate.crashes_after, Fate.asked_twice, Fate.throttled]
"""The faults of which the others are kinds."""


class OneWeChat:
    """Shows what it was told last, and keeps the menus for some."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.some: dict[str, ConditionalMenu] = {}
        self._made = 0

    def create_menu(self, token: str, menu: dict[str, Any]) -> None:
        self.shown = [button["name"] for button in menu["button"]]

    def delete_menu(self, token: str) -> None:
        self.shown = []

    def add_conditional_menu(self, token: str, menu: dict[str, Any], rule: dict[str, str]) -> str:
        self._made += 1
        self.some[str(self._made)] = ConditionalMenu(str(self._made), tuple(menu["button"]), rule)
        return str(self._made)

    def delete_conditional_menu(self, token: str, menuid: str) -> None:
        self.some.pop(menuid, None)

    def fetch_menus(self, token: str) -> Menus:
        return Menus((), tuple(self.some.values()))


class Ground:
    """An official account with a menu in force, before a WeChat that always answers; AWS is where things go wrong."""

    def __init__(self, small: SmallWorld) -> None:
        self.small, self.wechat = small, OneWeChat()
        self.world = msgspec.structs.replace(small.world, wechat=cast(Gateway, self.wechat))
        accounts.create_brand("demo", "Demo", now=small.clock())
        self.account = Account(
            id="demo.oa",
            brand="demo",
            name="oa",
            kind=Kind.official_account,
            appid="wx00000000000000a1",
            title="",
            original_id="gh_1",
            callback_mode=CallbackMode.safe,
            web_login=True,
            platform="",
            created_at=small.clock(),
        )
        accounts.claim_account(self.account)
        accounts.finish_account(self.account)
        ends = int((small.clock() + timedelta(days=2)).timestamp())
        TokenRow("demo", f"{self.account.appid}#access_token", token="T", expires_at=ends, version=1).save()
        self.publish("平日")

    def publish(self, name: str) -> None:
        """What somebody does who does it again when it broke off, until it is done or refused."""
        order = msgspec.convert({"buttons": [{"name": name, "type": "click", "key": "K"}]}, DraftOrder)
        publishing.drop_draft(self.account)
        draft = publishing.save_draft(self.account, order, actor="test", world=self.world, now=self.small.clock())
        publishing.publish(self.account, PublishOrder(revision=draft.revision), actor="test", world=self.world, now=self.small.clock())

    def plan(self, name: str, minutes: int) -> None:
        begins = self.small.clock() + timedelta(minutes=minutes)
        order = msgspec.convert(
            {"from_at": begins, "until_at": begins + FIVE, "buttons": [{"name": name, "type": "click", "key": "K"}]}, HolidayOrder
        )
        holidays.plan_holiday(self.account, "feast", order, actor="test", world=self.world, now=self.small.clock())

    def show_some(self, name: str) -> None:
        order = msgspec.convert({"platform": "ios", "buttons": [{"name": name, "type": "click", "key": "K"}]}, ConditionalOrder)
        conditional.publish_for_some(
            self.account,
            "ios",
            order,
            document=telling.document_of(self.account),
            actor="test",
            world=self.world,
            now=self.small.clock(),
        )

    def turn(self) -> None:
        telling.turn_menus(world=self.world, now=self.small.clock())

    def check_settled(self, *, shows: str) -> None:
        state = states.read_state(self.account)
        assert self.wechat.shown == [shows]
        assert (state.telling, state.unsettled_at, state.trouble) == ("", None, "")
        assert publishing.show_menu(self.account, world=self.world, now=self.small.clock()).told is Told.live


@contextmanager
def open_ground(seed: int) -> Iterator[Ground]:
    with small_world(seed) as small:
        yield Ground(small)


def on_ground(play: Callable[[Chaos, Ground], None]) -> Callable[[Chaos], None]:
    def played(chaos: Chaos) -> None:
        with open_ground(chaos.seed) as ground:
            play(chaos, ground)

    return played


def unless_refused(work: Callable[[], None]) -> Callable[[], None]:
    """Who does it again may find that it is done, or that somebody else's draft is there."""

    def tried() -> None:
        try:
            work()
        except Refused:
            return

    return tried


@pytest.mark.parametrize(("call", "most"), calls.DAILY.items())
def test_what_wechat_allows_in_a_day_is_counted_until_midnight_in_beijing(call: str, most: int) -> None:
    with open_ground(0) as ground:
        now = datetime(2026, 11, 21, 15, 59, 50, tzinfo=UTC)
        calls.CallsRow("demo#menu_calls#oa", call, day="2026-11-21", made=most - 1).save()

        calls.count(ground.account, call, now=now)
        with pytest.raises(TooMany) as refused:
            calls.count(ground.account, call, now=now)
        calls.count(ground.account, call, now=now + timedelta(seconds=10))

    assert (refused.value.code, refused.value.retry_after_s) == ("too_many_menu_calls", 11)


def test_wechat_s_calls_of_a_day_are_as_many_as_it_allows() -> None:
    assert calls.DAILY == {"menu": 1_000, "addconditional": 2_000, "delconditional": 2_000, "trymatch": 20_000, "menu_get": 10_000}


def test_two_who_make_the_first_call_of_a_day_at_once_are_both_counted() -> None:
    def play(chaos: Chaos, ground: Ground) -> None:
        now = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
        calls.CallsRow("demo#menu_calls#oa", "trymatch", day="2026-11-21", made=7).save()

        chaos.run(*[partial(calls.count, ground.account, "trymatch", now=now)] * 2)

        assert calls.CallsRow.get("demo#menu_calls#oa", "trymatch").made == 2

    try_seeds(on_ground(play), 20, chance=0.0)


@pytest.mark.parametrize("fate", FAULTS, ids=lambda fate: fate.name)
def test_a_fault_at_any_call_while_a_menu_is_published_leaves_what_is_in_force_shown(fate: Any) -> None:
    def play(chaos: Chaos, ground: Ground) -> None:
        chaos.run(unless_refused(partial(ground.publish, "新的")))
        ground.small.clock.advance(seconds=101)
        chaos.run(ground.turn)
        ground.small.clock.advance(seconds=101)
        ground.turn()

        ground.check_settled(shows="新的")

    assert try_every_fault(on_ground(play), fates=[fate]) > 10


@pytest.mark.parametrize("fate", TELLING, ids=lambda fate: fate.name)
def test_a_fault_at_any_call_while_a_holiday_is_planned_comes_and_goes_shows_it_and_puts_the_menu_back(fate: Any) -> None:
    def play(chaos: Chaos, ground: Ground) -> None:
        chaos.run(partial(ground.plan, "节日", 4))
        ground.small.clock.advance(minutes=4)
        chaos.run(ground.turn)
        ground.small.clock.advance(seconds=101)
        ground.turn()
        ground.check_settled(shows="节日")
        ground.small.clock.advance(minutes=5)
        chaos.run(ground.turn)
        ground.small.clock.advance(seconds=101)
        ground.turn()

        ground.check_settled(shows="平日")

    assert try_every_fault(on_ground(play), fates=[fate]) > 20


@pytest.mark.parametrize("fate", TELLING, ids=lambda fate: fate.name)
def test_a_fault_at_any_call_while_a_menu_for_some_is_told_leaves_one(fate: Any) -> None:
    def play(chaos: Chaos, ground: Ground) -> None:
        ground.show_some("从前")
        ground.small.clock.advance(seconds=5)
        chaos.run(partial(ground.show_some, "会员"))
        ground.small.clock.advance(seconds=101)
        chaos.run(ground.turn)
        ground.small.clock.advance(seconds=101)
        ground.turn()

        (kept,) = ground.wechat.some.values()
        shown = conditional.show_for_some(ground.account, "ios")
        assert [button["name"] for button in kept.button] == ["会员"]
        assert (shown.settled, shown.menuid) == (True, kept.menuid)

    assert try_every_fault(on_ground(play), fates=[fate]) > 10


@pytest.mark.parametrize("fate", FAULTS, ids=lambda fate: fate.name)
def test_a_fault_at_any_call_while_two_taps_are_counted_counts_each_once(fate: Any) -> None:
    def play(chaos: Chaos, ground: Ground) -> None:
        now = ground.small.clock()
        tap = MenuClicked(to_account="gh_1", from_user="o1", created_at=now, event_key="K")

        chaos.run(*[partial(counting.note_tap, ground.account, callback, tap) for callback in ("c1", "c2", "c1")])

        counted = ground.small.dynamo.rows(pk="demo#C#oa")
        assert sum(int(row["clicks"]["N"]) for row in counted) == 2

    assert try_every_fault(on_ground(play), fates=[fate]) > 2
