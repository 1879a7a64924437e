"""Callbacks at the door: verified, handed on and answered. WeChat waits five seconds, so no more is loaded here than that needs."""

from __future__ import annotations

import logging
from datetime import datetime

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account, Kind
from chalicelib.aws.tables import TableError
from chalicelib.errors import Busy, Forbidden, LiandongError, Missing, TooLarge
from chalicelib.inbox import rules, tables
from chalicelib.inbox.words import Answer, Answered, Callback, Kept, State
from chalicelib.replies import flows as replies
from chalicelib.replies.rules.answering import write_answer
from chalicelib.replies.rules.choosing import choose_rule
from chalicelib.replies.words.ready import Rule
from chalicelib.wechat.envelope import MOST_BYTES, CallbackKeys, CallbackQuery, Format, open_callback, seal_reply, verify_address
from chalicelib.wechat.messages import Inbound, dedupe_key, read_message
from chalicelib.wechat.replies import TextReply, render
from chalicelib.world import World

log = logging.getLogger("liandong.inbox")
ACKNOWLEDGED = Answer("success", "text/plain")
CONTENT_TYPES = {Format.XML: "text/xml", Format.JSON: "application/json"}


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


def row_of(account: Account, message: Inbound, callback: Callback, state: State, *, world: World, now: datetime) -> Kept:
    """The callback as it is kept: who wrote and what is sealed."""
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
        tables.keep(row_of(account, message, callback, State.waiting, world=world, now=now))  # a repeat finds it kept: as good


def _write_text(
    account: Account, rule: Rule | None, message: Inbound, format: Format, *, home: str, world: World, now: datetime
) -> str | None:
    """What is answered: that marketing stops, where that is asked for and no keyword of the brand's answers; else what the rule says."""
    if rules.is_nobodys(rule) and rules.may_stop(account, message) and _stops(account, message, world=world, now=now):
        stopped = TextReply(rules.STOPPED)
        return render(stopped, to=message.from_user, sender=message.to_account, now=now, format=format, answers=message.kind)
    return _write_reply(account, rule, message, format, home=home, world=world, now=now) if rule else None


def _stops(account: Account, message: Inbound, *, world: World, now: datetime) -> bool:
    """The policy may be out of reach: then nothing is said, for what is stored is acknowledged; the worker stops it all the same."""
    from chalicelib.consent.flows import hearing  # here, because few messages are so short that no keyword answers them

    try:
        return hearing.is_stop(account, message, world=world, now=now)
    except (LiandongError, TableError) as error:
        log.warning("the policy of %s was not read: %s", account.brand, error)
        return False


def _write_reply(account: Account, rule: Rule, message: Inbound, format: Format, *, home: str, world: World, now: datetime) -> str | None:
    """What a rule says to whoever wrote, if it says anything; nothing either when its pages cannot be led to now: what is stored is
    acknowledged, whatever happens."""
    from chalicelib.sessions.flows import tickets  # here, because few rules lead to a page

    try:
        ways = [tickets.lead_in(account, message.from_user, page, home=home, world=world, now=now) for page in rule.pages]
        answer = write_answer(rule, ways)
        if answer is None:
            return None
        return render(answer, to=message.from_user, sender=message.to_account, now=now, format=format, answers=message.kind)
    except (LiandongError, TableError) as error:
        log.warning("the rule %s of %s was not answered: %s", rule.name, account.id, error)
        return None
