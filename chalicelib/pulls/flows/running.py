"""Pulls run: what is due is put on the queue, one step is done for each message, and the rest is handed on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime
from itertools import islice

import msgspec

from chalicelib.accounts import tables as accounts
from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account
from chalicelib.beijing import A_DAY, start_of
from chalicelib.errors import Invalid, LiandongError, Missing
from chalicelib.pulls.flows.days import take_snapshot, work_day
from chalicelib.pulls.flows.followers import work_followers
from chalicelib.pulls.flows.leads import work_leads
from chalicelib.pulls.flows.orders import work_orders
from chalicelib.pulls.rules import days, outcomes
from chalicelib.pulls.rules.catalogue import SOURCES, kinds_of
from chalicelib.pulls.tables import figures
from chalicelib.pulls.tables import pulls as tables
from chalicelib.pulls.words import DayOfFigures, Errand, FiguresPage, Pull, PullKind, Pulls, PullShown, Source, Step, Way
from chalicelib.world import World

log = logging.getLogger("liandong.pulls")
WORK: dict[Way, Callable[..., Step]] = {
    Way.report: work_day,
    Way.lives: work_day,
    Way.leads: work_leads,
    Way.snapshot: take_snapshot,
    Way.followers: work_followers,
    Way.orders: work_orders,
}
PAGE_BYTES = 3_000_000
"""Of figures in one answer: Lambda takes six."""


def plan_pulls(*, world: World, now: datetime) -> int:
    """Queue every pull that is due; how many. What the queue does not take is due again the next time."""
    errands = []
    for brand in accounts.list_brands():
        known = tables.list_pulls(brand)
        for account in register.list_accounts(brand):
            for kind in kinds_of(account):
                pull = known.get((account.name, kind))
                if pull is None or outcomes.is_due(pull, now):
                    errands.append(_errand(account, kind, pull, world))
    bodies = [msgspec.json.encode(each).decode() for each in errands]
    return len(bodies) - len(world.queues.send_all("pulls", bodies))


def run_now(account: Account, kind: PullKind, *, world: World, now: datetime) -> PullShown:
    """Queue a pull, due or not, or `Busy`; also one that WeChat has refused before."""
    pull = tables.read_pull(account.brand, account.name, kind)
    world.queues.send("pulls", msgspec.json.encode(_errand(account, kind, pull, world)).decode())
    return outcomes.show(kind, SOURCES[kind], pull, now=now)


def work(errand: Errand, *, world: World, now: datetime) -> None:
    """One step of a pull. A message of an earlier version is of a step that was done: whoever did it hands on."""
    try:
        account = register.find_account(errand.account, world=world, now=now)
    except Missing:
        return
    pull = tables.read_pull(account.brand, account.name, errand.kind) or _begin(account, errand.kind, world=world, now=now)
    if pull.version != errand.version:
        return
    step = _step(account, pull, world=world, now=now)
    if not tables.keep_pull(step.pull, version=pull.version):
        return
    left = errand.calls_left - max(step.calls, 1)
    if step.more and left > 0:
        following = Errand(account=account.id, kind=pull.kind, version=step.pull.version, calls_left=left)
        world.queues.send("pulls", msgspec.json.encode(following).decode())


def show_pulls(account: Account, *, now: datetime) -> Pulls:
    """Everything that is fetched of an account, and how far it has come."""
    known = tables.list_pulls(account.brand, account.name)
    shown = [outcomes.show(kind, SOURCES[kind], known.get((account.name, kind)), now=now) for kind in kinds_of(account)]
    return Pulls(account=account.id, pulls=tuple(shown))


def find_kind(account: Account, text: str) -> PullKind:
    """A kind that is fetched of this account, by its name."""
    for kind in kinds_of(account):
        if kind.value == text:
            return kind
    raise Missing(code="pull_missing")


def list_figures(account: Account, kind: PullKind, *, first: date, last: date, most: int) -> tuple[FiguresPage, date | None]:
    """So many days of figures, or fewer big ones; and the day the next page begins with."""
    if SOURCES[kind].way is Way.orders:
        raise Invalid("Orders of the shop are records: GET /v1/people/{person}/records has them - at `$.kind`.")
    found = list(islice(figures.list_figures(account.brand, account.name, kind, first=first, last=last), most + 1))
    shown = _as_many_as_fit(found[:most])
    rest = found[len(shown) :]
    return FiguresPage(kind=kind, days=tuple(shown), cursor=None), rest[0].day if rest else None


def _as_many_as_fit(found: list[DayOfFigures]) -> list[DayOfFigures]:
    size, shown = 0, list[DayOfFigures]()
    for each in found:
        size += len(msgspec.json.encode(each))
        if shown and size > PAGE_BYTES:
            return shown
        shown.append(each)
    return shown


def _errand(account: Account, kind: PullKind, pull: Pull | None, world: World) -> Errand:
    version = pull.version if pull else 0
    return Errand(account=account.id, kind=kind, version=version, calls_left=world.settings.pull_calls_per_run)


def _step(account: Account, pull: Pull, *, world: World, now: datetime) -> Step:
    source = SOURCES[pull.kind]
    try:
        return WORK[source.way](account, pull, source, world=world, now=now)
    except LiandongError as error:
        log.warning("the pull %s of %s stopped: %s", pull.kind.value, account.id, error.message)
        return Step(outcomes.stop_after(pull, error, now=now))


def _begin(account: Account, kind: PullKind, *, world: World, now: datetime) -> Pull:
    """A pull before its first step: where it begins is kept with whatever that step comes to, so no later start can skip a day."""
    return Pull(brand=account.brand, account=account.name, kind=kind, watermark=_first_watermark(SOURCES[kind], world, now), next_at=now)


def _first_watermark(source: Source, world: World, now: datetime) -> str:
    settings = world.settings
    day = days.before_first_day(now, source, hour=settings.figures_ready_hour, days=settings.pull_history_days)
    return start_of(day + A_DAY).isoformat() if source.way is Way.orders else str(day)
