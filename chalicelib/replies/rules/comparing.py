"""What a draft changes of the rules in force. Pure."""

from __future__ import annotations

from chalicelib.replies.words import RulesOrder
from chalicelib.replies.words.publishing import Changes


def compare(written: RulesOrder, live: RulesOrder) -> Changes:
    """Rules are the same when they have the same name; of two of one name the later one is looked at."""
    now, before = ({rule.name: rule for rule in order.rules} for order in (written, live))
    stay = [name for name in now if name in before]
    return Changes(
        added=tuple(name for name in now if name not in before),
        changed=tuple(name for name in stay if now[name] != before[name]),
        removed=tuple(name for name in before if name not in now),
        order=stay != [name for name in before if name in now],
        synonyms=written.synonyms != live.synonyms,
        service=written.service != live.service,
    )
