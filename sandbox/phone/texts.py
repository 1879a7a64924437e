"""Delivers an SMS to whoever has the number, as a provider of SMS would."""

from __future__ import annotations

from msgspec import Struct

from sandbox import people
from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox
from sandbox.state import Shown, User

LONGEST = 500


class Text(Struct, forbid_unknown_fields=True):
    """A text to a number, with or without `+` and the country's code."""

    phone: str
    text: str


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
