"""Sessions as every end has them: begun, refreshed, looked at, ended."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account
from chalicelib.errors import Missing, Unauthenticated
from chalicelib.identity import flows as identity
from chalicelib.identity.words import read_key
from chalicelib.sessions import tables
from chalicelib.sessions.rules import launches, tokens
from chalicelib.sessions.words import Claims, LoginResult, Me, Proof, Session, Tokens, Told
from chalicelib.world import World


def begin(
    account: Account,
    proof: Proof,
    *,
    told: Told = launches.NOTHING,
    session_id: str = "",
    ticket: str = "",
    world: World,
    now: datetime,
) -> LoginResult:
    """A session of the identifier that has just proved itself, whatever the end: one write. WeChat's session_key is kept sealed.

    `told`: by which way they came; `ticket`: the id of the single-use ticket that brought them.
    """
    brand = account.brand
    session = Session(
        brand=brand,
        key=str(proof.place.key),
        id=session_id or world.new_id(),
        account=account.name,
        generation=1,
        refreshed_at=now,
        ends_at=now + tokens.REFRESH_LIFE,
    )
    sealed = None if proof.session_key is None else world.keyring.encrypt(brand, proof.session_key, now=now)
    tables.keep_session(session, sealed, launches.announce(session, told, ticket=ticket, web_login=proof.web_login))
    return answer_login(session, proof.place.person, world=world, now=now)


def answer_login(session: Session, person: str, *, world: World, now: datetime) -> LoginResult:
    """What a login answers with, on every end."""
    signed = _tokens(session, world=world, now=now)
    return LoginResult(
        person=person,
        session_token=signed.session_token,
        expires_at=signed.expires_at,
        refresh_token=signed.refresh_token,
        refresh_expires_at=signed.refresh_expires_at,
    )


def refresh(refresh_token: str, *, world: World, now: datetime) -> Tokens:
    """New tokens for old ones. A refresh token works once; used again later, it ends the session: somebody has copied it."""
    claims = verify(refresh_token, tokens.REFRESH, world=world, now=now)
    session = tables.read_session(claims.brand, claims.key, claims.session)
    if session is None or now >= session.ends_at:
        raise Unauthenticated(code="session_ended")
    if tokens.is_repeat(session, claims.generation, now):
        return _tokens(session, world=world, now=now)
    if claims.generation != session.generation:
        tables.end_session(session.brand, session.key, session.id)
        raise Unauthenticated(code="session_ended")
    ends_at = now + tokens.REFRESH_LIFE
    if not tables.advance_session(session, now=now, ends_at=ends_at):
        return _refreshed_by_another(claims, world=world, now=now)
    advanced = msgspec.structs.replace(session, generation=session.generation + 1, refreshed_at=now, ends_at=ends_at)
    return _tokens(advanced, world=world, now=now)


def log_out(token: str, *, world: World, now: datetime) -> None:
    """End the session; its tokens are refused from now on. Ending it twice changes nothing."""
    claims = verify(token, tokens.SESSION, world=world, now=now)
    tables.end_session(claims.brand, claims.key, claims.session)


def log_out_everywhere(token: str, *, world: World, now: datetime) -> None:
    """End every session of the person behind this one, on every end: this one last, so that what broke off may be asked again."""
    claims, _ = find_session(token, world=world, now=now)
    person = identity.find_person_by_key(claims.brand, read_key(claims.key))
    others = {str(key) for key in identity.keys_of_person(claims.brand, person)} - {claims.key}
    tables.end_sessions(claims.brand, [*sorted(others), claims.key])


def who_am_i(token: str, *, world: World, now: datetime) -> Me:
    """The person behind a session, found afresh: a join or split since the login is in force at once."""
    claims, session = find_session(token, world=world, now=now)
    return describe_me(claims, session, now=now)


def describe_me(claims: Claims, session: Session, *, now: datetime) -> Me:
    """Who is logged in, as of now."""
    person = identity.find_person_by_key(claims.brand, read_key(claims.key))
    return Me(
        person=identity.describe_person(claims.brand, person),
        account=f"{claims.brand}.{session.account}",
        session_expires_at=datetime.fromtimestamp(claims.expires_at, now.tzinfo),
    )


def authenticate(token: str, *, world: World, now: datetime) -> Claims:
    """The claims of a session that is still on."""
    return find_session(token, world=world, now=now)[0]


def find_session(token: str, *, world: World, now: datetime) -> tuple[Claims, Session]:
    """The claims of a session that is still on, and the session as it is kept."""
    claims = verify(token, tokens.SESSION, world=world, now=now)
    session = tables.read_session(claims.brand, claims.key, claims.session)
    if session is None:
        raise Unauthenticated(code="session_ended")
    return claims, session


def verify(token: str, use: str, *, world: World, now: datetime) -> Claims:
    """The claims of a token of ours, for this use."""
    if not token:
        raise Unauthenticated
    try:
        secret = register.fetch_brand_secret(tokens.read_brand(token), world=world, now=now)
    except Missing:
        raise Unauthenticated from None
    return tokens.verify(token, use, secret, now)


def _refreshed_by_another(claims: Claims, *, world: World, now: datetime) -> Tokens:
    """Two refreshes at the same moment: the slower one gets what the faster one made."""
    session = tables.read_session(claims.brand, claims.key, claims.session)
    if session is None or not tokens.is_repeat(session, claims.generation, now):
        raise Unauthenticated(code="session_ended")
    return _tokens(session, world=world, now=now)


def _tokens(session: Session, *, world: World, now: datetime) -> Tokens:
    secret = register.fetch_brand_secret(session.brand, world=world, now=now)
    shorter, longer = tokens.claims_of(session, tokens.SESSION, now), tokens.claims_of(session, tokens.REFRESH, now)
    return Tokens(
        session_token=tokens.sign(shorter, secret, now),
        expires_at=datetime.fromtimestamp(shorter.expires_at, now.tzinfo),
        refresh_token=tokens.sign(longer, secret, now),
        refresh_expires_at=datetime.fromtimestamp(longer.expires_at, now.tzinfo),
    )
