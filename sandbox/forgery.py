"""Writes pushes that are wrong on purpose, for tests of a callback's defences. Pure."""

from __future__ import annotations

import base64

import msgspec

from sandbox import crypto, push, wire
from sandbox.beijing import HOUR_S
from sandbox.push import Seal
from sandbox.state import Account, Callback, Mode, Push
from sandbox.transport import Request

_FOREIGN_APPID = "wxffffffffffffffff"


def write(out: Push, account: Account, callback: Callback, seal: Seal, *, forge: str | None) -> Request:
    """The push with one thing wrong; `aes_key` and `appid` need an encrypted mode."""
    if forge == "signature":
        return push.write(out, account, msgspec.structs.replace(callback, token="forged"), seal)
    if forge == "old_timestamp":
        old = msgspec.structs.replace(seal, timestamp=str(int(seal.timestamp) - HOUR_S))
        return push.write(out, account, callback, old)
    if forge == "truncate" and callback.mode is Mode.PLAIN:
        text = wire.write(out.fields, callback.format)
        return push.address(callback, seal, out.openid, body=text[: len(text) // 2])
    if forge in ("aes_key", "appid", "truncate"):
        ciphertext = _forge_ciphertext(out, account, callback, seal, forge)
        return push.address(callback, seal, out.openid, body=push.envelop(out, callback, ciphertext), ciphertext=ciphertext)
    return push.write(out, account, callback, seal)


def _forge_ciphertext(out: Push, account: Account, callback: Callback, seal: Seal, forge: str) -> str:
    """A ciphertext whose msg_signature is right and whose inside is not."""
    key = crypto.decode_key(callback.aes_key)
    if forge == "aes_key":
        key = bytes(255 - byte for byte in key)
    appid = _FOREIGN_APPID if forge == "appid" else callback.sealed_for or account.appid
    message = wire.write(out.fields, callback.format).encode()
    ciphertext = crypto.encrypt(message, key=key, appid=appid, salt=seal.salt)
    if forge != "truncate":
        return ciphertext
    sealed = base64.b64decode(ciphertext)
    return base64.b64encode(sealed[: len(sealed) // 2 + 1]).decode()


def replace_body(request: Request, *, body: str | None, content_type: str | None) -> Request:
    """The same signed URL with another body or content type."""
    changed = request if body is None else msgspec.structs.replace(request, body=body.encode())
    return changed if content_type is None else msgspec.structs.replace(changed, content_type=content_type)
