"""What people do with official accounts beside writing: tap menus and messages, read, block, grant and take back."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from sandbox import actions, people
from sandbox.actions import ImpossibleError, Phone, Words
from sandbox.allowances import Trigger
from sandbox.official import articles, events, history, menus, weblogin
from sandbox.official.words import Article, Confirmed
from sandbox.state import Account, Kind, Push, Template, User

GRANTED_LATELY_S = 30 * 86_400
_ALLOWING = ("click", "scancode_push", "scancode_waitmsg")
_PICTURE_SUM = "1b5f7c23b5bf75682a53e7b6d163e185"


class Tapped(Struct, frozen=True):
    """What a tap came to: pushes, and what the phone opens or shows by itself."""

    pushes: list[Push]
    opens: dict[str, Any]


class Scanned(Struct, frozen=True):
    """What a person scans, photographs or picks when a menu item asks for it."""

    result: str = "https://example.com/q"
    kind: str = "qrcode"
    pictures: int = 1
    location_x: float = 31.230416
    location_y: float = 121.473701
    label: str = ""


def block(phone: Phone, *, blocks: bool) -> bool:
    """Refuse the account's messages, or take them again; the account hears nothing of it."""
    phone.need_follower()
    phone.contact.blocks = blocks
    return blocks


def refuse_template(phone: Phone, template_id: str, *, refused: bool) -> list[str]:
    """Refuse one kind of template message, or take it again; tells all that are refused."""
    phone.need(Kind.OFFICIAL_ACCOUNT)
    kept = phone.sandbox.official(phone.account.appid)
    others = [one for one in kept.refused.get(phone.openid, []) if one != template_id]
    kept.refused[phone.openid] = [*others, template_id] if refused else others
    return kept.refused[phone.openid]


def tap(phone: Phone, name: str, scanned: Scanned) -> Tapped:
    """Tap the item of this name in the menu the person sees; an item that opens others does nothing."""
    phone.need_follower()
    menu = menus.menu_of(phone.sandbox, phone.account, phone.contact)
    every = [] if menu is None else [one for button in menu.buttons for one in (button, *button.get("sub_button", ()))]
    button = next((one for one in every if one["name"] == name), None)
    if menu is None or button is None:
        raise ImpossibleError(f"{phone.user.id} sees no menu item {name!r}")
    kind = button.get("type", "")
    phone.act(Trigger.CLICK if kind in _ALLOWING else None)
    if kind == "view":
        return Tapped([phone.event("VIEW", EventKey=button["url"], MenuId=menu.id)], {"url": button["url"]})
    if kind == "miniprogram":
        opens = {"appid": button["appid"], "pagepath": button["pagepath"], "url": button["url"]}
        return Tapped([phone.event("view_miniprogram", EventKey=button["pagepath"], MenuId=menu.id)], opens)
    if kind in ("media_id", "view_limited"):
        return Tapped([], _show_media(phone, button["media_id"]))
    if kind in ("article_id", "article_view_limited"):
        return Tapped([], {"article_id": button["article_id"]})
    if not kind:
        return Tapped([], {})
    return Tapped(_tap_key(phone, kind, button["key"], scanned), {})


def _show_media(phone: Phone, media_id: str) -> dict[str, Any]:
    content = {"media_id": media_id}
    people.show(phone.sandbox, phone.user.id, appid=phone.account.appid, via="menu", msgtype="media", text="[media]", content=content)
    return content


def _tap_key(phone: Phone, kind: str, key: str, scanned: Scanned) -> list[Push]:
    if kind == "click":
        return [phone.event("CLICK", EventKey=key)]
    if kind.startswith("scancode"):
        info = {"ScanType": scanned.kind, "ScanResult": scanned.result}
        return [phone.event(kind, EventKey=key, ScanCodeInfo=info)]
    if kind == "location_select":
        place = {"Location_X": str(scanned.location_x), "Location_Y": str(scanned.location_y)}
        event = phone.event(kind, EventKey=key, SendLocationInfo={**place, "Scale": "15", "Label": scanned.label, "Poiname": ""})
        words = Words(msgtype="location", location_x=scanned.location_x, location_y=scanned.location_y, scale=15, label=scanned.label)
        return [event, actions.write(phone, words)]
    items = [{"PicMd5Sum": _PICTURE_SUM}] * scanned.pictures
    event = phone.event(kind, EventKey=key, SendPicsInfo={"Count": scanned.pictures, "PicList": {"item": items}})
    return [event, *(actions.write(phone, Words(msgtype="image")) for _ in range(scanned.pictures))]


def tap_message(phone: Phone) -> dict[str, Any] | None:
    """Tap the newest template message or notice, if there is one; the mini program wins over the page."""
    taken = ("template_message", "subscribe_message")
    screen = phone.sandbox.state.received.get(phone.user.id, [])
    newest = next((one for one in reversed(screen) if one.appid == phone.account.appid and one.via in taken), None)
    if newest is None:
        return None
    if newest.content.get("miniprogram"):
        return {"miniprogram": newest.content["miniprogram"]}
    return {"url": newest.content.get("url") or newest.content.get("page", "")}


def turn_off(phone: Phone, template: Template) -> Push:
    """Turn a subscription off in the settings: all credits are gone."""
    phone.need(Kind.OFFICIAL_ACCOUNT)
    phone.contact.credits.pop(template.id, None)
    phone.contact.standing = [one for one in phone.contact.standing if one != template.id]
    entry = {"TemplateId": template.id, "SubscribeStatusString": "reject"}
    return phone.event("subscribe_msg_change_event", SubscribeMsgChangeEvent={"List": [entry]})


def confirm_once(phone: Phone, template_id: str, scene: str) -> str:
    """Say yes to one one-time subscription message, as on its page."""
    phone.need(Kind.OFFICIAL_ACCOUNT)
    phone.sandbox.official(phone.account.appid).confirmed.append(Confirmed(phone.openid, template_id, scene))
    return scene


def read(phone: Phone, *, article_id: str, url: str, position: int, scene: int, share: int | None) -> str:
    """Read an article, the newest when none is named, coming from `scene`, and perhaps share it; says which, as the statistics call it."""
    phone.need(Kind.OFFICIAL_ACCOUNT)
    article, place = _find_article(phone, article_id, url, position)
    if place in article.deleted or article.published_at > phone.sandbox.now():
        raise ImpossibleError("the article is not there")
    msgid = f"{article.data_id}_{place}"
    history.note(phone.sandbox, phone.account.appid, "read", phone.openid, msgid, scene=scene)
    if share is not None:
        history.note(phone.sandbox, phone.account.appid, "share", phone.openid, msgid, scene=share)
    return msgid


def _find_article(phone: Phone, article_id: str, url: str, position: int) -> tuple[Article, int]:
    kept = phone.sandbox.official(phone.account.appid)
    found = articles.find_by_address(kept, url)
    if found is not None:
        return found
    newest = next(reversed(kept.articles), "")
    article = kept.articles.get(article_id or newest)
    if article is None or not 1 <= position <= len(article.articles):
        raise ImpossibleError("there is no such article")
    return article, position


def authorize(phone: Phone, *, scope: str, snapshot: bool) -> str:
    """Agree to a login, as on its page; gives the code."""
    if not weblogin.may_ask(phone.account, scope):
        raise ImpossibleError(f"{phone.account.appid} may not ask for {scope!r}")
    return weblogin.make_code(phone.sandbox, phone.user, phone.account, scope=scope, snapshot=snapshot)


def take_back(phone: Phone, *, kind: str) -> Push:
    """Take back what was granted to the account: its tokens end, and it hears what it has to delete."""
    weblogin.withdraw(phone.sandbox.official(phone.account.appid), phone.openid)
    return _about(phone, "user_authorization_revoke", RevokeInfo=kind)


def change_profile(phone: Phone) -> Push:
    """Tell an account that name or picture are no longer what it knows."""
    return _about(phone, "user_info_modified")


def leave(phone: Phone) -> Push:
    """Tell an account that the person has closed the WeChat account."""
    weblogin.withdraw(phone.sandbox.official(phone.account.appid), phone.openid)
    return _about(phone, "user_authorization_cancellation")


def _about(phone: Phone, name: str, **more: str) -> Push:
    unionid = people.unionid(phone.sandbox, phone.user, phone.account)
    ids = {"OpenID": phone.openid, **({} if unionid is None else {"UnionID": unionid}), "AppID": phone.account.appid}
    return events.compose(phone.sandbox, phone.account, {"Event": name, **ids, **more}, sender=events.PLATFORM)


def granted_lately(phone: Phone) -> bool:
    """Whether the person granted this account name and picture in the last 30 days."""
    now = phone.sandbox.now()
    return any(
        grant.user == phone.user.id and not grant.snapshot and grant.scope != weblogin.SILENT and grant.granted_at + GRANTED_LATELY_S > now
        for grant in phone.sandbox.official(phone.account.appid).grants.values()
    )


def accounts_of(phone_user: User, accounts: dict[str, Account]) -> list[Account]:
    """The accounts that know a person."""
    return [accounts[appid] for appid in phone_user.openids if appid in accounts]
