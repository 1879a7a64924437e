"""What WeChat's list of mini programs means, and when another may be asked for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from chalicelib.accounts.words import Account
from chalicelib.accounts.words.linking import Asked, LinkLimits, LinkShown, LinkState, Program, Said
from chalicelib.beijing import BEIJING
from chalicelib.errors import Conflict, Declined, Invalid, Refused
from chalicelib.wechat.platforms import LinkedProgram

SAME_SUBJECT_MOST, OTHER_SUBJECTS_MOST, A_MONTH_MOST = 10, 3, 13
"""Mini programs of an official account: of its own subject (主体), of others, and new ones in a month.

https://developers.weixin.qq.com/doc/oplatform/openApi/officalaccount-management/link-miniprogram/linkMiniprogram.html
"""
ASKED_JUST_NOW = timedelta(minutes=1)
"""So long a link that was asked for may be missing in WeChat's list."""
ASKED_BEFORE = timedelta(days=30)
UNLINK_ASKED_AGAIN_AFTER = timedelta(minutes=10)
STATES = {
    1: LinkState.linked,
    2: LinkState.waits_for_mini_program,
    3: LinkState.refused_by_mini_program,
    12: LinkState.waits_for_official_account,
}
WAITS = frozenset({LinkState.waits_for_mini_program, LinkState.waits_for_official_account})
AGAIN = frozenset({LinkState.refused_by_mini_program, LinkState.undocumented})
DURATION = Said("同主体即时生效；不同主体需 1–3 个工作日。", "Of the same subject it holds at once, of another in 1–3 working days.")
MEANS = {
    LinkState.linked: Said("已关联。", "Linked."),
    LinkState.waits_for_official_account: Said("等待公众号管理员确认。", "Waits for the official account's admin."),
    LinkState.waits_for_mini_program: Said("等待小程序管理员确认。", "Waits for the mini program's admin."),
    LinkState.refused_by_mini_program: Said("小程序管理员已拒绝。", "The mini program's admin has refused."),
    LinkState.asked: Said("已向微信发起关联，列表中暂未显示。", "WeChat has been asked; its list does not show it yet."),
    LinkState.unlink_asked: Said(
        "已发起解除关联，等待公众号管理员确认。", "The end of the link was asked for: it waits for the official account's admin."
    ),
    LinkState.undocumented: Said("微信没有说明这个状态。", "WeChat does not document this state."),
}
NEXT = {
    LinkState.linked: Said("无需操作。", "Nothing is left to do."),
    LinkState.waits_for_official_account: Said(
        f"公众号管理员在微信收到的消息里确认，然后由小程序管理员确认。{DURATION.zh}",
        f"The official account's admin confirms in the message WeChat has sent, then the mini program's admin does. {DURATION.en}",
    ),
    LinkState.waits_for_mini_program: Said(
        f"小程序管理员在微信收到的消息里确认。{DURATION.zh}",
        f"The mini program's admin confirms in the message WeChat has sent. {DURATION.en}",
    ),
    LinkState.refused_by_mini_program: Said(
        "先与小程序管理员沟通，再重新发起关联。", "Talk to the mini program's admin, then ask for the link again."
    ),
    LinkState.asked: Said(
        "稍后再看列表；给小程序帐号填上原始 ID（original_id），列表里就能认出它。",
        "Look at the list again; with the original_id of the mini program's account it is recognised there before it is linked.",
    ),
    LinkState.unlink_asked: Said(
        "公众号管理员在微信收到的消息里确认。", "The official account's admin confirms in the message WeChat has sent."
    ),
    LinkState.undocumented: Said(
        "登录 mp.weixin.qq.com，在「小程序管理」里查看。", "Look in the console, mp.weixin.qq.com, under 小程序管理 (mini programs)."
    ),
}
ADMIN_FULL, PHONE_FULL, SUBJECT_FULL, MONTH_FULL = 1003, 1005, 89407, 45009
FULL = {
    ADMIN_FULL: "The admin has too many accounts already: let another person become the mini program's admin, then ask again.",
    PHONE_FULL: "The admin's phone is bound to too many accounts, or too many of other subjects are linked: end one, then ask again.",
    SUBJECT_FULL: f"At most {SAME_SUBJECT_MOST} of the same subject and {OTHER_SUBJECTS_MOST} of others: end a link, then ask again.",
    MONTH_FULL: f"At most {A_MONTH_MOST} new mini programs in a month: ask again next month.",
}
UNKNOWN_APPID, BLOCKED, UNAUTHORISED, NO_PERMISSION = 40013, 89013, 61003, 61007
NEEDS_PLATFORM = frozenset({UNAUTHORISED, NO_PERMISSION})


def state_of(item: LinkedProgram) -> LinkState:
    return STATES.get(item.status, LinkState.undocumented)


def find_item(items: Iterable[LinkedProgram], program: Program) -> LinkedProgram | None:
    """A mini program in WeChat's list: by its appid, or by its original id, for only a linked one shows its appid."""
    return next((item for item in items if program.appid == item.appid or (item.username and program.original_id == item.username)), None)


def may_wait(asked: Asked | None, items: Iterable[LinkedProgram], program: Program, known: set[str], now: datetime) -> bool:
    """May a link that the list does not name be among what waits? Asking twice would count twice in the month.

    `known`: the original ids of which it is known whose they are.
    """
    if asked is None or asked.link_at is None:
        return False
    if now - asked.link_at < ASKED_JUST_NOW:
        return True
    nameless = any(state_of(item) in WAITS and item.username not in known for item in items)
    return not program.original_id and nameless and now - asked.link_at < ASKED_BEFORE


def count_limits(items: Iterable[LinkedProgram], asked: Iterable[Asked], now: datetime) -> LinkLimits:
    month = _month(now)
    return LinkLimits(
        linked=sum(state_of(item) is LinkState.linked for item in items),
        same_subject_most=SAME_SUBJECT_MOST,
        other_subjects_most=OTHER_SUBJECTS_MOST,
        asked_this_month=sum(each.link_at is not None and _month(each.link_at) == month for each in asked),
        asked_a_month_most=A_MONTH_MOST,
    )


def check_limits(limits: LinkLimits) -> None:
    """`Declined` where it is known here already that WeChat would refuse."""
    if limits.linked >= SAME_SUBJECT_MOST + OTHER_SUBJECTS_MOST:
        raise Declined(FULL[SUBJECT_FULL], code="mini_programs_full")
    if limits.asked_this_month >= A_MONTH_MOST:
        raise Declined(FULL[MONTH_FULL], code="mini_programs_full")


def show(item: LinkedProgram, programs: Iterable[Program]) -> LinkShown:
    """One entry of WeChat's list, with the account it is of where that is known."""
    program = next((each for each in programs if find_item((item,), each)), None)
    return LinkShown(
        appid=item.appid or (None if program is None else program.appid),
        account=None if program is None else program.account,
        original_id=item.username,
        title=item.nickname,
        status=item.status,
        state=state_of(item),
        means=MEANS[state_of(item)],
        next=NEXT[state_of(item)],
    )


def show_asked(program: Program, state: LinkState, status: int | None = None) -> LinkShown:
    """A mini program of which WeChat was asked something."""
    return LinkShown(
        appid=program.appid,
        account=program.account,
        original_id=program.original_id,
        title=program.title,
        status=status,
        state=state,
        means=MEANS[state],
        next=NEXT[state],
    )


def explain(refused: Declined) -> Refused:
    """WeChat's errcode as a refusal that says what to do."""
    if refused.errcode in FULL:
        return Declined(FULL[refused.errcode], code="mini_programs_full", errcode=refused.errcode)
    if refused.errcode == UNKNOWN_APPID:
        return Invalid("WeChat knows no mini program with this appid - at `$.mini_program`.")
    if refused.errcode == BLOCKED:
        return Declined(code="mini_program_blocked", errcode=BLOCKED)
    if refused.errcode in NEEDS_PLATFORM:
        return Conflict(code="platform_needed")
    return refused


def list_steps(official: Account, programs: Sequence[Program]) -> tuple[Said, ...]:
    """How both admins link by hand, in order."""
    named = "、".join(f"{each.title or each.account}（{each.appid}）" for each in programs)
    title = official.title or official.id
    return (
        Said(
            f"用公众号「{title}」（{official.appid}）的管理员帐号登录 mp.weixin.qq.com。",
            f"Log in to mp.weixin.qq.com as an admin of the official account {title} ({official.appid}).",
        ),
        Said(
            "打开「广告与服务 → 小程序管理」，点「添加」，选「关联小程序」。",
            "Open 广告与服务 → 小程序管理 (mini programs), press 添加 (add), choose 关联小程序 (link a mini program).",
        ),
        Said("管理员用微信扫码验证身份。", "Scan the code with WeChat to prove that it is the admin."),
        Said(
            f"输入小程序的 AppID 并搜索，选择是否通知粉丝、是否在资料页展示，发送邀请。{'品牌的小程序：' + named + '。' if named else ''}",
            "Enter the mini program's AppID and search; choose whether followers are told and the profile shows it; send the invitation."
            + (f" The brand's mini programs: {named}." if named else ""),
        ),
        Said("小程序管理员在微信收到的消息里确认。", "The mini program's admin confirms in the message WeChat has sent."),
        DURATION,
        Said(
            f"最多关联 {SAME_SUBJECT_MOST} 个同主体和 {OTHER_SUBJECTS_MOST} 个不同主体的小程序，每月最多新增 {A_MONTH_MOST} 个。",
            f"At most {SAME_SUBJECT_MOST} of the same subject and {OTHER_SUBJECTS_MOST} of others, {A_MONTH_MOST} new ones a month.",
        ),
    )


def _month(moment: datetime) -> tuple[int, int]:
    local = moment.astimezone(BEIJING)
    return local.year, local.month
