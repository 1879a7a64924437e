"""Session tokens: signed, read and proven. Pure.

A token is the JSON of its claims and an HMAC-SHA256 under one of the brand's signing keys: itsdangerous' `Signer`, which takes a list
of keys and so rotates.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import msgspec
from itsdangerous import BadData, BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from chalicelib.accounts.rules import signing_key
from chalicelib.accounts.words import BrandSecret
from chalicelib.errors import Unauthenticated
from chalicelib.sessions.words import Claims, Session
from chalicelib.staff.rules import BRAND

SESSION = "session"
REFRESH = "refresh"
TICKET = "ticket"
SESSION_LIFE = timedelta(minutes=15)
REFRESH_LIFE = timedelta(days=30)
RETRY_GRACE = timedelta(seconds=60)
"""A refresh whose answer was lost may be repeated for this long."""
TOKEN_LIMIT = 2048


def sign(claims: Claims, secret: BrandSecret, now: datetime) -> str:
    key = signing_key(secret, now)
    return _signer([key.secret], claims.use).sign(base64_encode(msgspec.json.encode(claims))).decode()


def read_brand(token: str) -> str:
    """The brand a token claims to be of, so that its keys can be fetched; nothing else of it is believed yet."""
    if len(token) > TOKEN_LIMIT or not token.isascii():
        raise Unauthenticated
    try:
        brand = msgspec.json.decode(base64_decode(token.rsplit(".", 1)[0]), type=Claims).brand
    except (msgspec.MsgspecError, BadData, ValueError, RecursionError):
        raise Unauthenticated from None
    if not BRAND.fullmatch(brand):
        raise Unauthenticated
    return brand


def verify(token: str, use: str, secret: BrandSecret, now: datetime) -> Claims:
    """The claims of a token that is ours, of this use and not expired."""
    try:
        payload = _signer([key.secret for key in reversed(secret.signing_keys)], use).unsign(token)
    except BadSignature:
        raise Unauthenticated from None
    claims = msgspec.json.decode(base64_decode(payload), type=Claims)
    if claims.use != use or now.timestamp() >= claims.expires_at:
        raise Unauthenticated
    return claims


def claims_of(session: Session, use: str, now: datetime) -> Claims:
    ends_at = min(now + SESSION_LIFE, session.ends_at) if use == SESSION else session.ends_at
    return Claims(
        use=use,
        brand=session.brand,
        key=session.key,
        session=session.id,
        generation=session.generation,
        expires_at=int(ends_at.timestamp()),
    )


def is_repeat(session: Session, generation: int, now: datetime) -> bool:
    """Is this the refresh before the last one, asked again because its answer was lost?"""
    return generation == session.generation - 1 and now - session.refreshed_at <= RETRY_GRACE


def _signer(keys: list[str], use: str) -> Signer:
    return Signer(keys, salt=f"liandong.{use}", key_derivation="hmac", digest_method=hashlib.sha256)
