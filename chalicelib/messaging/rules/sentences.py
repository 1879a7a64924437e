"""What became of a message and why, in one plain sentence for people, in English and Chinese. Pure."""

from __future__ import annotations

from chalicelib.messaging.rules.errcodes import BY_ERRCODE
from chalicelib.messaging.words import State
from chalicelib.messaging.words.orders import Sentence

BY_WHY = {
    "consent": Sentence("The person does not allow such messages from this end.", "用户未同意（或已撤回同意）接收此类消息。"),
    "permission": Sentence("The person has switched our notifications off.", "用户已关闭我们的通知。"),
    "preference": Sentence("The person does not want messages about this topic here.", "用户不想在此渠道接收该主题的消息。"),
    "dead": Sentence(
        "This endpoint reaches nobody any more: the person unfollowed, or the account is gone.",
        "该联系方式已失效：用户已取消关注或账号已注销。",
    ),
    "no_endpoint": Sentence("The person cannot be reached by any of the ways asked for.", "用户没有可用于所选渠道的联系方式。"),
    "no_person": Sentence("Nobody has this identifier any more.", "该标识已不属于任何用户。"),
    "no_grant": Sentence("The person has given no leave for this template, or it is used up.", "用户没有订阅该模板，或订阅次数已用完。"),
    "no_allowance": Sentence(
        "The person has to write or tap first: there is no room for customer-service messages.", "客服消息窗口已关闭：需用户先互动。"
    ),
    "cap": Sentence("The person has had as many messages as the brand's caps allow.", "用户收到的消息已达到品牌设置的频次上限。"),
    "channel_cap": Sentence(
        "The person has had as many messages by this channel as its cap allows.", "用户在该渠道收到的消息已达到频次上限。"
    ),
    "quiet_hours": Sentence("It waits for the end of the person's quiet hours.", "正在等待用户的免打扰时段结束。"),
    "best_hour": Sentence("It waits for the hour the person is most active in.", "正在等待用户最活跃的时段。"),
    "stopped": Sentence("The broadcast or rule it comes from was stopped before it was sent.", "所属的群发任务或触发规则在发送前已停止。"),
    "paused": Sentence("The broadcast it is one of is paused.", "所属的群发任务已暂停。"),
    "channel_stopped": Sentence(
        "The account's calls are used up for now: it waits until they are counted anew.", "账号的接口调用额度已用完，等待额度恢复。"
    ),
    "same_key": Sentence(
        "WeChat's answer was lost: it is asked again under the same key, so that it arrives once.",
        "微信的应答丢失，正以相同的防重入标识重试，不会重复送达。",
    ),
    "no_receipt": Sentence("No receipt came in time: the next way is tried.", "未在规定时间内收到送达回执，改用下一个渠道。"),
    "sender_gone": Sentence(
        "The sender did not come back: it may have been sent, and is not sent again.", "发送进程中断：消息可能已发出，不会重复发送。"
    ),
    "outcome_unknown": Sentence(
        "The answer to the send was lost: it may have arrived, and is not sent again.", "发送结果未知：消息可能已送达，不会重复发送。"
    ),
    "account_missing": Sentence("The account it was to be sent from is not there any more.", "发送所用的账号已不存在。"),
    "sms_missing": Sentence("No provider of text messages is set up, or it takes nothing from us.", "未设置短信服务商，或其不接受请求。"),
    "sms_refused": Sentence("The provider of text messages does not send to this number.", "短信服务商拒绝向该号码发送。"),
    "push_missing": Sentence("No provider of app push is set up, or it takes nothing from us.", "未设置推送服务商，或其不接受请求。"),
    "push_refused": Sentence("The provider of app push does not take this notification.", "推送服务商拒绝了该通知。"),
    "push_token_dead": Sentence("The app is gone from every device of the person.", "用户的设备均已卸载该 App。"),
    "field_invalid": Sentence("The values do not fit the template as it is now.", "内容与当前模板的字段不符。"),
    "wechat_busy": Sentence("WeChat was busy.", "微信系统繁忙。"),
    "busy": Sentence("The other side was busy, or could not be reached.", "对方繁忙或无法连接。"),
    "token_rejected": Sentence("WeChat rejects the account's access token.", "微信拒绝了账号的 access_token。"),
    "platform_unauthorised": Sentence("The account has not authorised the third-party platform.", "账号尚未授权给第三方平台。"),
    "platform_ticket_missing": Sentence(
        "WeChat has not pushed the third-party platform its ticket yet.", "第三方平台尚未收到微信推送的票据。"
    ),
    "failed:user block": Sentence("WeChat says the person has blocked the account's messages.", "微信返回：用户已拒收该账号的消息。"),
    "failed: system failed": Sentence("WeChat took it and could not deliver it.", "微信已接收，但因系统原因未能送达。"),
    **{f"errcode {errcode}": told for errcode, told in BY_ERRCODE.items()},
}
BY_STATE = {
    State.planned: Sentence("It waits until it is due, or for another try.", "等待发送时间或下一次尝试。"),
    State.sending: Sentence("It is being sent right now.", "正在发送。"),
    State.accepted: Sentence("It was sent; no receipt of its delivery has come.", "已发送，尚未收到送达回执。"),
    State.delivered: Sentence("It arrived.", "已送达。"),
    State.read: Sentence("It was read.", "已阅读。"),
    State.skipped_consent: BY_WHY["consent"],
    State.skipped_preference: BY_WHY["preference"],
    State.skipped_cap: BY_WHY["cap"],
    State.skipped_quiet_expired: Sentence("It would have expired within the person's quiet hours.", "在用户免打扰时段结束前消息已过期。"),
    State.skipped_no_endpoint: BY_WHY["no_endpoint"],
    State.skipped_no_grant: BY_WHY["no_grant"],
    State.skipped_expired: Sentence("It had expired before it could be sent.", "消息在可发送之前已过期。"),
    State.skipped_suppressed: Sentence("The person is kept out of such messages.", "用户被排除在此类消息之外。"),
    State.skipped_duplicate: Sentence("The person was sent the same already.", "用户已收到相同的消息。"),
    State.failed: Sentence("It was refused by the other side.", "对方拒绝了该消息。"),
    State.unknown: BY_WHY["outcome_unknown"],
    State.cancelled: Sentence("It was cancelled before it was sent.", "已在发送前取消。"),
}
TELLS_NOTHING = Sentence("It was sent; this channel does not tell of deliveries.", "已发送；该渠道不提供送达回执。")
SAYS_ITSELF = frozenset({State.sending, State.accepted, State.delivered, State.read, State.skipped_quiet_expired})
"""States that are all there is to say."""
WITHOUT_TOKEN = "no access token: "


def say(state: State, why: str) -> Sentence:
    """One sentence about a message in this state, for this reason."""
    if state in SAYS_ITSELF or (state is State.unknown and why != "sender_gone"):
        return BY_STATE[state]
    if why in BY_WHY:
        return BY_WHY[why]
    if why.startswith(WITHOUT_TOKEN):
        refusal = why.removeprefix(WITHOUT_TOKEN)
        return Sentence(f"WeChat gives no access token for the account: {refusal}.", f"微信未返回账号的 access_token：{refusal}。")
    told = BY_STATE[state]
    return Sentence(f"{told.en[:-1]}: {why}.", f"{told.zh[:-1]}：{why}。") if why else told
