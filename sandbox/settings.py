"""Behaviour of WeChat that nobody could verify: each guess is a field with a default, changed by POST /_sandbox/settings."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Seconds = Annotated[float, Meta(ge=0, le=31_536_000)]
WholeSeconds = Annotated[int, Meta(ge=0, le=31_536_000)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
PageSize = Annotated[int, Meta(ge=1, le=1_000_000)]
Tries = Annotated[int, Meta(ge=1, le=100)]
HeaderText = Annotated[str, Meta(pattern=r"^[ -~]*\Z")]


def _silent_events() -> list[str]:
    return [
        "unsubscribe",
        "VIEW",
        "view_miniprogram",
        "LOCATION",
        "TEMPLATESENDJOBFINISH",
        "MASSSENDJOBFINISH",
        "PUBLISHJOBFINISH",
        "subscribe_msg_popup_event",
        "subscribe_msg_change_event",
        "subscribe_msg_sent_event",
        "kf_create_session",
        "kf_close_session",
        "kf_switch_session",
        "user_info_modified",
        "user_authorization_revoke",
        "user_authorization_cancellation",
        "user_enter_tempsession",
    ]


class Settings(Struct, forbid_unknown_fields=True):
    """One guess per field. Durations in seconds; `daily_limits` and `minute_limits` override the built-in quotas per path."""

    deliveries: Tries = 3
    push_timeout_s: Seconds = 5.0
    retry_wait_s: Seconds = 0.0
    retry_on_bad_status: bool = True
    retry_on_malformed: bool = True
    unavailable_notice: str = "该公众号暂时无法提供服务，请稍后再试"
    silent_events: list[str] = field(default_factory=_silent_events)
    sign_pushes_with_real_time: bool = False
    hold_pushes: bool = False
    single_list_entry_as_object: bool = True
    receipt_delay_s: Seconds = 0.3

    token_overlap_s: WholeSeconds = 300
    garbage_token_errcode: Literal[40001, 40014] = 40001
    refused_force_refresh_errcode: int = 0
    daily_limits: dict[str, Count] = field(default_factory=dict)
    minute_limits: dict[str, Count] = field(default_factory=dict)

    used_login_code_errcode: Literal[40163, 40029] = 40163
    session_key_rotation: Annotated[float, Meta(ge=0, le=1)] = 1.0
    session_key_lifetime_s: WholeSeconds = 259_200
    foreign_phone_plus: bool = True

    unionid_of_non_followers: bool = False
    followers_per_page: PageSize = 10_000

    allowances_independent: bool = True
    text_limit_bytes: Count = 2048
    unlinked_mini_program_errcode: int = 45064
    mini_program_may_use_typing: bool = False
    thumb_upload_key: Literal["thumb_media_id", "media_id"] = "thumb_media_id"
    image_limit_bytes: Count = 10_485_760

    failed_send_spends_credit: bool = False
    extra_keywords_refused: bool = False
    subscribe_send_returns_msgid: bool = True

    anonymous_profiles: bool = True
    phone_prompt_limit: Count | None = None
    endless_links_get_30_days: bool = True
    link_openings_per_day: Count = 3_000_000
    short_link_categories: list[int] = field(default_factory=list)
    private_template_limit: Count = 25
    component_ticket_every_s: WholeSeconds = 600
    component_ticket_life_s: WholeSeconds = 43_200
    shop_deliveries: Tries = 10
    shop_retry_waits_s: Annotated[list[Seconds], Meta(min_length=1)] = field(default_factory=lambda: [10.0, 60.0, 300.0, 1800.0, 3600.0])
    shop_automatic_confirm_type: int = 2
    wrong_date_errcode: Literal[61504, 61500] = 61504
    risky_words: dict[str, int] = field(default_factory=lambda: {"赌博": 20006, "诈骗": 20008, "色情": 20002, "代开发票": 10001})
    review_words: dict[str, int] = field(default_factory=lambda: {"加微信": 10001})
    media_check_s: Seconds = 1.0
    json_event_numbers_as_strings: bool = True
    json_events_keep_wrapper: bool = False
    change_event_wrapper: Literal["SubscribeMsgChangeEvent", "SubscribeMsgPopupEvent"] = "SubscribeMsgChangeEvent"
    kept_choice_pushes_event: bool = True
    payment_known_after_s: Seconds = 0.0
    confirm_after_days: Count = 10
    confirm_methods_swapped: bool = False
    permission_sets: dict[str, int] = field(default_factory=lambda: {"/cgi-bin/menu/": 15, "/cgi-bin/user/": 2})

    most_fans_of_deleted_tag: Count = 100_000
    tag_members_per_page: PageSize = 10_000
    tagging_fails_partly: bool = False
    blacklist_per_page: PageSize = 1_000
    blacklisted_are_heard: bool = False
    retired_match_fields_refused: bool = True
    default_qr_life_s: WholeSeconds = 30
    bad_temporary_scene_refused: bool = False
    most_permanent_qr_codes: Count = 100_000
    authorize_order_enforced: bool = True
    app_code_life_s: WholeSeconds = 600
    app_refresh_token_life_s: WholeSeconds = 2_592_000
    expired_web_code_errcode: Literal[40029, 42003] = 40029
    sms_key: str = ""
    bad_refresh_token_errcode: Literal[40030, 40029] = 40030
    template_outcome: Literal["success", "failed:user block", "failed: system failed"] = "success"
    mass_send_s: Seconds = 60.0
    mass_outcome: str = "send success"
    mass_check_state: Literal[1, 2, 3] = 1
    mass_sends_per_day: Count = 1
    publish_s: Seconds = 10.0
    publish_status: Literal[0, 2, 3, 4] = 0
    datacube_ready_hour: Annotated[int, Meta(ge=0, le=24)] = 8
    old_article_figures: bool = True
    article_figures_delayed: bool = False
    visits_ready_hour: Annotated[int, Meta(ge=0, le=24)] = 0

    errmsg_tail: Literal["rid", "hints"] = "rid"
    json_content_type: HeaderText = "application/json; encoding=utf-8"
    sns_content_type: HeaderText = "text/plain"
