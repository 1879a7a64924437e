"""One shape for what WeChat writes as XML, as JSON, and in JSON now one way and now another. Pure."""

from __future__ import annotations

from typing import Any

_ALWAYS_LISTS = frozenset({"List", "fail_idx", "item"})
# XML nests the entries of subscribe-message events in one of these, whichever the event; JSON has `List` at the top.
_WRAPPERS = ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent")


def unify(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with every value a string, a list always a list, and nothing that is empty, other than a text's Content.

    The ciphertext, which comes beside the fields in compatible mode, is left out.
    """
    unified = _unify_fields(fields)
    unified.pop("Encrypt", None)
    for wrapper in _WRAPPERS:
        if isinstance(wrapped := unified.get(wrapper), dict):
            del unified[wrapper]
            unified.update(wrapped)
    return unified


def _unify_fields(fields: dict[str, Any]) -> dict[str, Any]:
    unified: dict[str, Any] = {}
    for name, value in fields.items():
        one = value if isinstance(value, str) else _unify_value(value)
        if not one and name != "Content":
            continue
        # WeChat's own JSON samples have names with a space in front.
        name = name.strip()
        unified[name] = [one] if name in _ALWAYS_LISTS and not isinstance(one, list) else one
    return unified


def _unify_value(value: Any) -> Any:
    if isinstance(value, dict):
        fields = _unify_fields(value)
        # XML can only write a list as items inside an element; JSON may write the list itself.
        return fields["item"] if fields.keys() == {"item"} else fields
    if isinstance(value, list):
        return [one if isinstance(one, str) else _unify_value(one) for one in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
