"""How a group stands, and whether somebody may still come in. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.due import whole_second
from chalicelib.errors import Conflict
from chalicelib.offers.words.groups import Group, Seat, State
from chalicelib.offers.words.registry import GroupOffer


def open_group(offer: GroupOffer, brand: str, group_id: str, *, now: datetime) -> Group:
    """A group of an offer, until its time is up or the offer's is."""
    deadline = whole_second(now + timedelta(seconds=offer.open_for_s))
    if offer.ends_at is not None:
        deadline = min(deadline, whole_second(offer.ends_at))
    if deadline <= now:
        raise Conflict(code="offer_over")
    return Group(
        brand=brand, id=group_id, offer=offer.name, size=offer.size, price_fen=offer.price_fen, taken=1, opened_at=now, deadline=deadline
    )


def state_of(group: Group, now: datetime) -> State:
    """A group that is short at its deadline has failed, though nobody may have written that down yet."""
    if group.taken >= group.size:
        return State.filled
    return State.failed if group.failed or now >= group.deadline else State.open


def check_open(group: Group, now: datetime) -> None:
    """Refuse whoever comes too late."""
    state = state_of(group, now)
    if state is State.filled:
        raise Conflict(code="group_full")
    if state is State.failed:
        raise Conflict(code="group_over")


def has_come_back(seats: Iterable[Seat], order: str) -> bool:
    """Does somebody who is in ask again for the same order, because the answer was lost? For another order they are refused."""
    orders = {seat.order for seat in seats}
    if orders and order not in orders:
        raise Conflict(code="group_joined")
    return bool(orders)
