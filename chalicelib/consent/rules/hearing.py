"""What a callback says about somebody as a contact. Pure."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from chalicelib.accounts.words import Kind
from chalicelib.consent.rules import activity, allowances, grants, reaching
from chalicelib.consent.rules.grants import Source
from chalicelib.consent.words import LONGEST_STOP_WORD, Side, Trigger
from chalicelib.consent.words.policy import PolicyOrder, Room
from chalicelib.wechat.messages import (
    SYSTEM_SENDERS,
    CodePushed,
    CodeScanned,
    Inbound,
    MenuClicked,
    MenuLinkViewed,
    MiniProgramViewed,
    Ordinary,
    QrScanned,
    Subscribed,
    SubscribeMessageAnswered,
    SubscribeMessageChanged,
    SubscribeMessageSent,
    TempSessionEntered,
    TextMessage,
    Unsubscribed,
)

ROOMS = {
    Trigger.message: Room(most=5, for_s=48 * 3600),
    Trigger.click: Room(most=3, for_s=60),
    Trigger.follow: Room(most=3, for_s=60),
    Trigger.scan: Room(most=3, for_s=60),
    Trigger.enter: Room(most=2, for_s=60),
}
"""WeChat's numbers; a brand's policy may say others."""
ACCEPTS = frozenset({"accept", "acceptWithAudio", "acceptWithAlert"})
REFUSAL = "reject"
NO_LEAVE = 43101
ENDS = frozenset({Kind.official_account, Kind.mini_program})
TOLD = (
    Ordinary,
    Subscribed,
    Unsubscribed,
    QrScanned,
    MenuClicked,
    MenuLinkViewed,
    MiniProgramViewed,
    CodePushed,
    CodeScanned,
    TempSessionEntered,
    SubscribeMessageAnswered,
    SubscribeMessageChanged,
    SubscribeMessageSent,
)
"""What somebody did or answered, and what became of messages to them."""
Answered = SubscribeMessageAnswered | SubscribeMessageChanged


def trigger_of(kind: Kind, message: Inbound) -> Trigger | None:
    """What somebody did that leaves room for customer-service messages."""
    match message:
        case Ordinary():
            return Trigger.message
        case TempSessionEntered() if kind is Kind.mini_program:
            return Trigger.enter
        case MenuClicked() | CodePushed() | CodeScanned():
            return Trigger.click
        case Subscribed():
            return Trigger.follow
        case QrScanned():
            return Trigger.scan
        case _:
            return None


def hear_act(side: Side, trigger: Trigger | None, policy: PolicyOrder, *, at: datetime) -> Side:
    """What lies under an identifier once somebody did something: they were there, they are reached, perhaps there is room."""
    side = activity.was_there(reaching.revive(side, at=at, follows=trigger is Trigger.follow), at)
    if trigger is None:
        return side
    own: Room | None = getattr(policy.rooms, trigger.value)
    room = own or ROOMS[trigger]
    return allowances.opened(side, trigger, most=room.most, since=at, until=at + timedelta(seconds=room.for_s))


def unfollow(side: Side, *, at: datetime) -> Side:
    """What lies under an openid that does not follow any more: it reaches nobody, there is no room, and when they were there is forgotten.

    No choice of theirs changes, and what was sent to them counts on.
    """
    return activity.forget(allowances.closed(reaching.bury(side, "unfollowed", at=at), at=at), at)


def hear_popup(
    side: Side, answers: dict[str, list[str]], source: Source, long_term: frozenset[str], *, at: datetime, heard_at: datetime
) -> Side:
    """What lies under an openid once somebody answered a popup: the answers by their templates.

    Each yes to a template for one time is good for one message for good, so a no to the next popup takes none of them away; it ends leave
    for good. That WeChat bans a template or leaves it out is no word of anybody's.
    """
    for template, told in answers.items():
        for answer in told:
            if answer in ACCEPTS:
                side = grants.accept(side, template, source, long_term=template in long_term, at=at)
            elif answer == REFUSAL and (template in long_term or grants.find_grant(side, template).long_term):
                side = grants.refuse(side, template, at=heard_at)
    return side


def hear_refused(side: Side, answers: dict[str, list[str]], *, heard_at: datetime) -> Side:
    """What lies under an openid once somebody switched templates off in WeChat's settings: WeChat takes none of these any more."""
    for template, told in answers.items():
        if REFUSAL in told:
            side = grants.refuse(side, template, at=heard_at)
    return side


def answers_of(message: Answered) -> dict[str, list[str]]:
    answers: dict[str, list[str]] = {}
    for each in message.answers:
        answers.setdefault(each.template_id, []).append(each.status)
    return answers


def templates_without_leave(message: SubscribeMessageSent) -> list[str]:
    """Templates of which WeChat says afterwards that there was no leave."""
    return [each.template_id for each in message.outcomes if each.error_code == NO_LEAVE]


def is_stop_word(message: Inbound, policy: PolicyOrder) -> bool:
    """Does somebody say nothing but a word that stops marketing?"""
    return isinstance(message, TextMessage) and _folded(message.content) in {_folded(word) for word in policy.stop_words}


def may_be_stop_word(message: Inbound) -> bool:
    """Is a message short enough to look at the policy for?"""
    return isinstance(message, TextMessage) and len(message.content) <= LONGEST_STOP_WORD


def concerns(kind: Kind, message: Inbound) -> bool:
    """Does a message say something about whoever sent it as a contact?"""
    return kind in ENDS and message.from_user not in SYSTEM_SENDERS and isinstance(message, TOLD)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().strip("。.!！").casefold()
