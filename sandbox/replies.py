"""Judges what a callback answered: an acknowledgement, a reply that the person sees, or nothing WeChat can use."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from sandbox import crypto, media, wire
from sandbox.emulator import Sandbox
from sandbox.reading import read_number
from sandbox.state import Account, Callback, Kind, Mode, Push
from sandbox.wire import MalformedError

ACKNOWLEDGEMENTS = (b"", b"success")
_MANY_ARTICLES = 8


class Screen(Struct, frozen=True):
    """What a reply puts on the phone."""

    msgtype: str
    text: str
    content: dict[str, Any]


def read(body: bytes, account: Account, callback: Callback) -> dict[str, Any] | None:
    """The reply's fields, decrypted; None for an acknowledgement, MalformedError for what WeChat would refuse."""
    if body in ACKNOWLEDGEMENTS:
        return None
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise MalformedError("the answer is not UTF-8") from error
    fields = wire.read(text, callback.format)
    encrypted = "Encrypt" in fields
    if callback.mode is Mode.PLAIN and encrypted:
        raise MalformedError("an encrypted reply in plain mode")
    if callback.mode is Mode.SAFE and not encrypted:
        raise MalformedError("a plain reply in safe mode")
    return wire.read(_open(fields, account, callback), callback.format) if encrypted else fields


def _open(envelope: dict[str, Any], account: Account, callback: Callback) -> str:
    for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce"):
        if not str(envelope.get(name, "")):
            raise MalformedError(f"the encrypted reply has no {name}")
    ciphertext, timestamp = str(envelope["Encrypt"]), str(envelope["TimeStamp"])
    if read_number(timestamp) is None:
        raise MalformedError("TimeStamp is not a number")
    if crypto.sign(callback.token, timestamp, str(envelope["Nonce"]), ciphertext) != envelope["MsgSignature"]:
        raise MalformedError("MsgSignature does not fit")
    try:
        message, appid = crypto.decrypt(ciphertext, key=crypto.decode_key(callback.aes_key))
        if appid != (callback.sealed_for or account.appid):
            raise MalformedError("the reply was encrypted for another appid")
        return message.decode()
    except (crypto.UnreadableError, UnicodeDecodeError) as error:
        raise MalformedError(f"the reply cannot be decrypted: {error}") from error


def render(sandbox: Sandbox, fields: dict[str, Any], account: Account, push: Push) -> Screen | None:
    """What the person sees of a reply, None when it shows nothing; MalformedError when a field is missing or wrong."""
    if fields.get("ToUserName") != push.openid:
        raise MalformedError("ToUserName of the reply is not the person who wrote")
    if fields.get("FromUserName") != account.original_id:
        raise MalformedError("FromUserName of the reply is not the account")
    if read_number(str(fields.get("CreateTime", ""))) is None:
        raise MalformedError("CreateTime is not a number")
    msgtype = fields.get("MsgType", "")
    if msgtype == "transfer_customer_service":
        return None
    if account.kind is not Kind.OFFICIAL_ACCOUNT:
        return None
    if msgtype == "text":
        return _text(sandbox, fields)
    if msgtype in ("image", "voice", "video"):
        return _file(sandbox, fields, msgtype, account)
    if msgtype == "music":
        return _music(sandbox, fields, account)
    if msgtype == "news":
        return _news(fields, push)
    raise MalformedError(f"there is no passive reply of the kind {msgtype!r}")


def _text(sandbox: Sandbox, fields: dict[str, Any]) -> Screen:
    content = fields.get("Content", "")
    if not content or not isinstance(content, str):
        raise MalformedError("Content is empty")
    if len(content.encode()) > sandbox.state.settings.text_limit_bytes:
        raise MalformedError("Content is too long")
    return Screen("text", content, {"Content": content})


def _file(sandbox: Sandbox, fields: dict[str, Any], msgtype: str, account: Account) -> Screen:
    branch = _branch(fields, msgtype.capitalize())
    _require_media(sandbox, branch.get("MediaId"), account)
    return Screen(msgtype, branch.get("Title") or f"[{msgtype}]", branch)


def _music(sandbox: Sandbox, fields: dict[str, Any], account: Account) -> Screen:
    branch = _branch(fields, "Music")
    _require_media(sandbox, branch.get("ThumbMediaId"), account)
    return Screen("music", branch.get("Title") or "[music]", branch)


def _news(fields: dict[str, Any], push: Push) -> Screen:
    count = read_number(str(fields.get("ArticleCount", "")))
    articles = fields.get("Articles")
    items = articles.get("item", []) if isinstance(articles, dict) else articles
    items = items if isinstance(items, list) else [items]
    if not items or not all(isinstance(item, dict) for item in items) or count is None:
        raise MalformedError("a news reply needs ArticleCount and Articles with items")
    if count != len(items):
        raise MalformedError(f"ArticleCount is {count}, but there are {len(items)} articles")
    shown = items[: _MANY_ARTICLES if push.fields["MsgType"] == "event" else 1]
    return Screen("news", "\n".join(str(item.get("Title", "")) for item in shown), {"Articles": shown})


def _branch(fields: dict[str, Any], name: str) -> dict[str, Any]:
    branch = fields.get(name)
    if not isinstance(branch, dict):
        raise MalformedError(f"<{name}> is missing")
    return branch


def _require_media(sandbox: Sandbox, media_id: Any, account: Account) -> None:
    if not isinstance(media_id, str) or media.find(sandbox, media_id, appid=account.appid) is None:
        raise MalformedError("the media id is unknown or expired")
