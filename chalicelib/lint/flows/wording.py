"""What a brand adds to the rules: its own words, the pages it knows."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Kind
from chalicelib.documents import flows as documents
from chalicelib.documents.words import Document, Kept
from chalicelib.errors import Invalid
from chalicelib.lint.rules.folding import fold
from chalicelib.lint.words import WordsOrder, WordsShown
from chalicelib.world import World

NONE_OF_ITS_OWN = WordsShown(version=0, written=WordsOrder())


def publish_words(brand: str, order: WordsOrder, *, actor: str, world: World, now: datetime) -> WordsShown:
    """Put a brand's own words in force within ten seconds; what is published is read again by them within minutes."""
    for place, word in enumerate(order.words):
        if not fold(word.word).text.strip():
            raise Invalid(f"A word needs a letter or a digit - at `$.words[{place}].word`.")
    for place, known in enumerate(order.pages):
        at = f"$.pages[{place}].mini_program"
        register.find_named_account(brand, known.mini_program, Kind.mini_program, at=at, world=world, now=now)
    about = {"words": len(order.words), "pages": sum(len(known.paths) for known in order.pages)}
    kept = documents.publish(_document(brand), order, about=about, actor=actor, world=world, now=now)
    return _read(kept)


def show_words(brand: str) -> WordsShown:
    """The words in force this moment; without any of its own, a brand has the rules alone."""
    return _read(documents.find_live(_document(brand)))


def words_in_force(brand: str, *, world: World, now: datetime) -> WordsShown:
    """The brand's own words, at most ten seconds old."""
    return documents.in_force(_document(brand), _read, world=world, now=now)


def _document(brand: str) -> Document[WordsOrder]:
    return Document(brand=brand, kind="content_words", written_as=WordsOrder, event="content_words")


def _read(kept: Kept[WordsOrder] | None) -> WordsShown:
    return NONE_OF_ITS_OWN if kept is None else WordsShown(version=kept.version, written=kept.written)
