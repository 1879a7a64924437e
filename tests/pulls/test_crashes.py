"""A pull interrupted at every step: no day, no order and no follow is left out or counted twice."""

from __future__ import annotations

from functools import partial

import msgspec
import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from chalicelib.accounts.flows import register
from chalicelib.aws.tables import TableError
from chalicelib.errors import Busy
from chalicelib.pulls.flows import reconciling, running
from chalicelib.pulls.tables import figures
from chalicelib.pulls.tables import pulls as tables
from chalicelib.pulls.words import Errand, Pull, PullKind
from tests.builders import make_user
from tests.faults import Chaos, Fate, try_every_fault, try_every_order
from tests.house import REGION, House
from tests.pulls.source import SHOP_APPID, Brand, Told

STEP = Errand(account="demo.oa", kind=PullKind.follower_changes, version=0, calls_left=100)
DAYS = ["2026-11-18", "2026-11-19"]


def forget(house: House, table: str) -> None:
    """The rows of one table, quicker than a new house."""
    dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[f"liandong-local-{table}"].items.clear()


def work(brand: Brand, errand: Errand) -> None:
    running.work(errand, world=brand.house.world, now=brand.house.clock())


def kept(kind: PullKind = PullKind.follower_changes, account: str = "oa") -> Pull:
    pull = tables.read_pull("demo", account, kind)
    assert pull is not None
    return pull


def test_a_day_interrupted_anywhere_is_kept_whole_and_the_next_run_goes_on(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "put_metric", Told())
    brand.run()

    def play(chaos: Chaos) -> None:
        forget(brand.house, "counters")
        brand.house.new_container()

        chaos.run(lambda: work(brand, STEP))
        brand.run()

        assert list(brand.figures("follower_changes")) == DAYS
        assert (kept().watermark, kept().reason) == (DAYS[-1], None)

    assert try_every_fault(play, fates=(Fate.crashes_before, Fate.crashes_after, Fate.answer_lost)) > 15


def test_the_day_is_never_behind_the_pull_before_its_figures_are_kept(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*asked: object) -> None:
        raise TableError("the table is away")

    monkeypatch.setattr(figures, "keep_figures", fail)
    with pytest.raises(TableError):
        work(brand, STEP)

    assert tables.read_pull("demo", "oa", PullKind.follower_changes) is None


def test_two_workers_at_once_are_one_step(brand: Brand) -> None:
    brand.run()

    def play(chaos: Chaos) -> None:
        forget(brand.house, "counters")
        brand.house.new_container()

        chaos.run(lambda: work(brand, STEP), lambda: work(brand, STEP))

        assert (kept().watermark, kept().version) == (DAYS[0], 1)
        following = [msgspec.json.decode(body) for body in brand.take_queued()]
        assert [each["version"] for each in following] == [1]

    assert try_every_order(play, switches=2) > 10


def test_who_starts_first_says_where_a_pull_begins(brand: Brand) -> None:
    brand.fault("/datacube/getusersummary", -1)
    work(brand, STEP)
    began = kept().watermark

    brand.later(days=3)
    brand.run()

    assert began == "2026-11-17"
    assert next(iter(brand.figures("follower_changes"))) == "2026-11-18"


def test_what_the_queue_does_not_take_is_taken_up_by_the_next_run(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(queue: str, body: str) -> None:
        raise Busy

    with monkeypatch.context() as patched:
        patched.setattr(brand.house.world.queues, "send", refuse)
        with pytest.raises(Busy):
            work(brand, STEP)

    brand.run()

    assert kept().watermark == DAYS[-1]


def test_orders_interrupted_anywhere_are_each_brought_and_stored_once(brand: Brand) -> None:
    brand.add("shop", "channels_shop", SHOP_APPID)
    brand.run("shop_orders")
    brand.house.play("/settings", {"hold_pushes": True})
    brand.house.play(f"/users/{make_user(brand.house)}/buy", {"appid": SHOP_APPID, "wait": False})
    brand.later(minutes=10)
    account = register.find_account("demo.shop", world=brand.house.world, now=brand.house.clock())
    before = kept(PullKind.shop_orders, "shop")

    def play(chaos: Chaos) -> None:
        forget(brand.house, "counters")
        forget(brand.house, "records")
        assert tables.keep_pull(msgspec.structs.replace(before, version=1), version=0)

        for version in (1, 2):
            errand = Errand(account=account.id, kind=PullKind.shop_orders, version=version, calls_left=100)
            chaos.run(partial(work, brand, errand))
        brand.later(minutes=10)
        brand.run("shop_orders")

        current = [row for row in brand.house.rows("records") if "revision" in row]
        assert [row["revision"]["N"] for row in current] == ["1"]
        assert kept(PullKind.shop_orders, "shop").position == ""
        assert kept(PullKind.shop_orders, "shop").watermark > before.watermark

    assert try_every_fault(play, fates=(Fate.crashes_after,)) > 10
