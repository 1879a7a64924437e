"""The front door of the replies room: what the inbox asks of it. What lies behind it may move from file to file."""

from chalicelib.replies.flows.publishing import live_rules, publish_rules, roll_back, rules_of_version, show_rules

__all__ = ["live_rules", "publish_rules", "roll_back", "rules_of_version", "show_rules"]
