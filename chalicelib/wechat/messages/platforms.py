"""What WeChat tells a third-party platform: its tickets, and who authorises it. These have an InfoType and no ToUserName.

https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/authorize_event.html
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from chalicelib.wechat.messages.inbound import Inbound


class PlatformNotice(Inbound, frozen=True, kw_only=True):
    """To the platform `to_account`, named by its appid; nobody sends it."""

    to_account: str = field(name="AppId")
    from_user: str = field(name="FromUserName", default="")


class TicketPushed(PlatformNotice, frozen=True, kw_only=True):
    """A component_verify_ticket, good for twelve hours; another comes every ten minutes."""

    KIND: ClassVar[str] = "platform.component_verify_ticket"

    ticket: str = field(name="ComponentVerifyTicket")

    def __repr__(self) -> str:
        return f"TicketPushed(to_account={self.to_account!r}, created_at={self.created_at!r})"


class Authorized(PlatformNotice, frozen=True, kw_only=True):
    """The admin of an account has said yes; `code` tells what to, once, within an hour."""

    KIND: ClassVar[str] = "platform.authorized"

    appid: str = field(name="AuthorizerAppid")
    code: str = field(name="AuthorizationCode")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(to_account={self.to_account!r}, appid={self.appid!r}, created_at={self.created_at!r})"


class AuthorizationUpdated(Authorized, frozen=True, kw_only=True):
    """The admin has changed what the platform may do."""

    KIND: ClassVar[str] = "platform.updateauthorized"


class Unauthorized(PlatformNotice, frozen=True, kw_only=True):
    """The account has taken its authorisation back."""

    KIND: ClassVar[str] = "platform.unauthorized"

    appid: str = field(name="AuthorizerAppid")


PLATFORMS: tuple[type[Inbound], ...] = (TicketPushed, Authorized, AuthorizationUpdated, Unauthorized)
