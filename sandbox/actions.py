"""What a person can do with their phone; each action changes the state and says which push follows from it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from sandbox import allowances, media, people, push, subscribe
from sandbox.allowances import Trigger
from sandbox.emulator import Sandbox
from sandbox.official import desk, history, qrcodes
from sandbox.phone import memory
from sandbox.state import Account, Contact, Kind, Push, Template, User


class ImpossibleError(Exception):
    """A person's phone does not let them do this; the message says why."""


class Words(Struct, forbid_unknown_fields=True):
    """A message a person writes; which fields count depends on `msgtype`. A missing media id becomes a sample file."""

    msgtype: str = "text"
    content: str = ""
    media_id: str = ""
    thumb_media_id: str = ""
    pic_url: str = ""
    format: str = "amr"
    location_x: float = 31.230416
    location_y: float = 121.473701
    scale: int = 16
    label: str = ""
    title: str = ""
    description: str = ""
    url: str = ""
    page_appid: str = ""
    page_path: str = ""
    menu_item: str = ""


class Phone(Struct, frozen=True):
    """A person together with one account, as every action needs them."""

    sandbox: Sandbox
    user: User
    account: Account

    @property
    def contact(self) -> Contact:
        return people.meet(self.sandbox, self.user, self.account)

    @property
    def openid(self) -> str:
        people.meet(self.sandbox, self.user, self.account)
        return self.user.openids[self.account.appid]

    def event(self, name: str, **fields: Any) -> Push:
        return push.compose(self.sandbox, self.account, self.openid, "event", {"Event": name, **fields})

    def act(self, trigger: Trigger | None = None) -> None:
        """Remember that the person did something, and what it allows the account."""
        now = self.sandbox.now()
        self.contact.acted_at = now
        if trigger is not None:
            allowances.grant(self.contact, trigger, now=now, settings=self.sandbox.state.settings)

    def need(self, kind: Kind) -> None:
        if self.account.kind is not kind:
            raise ImpossibleError(f"{self.account.appid} is not of the kind {kind.value}")

    def need_follower(self) -> None:
        self.need(Kind.OFFICIAL_ACCOUNT)
        if self.contact.followed_at is None:
            raise ImpossibleError(f"{self.user.id} does not follow {self.account.appid}: follow first")


def follow(phone: Phone, *, scene_str: str = "", ticket: str = "") -> Push:
    """Follow an official account, perhaps by scanning its parametric QR code."""
    phone.need(Kind.OFFICIAL_ACCOUNT)
    contact = phone.contact
    if contact.followed_at is not None:
        raise ImpossibleError(f"{phone.user.id} follows {phone.account.appid} already")
    contact.followed_at = phone.sandbox.now()
    contact.scene = "ADD_SCENE_QR_CODE" if scene_str else "ADD_SCENE_SEARCH"
    contact.scene_str = scene_str
    phone.act(Trigger.FOLLOW)
    history.note(phone.sandbox, phone.account.appid, "follow", phone.openid, contact.scene)
    poster = {"EventKey": f"qrscene_{scene_str}", "Ticket": ticket or _ticket(phone, scene_str)} if scene_str else {"EventKey": ""}
    out = phone.event("subscribe", **poster)
    memory.note_said(phone.sandbox, phone.user.id, out)
    return out


def unfollow(phone: Phone) -> Push:
    """Stop following; the account may not write any more."""
    phone.need_follower()
    phone.contact.followed_at = None
    phone.contact.allowances.clear()
    history.note(phone.sandbox, phone.account.appid, "unfollow", phone.openid)
    out = phone.event("unsubscribe", EventKey="")
    memory.note_said(phone.sandbox, phone.user.id, out)
    return out


def scan(phone: Phone, *, scene_str: str = "", ticket: str = "", url: str = "") -> Push:
    """Scan a parametric QR code, by its ticket, address or scene: a follow for who does not follow yet."""
    phone.need(Kind.OFFICIAL_ACCOUNT)
    if ticket or url:
        code = qrcodes.find(phone.sandbox, phone.account.appid, ticket=ticket, url=url)
        if code is None:
            raise ImpossibleError("the QR code is unknown or has expired")
        scene_str, ticket = code.scene, code.ticket
    if phone.contact.followed_at is None:
        return follow(phone, scene_str=scene_str, ticket=ticket)
    phone.act(Trigger.SCAN)
    return phone.event("SCAN", EventKey=scene_str, Ticket=ticket or _ticket(phone, scene_str))


def _ticket(phone: Phone, scene_str: str) -> str:
    """The ticket of the code with this scene; one is made up for a code nobody made."""
    code = qrcodes.find(phone.sandbox, phone.account.appid, scene=scene_str)
    return "gQ" + scene_str.encode().hex() if code is None else code.ticket


def click(phone: Phone, *, key: str) -> Push:
    """Tap a menu item of the kind click."""
    phone.need_follower()
    phone.act(Trigger.CLICK)
    return phone.event("CLICK", EventKey=key)


def view(phone: Phone, *, url: str) -> Push:
    """Tap a menu item that opens a page; it allows the account nothing."""
    phone.need_follower()
    phone.act()
    return phone.event("VIEW", EventKey=url)


def enter(phone: Phone, *, session_from: str) -> Push:
    """Open the customer-service session of a mini program."""
    phone.need(Kind.MINI_PROGRAM)
    phone.act(Trigger.ENTER)
    return phone.event("user_enter_tempsession", SessionFrom=session_from)


def answer_subscription(phone: Phone, template: Template, *, accepted: bool) -> Push:
    """Answer the popup that asks for a subscription."""
    if accepted:
        subscribe.accept(phone.contact, template)
    else:
        subscribe.reject(phone.contact, template)
    scene = 0 if phone.account.kind is Kind.MINI_PROGRAM else 1
    entry = {"TemplateId": template.id, "SubscribeStatusString": "accept" if accepted else "reject", "PopupScene": scene}
    return phone.event("subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": [entry]})


def write(phone: Phone, words: Words) -> Push:
    """Send a message; tapping an item of a message menu counts as a menu tap."""
    if phone.account.kind is Kind.OFFICIAL_ACCOUNT:
        phone.need_follower()
    fields = _fields(phone, words)
    if phone.account.kind is Kind.OFFICIAL_ACCOUNT:
        history.note(phone.sandbox, phone.account.appid, "message", phone.openid, words.msgtype)
        said = words.content or f"[{words.msgtype}]"
        desk.note(phone.sandbox, phone.account.appid, phone.openid, opercode=desk.BY_PERSON, text=said)
    phone.act(Trigger.CLICK if words.menu_item else Trigger.MESSAGE)
    out = push.compose(phone.sandbox, phone.account, phone.openid, words.msgtype, fields)
    memory.note_said(phone.sandbox, phone.user.id, out)
    return out


def _fields(phone: Phone, words: Words) -> dict[str, Any]:
    kinds = _MINI_PROGRAM_KINDS if phone.account.kind is Kind.MINI_PROGRAM else _OFFICIAL_ACCOUNT_KINDS
    if words.msgtype not in kinds:
        raise ImpossibleError(f"msgtype has to be one of {', '.join(sorted(kinds))}")
    if words.msgtype == "text":
        menu_item = {"bizmsgmenuid": words.menu_item} if words.menu_item else {}
        return {"Content": words.content, **menu_item}
    if words.msgtype == "location":
        place = {"Location_X": words.location_x, "Location_Y": words.location_y}
        return {**place, "Scale": words.scale, "Label": words.label}
    if words.msgtype == "link":
        return {"Title": words.title, "Description": words.description, "Url": words.url}
    if words.msgtype == "miniprogrampage":
        page = {"Title": words.title, "AppId": words.page_appid or phone.account.appid, "PagePath": words.page_path}
        return {**page, "ThumbUrl": words.pic_url, "ThumbMediaId": _file(phone, words.thumb_media_id, "thumb")}
    return _file_fields(phone, words)


def _file_fields(phone: Phone, words: Words) -> dict[str, Any]:
    if words.msgtype == "image":
        return {"PicUrl": words.pic_url or "http://mmbiz.qpic.cn/sample/0", "MediaId": _file(phone, words.media_id, "image")}
    if words.msgtype == "voice":
        return {"MediaId": _file(phone, words.media_id, "voice"), "Format": words.format}
    return {"MediaId": _file(phone, words.media_id, "video"), "ThumbMediaId": _file(phone, words.thumb_media_id, "thumb")}


_OFFICIAL_ACCOUNT_KINDS = frozenset({"text", "image", "voice", "video", "shortvideo", "location", "link"})
_MINI_PROGRAM_KINDS = frozenset({"text", "image", "miniprogrampage"})


def _file(phone: Phone, media_id: str, kind: str) -> str:
    return media_id or media.keep_sample(phone.sandbox, appid=phone.account.appid, kind=kind)
