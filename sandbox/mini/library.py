"""A small invented library of public subscribe-message templates (公共模板库), by category. Pure."""

from __future__ import annotations

from msgspec import Struct


class Word(Struct, frozen=True):
    """A keyword of a public template; `rule` is the prefix of its key."""

    kid: int
    name: str
    rule: str
    example: str
    values: tuple[str, ...] = ()


class PublicTemplate(Struct, frozen=True):
    """A template everybody of its category may take; type 2 one-time, 3 long-term."""

    tid: str
    title: str
    type: int
    category: int
    words: tuple[Word, ...]


CATEGORIES: dict[int, str] = {307: "线下超市", 616: "美容美发", 402: "医院", 670: "点餐"}

_SERVICE = Word(1, "服务项目", "thing", "头皮护理")
_TIME = Word(2, "预约时间", "time", "2026年8月1日 15:01")
_NOTE = Word(3, "备注", "thing", "请提前十分钟到店")
_NUMBER = Word(4, "订单号", "character_string", "SO20260001")
_AMOUNT = Word(5, "金额", "amount", "￥12.50")
_DATE = Word(6, "日期", "date", "2026-08-01")
_STATE = Word(7, "状态", "phrase", "已发货")
_PHONE = Word(8, "联系电话", "phone_number", "0755-12345678")
_NAME = Word(9, "姓名", "name", "小林")
_KIND = Word(10, "就诊类型", "enum", "初诊", ("初诊", "复诊"))
_COUNT = Word(11, "排队号", "number", "17")

LIBRARY: dict[str, PublicTemplate] = {
    template.tid: template
    for template in (
        PublicTemplate("1001", "预约成功通知", 2, 616, (_SERVICE, _TIME, _NOTE, _PHONE, _NAME)),
        PublicTemplate("1002", "预约提醒", 2, 616, (_SERVICE, _TIME, _NOTE)),
        PublicTemplate("1003", "订单发货通知", 2, 307, (_NUMBER, _AMOUNT, _DATE, _STATE, _NOTE)),
        PublicTemplate("1004", "优惠券到期提醒", 2, 307, (_NOTE, _AMOUNT, _DATE)),
        PublicTemplate("1005", "取餐提醒", 2, 670, (_NUMBER, _COUNT, _NOTE)),
        PublicTemplate("1006", "就诊提醒", 3, 402, (_NAME, _TIME, _KIND, _NOTE)),
        PublicTemplate("1007", "检查结果通知", 3, 402, (_NAME, _DATE, _STATE)),
    )
}
