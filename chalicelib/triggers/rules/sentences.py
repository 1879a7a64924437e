"""Why a rule says nothing about a record, in one plain sentence for people, in English and Chinese. Pure."""

from __future__ import annotations

from chalicelib.messaging.words.orders import Sentence
from chalicelib.triggers.words import WhyNot

FIRES = Sentence("The rule fires.", "规则会触发。")
BY_WHY = {
    "condition": Sentence("The record is not as the rule wants it: look at `{about}`.", "记录不满足规则条件：请看字段 `{about}`。"),
    "no_time": Sentence("The record has no time in `{about}`.", "记录的 `{about}` 没有时间。"),
    "nobody": Sentence("The record is of nobody who can be written to.", "记录没有可以联系的用户。"),
    "field_missing": Sentence("The record has nothing to say for `{about}`.", "记录缺少 `{about}`，消息不会只填一半发出。"),
    "unfit": Sentence("What the record has to say does not fit in the message.", "记录的内容放不进消息。"),
    "too_old": Sentence("The time for it is over.", "已过发送时限。"),
    "too_far": Sentence("It would be due more than a year from now.", "发送时间在一年以后，暂不安排。"),
}


def say(why: WhyNot) -> Sentence:
    """A reason as people read it."""
    told = BY_WHY[why.why]
    return Sentence(told.en.format(about=why.about), told.zh.format(about=why.about))
