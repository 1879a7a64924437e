"""What other rules would make of the same assertions. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from chalicelib.identity.rules.persons import ANCHORS
from chalicelib.identity.words import Arrangement, IdentifierType, Key, Link


def compare(now: Arrangement, then: Arrangement) -> tuple[bool, bool]:
    """Would people come together, and would people come apart? Of one cluster both may be true."""
    return _divides(now, then), _divides(then, now)


def count_values(links: Iterable[Link]) -> dict[IdentifierType, float]:
    """How many distinct values of each type an anchor is linked to, on average, where it is linked to any: about 1 is healthy."""
    linked: dict[tuple[IdentifierType, Key], set[Key]] = {}
    for link in links:
        for anchor, value in ((link.a, link.b), (link.b, link.a)):
            if anchor.type in ANCHORS:
                linked.setdefault((value.type, anchor), set()).add(value)
    counts: dict[IdentifierType, list[int]] = {}
    for (kind, _), values in linked.items():
        counts.setdefault(kind, []).append(len(values))
    return {kind: round(sum(each) / len(each), 2) for kind, each in sorted(counts.items())}


def _divides(finer: Arrangement, coarser: Arrangement) -> bool:
    """Are two identifiers apart in the first and together in the second?"""
    group_of = {key: number for number, group in enumerate(finer.groups) for key in group}
    return any(group_of[a] != group_of[b] for group in coarser.groups for a, b in combinations(group, 2))
