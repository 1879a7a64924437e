"""Events: what WeChat or an agent did, to a person's data, a chat or the account.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from chalicelib.wechat.messages.inbound import Inbound, Moment


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


class DebugDemo(Inbound, frozen=True, kw_only=True):
    """A test push from WeChat's console."""

    KIND: ClassVar[str] = "event.debug_demo"

    debug_text: str = field(name="debug_str", default="")


NOTICES: tuple[type[Inbound], ...] = (
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
    DebugDemo,
)
