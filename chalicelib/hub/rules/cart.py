"""One cart of many: a person's carts of all ends as one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.hub.words.records import Cart, CartLine


def merge(carts: Iterable[tuple[int, Mapping[str, Any]]]) -> Cart:
    """Quantities of each thing are added; its title and price are those of the newest cart that tells them. Order does not matter.

    `carts`: the number of each one's version and its data.
    """
    lines: dict[str, CartLine] = {}
    for _, data in sorted(carts, key=lambda cart: (cart[0], repr(sorted(cart[1].items())))):
        for item in data.get("items") or ():
            if isinstance(item.get("sku"), str):
                lines[item["sku"]] = _add(lines.get(item["sku"]), item)
    shown = tuple(lines[sku] for sku in sorted(lines) if lines[sku].quantity > 0)
    return Cart(items=shown, total_fen=sum(line.quantity * (line.price_fen or 0) for line in shown))


def _add(line: CartLine | None, item: Mapping[str, Any]) -> CartLine:
    """A newer line over an older one."""
    before = line or CartLine(sku=item["sku"], quantity=0, title="", price_fen=None)
    return CartLine(
        sku=before.sku,
        quantity=before.quantity + int(item.get("quantity", 1)),
        title=item.get("title") or before.title,
        price_fen=item.get("price_fen", before.price_fen),
    )
