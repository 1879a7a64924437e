"""Texts as they are compared: without the spaces, punctuation and forms of letters that hide a word. Pure."""

from __future__ import annotations

import functools
import unicodedata

import msgspec

KEPT = frozenset("LN")
"""Letters and numbers. Everything else is left out, but the end of a line: what stands on two lines is no word."""


class Folded(msgspec.Struct, frozen=True):
    """A folded text; `origins[i]`: where in the original its character `i` stands."""

    text: str
    origins: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in the original a part of the folded text stands; the part has at least one character."""
        return self.origins[start], self.origins[end - 1] + 1


def fold(text: str) -> Folded:
    """The text folded; folding it again changes nothing."""
    letters: list[str] = []
    origins: list[int] = []
    for place, character in enumerate(text):
        folded = _fold_character(character)
        letters.append(folded)
        origins.extend([place] * len(folded))
    return Folded("".join(letters), tuple(origins))


@functools.lru_cache(maxsize=8192)
def _fold_character(character: str) -> str:
    if character == "\n":
        return character
    folded = character
    while (again := unicodedata.normalize("NFKD", folded).casefold()) != folded:
        folded = again
    return "".join(each for each in folded if unicodedata.category(each)[0] in KEPT)
