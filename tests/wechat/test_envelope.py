"""The envelope: proof before anything else, every mode and format, and everything a stranger might send."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Forbidden, Invalid, LiandongError, TooLarge
from chalicelib.wechat.crypto import MessageCipher, Undecipherable, signature
from chalicelib.wechat.envelope import (
    MOST_BYTES,
    CallbackKeys,
    CallbackQuery,
    Format,
    Mode,
    Opened,
    cdata,
    open_callback,
    parse_xml,
    read_query,
    seal_reply,
    verify_address,
)

TOKEN = "teahouse"
APPID = "wx00000000000000a1"
KEY, OLD_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TIMESTAMP = "1767225600"
NONCE = "415670741"
RANDOM = b"0123456789abcdef"
XML = "<xml><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[茶]]></Content><MsgId>7302000000000000001</MsgId></xml>"
JSON = '{"MsgType":"text","Content":"茶","MsgId":7302000000000000001}'
XML_FIELDS = {"MsgType": "text", "Content": "茶", "MsgId": "7302000000000000001"}
JSON_FIELDS = XML_FIELDS | {"MsgId": 7302000000000000001}


def keys(mode: Mode, *aes_keys: str) -> CallbackKeys:
    return CallbackKeys(token=TOKEN, appid=APPID, aes_keys=aes_keys or (KEY,), mode=mode)


def sign(encrypted: str | None = None, *, token: str = TOKEN, timestamp: str = TIMESTAMP, **changes: str) -> CallbackQuery:
    """A query as WeChat signs it: over the address alone, or over the ciphertext as well."""
    given = {"signature": signature(token, timestamp, NONCE), "timestamp": timestamp, "nonce": NONCE, "openid": "oLd0"}
    if encrypted is not None:
        given |= {"encrypt_type": "aes", "msg_signature": signature(token, timestamp, NONCE, encrypted)}
    return read_query(given | changes)


def encrypt(text: str, *, aes_key: str = KEY, appid: str = APPID) -> str:
    return MessageCipher(aes_key, appid).encrypt(text.encode(), random16=RANDOM)


def wrap(encrypted: str, form: Format = Format.XML, *, plain: str = "") -> bytes:
    """The push around a ciphertext; with `plain` fields beside it as in compatible mode."""
    if form is Format.JSON:
        return msgspec.json.encode({"ToUserName": "gh_5f1e2d3c4b6a", "Encrypt": encrypted})
    return f"<xml><ToUserName><![CDATA[gh_5f1e2d3c4b6a]]></ToUserName>{plain}<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()


def open_now(body: bytes, query: CallbackQuery, given: CallbackKeys) -> Opened:
    return open_callback(body, query, given, now=NOW, window_s=300)


def refusal(body: bytes, query: CallbackQuery, given: CallbackKeys) -> tuple[type[LiandongError], str]:
    """What the sender is told: the kind of error and its code."""
    with pytest.raises(LiandongError) as caught:
        open_now(body, query, given)
    return type(caught.value), caught.value.code


REFUSED = (Forbidden, "callback_refused")
UNREADABLE = (Invalid, "callback_unreadable")
UNDECIPHERABLE = (Undecipherable, "callback_unreadable")


# The address


def test_the_published_address_check_is_answered_with_its_echo() -> None:
    published = CallbackKeys(token="AAAAA", appid="", aes_keys=(), mode=Mode.SAFE)
    query = read_query(
        {
            "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696",
            "timestamp": "1714036504",
            "nonce": "1514711492",
            "echostr": "4375120948345356249",
        }
    )

    assert verify_address(published, query) == "4375120948345356249"


@pytest.mark.parametrize("claimed", ["", "签名", "0" * 40])
def test_an_address_check_of_a_stranger_is_refused(claimed: str) -> None:
    with pytest.raises(Forbidden) as caught:
        verify_address(keys(Mode.PLAIN), sign(signature=claimed, echostr="1"))

    assert caught.value.code == "callback_refused"


def test_an_absent_query_is_empty_and_proves_nothing() -> None:
    assert read_query(None) == CallbackQuery() == read_query({"other": "1"})
    assert refusal(XML.encode(), read_query(None), keys(Mode.PLAIN)) == REFUSED


def test_a_token_cannot_be_empty_for_then_anybody_could_sign() -> None:
    with pytest.raises(Invalid, match="token"):
        CallbackKeys(token="", appid=APPID, aes_keys=(), mode=Mode.PLAIN)


def test_keys_show_no_secret_when_printed() -> None:
    shown = f"{keys(Mode.SAFE, KEY, OLD_KEY)!r} {keys(Mode.SAFE, KEY, OLD_KEY)}"

    assert not any(secret in shown for secret in (TOKEN, KEY, OLD_KEY))


# Modes


@pytest.mark.parametrize("mode", [Mode.PLAIN, Mode.COMPATIBLE])
@pytest.mark.parametrize(("text", "fields", "form"), [(XML, XML_FIELDS, Format.XML), (JSON, JSON_FIELDS, Format.JSON)])
def test_a_signed_plain_push_is_opened(mode: Mode, text: str, fields: dict[str, Any], form: Format) -> None:
    assert open_now(text.encode(), sign(), keys(mode)) == Opened(fields, form, False, text)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("claimed", ["", "签名", "0" * 40, signature("stranger", TIMESTAMP, NONCE), signature(TOKEN, TIMESTAMP, "another")])
def test_a_plain_push_without_the_right_signature_is_refused(mode: Mode, claimed: str) -> None:
    assert refusal(XML.encode(), sign(signature=claimed), keys(mode)) == REFUSED
    assert refusal(JSON.encode(), sign(signature=claimed), keys(mode)) == REFUSED


@pytest.mark.parametrize("mode", [Mode.COMPATIBLE, Mode.SAFE])
@pytest.mark.parametrize(("text", "fields", "form"), [(XML, XML_FIELDS, Format.XML), (JSON, JSON_FIELDS, Format.JSON)])
def test_a_signed_sealed_push_is_opened(mode: Mode, text: str, fields: dict[str, Any], form: Format) -> None:
    encrypted = encrypt(text)

    opened = open_now(wrap(encrypted, form), sign(encrypted), keys(mode))

    assert opened == Opened(fields, form, True, text)


def test_the_published_safe_push_is_opened() -> None:
    encrypted = (
        "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7v"
        "JVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb"
        "6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
    )
    query = CallbackQuery(
        signature="6c5c811b55cc85e0e1b54100749188c20beb3f5d",
        timestamp="1714112445",
        nonce="415670741",
        msg_signature="046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
        encrypt_type="aes",
    )
    published = CallbackKeys(token="AAAAA", appid="wxba5fad812f8e6fb9", aes_keys=("A" * 43,), mode=Mode.SAFE)

    opened = open_callback(wrap(encrypted, Format.JSON), query, published, now=datetime.fromtimestamp(1714112445, UTC), window_s=300)

    assert opened.fields["Event"] == "debug_demo"
    assert (opened.format, opened.encrypted) == (Format.JSON, True)


def test_in_compatible_mode_the_sealed_content_counts_not_the_plain_one_beside_it() -> None:
    encrypted = encrypt(XML)
    body = wrap(encrypted, plain="<MsgType>text</MsgType><Content>forged</Content>")

    assert open_now(body, sign(encrypted), keys(Mode.COMPATIBLE)).fields == XML_FIELDS


def test_in_safe_mode_a_plain_push_is_refused_however_well_signed() -> None:
    assert refusal(XML.encode(), sign(), keys(Mode.SAFE)) == REFUSED
    assert refusal(JSON.encode(), sign(), keys(Mode.SAFE)) == REFUSED


def test_in_compatible_mode_a_push_called_sealed_that_is_not_is_refused() -> None:
    assert refusal(XML.encode(), sign(encrypt_type="aes"), keys(Mode.COMPATIBLE)) == REFUSED


@pytest.mark.parametrize("mode", [Mode.COMPATIBLE, Mode.SAFE])
def test_the_address_signature_does_not_prove_a_sealed_push(mode: Mode) -> None:
    query = sign(encrypt(XML))

    assert refusal(wrap(encrypt(XML + " ")), query, keys(mode)) == REFUSED
    assert refusal(wrap(encrypt(XML)), sign(encrypt(XML), msg_signature=query.signature), keys(mode)) == REFUSED


@pytest.mark.parametrize("encrypted", ["<Encrypt><a>1</a></Encrypt>", "<Encrypt>a</Encrypt><Encrypt>b</Encrypt>", "<Encrypt/>"])
def test_a_ciphertext_that_is_no_text_is_refused(encrypted: str) -> None:
    assert refusal(f"<xml>{encrypted}</xml>".encode(), sign("a"), keys(Mode.SAFE)) == REFUSED


def test_the_old_key_opens_what_the_new_one_cannot_and_the_reply_is_sealed_with_it() -> None:
    encrypted = encrypt(XML, aes_key=OLD_KEY)
    both = keys(Mode.SAFE, KEY, OLD_KEY)

    opened = open_now(wrap(encrypted), sign(encrypted), both)
    sealed = seal_reply(
        "<xml/>",
        both,
        format=opened.format,
        encrypted=opened.encrypted,
        timestamp=1767225600,
        nonce=NONCE,
        random16=RANDOM,
        aes_key_index=opened.aes_key_index,
    )

    assert (opened.fields, opened.aes_key_index) == (XML_FIELDS, 1)
    assert MessageCipher(OLD_KEY, APPID).decrypt(parse_xml(sealed)["Encrypt"]) == b"<xml/>"


@pytest.mark.parametrize(
    "encrypted",
    [encrypt(XML, aes_key=OLD_KEY), encrypt(XML, appid="wx00000000000000a2"), encrypt(XML, appid=""), "not base64!", encrypt(XML)[:-4]],
)
def test_a_proven_push_that_does_not_decrypt_is_unreadable(encrypted: str) -> None:
    assert refusal(wrap(encrypted), sign(encrypted), keys(Mode.SAFE)) == UNDECIPHERABLE


def test_a_proven_push_to_an_account_without_aes_keys_is_unreadable() -> None:
    encrypted = encrypt(XML)
    keyless = CallbackKeys(token=TOKEN, appid=APPID, aes_keys=(), mode=Mode.SAFE)

    assert refusal(wrap(encrypted), sign(encrypted), keyless) == UNDECIPHERABLE


# Age and size


@pytest.mark.parametrize(("seconds", "opens"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_push_is_taken_only_within_the_window(seconds: int, opens: bool) -> None:
    arrived = NOW + timedelta(seconds=seconds)

    if opens:
        assert open_callback(XML.encode(), sign(), keys(Mode.PLAIN), now=arrived, window_s=300).fields == XML_FIELDS
    else:
        with pytest.raises(Forbidden) as caught:
            open_callback(XML.encode(), sign(), keys(Mode.PLAIN), now=arrived, window_s=300)
        assert caught.value.code == "callback_refused"


@pytest.mark.parametrize("timestamp", ["", "now", "-1", "+1767225600", "１７６７２２５６００", "9" * 5000, "1767225600.0", " 1767225600"])
def test_a_timestamp_that_is_no_number_is_refused(timestamp: str) -> None:
    assert refusal(XML.encode(), sign(timestamp=timestamp), keys(Mode.PLAIN)) == REFUSED


@pytest.mark.parametrize("mode", Mode)
def test_a_body_over_the_limit_is_too_large_whoever_sends_it(mode: Mode) -> None:
    body = b"<" * (MOST_BYTES + 1)

    assert refusal(body, sign(), keys(mode)) == (TooLarge, "body_too_large")
    assert refusal(body, CallbackQuery(), keys(mode)) == (TooLarge, "body_too_large")


def test_a_body_of_exactly_the_limit_is_read() -> None:
    head, tail = b"<xml><Content>", b"</Content></xml>"
    text = b"x" * (MOST_BYTES - len(head) - len(tail))

    opened = open_now(head + text + tail, sign(), keys(Mode.PLAIN))

    assert opened.fields == {"Content": text.decode()}


# What cannot be parsed

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><xml><Content>&c;</Content></xml>'
)
BROKEN = {
    "nothing": b"",
    "white space": b" \n\t",
    "words": b"hello",
    "not utf-8": "<xml><Content>茶</Content></xml>".encode("gb18030"),
    "utf-16": "<xml><Content>茶</Content></xml>".encode("utf-16"),
    "open xml": b"<xml><Content>",
    "two roots": b"<xml><a>1</a></xml><xml><a>1</a></xml>",
    "no fields": b"<xml>text</xml>",
    "empty root": b"<xml/>",
    "null byte": b"<xml><a>\x00</a></xml>",
    "laughs": LAUGHS.encode(),
    "bare document type": b"<!DOCTYPE xml><xml><a>1</a></xml>",
    "external document type": b'<!DOCTYPE xml SYSTEM "http://example.com/x.dtd"><xml><a>1</a></xml>',
    "external entity": b'<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><a>&a;</a></xml>',
    "parameter entity": b'<!DOCTYPE xml [<!ENTITY % a SYSTEM "http://example.com/a"> %a;]><xml><a>1</a></xml>',
    "undeclared entity": b"<xml><a>&nbsp;</a></xml>",
    "deep xml": b"<xml>" + b"<a>" * 20 + b"1" + b"</a>" * 20 + b"</xml>",
    "very deep xml": b"<a>" * 100_000,
    "open json": b'{"a": 1',
    "json with a tail": b'{"a": 1} {}',
    "json array": b'[{"a": 1}]',
    "json text": b'"text"',
    "json number": b"42",
    "json not a number": b'{"a": NaN}',
    "json lone surrogate": b'{"a": "\\ud800"}',
    "json not utf-8": b'{"a": "\xff"}',
    "deep json": b'{"a":' * 20 + b"{}" + b"}" * 20,
    "deep json lists": b'{"a":' + b"[" * 20 + b"1" + b"]" * 20 + b"}",
    "very deep json": b'{"a":' * 100_000,
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("mode", Mode)
def test_a_broken_body_is_unreadable_to_wechat_and_refused_to_a_stranger(mode: Mode, body: bytes) -> None:
    assert refusal(body, sign(), keys(mode)) == UNREADABLE
    assert refusal(body, sign(token="stranger"), keys(mode)) == REFUSED


@pytest.mark.parametrize("body", [body for body in BROKEN.values() if len(body) < 10_000])
def test_broken_content_inside_a_proven_envelope_is_unreadable(body: bytes) -> None:
    encrypted = MessageCipher(KEY, APPID).encrypt(body, random16=RANDOM)

    assert refusal(wrap(encrypted), sign(encrypted), keys(Mode.SAFE)) == UNREADABLE


def test_twenty_levels_are_read() -> None:
    xml = b"<xml>" + b"<a>" * 19 + b"1" + b"</a>" * 19 + b"</xml>"
    json = b'{"b":[],"a":' * 19 + b"[1]" + b"}" * 19

    assert open_now(xml, sign(), keys(Mode.PLAIN)).fields
    assert open_now(json, sign(), keys(Mode.PLAIN)).fields


def test_many_brackets_side_by_side_are_not_deep() -> None:
    body = b'{"List":[' + b",".join([b'{"a":[1]}'] * 500) + b"]}"

    assert len(open_now(body, sign(), keys(Mode.PLAIN)).fields["List"]) == 500


@pytest.mark.parametrize("text", [XML, JSON, '<?xml version="1.0" encoding="GBK"?>' + XML])
@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\n  ", b"\xef\xbb\xbf\r\n"])
def test_a_byte_order_mark_white_space_and_a_wrong_declaration_do_no_harm(before: bytes, text: str) -> None:
    assert open_now(before + text.encode(), sign(), keys(Mode.PLAIN)).fields["Content"] == "茶"


@given(st.binary(max_size=300))
def test_noise_is_never_more_than_refused_to_a_stranger(noise: bytes) -> None:
    assert {refusal(noise, sign(token="stranger"), keys(mode)) for mode in Mode} == {REFUSED}


@given(st.text(max_size=60) | st.from_regex(r"\{(\"[a-z]\":[0-9\[\]{}]{0,9},?){0,3}\}?|(</?[ab]>|&[a-z]{1,3};|<!\[CDATA\[|\]\]>){0,9}"))
def test_whatever_is_signed_is_opened_or_unreadable(text: str) -> None:
    body = text.encode("utf-8", "surrogatepass")

    try:
        opened: object = open_now(body, sign(), keys(Mode.PLAIN)).fields
    except Invalid as unreadable:
        opened = unreadable.code

    assert opened == "callback_unreadable" or isinstance(opened, dict)


# XML


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("<xml><a>1</a></xml>", {"a": "1"}),
        ("<xml>\n  <a>1</a>\n  <b/>\n</xml>\n", {"a": "1", "b": ""}),
        ("<xml><a>1</a><b>x</b><a>2</a><a>3</a></xml>", {"a": ["1", "2", "3"], "b": "x"}),
        ("<xml><a><b>1</b></a><a><b>2</b></a></xml>", {"a": [{"b": "1"}, {"b": "2"}]}),
        ("<xml><a>\n  <b>1</b>\n  tail\n</a></xml>", {"a": {"b": "1"}}),
        ("<xml><a>\n</a><b> x </b></xml>", {"a": "", "b": " x "}),
        ("<xml><a>1 &lt; 2 &amp; <![CDATA[<b>&amp;</b>]]></a></xml>", {"a": "1 < 2 & <b>&amp;</b>"}),
        ('<xml version="1" xmlns="urn:x"><a kind="b">1</a><!-- c --><?pi x?></xml>', {"a": "1"}),
        ("<xml><a>line 1\nline 2</a></xml>", {"a": "line 1\nline 2"}),
        (f"<xml><a>{'茶' * 50_000}</a></xml>", {"a": "茶" * 50_000}),
    ],
)
def test_xml_becomes_its_fields(text: str, fields: dict[str, Any]) -> None:
    assert parse_xml(text) == fields


xml_text = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=40)


@given(xml_text)
def test_any_text_comes_back_out_of_its_cdata(text: str) -> None:
    (back,) = parse_xml(f"<xml><a>{cdata(text)}</a></xml>").values()

    assert back == ("" if text.isspace() else text)


@pytest.mark.parametrize("text", ["]]>", "]]]]>>", "a]]>b]]>c", "]]", "<![CDATA[x]]>", "]]>]]>"])
def test_an_end_mark_inside_cdata_comes_back_whole(text: str) -> None:
    assert parse_xml(f"<xml><a>{cdata(text)}</a></xml>") == {"a": text}


def test_characters_xml_cannot_carry_are_left_out_of_cdata() -> None:
    section = cdata("a\x00b\x08c\ud800d\ufffee\tf")

    assert parse_xml(f"<xml><a>{section}</a></xml>") == {"a": "abcde\tf"}


# Replies


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("text", ["", "success"])
def test_an_acknowledgement_is_never_sealed(text: str, form: Format) -> None:
    sealed = seal_reply(text, keys(Mode.SAFE), format=form, encrypted=True, timestamp=1, nonce=NONCE, random16=RANDOM)

    assert sealed == text


def test_a_reply_to_a_plain_push_goes_out_as_it_is() -> None:
    assert seal_reply(XML, keys(Mode.PLAIN), format=Format.XML, encrypted=False, timestamp=1, nonce=NONCE, random16=RANDOM) == XML


def test_the_published_reply_is_sealed_as_published() -> None:
    published = CallbackKeys(token="AAAAA", appid="wxba5fad812f8e6fb9", aes_keys=("A" * 43,), mode=Mode.SAFE)

    sealed = seal_reply(
        '{"demo_resp":"good luck"}',
        published,
        format=Format.JSON,
        encrypted=True,
        timestamp=1713424427,
        nonce="415670741",
        random16=b"707722b803182950",
    )

    assert msgspec.json.decode(sealed) == {
        "Encrypt": "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==",
        "MsgSignature": "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1",
        "TimeStamp": 1713424427,
        "Nonce": "415670741",
    }


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80), xml_text, st.sampled_from(Format))
def test_a_sealed_reply_proves_itself_and_opens_again(text: str, nonce: str, form: Format) -> None:
    reply = f"<xml>{text}</xml>"

    sealed = seal_reply(reply, keys(Mode.SAFE), format=form, encrypted=True, timestamp=1767225600, nonce=nonce, random16=RANDOM)

    envelope = parse_xml(sealed) if form is Format.XML else msgspec.json.decode(sealed)
    assert envelope["MsgSignature"] == signature(TOKEN, "1767225600", nonce, envelope["Encrypt"])
    assert MessageCipher(KEY, APPID).decrypt(envelope["Encrypt"]) == reply.encode()
    assert str(envelope["TimeStamp"]) == "1767225600"


def test_no_refusal_quotes_a_secret_or_the_body() -> None:
    encrypted = encrypt("<xml><Content>秘密 13800000001", appid="wx00000000000000a2")

    with pytest.raises(LiandongError) as caught:
        open_now(wrap(encrypted), sign(encrypted), keys(Mode.SAFE))

    assert not re.search(f"秘密|1380|{TOKEN}|{KEY}|{APPID}", str(caught.value))
