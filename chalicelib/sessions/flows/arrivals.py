"""Tickets used: whoever shows one proves by their own code who they are, and is logged in if they are who it was made for."""

from __future__ import annotations

import logging
from datetime import datetime

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account, Kind
from chalicelib.aws.metrics import count
from chalicelib.errors import Busy, Invalid, Missing, Unauthenticated
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Place, read_key
from chalicelib.sessions import tables
from chalicelib.sessions.flows import app, current, mini_program, official_account, phone, tickets
from chalicelib.sessions.rules import launches
from chalicelib.sessions.rules import tickets as rules
from chalicelib.sessions.rules.tokens import RETRY_GRACE
from chalicelib.sessions.words import Arrival, Jump, LoginResult, Proof, TicketLogin, TicketOpened, Told
from chalicelib.world import World

log = logging.getLogger("liandong.sessions")


def arrive(shown: TicketLogin, *, browser: str = "", world: World, now: datetime) -> Arrival:
    """What a ticket gives whoever shows it.

    A jump ticket is opened, then the receiver's code is used, then a single-use ticket, and only then a session begins: whatever
    breaks off can be asked again by the same receiver, with another code, for a minute. `browser`: the secret of the browser that asks.
    """
    if not rules.is_jump(shown.ticket):
        return _come_back(shown, browser=browser, world=world, now=now)
    brand, jump = tickets.open_ticket(shown.ticket, world=world, now=now)
    rules.check_receiver(brand, jump, shown)
    account = register.find_account(shown.account or "", world=world, now=now)
    if account.kind is Kind.official_account and not account.web_login:
        return _arrive_unasked(account, jump, shown, world=world, now=now)
    proof = _prove(account, shown, browser=browser, world=world, now=now)
    used_at = _use(brand, jump, f"{account.name} {proof.place.key}", now=now) if jump.once else now
    person = identity.find_common_person(brand, read_key(jump.subject), proof.place.key) if jump.subject else None
    refusal = rules.why_no_login(jump, person, used_at=used_at)
    told = launches.read_jump(brand, jump, shown.launch)
    if refusal is not None:
        _tell_opened(account, proof, jump, told, used_at=used_at, world=world, now=now)
        return Arrival(purpose=jump.purpose, payload=jump.payload, login_refusal=refusal)
    proof = msgspec.structs.replace(proof, place=Place(proof.place.key, person or proof.place.person))
    return _answer(_begin(account, proof, jump, told, world=world, now=now), jump)


def _come_back(shown: TicketLogin, *, browser: str, world: World, now: datetime) -> Arrival:
    """The ticket of a web login proves who came by itself, and is shown alone."""
    if (shown.account, shown.code, shown.phone, shown.purpose) != (None, None, None, None):
        raise Unauthenticated(code="ticket_refused")
    verifier, launch = shown.code_verifier, shown.launch
    return _answer(official_account.redeem(shown.ticket, browser=browser, code_verifier=verifier, launch=launch, world=world, now=now))


def _arrive_unasked(account: Account, jump: Jump, shown: TicketLogin, *, world: World, now: datetime) -> Arrival:
    """At an account that cannot ask who is there, a ticket made for an openid of its own is good for one login, within five minutes."""
    if shown.code is not None or shown.phone is not None:
        raise Invalid("This account has no web login: a ticket is all it takes - at `$.code`.")
    if not (jump.once and rules.is_own_proof(jump, account)) or rules.is_too_old(jump, now):
        raise Unauthenticated(code="ticket_refused")
    key = read_key(jump.subject)
    try:
        proof = Proof(place=Place(key, identity.find_person_by_key(account.brand, key)))
    except Missing:
        raise Busy("Whoever this ticket is for has written just now and is not entered yet; try again.") from None
    # Nobody can be told from anybody else here, so each use is a receiver of its own and none is answered again.
    _use(account.brand, jump, world.new_id(), now=now)
    told = launches.read_jump(account.brand, jump, shown.launch)
    return _answer(_begin(account, proof, jump, told, world=world, now=now), jump)


def _prove(account: Account, shown: TicketLogin, *, browser: str, world: World, now: datetime) -> Proof:
    """Who shows the ticket, by the code of the end they are at."""
    match account.kind, shown:
        case Kind.mini_program, TicketLogin(code=str(code), phone=None):
            return mini_program.prove(account, code, world=world, now=now)[1]
        case Kind.official_account, TicketLogin(code=str(code), phone=None):
            return _prove_by_web_login(account, code, shown, browser=browser, world=world, now=now)
        case Kind.app, TicketLogin(code=str(code), phone=None):
            return app.prove(account, code, world=world, now=now)
        case Kind.app | Kind.website, TicketLogin(code=str(code), phone=str(number)):
            return phone.prove(account, number, code, world=world, now=now)
    raise Invalid("Send the code of the end that was handed the ticket, with the phone if it was texted - at `$.code`.")


def _prove_by_web_login(account: Account, ticket: str, shown: TicketLogin, *, browser: str, world: World, now: datetime) -> Proof:
    proof = official_account.prove(ticket, browser=browser, code_verifier=shown.code_verifier, world=world, now=now)
    login = proof.web_login
    if login is None or (login.brand, login.account) != (account.brand, account.name):
        raise Unauthenticated(code="ticket_refused")
    return proof


def _use(brand: str, jump: Jump, receiver: str, *, now: datetime) -> datetime:
    """Use a ticket up, and when that was: its receiver, whose answer may have been lost, is not refused for a minute."""
    gone_at = datetime.fromtimestamp(jump.ends_at, now.tzinfo) + rules.KEPT_ON
    if tables.spend_ticket(brand, jump.id, receiver, at=now, gone_at=gone_at):
        return now
    spent = tables.read_spent_ticket(brand, jump.id)
    if spent is None or spent.receiver != receiver or now - spent.at > RETRY_GRACE:
        raise Unauthenticated(code="ticket_used")
    return spent.at


def _tell_opened(account: Account, proof: Proof, jump: Jump, told: Told, *, used_at: datetime, world: World, now: datetime) -> None:
    """Have it known that somebody came by a way that is named. What they are handed does not wait for a queue that refuses."""
    if not (told.entry or told.visit):
        return
    cause = jump.id if jump.once else world.new_id()
    key = str(proof.place.key)
    opened = TicketOpened(brand=account.brand, key=key, account=account.name, cause=cause, at=used_at, told=told)
    try:
        world.queues.send("touches", msgspec.json.encode(opened).decode())
    except Busy:
        count("TouchesLost")
        log.error("an opened ticket of %s could not be told", account.brand)


def _begin(account: Account, proof: Proof, jump: Jump, told: Told, *, world: World, now: datetime) -> LoginResult:
    if proof.web_login is not None:
        return official_account.begin_session(proof, told=told, world=world, now=now)
    ticket = jump.id if jump.once else ""
    return current.begin(account, proof, told=told, ticket=ticket, world=world, now=now)


def _answer(login: LoginResult, jump: Jump | None = None) -> Arrival:
    carried = {} if jump is None else {"purpose": jump.purpose, "payload": jump.payload}
    return msgspec.convert({**msgspec.structs.asdict(login), **carried}, Arrival)
