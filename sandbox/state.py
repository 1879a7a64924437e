"""Everything the sandbox remembers, as structs: accounts, people, tokens, codes, media, messages, and what waits."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from sandbox.channels.words import Channel, Shop
from sandbox.mini.words import Link, MiniBook
from sandbox.official.words import Official
from sandbox.phone.words import PhoneBook
from sandbox.platform.words import LinkRequest, Platform
from sandbox.settings import Settings

FIRST_MESSAGE_ID = 7_000_000_000_000_000_000


class Kind(StrEnum):
    OFFICIAL_ACCOUNT = "official_account"
    MINI_PROGRAM = "mini_program"
    SHOP = "channels_shop"
    ASSISTANT = "channels_assistant"
    PLATFORM = "platform"
    WEBSITE_APP = "website_app"
    MOBILE_APP = "mobile_app"


class Mode(StrEnum):
    """How pushes to a callback are protected (消息加解密方式)."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SAFE = "safe"


class Format(StrEnum):
    XML = "xml"
    JSON = "json"


class Callback(Struct, frozen=True, forbid_unknown_fields=True):
    """Where an account's pushes go (服务器配置); `sealed_for` is the platform that gets them instead of the account."""

    url: str
    token: str
    aes_key: str = ""
    mode: Mode = Mode.SAFE
    format: Format = Format.XML
    sealed_for: str = ""


class Template(Struct, frozen=True, forbid_unknown_fields=True):
    """A subscribe-message template of type 2 (one-time) or 3 (long-term); `content` names its keywords, `enums` enum values.

    `tid` is the template of the public library that it was made from.
    """

    id: str
    title: str
    content: dict[str, str]
    type: Literal[2, 3] = 2
    enums: dict[str, list[str]] = field(default_factory=dict)
    tid: str = ""


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """An account at WeChat, identified by `appid`; `whitelist`, `pages` and `web_domains` are absent when everything is allowed.

    `service` false makes an official account a 公众号: without templates, QR codes, web login.
    """

    appid: str
    secret: str
    kind: Kind
    original_id: str
    open_platform: str | None = None
    verified: bool = True
    whitelist: list[str] | None = None
    linked_mini_programs: list[str] = field(default_factory=list)
    templates: list[Template] = field(default_factory=list)
    pages: list[str] | None = None
    service: bool = True
    web_domains: list[str] | None = None
    callback: Callback | None = None
    name: str = ""
    subject: str = ""
    individual: bool = False
    released: bool = True
    pay_enabled: bool = False
    categories: list[int] = field(default_factory=list)
    plain_scheme_pages: list[str] = field(default_factory=list)
    message_url: str = ""


class Count(Struct):
    """Calls of one API by one account: today (Beijing) and in this minute."""

    day: int = 0
    used: int = 0
    minute: int = 0
    in_minute: int = 0


class Book(Struct):
    """What WeChat keeps about an account's use of its APIs: newest tokens, forced refreshes, quota resets, counts per path."""

    newest: dict[str, str] = field(default_factory=dict)
    forced_at: list[float] = field(default_factory=list)
    cleared_at: list[float] = field(default_factory=list)
    counts: dict[str, Count] = field(default_factory=dict)


class Token(Struct):
    """An access token; `dead_from` is set when it was superseded or revoked (then 40001, while a natural end is 42001).

    `component` is the platform that acts for the account.
    """

    appid: str
    endpoint: str
    expires_at: float
    dead_from: float | None = None
    component: str = ""


class User(Struct):
    """A person with a phone; openids by appid and unionids by Open Platform account are random but stay."""

    id: str
    name: str
    phone: str
    country_code: str = "86"
    high_risk: bool = False
    closed: bool = False
    platform: Literal["1", "2", "3"] = "1"
    openids: dict[str, str] = field(default_factory=dict)
    unionids: dict[str, str] = field(default_factory=dict)


class Allowance(Struct):
    """Customer-service messages an account may still send to a person because of one thing the person did."""

    left: int
    until: float


class Contact(Struct):
    """A person as one account sees them; `credits` are one-time subscriptions by template, `standing` the long-term ones."""

    user: str
    followed_at: float | None = None
    scene: str = ""
    scene_str: str = ""
    acted_at: float | None = None
    typing_until: float = 0.0
    allowances: dict[str, Allowance] = field(default_factory=dict)
    credits: dict[str, int] = field(default_factory=dict)
    standing: list[str] = field(default_factory=list)
    session_key: str = ""
    session_until: float = 0.0
    remark: str = ""
    tags: list[int] = field(default_factory=list)
    blacklisted_at: float | None = None
    blocks: bool = False


class Code(Struct):
    """A code a client got from WeChat for its server: single use, five minutes."""

    kind: Literal["login", "phone", "plugin"]
    appid: str
    user: str
    expires_at: float
    used: bool = False


class Media(Struct, frozen=True):
    """A temporary media file."""

    appid: str
    type: str
    filename: str
    content_type: str
    content: bytes
    made_at: float


class Shown(Struct, frozen=True):
    """One thing on a phone's screen; `via` says how it came, `text` is what a person would read."""

    at: float
    appid: str
    via: Literal["reply", "customer_service", "subscribe_message", "template_message", "mass_message", "menu", "notice", "sms", "push"]
    msgtype: str
    text: str
    content: dict[str, Any]


class Push(Struct, frozen=True):
    """A message or event for an account's callback; `openid` goes into the query and is empty for system pushes.

    `tried` counts the deliveries before.
    """

    id: int
    appid: str
    openid: str
    fields: dict[str, Any]
    due_at: float
    tried: int = 0


class Fault(Struct, forbid_unknown_fields=True):
    """A failure to play on the next `times` calls of `path` (`*` is any); `drop_after_effect` works, then cuts the connection,
    `drop_before_effect` only cuts it."""

    path: str
    times: Annotated[int, Meta(ge=1)] = 1
    errcode: int | None = None
    status: Annotated[int, Meta(ge=200, le=599)] | None = None
    delay_s: Annotated[float, Meta(ge=0, le=3600)] = 0.0
    drop_after_effect: bool = False
    drop_before_effect: bool = False


class Clock(Struct):
    """`stopped_at` wins over `shift_s`; both in seconds."""

    shift_s: float = 0.0
    stopped_at: float | None = None


class State(Struct):
    """The whole sandbox as it is kept in the state file."""

    accounts: dict[str, Account] = field(default_factory=dict)
    books: dict[str, Book] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    contacts: dict[str, dict[str, Contact]] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    received: dict[str, list[Shown]] = field(default_factory=dict)
    official: dict[str, Official] = field(default_factory=dict)
    current_user: str = ""
    current_is_snapshot: bool = False
    mini_books: dict[str, MiniBook] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    shops: dict[str, Shop] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    platforms: dict[str, Platform] = field(default_factory=dict)
    account_links: dict[str, dict[str, LinkRequest]] = field(default_factory=dict)
    phone: PhoneBook = field(default_factory=PhoneBook)
    waiting: list[Push] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)
    settings: Settings = field(default_factory=Settings)
    last_user: int = 0
    last_message_id: int = FIRST_MESSAGE_ID
