"""Turns the fields of a push into XML or JSON, and a reply back into fields. Pure."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import msgspec
from msgspec import Struct

from sandbox import reading
from sandbox.reading import NonsenseError
from sandbox.settings import Settings
from sandbox.state import Format

_WRAPPERS = ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent")


class MalformedError(Exception):
    """A text is not what was agreed; the message says why."""


class Shape(Struct, frozen=True):
    """How subscribe-message events look in JSON; WeChat's own are the defaults."""

    entry_as_object: bool = True
    numbers_as_text: bool = True
    wrapped: bool = False


def shape_of(settings: Settings) -> Shape:
    """The shape the settings ask for."""
    return Shape(
        entry_as_object=settings.single_list_entry_as_object,
        numbers_as_text=settings.json_event_numbers_as_strings,
        wrapped=settings.json_events_keep_wrapper,
    )


_USUAL = Shape()


def write(fields: dict[str, Any], format: Format, *, shape: Shape = _USUAL) -> str:
    """The push as text; in JSON, subscribe-message events lose their wrapper and turn numbers into strings, as WeChat's do."""
    if format is Format.XML:
        return f"<xml>{_children(fields)}</xml>"
    wrapper = next((name for name in _WRAPPERS if name in fields), None)
    return msgspec.json.encode(fields if wrapper is None else _unwrap(fields, wrapper, shape)).decode()


def _children(fields: dict[str, Any]) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    if isinstance(value, dict):
        return f"<{name}>{_children(value)}</{name}>"
    if isinstance(value, str):
        return f"<{name}><![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"
    return f"<{name}>{value}</{name}>"


def _unwrap(fields: dict[str, Any], wrapper: str, shape: Shape) -> dict[str, Any]:
    entries = [_texts(entry, shape) for entry in fields[wrapper]["List"]]
    head = _texts({key: value for key, value in fields.items() if key != wrapper}, shape)
    listed = {"List": entries[0] if len(entries) == 1 and shape.entry_as_object else entries}
    return {**head, wrapper: listed} if shape.wrapped else {**head, **listed}


def _texts(fields: dict[str, Any], shape: Shape) -> dict[str, Any]:
    return {key: str(value) if shape.numbers_as_text else value for key, value in fields.items()}


def read(text: str, format: Format) -> dict[str, Any]:
    """The fields of a reply; MalformedError when it is not an object of the agreed format."""
    return _read_xml(text) if format is Format.XML else _read_json(text)


def _read_xml(text: str) -> dict[str, Any]:
    if "<!DOCTYPE" in text:
        raise MalformedError("XML with a DOCTYPE is not taken")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise MalformedError(f"not XML: {error}") from error
    if root.tag != "xml":
        raise MalformedError(f"the root element is <{root.tag}>, not <xml>")
    return _fields(root)


def _fields(element: ElementTree.Element) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for child in element:
        value: Any = _fields(child) if len(child) else (child.text or "")
        if child.tag not in fields:
            fields[child.tag] = value
        elif isinstance(fields[child.tag], list):
            fields[child.tag].append(value)
        else:
            fields[child.tag] = [fields[child.tag], value]
    return fields


def _read_json(text: str) -> dict[str, Any]:
    try:
        return reading.read_json(text.encode(), dict[str, Any])
    except NonsenseError as error:
        raise MalformedError(f"not a JSON object: {error}") from error
