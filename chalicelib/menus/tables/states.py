"""What WeChat was told of each menu, as rows: one small row for each account, beside its holidays."""

from __future__ import annotations

from datetime import datetime

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.accounts.words import Account
from chalicelib.aws.tables import Row, TableMeta, committed, held, moment, seconds, table_name
from chalicelib.errors import Invalid
from chalicelib.menus.words.holidays import Holiday
from chalicelib.menus.words.states import Holidays, MenuState

MOST_BYTES = 350_000
"""Of an account's holidays: a row has 400 KB."""


class StateRow(Row):
    """`pk` `<brand>#menu`, `sk` the account's name. `wakes` moves with everything that may make another menu due."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    wakes = NumberAttribute(default=0)
    told = UnicodeAttribute(null=True)
    told_version = NumberAttribute(null=True)
    told_holiday = UnicodeAttribute(null=True)
    told_at = NumberAttribute(null=True)
    telling = UnicodeAttribute(null=True)
    unsettled_at = NumberAttribute(null=True)
    turn_at = NumberAttribute(null=True)
    lease = UnicodeAttribute(null=True)
    lease_until = NumberAttribute(null=True)
    refused = UnicodeAttribute(null=True)
    trouble = UnicodeAttribute(null=True)
    some = UnicodeAttribute(null=True)


class HolidaysRow(Row):
    """`pk` `<brand>#menu_holidays`, `sk` the account's name. `revision` moves with every change."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    holidays = UnicodeAttribute()
    revision = NumberAttribute()


def read_state(account: Account) -> MenuState:
    try:
        return _state(StateRow.get(_pk(account.brand), account.name, consistent_read=True))
    except StateRow.DoesNotExist:
        return MenuState(account=account.name)


def list_states(brand: str) -> list[MenuState]:
    return [_state(row) for row in StateRow.query(_pk(brand), consistent_read=True)]


def wake(account: Account, *, now: datetime) -> None:
    """Another menu may be due from now on: until it is settled, the schedule looks again."""
    _row(account).update(_waking(now))


def claim(account: Account, state: MenuState, lease: str, telling: str, *, now: datetime, until: datetime) -> bool:
    """Become the only one that tells WeChat, and what; `False` when somebody else does, or something has changed since it was read."""
    actions: list[Action] = [StateRow.lease.set(lease), StateRow.lease_until.set(seconds(until)), StateRow.telling.set(telling)]
    actions += [StateRow.unsettled_at.set(seconds(now)), StateRow.wakes.set(state.wakes)]
    free = StateRow.lease.does_not_exist() | (StateRow.lease_until < seconds(now))
    return held(lambda: _row(account).update(actions, condition=_unmoved(state) & free))


def keep_told(
    account: Account, state: MenuState, lease: str, *, told: str, version: int, holiday: str, turn_at: datetime | None, now: datetime
) -> bool:
    """WeChat shows what it was told; `False` when another menu has become due meanwhile, and the schedule will look again."""
    known: list[Action] = [
        StateRow.told.set(told),
        StateRow.told_version.set(version),
        StateRow.told_holiday.set(holiday),
        StateRow.told_at.set(seconds(now)),
        StateRow.refused.remove(),
        StateRow.trouble.remove(),
        *_letting_go(),
    ]
    return _keep(account, state, lease, known, turn_at)


def keep_refused(account: Account, state: MenuState, lease: str, *, refused: str, trouble: str, turn_at: datetime | None) -> bool:
    """WeChat did not take it, and shows what it did before. The same is not told again by itself."""
    return _keep(account, state, lease, [StateRow.refused.set(refused), StateRow.trouble.set(trouble), *_letting_go()], turn_at)


def release(account: Account, lease: str) -> None:
    """Whether WeChat took it is not known: the schedule tells it again."""
    held(lambda: _row(account).update([StateRow.lease.remove(), StateRow.lease_until.remove()], condition=StateRow.lease == lease))


def settle(account: Account, state: MenuState, turn_at: datetime | None) -> bool:
    """WeChat shows already what is due."""
    actions: list[Action] = [StateRow.unsettled_at.remove(), StateRow.wakes.set(state.wakes), _turn(turn_at)]
    return held(lambda: _row(account).update(actions, condition=_unmoved(state) & StateRow.telling.does_not_exist()))


def mark_some(account: Account, mark: str, *, now: datetime) -> None:
    """A menu for some people is being told: until it is, the schedule looks again."""
    _row(account).update([StateRow.some.set(f"{seconds(now)}#{mark}")])


def clear_some(account: Account, state: MenuState) -> None:
    """None is being told any more, if nobody has begun one since the state was read."""
    held(lambda: _row(account).update([StateRow.some.remove()], condition=StateRow.some == state.some))


def read_holidays(account: Account) -> Holidays:
    try:
        row = HolidaysRow.get(f"{account.brand}#menu_holidays", account.name, consistent_read=True)
    except HolidaysRow.DoesNotExist:
        return Holidays(revision=0, holidays=())
    return Holidays(revision=int(row.revision), holidays=msgspec.json.decode(row.holidays, type=tuple[Holiday, ...]))


def keep_holidays(account: Account, holidays: Holidays, changed: tuple[Holiday, ...], *, now: datetime) -> bool:
    """Keep an account's holidays in the place of those that were read, and have the schedule look, both or neither."""
    text = msgspec.json.encode(changed).decode()
    if len(text.encode()) > MOST_BYTES:
        raise Invalid("The menus of all holidays together are too long: let one go - at `$`.")
    row = HolidaysRow(f"{account.brand}#menu_holidays", account.name, holidays=text, revision=holidays.revision + 1)
    unchanged = HolidaysRow.pk.does_not_exist() if holidays.revision == 0 else HolidaysRow.revision == holidays.revision

    def write(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unchanged)
        transaction.update(_row(account), actions=_waking(now))

    return committed(write)


def _keep(account: Account, state: MenuState, lease: str, known: list[Action], turn_at: datetime | None) -> bool:
    """What WeChat answered is kept in any case; that nothing more is due, only when nothing has moved."""
    settled = [*known, StateRow.unsettled_at.remove(), _turn(turn_at)]
    if held(lambda: _row(account).update(settled, condition=(StateRow.lease == lease) & _unmoved(state))):
        return True
    held(lambda: _row(account).update(known, condition=StateRow.lease == lease))
    return False


def _waking(now: datetime) -> list[Action]:
    return [StateRow.wakes.add(1), StateRow.unsettled_at.set(seconds(now)), StateRow.refused.remove()]


def _letting_go() -> list[Action]:
    return [StateRow.telling.remove(), StateRow.lease.remove(), StateRow.lease_until.remove()]


def _turn(turn_at: datetime | None) -> Action:
    return StateRow.turn_at.remove() if turn_at is None else StateRow.turn_at.set(seconds(turn_at))


def _unmoved(state: MenuState) -> Condition:
    same: Condition = StateRow.wakes == state.wakes
    return same if state.wakes else same | StateRow.wakes.does_not_exist()


def _row(account: Account) -> StateRow:
    return StateRow(_pk(account.brand), account.name)


def _pk(brand: str) -> str:
    return f"{brand}#menu"


def _state(row: StateRow) -> MenuState:
    return MenuState(
        account=row.sk,
        wakes=int(row.wakes or 0),
        told=row.told or "",
        told_version=int(row.told_version or 0),
        told_holiday=row.told_holiday or "",
        told_at=None if row.told_at is None else moment(row.told_at),
        telling=row.telling or "",
        unsettled_at=None if row.unsettled_at is None else moment(row.unsettled_at),
        turn_at=None if row.turn_at is None else moment(row.turn_at),
        refused=row.refused or "",
        trouble=row.trouble or "",
        some=row.some or "",
    )
