"""What people wrote that no rule was for: counted by day, and listed."""

from __future__ import annotations

from datetime import date, datetime

from chalicelib.accounts.words import Account
from chalicelib.replies.rules.folding import fold
from chalicelib.replies.rules.masking import mask
from chalicelib.replies.rules.waiting import day_of
from chalicelib.replies.tables import unanswered as tables
from chalicelib.replies.words import OnAnything
from chalicelib.replies.words.ready import Rule
from chalicelib.replies.words.unanswered import Unanswered, UnansweredShown
from chalicelib.wechat.messages import Inbound, TextMessage
from chalicelib.world import World


def note_unanswered(account: Account, message: Inbound, rule: Rule | None, cause: str, *, world: World, now: datetime) -> None:
    """Count a text that the default rule answered, or none; `cause`: the callback, which is counted once."""
    if not isinstance(message, TextMessage) or (rule is not None and not isinstance(rule.when, OnAnything)):
        return
    masked = mask(message.content)
    hashed = world.keyring.hash(account.brand, f"unanswered:{account.id}:{fold(masked)}", now=now)
    sealed = world.keyring.encrypt(account.brand, masked, now=now)
    on = day_of(message.created_at, world.settings.utc_offset_h)
    tables.count_text(account, on, hashed, sealed, cause, at=message.created_at)


def show_unanswered(account: Account, on: date, *, skip: int, most: int, world: World) -> UnansweredShown:
    """The texts of a day, the most frequent first: `most` behind the first `skip`."""
    counted, others = tables.list_texts(account, on)
    texts = [
        Unanswered(text=world.keyring.decrypt(account.brand, each.sealed), count=each.count, first_at=each.first_at, last_at=each.last_at)
        for each in counted
    ]
    page = sorted(texts, key=lambda each: (-each.count, each.text))[skip : skip + most]
    cursor = str(skip + most) if len(texts) > skip + most else None
    return UnansweredShown(account=account.id, on=on, texts=tuple(page), others=others, cursor=cursor)
