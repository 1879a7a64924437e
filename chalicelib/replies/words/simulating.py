"""Words of the replies room: what would be answered, and why not otherwise."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.replies.words import Article, HandOver
from chalicelib.replies.words.ready import ReadyCard, ReadyOnce

Named = Annotated[str, msgspec.Meta(max_length=128)]


class Because(StrEnum):
    """Why a rule does not answer."""

    not_the_trigger = "not_the_trigger"
    words_differ = "words_differ"
    another_code = "another_code"
    another_key = "another_key"
    outside_window = "outside_window"
    only_a_default = "only_a_default"
    lower_priority = "lower_priority"
    later_in_order = "later_in_order"


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that does not answer, and why."""

    rule: str
    priority: int
    because: Because


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody does: writes a `text`, follows, taps the `click` key, or scans the `qr` scene, with `follow` following by it."""

    text: Annotated[str, msgspec.Meta(max_length=2048)] = ""
    follow: bool = False
    qr: Named = ""
    click: Named = ""

    def __post_init__(self) -> None:
        if [bool(self.text), self.follow or bool(self.qr), bool(self.click)].count(True) != 1:
            raise ValueError("A message is a `text`, a `click`, or a `follow` or `qr`")


class SimulationOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the rules of an account would answer: those in force, of a `version`, or of the `draft`; now or `at` another time."""

    account: str
    message: Told
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    version: Annotated[int, msgspec.Meta(ge=1)] | None = None
    draft: bool = False

    def __post_init__(self) -> None:
        if self.draft and self.version is not None:
            raise ValueError("Either the draft is asked or a version")


class Effects(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would answer and do. A `text` is shown as it is sent, with the page's name where an address is made for each person."""

    text: str
    image: str
    news: tuple[Article, ...]
    card: ReadyCard | None
    once: ReadyOnce | None
    tags: tuple[int, ...]
    event: str
    hand_over: HandOver | None


class Simulated(msgspec.Struct, frozen=True, kw_only=True):
    """Which rule would answer, and of the others a page with why they do not. `version` is 0 for a draft, and where nothing is in force."""

    account: str
    version: int
    at: datetime
    winner: str | None
    answer: Effects | None
    others: tuple[Lost, ...]
    cursor: str | None
