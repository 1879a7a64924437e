"""Signatures and encryption against WeChat's published vectors, round trips and every kind of damage."""

from __future__ import annotations

import base64
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Invalid
from chalicelib.wechat.crypto import MessageCipher, Undecipherable, matches, signature

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APPID = "wxb11529c136998cb6"
RANDOM = b"0123456789abcdef"


class Vector(NamedTuple):
    """One published example of an encrypted message."""

    token: str
    aes_key: str
    appid: str
    timestamp: str
    nonce: str
    random16: bytes
    encrypted: str
    proof: str
    message: str


V3 = Vector(
    token="AAAAA",
    aes_key="A" * 43,
    appid="wxba5fad812f8e6fb9",
    timestamp="1714112445",
    nonce="415670741",
    random16=b"a8eedb185eb2fecf",
    encrypted=(
        "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7v"
        "JVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb"
        "6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
    ),
    proof="046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
    message=(
        '{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,'
        '"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}'
    ),
)
V4 = Vector(
    token="AAAAA",
    aes_key="A" * 43,
    appid="wxba5fad812f8e6fb9",
    timestamp="1713424427",
    nonce="415670741",
    random16=b"707722b803182950",
    encrypted="ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==",
    proof="1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1",
    message='{"demo_resp":"good luck"}',
)
V5 = Vector(
    token="pamtest",
    aes_key=AES_KEY,
    appid=APPID,
    timestamp="1409304348",
    nonce="xxxxxx",
    random16=b"aaaabbbbccccdddd",
    encrypted="jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==",
    proof="82c962d39941aa48552f90ef55aa323dc620cc10",
    message="我是中文abcd123",
)
V6 = Vector(
    token="QDG6eK",
    aes_key="jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
    appid="wx5823bf96d3bd56c7",
    timestamp="1409659813",
    nonce="1372623149",
    random16=b"0960688932c47ef1",
    encrypted=(
        "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qh"
        "xchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s"
        "4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/u"
        "h9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
    ),
    proof="477715d11cdb4164915debcba66cb864d751f3e6",
    message="",
)


def seal(padded: bytes, aes_key: str = AES_KEY) -> str:
    """Any bytes at all, encrypted as they are: what a broken or hostile sender could send."""
    key = base64.b64decode(aes_key + "=")
    encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def pack(message: bytes, *, length: int | None = None, appid: str = APPID, pad: int | None = None) -> bytes:
    """WeChat's layout, with every part open to damage."""
    size = len(message) if length is None else length
    packed = RANDOM + size.to_bytes(4, "big") + message + appid.encode()
    count = 32 - len(packed) % 32
    return packed + bytes([count if pad is None else pad]) * count


@pytest.mark.parametrize(
    ("claimed", "parts"),
    [
        pytest.param("f464b24fc39322e44b38aa78f5edd27bd1441696", ("AAAAA", "1714036504", "1514711492"), id="V1"),
        pytest.param("899cf89e464efb63f54ddac96b0a0a235f53aa78", ("AAAAA", "1714037059", "486452656"), id="V2"),
        *[
            pytest.param(vector.proof, (vector.token, vector.timestamp, vector.nonce, vector.encrypted), id=name)
            for name, vector in {"V3": V3, "V4": V4, "V5": V5, "V6": V6}.items()
        ],
    ],
)
def test_signatures_are_those_wechat_publishes(claimed: str, parts: tuple[str, ...]) -> None:
    assert signature(*parts) == claimed
    assert matches(claimed, *parts)


@pytest.mark.parametrize(
    "claimed", ["", "签名", "\ud800", "F464B24FC39322E44B38AA78F5EDD27BD1441696", "f464b24fc39322e44b38aa78f5edd27bd144169"]
)
def test_a_wrong_claim_of_any_kind_does_not_match(claimed: str) -> None:
    assert not matches(claimed, "AAAAA", "1714036504", "1514711492")


@given(st.lists(st.text(st.characters()), max_size=5))
def test_a_signature_does_not_depend_on_the_order_of_its_parts(parts: list[str]) -> None:
    assert signature(*parts) == signature(*reversed(parts))


@pytest.mark.parametrize("vector", [V3, V4, V5], ids=["V3", "V4", "V5"])
def test_messages_are_encrypted_and_decrypted_as_wechat_does(vector: Vector) -> None:
    cipher = MessageCipher(vector.aes_key, vector.appid)

    assert cipher.decrypt(vector.encrypted) == vector.message.encode()
    assert cipher.encrypt(vector.message.encode(), random16=vector.random16) == vector.encrypted


def test_the_xml_vector_survives_the_way_there_and_back() -> None:
    cipher = MessageCipher(V6.aes_key, V6.appid)

    message = cipher.decrypt(V6.encrypted)

    assert len(message) == 284
    assert b"<Content><![CDATA[hello]]></Content>\n" in message
    assert cipher.encrypt(message, random16=V6.random16) == V6.encrypted


@given(st.binary(max_size=400), st.binary(min_size=16, max_size=16), st.text("wx0123456789abcdef", min_size=1, max_size=32))
def test_whatever_is_encrypted_is_decrypted_again(message: bytes, random16: bytes, appid: str) -> None:
    cipher = MessageCipher(AES_KEY, appid)

    assert cipher.decrypt(cipher.encrypt(message, random16=random16)) == message


def test_every_pad_from_1_to_32_is_read() -> None:
    cipher = MessageCipher(AES_KEY, APPID)

    messages = [b"x" * size for size in range(32)]

    assert [cipher.decrypt(cipher.encrypt(message, random16=RANDOM)) for message in messages] == messages


@pytest.mark.parametrize("aes_key", ["", "A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "钥", "A" * 43 + "\n", "A" * 42 + " "])
def test_an_aes_key_that_is_not_43_valid_characters_is_invalid(aes_key: str) -> None:
    with pytest.raises(Invalid) as caught:
        MessageCipher(aes_key, APPID)

    assert not aes_key or aes_key not in caught.value.message


@pytest.mark.parametrize(
    ("encrypted", "reason"),
    [
        ("", "blocks"),
        ("密文", "base64"),
        ("AAAA" * 8 + "!", "base64"),
        ("AAA", "base64"),
        ("AAAA\nAAAA", "base64"),
        (base64.b64encode(b"x" * 31).decode(), "blocks"),
        (seal(pack(b"hello", pad=0)), "padding"),
        (seal(pack(b"hello", pad=33)), "padding"),
        (seal(pack(b"hello")[:-2] + b"\x07" + pack(b"hello")[-1:]), "padding"),
        (seal(pack(b"hello")[:43] + b"\x35" * 53), "padding"),
        (seal(b"\x20" * 16), "padding"),
        (seal(b"\x10" * 16), "length"),
        (seal(pack(b"hello", length=2**32 - 1)), "length"),
        (seal(pack(b"hello", length=5 + len(APPID) + 1)), "length"),
        (seal(pack(b"hello", length=4)), "appid"),
        (seal(pack(b"hello", length=6)), "appid"),
        (seal(pack(b"hello", appid="")), "appid"),
        (seal(pack(b"hello", appid="wx0000000000000001")), "appid"),
        (seal(pack(b"hello", appid=APPID + "0")), "appid"),
    ],
)
def test_damaged_or_foreign_ciphertext_is_undecipherable(encrypted: str, reason: str) -> None:
    with pytest.raises(Undecipherable, match=reason) as caught:
        MessageCipher(AES_KEY, APPID).decrypt(encrypted)

    assert caught.value.code == "callback_unreadable"
    assert caught.value.status == 400


def test_another_accounts_key_does_not_open_the_message() -> None:
    with pytest.raises(Undecipherable):
        MessageCipher("A" * 43, V5.appid).decrypt(V5.encrypted)


@given(st.binary(max_size=200))
def test_any_bytes_at_all_are_decrypted_or_undecipherable(noise: bytes) -> None:
    with pytest.raises(Undecipherable):
        MessageCipher(AES_KEY, APPID).decrypt(base64.b64encode(noise).decode())


@pytest.mark.parametrize("random16", [b"", b"short", b"x" * 17])
def test_the_random_part_has_to_be_16_bytes(random16: bytes) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        MessageCipher(AES_KEY, APPID).encrypt(b"hello", random16=random16)
