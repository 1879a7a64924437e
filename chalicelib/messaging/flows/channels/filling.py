"""The keywords of a message of a template: checked when it is ordered and once more right before it is sent."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.words import Account
from chalicelib.messaging.words.contents import SubscribeMessage, SubscriptionNotice, TemplateMessage
from chalicelib.templates import flows as templates
from chalicelib.templates.words import TemplateKind
from chalicelib.world import World


def fill(
    account: Account, content: TemplateMessage | SubscriptionNotice | SubscribeMessage, *, place: str, world: World, now: datetime
) -> dict[str, str]:
    """The values as WeChat takes them; `Invalid` names the keyword it would refuse."""
    kind = TemplateKind.template_message if isinstance(content, TemplateMessage) else TemplateKind.subscription
    return templates.check(account, content.template_id, content.data, content.too_long, kind=kind, place=place, world=world, now=now)
