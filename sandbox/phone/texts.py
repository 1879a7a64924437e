"""Delivers an SMS to whoever has the number, as a provider of SMS would."""

from __future__ import annotations

import hashlib
import hmac

from msgspec import Struct

from sandbox import people
from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox
from sandbox.state import Shown, User

LONGEST = 500
FRESH_S = 300


class Text(Struct, forbid_unknown_fields=True):
    """A text to a number, with or without `+` and the country's code."""

    phone: str
    text: str


class Handover(Struct, forbid_unknown_fields=True):
    """A text as a backend hands it to its provider."""

    id: str
    phone: str
    text: str


def take(sandbox: Sandbox, handed: Handover, *, body: bytes, timestamp: str, signature: str) -> bool:
    """Take a text as a provider does, once its signature is right: any number will do, and somebody may have it."""
    check_signature(sandbox, body=body, timestamp=timestamp, signature=signature)
    try:
        deliver(sandbox, Text(handed.phone, handed.text))
    except ControlError as error:
        if error.status != 404:
            raise
        return False
    return True


def check_signature(sandbox: Sandbox, *, body: bytes, timestamp: str, signature: str) -> None:
    """Refuse what a provider would not believe; without a key of its own it believes everything."""
    key = sandbox.state.settings.sms_key
    if key and not (_is_fresh(sandbox, timestamp) and hmac.compare_digest(_sign(key, timestamp, body), signature.encode())):
        raise ControlError(401, "the timestamp or the signature is not right: look at the key both sides share")


def _sign(key: str, timestamp: str, body: bytes) -> bytes:
    return b"v1=" + hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest().encode()


def _is_fresh(sandbox: Sandbox, timestamp: str) -> bool:
    return timestamp.isdecimal() and abs(sandbox.now() - int(timestamp)) <= FRESH_S


def deliver(sandbox: Sandbox, sms: Text) -> Shown:
    """Put the text on the screen of the person with this number; refused when nobody has it."""
    if not 1 <= len(sms.text) <= LONGEST:
        raise ControlError(400, f"a text has between 1 and {LONGEST} characters")
    number = sms.phone.removeprefix("+")
    owner = next((user for user in sandbox.state.users.values() if number in _numbers_of(user)), None)
    if owner is None:
        raise ControlError(404, "nobody here has this number: POST /_sandbox/users makes somebody")
    return people.show(sandbox, owner.id, appid="", via="sms", msgtype="text", text=sms.text, content={})


def _numbers_of(user: User) -> tuple[str, str]:
    return user.phone, user.country_code + user.phone
