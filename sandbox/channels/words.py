"""What the sandbox remembers about a shop and about a Channels account: orders, after-sales, members, live rooms, leads. Pure."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field


class Item(Struct, frozen=True):
    """A line of an order; prices in fen."""

    product_id: str
    sku_id: str
    title: str
    count: int
    price_fen: int


class Parcel(Struct, frozen=True):
    """A parcel of an order: carrier, number, and which items are in it."""

    delivery_id: str
    waybill_id: str
    deliver_type: int
    product_infos: list[dict[str, Any]]
    at: float


class Order(Struct):
    """An order of a shop; `user` is its owner: the payer, of a gift the recipient, None while nobody has accepted it."""

    order_id: str
    user: str | None
    status: int
    made_at: float
    updated_at: float
    items: list[Item]
    bound: bool
    giver: str | None = None
    freight_fen: int = 0
    paid_at: float | None = None
    transaction_id: str = ""
    parcels: list[Parcel] = field(default_factory=list)
    shipped_at: float | None = None
    confirmed_at: float | None = None
    settled_at: float | None = None
    merchant_notes: str = ""
    finder_id: str = ""
    live_id: str = ""
    order_scene: int = 1
    sharer: str | None = None
    share_scene: int = 0
    sources: list[dict[str, Any]] = field(default_factory=list)
    aftersales: list[str] = field(default_factory=list)


class Aftersale(Struct):
    """A refund or return of one item of an order."""

    id: str
    order_id: str
    user: str
    item: Item
    count: int
    type: str
    status: str
    reason: str
    made_at: float
    updated_at: float


class Member(Struct):
    """A member of the shop (店铺会员)."""

    user: str
    joined_at: float
    phone_shared: bool = False
    grade: int = 1
    score: int = 0


class Shop(Struct):
    """What one shop keeps."""

    orders: dict[str, Order] = field(default_factory=dict)
    aftersales: dict[str, Aftersale] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)


class Lead(Struct, frozen=True):
    """A form a person filled in at a lead component."""

    component_id: str
    request_id: str
    at: float
    fields: dict[str, str]


class Live(Struct):
    """A live room: before it starts it is a notice people can reserve; the counts are all that the API ever tells."""

    export_id: str
    notice_id: str
    description: str
    starts_at: float
    started_at: float | None = None
    ended_at: float | None = None
    cancelled: bool = False
    viewers: dict[str, float] = field(default_factory=dict)
    reserved: list[str] = field(default_factory=list)
    cheers: int = 0
    comments: int = 0
    forwards: int = 0
    most_online: int = 0
    new_followers: int = 0


class Channel(Struct):
    """What one Channels account keeps, behind its Channels assistant."""

    uniq_id: str = ""
    followers: list[str] = field(default_factory=list)
    lives: dict[str, Live] = field(default_factory=dict)
    leads: list[Lead] = field(default_factory=list)
    videos: dict[str, int] = field(default_factory=dict)
