"""Forms of live rooms: each day's, component after component and page after page, brought to the hub; how many there were is the figure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial

import msgspec

from chalicelib.accounts.flows import tokens
from chalicelib.accounts.words import Account
from chalicelib.pulls.flows.bringing import bring
from chalicelib.pulls.rules import days, outcomes
from chalicelib.pulls.rules import leads as rules
from chalicelib.pulls.tables import figures
from chalicelib.pulls.words import Counted, DayOfFigures, LeadsPlace, Pull, Source, Step
from chalicelib.world import World


def work_leads(account: Account, pull: Pull, source: Source, *, world: World, now: datetime) -> Step:
    """The next page of forms, or, when there are no more of the day, the day itself."""
    day = outcomes.next_day(pull)
    ready_at = days.ready_at(day, source, hour=world.settings.figures_ready_hour)
    if now < ready_at:
        return Step(outcomes.move(pull, now=now, next_at=ready_at))
    if not pull.position:
        components = _list_components(account, world=world, now=now)
        place = LeadsPlace(waiting=components, counted=tuple(Counted(each) for each in components))
        return Step(_stand_at(pull, place, now=now), 1, more=True)
    place = msgspec.json.decode(pull.position, type=LeadsPlace)
    if place.waiting:
        return Step(_stand_at(pull, _fetch_page(account, place, day, world=world, now=now), now=now), 1, more=True)
    lines = tuple(msgspec.to_builtins(each) for each in place.counted)
    figures.keep_figures(account.brand, account.name, pull.kind, DayOfFigures(day=day, told_at=now, lines=lines))
    following = ready_at + timedelta(days=1)
    return Step(outcomes.move(pull, now=now, watermark=str(day), next_at=max(following, now)), more=following <= now)


def _list_components(account: Account, *, world: World, now: datetime) -> tuple[str, ...]:
    """Every component: a handful."""
    found: list[str] = []
    following: str | None = ""
    while following is not None:
        list_next = partial(world.wechat.list_lead_components, following=following)
        page = tokens.with_token(account, list_next, world=world, now=now)
        found.extend(page.ids)
        following = page.following
    return tuple(dict.fromkeys(found))


def _fetch_page(account: Account, place: LeadsPlace, day: date, *, world: World, now: datetime) -> LeadsPlace:
    """The next page of the first component that waits, brought to the hub; where that leads to."""
    component, *others = place.waiting
    first_s, last_s = days.seconds_of(day)
    list_next = partial(world.wechat.list_forms, component=component, first_s=first_s, last_s=last_s, following=place.following)
    page = tokens.with_token(account, list_next, world=world, now=now)
    records = [rules.record_of(answers, account.id, component, day) for answers in page.answers]
    somebodys = [each for each in records if each is not None]
    bring(account, somebodys, world=world, now=now)
    counted = tuple(
        Counted(component, each.forms + len(records), each.without_phone + len(records) - len(somebodys))
        if each.component_id == component
        else each
        for each in place.counted
    )
    if page.following is not None:
        return LeadsPlace(place.waiting, counted, page.following)
    return LeadsPlace(tuple(others), counted)


def _stand_at(pull: Pull, place: LeadsPlace, *, now: datetime) -> Pull:
    return outcomes.move(pull, now=now, position=msgspec.json.encode(place).decode())
