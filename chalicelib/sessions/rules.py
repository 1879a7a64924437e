"""Session tokens, texted codes and the reading of a refused code. Pure.

A token is the JSON of its claims and an HMAC-SHA256 under one of the brand's signing keys: itsdangerous' `Signer`, which takes a list
of keys and so rotates.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

import msgspec
from itsdangerous import BadData, BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from chalicelib.accounts.rules import signing_key
from chalicelib.accounts.words import Account, BrandSecret
from chalicelib.config import Settings
from chalicelib.errors import Declined, Invalid, Refused, Unauthenticated
from chalicelib.identity.rules.values import normalise
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.sessions.words import Claims, Limit, Session
from chalicelib.staff.rules import BRAND

SESSION = "session"
REFRESH = "refresh"
TICKET = "ticket"
SESSION_LIFE = timedelta(minutes=15)
REFRESH_LIFE = timedelta(days=30)
RETRY_GRACE = timedelta(seconds=60)
"""A refresh whose answer was lost may be repeated for this long."""
TOKEN_LIMIT = 2048
SMS_CODE_LIFE = timedelta(minutes=5)
SMS_CODE_TRIES = 5
SEALED_PHONE_LIFE_S = 300


class _Watermark(msgspec.Struct):
    appid: str
    timestamp: int


class _SealedPhone(msgspec.Struct, rename="camel"):
    country_code: str
    pure_phone_number: str
    watermark: _Watermark


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


def explain_refused_code(refused: Declined, code: str, login_code_pattern: str) -> Refused:
    """WeChat's errcode for a code as a refusal that says what to do. A code of the wrong kind is 40029 too: its shape tells."""
    if refused.errcode == 40163:
        return Refused(code="login_code_used")
    if refused.errcode == 40226:
        return Refused(code="login_refused")
    if refused.errcode != 40029:
        return refused
    if not re.fullmatch(login_code_pattern, code):
        return Refused(code="login_code_wrong_kind")
    return Refused(code="login_code_expired")


def explain_refused_app_code(refused: Declined) -> Refused:
    """WeChat's errcode for the code of a mobile app as a refusal that says what to do."""
    if refused.errcode == 40163:
        return Refused("The code was used before: let the person log in by WeChat again.", code="login_code_used")
    if refused.errcode in (40029, 42003):
        return Refused("The code is expired, or of another app: let the person log in by WeChat again.", code="login_code_expired")
    return refused


def read_phone(text: str) -> str:
    """A phone as people write it in E.164; a number without country code is Chinese."""
    try:
        return normalise(Identifier(IdentifierType.phone, text)).value
    except Invalid:
        raise Invalid("This is no phone number of a person - at `$.phone`.") from None


def read_sealed_phone(opened: bytes, *, appid: str, now: datetime) -> str:
    """The phone in a mini program's decrypted data, if its watermark is of this mini program and of the last five minutes."""
    try:
        told = msgspec.json.decode(opened, type=_SealedPhone)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Refused(code="phone_data_refused") from None
    age_s = now.timestamp() - told.watermark.timestamp
    if told.watermark.appid != appid or not -SEALED_PHONE_LIFE_S <= age_s <= SEALED_PHONE_LIFE_S:
        raise Refused(code="phone_data_refused")
    return read_phone(f"+{told.country_code}{told.pure_phone_number}")


def read_sms_code(text: str) -> str:
    """A code as people type it, full-width digits and spaces included."""
    code = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    if not re.fullmatch(r"[0-9]{6}", code):
        raise Refused(code="sms_code_wrong")
    return code


def make_sms_code(random_bytes: bytes) -> str:
    """Six digits, each as likely as the next."""
    return f"{int.from_bytes(random_bytes) % 1_000_000:06}"


def write_sms(sender: str, code: str) -> str:
    """What the phone shows."""
    return f"【{sender}】验证码 {code}，5 分钟内有效，请勿告诉他人。"


def source_group(address: str) -> str:
    """What counts as one source: an IPv4 address, or the network of an IPv6 one, which a single customer has whole."""
    try:
        source = ip_address(address)
    except ValueError:
        return address
    return str(source) if source.version == 4 else str(ip_network((source, 64), strict=False))


def code_limits(account: Account, *, phone_key: str, source_hash: str, settings: Settings) -> tuple[Limit, ...]:
    """How many codes there may be; the phone's minute comes first, so that whoever waits for it spends nothing else."""
    phone = f"{account.brand}#I#{phone_key}"
    return (
        Limit(pk=phone, sk="L#minute", most=1, window_s=60),
        Limit(pk=f"{account.brand}#SOURCE#{source_hash}", sk="L#hour", most=settings.sms_per_source_hour, window_s=3600),
        Limit(pk=phone, sk="L#day", most=settings.sms_per_phone_day, window_s=86_400),
        Limit(pk=f"{account.brand}#ACCOUNT#{account.name}", sk="L#day", most=settings.sms_per_account_day, window_s=86_400),
    )


def _signer(keys: list[str], use: str) -> Signer:
    return Signer(keys, salt=f"liandong.{use}", key_derivation="hmac", digest_method=hashlib.sha256)
