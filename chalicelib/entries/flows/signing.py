"""Web pages get what they need to call the JS-SDK."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.flows import register, tokens
from chalicelib.accounts.words import Kind
from chalicelib.entries.rules import signing as rules
from chalicelib.entries.words.signing import Signed
from chalicelib.errors import Missing
from chalicelib.world import World


def sign_page(account_id: str, asked: dict[str, str], *, world: World, now: datetime) -> Signed:
    """A signature for one page of an official account, by the ticket that is kept: WeChat is asked once in two hours.

    Where a page tells that its ticket was refused, WeChat is asked once more; where it stands by that, not again within a minute.
    """
    account = register.find_account(account_id, world=world, now=now)
    if account.kind is not Kind.official_account:
        raise Missing(code="account_missing")
    url, notes = rules.read_url(asked, account.web_origins)
    refused = rules.read_refused(asked)
    ticket = tokens.fetch_page_ticket(account, rejected_version=refused, world=world, now=now)
    if ticket.version == refused:
        notes = (rules.SAME_TICKET, *notes)
    nonce, timestamp = world.random_bytes(8).hex(), int(now.timestamp())
    signature = rules.sign(ticket.value, nonce, timestamp, url)
    return Signed(
        appid=account.appid, timestamp=timestamp, nonce_str=nonce, signature=signature, url=url, ticket=ticket.version, notes=notes
    )
