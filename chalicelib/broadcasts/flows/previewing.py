"""What a broadcast would come to, foreseen of a few of those it would be for. Nothing is kept or sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from chalicelib.broadcasts.flows import laying, sending
from chalicelib.broadcasts.words import Entry, Source
from chalicelib.broadcasts.words.orders import BroadcastPreview, Content, Foreseen
from chalicelib.consent.words import Channel
from chalicelib.errors import Missing
from chalicelib.identity.words import IdentifierQuery
from chalicelib.lint import flows as lint
from chalicelib.messaging.flows import previewing, reading
from chalicelib.messaging.flows.planning import channel_of
from chalicelib.messaging.rules.times import due_at
from chalicelib.messaging.words import State
from chalicelib.messaging.words.orders import PreviewOrder, WayAsked
from chalicelib.world import World

SAMPLE = 30
Found = tuple[str, Channel | None, bool]


def preview(
    brand: str,
    content: Content,
    entries: Sequence[Entry],
    source: Source,
    not_before: datetime | None,
    *,
    override: str = "",
    world: World,
    now: datetime,
) -> BroadcastPreview:
    """Of up to thirty people, which way each would be written to as of now, or why not; and what is found in its texts.

    `Invalid` (content_refused) where its order would be: a reason to `override` that is not written down here, for nothing goes.
    """
    findings = reading.find_in(brand, content.channels, content.purpose, world=world, now=now)
    lint.refuse_unless(findings, override)
    audience: int | None = len(entries)
    if source != Source():
        page = laying.read_page(brand, source, "", most=SAMPLE, world=world, now=now)
        entries, audience = page.entries, page.of
    sample = entries[:SAMPLE]
    tally = Counter(_foresee(brand, content, entry, not_before, world=world, now=now) for entry in sample)
    foreseen = (
        Foreseen(state=state, channel=channel, later=later, people=people) for (state, channel, later), people in tally.most_common()
    )
    return BroadcastPreview(audience=audience, looked_at=len(sample), foreseen=tuple(foreseen), findings=findings)


def _foresee(brand: str, content: Content, entry: Entry, not_before: datetime | None, *, world: World, now: datetime) -> Found:
    try:
        to = sending.address(brand, entry, content, world=world)
        asked = PreviewOrder(
            to=IdentifierQuery(type=to.type, value=to.value, account=f"{brand}.{to.account}" if to.account else None),
            purpose=content.purpose,
            topic=content.topic,
            not_before=not_before,
            expires_at=content.expires_at,
            quiet=content.quiet,
            channels=tuple(
                WayAsked(channel=channel_of(step), account=step.account, template_id=getattr(step, "template_id", ""))
                for step in content.channels
            ),
        )
        told = previewing.preview(brand, to, asked, world=world, now=now)
    except Missing:
        return State.skipped_no_endpoint.value, None, False
    if told.at is None:
        return told.state.value, None, False
    way = next((each.channel for each in told.ways if each.open), None)
    return told.state.value, way, told.at > due_at(not_before, now)
