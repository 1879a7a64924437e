from __future__ import annotations

import base64
import json

import pytest

from sandbox import crypto

ZERO_KEY = "A" * 43
RECEIVED = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7v"
    "JVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb"
    "6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)
OLD_TEXT = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qh"
    "xchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s"
    "4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/u"
    "h9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
)


@pytest.mark.parametrize(
    ("parts", "signature"),
    [
        pytest.param(("AAAAA", "1714036504", "1514711492"), "f464b24fc39322e44b38aa78f5edd27bd1441696", id="V1 url check"),
        pytest.param(("AAAAA", "1714037059", "486452656"), "899cf89e464efb63f54ddac96b0a0a235f53aa78", id="V2 plain push"),
        pytest.param(("AAAAA", "1714112445", "415670741"), "6c5c811b55cc85e0e1b54100749188c20beb3f5d", id="V3 safe push, signature"),
        pytest.param(
            ("AAAAA", "1714112445", "415670741", RECEIVED), "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3", id="V3 safe push, msg_signature"
        ),
        pytest.param(
            ("QDG6eK", "1409659813", "1372623149", OLD_TEXT),
            "477715d11cdb4164915debcba66cb864d751f3e6",
            id="V6 text message, msg_signature",
        ),
    ],
)
def test_signatures_are_wechats(parts: tuple[str, ...], signature: str) -> None:
    assert crypto.sign(*parts) == signature


def test_a_received_message_opens_with_the_key_of_zeros() -> None:
    message, appid = crypto.decrypt(RECEIVED, key=crypto.decode_key(ZERO_KEY))

    assert json.loads(message)["debug_str"] == "hello world"
    assert len(message) == 167
    assert appid == "wxba5fad812f8e6fb9"


def test_a_reply_encrypts_to_the_official_sample() -> None:
    sealed = crypto.encrypt(
        b'{"demo_resp":"good luck"}', key=crypto.decode_key(ZERO_KEY), appid="wxba5fad812f8e6fb9", salt=b"707722b803182950"
    )

    assert sealed == "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
    assert crypto.sign("AAAAA", "1713424427", "415670741", sealed) == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"


def test_chinese_text_encrypts_to_the_demo_value() -> None:
    key = crypto.decode_key("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")

    sealed = crypto.encrypt("我是中文abcd123".encode(), key=key, appid="wxb11529c136998cb6", salt=b"aaaabbbbccccdddd")

    assert sealed == "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="
    assert crypto.sign("pamtest", "1409304348", "xxxxxx", sealed) == "82c962d39941aa48552f90ef55aa323dc620cc10"


def test_an_old_text_message_opens() -> None:
    message, appid = crypto.decrypt(OLD_TEXT, key=crypto.decode_key("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"))

    assert b"<Content><![CDATA[hello]]></Content>" in message
    assert b"<MsgId>4561255354251345929</MsgId>" in message
    assert len(message) == 284
    assert appid == "wx5823bf96d3bd56c7"


@pytest.mark.parametrize("length", range(64))
def test_every_length_comes_back(length: int) -> None:
    key, message = crypto.decode_key(ZERO_KEY), b"x" * length

    sealed = crypto.encrypt(message, key=key, appid="wx1", salt=b"0123456789abcdef")

    assert len(base64.b64decode(sealed)) % 32 == 0
    assert crypto.decrypt(sealed, key=key) == (message, "wx1")


@pytest.mark.parametrize("damaged", ["", "not base64!", base64.b64encode(b"x" * 17).decode(), base64.b64encode(b"x" * 32).decode()])
def test_damaged_ciphertexts_are_unreadable(damaged: str) -> None:
    with pytest.raises(crypto.UnreadableError):
        crypto.decrypt(damaged, key=crypto.decode_key(ZERO_KEY))


def test_another_key_does_not_open_a_message() -> None:
    with pytest.raises(crypto.UnreadableError):
        crypto.decrypt(RECEIVED, key=crypto.decode_key("B" * 43))


@pytest.mark.parametrize("wrong", ["", "short", "A" * 42, "A" * 44, "!" * 43])
def test_a_key_has_43_letters_and_digits(wrong: str) -> None:
    with pytest.raises(ValueError, match="43 letters and digits"):
        crypto.decode_key(wrong)
