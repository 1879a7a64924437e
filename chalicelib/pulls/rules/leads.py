"""A form somebody filled in in a live room (留资) as a record of ours. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from chalicelib.beijing import start_of
from chalicelib.hub.words.records import RecordOrder, Who
from chalicelib.ids import digest

PHONES = ("手机", "电话", "phone", "mobile", "tel")


def record_of(answers: Mapping[str, str], account_id: str, component: str, day: date) -> RecordOrder | None:
    """The form as a record of whoever has its phone; nothing where it has none, for then it is nobody's.

    WeChat gives a form neither an id nor a time: what says the same on the same day is the same form.
    """
    phone = phone_of(answers)
    if phone is None:
        return None
    said = msgspec.json.encode(dict(answers), order="deterministic").decode()
    data = {title: value for title, value in answers.items() if title}
    form_id = digest("lead", account_id, component, str(day), said)
    return RecordOrder(type="lead", id=form_id, at=start_of(day), who=Who(phone=phone), data={**data, "component": component})


def phone_of(answers: Mapping[str, str]) -> str | None:
    """The first answer that is asked for as a phone."""
    return next((value for title, value in answers.items() if value and any(word in title.lower() for word in PHONES)), None)
