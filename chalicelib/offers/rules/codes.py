"""The letters of exclusive codes, and whether one may be redeemed. Pure.

Eleven letters are random, about 49 bits; the twelfth checks them, by weights of the brand's own: one wrong letter and two neighbours
in each other's place are always noticed, another brand's code nearly always.
"""

from __future__ import annotations

import functools
import hashlib
from datetime import datetime

from chalicelib.errors import Conflict, Invalid
from chalicelib.offers.words.codes import Code

LETTERS = "34679ACDEFGHJKMNPRTVWXY"
"""A prime number of them, and no two that look alike: neither 0 and O, 1, I and L, 2 and Z, 5 and S, 8 and B, nor U and V."""
PRIME = len(LETTERS)
DRAWN = 11
LENGTH = DRAWN + 1
RANDOM_BYTES = 16


def make_code(brand: str, random16: bytes) -> str:
    """A fresh code."""
    number, drawn = int.from_bytes(random16, "big"), []
    for _ in range(DRAWN):
        number, place = divmod(number, PRIME)
        drawn.append(place)
    *weights, last = weights_of(brand)
    owed = -sum(weight * place for weight, place in zip(weights, drawn, strict=True))
    check = owed * pow(last, -1, PRIME) % PRIME
    return "".join(LETTERS[place] for place in (*drawn, check))


def read_code(brand: str, written: str) -> str:
    """A code's letters, however it was written; `Invalid` for what cannot be one of this brand."""
    letters = "".join(letter for letter in written.upper() if letter not in " -\u3000")
    places = [LETTERS.find(letter) for letter in letters]
    whole = len(places) == LENGTH and min(places) >= 0
    if not whole or sum(weight * place for weight, place in zip(weights_of(brand), places, strict=True)) % PRIME:
        raise Invalid(code="code_wrong")
    return letters


def write_code(letters: str) -> str:
    """As people read it, in three groups of four."""
    return "-".join(letters[start : start + 4] for start in range(0, LENGTH, 4))


def check_redeemable(code: Code, now: datetime) -> None:
    """Refuse a code that was used for another order, or has ended."""
    if code.order:
        raise Conflict(code="code_redeemed")
    if now >= code.ends_at:
        raise Conflict(code="code_over")


@functools.cache
def weights_of(brand: str) -> tuple[int, ...]:
    """A weight for each letter: all different and none of them 0, in the brand's own order."""
    return tuple(sorted(range(1, PRIME), key=lambda weight: hashlib.blake2b(bytes([weight]), key=brand.encode()).digest())[:LENGTH])
