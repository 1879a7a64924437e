"""The front door of the replies room: what the inbox asks before it has answered. What lies behind it may move from file to file."""

from chalicelib.replies.flows.publishing import live_rules, publish_rules, rules_of_version

__all__ = ["live_rules", "publish_rules", "rules_of_version"]
