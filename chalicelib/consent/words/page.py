"""Words of the page on which somebody says what they want, and of the links that lead there."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.consent.words.policy import TopicTitle


class LinkOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how long a link shall be good: thirty days unless said otherwise."""

    lives_s: Annotated[int, msgspec.Meta(ge=60, le=90 * 86400)] = 30 * 86400


class PreferenceLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link to a person's own page. Whoever has it may change what they get, and sees nobody's name."""

    link: str
    ends_at: datetime


class SealedLink(msgspec.Struct, frozen=True, kw_only=True):
    """What a link carries, sealed: one identifier of the person, and until when it is good."""

    key: str
    ends_at: int


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows: whether marketing is wanted, and of each topic whether it is.

    `stopped`: somebody has just stopped it; `undoable`: it was wanted until then, and may be again.
    """

    marketing: bool
    topics: tuple[tuple[TopicTitle, bool], ...]
    stopped: bool = False
    undoable: bool = False


class Ticked(msgspec.Struct, frozen=True):
    """What is ticked on the page."""

    marketing: bool
    topics: frozenset[str]


class Chosen(msgspec.Struct, frozen=True):
    """What was chosen on the page. `stop`: the one button, whatever else is ticked. `before`: what was ticked when it was shown."""

    stop: bool
    ticked: Ticked
    before: Ticked
