"""What an error of a send asks for. Pure.

https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.beijing import A_DAY, day_of, start_of
from chalicelib.consent.words import Purpose
from chalicelib.errors import Busy, Declined, LiandongError, Missing, Unknown
from chalicelib.messaging.words import Action
from chalicelib.wechat.answers import Overloaded

ERRCODES: dict[Action, frozenset[int]] = {
    Action.again: frozenset(
        {
            40001,  # a token, that was replaced once already
            40014,
            42001,
            42010,  # too quick
            44990,
            44991,
        }
    ),
    Action.next_way: frozenset(
        {
            40004,  # the kind of a file
            40007,  # a file that WeChat has not, or not any more
            40008,  # the kind of a message
            40033,  # how the body is written
            40035,
            40036,  # a template
            40037,
            40038,
            40039,  # an address
            40097,
            40249,  # marketing in a template message
            41030,  # a page
            44002,  # empty
            44003,
            44004,
            45002,  # too long
            45003,
            45004,
            45005,
            45006,
            45007,
            45008,
            45168,  # a word WeChat does not allow
            47001,
            47003,  # a value that does not fit its keyword
            48002,  # the person takes no messages of the account
            50002,  # the person is restricted
            53600,  # an article
            70000,  # kept from minors
        }
    ),
    Action.dead: frozenset(
        {
            40003,  # no openid of this account
            43004,  # does not follow
            43019,  # was blocked by the account
            46004,  # nobody
            49003,
            50005,
        }
    ),
    Action.no_grant: frozenset({43101}),
    Action.window_closed: frozenset({45015, 45047}),
    Action.stop_channel: frozenset({44993, 45009, 45028}),
    Action.operator: frozenset(
        {
            40013,  # a mini program that is not linked, or banned
            40125,  # the secret
            40164,  # this address of ours is not on WeChat's list
            40200,  # the class of the account
            40243,
            43104,
            43107,  # the template, or the account's leave for any
            43116,
            45064,
            45067,  # our own key is too long
            45103,
            45109,
            45110,
            48001,  # a right the account has not
            48003,
            48004,
            48008,
            50004,
            50007,
            61003,  # the third-party platform
            61004,
            61007,
            61016,
            61023,
            61452,
            89503,
            89504,
            89505,
            89506,
            89507,
        }
    ),
}
"""What to do about WeChat's errcodes: 45065 is no error of ours, its answer is the message that was sent; of 45066 nothing is known yet."""
CODES = {
    "push_token_dead": Action.dead,
    "push_missing": Action.operator,
    "sms_missing": Action.operator,
    "token_rejected": Action.operator,
    "platform_unauthorised": Action.operator,
    "platform_ticket_missing": Action.operator,
}
BY_ERRCODE = {errcode: action for action, errcodes in ERRCODES.items() for errcode in errcodes}


def action_of(error: LiandongError, purpose: Purpose) -> Action:
    """What to do about an error of the send itself.

    An overloaded WeChat (-1) may have sent it all the same: what is marketing is then not sent again.
    """
    if isinstance(error, Unknown) or (isinstance(error, Overloaded) and purpose is Purpose.marketing):
        return Action.unknown
    return action_before_send(error)


def action_before_send(error: LiandongError) -> Action:
    """What to do about an error before the send: whatever it is, nothing was sent."""
    if isinstance(error, Busy):
        return Action.again
    if error.code in CODES:
        return CODES[error.code]
    if isinstance(error, Declined):
        return BY_ERRCODE.get(error.errcode, Action.next_way)
    return Action.operator if isinstance(error, Missing) else Action.next_way


def word_of(error: LiandongError) -> str:
    """The error in a message's trace: WeChat's errcode, or our own code."""
    return f"errcode {error.errcode}" if isinstance(error, Declined) and error.errcode else error.code


def stopped_until(error: LiandongError, now: datetime) -> datetime:
    """When an account's calls are counted anew: as the error says, else at WeChat's midnight."""
    until = getattr(error, "until", None)
    if isinstance(until, datetime):
        return until
    return start_of(day_of(now) + A_DAY)
