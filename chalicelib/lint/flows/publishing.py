"""Documents whose texts are read before they are published, and again by newer rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

import msgspec

from chalicelib.aws.tables import TableError
from chalicelib.documents import flows as documents
from chalicelib.documents.words import Document
from chalicelib.errors import LiandongError
from chalicelib.lint.flows.passing import pass_texts, take_back
from chalicelib.lint.words import Finding, Subject, Written
from chalicelib.world import World

Order = TypeVar("Order", bound=msgspec.Struct)


@contextmanager
def letting_through(
    document: Document[Order],
    subject: Subject,
    order: Order,
    texts_of: Callable[[Order], Iterable[Written]],
    *,
    override: str,
    actor: str,
    world: World,
    now: datetime,
) -> Iterator[tuple[Finding, ...]]:
    """Let the texts of what is put in force within through. When it is not after all, newer rules read again what is in force."""
    texts = tuple(texts_of(order))
    findings = pass_texts(document.brand, subject, texts, override=override, actor=actor, world=world, now=now)
    try:
        yield findings
    except (LiandongError, TableError):
        live = documents.find_live(document)
        before = () if live is None else tuple(texts_of(live.written))
        take_back(document.brand, subject, texts, instead=before, world=world, now=now)
        raise
