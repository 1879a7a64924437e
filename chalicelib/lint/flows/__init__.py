"""The front door of the lint room: what every room asks before it publishes."""

from chalicelib.lint.flows.passing import forget_texts, look_at_texts, pass_texts, read_texts, refuse_unless, stand_or_refuse, take_back
from chalicelib.lint.flows.publishing import letting_through
from chalicelib.lint.flows.visitors import check_visitor_text

__all__ = [
    "check_visitor_text",
    "forget_texts",
    "letting_through",
    "look_at_texts",
    "pass_texts",
    "read_texts",
    "refuse_unless",
    "stand_or_refuse",
    "take_back",
]
