"""What an order counts for. Pure."""

from __future__ import annotations

from typing import Any

PAID_STATES = range(1, 4)
"""Paid, sent, done, as the built-in dictionary numbers them: not what waits to be paid, nor what was cancelled."""


def worth_of(state: int | None, data: dict[str, Any]) -> dict[str, int]:
    """One order and its money, paid minus refunded, as long as it stands as paid; nothing otherwise."""
    is_paid = data.get("paid_at") is not None if state is None else state in PAID_STATES
    if not is_paid:
        return {}
    money = max(_fen(data, "total_fen") - _fen(data, "refunded_fen"), 0)
    return {"orders": 1, "money_fen": money}


def _fen(data: dict[str, Any], name: str) -> int:
    value = data.get(name)
    return value if isinstance(value, int) else 0
