"""Groups: opened, joined, ended at their deadline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chalicelib import due
from chalicelib.due import Due
from chalicelib.errors import Conflict, Missing, Refused
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Folded, read_key
from chalicelib.ids import is_ulid
from chalicelib.offers.flows.registry import find_group_offer
from chalicelib.offers.rules import groups as rules
from chalicelib.offers.tables import groups as tables
from chalicelib.offers.words.groups import Group, GroupOrder, GroupShown, GroupTold, Seat, SeatOrder, SeatShown, State
from chalicelib.patience import until_done
from chalicelib.sessions.words import Claims
from chalicelib.world import World

TRIES = 12
LONGEST_PAUSE_S = 0.1


def open_group(claims: Claims, order: GroupOrder, *, world: World, now: datetime) -> GroupShown:
    """Open a group with whoever is logged in as its first. The same order asked again is the group it has opened."""
    offer = find_group_offer(claims.brand, order.offer, world=world, now=now)

    def look(folded: Folded) -> Group | None:
        seated = tables.group_of_order(claims.brand, order.order)
        if seated is not None:
            return _own(claims.brand, seated, folded, order.order)
        group = rules.open_group(offer, claims.brand, world.new_id(), now=now)
        return group if tables.open_group(group, folded, _seat(claims, order.order, now)) else None

    return _show(_until_done(claims, look, world=world), mine=True, now=now)


def join_group(claims: Claims, group_id: str, order: SeatOrder, *, world: World, now: datetime) -> GroupShown:
    """Take a seat for whoever is logged in, once for each person over all identifiers. The same order asked again has its seat."""

    def look(folded: Folded) -> Group | None:
        group = find_group(claims.brand, group_id)
        if rules.has_come_back(tables.read_seats(claims.brand, group_id, folded.keys), order.order):
            return group
        rules.check_open(group, now)
        if tables.group_of_order(claims.brand, order.order) is not None:
            raise Conflict(code="order_seated")
        seated = tables.join_group(group, folded, _seat(claims, order.order, now), now=now)
        return find_group(claims.brand, group_id) if seated else None

    return _show(_until_done(claims, look, world=world), mine=True, now=now)


def show_group(claims: Claims, group_id: str, *, now: datetime) -> GroupShown:
    """A group to whoever is logged in: everybody with its link may look."""
    group = find_group(claims.brand, group_id)
    folded = identity.fold(claims.brand, read_key(claims.key))
    return _show(group, mine=bool(tables.read_seats(claims.brand, group_id, folded.keys)), now=now)


def tell_group(brand: str, group_id: str, *, now: datetime) -> GroupTold:
    """A group with its orders, to the brand's systems: to serve when it is filled, to let go when it has failed."""
    group = find_group(brand, group_id)
    return GroupTold(
        id=group.id,
        offer=group.offer,
        size=group.size,
        price_fen=group.price_fen,
        taken=group.taken,
        state=rules.state_of(group, now),
        opened_at=group.opened_at,
        deadline=group.deadline,
        seats=tuple(SeatShown(order=seat.order, person=_person(brand, seat), at=seat.at) for seat in tables.list_seats(brand, group_id)),
    )


def end_groups(*, world: World, now: datetime) -> int:
    """Fail every group whose deadline found it short; how many deadlines were looked at."""
    return due.sweep(tables.DUE, lambda found: end_those(found, now=now), now=now)


def end_those(found: list[Due], *, now: datetime) -> int:
    """Fail those of some groups that are short, then drop their due rows: a crash between the two looks again. How many are done."""
    ended = [each for each in found if _is_ended(each, now=now)]
    tables.DUE.drop(ended)
    return len(ended)


def find_group(brand: str, group_id: str) -> Group:
    group = tables.read_group(brand, group_id) if is_ulid(group_id) else None
    if group is None:
        raise Missing(code="group_missing")
    return group


def _is_ended(each: Due, *, now: datetime) -> bool:
    group = tables.read_group(each.brand, each.id)
    if group is None or group.failed or rules.state_of(group, now) is not State.failed:
        return True
    return tables.fail_group(group, now=now)


def _until_done(claims: Claims, look: Callable[[Folded], Group | None], *, world: World) -> Group:
    """Look at the person and the group until nobody is in the way; what is refused is refused at once."""
    return until_done(lambda: look(identity.fold(claims.brand, read_key(claims.key))), tries=TRIES, longest_s=LONGEST_PAUSE_S, world=world)


def _own(brand: str, group_id: str, folded: Folded, order: str) -> Group:
    """The group an order is in already, to the one who sits there; to anybody else the order is taken."""
    if not any(seat.order == order for seat in tables.read_seats(brand, group_id, folded.keys)):
        raise Conflict(code="order_seated")
    return find_group(brand, group_id)


def _seat(claims: Claims, order: str, now: datetime) -> Seat:
    return Seat(key=claims.key, order=order, at=now)


def _person(brand: str, seat: Seat) -> str | None:
    try:
        return identity.find_person_by_key(brand, read_key(seat.key))
    except Refused:
        return None


def _show(group: Group, *, mine: bool, now: datetime) -> GroupShown:
    return GroupShown(
        id=group.id,
        offer=group.offer,
        size=group.size,
        price_fen=group.price_fen,
        taken=group.taken,
        state=rules.state_of(group, now),
        deadline=group.deadline,
        mine=mine,
    )
