"""Events: what a user did, what became of our sends, and what WeChat did to the account.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct, field

from .inbound import Inbound, Moment

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


class TemplateJobFinished(Inbound, frozen=True, kw_only=True):
    """What became of a template message: `success`, `failed:user block` or `failed: system failed`."""

    KIND: ClassVar[str] = "event.templatesendjobfinish"

    msg_id: str = field(name="MsgID")
    status: str = field(name="Status")


class Copyright(Struct, frozen=True):
    """WeChat's check of one article: `declared` 0 nothing, 1 original, 2 reprint; `audit` 11 passed."""

    article_index: int = field(name="ArticleIdx")
    declared: int = field(name="UserDeclareState", default=0)
    audit: int = field(name="AuditState", default=0)
    original_url: str = field(name="OriginalArticleUrl", default="")


class CopyrightCheck(Struct, frozen=True):
    """WeChat's check of a mass message: `state` 1 no reprint, 2 a reprint that may be sent, 3 one that may not."""

    state: int = field(name="CheckState", default=0)
    list: tuple[Copyright, ...] = field(name="ResultList", default=())


class ArticleAddress(Struct, frozen=True):
    """Where an article of a mass message is read."""

    article_index: int = field(name="ArticleIdx")
    url: str = field(name="ArticleUrl", default="")


class ArticleAddresses(Struct, frozen=True):
    """The addresses of a mass message's articles."""

    list: tuple[ArticleAddress, ...] = field(name="ResultList", default=())


class MassJobFinished(Inbound, frozen=True, kw_only=True):
    """What became of a mass message: `send success`, `send fail` or `err(N)`; the counts are near, not exact."""

    KIND: ClassVar[str] = "event.masssendjobfinish"

    msg_id: str = field(name="MsgID")
    status: str = field(name="Status")
    total_count: int = field(name="TotalCount", default=0)
    filtered_count: int = field(name="FilterCount", default=0)
    sent_count: int = field(name="SentCount", default=0)
    error_count: int = field(name="ErrorCount", default=0)
    copyright: CopyrightCheck = field(name="CopyrightCheckResult", default=CopyrightCheck())
    articles: ArticleAddresses = field(name="ArticleUrlResult", default=ArticleAddresses())


class PublishedArticle(Struct, frozen=True):
    """One article of a publication and where it is read."""

    index: int = field(name="idx")
    url: str = field(name="article_url", default="")


class PublishedArticles(Struct, frozen=True):
    """The articles of a publication."""

    list: tuple[PublishedArticle, ...] = field(name="item", default=())


class Publication(Struct, frozen=True):
    """The outcome: `status` 0 done, 1 going on, 2 not original, 3 failed, 4 refused, 5 deleted by us, 6 banned; `failed` counts from 1."""

    publish_id: str = field(name="publish_id")
    status: int = field(name="publish_status")
    article_id: str = field(name="article_id", default="")
    articles: PublishedArticles = field(name="article_detail", default=PublishedArticles())
    failed: tuple[int, ...] = field(name="fail_idx", default=())


class PublishJobFinished(Inbound, frozen=True, kw_only=True):
    """What became of a publication."""

    KIND: ClassVar[str] = "event.publishjobfinish"

    publication: Publication = field(name="PublishEventInfo")


class TemplateAnswer(Struct, frozen=True):
    """A user's answer for one template: `accept` or `reject`; where the popup was is missing for changes in the settings."""

    template_id: str = field(name="TemplateId")
    status: str = field(name="SubscribeStatusString")
    popup_scene: int | None = field(name="PopupScene", default=None)


class SubscribeMessageAnswered(Inbound, frozen=True, kw_only=True):
    """The user's answers in the subscribe-message popup."""

    KIND: ClassVar[str] = "event.subscribe_msg_popup_event"

    answers: tuple[TemplateAnswer, ...] = field(name="List")


class SubscribeMessageChanged(Inbound, frozen=True, kw_only=True):
    """The user's changes in the settings; WeChat tells of refusals only."""

    KIND: ClassVar[str] = "event.subscribe_msg_change_event"

    answers: tuple[TemplateAnswer, ...] = field(name="List")


class TemplateOutcome(Struct, frozen=True):
    """What became of one subscribe message; `error_code` 0 is delivered."""

    template_id: str = field(name="TemplateId")
    msg_id: str = field(name="MsgID")
    error_code: int = field(name="ErrorCode", default=0)
    error_status: str = field(name="ErrorStatus", default="")


class SubscribeMessageSent(Inbound, frozen=True, kw_only=True):
    """What became of subscribe messages."""

    KIND: ClassVar[str] = "event.subscribe_msg_sent_event"

    outcomes: tuple[TemplateOutcome, ...] = field(name="List")


class _Authorization(Inbound, frozen=True, kw_only=True):
    """Sent by a system name, not the user; `openid` is the user and is missing now and then."""

    openid: str = field(name="OpenID", default="")
    unionid: str = field(name="UnionID", default="")
    appid: str = field(name="AppID", default="")


class UserInfoModified(_Authorization, frozen=True, kw_only=True):
    """A nickname or avatar was cleaned by WeChat: refresh or drop ours."""

    KIND: ClassVar[str] = "event.user_info_modified"


class AuthorizationRevoked(_Authorization, frozen=True, kw_only=True):
    """The user took back an authorisation; `revoke_info` is WeChat's code of what has to be deleted."""

    KIND: ClassVar[str] = "event.user_authorization_revoke"

    revoke_info: str = field(name="RevokeInfo", default="")
    plugin_id: str = field(name="PluginID", default="")
    plugin_openid: str = field(name="OpenPID", default="")


class AuthorizationCancelled(_Authorization, frozen=True, kw_only=True):
    """The user closed the WeChat account: erase."""

    KIND: ClassVar[str] = "event.user_authorization_cancellation"


class HumanSessionCreated(Inbound, frozen=True, kw_only=True):
    """A human agent took the chat."""

    KIND: ClassVar[str] = "event.kf_create_session"

    kf_account: str = field(name="KfAccount")


class HumanSessionClosed(Inbound, frozen=True, kw_only=True):
    """The human agent's chat ended."""

    KIND: ClassVar[str] = "event.kf_close_session"

    kf_account: str = field(name="KfAccount")
    close_type: str = field(name="CloseType", default="")


class HumanSessionSwitched(Inbound, frozen=True, kw_only=True):
    """The chat went from one human agent to another."""

    KIND: ClassVar[str] = "event.kf_switch_session"

    from_kf_account: str = field(name="FromKfAccount")
    to_kf_account: str = field(name="ToKfAccount")


class QualificationVerified(Inbound, frozen=True, kw_only=True):
    """The account's qualification is verified; interfaces are open from now on."""

    KIND: ClassVar[str] = "event.qualification_verify_success"

    expires_at: Moment = field(name="ExpiredTime")


class QualificationRefused(Inbound, frozen=True, kw_only=True):
    """The account's qualification was refused."""

    KIND: ClassVar[str] = "event.qualification_verify_fail"

    failed_at: Moment = field(name="FailTime")
    reason: str = field(name="FailReason", default="")


class NamingVerified(Inbound, frozen=True, kw_only=True):
    """The account's name is verified; it has its badge."""

    KIND: ClassVar[str] = "event.naming_verify_success"

    expires_at: Moment = field(name="ExpiredTime")


class NamingRefused(Inbound, frozen=True, kw_only=True):
    """The account's name was refused; interfaces stay open, the badge is missing."""

    KIND: ClassVar[str] = "event.naming_verify_fail"

    failed_at: Moment = field(name="FailTime")
    reason: str = field(name="FailReason", default="")


class RenewalDue(Inbound, frozen=True, kw_only=True):
    """The yearly verification has to be renewed."""

    KIND: ClassVar[str] = "event.annual_renew"

    expires_at: Moment = field(name="ExpiredTime")


class VerificationExpired(Inbound, frozen=True, kw_only=True):
    """The verification has run out."""

    KIND: ClassVar[str] = "event.verify_expired"

    expired_at: Moment = field(name="ExpiredTime")


class TempSessionEntered(Inbound, frozen=True, kw_only=True):
    """A user of the mini program opened the customer-service chat; `session_from` is what the button carried."""

    KIND: ClassVar[str] = "event.user_enter_tempsession"

    session_from: str = field(name="SessionFrom", default="")


class DebugDemo(Inbound, frozen=True, kw_only=True):
    """A test push from WeChat's console."""

    KIND: ClassVar[str] = "event.debug_demo"

    debug_text: str = field(name="debug_str", default="")


EVENTS: tuple[type[Inbound], ...] = (
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
    TemplateJobFinished,
    MassJobFinished,
    PublishJobFinished,
    SubscribeMessageAnswered,
    SubscribeMessageChanged,
    SubscribeMessageSent,
    UserInfoModified,
    AuthorizationRevoked,
    AuthorizationCancelled,
    HumanSessionCreated,
    HumanSessionClosed,
    HumanSessionSwitched,
    QualificationVerified,
    QualificationRefused,
    NamingVerified,
    NamingRefused,
    RenewalDue,
    VerificationExpired,
    TempSessionEntered,
    DebugDemo,
)
