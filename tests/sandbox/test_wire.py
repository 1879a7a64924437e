from __future__ import annotations

import msgspec
import pytest

from sandbox import wire
from sandbox.state import Format


def test_text_goes_into_cdata_and_numbers_do_not() -> None:
    written = wire.write({"Content": "a < b", "MsgId": 7, "Scale": 1.5}, Format.XML)

    assert written == "<xml><Content><![CDATA[a < b]]></Content><MsgId>7</MsgId><Scale>1.5</Scale></xml>"


def test_text_that_ends_a_cdata_section_survives() -> None:
    written = wire.write({"Content": "x]]>y"}, Format.XML)

    assert wire.read(written, Format.XML) == {"Content": "x]]>y"}


def test_lists_repeat_their_element() -> None:
    written = wire.write({"E": {"List": [{"Id": 1}, {"Id": 2}]}}, Format.XML)

    assert written == "<xml><E><List><Id>1</Id></List><List><Id>2</Id></List></E></xml>"
    assert wire.read(written, Format.XML) == {"E": {"List": [{"Id": "1"}, {"Id": "2"}]}}


def test_json_keeps_names_and_numbers() -> None:
    written = wire.write({"MsgType": "text", "MsgId": 7_000_000_000_000_000_001}, Format.JSON)

    assert msgspec.json.decode(written) == {"MsgType": "text", "MsgId": 7_000_000_000_000_000_001}


def test_one_subscription_in_json_is_an_object_and_several_are_a_list_all_of_strings() -> None:
    one = {"CreateTime": 1, "SubscribeMsgPopupEvent": {"List": [{"TemplateId": "A", "PopupScene": 0}]}}
    two = {"CreateTime": 1, "SubscribeMsgPopupEvent": {"List": [{"TemplateId": "A"}, {"TemplateId": "B"}]}}

    assert msgspec.json.decode(wire.write(one, Format.JSON)) == {"CreateTime": "1", "List": {"TemplateId": "A", "PopupScene": "0"}}
    assert msgspec.json.decode(wire.write(two, Format.JSON))["List"] == [{"TemplateId": "A"}, {"TemplateId": "B"}]
    unwrapped = wire.write(one, Format.JSON, shape=wire.Shape(entry_as_object=False))
    assert msgspec.json.decode(unwrapped)["List"] == [{"TemplateId": "A", "PopupScene": "0"}]


@pytest.mark.parametrize(
    ("text", "format", "why"),
    [
        ("{}", Format.XML, "not XML"),
        ("<html></html>", Format.XML, "root element"),
        ('<!DOCTYPE xml [<!ENTITY a "b">]><xml><C>&a;</C></xml>', Format.XML, "DOCTYPE"),
        ("<xml></xml>", Format.JSON, "not a JSON object"),
        ('["success"]', Format.JSON, "not a JSON object"),
    ],
)
def test_what_is_not_the_agreed_format_is_malformed(text: str, format: Format, why: str) -> None:
    with pytest.raises(wire.MalformedError, match=why):
        wire.read(text, format)
