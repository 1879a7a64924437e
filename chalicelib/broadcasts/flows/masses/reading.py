"""What a mass send says, read by the rules of content: when it is planned, previewed, and again when it is due."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.words import Account
from chalicelib.broadcasts.rules import masses as rules
from chalicelib.consent.words import Purpose
from chalicelib.lint import flows as lint
from chalicelib.lint.words import Finding, Subject
from chalicelib.messaging.flows.channels import mass as channel
from chalicelib.messaging.words.masses import AnyMass, MassArticles
from chalicelib.world import World


def read(
    account: Account,
    mass_id: str,
    message: AnyMass,
    purpose: Purpose,
    *,
    override: str = "",
    actor: str = "",
    world: World,
    now: datetime,
) -> tuple[Finding, ...]:
    """What is found in its texts; those of articles are had from WeChat, where they may have been changed since.

    `Invalid` (content_refused) when a finding stands in the way and no reason to `override` it is given; `Declined` with 40007 for a draft
    that is not there.
    """
    articles = channel.read_draft(account, message.media_id, world=world, now=now) if isinstance(message, MassArticles) else ()
    texts = rules.texts_of(message, articles, purpose)
    subject = Subject("mass_send", account.id, mass_id)
    return lint.look_at_texts(account.brand, subject, texts, override=override, actor=actor, world=world, now=now)
