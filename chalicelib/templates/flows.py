"""Templates: had from WeChat, looked up, filled in and checked before WeChat sees them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from chalicelib.accounts.flows import register, tokens
from chalicelib.accounts.tables import list_accounts, list_brands
from chalicelib.accounts.words import Account, Kind
from chalicelib.aws.tables import TableError
from chalicelib.errors import Declined, Invalid, LiandongError, Missing
from chalicelib.templates import rules, tables
from chalicelib.templates.words import Preview, PreviewOrder, Synced, Template, TemplateKind, TemplatesShown, TooLong
from chalicelib.wechat.templates import TemplateTold
from chalicelib.world import World

log = logging.getLogger("liandong.templates")
WITH_TEMPLATES = frozenset({Kind.official_account, Kind.mini_program})
FRESH_S = 300
SYNCED_EVERY = timedelta(hours=6)
NOT_ENTITLED = frozenset({48001, 40200, 200100, 45103})
"""The account is of a class without this kind of templates."""


def find_account(brand: str, account_id: str, *, world: World, now: datetime) -> Account:
    """An account of the brand that may have templates."""
    account = register.find_own_account(brand, account_id, world=world, now=now)
    if account.kind not in WITH_TEMPLATES:
        raise Missing(code="account_missing")
    return account


def sync(account: Account, *, world: World, now: datetime) -> Synced:
    """Have an account's templates anew from WeChat."""
    asks = [(TemplateKind.subscription, world.wechat.list_subscription_templates)]
    if account.kind is Kind.official_account:
        asks.append((TemplateKind.template_message, world.wechat.list_message_templates))
    told = [rules.read_template(each, kind) for kind, ask in asks for each in _had(account, ask, world=world, now=now)]
    synced = Synced(synced_at=now.replace(microsecond=0), templates=tuple(told))
    tables.keep_synced(account, synced.templates, now=now)
    world.cache.forget("templates", account.id)
    return synced


def sync_all(*, world: World, now: datetime) -> int:
    """Have the templates of every account anew whose are older than six hours; how many accounts failed is the answer."""
    failed = 0
    for account in (account for brand in list_brands() for account in list_accounts(brand) if account.kind in WITH_TEMPLATES):
        try:
            synced = tables.read_synced(account)
            if synced is None or now - synced.synced_at >= SYNCED_EVERY:
                sync(account, world=world, now=now)
        except (LiandongError, TableError) as error:  # one account's trouble is none of the others'
            log.warning("the templates of %s could not be had: %s", account.id, type(error).__name__)
            failed += 1
    return failed


def show(account: Account, *, world: World, now: datetime) -> TemplatesShown:
    """The templates of an account; asked of WeChat if they never were."""
    synced = tables.read_synced(account) or sync(account, world=world, now=now)
    return TemplatesShown(account=account.id, synced_at=synced.synced_at, templates=synced.templates)


def find_template(account: Account, template_id: str, *, world: World, now: datetime) -> Template | None:
    """A template as of five minutes ago; nothing when it is unknown, or the account's were never had."""
    return _pick(_recall(account, world=world, now=now), template_id)


def is_missing(account: Account, template_id: str, *, world: World, now: datetime) -> bool:
    """Is it known, as of five minutes ago, that the account has no such template? Of one whose templates were never had nothing is."""
    synced = _recall(account, world=world, now=now)
    return synced is not None and _pick(synced, template_id) is None


def check(
    account: Account,
    template_id: str,
    data: Mapping[str, str],
    too_long: TooLong,
    *,
    kind: TemplateKind,
    place: str,
    world: World,
    now: datetime,
) -> dict[str, str]:
    """What may be sent: `Invalid` names the keyword WeChat would refuse, or the template the account has not, or not for this.

    What was never had from WeChat cannot be checked, and is left to WeChat.
    """
    synced = _recall(account, world=world, now=now)
    if synced is None:
        return dict(data)
    template = _pick(synced, template_id)
    if template is None:
        raise Invalid(f"The account has no such template: POST /v1/accounts/{{account}}/templates/sync, if it is new - at `{place}`.")
    if template.kind is not kind:
        raise Invalid(f"This template is for messages of another channel - at `{place}.template_id`.")
    return rules.check(template, data, too_long, place=f"{place}.data").data


def preview(account: Account, template_id: str, order: PreviewOrder, *, world: World, now: datetime) -> Preview:
    """How a message would read, and every keyword that stands in its way."""
    template = _pick(tables.read_synced(account) or sync(account, world=world, now=now), template_id)
    if template is None:
        raise Missing(code="template_missing")
    filled = rules.fill(template, order.data, order.too_long)
    return Preview(
        template=template.id,
        title=template.title,
        text=rules.render(template, filled),
        data=filled.data,
        cut=filled.cut,
        wrong=filled.wrong,
    )


def _recall(account: Account, *, world: World, now: datetime) -> Synced | None:
    return world.cache.remember(("templates", account.id), FRESH_S, lambda: tables.read_synced(account), now=now)


def _pick(synced: Synced | None, template_id: str) -> Template | None:
    return next((each for each in synced.templates if each.id == template_id), None) if synced else None


def _had(account: Account, ask: Callable[[str], list[TemplateTold]], *, world: World, now: datetime) -> list[TemplateTold]:
    """What WeChat tells; nothing of an account that may not have templates of this kind."""
    try:
        return tokens.with_token(account, ask, world=world, now=now)
    except Declined as declined:
        if declined.errcode not in NOT_ENTITLED:
            raise
        return []
