"""Taps of menu buttons: counted as callbacks tell them, and shown by the day."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

from chalicelib.accounts.words import Account, Kind
from chalicelib.documents import flows as documents
from chalicelib.menus.flows.telling import document_of
from chalicelib.menus.rules.advice import event_of
from chalicelib.menus.rules.tapping import tap_told_by
from chalicelib.menus.rules.writing import places_of
from chalicelib.menus.tables import clicks as tables
from chalicelib.menus.words.holidays import ButtonClicks, ClicksShown, DayOfClicks
from chalicelib.wechat.messages import Inbound

Button = tuple[str, str]


def note_tap(account: Account, callback: str, message: Inbound) -> None:
    """Count a callback that tells of a tap on a menu button, once however often it is worked off."""
    tap = tap_told_by(message) if account.kind is Kind.official_account else None
    if tap is not None:
        tables.count_tap(account, callback, *tap, at=message.created_at)


def show_clicks(account: Account, *, first: date, last: date) -> ClicksShown:
    """The taps of each button within a span of days, the most tapped first."""
    live = documents.find_live(document_of(account))
    known: dict[Button, tuple[str, str]] = {}
    for place, button in places_of(live.written) if live else ():
        known.setdefault(event_of(button), (button.name, place))
    days: dict[str, Counter[Button]] = defaultdict(Counter)
    for counted in tables.list_clicks(account, first=first, last=last):
        days[counted.day][counted.kind, counted.key] += counted.clicks
    altogether: Counter[Button] = sum(days.values(), Counter())
    return ClicksShown(
        account=account.id,
        first=str(first),
        last=str(last),
        buttons=_tell(altogether, known),
        days=tuple(DayOfClicks(day=day, buttons=_tell(days[day], known)) for day in sorted(days)),
    )


def _tell(counted: Counter[Button], known: dict[Button, tuple[str, str]]) -> tuple[ButtonClicks, ...]:
    ranked = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    names = (known.get(button, ("", "")) for button, _ in ranked)
    return tuple(
        ButtonClicks(kind=kind, key=key, name=name, place=place, clicks=clicks)
        for ((kind, key), clicks), (name, place) in zip(ranked, names, strict=True)
    )
