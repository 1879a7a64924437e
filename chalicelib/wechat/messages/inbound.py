"""What every message and event has, and the one for kinds nobody has written down yet."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct, field

Moment = Annotated[datetime, Meta(tz=True)]
SYSTEM_SENDERS = frozenset({"mphelper", "weixin"})
"""Names of WeChat's own in the place of an openid."""


class Inbound(Struct, frozen=True, kw_only=True):
    """One message or event: to the account `to_account` (`gh_…`), from a user's openid or one of WeChat's system names."""

    KIND: ClassVar[str] = ""

    to_account: str = field(name="ToUserName")
    from_user: str = field(name="FromUserName")
    created_at: Moment = field(name="CreateTime")

    @property
    def kind(self) -> str:
        """What it is, as a word that never changes: `text`, `event.subscribe`."""
        return self.KIND


class Unknown(Inbound, frozen=True, kw_only=True):
    """A kind without a type of its own; `fields` are all of its fields, values as strings."""

    kind: str
    fields: dict[str, Any]
