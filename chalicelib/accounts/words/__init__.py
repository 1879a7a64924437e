"""Words of the accounts room: brands, accounts of every kind, their secrets, access tokens."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

# `$` alone lets a line break pass behind the end; `\Z` is no word of OpenAPI's patterns.
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,30}$(?!\n)")]
Appid = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{6,64}$(?!\n)")]
CallbackToken = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9]{3,32}$(?!\n)")]
AesKey = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9]{43}$(?!\n)")]
AppSecret = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Title = Annotated[str, msgspec.Meta(max_length=128)]
WebOrigin = Annotated[
    str,
    msgspec.Meta(max_length=256, pattern=r"^(https://[a-z0-9-]+(\.[a-z0-9-]+)+|http://(127\.0\.0\.1|localhost))(:[1-9][0-9]{0,4})?$(?!\n)"),
]
"""An origin as browsers write it: lower case, names of other scripts as `xn--…`; without TLS on this machine alone."""
WebOrigins = Annotated[tuple[WebOrigin, ...], msgspec.Meta(max_length=20)]
AccountId = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9]{1,30}\.[a-z][a-z0-9-]{0,30}$(?!\n)")]
FileName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{4,64}\.txt$(?!\n)")]
OriginalId = Annotated[str, msgspec.Meta(max_length=64)]


class Kind(StrEnum):
    """What an account is."""

    official_account = "official_account"
    mini_program = "mini_program"
    channels_shop = "channels_shop"
    channels_assistant = "channels_assistant"
    app = "app"
    website = "website"
    platform = "platform"
    """A third-party platform (第三方平台): it acts for the accounts that have authorised it. Its appid is the component_appid."""


class CallbackMode(StrEnum):
    """消息加解密方式, as set on the account's console page."""

    plain = "plain"
    compatible = "compatible"
    safe = "safe"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One account of a brand. `id` is `<brand>.<name>`, `original_id` (gh_…) absent until somebody says it, `web_origins`: its pages.

    `web_login`: may WeChat be asked who opens them? Subscription accounts (订阅号) have no such right. `platform`: the id of the
    third-party platform it is called through, absent where it has an AppSecret of its own.
    """

    id: str
    brand: str
    name: str
    kind: Kind
    appid: str
    title: str = ""
    original_id: str = ""
    callback_mode: CallbackMode = CallbackMode.safe
    web_origins: tuple[str, ...] = ()
    web_login: bool = True
    platform: str = ""
    created_at: datetime


class AccountSecret(msgspec.Struct, frozen=True, kw_only=True):
    """What only WeChat and we know of an account. `aes_keys`: newest first, the second one during a rotation."""

    app_secret: str = ""
    callback_token: str = ""
    aes_keys: tuple[str, ...] = ()


class AccountOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a new account shall be."""

    name: Name
    kind: Kind
    appid: Appid
    title: Title = ""
    original_id: OriginalId = ""
    callback_mode: CallbackMode = CallbackMode.safe
    platform: AccountId | None = None
    app_secret: AppSecret | None = None
    callback_token: CallbackToken | None = None
    aes_key: AesKey | None = None


class SecretOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of an account's secret shall change; what is left out stays. A new `aes_key` keeps the old one for its rotation."""

    app_secret: AppSecret | None = None
    callback_token: CallbackToken | None = None
    aes_key: AesKey | None = None


class WebOriginsOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every origin of the account's own web pages: logins and tickets lead there and nowhere else. None ends web logins.

    `web_login`: whether WeChat may be asked there who opens them (网页授权).
    """

    web_origins: WebOrigins
    web_login: bool = True


class DomainFileOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file WeChat wants to find at the root of a domain, to know that it is ours."""

    name: FileName
    content: Annotated[str, msgspec.Meta(min_length=1, max_length=256, pattern=r"^[!-~]+$(?!\n)")]


class SigningKey(msgspec.Struct, frozen=True):
    """A key that signs sessions. It verifies from its birth and signs once every container knows it."""

    id: str
    secret: str
    made_at: datetime


class BrandSecret(msgspec.Struct, frozen=True):
    """The brand's signing keys, newest first."""

    signing_keys: tuple[SigningKey, ...]


class Slot(msgspec.Struct, frozen=True):
    """Where an access token is kept: an account's own, or the one that the platform `platform_appid` has for it.

    `for_pages`: not the token, but the ticket that signs for the account's web pages (jsapi_ticket), kept in the same way.
    """

    brand: str
    appid: str
    platform_appid: str = ""
    for_pages: bool = False

    @property
    def name(self) -> str:
        """The row's name within the brand."""
        if self.for_pages:
            return f"{self.appid}#jsapi_ticket"
        if self.platform_appid:
            return f"{self.appid}#authorizer_access_token#{self.platform_appid}"
        return f"{self.appid}#access_token"


class Holder(msgspec.Struct, frozen=True):
    """Whose access token is meant: an account's own, or the one that `platform` has for it; `for_pages`: the ticket of its pages."""

    account: Account
    platform: Account | None = None
    for_pages: bool = False

    @property
    def slot(self) -> Slot:
        """Where that token is kept."""
        return Slot(self.account.brand, self.account.appid, "" if self.platform is None else self.platform.appid, self.for_pages)


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A stored access token. `version` grows by one with each new value."""

    value: str
    version: int
    expires_at: datetime


class TokenState(msgspec.Struct, frozen=True, kw_only=True):
    """What the token row says. `confirmed_at`: when WeChat last answered with the same token although it had been rejected."""

    token: Token | None
    version: int
    confirmed_version: int | None
    confirmed_at: datetime | None


class ShownToken(msgspec.Struct, frozen=True, kw_only=True):
    """An access token as the broker hands it out."""

    access_token: str
    expires_at: datetime
    version: int
