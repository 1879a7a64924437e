"""Every kind of message and event, as XML and as JSON, against what we make of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Invalid
from chalicelib.wechat.envelope import parse_xml
from chalicelib.wechat.messages import (
    AuthorizationCancelled,
    AuthorizationRevoked,
    Authorized,
    CodePushed,
    CodeScanned,
    Copyright,
    DebugDemo,
    HumanSessionClosed,
    HumanSessionCreated,
    HumanSessionSwitched,
    ImageMessage,
    Inbound,
    LinkMessage,
    LocationMessage,
    LocationReported,
    LocationSelected,
    MassJobFinished,
    MenuClicked,
    MenuLinkViewed,
    MiniProgramPageMessage,
    MiniProgramViewed,
    NamingRefused,
    NamingVerified,
    PhotoOrAlbumSent,
    PhotoTaken,
    PublishedArticle,
    PublishJobFinished,
    QrScanned,
    QualificationRefused,
    QualificationVerified,
    RenewalDue,
    ShortVideoMessage,
    Subscribed,
    SubscribeMessageAnswered,
    SubscribeMessageChanged,
    SubscribeMessageSent,
    TemplateAnswer,
    TemplateJobFinished,
    TemplateOutcome,
    TempSessionEntered,
    TextMessage,
    TicketPushed,
    Unauthorized,
    Unknown,
    Unsubscribed,
    UserInfoModified,
    VerificationExpired,
    VideoMessage,
    VoiceMessage,
    WeixinAlbumSent,
    dedupe_key,
    read_message,
)
from chalicelib.wechat.messages.acts import Picture, Pictures, Place, ScannedCode
from chalicelib.wechat.messages.outcomes import ArticleAddress, ArticleAddresses, CopyrightCheck, Publication, PublishedArticles
from chalicelib.wechat.messages.platforms import AuthorizationUpdated

FIXTURES = Path(__file__).parent / "fixtures"
ACCOUNT = "gh_5f1e2d3c4b6a"
USER = "oLd0aTeaHouse00000000000Mei1"
HEADER: dict[str, Any] = {"to_account": ACCOUNT, "from_user": USER, "created_at": datetime(2026, 1, 1, tzinfo=UTC)}
FROM_SYSTEM = HEADER | {"from_user": "mphelper"}
FROM_COURIER = HEADER | {"from_user": "oPushCourier0000000000000001"}
MINI_PROGRAM = HEADER | {"to_account": "gh_9a8b7c6d5e4f", "from_user": "oLd0aMiniShop0000000000Chen2"}
TO_PLATFORM: dict[str, Any] = {"to_account": "wx00000000000000c1", "created_at": datetime(2026, 1, 1, tzinfo=UTC)}
PERSON: dict[str, Any] = {"openid": USER, "unionid": "uLd0aTeaUnion0001", "appid": "wx00000000000000a1"}
PICTURE_A, PICTURE_B = Picture("0f1e2d3c4b5a69788796a5b4c3d2e1f0"), Picture("f0e1d2c3b4a5968778695a4b3c2d1e0f")
MASS: dict[str, Any] = {
    "status": "send success",
    "total_count": 120,
    "filtered_count": 90,
    "sent_count": 88,
    "error_count": 2,
}
NEXT_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
TEN_MINUTES_AGO = datetime(2025, 12, 31, 23, 50, tzinfo=UTC)


def msg_id(number: int) -> str:
    """MsgIds of the fixtures: too large for a float to hold."""
    return str(7302000000000000000 + number)


EXPECTED: dict[str, Inbound] = {
    "text": TextMessage(**HEADER, msg_id=msg_id(1), content="龙井今天有货吗？ <b>&"),
    "text-menu": TextMessage(**HEADER, msg_id=msg_id(101), content="满意", menu_item_id="301"),
    "text-article": TextMessage(**HEADER, msg_id=msg_id(102), content="写得真好", msg_data_id="2652000001", article_index=2),
    "text-empty": TextMessage(**HEADER, msg_id=msg_id(103), content=""),
    "image": ImageMessage(**HEADER, msg_id=msg_id(2), media_id="media-leaf", picture_url="http://mmbiz.qpic.cn/tea/0"),
    "voice": VoiceMessage(
        **HEADER, msg_id=msg_id(3), media_id="media-voice", format="amr", media_id_16k="media-voice-16k", recognition="我要一斤红茶"
    ),
    "video": VideoMessage(**HEADER, msg_id=msg_id(4), media_id="media-video", thumb_media_id="media-thumb"),
    "shortvideo": ShortVideoMessage(**HEADER, msg_id=msg_id(5), media_id="media-short", thumb_media_id="media-thumb"),
    "location": LocationMessage(**HEADER, msg_id=msg_id(6), latitude=30.246026, longitude=120.155074, scale="15", label="西湖区龙井路"),
    "link": LinkMessage(**HEADER, msg_id=msg_id(7), url="https://tea.example/spring?a=1&b=2", title="春茶上市"),
    "miniprogrampage": MiniProgramPageMessage(
        **MINI_PROGRAM,
        msg_id=msg_id(8),
        title="订单",
        appid="wx0000000000teapot",
        page_path="pages/order?id=7",
        thumb_url="https://tea.example/t.png",
        thumb_media_id="media-card",
    ),
    "event.subscribe": Subscribed(**HEADER),
    "event.subscribe-scene": Subscribed(**HEADER, event_key="qrscene_shop_12", ticket="ticket-shop-12"),
    "event.subscribe-payment": Subscribed(**HEADER, event_key="last_trade_no_4200000000000001"),
    "event.unsubscribe": Unsubscribed(**HEADER),
    "event.scan": QrScanned(**HEADER, scene="shop_12", ticket="ticket-shop-12"),
    "event.location": LocationReported(**HEADER, latitude=30.246026, longitude=120.155074, precision=65.0),
    "event.click": MenuClicked(**HEADER, event_key="MENU_COUPON"),
    "event.view": MenuLinkViewed(**HEADER, url="https://tea.example/m", menu_id="430000001"),
    "event.view_miniprogram": MiniProgramViewed(**HEADER, page_path="pages/index?from=menu", menu_id="430000001"),
    "event.scancode_push": CodePushed(**HEADER, event_key="SCAN_PUSH", code=ScannedCode("qrcode", "https://tea.example/q/9")),
    "event.scancode_waitmsg": CodeScanned(**HEADER, event_key="SCAN_WAIT", code=ScannedCode("barcode", "EAN_13,6901234567892")),
    "event.pic_sysphoto": PhotoTaken(**HEADER, event_key="PIC_CAMERA", pictures=Pictures(1, (PICTURE_A,))),
    "event.pic_photo_or_album": PhotoOrAlbumSent(**HEADER, event_key="PIC_EITHER", pictures=Pictures(2, (PICTURE_A, PICTURE_B))),
    "event.pic_weixin": WeixinAlbumSent(**HEADER, event_key="PIC_ALBUM", pictures=Pictures(2, (PICTURE_A, PICTURE_B))),
    "event.location_select": LocationSelected(**HEADER, event_key="PLACE", place=Place(30.246026, 120.155074, "15", "西湖区龙井路")),
    "event.templatesendjobfinish": TemplateJobFinished(**HEADER, msg_id="3100000000000000001", status="failed:user block"),
    "event.masssendjobfinish": MassJobFinished(
        **FROM_SYSTEM,
        **MASS,
        msg_id="1000000031",
        copyright=CopyrightCheck(2, (Copyright(1, 1, 11), Copyright(2, 2, 12, "https://mp.weixin.qq.com/s/first"))),
        articles=ArticleAddresses((ArticleAddress(1, "https://mp.weixin.qq.com/s/spring"),)),
    ),
    "event.masssendjobfinish-text": MassJobFinished(**FROM_SYSTEM, **MASS, msg_id="1000000032"),
    "event.publishjobfinish": PublishJobFinished(
        **FROM_SYSTEM,
        publication=Publication(
            "2650000077",
            0,
            "article-spring",
            PublishedArticles(
                (PublishedArticle(1, "https://mp.weixin.qq.com/s/one"), PublishedArticle(2, "https://mp.weixin.qq.com/s/two"))
            ),
        ),
    ),
    "event.publishjobfinish-failed": PublishJobFinished(**FROM_SYSTEM, publication=Publication("2650000078", 2, failed=(1, 3))),
    "event.subscribe_msg_popup_event": SubscribeMessageAnswered(
        **HEADER, answers=(TemplateAnswer("tpl-arrival", "accept", 1), TemplateAnswer("tpl-refund", "reject", 1))
    ),
    "event.subscribe_msg_popup_event-single": SubscribeMessageAnswered(
        **MINI_PROGRAM, answers=(TemplateAnswer("tpl-arrival", "accept", 0),)
    ),
    "event.subscribe_msg_change_event": SubscribeMessageChanged(**HEADER, answers=(TemplateAnswer("tpl-arrival", "reject"),)),
    "event.subscribe_msg_change_event-wrapper": SubscribeMessageChanged(**HEADER, answers=(TemplateAnswer("tpl-arrival", "reject"),)),
    "event.subscribe_msg_sent_event": SubscribeMessageSent(
        **HEADER,
        outcomes=(
            TemplateOutcome("tpl-arrival", "1700000000000000031", 0, "success"),
            TemplateOutcome("tpl-refund", "1700000000000000032", 20001, "blocked"),
        ),
    ),
    "event.user_info_modified": UserInfoModified(**FROM_COURIER, **PERSON),
    "event.user_info_modified-anonymous": UserInfoModified(**FROM_COURIER, appid="wx00000000000000a1"),
    "event.user_authorization_revoke": AuthorizationRevoked(**FROM_COURIER, **PERSON, revoke_info="205"),
    "event.user_authorization_cancellation": AuthorizationCancelled(**FROM_COURIER, **PERSON),
    "event.kf_create_session": HumanSessionCreated(**HEADER, kf_account="mei@teahouse"),
    "event.kf_close_session": HumanSessionClosed(**HEADER, kf_account="mei@teahouse", close_type="KF"),
    "event.kf_switch_session": HumanSessionSwitched(**HEADER, from_kf_account="mei@teahouse", to_kf_account="lin@teahouse"),
    "event.qualification_verify_success": QualificationVerified(**HEADER, expires_at=NEXT_YEAR),
    "event.qualification_verify_fail": QualificationRefused(**HEADER, failed_at=TEN_MINUTES_AGO, reason="营业执照过期"),
    "event.naming_verify_success": NamingVerified(**HEADER, expires_at=NEXT_YEAR),
    "event.naming_verify_fail": NamingRefused(**HEADER, failed_at=TEN_MINUTES_AGO, reason="名称冲突"),
    "event.annual_renew": RenewalDue(**HEADER, expires_at=datetime(2026, 1, 31, tzinfo=UTC)),
    "event.verify_expired": VerificationExpired(**HEADER, expired_at=TEN_MINUTES_AGO),
    "event.user_enter_tempsession": TempSessionEntered(**MINI_PROGRAM, session_from="order:7"),
    "event.debug_demo": DebugDemo(**HEADER, debug_text="你好"),
    "platform.component_verify_ticket": TicketPushed(**TO_PLATFORM, ticket="ticket@@@of-noon"),
    "platform.authorized": Authorized(**TO_PLATFORM, appid="wx00000000000000a1", code="queryauthcode@@@spring-tea"),
    "platform.updateauthorized": AuthorizationUpdated(**TO_PLATFORM, appid="wx00000000000000a1", code="queryauthcode@@@summer-tea"),
    "platform.unauthorized": Unauthorized(**TO_PLATFORM, appid="wx00000000000000a1"),
}
UNKNOWN = ("event.wxa_trade_controlled", "event.channels_ec_order_pay", "hardware", "platform.notify_third_fasteregister")


# What is in the inboxes of running accounts: a change would let old messages in again.
KEPT_KEYS = {
    "text": "e19f035b627b054b658475286a37a15f",
    "event.subscribe-scene": "d56d9d3a2614a7670643675473f661eb",
    "event.subscribe_msg_sent_event": "c4273baa8683dfae90a598a470e12ebb",
    "hardware": "927455442ee96d5831c16745680696ef",
}


def read_fixture(name: str, form: str) -> dict[str, Any]:
    """The fields of a fixture as the envelope hands them on."""
    text = (FIXTURES / f"{name}.{form}").read_text(encoding="utf-8")
    return parse_xml(text) if form == "xml" else msgspec.json.decode(text, type=dict[str, Any])


def test_every_fixture_is_looked_at_in_both_formats() -> None:
    names = {*EXPECTED, *UNKNOWN}

    assert {path.name for path in FIXTURES.iterdir()} == {f"{name}.{form}" for name in names for form in ("xml", "json")}


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("form", ["xml", "json"])
def test_every_kind_is_read_into_its_own_type(name: str, form: str) -> None:
    message = read_message(read_fixture(name, form))

    assert message == EXPECTED[name]
    assert type(message) is type(EXPECTED[name])
    assert message.kind == name.partition("-")[0]


@pytest.mark.parametrize("name", [*EXPECTED, *UNKNOWN])
def test_xml_and_json_are_the_same_message_with_the_same_key(name: str) -> None:
    from_xml, from_json = read_fixture(name, "xml"), read_fixture(name, "json")

    assert read_message(from_xml) == read_message(from_json)
    assert dedupe_key(from_xml) == dedupe_key(from_json)


def test_no_two_different_messages_share_a_key() -> None:
    # The two shapes of the change event are one event.
    names = {*EXPECTED, *UNKNOWN} - {"event.subscribe_msg_change_event-wrapper"}

    keys = {dedupe_key(read_fixture(name, "json")) for name in names}

    assert len(keys) == len(names)


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_kind_new_to_us_is_kept_with_its_fields(name: str) -> None:
    message = read_message(read_fixture(name, "json"))

    assert isinstance(message, Unknown)
    assert message.kind == name
    assert message.created_at == HEADER["created_at"]


def test_an_order_number_too_large_for_a_float_stays_whole() -> None:
    message = read_message(read_fixture("event.channels_ec_order_pay", "json"))

    assert isinstance(message, Unknown)
    assert message.fields["order_info"]["order_id"] == "3705115058471208928"


def test_the_scene_of_a_follow_has_no_prefix_and_other_keys_are_no_scene() -> None:
    scanned, plain, paid = (
        Subscribed(**HEADER, event_key="qrscene_shop_12"),
        Subscribed(**HEADER),
        Subscribed(**HEADER, event_key="last_trade_no_42"),
    )

    assert (scanned.scene, plain.scene, paid.scene) == ("shop_12", "", "")


@pytest.mark.parametrize("event", ["SCAN", "scan", "Scan"])
def test_the_case_of_an_event_does_not_matter(event: str) -> None:
    fields = read_fixture("event.scan", "xml")

    changed = fields | {"Event": event}

    assert read_message(changed) == read_message(fields)
    assert dedupe_key(changed) == dedupe_key(fields)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        *[("text", header) for header in ("ToUserName", "FromUserName", "CreateTime", "MsgType")],
        *[("hardware", header) for header in ("ToUserName", "FromUserName", "CreateTime", "MsgType")],
        ("event.subscribe", "Event"),
        ("text", "Content"),
        ("text", "MsgId"),
        ("image", "MediaId"),
        ("voice", "MediaId"),
        ("video", "MediaId"),
        ("shortvideo", "MediaId"),
        ("location", "Location_X"),
        ("location", "Location_Y"),
        ("link", "Url"),
        ("miniprogrampage", "AppId"),
        ("miniprogrampage", "PagePath"),
        ("event.scan", "EventKey"),
        ("event.location", "Latitude"),
        ("event.click", "EventKey"),
        ("event.view", "EventKey"),
        ("event.view_miniprogram", "EventKey"),
        ("event.scancode_push", "ScanCodeInfo"),
        ("event.pic_weixin", "SendPicsInfo"),
        ("event.location_select", "SendLocationInfo"),
        ("event.templatesendjobfinish", "MsgID"),
        ("event.templatesendjobfinish", "Status"),
        ("event.masssendjobfinish", "MsgID"),
        ("event.publishjobfinish", "PublishEventInfo"),
        ("event.subscribe_msg_popup_event", "List"),
        ("event.subscribe_msg_change_event", "List"),
        ("event.subscribe_msg_sent_event", "List"),
        ("event.kf_create_session", "KfAccount"),
        ("event.kf_switch_session", "ToKfAccount"),
        ("event.qualification_verify_success", "ExpiredTime"),
        ("event.naming_verify_fail", "FailTime"),
        ("platform.component_verify_ticket", "ComponentVerifyTicket"),
        ("platform.component_verify_ticket", "AppId"),
        ("platform.component_verify_ticket", "CreateTime"),
        ("platform.authorized", "AuthorizerAppid"),
        ("platform.updateauthorized", "AuthorizationCode"),
        ("platform.unauthorized", "AuthorizerAppid"),
        ("platform.notify_third_fasteregister", "AppId"),
    ],
)
def test_a_missing_field_is_named(name: str, field: str) -> None:
    fields = read_fixture(name, "json")
    del fields[field]

    with pytest.raises(Invalid, match=f"`{field}`") as caught:
        read_message(fields)

    assert caught.value.code == "callback_unreadable"


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("text", "CreateTime", "yesterday"),
        ("text", "CreateTime", 10**18),
        ("text", "CreateTime", "2026-01-01T00:00:00"),
        ("text", "FromUserName", {"a": "b"}),
        ("text", "Content", ["a", "b"]),
        ("location", "Location_X", "north"),
        ("event.masssendjobfinish", "SentCount", "many"),
        ("event.subscribe_msg_popup_event", "List", "accept"),
    ],
)
def test_a_field_of_the_wrong_form_is_named_and_not_quoted(name: str, field: str, value: Any) -> None:
    fields = read_fixture(name, "json") | {field: value}

    with pytest.raises(Invalid, match=rf"\$\.{field}") as caught:
        read_message(fields)

    assert caught.value.code == "callback_unreadable"
    assert str(value) not in caught.value.message


@pytest.mark.parametrize("value", [{"a": "b"}, ["text"], ""])
def test_a_type_that_is_no_word_is_unreadable(value: Any) -> None:
    with pytest.raises(Invalid, match="MsgType"):
        read_message(read_fixture("text", "json") | {"MsgType": value})


@pytest.mark.parametrize("name", ["platform.component_verify_ticket", "platform.authorized"])
def test_a_notice_repeated_later_or_with_more_in_it_has_the_same_key(name: str) -> None:
    fields = read_fixture(name, "json")

    assert dedupe_key(fields) == dedupe_key(fields | {"CreateTime": 1767225605, "PreAuthCode": "preauthcode@@@other"})


def test_a_message_that_names_both_types_is_an_ordinary_one() -> None:
    fields = read_fixture("text", "json")

    assert read_message(fields | {"InfoType": "component_verify_ticket"}).kind == "text"
    assert dedupe_key(fields | {"InfoType": "component_verify_ticket"}) == dedupe_key(fields)


@pytest.mark.parametrize("name", ["platform.component_verify_ticket", "platform.authorized", "platform.updateauthorized"])
def test_a_notice_shows_neither_ticket_nor_code(name: str) -> None:
    shown = repr(read_message(read_fixture(name, "xml")))

    assert "wx00000000000000c1" in shown
    assert "@@@" not in shown


def test_a_key_is_a_hash_and_shows_nothing_of_what_was_said() -> None:
    key = dedupe_key(read_fixture("text", "xml"))

    assert len(key) == 32
    assert set(key) <= set("0123456789abcdef")


def test_keys_stay_what_they_are_between_releases() -> None:
    keys = {name: dedupe_key(read_fixture(name, "xml")) for name in KEPT_KEYS}

    assert keys == KEPT_KEYS


def test_a_message_repeated_later_with_another_time_has_the_same_key() -> None:
    fields = read_fixture("text", "json")

    assert dedupe_key(fields) == dedupe_key(fields | {"CreateTime": 1767225605})


@pytest.mark.parametrize("field", ["FromUserName", "MsgId"])
def test_ordinary_messages_differ_by_user_and_id(field: str) -> None:
    fields = read_fixture("text", "json")

    assert dedupe_key(fields) != dedupe_key(fields | {field: "7302000000000000999"})


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("event.subscribe", {"CreateTime": 1767225601}),
        ("event.subscribe", {"FromUserName": "oLd0aTeaHouse00000000000Mei2"}),
        ("event.subscribe", {"Event": "unsubscribe"}),
        ("event.subscribe", {"EventKey": "qrscene_shop_13"}),
        ("event.scan", {"Ticket": "ticket-shop-13"}),
        ("event.click", {"EventKey": "MENU_ORDERS"}),
        ("event.scancode_push", {"ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "https://tea.example/q/10"}}),
        ("event.templatesendjobfinish", {"MsgID": 3100000000000000002}),
        ("event.masssendjobfinish", {"MsgID": 1000000032}),
        ("event.publishjobfinish", {"PublishEventInfo": {"publish_id": 2650000079, "publish_status": 0}}),
        ("event.subscribe_msg_popup_event", {"List": {"TemplateId": "tpl-other", "SubscribeStatusString": "accept", "PopupScene": "1"}}),
        ("event.subscribe_msg_sent_event", {"List": {"TemplateId": "tpl-arrival", "MsgID": "1700000000000000033", "ErrorCode": "0"}}),
        ("event.user_info_modified", {"OpenID": "oLd0aTeaHouse00000000000Mei2"}),
        ("event.user_info_modified-anonymous", {"UnionID": "uLd0aTeaUnion0002"}),
        ("event.user_info_modified-anonymous", {"AppID": "wx00000000000000a2"}),
        ("event.user_authorization_revoke", {"RevokeInfo": "206"}),
        ("event.kf_switch_session", {"ToKfAccount": "bai@teahouse"}),
        ("event.wxa_trade_controlled", {"msg": "再次提醒"}),
        ("event.channels_ec_order_pay", {"order_info": {"order_id": 3705115058471208929, "pay_time": "1767225601"}}),
        ("platform.component_verify_ticket", {"ComponentVerifyTicket": "ticket@@@of-one"}),
        ("platform.component_verify_ticket", {"AppId": "wx00000000000000c2"}),
        ("platform.authorized", {"AuthorizationCode": "queryauthcode@@@autumn-tea"}),
        ("platform.authorized", {"InfoType": "updateauthorized"}),
        ("platform.unauthorized", {"CreateTime": 1767225601}),
        ("platform.unauthorized", {"AuthorizerAppid": "wx00000000000000b2"}),
        ("platform.notify_third_fasteregister", {"status": 1}),
        ("hardware", {"Steps": [{"Day": 1, "Count": 8001}]}),
    ],
)
def test_events_of_one_second_differ_by_what_tells_them_apart(name: str, changes: dict[str, Any]) -> None:
    fields = read_fixture(name, "json")

    assert dedupe_key(fields) != dedupe_key(fields | changes)


@pytest.mark.parametrize("name", ["text", "event.subscribe", "hardware"])
def test_the_ciphertext_of_compatible_mode_does_not_change_message_or_key(name: str) -> None:
    fields = read_fixture(name, "xml")

    once, again = fields | {"Encrypt": "b25jZQ=="}, fields | {"Encrypt": "YWdhaW4="}

    assert dedupe_key(once) == dedupe_key(again) == dedupe_key(fields)
    assert read_message(once) == read_message(fields)


@given(st.sampled_from([*EXPECTED, *UNKNOWN]), st.randoms(use_true_random=False))
def test_the_order_of_fields_says_nothing(name: str, random: Any) -> None:
    fields = read_fixture(name, "json")
    items = list(fields.items())

    random.shuffle(items)

    assert dedupe_key(dict(items)) == dedupe_key(fields)
    assert read_message(dict(items)) == read_message(fields)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from([0.5, -1e300, "", " ", "event", "茶"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["List", "item", " Idx", "茶"]), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "ToUserName",
                "FromUserName",
                "CreateTime",
                "MsgType",
                "Event",
                "InfoType",
                "AppId",
                "List",
                "item",
                "Content",
                "SubscribeMsgSentEvent",
            ]
        ),
        json_values | st.sampled_from(["event", "text", "subscribe_msg_sent_event", "1767225600"]),
    )
)
def test_whatever_comes_is_read_or_refused_and_has_a_key(fields: dict[str, Any]) -> None:
    try:
        kind = read_message(fields).kind
    except Invalid as refused:
        kind = refused.code

    assert kind
    assert len(dedupe_key(fields)) == 32
