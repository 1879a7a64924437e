"""What WeChat's refusals of a send mean, for people, in English and Chinese. Pure.

https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
"""

from __future__ import annotations

from chalicelib.messaging.words.orders import Sentence

TELLS: dict[tuple[int, ...], tuple[str, str]] = {
    (40001, 40014, 42001): ("WeChat rejects the account's access token", "微信拒绝了账号的 access_token"),
    (42010, 44990, 44991): ("WeChat was asked too quickly", "调用微信接口过于频繁"),
    (40004, 40007): ("WeChat has not got the file it should send, or not any more", "素材不存在或已过期"),
    (40008,): ("WeChat does not take this kind of message", "微信不支持该消息类型"),
    (40033, 40035, 40097, 44002, 44003, 44004, 45067, 47001): ("WeChat could not read what it was asked to send", "微信无法识别消息内容"),
    (40036, 40037): ("The account has no such template", "账号没有该模板"),
    (40038,): ("WeChat does not take this template any more", "微信已不支持该模板"),
    (40039,): ("An address in it is longer than WeChat takes", "消息中的链接超过微信允许的长度"),
    (40249,): ("WeChat allows no marketing in template messages", "微信不允许模板消息包含营销内容"),
    (41030,): ("The mini program's published version has no such page", "小程序线上版本没有该页面"),
    (45002, 45003, 45004, 45005, 45006, 45007, 45008): ("Something in it is longer or more than WeChat takes", "消息内容超过微信的限制"),
    (45168,): ("It has a word that WeChat does not allow", "内容含有微信不允许的词"),
    (47003,): ("The values do not fit the template's fields", "内容与模板字段格式不符"),
    (48002,): ("The person has switched off messages of this account", "用户已拒收该账号的消息"),
    (50002,): ("WeChat restricts this person or account", "微信限制了该用户或账号"),
    (53600,): ("WeChat has no such published article", "没有该已发布的文章"),
    (70000,): ("WeChat keeps it from a minor", "因未成年人保护未送达"),
    (40003,): ("WeChat says this openid is not of this account", "微信返回：该 openid 不属于此账号"),
    (43004, 50005): ("WeChat says the person does not follow the account", "微信返回：用户未关注该账号"),
    (43019,): ("The account has blocked this person", "该用户已被公众号拉黑"),
    (46004, 49003): ("WeChat knows nobody of this openid at the account", "微信返回：账号下没有该 openid 的用户"),
    (43101,): ("WeChat says the person refused this template, or their leave is used up", "微信返回：用户拒收或订阅次数已用完"),
    (45015,): ("WeChat says the person has not written or tapped lately", "微信返回：用户近期未互动，超出客服消息时限"),
    (45047,): ("WeChat takes no more customer-service messages until the person writes", "微信返回：客服消息条数已达上限，需用户先回复"),
    (44993, 45009): ("The account has used up its calls of today", "账号当日接口调用额度已用完"),
    (45028,): ("The account has used up its mass sends", "账号的群发次数已用完"),
    (40013, 45064): (
        "WeChat does not know the mini program it should lead to, or it is not linked with the account",
        "消息要打开的小程序不存在或未与账号关联",
    ),
    (40125,): ("The account's AppSecret is wrong", "账号的 AppSecret 错误"),
    (40243,): ("The account's AppSecret is frozen", "账号的 AppSecret 已被冻结"),
    (40164, 61004, 89503, 89506, 89507): ("Our address is not on the account's IP whitelist", "我们的 IP 不在账号的白名单中"),
    (43107,): ("WeChat has banned the template or the account's leave to send", "订阅能力或模板已被封禁"),
    (43116,): ("WeChat restricts this template", "微信限制了该模板"),
    (45110,): ("WeChat has switched off customer-service messages of this account", "账号的客服消息能力已被停用"),
    (45103, 45109): ("WeChat has retired this way to send", "微信已下线该发送接口"),
    (40200, 43104, 48001, 48008): ("The account has no right to send like this", "账号没有该发送接口的权限"),
    (48003,): ("The account has not agreed to WeChat's terms of mass sends", "账号尚未同意微信的群发协议"),
    (48004, 50004, 50007): ("WeChat has banned the account from sending like this", "账号的该接口已被微信封禁"),
    (61003, 61007, 61016, 61023, 61452): (
        "The account has not authorised the third-party platform to do this",
        "账号未将该权限授权给第三方平台",
    ),
    (89504,): ("An admin of the account has to confirm it in WeChat", "需公众号管理员在微信中确认"),
    (89505,): ("An admin of the account has refused it in WeChat", "公众号管理员已在微信中拒绝"),
}
BY_ERRCODE = {
    errcode: Sentence(f"{en} ({errcode}).", f"{zh}（{errcode}）。") for errcodes, (en, zh) in TELLS.items() for errcode in errcodes
}
