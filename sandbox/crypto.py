"""WeChat's message encryption and signatures (消息加解密). Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

_BLOCK = 32
_SALT = 16
_LENGTH = 4


class UnreadableError(Exception):
    """The text was not encrypted for this key, or is damaged."""


def sign(*parts: str) -> str:
    """SHA1 in hex over the parts sorted bytewise and joined: token, timestamp, nonce, and the ciphertext for msg_signature."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def decode_key(encoding_aes_key: str) -> bytes:
    """The 32 bytes behind the console's 43 characters."""
    try:
        key = base64.b64decode(encoding_aes_key + "=", validate=True)
    except binascii.Error as error:
        raise ValueError("an EncodingAESKey has 43 letters and digits") from error
    if len(key) != 32:
        raise ValueError("an EncodingAESKey has 43 letters and digits")
    return key


def encrypt(message: bytes, *, key: bytes, appid: str, salt: bytes) -> str:
    """Base64 of the message between 16 bytes of salt with its length and the appid, padded to 32 and encrypted with AES-256-CBC."""
    text = salt + len(message).to_bytes(_LENGTH, "big") + message + appid.encode()
    padding = _BLOCK - len(text) % _BLOCK
    encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(text + bytes([padding]) * padding) + encryptor.finalize()).decode()


def decrypt(ciphertext: str, *, key: bytes) -> tuple[bytes, str]:
    """The message and the appid behind it; the caller compares the appid with its own."""
    try:
        sealed = base64.b64decode(ciphertext, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError("Encrypt is not base64") from error
    if not sealed or len(sealed) % 16:
        raise UnreadableError("Encrypt is not a whole number of AES blocks")
    decryptor = Cipher(AES(key), CBC(key[:16])).decryptor()
    text = decryptor.update(sealed) + decryptor.finalize()
    padding = text[-1]
    if not 1 <= padding <= _BLOCK or text[-padding:] != bytes([padding]) * padding:
        raise UnreadableError("the padding is wrong: another key, or not padded to 32")
    text = text[:-padding]
    start = _SALT + _LENGTH
    length = int.from_bytes(text[_SALT:start], "big")
    if len(text) < start + length:
        raise UnreadableError("the length inside the message is wrong")
    try:
        return text[start : start + length], text[start + length :].decode()
    except UnicodeDecodeError as error:
        raise UnreadableError("the appid behind the message is not text") from error
