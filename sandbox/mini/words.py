"""What the sandbox remembers about mini programs: visits, links, payments, keys, checks. Pure."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field


class PageVisit(Struct):
    """A page a person saw during a visit; `stay_s` in seconds, `shared` counts shares."""

    path: str
    at: float
    stay_s: float = 0.0
    shared: int = 0


class Visit(Struct):
    """One visit (session) of a person, from entering to leaving; the pages are in their order."""

    user: str
    at: float
    scene: int
    path: str
    query: dict[str, str] = field(default_factory=dict)
    referrer_appid: str = ""
    pages: list[PageVisit] = field(default_factory=list)


class Link(Struct):
    """A scheme, URL link or short link; `expires_at` None for one that never ends."""

    kind: Literal["scheme", "url_link", "short_link", "nfc"]
    appid: str
    path: str
    query: str
    env_version: str
    made_at: float
    expires_at: float | None
    cloud_base: dict[str, str] = field(default_factory=dict)


class EncryptKey(Struct, frozen=True):
    """A person's key of the user-key manager (用户加密密钥)."""

    key: str
    iv: str
    version: int
    made_at: float


class Parcel(Struct, frozen=True):
    """A parcel of an order, as the merchant told it."""

    tracking_no: str
    express_company: str
    goods_desc: str
    upload_time: int
    contact: dict[str, str] = field(default_factory=dict)


class Payment(Struct):
    """A WeChat Pay payment in a mini program; `state` is 1 to ship, 2 shipped, 3 confirmed, 4 finished, 5 refunded, 6 to be settled."""

    transaction_id: str
    mch_id: str
    out_trade_no: str
    user: str
    openid: str
    amount_fen: int
    description: str
    paid_at: float
    state: int = 1
    logistics_type: int = 0
    delivery_mode: int = 0
    shipped_at: float | None = None
    finished_count: int = 0
    parcels: list[Parcel] = field(default_factory=list)
    uploaded: float = 0.0
    confirm_told: bool = False
    delay_until: float | None = None


class Timing(Struct, frozen=True):
    """One start of a mini program as the client reported it; `cost_ms` by cost_time_type: 1 start, 2 download, 3 first render."""

    at: float
    device: int
    network: int
    cost_ms: dict[str, int]


class MiniBook(Struct):
    """What WeChat keeps about one mini program."""

    visits: list[Visit] = field(default_factory=list)
    active: dict[str, float] = field(default_factory=dict)
    timings: list[Timing] = field(default_factory=list)
    payments: dict[str, Payment] = field(default_factory=dict)
    encrypt_keys: dict[str, list[EncryptKey]] = field(default_factory=dict)
    sealed: dict[str, float] = field(default_factory=dict)
    kept_choices: dict[str, dict[str, str]] = field(default_factory=dict)
    muted: list[str] = field(default_factory=list)
    openpids: dict[str, str] = field(default_factory=dict)
    codes_used: int = 0
    unchecked_pages: list[str] = field(default_factory=list)
    permanent_short_links: int = 0
    openings: dict[str, int] = field(default_factory=dict)
    generations: dict[str, int] = field(default_factory=dict)
    phone_prompts: dict[str, int] = field(default_factory=dict)
    phone_cost_fen: int = 0
    jump_path: str = ""
    privacy: dict[str, Any] = field(default_factory=dict)
