"""Words of the triggers room: rules from records to messages, and what each of them has caused."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from chalicelib.accounts.words import AccountId
from chalicelib.archive.words.questions import Filter
from chalicelib.consent.words import Purpose
from chalicelib.hub.words.dictionary import FieldName, TypeName
from chalicelib.hub.words.records import RecordOrder, Value
from chalicelib.identity.words import IdentifierType
from chalicelib.lint.words import Finding, Override
from chalicelib.messaging.words import Priority
from chalicelib.messaging.words.contents import AnyStep
from chalicelib.messaging.words.documents import TimeOfDay, Zone
from chalicelib.messaging.words.orders import Quiet, Sentence, Topic

A_YEAR_S = 366 * 86400
RuleName = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$(?!\n)")]
OffsetS = Annotated[int, msgspec.Meta(ge=-A_YEAR_S, le=A_YEAR_S)]
Days = Annotated[int, msgspec.Meta(ge=-366, le=366)]


class When(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="on"):
    """When a rule's message is due. `of`: the field with the time it is counted from; the record's own where there is none."""

    of: FieldName | None = None


class AtOnce(When, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="at_once"):
    """As soon as the record is so, once for each record. It expires counted from `of`, or from when the record was changed."""


class AtMoment(When, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="moment"):
    """So many seconds after a time of the record; before it where `offset_s` is negative."""

    offset_s: OffsetS


class OnDay(When, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="day"):
    """At an hour of the day that is so many days after a time of the record, by the clock of `zone`, else of who is written to."""

    days: Days
    at: TimeOfDay
    zone: Zone | None = None


class Recipient(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Somebody a rule always writes to, such as the shop's staff. Shown as `sealed` and `masked`: the former may be sent back as it is."""

    type: IdentifierType
    account: AccountId | None = None
    value: Value | None = None
    sealed: Annotated[str, msgspec.Meta(min_length=1, max_length=2048)] | None = None
    masked: Annotated[str, msgspec.Meta(max_length=64)] = ""

    def __post_init__(self) -> None:
        if (self.value is None) == (self.sealed is None):
            raise ValueError("A recipient is named by its `value`, or as it was shown by `sealed`")


class Trigger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule: which records, when, to whom, and what. Texts hold places such as `{{record.data.total_fen}}`.

    `where`: all of it has to hold of the record as it stands. `to`: a fixed recipient; else whoever the record is about. `last`: only
    for the last such record of each identifier that brings them. `expires_s`: so long after it was due, it is not sent any more.
    """

    name: RuleName
    type: TypeName
    where: Annotated[tuple[Filter, ...], msgspec.Meta(max_length=10)] = ()
    when: AtOnce | AtMoment | OnDay = AtOnce()
    to: Recipient | None = None
    last: bool = False
    purpose: Purpose
    topic: Topic | None = None
    priority: Priority = Priority.normal
    quiet: Quiet | None = None
    best_hour: bool = False
    expires_s: Annotated[int, msgspec.Meta(ge=300, le=30 * 86400)] = 86400
    channels: Annotated[tuple[AnyStep, ...], msgspec.Meta(min_length=1, max_length=5)]


class TriggersOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All rules of a brand."""

    rules: Annotated[tuple[Trigger, ...], msgspec.Meta(max_length=50)] = ()


class TriggersPublished(TriggersOrder, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules that are put in force at once. `override`: why texts may stand that break a rule of content."""

    override: Override = ""

    @property
    def written(self) -> TriggersOrder:
        return TriggersOrder(rules=self.rules)


class TriggersDraftOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is not in force yet, in the place of the draft with this `revision`; 0: there is none."""

    revision: Annotated[int, msgspec.Meta(ge=0)]
    triggers: TriggersOrder


class TriggersDraft(msgspec.Struct, frozen=True, kw_only=True):
    """The draft, and what to name when it is saved or published."""

    revision: int
    triggers: TriggersOrder
    saved_at: datetime
    by: str


class Standing(StrEnum):
    """May a rule speak? `gone`: it is not in force any more."""

    running = "running"
    stopped = "stopped"
    gone = "gone"


class Stands(msgspec.Struct, frozen=True, kw_only=True):
    """How a rule stands since when, and who said so."""

    standing: Standing
    at: datetime
    by: str


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that is in force and says nothing until it is resumed."""

    rule: str
    at: datetime
    by: str


class RuleShown(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, and whether it is `running` or `stopped`."""

    rule: str
    standing: Standing


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """One version. `live`: is it in force? `findings`: what was found in its texts and let stand."""

    version: int
    rules: int
    published_at: datetime
    by: str
    live: bool
    findings: tuple[Finding, ...] = ()


class TriggersShown(msgspec.Struct, frozen=True, kw_only=True):
    """The rules in force as they were written, those of them that are stopped, and the newest versions."""

    version: int
    triggers: TriggersOrder
    stopped: tuple[Stopped, ...]
    versions: tuple[Published, ...]


class SimulateOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record somebody thinks of. `draft`: by the rules of the draft instead of those in force."""

    record: RecordOrder
    draft: bool = False


class RuleTried(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would make of the record. `why`: why it would not fire, for programs; `says`: for people.

    `channels`: what would be said, by each way, as it would be ordered.
    """

    rule: str
    fires: bool
    at: datetime | None = None
    expires_at: datetime | None = None
    why: str = ""
    says: Sentence
    channels: tuple[AnyStep, ...] = ()


class Simulated(msgspec.Struct, frozen=True, kw_only=True):
    """What every rule for records of this type would make of one. Nothing is kept or sent."""

    type: TypeName
    rules: tuple[RuleTried, ...]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A record as a rule sees it: clean, as it stands now. `owner`: the key of the identifier that brought it; a simulated one has none."""

    type: str
    key: str
    id: str
    at: datetime
    data: dict[str, Any]
    owner: str = ""


class Due(msgspec.Struct, frozen=True):
    """When a rule's message is due for a record: nothing is at once. `since`: the time it is counted from."""

    since: datetime
    at: datetime | None
    expires_at: datetime


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A message a rule wants for a record as it stands now, its texts filled in. `digest`: of to whom and what."""

    rule: Trigger
    key: str
    due: Due
    steps: tuple[AnyStep, ...]
    digest: str


class WhyNot(msgspec.Struct, frozen=True):
    """Why a rule wants no message for a record."""

    why: str
    about: str = ""


class Slot(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One message a rule has caused: for which record and time (0: at once), and the how manieth of these. Times in seconds.

    `wanted`: the record still asks for it. `settled`: the outbox knows. `sent`: it could not be taken back any more. `at`: when it was
    noted here, which is before it is planned. `planned`: the outbox took it, and that is counted.
    """

    rule: str
    key: str
    due: int
    take: int
    since: int
    digest: str
    at: int
    wanted: bool = True
    settled: bool = False
    sent: bool = False
    planned: bool = False

    @property
    def occurrence(self) -> tuple[str, str, int]:
        """What it is about, whichever attempt."""
        return (self.rule, self.key, self.due)


class Figure(StrEnum):
    """What a rule did about a record, as it is counted."""

    first = "first"
    """The first message about a record was planned."""
    again = "again"
    """Another one was, for another time or in other words."""
    taken_back = "taken_back"
    """One that waited was taken back."""
    refused = "refused"
    """The outbox takes it never."""


class Caused(msgspec.Struct, frozen=True, kw_only=True):
    """What rules have caused for a record, or one rule for somebody's last one. `revision` moves with each write; 0: nothing is kept."""

    brand: str
    subject: str
    revision: int = 0
    slots: tuple[Slot, ...] = ()
