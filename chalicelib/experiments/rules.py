"""Which variant a subject gets, the same one every time and without a row. Pure.

Weighted rendezvous hashing: each variant draws a number for the subject, heavier ones higher ones, and the highest wins.
When a weight changes, only subjects move that the change is about: none moves between two variants whose weights stay.
"""

from __future__ import annotations

import hashlib
import math

from chalicelib.experiments.words import Experiment, Variant

RANGE = 1 << 64


def assign(experiment: Experiment, subject: str) -> str:
    """The name of the variant a subject gets; of variants without any weight the first."""
    weighty = [each for each in experiment.variants if each.weight]
    if not weighty:
        return experiment.variants[0].name
    return max(weighty, key=lambda each: (draw(experiment, each, subject), each.name)).name


def draw(experiment: Experiment, variant: Variant, subject: str) -> float:
    """A variant's number for a subject: exponentially distributed by its weight."""
    hasher = hashlib.blake2b(digest_size=8, key=experiment.brand.encode())
    for part in (experiment.name, variant.name, subject):
        encoded = part.encode()
        hasher.update(len(encoded).to_bytes(4, "big") + encoded)
    share = (int.from_bytes(hasher.digest(), "big") + 0.5) / RANGE
    return variant.weight / -math.log(share) if share < 1 else math.inf
