"""The envelope around a callback: verified, opened and parsed on the way in, sealed on the way out. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NoReturn
from xml.parsers import expat

import msgspec

from chalicelib.errors import Forbidden, Invalid, TooLarge
from chalicelib.wechat.crypto import MessageCipher, Undecipherable, matches, signature

MOST_BYTES = 1_000_000
MOST_LEVELS = 20
UNSEALED_REPLIES = ("", "success")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_JSON_OBJECT = msgspec.json.Decoder(dict[str, Any])


class Mode(StrEnum):
    """How the account's callbacks come, as chosen in WeChat's console (消息加解密方式)."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SAFE = "safe"


class Format(StrEnum):
    """How a callback is written; answers are written the same way."""

    XML = "xml"
    JSON = "json"


class CallbackKeys(msgspec.Struct, frozen=True):
    """What one account's callbacks are verified and opened with; `aes_keys` are newest first, none means plain only."""

    token: str
    appid: str
    aes_keys: tuple[str, ...]
    mode: Mode

    def __post_init__(self) -> None:
        if not self.token:
            raise Invalid("A callback token is needed: without one anybody could sign.")

    def __repr__(self) -> str:
        return f"CallbackKeys(appid={self.appid!r}, mode={self.mode.value!r})"


class CallbackQuery(msgspec.Struct, frozen=True):
    """The query WeChat adds to the callback address; what is absent is empty."""

    signature: str = ""
    timestamp: str = ""
    nonce: str = ""
    msg_signature: str = ""
    encrypt_type: str = ""
    echostr: str = ""
    openid: str = ""


class Opened(msgspec.Struct, frozen=True):
    """A callback that is WeChat's: its fields, how it came, and its text after decryption.

    `aes_key_index` is the place in `aes_keys` of the key that opened it; the reply is sealed with the same one.
    """

    fields: dict[str, Any]
    format: Format
    encrypted: bool
    raw: str
    aes_key_index: int = 0


def read_query(params: Mapping[str, str] | None) -> CallbackQuery:
    """The callback's own parameters out of a request's."""
    given = params or {}
    return CallbackQuery(**{name: given.get(name, "") for name in CallbackQuery.__struct_fields__})


def verify_address(keys: CallbackKeys, query: CallbackQuery) -> str:
    """The echostr WeChat wants back when the owner saves the address; raises `Forbidden`.

    The same request may come again at any time, so its age is not looked at.
    https://developers.weixin.qq.com/doc/subscription/guide/dev/push/encryption
    """
    if not _is_signed(query, keys):
        raise _refused()
    return query.echostr


def open_callback(body: bytes, query: CallbackQuery, keys: CallbackKeys, *, now: datetime, window_s: int) -> Opened:
    """Verify, decrypt and parse one push.

    Raises `TooLarge`; `Forbidden` when the push is not proven to be WeChat's and recent; `Invalid` with `callback_unreadable` only
    when it is, so that a stranger learns nothing.
    """
    if len(body) > MOST_BYTES:
        raise TooLarge(f"A callback has at most {MOST_BYTES} bytes.")
    if not _is_recent(query.timestamp, now, window_s):
        raise _refused()
    signed = _is_signed(query, keys)
    sealed = keys.mode is Mode.SAFE or (keys.mode is Mode.COMPATIBLE and query.encrypt_type == "aes")
    if not signed and not sealed:
        raise _refused()
    try:
        raw = _decode(body)
        fields, form = _parse(raw)
    except Invalid:
        if signed:
            raise
        raise _refused() from None
    if not sealed:
        return Opened(fields, form, False, raw)
    return _open_sealed(fields.get("Encrypt"), query, keys)


def _open_sealed(encrypted: object, query: CallbackQuery, keys: CallbackKeys) -> Opened:
    if not isinstance(encrypted, str) or not matches(query.msg_signature, keys.token, query.timestamp, query.nonce, encrypted):
        raise _refused()
    plain, aes_key_index = _decrypt(encrypted, keys)
    raw = _decode(plain)
    fields, form = _parse(raw)
    return Opened(fields, form, True, raw, aes_key_index)


def _decrypt(encrypted: str, keys: CallbackKeys) -> tuple[bytes, int]:
    failure = Undecipherable("The account has no EncodingAESKey.")
    for index, aes_key in enumerate(keys.aes_keys):
        try:
            return MessageCipher(aes_key, keys.appid).decrypt(encrypted), index
        except Undecipherable as error:
            failure = error
    raise failure


def seal_reply(
    text: str, keys: CallbackKeys, *, format: Format, encrypted: bool, timestamp: int, nonce: str, random16: bytes, aes_key_index: int = 0
) -> str:
    """The reply as it goes out: as it is, or sealed when the push was; an acknowledgement is never sealed.

    Pass the `aes_key_index` of the push: while keys change, WeChat reads the reply with the key it wrote the push with.
    """
    if not encrypted or text in UNSEALED_REPLIES:
        return text
    sealed = MessageCipher(keys.aes_keys[aes_key_index], keys.appid).encrypt(text.encode(), random16=random16)
    proof = signature(keys.token, str(timestamp), nonce, sealed)
    if format is Format.JSON:
        return msgspec.json.encode({"Encrypt": sealed, "MsgSignature": proof, "TimeStamp": timestamp, "Nonce": nonce}).decode()
    return (
        f"<xml><Encrypt>{cdata(sealed)}</Encrypt><MsgSignature>{cdata(proof)}</MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{cdata(nonce)}</Nonce></xml>"
    )


def cdata(text: str) -> str:
    """The text as a CDATA section; an end mark inside is split over two, and characters XML cannot carry are left out."""
    return f"<![CDATA[{_NOT_IN_XML.sub('', text).replace(']]>', ']]]]><![CDATA[>')}]]>"


def parse_xml(text: str) -> dict[str, Any]:
    """The root's children by name: text as str, nested elements as dicts, repeated elements as lists; attributes are left out.

    Text that is only white space is empty. Document types, and with them all entities, are refused.
    """
    tree = _Tree()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.read
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, UnicodeError):
        raise _unreadable("The XML is not well-formed.") from None
    (fields,) = tree.root.values()
    if not isinstance(fields, dict):
        raise _unreadable("The XML has no fields.")
    return fields


class _Tree:
    """Builds the dicts of `parse_xml` while the parser walks."""

    __slots__ = ("open", "root", "text")

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self.open = [self.root]
        self.text = ""

    def start(self, name: str, attributes: object) -> None:
        if len(self.open) > MOST_LEVELS:
            raise _unreadable("The XML is nested too deeply.")
        self.open.append({})
        self.text = ""

    def read(self, text: str) -> None:
        self.text += text

    def end(self, name: str) -> None:
        text = "" if self.text.isspace() else self.text
        value = self.open.pop() or text
        self.text = ""
        siblings = self.open[-1]
        if name not in siblings:
            siblings[name] = value
        elif isinstance(siblings[name], list):
            siblings[name].append(value)
        else:
            siblings[name] = [siblings[name], value]


def _refuse_document_type(*declaration: object) -> NoReturn:
    raise _unreadable("The XML declares a document type.")


def _parse_json(text: str) -> dict[str, Any]:
    try:
        fields = _JSON_OBJECT.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise _unreadable("The JSON is not well-formed.") from None
    # Fewer brackets than levels cannot be too deep, which spares nearly every message the walk.
    if text.count("{") + text.count("[") > MOST_LEVELS and _is_deeper(fields, MOST_LEVELS):
        raise _unreadable("The JSON is nested too deeply.")
    return fields


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(one, levels - 1) for one in inner)


def _decode(content: bytes) -> str:
    try:
        return content.removeprefix(_BYTE_ORDER_MARK).decode().lstrip()
    except UnicodeDecodeError:
        raise _unreadable("The content is not UTF-8.") from None


def _parse(text: str) -> tuple[dict[str, Any], Format]:
    # By its first character: WeChat's Content-Type is not to be relied on.
    if text.startswith("<"):
        return parse_xml(text), Format.XML
    if text.startswith("{"):
        return _parse_json(text), Format.JSON
    raise _unreadable("The content is neither XML nor a JSON object.")


def _is_signed(query: CallbackQuery, keys: CallbackKeys) -> bool:
    return matches(query.signature, keys.token, query.timestamp, query.nonce)


def _is_recent(timestamp: str, now: datetime, window_s: int) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit()) or len(timestamp) > 12:
        return False
    return abs(now.timestamp() - int(timestamp)) <= window_s


def _refused() -> Forbidden:
    return Forbidden(code="callback_refused")


def _unreadable(message: str) -> Invalid:
    return Invalid(message, code="callback_unreadable")
