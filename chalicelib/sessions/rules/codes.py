"""Codes that prove who somebody is: texted ones, refused ones, and the phones behind them. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

import msgspec

from chalicelib.accounts.words import Account
from chalicelib.config import Settings
from chalicelib.errors import Declined, Invalid, Refused
from chalicelib.identity.rules.values import normalise
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.sessions.words import Limit

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
