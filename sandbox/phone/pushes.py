"""Shows a notification on the device with a push token, as a provider of app push would."""

from __future__ import annotations

from msgspec import Struct, field

from sandbox import people
from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox
from sandbox.phone import texts

PREFIX = "push-"
"""`push-<user>` is somebody's phone, `push-<user>.2` another device of theirs; every other token is of a device the app is gone from."""


class Handover(Struct, forbid_unknown_fields=True):
    """A notification as a backend hands it to its provider."""

    id: str
    app: str
    token: str
    title: str
    text: str
    data: dict[str, str] = field(default_factory=dict)


def take(sandbox: Sandbox, handed: Handover, *, body: bytes, timestamp: str, signature: str) -> None:
    """Take a notification as a provider does, once its signature is right: once for each id, and 410 where the app is gone."""
    texts.check_signature(sandbox, body=body, timestamp=timestamp, signature=signature)
    user = handed.token.removeprefix(PREFIX).partition(".")[0]
    if not handed.token.startswith(PREFIX) or user not in sandbox.state.users:
        raise ControlError(410, "the app is gone from this device")
    content = {"id": handed.id, "app": handed.app, "title": handed.title, "data": handed.data}
    if any(shown.via == "push" and shown.content.get("id") == handed.id for shown in sandbox.state.received.get(user, ())):
        return
    people.show(sandbox, user, appid="", via="push", msgtype="push", text=handed.text, content=content)
