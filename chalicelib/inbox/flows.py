"""Callbacks: verified, handed on and answered by the door; kept and worked off by the worker; redriven when they failed."""

from __future__ import annotations

import logging
from datetime import datetime

import msgspec

from chalicelib.accounts import tables as accounts
from chalicelib.accounts.flows import platforms, register, tokens
from chalicelib.accounts.words import Account, Kind
from chalicelib.attribution.flows import keeping as touches
from chalicelib.aws.tables import TableError
from chalicelib.consent.flows import hearing as contacts
from chalicelib.consent.flows import revoking
from chalicelib.consent.words import Purpose
from chalicelib.errors import Busy, Declined, Forbidden, LiandongError, Missing, TooLarge
from chalicelib.guidance.flows import counting as guidance
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.inbox import rules, tables
from chalicelib.inbox.words import Answer, Answered, Callback, FailedPage, Kept, KeptShown, Redriven, RedriveOrder, State
from chalicelib.menus.flows import counting as menus
from chalicelib.messaging import flows as messaging
from chalicelib.pulls.flows import reconciling
from chalicelib.replies import flows as replies
from chalicelib.replies.rules.answering import write_answer
from chalicelib.replies.rules.choosing import choose_rule
from chalicelib.replies.words.ready import Rule
from chalicelib.sessions.flows import tickets
from chalicelib.wechat.envelope import MOST_BYTES, CallbackKeys, CallbackQuery, Format, open_callback, seal_reply, verify_address
from chalicelib.wechat.messages import Inbound, PlatformNotice, Subscribed, dedupe_key, read_message
from chalicelib.wechat.replies import TextReply, render
from chalicelib.world import World

log = logging.getLogger("liandong.inbox")
ACKNOWLEDGED = Answer("success", "text/plain")
CONTENT_TYPES = {Format.XML: "text/xml", Format.JSON: "application/json"}
PAGE = 100


def prove_address(account_id: str, query: CallbackQuery, *, world: World, now: datetime) -> Answer:
    """WeChat's check of the callback address: the echostr back, for a right signature."""
    _, keys = _account_and_keys(account_id, world=world, now=now)
    return Answer(verify_address(keys, query), "text/plain")


def receive(account_id: str, query: CallbackQuery, body: bytes, *, home: str, world: World, now: datetime) -> Answer:
    """Take one callback: nothing is acknowledged that is not stored, and one AWS call stores it. `home`: our own address."""
    if len(body) > MOST_BYTES:  # before anything else, so that every account answers alike
        raise TooLarge(f"A callback has at most {MOST_BYTES} bytes.")
    account, keys = _account_and_keys(account_id, world=world, now=now)
    opened = open_callback(body, query, keys, now=now, window_s=world.settings.callback_window_s)
    message = read_message(opened.fields)
    live = replies.live_rules(account, world=world, now=now)
    rule = choose_rule(live.index, message, at=now) if account.kind is Kind.official_account else None
    answered = Answered(rule=None if rule is None else rule.name, version=live.version)
    callback = Callback(account=account.id, key=dedupe_key(opened.fields), received_at=now, fields=opened.fields, answered=answered)
    _store(account, message, callback, world=world, now=now)
    text = _write_text(account, rule, message, opened.format, home=home, world=world, now=now)
    if text is None:
        return ACKNOWLEDGED
    sealed = seal_reply(
        text,
        keys,
        format=opened.format,
        encrypted=opened.encrypted,
        timestamp=int(now.timestamp()),
        nonce=query.nonce,
        random16=world.random_bytes(16),
        aes_key_index=opened.aes_key_index,
    )
    return Answer(sealed, CONTENT_TYPES[opened.format])


def apply(callback: Callback, *, world: World, now: datetime) -> None:
    """Keep one callback and do what it effects, each effect once however often this runs."""
    account = register.find_account(callback.account, world=world, now=now)
    kept = _keep(account, read_message(callback.fields), callback, world=world, now=now)
    if kept.state is State.applied:
        return
    try:
        _effect(account, _open(kept, world=world), world=world, now=now)
    except LiandongError as error:
        tables.mark_failed(kept, error.code)
        raise
    except Exception as error:
        tables.mark_failed(kept, type(error).__name__)
        raise
    tables.mark_applied(kept)


def sweep(*, world: World, now: datetime) -> int:
    """Queue what the door had to write itself while the queue refused, and have next month's keys ready for such an hour."""
    queued = _queue(list(tables.list_waiting(before=now - rules.SWEEP_AFTER, most=PAGE)), world=world)
    for brand in accounts.list_brands():
        world.keyring.prepare(brand, now=now)
    return queued


def list_failed(brand: str, *, cursor: str | None, most: int) -> FailedPage:
    """Callbacks whose effects failed and that wait for a redrive."""
    failed, end = tables.list_failed(brand, most=most, after=rules.read_cursor(cursor))
    return FailedPage(callbacks=tuple(_show(kept) for kept in failed), cursor=rules.write_cursor(end))


def redrive(brand: str, order: RedriveOrder, *, world: World) -> Redriven:
    """Put failed callbacks on the queue again. Repeating it is safe: what is applied stays applied."""
    if order.callbacks:
        named = [_own(brand, callback.account, callback.key) for callback in order.callbacks]
        return Redriven(queued=_queue(named, world=world), more=False, cursor=None)
    failed, end = tables.list_failed(brand, most=PAGE, after=rules.read_cursor(order.cursor))
    return Redriven(queued=_queue(failed, world=world), more=end is not None, cursor=rules.write_cursor(end))


def _account_and_keys(account_id: str, *, world: World, now: datetime) -> tuple[Account, CallbackKeys]:
    """An unknown brand, an unknown account and one without callbacks are refused like a wrong signature."""
    try:
        account = register.find_account(account_id, world=world, now=now)
        return account, rules.callback_keys(account, register.fetch_secret(account, world=world, now=now))
    except Missing:
        raise Forbidden(code="callback_refused") from None


def _store(account: Account, message: Inbound, callback: Callback, *, world: World, now: datetime) -> None:
    """On the queue, or else into the table itself; `Busy` when both refuse, so that WeChat comes again."""
    try:
        world.queues.send("inbox", msgspec.json.encode(callback).decode())
    except Busy:
        log.warning("the inbox queue refused a callback of %s; the door keeps it itself", account.id)
        tables.keep(_row(account, message, callback, State.waiting, world=world, now=now))  # a repeat finds it kept: as good


def _write_text(
    account: Account, rule: Rule | None, message: Inbound, format: Format, *, home: str, world: World, now: datetime
) -> str | None:
    """What is answered: that marketing stops, where that is asked for and no keyword of the brand's answers; else what the rule says."""
    if rules.is_nobodys(rule) and _stops(account, message, world=world, now=now):
        stopped = TextReply(contacts.STOPPED)
        return render(stopped, to=message.from_user, sender=message.to_account, now=now, format=format, answers=message.kind)
    return _write_reply(account, rule, message, format, home=home, world=world, now=now) if rule else None


def _stops(account: Account, message: Inbound, *, world: World, now: datetime) -> bool:
    """The policy may be out of reach: then nothing is said, for what is stored is acknowledged; the worker stops it all the same."""
    try:
        return contacts.is_stop(account, message, world=world, now=now)
    except (LiandongError, TableError) as error:
        log.warning("the policy of %s was not read: %s", account.brand, error)
        return False


def _write_reply(account: Account, rule: Rule, message: Inbound, format: Format, *, home: str, world: World, now: datetime) -> str | None:
    """What a rule says to whoever wrote, if it says anything; nothing either when its pages cannot be led to now: what is stored is
    acknowledged, whatever happens."""
    try:
        ways = [tickets.lead_in(account, message.from_user, page, home=home, world=world, now=now) for page in rule.pages]
        answer = write_answer(rule, ways)
        if answer is None:
            return None
        return render(answer, to=message.from_user, sender=message.to_account, now=now, format=format, answers=message.kind)
    except (LiandongError, TableError) as error:
        log.warning("the rule %s of %s was not answered: %s", rule.name, account.id, error)
        return None


def _keep(account: Account, message: Inbound, callback: Callback, *, world: World, now: datetime) -> Kept:
    """The callback's row: the one there was, or the one written now."""
    kept = _row(account, message, callback, State.kept, world=world, now=now)
    if tables.keep(kept):
        return kept
    return tables.read(account.brand, account.name, callback.key) or kept


def _row(account: Account, message: Inbound, callback: Callback, state: State, *, world: World, now: datetime) -> Kept:
    return Kept(
        brand=account.brand,
        account=account.id,
        key=callback.key,
        state=state,
        received_at=callback.received_at,
        kind=message.kind,
        sealed=world.keyring.encrypt(account.brand, msgspec.json.encode(callback).decode(), now=now),
        attempts=0,
        why="",
    )


def _open(kept: Kept, *, world: World) -> Callback:
    """The callback as it was kept first: what a later delivery was answered, by other rules, has no effect."""
    return msgspec.json.decode(world.keyring.decrypt(kept.brand, kept.sealed), type=Callback)


def _effect(account: Account, callback: Callback, *, world: World, now: datetime) -> None:
    """Whether they follow, what their message called for, who it is by WeChat's answer, and by which way they came."""
    message = read_message(callback.fields)
    if isinstance(message, PlatformNotice):
        platforms.hear(account, message, world=world, now=now)
        return
    order_id = rules.shop_order_of(account, message)
    if order_id is not None:
        _recognise_buyers(account, order_id, world=world, now=now)
    menus.note_tap(account, callback.key, message)
    if isinstance(message, revoking.Notice):
        revoking.hear_revoked(account, message, cause=callback.key, world=world, now=now)
        return
    contacts.hear(account, message, cause=callback.key, world=world, now=now)
    messaging.hear(account, message, world=world, now=now)
    if not rules.is_from_a_person(message):
        return
    openid = Identifier(IdentifierType.openid, message.from_user, account.name)
    follows = rules.follow_told_by(message)
    if follows is not None:
        identity.note_follow(account.brand, openid, follows=follows, at=message.created_at, world=world, now=now)
        key = identity.key_of(account.brand, openid, world=world, now=now)
        reconciling.note_heard(account, key, follows_now=follows, at=message.created_at)
    rule = _rule_that_answered(account, callback, world=world, now=now)
    stops = contacts.is_stop(account, message, world=world, now=now)
    if stops and rules.is_nobodys(rule):
        rule = None  # the answer was that marketing stops
    else:
        _plan_what_follows(account, openid, rule, message, callback, world=world, now=now)
    unionid = _fetch_unionid(account, message.from_user, world=world, now=now) if isinstance(message, Subscribed) else None
    key = identity.recognise(account.brand, openid, unionid, source=message.kind, world=world, now=now).key
    if stops:
        contacts.stop_by_message(account, key, message, cause=callback.key, world=world, now=now)
    if isinstance(message, Subscribed):  # after it is known who that is
        guidance.note_followed(account, openid, at=message.created_at, world=world, now=now)
    answered = callback.answered.rule or ""
    touches.keep_callback(account, key, message, key=callback.key, answered=answered, world=world, now=now)
    if rule is not None:
        replies.act(account, key, message.from_user, rule, callback.key, at=message.created_at, world=world, now=now)


def _recognise_buyers(account: Account, order_id: str, *, world: World, now: datetime) -> None:
    """Whoever an order of the Channels shop is of, and of a gift also who gives it: each by their own unionid, never as one."""
    for buyer in tokens.with_token(account, lambda token: world.wechat.fetch_buyers(token, order_id), world=world, now=now):
        openid = Identifier(IdentifierType.openid, buyer.openid, account.name)
        identity.recognise(account.brand, openid, buyer.unionid, source="channels.order", world=world, now=now)


def _fetch_unionid(account: Account, openid: str, *, world: World, now: datetime) -> str | None:
    """The unionid of a new follower, where WeChat tells it to this account."""
    try:
        return tokens.with_token(account, lambda token: world.wechat.fetch_follower(token, openid), world=world, now=now).unionid
    except Declined as declined:
        if declined.errcode != rules.NOT_ENTITLED:
            raise
        return None


def _rule_that_answered(account: Account, callback: Callback, *, world: World, now: datetime) -> Rule | None:
    if callback.answered.rule is None:
        return None
    published = replies.rules_of_version(account, callback.answered.version, world=world, now=now)
    return rules.find_rule(published.index.rules, callback.answered.rule)


def _plan_what_follows(
    account: Account, openid: Identifier, rule: Rule | None, message: Inbound, callback: Callback, *, world: World, now: datetime
) -> None:
    """The messages behind the answer. A text that was not foreseen is noted."""
    if account.kind is Kind.official_account:
        replies.note_unanswered(account, message, rule, callback.key, world=world, now=now)
    if rule is None:
        return

    def message_id(cause: str, way: tuple[str, ...]) -> str:
        return messaging.caused_id(account.brand, callback.account, cause, *way)

    def was_lost(cause: str, way: tuple[str, ...]) -> bool:
        return messaging.was_lost(account.brand, message_id(cause, way))

    person = identity.key_of(account.brand, openid, world=world, now=now)
    for sending in replies.follow_up(account, person, rule, callback.key, was_lost=was_lost, now=now):
        what = messaging.Plan(
            id=message_id(callback.key, sending.cause),
            purpose=Purpose.service,
            steps=(rules.write_step(account, sending.what),),
            expires_at=rules.card_not_after(message, callback.received_at, world.settings.card_delay_allowed_s),
        )
        messaging.plan(account.brand, openid, what, world=world, now=now)


def _own(brand: str, account_id: str, key: str) -> Kept:
    owner, _, name = account_id.partition(".")
    kept = tables.read(brand, name, key) if owner == brand else None
    if kept is None or kept.state is State.applied:
        raise Missing("No failed callback with this account and key.", code="message_missing")
    return kept


def _show(kept: Kept) -> KeptShown:
    return KeptShown(
        account=kept.account,
        key=kept.key,
        kind=kept.kind,
        state=kept.state,
        received_at=kept.received_at,
        attempts=kept.attempts,
        why=kept.why,
    )


def _queue(callbacks: list[Kept], *, world: World) -> int:
    bodies = [world.keyring.decrypt(kept.brand, kept.sealed) for kept in callbacks]
    return len(bodies) - len(world.queues.send_all("inbox", bodies))
