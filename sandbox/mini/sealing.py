"""Encryption of user data with a session key (加密数据) and the signature of rawData. Pure."""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7


def encrypt(plain: bytes, *, session_key: str, iv: str) -> str:
    """Base64 of AES-128-CBC, padded to blocks of 16; key and iv are base64."""
    padder = PKCS7(128).padder()
    encryptor = Cipher(AES(base64.b64decode(session_key)), CBC(base64.b64decode(iv))).encryptor()
    return base64.b64encode(encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()).decode()


def decrypt(sealed: str, *, session_key: str, iv: str) -> bytes:
    """What `encrypt` was given; ValueError with another key."""
    decryptor = Cipher(AES(base64.b64decode(session_key)), CBC(base64.b64decode(iv))).decryptor()
    unpadder = PKCS7(128).unpadder()
    return unpadder.update(decryptor.update(base64.b64decode(sealed)) + decryptor.finalize()) + unpadder.finalize()


def sign_raw(raw_data: str, session_key: str) -> str:
    """SHA1 in hex over rawData and the base64 text of the key."""
    return hashlib.sha1((raw_data + session_key).encode()).hexdigest()


def hash_of(sealed: str) -> str:
    """The hash checkencryptedmsg knows encrypted data by."""
    return hashlib.sha256(sealed.encode()).hexdigest()
