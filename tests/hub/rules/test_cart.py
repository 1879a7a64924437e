"""One cart of many, the same in whatever order they are looked at."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.hub.rules.cart import merge

ITEM = st.fixed_dictionaries(
    {"sku": st.sampled_from("ABC")},
    optional={"quantity": st.integers(1, 5), "title": st.sampled_from(["", "tea", "cup"]), "price_fen": st.integers(0, 999)},
)
CARTS = st.lists(st.tuples(st.integers(0, 3), st.fixed_dictionaries({"items": st.lists(ITEM, max_size=3)})), max_size=4)


def test_quantities_are_added_and_the_newest_price_counts() -> None:
    older = (1, {"items": [{"sku": "A", "quantity": 2, "price_fen": 100, "title": "tea"}, {"sku": "B"}]})
    newer = (2, {"items": [{"sku": "A", "quantity": 1, "price_fen": 120}]})

    cart = merge([newer, older])

    assert [(line.sku, line.quantity, line.price_fen, line.title) for line in cart.items] == [("A", 3, 120, "tea"), ("B", 1, None, "")]
    assert cart.total_fen == 360


def test_no_cart_is_an_empty_one() -> None:
    assert (merge([]).items, merge([(1, {})]).total_fen) == ((), 0)


@given(CARTS, st.randoms())
def test_nothing_is_lost_and_order_does_not_matter(carts: list[tuple[int, dict[str, Any]]], random: Any) -> None:
    shuffled = random.sample(carts, len(carts))

    cart = merge(carts)

    assert merge(shuffled) == cart
    assert sum(line.quantity for line in cart.items) == sum(item.get("quantity", 1) for _, data in carts for item in data["items"])
