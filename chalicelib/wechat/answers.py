"""WeChat's answers, read for what we use of them."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from chalicelib.errors import Unknown

Answer = TypeVar("Answer")


def read_answer(path: str, answer: Any, kind: type[Answer]) -> Answer:
    """The part of an answer that we use, or `Unknown` when it is not there."""
    try:
        return msgspec.convert(answer, kind)
    except msgspec.ValidationError:
        raise Unknown(f"WeChat answered {path} with something else than its documentation says: it may have happened.") from None
