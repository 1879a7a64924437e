"""Orders of a Channels shop: whatever has changed, window after window, brought to the hub as any batch of records is.

A window is listed by one answer. WeChat says nothing of what its pages do when an order changes between two of them; it would move out of
the window, and one behind it might be skipped. So a window that takes more than one page is made smaller instead.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec

from chalicelib.accounts.flows import tokens
from chalicelib.accounts.words import Account
from chalicelib.errors import Declined, Invalid
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.pulls.flows.bringing import bring
from chalicelib.pulls.rules import orders as rules
from chalicelib.pulls.rules import outcomes
from chalicelib.pulls.words import OrdersPlace, Pull, Source, Step
from chalicelib.wechat.shops import ShopOrder
from chalicelib.world import World

log = logging.getLogger("liandong.pulls")
WEEK_S = 7 * 86_400
BEHIND = timedelta(minutes=2)
"""What changed this very moment may be listed a moment later."""
AT_ONCE = 10
GONE = 100002


def work_orders(account: Account, pull: Pull, source: Source, *, world: World, now: datetime) -> Step:
    """List the next window, or fetch ten of the orders that were listed."""
    place = _open(pull, world=world)
    return _fetch_some(account, pull, place, world=world, now=now) if place else _list_window(account, pull, world=world, now=now)


def _list_window(account: Account, pull: Pull, *, world: World, now: datetime) -> Step:
    first_s, newest_s = int(datetime.fromisoformat(pull.watermark).timestamp()) + 1, int((now - BEHIND).timestamp())
    if first_s > newest_s:
        return Step(outcomes.move(pull, now=now, next_at=now + outcomes.SOON))
    ids, last_s, calls = _list_ids(account, first_s, min(first_s + WEEK_S, newest_s), world=world, now=now)
    if ids:
        position = _seal(account, OrdersPlace(last_s, ids), world=world, now=now)
        return Step(outcomes.move(pull, now=now, position=position), calls, more=True)
    return _finish(pull, last_s, calls, now=now)


def _list_ids(account: Account, first_s: int, last_s: int, *, world: World, now: datetime) -> tuple[tuple[str, ...], int, int]:
    """Every order of a window that begins there, where it ends, and how many calls that took."""
    calls, ids, following = 0, tuple[str, ...](), ""
    while True:
        list_next = partial(world.wechat.list_changed_orders, first_s=first_s, last_s=last_s, following=following)
        page = tokens.with_token(account, list_next, world=world, now=now)
        calls += 1
        if page.following is None:
            return (*ids, *page.ids), last_s, calls
        if first_s < last_s:
            last_s = (first_s + last_s) // 2
        else:  # more than a page within one second: there is nothing smaller
            ids, following = (*ids, *page.ids), page.following


def _fetch_some(account: Account, pull: Pull, place: OrdersPlace, *, world: World, now: datetime) -> Step:
    ids, rest = place.ids[:AT_ONCE], place.ids[AT_ONCE:]
    found = [order for each in ids if (order := _fetch(account, each, world=world, now=now)) is not None]
    _bring_all(account, [order for order in found if rules.is_somebodys(order)], world=world, now=now)
    if rest:
        position = _seal(account, OrdersPlace(place.until_s, rest), world=world, now=now)
        return Step(outcomes.move(pull, now=now, position=position), len(ids), more=True)
    return _finish(pull, place.until_s, len(ids), now=now)


def _fetch(account: Account, order_id: str, *, world: World, now: datetime) -> ShopOrder | None:
    """An order as it stands; nothing for one that WeChat listed and does not know."""
    try:
        return tokens.with_token(account, lambda token: world.wechat.fetch_order(token, order_id), world=world, now=now)
    except Declined as declined:
        if declined.errcode != GONE:
            raise
        return None


def _finish(pull: Pull, last_s: int, calls: int, *, now: datetime) -> Step:
    """All up to this second is here."""
    more = last_s < int((now - BEHIND).timestamp())
    watermark = datetime.fromtimestamp(last_s, UTC).isoformat()
    return Step(outcomes.move(pull, now=now, watermark=watermark, next_at=now if more else now + outcomes.SOON), calls, more=more)


def _bring_all(account: Account, found: Sequence[ShopOrder], *, world: World, now: datetime) -> None:
    """Orders as they stand now, and whose they are."""
    for order in found:
        _recognise(account, order, world=world, now=now)
    bring(account, [rules.record_of(order, account.id) for order in found], world=world, now=now)


def _recognise(account: Account, order: ShopOrder, *, world: World, now: datetime) -> None:
    """Whose it is, by WeChat's own word. Whom nobody can be, the hub refuses together with the order, and says so there."""
    openid = Identifier(IdentifierType.openid, order.openid, account.name)
    try:
        identity.recognise(account.brand, openid, order.unionid, source="channels.order", world=world, now=now)
    except Invalid as refused:
        log.warning("nobody can be the buyer of an order of %s: %s", account.id, refused.message)


def _open(pull: Pull, *, world: World) -> OrdersPlace | None:
    return msgspec.json.decode(world.keyring.decrypt(pull.brand, pull.position), type=OrdersPlace) if pull.position else None


def _seal(account: Account, place: OrdersPlace, *, world: World, now: datetime) -> str:
    return world.keyring.encrypt(account.brand, msgspec.json.encode(place).decode(), now=now)
