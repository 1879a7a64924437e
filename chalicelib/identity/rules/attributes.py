"""What is known about somebody: the last word about each attribute. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.errors import Invalid
from chalicelib.identity.words.attributes import Attribute

MOST_ATTRIBUTES = 50


def add_attributes(old: Mapping[str, Attribute], new: Mapping[str, Attribute]) -> dict[str, Attribute]:
    """The later word about each; the same in whatever order they come. `Invalid` when one identifier would bring too many."""
    joined = fold_attributes([old, new])
    if len(joined) > MOST_ATTRIBUTES:
        raise Invalid(f"An identifier brings at most {MOST_ATTRIBUTES} attributes - at `$.attributes`.")
    return joined


def fold_attributes(parts: Iterable[Mapping[str, Attribute]]) -> dict[str, Attribute]:
    """A person's attributes: of what their identifiers brought, the latest word about each."""
    folded: dict[str, Attribute] = {}
    for part in parts:
        for name, attribute in part.items():
            folded[name] = max(folded.get(name, attribute), attribute, key=lambda each: (each.at, each.source, repr(each.value)))
    return dict(sorted(folded.items()))
