"""What can go wrong, and what the caller sees of it.

    LiandongError                     status  code
    ├── Refused                       do not repeat: the same request fails again
    │   ├── Invalid                   400     the request does not fit its schema or rule
    │   ├── Unauthenticated           401     who is calling is not proven
    │   ├── Forbidden                 403     proven, but not allowed
    │   ├── Missing                   404     no such thing, or not yours to see
    │   ├── Conflict                  409     the thing is there already, or changed meanwhile
    │   ├── TooLarge                  413     over a size limit
    │   ├── Declined                  422     WeChat refused; `errcode` is WeChat's
    │   └── TooMany                   429     over a limit that time lifts
    └── Busy                          503     did not happen, try again
        └── Unknown                   504     may have happened: look before you repeat

Every error carries a code from `CODES`, the one list callers can rely on (it is also in the OpenAPI document), and a message that says
what to do next. Messages never quote a secret, a token, a phone, a code or a URL with one of them.
"""

from __future__ import annotations

from chalice.app import ChaliceUnhandledError

CODES: dict[str, str] = {
    "account_missing": "No such account in this brand, or one of another kind.",
    "account_taken": "An account with this id or appid exists already.",
    "authorization_ended": "This authorisation was begun over half an hour ago, or not here, or its code was used: begin it again.",
    "batch_busy": "The same batch is being taken at this moment: ask again in a second.",
    "batch_missing": "No such batch in this brand, or it is older than thirty days.",
    "body_malformed": "The body is not the JSON or XML that was announced.",
    "body_too_large": "The body is over the limit named in the message.",
    "brand_taken": "A brand with this id exists already.",
    "broadcast_missing": "No such broadcast in this brand.",
    "broadcast_over": "The broadcast is done or was stopped: start another one.",
    "busy": "Something needed for this is overloaded or away; nothing happened, try again.",
    "callback_refused": "The callback's account, signature or age is not right.",
    "callback_unreadable": "The callback's signature is right, but its content cannot be decrypted or parsed.",
    "code_missing": "No such code of this brand was issued.",
    "code_of_another": "This code was issued to somebody else.",
    "code_over": "The code has ended.",
    "code_redeemed": "The code was redeemed for another order.",
    "code_wrong": "This is no code of this brand: it is mistyped, or another brand's.",
    "codes_spent": "All 100,000 codes of this kind are used up for good: take one with a scene, or one that ends.",
    "conditional_menu_missing": "No such menu for some people at this account.",
    "content_refused": "A text breaks a rule of the platform or the law: the message says where, why, and what to write instead.",
    "content_type": "Send JSON with Content-Type: application/json.",
    "cursor_invalid": "Use the cursor of the previous page as it was given.",
    "delivery_missing": "No such delivery of this webhook, or it is older than thirty days.",
    "document_missing": "Nothing has been published under this name, or the version does not exist.",
    "draft_changed": "Somebody has saved this draft since you read it: read theirs, then save yours with its `revision`.",
    "entry_changed": "Somebody has changed this entry since you read it: read theirs, then send yours with its `revision`.",
    "entry_missing": "No such entry in this brand.",
    "entry_page_missing": "The page this entry leads to is not at one of the account's web origins any more.",
    "entry_retired": "This entry was retired: it leads nowhere any more, and its code is never given again.",
    "field_invalid": "A field is missing, unknown or has the wrong form; the message names it.",
    "file_taken": "Another account has a file of this name: take the one WeChat gave for this domain.",
    "finding_missing": "No such finding: it was acknowledged, or the text was published anew.",
    "follow_needed": "Only who follows the account is given this: let them follow it first.",
    "group_full": "The group is full: open another one.",
    "group_joined": "This person sits in the group already, with another order.",
    "group_missing": "No such group in this brand.",
    "group_over": "The group's time is up: open another one.",
    "held_missing": "Nothing is held under this group or id, or it was let go.",
    "holiday_missing": "No such holiday of this account, or it is over.",
    "holidays_overlap": "Two holidays have their menus at the same time: change one of them.",
    "idempotency_conflict": "This Idempotency-Key was used with another body.",
    "identifier_shared": "Several people were seen with this device, push token or anonymous id: it names none of them.",
    "internal": "Our mistake; the RequestId finds it in the logs.",
    "invitation_late": "Somebody else has invited this person before.",
    "invitation_loop": "Whoever invites was invited by this person, or by somebody they invited.",
    "invitation_missing": "No such invitation in this brand.",
    "invitation_own": "Nobody invites themselves.",
    "job_missing": "Nothing of this kind was ever started for this account.",
    "jssdk_url_refused": "The address cannot be signed for the JS-SDK; the message says why and what to send.",
    "key_missing": "No such API key in this brand.",
    "key_refused": "The API key is missing, unknown, revoked or malformed.",
    "link_missing": "No such link among those that wait for a decision.",
    "link_told_apart": "A split keeps the two identifiers apart: take it back first, GET /v1/people/{person}/links names it.",
    "links_spent": "WeChat makes no more links of this kind for this account today: tomorrow it does.",
    "login_code_expired": "The login code is expired, used up or from another account: let WeChat give a new one.",
    "login_code_used": "The login code was used before: let WeChat give a new one.",
    "login_code_wrong_kind": "This is not a wx.login code: send the code of wx.login, not that of the phone button.",
    "login_refused": "WeChat refuses the login of this person (high risk): do not repeat it.",
    "mass_quota_spent": "WeChat allows this account no more mass sends to this audience in this month or day.",
    "mass_send_gone": "The mass send is on its way or has ended: it cannot be cancelled any more.",
    "mass_send_missing": "No such mass send in this brand.",
    "mass_send_stays": "WeChat takes back articles and videos alone, and only what it has sent.",
    "menu_needed": "Publish a menu for everybody first: the others stand beside it.",
    "menu_needed_elsewhere": "Menus for some people stand beside this one: delete them first.",
    "message_gone": "The message is on its way or has ended: it cannot be taken back any more.",
    "message_missing": "No such message in this brand.",
    "mini_program_blocked": "WeChat has blocked this mini program: settle that in its console first.",
    "mini_program_unlinked": "The mini program is not linked with this official account.",
    "mini_programs_full": "A limit of WeChat is reached: of links, of new ones this month, or of an admin's accounts.",
    "offer_missing": "No such offer is in force, or it is of another kind.",
    "offer_over": "The offer has ended.",
    "openid_needed": "Leave to send belongs to an openid: log in by the mini program or official account that asked for it.",
    "order_coded": "This order was given another code already.",
    "order_missing": "No such order in this brand, or it has not been attributed yet: orders are heard of a moment after they are stored.",
    "order_seated": "This order has its seat in a group already.",
    "outcome_unknown": "The answer did not come: it may have happened. Look before you repeat.",
    "path_missing": "No such path or method.",
    "person_missing": "No person has this identifier.",
    "phone_code_refused": "The phone button's code is expired, used or somebody else's: let the person tap the button again.",
    "phone_contested": "The phone is another person's, or this person has others: an operator has to decide.",
    "phone_data_refused": "The phone's data cannot be opened by this session, is older than five minutes or of another mini program.",
    "platform_needed": "WeChat lets only a third-party platform with permission set 33 do this: GET …/mini-programs has the steps by hand.",
    "platform_ticket_missing": "WeChat has not pushed the platform a good ticket yet: check its callback address, then wait ten minutes.",
    "platform_unauthorised": "The account has not authorised the third-party platform: have its admin authorise it.",
    "preference_link_over": "This link is not ours or its time is over: ask for another one.",
    "pull_missing": "Nothing of this name is fetched of this account: GET /v1/accounts/{account}/pulls lists what is.",
    "push_missing": "No provider of app push is set up in this deployment, or it takes nothing from us.",
    "push_refused": "The provider of app push does not take this notice: do not repeat it.",
    "push_token_dead": "The app is gone from this device: ask the app for its new push token.",
    "query_missing": "No such question, or its week is over: ask it again.",
    "query_unfinished": "The question is not answered yet: look at it until it is done.",
    "rule_missing": "No rule of this name is in force.",
    "scene_missing": "No code of this brand has this scene.",
    "scope_missing": "The API key lacks the scope named in the message.",
    "session_ended": "The session was logged out or has expired: log in again.",
    "session_refused": "The session token is missing, expired or not ours: refresh it or log in again.",
    "share_rewarded": "Nothing may be promised for the mere share: reward what the invited person does.",
    "showing_missing": "You were shown nothing under this id, or it was over ninety days ago.",
    "sms_code_expired": "The code was used, guessed at too often or has ended: ask for a new one.",
    "sms_code_wrong": "This is not the code that was texted.",
    "sms_missing": "No provider of SMS is set up in this deployment, or it takes nothing from us.",
    "sms_refused": "The provider of SMS does not send to this number: do not repeat it.",
    "split_missing": "No such split in this brand.",
    "template_missing": "The account has no such template: GET /v1/accounts/{account}/templates lists what it has.",
    "ticket_page_missing": "This ticket leads to no page: the end it was handed to opens it.",
    "ticket_refused": "The ticket is expired, was used before, is not ours or not for this end: log in again.",
    "ticket_used": "The ticket is good once, and somebody else has used it.",
    "token_rejected": "WeChat rejects the access token, and asking again gave the same one: another system may have forced a new one.",
    "too_many_codes": "Too many codes were asked for: wait as long as Retry-After says.",
    "too_many_events": "Tell several events at once, and wait: Retry-After says how long.",
    "too_many_menu_calls": "WeChat allows no more of these calls today: wait as long as Retry-After says.",
    "too_many_tickets": "Too many tickets were asked for: wait as long as Retry-After says.",
    "too_many_tries": "Too many wrong codes were tried: wait as long as Retry-After says.",
    "web_login_denied": "The person did not agree to be recognised.",
    "web_login_ended": "This login was begun in another browser, longer ago than ten minutes, or not at all: begin it again.",
    "web_login_missing": "This account has no web login, or the page to return to is none of its own.",
    "web_login_snapshot": "WeChat shows the page as a snapshot to a visitor it made up: open the whole page.",
    "webhook_disabled": "The webhook is disabled: mend its receiver, then POST /v1/webhooks/{webhook}/enable.",
    "webhook_missing": "No such webhook in this brand.",
    "webhook_url_refused": "Webhooks go to public https addresses alone; the message says what is wrong with this one.",
    "webhooks_full": "A brand has twenty webhooks at most: delete one that is not needed.",
    "wechat_busy": "WeChat is busy or did not answer; nothing happened, try again.",
    "wechat_declined": "WeChat refused the call; `errcode` in the message is WeChat's.",
}


LONGEST_MESSAGE = 300
NOTHING_BEHIND = r"(?!\\n)"
"""The end of our patterns, which says that no line break follows: nothing that helps whoever has to mend a value."""


class LiandongError(ChaliceUnhandledError):
    """The root. `code` is one of CODES; `status` is the HTTP status at the edge."""

    status = 500
    default_code = "internal"

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        self.code = code or self.default_code
        assert self.code in CODES, f"unlisted error code {self.code}"
        self.message = message or CODES[self.code]
        super().__init__(self.message)


class Refused(LiandongError):
    """Do not repeat: the same request fails again."""

    status = 400
    default_code = "field_invalid"


class Invalid(Refused):
    """The request does not fit its schema or rule; the message names the field and the reason."""


class Unauthenticated(Refused):
    """Who is calling is not proven."""

    status = 401
    default_code = "session_refused"


class Forbidden(Refused):
    """The caller is known but not allowed, or the door says no more than that."""

    status = 403
    default_code = "scope_missing"


class Missing(Refused):
    """No such thing, or it is another brand's: both look alike."""

    status = 404
    default_code = "path_missing"


class Conflict(Refused):
    """The thing exists already, or changed since it was read."""

    status = 409
    default_code = "account_taken"


class TooLarge(Refused):
    """Over a size limit."""

    status = 413
    default_code = "body_too_large"


class Declined(Refused):
    """WeChat refused. `errcode` is WeChat's; the message holds no part of the request."""

    status = 422
    default_code = "wechat_declined"

    def __init__(self, message: str = "", *, code: str | None = None, errcode: int = 0) -> None:
        super().__init__(message, code=code)
        self.errcode = errcode


class TooMany(Refused):
    """Over a limit; the same request may pass in `retry_after_s`."""

    status = 429
    default_code = "too_many_codes"

    def __init__(self, message: str = "", *, code: str | None = None, retry_after_s: int) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s


class Busy(LiandongError):
    """It did not happen; the same request may succeed later."""

    status = 503
    default_code = "busy"


class Unknown(Busy):
    """The answer did not come: it may have happened. Repeat only what is safe to repeat."""

    status = 504
    default_code = "outcome_unknown"


def without_values(message: str) -> str:
    """What msgspec says, without what was sent: it quotes unknown values of enums and tags, and unknown fields at any length."""
    message = message.replace(" - at `key` in `$", " - at `$").replace(NOTHING_BEHIND, "")
    at = message.rfind(" - at `")
    place = message[at:] if at >= 0 else ""
    if message.startswith(("Invalid enum value", "Invalid value")):
        return f"Invalid value{place}"
    return message if len(message) <= LONGEST_MESSAGE else f"Object contains an unknown field{place[-LONGEST_MESSAGE:]}"


def place_of(error: BaseException) -> str:
    """File and line where an error arose: what a log may say of one whose message may hold personal values."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
