"""The dated rule set (规则库): what the law and the platform do not want to read, why, and what to write instead. Pure.

Patterns are searched in folded text (`folding.py`): without spaces and punctuation, letters and digits in their plain form, lower case.
Of laws `since` is the day they came into force; of the platform's pages the day of the edition, or the first of 2024 where it names none.
"""

from __future__ import annotations

from datetime import date

from chalicelib.lint.words import Category, LintRule, Said, Severity

ADVERTISING_LAW = date(2015, 9, 1)
LINKS_EDITION = date(2019, 10, 28)
PERSONAL_INFORMATION_LAW = date(2021, 11, 1)
AS_KNOWN = date(2024, 1, 1)

OWN_WORD = LintRule(
    id="own-word",
    since=AS_KNOWN,
    category=Category.own_word,
    severity=Severity.refuse,
    why=Said("The brand itself does not want to read this", "品牌自己设定的敏感词"),
    source="the brand's own words",
    instead=Said("Say it with other words.", "请换一种说法。"),
)

ABSOLUTE = (
    LintRule(
        id="absolute-named",
        since=ADVERTISING_LAW,
        category=Category.absolute_claim,
        severity=Severity.refuse,
        looks_for=("国家级", "最高级", "最佳"),
        harmless=(
            "国家级(森林|湿地|地质|自然|非物质|非遗|文物|旅游度假)",
            "(申请|达到|通过)国家级标准",
            "最佳(食用|赏味|饮用|使用|保存)(期|时间|温度)",
        ),
        why=Said(
            "The Advertising Law forbids 国家级, 最高级, 最佳 and the like about what one sells.",
            "广告法禁止在广告中使用“国家级”“最高级”“最佳”等用语。",
        ),
        source="广告法 第九条（三）",
        instead=Said("Say what can be shown: a figure, a prize with its year.", "改写为可以证明的事实，例如数据，或注明年份的奖项。"),
    ),
    LintRule(
        id="absolute-superlative",
        since=ADVERTISING_LAW,
        category=Category.absolute_claim,
        severity=Severity.refuse,
        looks_for=(
            "最(便宜|优惠|划算|低价|优质|优秀|先进|高端|高档|专业|权威|顶级|畅销|受欢迎|安全|有效|正宗|奢华|实惠|超值|强大|流行|时尚)",
            "(全网|全国|全球|史上|行业|同行|历史)最(低|高|大|好|强|全|新|快|热)",
            "(全网|全国|全球|世界|亚洲|中国|行业|销量|口碑|品质|服务|排名)第[一1]",
            "第[一1]品牌",
            "(no|top)1(?![0-9])",
            "顶级|顶尖|极品|极致奢华|世界级|宇宙级|殿堂级|独一无二|绝无仅有|史无前例|前无古人|空前绝后|无与伦比|无人能及",
        ),
        harmless=("顶级域名", "最安全的(距离|做法|办法)", "不是最.{0,2}"),
        why=Said(
            "It claims to stand above all others, which the Advertising Law forbids as absolute wording.",
            "含有绝对化用语，声称高于一切同类，违反广告法。",
        ),
        source="广告法 第九条（三）；广告绝对化用语执法指南（2023）",
        instead=Said(
            "Compare with yourself and name the time and the figure: 本店今年以来的低价.",
            "与自己相比，并写明时间与数据，例如“本店今年以来的低价”。",
        ),
    ),
    LintRule(
        id="absolute-doubtful",
        since=ADVERTISING_LAW,
        category=Category.absolute_claim,
        severity=Severity.warn,
        looks_for=("最(好|大|强|美|潮|热|火|全|优|棒|高|低)", "首选", "唯一", "绝对(?!值|湿度|路径)", "万能"),
        harmless=(
            "最好(提前|先|别|不要|在|是|能|带|于|将|把|用)",
            "最大(限度|程度|化|努力|承重|号|值)",
            "最低(消费|限度|年龄|温度|起订|金额|气温|身高)",
            "最高(温度|限额|可|气温|金额|额度|限)",
            "唯一(标识|编号|编码|账号|识别)",
        ),
        why=Said(
            "Superlatives about what one sells count as absolute wording; about times, limits and advice they are fine.",
            "用于推销商品或服务的“最”字用语属绝对化用语；用于时间、限度、建议则无妨。",
        ),
        source="广告法 第九条（三）；广告绝对化用语执法指南（2023）",
        instead=Said("Say how good, not that nothing is better.", "说明好在哪里，而不是说没有更好。"),
    ),
)

SHARING = (
    LintRule(
        id="induced-sharing",
        since=LINKS_EDITION,
        category=Category.induced_sharing,
        severity=Severity.refuse,
        looks_for=(
            "(分享|转发|转给|发到|发给|发送)[^\n]{0,10}((?<![本要纲引])领(?!导|域|先|略|会|悟|带|队)|抽奖|即送|就送|有奖|有礼|赢(取|得|红包|奖|大奖|好礼)|返现|返利|解锁|免单|"
            "免费(得|拿|领|送)|得(红包|优惠|积分|奖|礼|现金)|获得(红包|优惠|积分|奖|礼|现金|机会)|才能|方可|后可|即可(看|查看|领|参与|获))",
            "(集|积|攒)(满|够|齐)?[0-9一二三四五六七八九十百]*个?赞",
            "砍一刀|(帮|替)我砍|好友(助力|砍价|加速)|邀请?好友助力",
            "不转不是|转疯了|(必|速|快|赶紧)转(?!动|弯|身|账|换|车|机|接|移|告|交|让|运)|转发(好运|转运|保平安)",
            "share[a-z]{0,20}(towin|tounlock|toget)",
        ),
        harmless=("(请勿|不要|切勿|无需|不必|不用)(分享|转发)",),
        why=Said(
            "WeChat takes down what rewards people for sharing, or withholds something until they share.",
            "微信禁止以奖励或限制内容的方式诱导用户分享，违者链接或账号会被处置。",
        ),
        source="微信外部链接内容管理规范 · 诱导分享类；微信小程序平台运营规范 · 诱导分享",
        instead=Said(
            "Give it to whoever comes; let people share because they want to.", "直接给到访的人，不以分享为条件；想分享的人自然会分享。"
        ),
    ),
    LintRule(
        id="rewarded-invitation",
        since=LINKS_EDITION,
        category=Category.induced_sharing,
        severity=Severity.warn,
        looks_for=("邀请?[^\n]{0,6}(好友|朋友|新人)[^\n]{0,8}(得|领(?!导|域|先)|送|返|奖|免)",),
        why=Said(
            "A reward may follow what an invited person buys or does, never the mere invitation.",
            "奖励须以被邀请人的实际消费或行为为条件，不得仅因邀请、转发而奖励。",
        ),
        source="微信外部链接内容管理规范 · 诱导分享类",
        instead=Said("Say what the friend has to do: 好友首单完成后，双方各得…", "写明条件，例如“好友首单完成后，双方各得……”。"),
    ),
)

FOLLOWING = (
    LintRule(
        id="induced-following",
        since=LINKS_EDITION,
        category=Category.induced_following,
        severity=Severity.refuse,
        looks_for=(
            "关注[^\n]{0,8}(后(?!续|厨|台|期|面|来)|即|才|就|方)可?(能|以)?(看|查看|阅读|观看|继续|使用|领(?!导|域|先)|抽|送|得|获|解锁|参与|享|免费)",
            "关注[^\n]{0,8}(领(?!导|域|先|略|取号)|抽奖|送(红包|礼|券|积分|好礼|现金)|得(红包|礼|券|奖|积分|现金)|解锁|返现|有礼|有奖|免单)",
            "(先|必须|需要?先?|务必|强制)关注[^\n]{0,8}(再|才|后(?!续|厨|台|期)|方)",
            "(未|不|没)关注[^\n]{0,6}(无法|不能|不可|看不)",
        ),
        harmless=("无需关注", "不用关注", "不必关注"),
        why=Said(
            "WeChat forbids making people follow by a reward or by withholding something.",
            "微信禁止以奖励或限制内容、功能的方式诱导用户关注。",
        ),
        source="微信公众平台运营规范 · 诱导关注；微信小程序平台运营规范 · 诱导关注",
        instead=Said("Say what following is good for: 关注我们，及时了解订单进度.", "说明关注的用处，例如“关注我们，及时了解订单进度”。"),
    ),
)

PROMISES = (
    LintRule(
        id="false-promise",
        since=ADVERTISING_LAW,
        category=Category.false_promise,
        severity=Severity.refuse,
        looks_for=(
            "((?<![0-9])100|百分之?一?百)(有效(?!期)|治愈|成功|安全|满意|根治|见效|通过|好评|无害|中奖)",
            "(?<![面书钱红背打荷])包(治|过(?!来|去|期|程|滤|敏|后)|瘦|赚|中奖|生男|成功|录取|通过|满意)",
            "根治|药到病除|永不(复发|反弹)|祖传秘方|立(刻|即)见效|一(次|用|贴|针)(就|即)?见效|无(任何)?副作用|零副作用",
            "稳赚|只赚不赔|保本保息|零风险|无风险(收益|赚)|保证(收益|赚|治愈|有效(?!期)|成功|通过|瘦)|(?<!确)保本(理财|收益)|包?保收益",
        ),
        harmless=("(不|无法|不能)(保证|承诺)[^\n]{0,4}", "不(可|能)根治"),
        why=Said(
            "Nobody can keep this promise: the Advertising Law calls it deceiving, for health and money by name.",
            "该承诺无法兑现，属于虚假或者引人误解的内容；医疗、保健、投资类广告更有明文禁止。",
        ),
        source="广告法 第十六、十八、二十五、二十八条",
        instead=Said(
            "Say what you do, and what follows when it fails: 七天内不满意可退.",
            "写清您做什么，以及不满意时怎么办，例如“七天内不满意可退”。",
        ),
    ),
)

PAYMENT = (
    LintRule(
        id="off-platform-payment",
        since=AS_KNOWN,
        category=Category.off_platform_payment,
        severity=Severity.refuse,
        looks_for=(
            "(加|添加)(我|客服|店主|老板|店家)?的?(个人)?(微信|vx|wx|v信)[^\n]{0,4}(转账|付款|支付|下单|打款|汇款)",
            "微信转账(给|到|至)",
            "支付宝(付款|转账|支付|扫码|收款|打款)|用支付宝付",
            "(私下|线下|个人账户)(转账|交易|付款|打款)|(转账|打款|汇款)(到|至|给)(个人|银行卡|本人|店主|老板)",
            "个人收款码|扫码转账",
        ),
        harmless=("(请勿|切勿|不要|谨防|警惕|勿)[^\n]{0,12}",),
        why=Said(
            "Payment is led past the platform, where nobody protects the buyer: WeChat closes accounts for it.",
            "引导用户绕开平台支付，买家得不到保障，违反微信运营规范。",
        ),
        source="微信小程序平台运营规范 · 支付",
        instead=Said("Lead to the mini program's own payment.", "请引导至小程序内完成支付。"),
    ),
)

AUTHORISATION = (
    LintRule(
        id="forced-authorisation",
        since=PERSONAL_INFORMATION_LAW,
        category=Category.forced_authorisation,
        severity=Severity.refuse,
        looks_for=(
            "(不|未|拒绝|没有?|取消)(授权|同意|允许|提供(手机号?|位置|头像|个人信息))[^\n]{0,8}(无法|不能|不可|不得|将?退出)(使用|进入|继续|访问|登录|服务|下单|浏览)?",
            "(必须|强制|务必)(授权|同意授权|绑定手机)",
            "授权[^\n]{0,6}(后)?(才|方)(能|可)(使用|进入|继续|访问|浏览|查看)",
        ),
        harmless=("(不|未)授权也",),
        why=Said(
            "Service may not be refused because somebody does not consent, unless the very service cannot be given without it.",
            "不得以个人不同意处理其个人信息为由拒绝提供产品或者服务，提供该服务所必需的除外。",
        ),
        source="个人信息保护法 第十六条；微信小程序平台运营规范 · 用户授权",
        instead=Said(
            "Say what it is for, and what works without: 授权位置，为您推荐附近门店；也可手动选择.",
            "说明用途，以及不授权时怎么办，例如“授权位置，为您推荐附近门店；也可手动选择”。",
        ),
    ),
)

SERVICE = (
    LintRule(
        id="service-asks-to-buy",
        since=AS_KNOWN,
        category=Category.service_marketing,
        severity=Severity.refuse,
        service_only=True,
        never_in_names=True,
        looks_for=("(马上|立即)(抢(?![修救险答通收运占])|购|买(?![单手])|下单)",),
        harmless=(
            "(我们|我方|系统|客服|店家|商家|[为帮替][您你])[^\n]{0,6}(马上|立即)(抢|购|买|下单)",
            "(请勿|不要|切勿|无需|不必|不用)(马上|立即)(抢|购|买|下单)",
        ),
        why=Said(
            "Whoever is asked to buy reads marketing: as service it would reach people who never agreed to that, and WeChat takes the "
            "templates of accounts whose notices market.",
            "催促购买属于营销：以服务类消息发送会触达未同意营销的用户，模板也会被封禁。",
        ),
        source="微信公众平台模板消息运营规范；订阅消息运营规范；广告法 第四十三条",
        instead=Said("Leave it out, or say it as marketing.", "删去，或作为营销消息发送。"),
    ),
    LintRule(
        id="service-markets",
        since=AS_KNOWN,
        category=Category.service_marketing,
        severity=Severity.refuse,
        service_only=True,
        looks_for=(
            "促销|秒杀|(?<!马上)(?<!立即)抢购|大促|买[一1]送[一1]|清仓|爆款|特价|限时(折扣|优惠|特惠|抢)|满[0-9]+减[0-9]+|新品上市",
        ),
        why=Said(
            "A text of service may not advertise: WeChat takes the templates of accounts whose notices market.",
            "服务类消息不得夹带营销内容，否则模板会被封禁，接口能力会被收回。",
        ),
        source="微信公众平台模板消息运营规范；订阅消息运营规范",
        instead=Said("Tell only what became of the order or booking.", "只写订单或预约的进展。"),
    ),
    LintRule(
        id="service-mentions-offers",
        since=AS_KNOWN,
        category=Category.service_marketing,
        severity=Severity.warn,
        service_only=True,
        looks_for=("优惠|折扣|打折|红包|领券|福利",),
        harmless=("(已|共|为您)优惠", "优惠(金额|券?(将|即将|已)|后)", "折扣金额"),
        why=Said(
            "In a text of service this reads like advertising, unless it is about the person's own order or coupon.",
            "服务类消息中出现此类用语容易被视为营销，除非说的是对方自己的订单或券。",
        ),
        source="微信公众平台模板消息运营规范；订阅消息运营规范",
        instead=Said("Tell the amount that was taken off, or leave it out.", "写明已优惠的金额，或删去。"),
    ),
)

GUIDANCE = (
    LintRule(
        id="guidance-spots",
        since=AS_KNOWN,
        category=Category.guidance_spots,
        severity=Severity.warn,
        looks_for=(
            "(扫码|点击|长按|欢迎|记得|快来|请)?关注(我们|本?公众号|公号|视频号|服务号|订阅号|账号)|扫码关注|点击(上方|下方)?(蓝字|关注)",
            "长按(识别|扫码|二维码)|扫(描|一扫)?(上方|下方)?二维码",
            "下载(我们的)?(app|客户端)",
            "(添加|加)(客服|店长|企业|小助手)?(微信|企微)",
            "加群|进群|入群|加入(社群|粉丝群|微信群|会员群)",
        ),
        why=Said(
            "People are asked to follow, scan or join more often than the brand allows on one page.",
            "同一页面中引导关注、扫码、加群的次数超过了品牌设定的上限。",
        ),
        source="the brand's own limit (`most_guidance_spots`)",
        instead=Said("Keep the one that matters, at the end.", "保留最重要的一处，放在结尾。"),
    ),
)

PAGES = (
    LintRule(
        id="unknown-page",
        since=AS_KNOWN,
        category=Category.unknown_page,
        severity=Severity.refuse,
        why=Said(
            "It leads to a page that neither the brand nor the account has named.",
            "链接指向品牌和账号都没有登记的页面。",
        ),
        source="the brand's own pages and web origins",
        instead=Said(
            "Lead to a named page, or name this one: PUT /v1/content/words, or the account's web-origins.",
            "请改为已登记的页面，或先登记：PUT /v1/content/words，或该账号的 web-origins。",
        ),
    ),
)

RULES: tuple[LintRule, ...] = (*ABSOLUTE, *SHARING, *FOLLOWING, *PROMISES, *PAYMENT, *AUTHORISATION, *SERVICE, *GUIDANCE, *PAGES)
