"""The phone-number components (手机号快速验证, 手机号实时验证): what each callback gives and costs."""

from __future__ import annotations

from typing import Any, Literal

from sandbox import login
from sandbox.actions import Phone
from sandbox.state import Kind

FREE = 1_000
PRICE_FEN = {"quick": 3, "realtime": 4}


def ask(phone: Phone, way: Literal["quick", "realtime"]) -> dict[str, Any]:
    """What the component's callback gets once the person allows it; paid whether or not the code is redeemed."""
    phone.need(Kind.MINI_PROGRAM)
    sandbox = phone.sandbox
    book, limit = sandbox.mini_book(phone.account.appid), sandbox.state.settings.phone_prompt_limit
    used = sum(book.phone_prompts.values())
    if limit is not None and used >= limit:
        return {"errno": 1400001, "errMsg": "getPhoneNumber:fail no quota"}
    book.phone_prompts[way] = book.phone_prompts.get(way, 0) + 1
    if used >= FREE:
        book.phone_cost_fen += PRICE_FEN[way]
    return {"code": login.make_phone_code(sandbox, phone.user, phone.account), "errMsg": "getPhoneNumber:ok"}
