"""Logins from the web pages of an official account: begun at a page of its own, answered once, whatever comes twice."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account, Kind
from chalicelib.aws.tables import TableError
from chalicelib.errors import Declined, Missing, Refused, Unauthenticated
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType, Place, read_key
from chalicelib.sessions import tables
from chalicelib.sessions.flows import current
from chalicelib.sessions.rules import launches, tokens
from chalicelib.sessions.rules.addresses import is_own_page, is_page_of
from chalicelib.sessions.words import Claims, Launch, LoginResult, Proof, Session, Told, WebLogin, WebScope
from chalicelib.world import World

LIFE = timedelta(minutes=10)
TICKET_LIFE = timedelta(minutes=5)
WAITS_S = (0.2, 0.3, 0.5, 1.0, 1.0, 1.5)
"""A little longer than the first visit may wait for WeChat: a browser shows what the last one is answered."""
USED, UNKNOWN_CODE, EXPIRED = 40163, 40029, 42003


def begin(
    account_id: str,
    return_to: str,
    scope: WebScope,
    *,
    browser: str,
    callback: str,
    own_page: str,
    code_challenge: str = "",
    world: World,
    now: datetime,
) -> str:
    """WeChat's page that asks who is there. `browser`: a secret of this one browser, `callback`: where WeChat sends it back to.

    `own_page`: our own page of this account, to which every account's logins may lead. `code_challenge`: of a secret the page keeps, so
    that nobody else can use its ticket, nor have it use theirs.
    """
    account = find_account(account_id, world=world, now=now)
    if not account.web_login or not is_page_of(account, return_to, own_page):
        raise Missing(code="web_login_missing")
    state = world.random_bytes(32).hex()
    login = WebLogin(
        brand=account.brand,
        state_hash=_hash(state),
        account=account.name,
        browser_hash=_hash(browser),
        return_to=return_to,
        ends_at=now + LIFE,
        own_page=is_own_page(return_to, own_page),
        code_challenge=code_challenge,
    )
    tables.keep_web_login(login)
    # WeChat wants exactly this order, and the fragment.
    asked = [
        ("appid", account.appid),
        ("redirect_uri", callback),
        ("response_type", "code"),
        ("scope", f"snsapi_{scope}"),
        ("state", state),
    ]
    return f"{world.settings.wechat_open_url.rstrip('/')}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect"


def finish(account_id: str, state: str, code: str, *, browser: str, own_page: str, world: World, now: datetime) -> WebLogin:
    """The login with who came of it. WeChat's second visit, or the person's own, is answered from the first."""
    account = find_account(account_id, world=world, now=now)
    login = _find_login(account, state, browser=browser, now=now)
    if not is_page_of(account, login.return_to, own_page):  # the page may have been taken back meanwhile
        raise Missing(code="web_login_missing")
    if login.key is not None:
        return login
    if not code:
        raise Refused(code="web_login_denied")
    secret = register.fetch_secret(account, world=world, now=now)
    try:
        answer = world.wechat.exchange_web_code(account.appid, secret.app_secret, code)
    except Declined as refused:
        return _answered_by_another(login, refused, world=world)
    if answer.is_snapshot:
        raise Refused(code="web_login_snapshot")
    openid = Identifier(IdentifierType.openid, answer.openid, account.name)
    place = identity.recognise(account.brand, openid, answer.unionid, source="web login", world=world, now=now)
    if tables.settle_web_login(login, str(place.key)):
        return msgspec.structs.replace(login, key=str(place.key))
    settled = tables.read_web_login(login.brand, login.state_hash)
    if settled is None:
        raise Refused(code="web_login_ended")
    return settled


def make_ticket(login: WebLogin, *, world: World, now: datetime) -> str:
    """What the page is opened with: it becomes a session once. Signed, short-lived, without a personal value."""
    assert login.key is not None
    secret = register.fetch_brand_secret(login.brand, world=world, now=now)
    expires_at = int((now + TICKET_LIFE).timestamp())
    claims = Claims(use=tokens.TICKET, brand=login.brand, key=login.key, session=login.state_hash, generation=0, expires_at=expires_at)
    return tokens.sign(claims, secret, now)


def find_page(account_id: str, state: str, *, browser: str, own_page: str, world: World, now: datetime) -> str:
    """The page a login of this browser was begun for, to begin again there; nothing when there is none any more."""
    try:
        account = find_account(account_id, world=world, now=now)
        login = _find_login(account, state, browser=browser, now=now)
    except (Refused, TableError):
        return ""
    return login.return_to if is_page_of(account, login.return_to, own_page) else ""


def redeem(
    ticket: str, *, browser: str, code_verifier: str | None, launch: Launch | None = None, world: World, now: datetime
) -> LoginResult:
    """The session of a web login, once. The same page asking again within a minute, its answer lost, gets the same session."""
    proof = prove(ticket, browser=browser, code_verifier=code_verifier, world=world, now=now)
    told = launches.NOTHING if proof.web_login is None else launches.read_launch(proof.web_login.brand, launch)
    return begin_session(proof, told=told, world=world, now=now)


def prove(ticket: str, *, browser: str, code_verifier: str | None, world: World, now: datetime) -> Proof:
    """Whose openid a web login's ticket is of, as long as it is unused, or may be its page asking again; and it is who began it."""
    try:
        claims = current.verify(ticket, tokens.TICKET, world=world, now=now)
    except Unauthenticated:
        raise Unauthenticated(code="ticket_refused") from None
    login = tables.read_web_login(claims.brand, claims.session)
    if login is None or login.key != claims.key or not _began(login, browser, code_verifier):
        raise Unauthenticated(code="ticket_refused")
    if login.session is not None:
        _find_session(login, now=now)
    key = read_key(claims.key)
    return Proof(place=Place(key, identity.find_person_by_key(login.brand, key)), web_login=login)


def begin_session(proof: Proof, *, told: Told, world: World, now: datetime) -> LoginResult:
    """The one session a web login becomes. `told`: by which way they came, as far as they said; the page's address says the rest."""
    login, person = proof.web_login, proof.place.person
    assert login is not None
    if login.session is not None:
        return current.answer_login(_find_session(login, now=now), person, world=world, now=now)
    account = register.find_account(f"{login.brand}.{login.account}", world=world, now=now)
    session_id = world.new_id()
    told = launches.read_web_login(login, told)
    result = current.begin(account, proof, told=told, session_id=session_id, world=world, now=now)
    if tables.spend_web_login(login, session_id):
        return result
    tables.end_session(login.brand, str(proof.place.key), session_id)
    spent = tables.read_web_login(login.brand, login.state_hash)
    return current.answer_login(_find_session(spent or login, now=now), person, world=world, now=now)


def _find_session(login: WebLogin, *, now: datetime) -> Session:
    """The session a ticket became, while it may be the same page asking again."""
    session = tables.read_session(login.brand, login.key or "", login.session or "")
    if session is None or session.generation > 1 or now - session.refreshed_at > tokens.RETRY_GRACE:
        raise Unauthenticated(code="ticket_refused")
    return session


def find_account(account_id: str, *, world: World, now: datetime) -> Account:
    """The official account with this id; another kind of account is none."""
    account = register.find_account(account_id, world=world, now=now)
    if account.kind is not Kind.official_account:
        raise Missing(code="account_missing")
    return account


def _find_login(account: Account, state: str, *, browser: str, now: datetime) -> WebLogin:
    """The login of this account, begun in this browser and not over; otherwise there is none."""
    login = tables.read_web_login(account.brand, _hash(state))
    if login is None or login.account != account.name or now >= login.ends_at:
        raise Refused(code="web_login_ended")
    if not hmac.compare_digest(login.browser_hash, _hash(browser)):
        raise Refused(code="web_login_ended")
    return login


def _answered_by_another(login: WebLogin, refused: Declined, *, world: World) -> WebLogin:
    """A used code may be the same visit twice: the other one is about to say who it is."""
    if refused.errcode not in {USED, UNKNOWN_CODE, EXPIRED}:
        raise refused
    if refused.errcode == USED:
        for wait_s in WAITS_S:
            settled = tables.read_web_login(login.brand, login.state_hash)
            if settled is not None and settled.key is not None:
                return settled
            world.pause(wait_s)
    raise Refused(code="web_login_ended")


def _began(login: WebLogin, browser: str, code_verifier: str | None) -> bool:
    """Is it who began the login? A ticket in somebody else's address would log them in as us, or us as them."""
    if login.own_page and not hmac.compare_digest(login.browser_hash, _hash(browser)):
        return False
    if not login.code_challenge:
        return True
    challenge = base64.urlsafe_b64encode(hashlib.sha256((code_verifier or "").encode()).digest()).decode().rstrip("=")
    return hmac.compare_digest(login.code_challenge, challenge)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
