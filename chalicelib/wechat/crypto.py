"""Signatures and encryption of WeChat's callbacks, and of a mini program's user data. Pure: randomness comes in as a parameter."""

from __future__ import annotations

import binascii
import hashlib
import re
from hmac import compare_digest

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from chalicelib.errors import Invalid

_AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")
_AES_BLOCK = 16
_RANDOM_BYTES = 16
_LENGTH_BYTES = 4
_PAD_BLOCK = 32


class Undecipherable(Invalid):
    """The ciphertext was not made with this AES key for this appid, or was damaged on the way."""

    default_code = "callback_unreadable"


def signature(*parts: str) -> str:
    """WeChat's signature: the SHA-1, in lower-case hex, of the parts sorted by their bytes and joined."""
    return hashlib.sha1(b"".join(sorted(map(_encode, parts)))).hexdigest()


def matches(claimed: str, *parts: str) -> bool:
    """Whether `claimed` is the signature of the parts, compared in constant time; any string may be claimed."""
    return compare_digest(_encode(claimed), signature(*parts).encode())


def _encode(text: str) -> bytes:
    # A query may hold lone surrogates, which plain UTF-8 refuses; they shall fail the comparison, not the door.
    return text.encode("utf-8", "surrogatepass")


def decrypt_user_data(encrypted: str, iv: str, session_key: str) -> bytes:
    """What a mini program's client got as encryptedData, under AES-128-CBC with the session_key; raises `Undecipherable`.

    https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
    """
    try:
        sealed, start, key = (binascii.a2b_base64(part, strict_mode=True) for part in (encrypted, iv, session_key))
    except ValueError:
        raise Undecipherable("The encrypted data, its iv or the session_key is not base64.") from None
    if not sealed or len(sealed) % _AES_BLOCK or len(start) != _AES_BLOCK or len(key) != _AES_BLOCK:
        raise Undecipherable("The encrypted data, its iv or the session_key has a wrong length.")
    decryptor = Cipher(AES(key), CBC(start)).decryptor()
    padded = decryptor.update(sealed) + decryptor.finalize()
    pad = padded[-1]
    if not 1 <= pad <= _AES_BLOCK or padded[-pad:] != bytes([pad]) * pad:
        raise Undecipherable("The padding is wrong: the data was sealed with another session_key.")
    return padded[:-pad]


class MessageCipher:
    """AES-256-CBC as callbacks use it, for one EncodingAESKey and the appid every message ends with.

    The layout is 16 random bytes, the message's length in 4 bytes big-endian, the message, the appid; padded to blocks of 32, not AES's 16.
    https://developers.weixin.qq.com/doc/oplatform/developers/dev/push/encryption
    """

    __slots__ = ("_appid", "_cipher")

    def __init__(self, aes_key: str, appid: str) -> None:
        if not _AES_KEY.fullmatch(aes_key):
            raise Invalid("The EncodingAESKey has to be the 43 letters and digits of WeChat's console.")
        key = binascii.a2b_base64(aes_key + "=")
        self._appid = appid.encode()
        self._cipher = Cipher(AES(key), CBC(key[:_AES_BLOCK]))

    def decrypt(self, encrypted: str) -> bytes:
        """The message inside; raises `Undecipherable` unless padding, length and appid are all right."""
        try:
            sealed = binascii.a2b_base64(encrypted, strict_mode=True)
        except ValueError:
            raise Undecipherable("Encrypt is not base64.") from None
        if not sealed or len(sealed) % _AES_BLOCK:
            raise Undecipherable("Encrypt is not whole AES blocks.")
        decryptor = self._cipher.decryptor()
        return self._unpack(decryptor.update(sealed) + decryptor.finalize())

    def encrypt(self, plain: bytes, *, random16: bytes) -> str:
        """The base64 of the message, sealed; `random16` has to be fresh for every call."""
        if len(random16) != _RANDOM_BYTES:
            raise ValueError("random16 has to be 16 bytes")
        packed = b"".join((random16, len(plain).to_bytes(_LENGTH_BYTES, "big"), plain, self._appid))
        pad = _PAD_BLOCK - len(packed) % _PAD_BLOCK
        encryptor = self._cipher.encryptor()
        sealed = encryptor.update(packed + bytes([pad]) * pad) + encryptor.finalize()
        return binascii.b2a_base64(sealed, newline=False).decode()

    def _unpack(self, padded: bytes) -> bytes:
        pad = padded[-1]
        if not 1 <= pad <= _PAD_BLOCK or padded[-pad:] != bytes([pad]) * pad:
            raise Undecipherable("The padding is wrong: look at the EncodingAESKey.")
        content = padded[_RANDOM_BYTES:-pad]
        end = _LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES], "big")
        if end > len(content):
            raise Undecipherable("The length inside is wrong: look at the EncodingAESKey.")
        if not compare_digest(content[end:], self._appid):
            raise Undecipherable("The message was sealed for another appid.")
        return content[_LENGTH_BYTES:end]
