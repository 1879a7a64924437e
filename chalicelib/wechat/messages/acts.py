"""Events: what a user did.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct, field

from chalicelib.wechat.messages.inbound import Inbound

_SCENE_PREFIX = "qrscene_"


class Subscribed(Inbound, frozen=True, kw_only=True):
    """A follow; after a QR code with parameters it has a scene and a ticket."""

    KIND: ClassVar[str] = "event.subscribe"

    event_key: str = field(name="EventKey", default="")
    ticket: str = field(name="Ticket", default="")

    @property
    def scene(self) -> str:
        """The QR code's scene without WeChat's prefix; empty when no such code was scanned."""
        return self.event_key.removeprefix(_SCENE_PREFIX) if self.event_key.startswith(_SCENE_PREFIX) else ""


class Unsubscribed(Inbound, frozen=True, kw_only=True):
    """The end of a follow."""

    KIND: ClassVar[str] = "event.unsubscribe"


class QrScanned(Inbound, frozen=True, kw_only=True):
    """A follower scanned a QR code with parameters."""

    KIND: ClassVar[str] = "event.scan"

    scene: str = field(name="EventKey")
    ticket: str = field(name="Ticket", default="")


class LocationReported(Inbound, frozen=True, kw_only=True):
    """Where the user is, told by the client on entering the chat or every 5 s; `precision` is in metres."""

    KIND: ClassVar[str] = "event.location"

    latitude: float = field(name="Latitude")
    longitude: float = field(name="Longitude")
    precision: float | None = field(name="Precision", default=None)


class MenuClicked(Inbound, frozen=True, kw_only=True):
    """A tap on a menu button of type click."""

    KIND: ClassVar[str] = "event.click"

    event_key: str = field(name="EventKey")
    menu_id: str = field(name="MenuId", default="")


class MenuLinkViewed(Inbound, frozen=True, kw_only=True):
    """A tap on a menu button that opens an address."""

    KIND: ClassVar[str] = "event.view"

    url: str = field(name="EventKey")
    menu_id: str = field(name="MenuId", default="")


class MiniProgramViewed(Inbound, frozen=True, kw_only=True):
    """A tap on a menu button that opens a page of a mini program."""

    KIND: ClassVar[str] = "event.view_miniprogram"

    page_path: str = field(name="EventKey")
    menu_id: str = field(name="MenuId", default="")


class ScannedCode(Struct, frozen=True):
    """What the client read: `qrcode` or `barcode`, the latter as `EAN_13,690…`."""

    type: str = field(name="ScanType", default="")
    result: str = field(name="ScanResult", default="")


class CodePushed(Inbound, frozen=True, kw_only=True):
    """A scan by menu button; the client has shown the result itself."""

    KIND: ClassVar[str] = "event.scancode_push"

    event_key: str = field(name="EventKey")
    code: ScannedCode = field(name="ScanCodeInfo")


class CodeScanned(Inbound, frozen=True, kw_only=True):
    """A scan by menu button; the client waits for our reply."""

    KIND: ClassVar[str] = "event.scancode_waitmsg"

    event_key: str = field(name="EventKey")
    code: ScannedCode = field(name="ScanCodeInfo")


class Picture(Struct, frozen=True):
    """One of the pictures that follow as messages."""

    md5: str = field(name="PicMd5Sum", default="")


class Pictures(Struct, frozen=True):
    """How many pictures follow, and which."""

    count: int = field(name="Count", default=0)
    list: tuple[Picture, ...] = field(name="PicList", default=())


class PicturesSent(Inbound, frozen=True, kw_only=True):
    """Pictures sent by menu button; each follows as an image message of its own."""

    event_key: str = field(name="EventKey")
    pictures: Pictures = field(name="SendPicsInfo")


class PhotoTaken(PicturesSent, frozen=True, kw_only=True):
    """Pictures from the camera."""

    KIND: ClassVar[str] = "event.pic_sysphoto"


class PhotoOrAlbumSent(PicturesSent, frozen=True, kw_only=True):
    """Pictures from the camera or the phone's album."""

    KIND: ClassVar[str] = "event.pic_photo_or_album"


class WeixinAlbumSent(PicturesSent, frozen=True, kw_only=True):
    """Pictures from WeChat's album."""

    KIND: ClassVar[str] = "event.pic_weixin"


class Place(Struct, frozen=True):
    """A place chosen on the map."""

    latitude: float = field(name="Location_X")
    longitude: float = field(name="Location_Y")
    scale: str = field(name="Scale", default="")
    label: str = field(name="Label", default="")
    name: str = field(name="Poiname", default="")


class LocationSelected(Inbound, frozen=True, kw_only=True):
    """A place sent by menu button; it follows as a location message."""

    KIND: ClassVar[str] = "event.location_select"

    event_key: str = field(name="EventKey")
    place: Place = field(name="SendLocationInfo")


class TempSessionEntered(Inbound, frozen=True, kw_only=True):
    """A user of the mini program opened the customer-service chat; `session_from` is what the button carried."""

    KIND: ClassVar[str] = "event.user_enter_tempsession"

    session_from: str = field(name="SessionFrom", default="")


ACTS: tuple[type[Inbound], ...] = (
    Subscribed,
    Unsubscribed,
    QrScanned,
    LocationReported,
    MenuClicked,
    MenuLinkViewed,
    MiniProgramViewed,
    CodePushed,
    CodeScanned,
    PhotoTaken,
    PhotoOrAlbumSent,
    WeixinAlbumSent,
    LocationSelected,
    TempSessionEntered,
)
