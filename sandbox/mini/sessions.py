"""Session keys and the keys made from them: reset, expiry, the user-key manager (用户加密密钥)."""

from __future__ import annotations

import base64
from typing import Any

from sandbox import ids, login
from sandbox.call import MINI_PROGRAMS, OK, Call, Endpoint
from sandbox.codes import WechatError
from sandbox.emulator import Sandbox
from sandbox.mini.words import EncryptKey
from sandbox.state import Contact

KEY_LIFE_S = 3600
KEYS_KEPT = 3


def rotate(sandbox: Sandbox, contact: Contact) -> None:
    """Another session key at once, as a login on the phone that no server hears of may cause."""
    contact.session_key = ids.session_key(sandbox.random)
    contact.session_until = sandbox.now() + sandbox.state.settings.session_key_lifetime_s


def expire(sandbox: Sandbox, contact: Contact) -> None:
    """The session key ends now."""
    contact.session_until = sandbox.now()


def _prove(call: Call) -> Contact:
    """The person whose session key signed the call: 87007 without a living key, 87008, 87009."""
    if not call.query.get("openid"):
        raise WechatError(41009)
    contact = call.contact(call.query["openid"])
    if call.query.get("sig_method") != "hmac_sha256":
        raise WechatError(87008)
    if not login.session_lives(contact, call.now):
        raise WechatError(87007)
    if not login.is_signed(call, contact):
        raise WechatError(87009)
    return contact


def reset_session_key(call: Call) -> dict[str, Any]:
    """`GET /wxa/resetusersessionkey`: a new key that ends when the old one would have."""
    contact = _prove(call)
    contact.session_key = ids.session_key(call.sandbox.random)
    return {**OK, "openid": call.query["openid"], "session_key": contact.session_key}


def show_encrypt_keys(call: Call) -> dict[str, Any]:
    """`GET /wxa/business/getuserencryptkey`: the last three keys, newest first."""
    contact = _prove(call)
    newest_key(call.sandbox, call.caller.appid, contact)
    keys = call.sandbox.mini_book(call.caller.appid).encrypt_keys[contact.user]
    return {**OK, "key_info_list": [_describe(key, call.now) for key in reversed(keys)]}


def newest_key(sandbox: Sandbox, appid: str, contact: Contact) -> EncryptKey:
    """The key that wx.getLatestUserKey gives on the phone; a new one when the last has ended."""
    keys = sandbox.mini_book(appid).encrypt_keys.setdefault(contact.user, [])
    if not keys or keys[-1].made_at + KEY_LIFE_S <= sandbox.now():
        version = keys[-1].version + 1 if keys else 1
        key, iv = base64.b64encode(sandbox.random.randbytes(16)).decode(), sandbox.random.randbytes(8).hex()
        keys.append(EncryptKey(key=key, iv=iv, version=version, made_at=sandbox.now()))
        del keys[:-KEYS_KEPT]
    return keys[-1]


def _describe(key: EncryptKey, now: float) -> dict[str, Any]:
    expire_in = max(0, int(key.made_at + KEY_LIFE_S - now))
    return {
        "encrypt_key": key.key,
        "version": key.version,
        "expire_in": expire_in,
        "iv": key.iv,
        "create_time": int(key.made_at),
    }


ENDPOINTS = [
    Endpoint("/wxa/resetusersessionkey", "GET", reset_session_key, kinds=MINI_PROGRAMS, minute=60_000),
    Endpoint("/wxa/business/getuserencryptkey", "GET", show_encrypt_keys, kinds=MINI_PROGRAMS, either_method=True, takes_json=False),
]
