"""WeChat's answers, read for what we use of them."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from chalicelib.errors import Busy, Unknown

Answer = TypeVar("Answer")


class Overloaded(Busy):
    """-1: WeChat is overloaded. Calls are tried again; of a send it is not certain that nothing went out."""

    default_code = "wechat_busy"


def lead_on(path: str, cursor: str, *, more: bool, before: str) -> str | None:
    """Where the next page begins, or nothing when there is none; `Unknown` for a cursor that leads back to the page it came with."""
    if more and cursor == before:
        raise Unknown(f"WeChat's pages of {path} lead back to themselves: it may have happened.")
    return cursor if more else None


def read_answer(path: str, answer: Any, kind: type[Answer]) -> Answer:
    """The part of an answer that we use, or `Unknown` when it is not there."""
    try:
        return msgspec.convert(answer, kind)
    except msgspec.ValidationError:
        raise Unknown(f"WeChat answered {path} with something else than its documentation says: it may have happened.") from None
