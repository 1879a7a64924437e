"""What messages say, read by the rules of content before they are planned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from chalicelib.consent.words import Purpose
from chalicelib.lint import flows as lint
from chalicelib.lint.words import Finding, Subject
from chalicelib.messaging.flows.looking import find_account
from chalicelib.messaging.rules import texts
from chalicelib.messaging.words.contents import AnyStep
from chalicelib.world import World


def read_message(
    brand: str, message_id: str, steps: Sequence[AnyStep], purpose: Purpose, *, override: str, actor: str, world: World, now: datetime
) -> tuple[Finding, ...]:
    """What is found in a single message, without a word of what it says: names and addresses of people may stand in it.

    `Invalid` (content_refused) when a finding stands in the way and no reason to `override` it is given. Of a service message that is
    asking to buy alone: everything else may be part of a name, and a notice must not be lost for it.
    """
    found = find_in(brand, steps, purpose, filled=texts.is_filled(purpose), world=world, now=now)
    findings = tuple(msgspec.structs.replace(each, found="") for each in found)
    subject = Subject("message", steps[0].account, message_id)
    lint.stand_or_refuse(brand, subject, findings, override, actor=actor, world=world, now=now)
    return findings


def find_in(
    brand: str, steps: Sequence[AnyStep], purpose: Purpose, *, filled: bool = False, world: World, now: datetime
) -> tuple[Finding, ...]:
    """What is found in each step, by what its own account knows; one whose account is gone says nothing. Nothing is refused or kept."""
    found: list[Finding] = []
    for place, step in enumerate(steps):
        if find_account(step.account, world=world, now=now) is None:
            continue
        said = tuple(texts.written_in(step, f"$.channels[{place}]", purpose, filled=filled))
        found += lint.read_texts(brand, step.account, said, world=world, now=now)
    return tuple(found)
