"""What people write without their numbers. Pure."""

from __future__ import annotations

import re

from chalicelib.replies.rules.folding import even

LONGEST = 200
ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])", re.ASCII)
PHONE = re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9](?:[ -]?\d){9}(?!\d)", re.ASCII)
NUMBER = re.compile(r"\d(?:[ -]?\d){6,}", re.ASCII)
"""Landlines, cards, orders, passports: seven digits tell more of somebody than of what they want."""
MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")


def mask(text: str) -> str:
    """A text of one line with names for its numbers in their place, cut to a length that still says what was meant."""
    masked = MAIL.sub("[mail]", " ".join(even(text).split()))
    for pattern, name in ((ID_NUMBER, "[id number]"), (PHONE, "[phone]"), (NUMBER, "[number]")):
        masked = pattern.sub(name, masked)
    return masked[:LONGEST]
