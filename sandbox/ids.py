"""Makes the ids and secrets WeChat would make, in their shapes; the random source is a parameter."""

from __future__ import annotations

import base64
import string
from random import Random

_ALPHANUMERIC = string.ascii_letters + string.digits
_URL_SAFE = _ALPHANUMERIC + "-_"


def _text(random: Random, length: int, alphabet: str) -> str:
    return "".join(random.choices(alphabet, k=length))


def openid(random: Random) -> str:
    """28 characters beginning with `o`; unionids look the same."""
    return "o" + _text(random, 27, _URL_SAFE)


def access_token(random: Random) -> str:
    return f"{random.randint(60, 99)}_" + _text(random, 133, _URL_SAFE)


def login_code(random: Random) -> str:
    """What wx.login gives: 32 letters and digits beginning with `0`."""
    return "0" + _text(random, 31, _ALPHANUMERIC)


def phone_code(random: Random) -> str:
    """What the phone-number button gives: 64 lower-case hex digits."""
    return _text(random, 64, "0123456789abcdef")


def media_id(random: Random) -> str:
    return _text(random, 64, _URL_SAFE)


def session_key(random: Random) -> str:
    return base64.b64encode(random.randbytes(16)).decode()


def nonce(random: Random) -> str:
    return str(random.randint(100_000_000, 1_999_999_999))


def salt(random: Random) -> bytes:
    """The 16 random bytes in front of an encrypted message; WeChat uses hex digits."""
    return _text(random, 16, "0123456789abcdef").encode()


def phone_number(random: Random) -> str:
    return "138" + _text(random, 8, string.digits)


def request_id(random: Random, now: float) -> str:
    """The `rid` at the end of every errmsg; its first group is the time of the request."""
    return f"{int(now):08x}-{random.getrandbits(32):08x}-{random.getrandbits(32):08x}"


def qr_ticket(random: Random) -> str:
    """The ticket of a parametric QR code: base64 that begins with `gQ`."""
    return "gQ" + _text(random, 92, _ALPHANUMERIC) + "=="


def qr_key(random: Random) -> str:
    """The end of the address in a parametric QR code."""
    return "02" + _text(random, 20, _URL_SAFE)


def short_key(random: Random) -> str:
    return _text(random, 15, _ALPHANUMERIC)


def web_ticket(random: Random) -> str:
    """A jsapi or wx_card ticket: 86 characters."""
    return _text(random, 86, _URL_SAFE)


def article_id(random: Random) -> str:
    return _text(random, 43, _URL_SAFE)
