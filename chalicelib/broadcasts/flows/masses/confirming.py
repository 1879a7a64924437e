"""Everybody who was chosen looked at once more, right before WeChat is called: what was said since their turn counts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from chalicelib.broadcasts import rules
from chalicelib.broadcasts.flows.masses import judging
from chalicelib.broadcasts.flows.masses.choosing import CHOSEN, Choice, Chosen
from chalicelib.broadcasts.words.masses import FEWEST_NAMED
from chalicelib.consent import flows as consent
from chalicelib.consent.words import Contact
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Key
from chalicelib.messaging.rules.ways import Closed
from chalicelib.messaging.words import State
from chalicelib.messaging.words.masses import These
from chalicelib.world import World

AT_ONCE = 100


class TooFew(Exception):
    """Fewer may get it still than WeChat sends to."""


def confirm(choice: Choice, *, world: World) -> These:
    """Whom it goes to as of this moment, each hundred of them read in a few batches, all hundreds beside each other.

    Nothing is written, so that nothing stands between the reading and the call: `take_back` says the rest afterwards. Raises `TooFew`.
    """
    everybody = list(choice.chosen.items())
    groups = [everybody[first : first + AT_ONCE] for first in range(0, len(everybody), AT_ONCE)]
    read = world.together([partial(_read, choice.terms.mass.brand, group) for group in groups])
    now = world.now()
    for (key, chosen), contact in zip(everybody, (each for group in read for each in group), strict=True):
        found = Closed(State.skipped_no_endpoint, "no_person") if contact is None else judging.may_get(choice.terms, contact, now)
        if isinstance(found, Closed):
            _drop(choice, key, chosen, found)
    if len(choice.chosen) < FEWEST_NAMED:
        raise TooFew
    return These(openids=choice.openids)


def take_back(choice: Choice, *, world: World) -> None:
    """What was noted with those who were dropped, unless an earlier try may have been to them."""
    for key, chosen in choice.dropped.items():
        if not chosen.had:
            consent.release(choice.terms.mass.brand, key, message=choice.terms.mass.id, gives_back=None, world=world)


def _read(brand: str, group: Sequence[tuple[Key, Chosen]]) -> list[Contact | None]:
    """Who each of them is by now, and what they said."""
    folded = identity.fold_again(brand, [chosen.person for _, chosen in group])
    known = [key for key, _ in group if key in folded]
    contacts = dict(zip(known, consent.read_contacts(brand, [folded[key] for key in known]), strict=True))
    return [contacts.get(key) for key, _ in group]


def _drop(choice: Choice, key: Key, chosen: Chosen, found: Closed) -> None:
    del choice.chosen[key]
    choice.dropped[key] = chosen
    state = State.unknown if chosen.had else found.state
    choice.outcomes = rules.recount(choice.outcomes, CHOSEN, rules.word_of(state, found.why))
