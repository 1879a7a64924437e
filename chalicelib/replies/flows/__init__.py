"""The front door of the replies room: what the inbox asks of it. What lies behind it may move from file to file."""

from chalicelib.replies.flows.acting import act, follow_up
from chalicelib.replies.flows.publishing import live_rules, publish_rules, rules_of_version
from chalicelib.replies.flows.unanswered import note_unanswered

__all__ = ["act", "follow_up", "live_rules", "note_unanswered", "publish_rules", "rules_of_version"]
