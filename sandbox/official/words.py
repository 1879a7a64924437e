"""What WeChat keeps about one official account, beside what every account has."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

SYSTEM_TAGS = (0, 1, 2)
STARRED = 2


class Tag(Struct):
    """A tag for followers; 0, 1 and 2 are WeChat's own."""

    id: int
    name: str


class Menu(Struct, frozen=True):
    """A menu as it was made; `rule` is absent for the one everybody sees."""

    id: int
    buttons: list[dict[str, Any]]
    rule: dict[str, str] | None = None


class QrCode(Struct, frozen=True):
    """A parametric QR code by its ticket; `expires_at` is absent for a permanent one."""

    ticket: str
    url: str
    action: str
    scene: str
    expires_at: float | None


class ShortText(Struct, frozen=True):
    """A long text behind a short key."""

    text: str
    made_at: float
    expires_at: float


class Ticket(Struct, frozen=True):
    """A ticket for pages: jsapi or wx_card."""

    text: str
    expires_at: float


class WebCode(Struct):
    """A code of the web or app login: single use; a snapshot visitor has an openid of no person."""

    user: str
    openid: str
    scope: str
    snapshot: bool
    expires_at: float
    used: bool = False


class Grant(Struct):
    """What a person granted at a login, by its refresh token."""

    user: str
    openid: str
    scope: str
    snapshot: bool
    access_token: str
    access_until: float
    refresh_until: float
    granted_at: float = 0.0


class MessageTemplate(Struct, frozen=True):
    """A template of template messages; `content` has its keywords as {{thing1.DATA}}."""

    template_id: str
    title: str
    content: str
    example: str = ""
    primary_industry: str = ""
    deputy_industry: str = ""


class Industry(Struct, frozen=True):
    primary: int
    secondary: int
    changed_at: float


class SentOnce(Struct, frozen=True):
    """A message that a repeat with the same id does not send again."""

    msgid: int
    at: float


class Confirmed(Struct, frozen=True):
    """A person's yes to one one-time subscription message."""

    openid: str
    template_id: str
    scene: str


class MassJob(Struct):
    """A mass send; `received` are the people who got it."""

    msg_id: int
    msg_data_id: int
    msgtype: str
    content: dict[str, Any]
    made_at: float
    done_at: float
    total: int
    received: list[str]
    errors: int
    status: str = "send success"
    clientmsgid: str = ""
    deleted: bool = False


class Draft(Struct):
    """Articles that wait to be published; each as WeChat tells it."""

    articles: list[dict[str, Any]]
    updated_at: float


class Article(Struct):
    """A published group of articles; `deleted` are positions from 1."""

    id: str
    data_id: int
    articles: list[dict[str, Any]]
    published_at: float
    publish_type: int
    targets: int = 0
    deleted: list[int] = field(default_factory=list)


class Publish(Struct):
    """A submitted publication; `status` as in WeChat's list, known from `done_at` on."""

    publish_id: int
    article_id: str
    status: int
    done_at: float
    count: int
    failed: list[int] = field(default_factory=list)


class Material(Struct, frozen=True):
    """A permanent file."""

    type: str
    filename: str
    content_type: str
    content: bytes
    made_at: float
    url: str = ""
    title: str = ""
    introduction: str = ""


class Agent(Struct):
    """A customer-service agent; without `wechat_id` nobody is bound to it yet."""

    account: str
    nickname: str
    id: int
    avatar_url: str = ""
    wechat_id: str = ""
    invited: str = ""
    invited_until: float = 0.0
    invite_status: Literal["", "waiting", "rejected", "expired"] = ""
    online: bool = False


class Session(Struct):
    """A person in the hands of an agent."""

    openid: str
    account: str
    made_at: float


class Record(Struct, frozen=True):
    """One message between a person and an agent."""

    id: int
    openid: str
    opercode: int
    text: str
    at: float
    worker: str


class Moment(Struct, frozen=True):
    """One thing that happened, for the statistics: `detail` is the source, the kind of message, or the article."""

    at: float
    what: Literal["follow", "unfollow", "message", "read", "share"]
    openid: str
    detail: str = ""
    scene: int = 0


class Traffic(Struct):
    """Pushes to the callback in one hour, times in milliseconds."""

    count: int = 0
    failed: int = 0
    total_ms: int = 0
    slowest_ms: int = 0


class Official(Struct):
    """Everything of one official account."""

    tags: dict[int, Tag] = field(default_factory=lambda: {STARRED: Tag(STARRED, "星标组")})
    menu: Menu | None = None
    console_menu: Menu | None = None
    conditional_menus: list[Menu] = field(default_factory=list)
    qrcodes: dict[str, QrCode] = field(default_factory=dict)
    permanent_codes: dict[str, str] = field(default_factory=dict)
    short_texts: dict[str, ShortText] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    web_codes: dict[str, WebCode] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    web_tokens: dict[str, str] = field(default_factory=dict)
    templates: dict[str, MessageTemplate] = field(default_factory=dict)
    industry: Industry | None = None
    refused: dict[str, list[str]] = field(default_factory=dict)
    sent_once: dict[str, SentOnce] = field(default_factory=dict)
    confirmed: list[Confirmed] = field(default_factory=list)
    jobs: dict[int, MassJob] = field(default_factory=dict)
    mass_received: dict[str, list[float]] = field(default_factory=dict)
    speed: int = 0
    drafts: dict[str, Draft] = field(default_factory=dict)
    articles: dict[str, Article] = field(default_factory=dict)
    publishes: dict[int, Publish] = field(default_factory=dict)
    materials: dict[str, Material] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    waiting: dict[str, float] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    traffic: dict[int, Traffic] = field(default_factory=dict)
    migrated_from: str = ""
    migrated: dict[str, str] = field(default_factory=dict)
    cleared_apis_at: list[float] = field(default_factory=list)
    last_id: int = 300_000_000

    def next_id(self) -> int:
        """A new number for messages, menus, jobs: WeChat's are no dense series either."""
        self.last_id += 1
        return self.last_id
