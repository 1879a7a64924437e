"""Words of the attribution room: touches, what came of them, and figures by way in."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import msgspec

UNATTRIBUTED = ""
"""The entry of what nobody knows the way of."""


class TouchKind(StrEnum):
    """What somebody did that tells by which way they came."""

    qr_follow = "qr_follow"
    follow = "follow"
    """A follow that names no entry."""
    qr_scan = "qr_scan"
    menu_click = "menu_click"
    reply = "reply"
    link = "link"
    login = "login"
    ticket = "ticket"
    ticket_opened = "ticket_opened"
    """A ticket that handed over what it carries, and logged nobody in."""
    order = "order"
    """An order that names its entry: the way of the order, and no visit."""


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """One of WeChat's scene values: by what a mini program was opened. `referrer`: it tells whose appid; `machine`: nobody came."""

    value: int
    carrier: str
    placement: str
    referrer: bool = False
    machine: bool = False
    name: str = ""


class Touch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One arrival. `id` is made of its cause, so hearing it twice has one effect; `at` to the millisecond.

    `visit`: of the link that was opened before.
    """

    id: str
    kind: TouchKind
    at: datetime
    entry: str = UNATTRIBUTED
    account: str = ""
    scene: int | None = None
    carrier: str = ""
    placement: str = ""
    referrer_appid: str = ""
    visit: str = ""
    utm: dict[str, str] = {}

    @property
    def place(self) -> tuple[datetime, str]:
        """Where it stands among others: first and last are said by this alone."""
        return (self.at, self.id)


Lines = dict[str, dict[str, int]]
"""What is counted: figures by `<day>#<entry>`."""


class Presence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That somebody came on a day: their first and last touch of it that names an entry. `new`: first known on that day."""

    new: bool
    first: Touch | None = None
    last: Touch | None = None


class OutcomeKind(StrEnum):
    """What is attributed to the touches before it."""

    visit = "visit"
    """An arrival that names no entry: right after another one it is of the same way."""
    follow = "follow"
    registration = "registration"
    order = "order"


Name = tuple[OutcomeKind, str]
"""What something that is attributed goes by: its kind and its id."""


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be attributed: whose it is, by the key of an identifier, when it was and what it is worth, as figures."""

    owner: str
    at: datetime
    worth: dict[str, int]


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was attributed, as it is kept. `counted`: what of it the counters hold, so that a later version counts the difference."""

    kind: OutcomeKind
    id: str
    owner: str
    at: datetime
    heard_at: datetime
    worth: dict[str, int]
    counted: Lines
    revision: int
    first: Touch | None = None
    last: Touch | None = None


class Mode(StrEnum):
    """Which touch a figure is attributed to."""

    first = "first"
    last = "last"


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted. `visits`: arrivals; `people`: who of those known came on a day, each day anew; `new_people`: first known then.

    `opened`: how often the link was opened, each of which is a visit too; `registrations`: people who logged in for the first time;
    `orders`: paid ones; `money_fen`: paid minus refunded.
    """

    visits: int = 0
    opened: int = 0
    people: int = 0
    new_people: int = 0
    follows: int = 0
    registrations: int = 0
    orders: int = 0
    money_fen: int = 0


class Yield(Figures, frozen=True, kw_only=True):
    """What was brought for what it cost.

    `conversion`: orders for each of `people`; `share`: of all money; `roi`: (money - cost) / cost. None where it would divide by nothing.
    """

    cost_fen: int | None = None
    conversion: float | None = None
    share: float | None = None
    roi: float | None = None


class DayFigures(Yield, frozen=True, kw_only=True):
    """The figures of one day of the brand; `share` is of that day's money."""

    day: date


class EntryLine(Yield, frozen=True, kw_only=True):
    """What one way in brought over the days asked about; `entry` is none for what has no known way."""

    entry: str | None
    name: str | None = None
    days: tuple[DayFigures, ...] = ()


class EntryStats(msgspec.Struct, frozen=True, kw_only=True):
    """What every way in brought. Entries and the unattributed line add up to `total`, figure by figure."""

    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    touch: Mode
    entries: tuple[EntryLine, ...]
    unattributed: EntryLine
    total: EntryLine


class Registered(msgspec.Struct, frozen=True):
    """What the registry knows of an entry: its name, and what each day cost that cost something; none where nobody has said."""

    name: str
    costs: dict[date, int] | None


class TouchShown(msgspec.Struct, frozen=True, kw_only=True):
    """A touch as it is shown."""

    id: str
    kind: TouchKind
    at: datetime
    entry: str | None
    account: str | None
    scene: int | None
    carrier: str | None
    placement: str | None
    referrer_appid: str | None
    utm: dict[str, str]


class TouchesPage(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's touches on all ends, the latest first, and the first and last of those kept that name an entry."""

    person: str
    first: TouchShown | None
    last: TouchShown | None
    touches: tuple[TouchShown, ...]
    cursor: str | None


class OrderTouches(msgspec.Struct, frozen=True, kw_only=True):
    """Which touches an order has to thank, and what it counts for. `final`: nothing that comes late changes the two touches any more."""

    order: str
    at: datetime
    first: TouchShown | None
    last: TouchShown | None
    orders: int
    money_fen: int
    final: bool
