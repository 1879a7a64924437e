"""Decisions about third-party platforms: their tickets, and what accounts allow them. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.accounts.words import Account, Kind
from chalicelib.accounts.words.platforms import PermissionSet, Ticket
from chalicelib.errors import Invalid

TICKET_LIVES = timedelta(hours=12)
LINKING = 33
"""The permission set with which a platform links mini programs with an official account."""
EITHER, AUTHORIZATION_TYPES = "3", {Kind.official_account: "1", Kind.mini_program: "2"}
PERMISSIONS = {
    1: "消息管理",
    2: "用户管理",
    3: "帐号服务",
    4: "网页服务",
    5: "微信小店",
    6: "微信多客服",
    7: "群发与通知",
    8: "微信卡券",
    9: "微信扫一扫",
    10: "微信连WIFI",
    11: "素材管理",
    12: "微信摇周边",
    13: "微信门店",
    15: "自定义菜单",
    17: "获取小程序码",
    18: "小程序开发与数据分析",
    19: "小程序客服管理",
    24: "开放平台帐号管理",
    25: "开放平台帐号管理",
    26: "微信电子发票",
    27: "快速注册小程序",
    30: "小程序基本信息管理",
    31: "小程序认证名称检测",
    33: "小程序管理",
    37: "附近的小程序管理",
    40: "小程序插件管理",
}
"""As the consoles call them. WeChat adds sets without telling: others have no name here.

https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/product/offical_account_authority.html
"""


def is_good_ticket(ticket: Ticket, now: datetime) -> bool:
    """Would WeChat still take this ticket?"""
    return ticket.pushed_at is not None and now - ticket.pushed_at < TICKET_LIVES


def hash_code(code: str) -> str:
    """What a code is recognised by when it comes again."""
    return hashlib.sha256(code.encode()).hexdigest()


def latest(*moments: datetime | None) -> datetime | None:
    return max((each for each in moments if each is not None), default=None)


def authorization_type(asked: Account | None) -> str:
    """Which accounts WeChat's page offers (auth_type): of the kind that is asked, or both kinds."""
    if asked is None:
        return EITHER
    if asked.kind not in AUTHORIZATION_TYPES:
        raise Invalid("Only official accounts and mini programs authorise a platform - at `$.account`.")
    return AUTHORIZATION_TYPES[asked.kind]


def name_permissions(numbers: Iterable[int]) -> tuple[PermissionSet, ...]:
    return tuple(PermissionSet(number, PERMISSIONS.get(number)) for number in numbers)
