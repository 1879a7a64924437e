"""From a callback's fields to the type of its kind."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.errors import Invalid
from chalicelib.wechat.messages.acts import ACTS
from chalicelib.wechat.messages.inbound import Inbound, Unknown
from chalicelib.wechat.messages.notices import NOTICES
from chalicelib.wechat.messages.ordinary import ORDINARY
from chalicelib.wechat.messages.outcomes import OUTCOMES
from chalicelib.wechat.messages.platforms import PLATFORMS, PlatformNotice
from chalicelib.wechat.messages.shape import unify

_TYPES = {known.KIND: known for known in (*ORDINARY, *ACTS, *OUTCOMES, *NOTICES, *PLATFORMS)}
NOTICE = "platform."
# The name in samples of older documents; the official one is the other.
_OTHER_NAMES = {"event.freepublishjobfinish": "event.publishjobfinish"}


def read_message(fields: dict[str, Any]) -> Inbound:
    """The message or event; `Unknown` when its kind is new to us; raises `Invalid` naming the field that is missing or wrong."""
    unified = unify(fields)
    kind = read_kind(unified)
    known = _TYPES.get(kind)
    try:
        if known:
            return msgspec.convert(unified, known, strict=False)
        header = msgspec.convert(unified, PlatformNotice if kind.startswith(NOTICE) else Inbound, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid(f"{kind}: {error}", code="callback_unreadable") from None
    return Unknown(to_account=header.to_account, from_user=header.from_user, created_at=header.created_at, kind=kind, fields=unified)


def read_kind(unified: dict[str, Any]) -> str:
    """The kind of unified fields, known or not."""
    if "InfoType" in unified and "MsgType" not in unified:
        return NOTICE + _read_name(unified, "InfoType")
    kind = _read_name(unified, "MsgType")
    if kind != "event":
        return kind
    kind = f"event.{_read_name(unified, 'Event')}"
    return _OTHER_NAMES.get(kind, kind)


def _read_name(unified: dict[str, Any], field: str) -> str:
    name = unified.get(field)
    if not isinstance(name, str):
        raise Invalid(f"Object missing required field `{field}`", code="callback_unreadable")
    return name.lower()
