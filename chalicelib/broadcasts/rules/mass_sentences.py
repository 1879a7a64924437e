"""What a mass send's state says in one plain sentence. Pure."""

from __future__ import annotations

from chalicelib.broadcasts.words.masses import MassSend, MassState
from chalicelib.messaging.rules.errcodes import BY_ERRCODE
from chalicelib.messaging.words.orders import Sentence

BY_STATE = {
    MassState.planned: Sentence("It waits until it is due; until then it can be cancelled.", "等待发送时间，在此之前可以取消。"),
    MassState.sending: Sentence("WeChat is being asked to send it.", "正在提交微信群发。"),
    MassState.accepted: Sentence("WeChat has taken it; its receipt has not come yet.", "微信已接收群发任务，尚未收到结果通知。"),
    MassState.sent: Sentence("WeChat has sent it.", "微信已完成群发。"),
    MassState.failed: Sentence("It was not sent.", "群发失败。"),
    MassState.unknown: Sentence(
        "WeChat's answer was lost and cannot be had any more: look in the account's console whether it was sent.",
        "微信的应答丢失且无法再查询：请在公众平台后台确认是否已群发。",
    ),
    MassState.cancelled: Sentence("It was cancelled before it was sent.", "已在发送前取消。"),
    MassState.expired: Sentence("Its time was over before WeChat would take it.", "在微信接收之前已过有效期。"),
    MassState.deleted: Sentence("It was sent, and taken away again from who has it.", "已群发，随后已删除。"),
}
BY_WHY = {
    "too_few": Sentence(
        "Of those who were named fewer than two may be written to: WeChat takes no fewer.",
        "可发送的用户不足两人，微信不接受少于两人的群发。",
    ),
    "content_refused": Sentence(
        "Newer rules about content stand in its way: POST /v1/content/check says which.",
        "内容不符合更新后的内容规则，请用 POST /v1/content/check 查看。",
    ),
    "account_missing": Sentence("The account it was to be sent from is not there any more.", "发送所用的账号已不存在。"),
    "no_receipt": Sentence("No receipt came: WeChat was asked and says what became of it.", "未收到结果通知，状态为主动向微信查询所得。"),
    "mass_quota_spent": Sentence(
        "It was due in one month or day and could only go in the next, which has no mass send to this audience left.",
        "到期时已进入下一周期，而该周期对该群体的群发次数已用完。",
    ),
    "errcode 45028": Sentence(
        "WeChat says that this audience gets no more mass sends in this period (45028).",
        "微信返回：本周期对该群体的群发次数已用完（45028）。",
    ),
    "errcode 45009": Sentence("The account has used up its calls of today (45009).", "账号当日接口调用额度已用完（45009）。"),
    "errcode 40007": Sentence(
        "WeChat has not got what it should send: a draft or file that is gone (40007).", "素材或草稿不存在或已失效（40007）。"
    ),
    "errcode 40152": Sentence("The account has no such tag (40152).", "账号没有该标签（40152）。"),
    "errcode 48001": Sentence("The account has no right to send like this (48001).", "账号没有该群发接口的权限（48001）。"),
    "errcode 89504": Sentence(
        "An admin of the account has to confirm it in WeChat (89504); it is asked again.", "等待公众号管理员确认群发（89504），将自动重试。"
    ),
    "errcode 89505": Sentence("An admin of the account has refused it in WeChat (89505).", "公众号管理员已拒绝本次群发（89505）。"),
    "receipt err(40001)": Sentence("An admin of the account has refused it in WeChat.", "公众号管理员已拒绝本次群发。"),
    "receipt err(40002)": Sentence(
        "No admin of the account has confirmed it in WeChat within thirty minutes.", "公众号管理员未在三十分钟内确认群发。"
    ),
    "receipt send fail": Sentence("WeChat has taken it and could not send it.", "微信已接收任务，但群发失败。"),
    "receipt err(30001)": Sentence("WeChat could not check whether articles are original.", "微信原创校验出错，未能群发。"),
    "receipt err(30002)": Sentence("WeChat does not let articles be sent that are somebody else's.", "微信判定文章为他人原创，不能群发。"),
    "receipt err(30003)": Sentence(
        "WeChat takes articles for a reprint, and `reprint` was not asked for.", "微信判定文章为转载，且未选择按转载群发。"
    ),
}
SAYS_ITSELF = frozenset({MassState.accepted, MassState.cancelled, MassState.deleted, MassState.unknown})
WAITS = frozenset({MassState.planned, MassState.sending})


def say(mass: MassSend) -> Sentence:
    """One sentence about a mass send."""
    told = BY_STATE[mass.state]
    if not mass.why or mass.state in SAYS_ITSELF:
        return told
    if mass.why in BY_WHY:
        return BY_WHY[mass.why]
    if mass.state in WAITS:
        return Sentence(f"WeChat was asked and is asked again: {mass.why}.", f"已请求微信，将自动重试：{mass.why}。")
    errcode = mass.why.removeprefix("errcode ")
    if errcode.isdecimal() and int(errcode) in BY_ERRCODE:
        return BY_ERRCODE[int(errcode)]
    return Sentence(f"{told.en[:-1]}: {mass.why}.", f"{told.zh[:-1]}：{mass.why}。")
