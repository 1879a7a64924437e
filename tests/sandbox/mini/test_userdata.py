from __future__ import annotations

import json
from typing import Any

import pytest
from wechatpy.crypto import WeChatWxaCrypto

from sandbox.login import sign
from sandbox.mini import sealing
from tests.sandbox.stage import SHOP, Stage

KEY = "tiihtNczf5v6AKRyjwEUhQ=="
IV = "r7BXXKkLb8qrSNn05n0qiA=="
SEALED = (
    "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+oNPdbB+3hVbJSRgv+4lGOETKUQz6OYStslQ142dNCua"
    "bNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poOFtnEtpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxuacJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GRHpOn/Hz7saL8"
    "xz+W//FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UIeorGj5Ef7b1pJAYB6Y5anaHqZ9J6nKEBvB4DnNLIVWSgARns/8wR2SiRS7MN"
    "ACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7XjfhQlVsAJdNiKdYmYVoKlaRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOy"
    "uxINew=="
)
RAW = (
    '{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":'
    '"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}'
)


def session_key(stage: Stage, user: str) -> str:
    return stage.contact(user, SHOP).session_key


def seal(stage: Stage, user: str, what: str) -> Any:
    return stage.act(user, "encrypted-data", SHOP, what=what)["data"]


def read(stage: Stage, user: str, data: Any) -> Any:
    return WeChatWxaCrypto(session_key(stage, user), data["iv"], SHOP).decrypt_message(data["encryptedData"])


def test_wechats_own_example_is_read_and_written_again() -> None:
    plain = sealing.decrypt(SEALED, session_key=KEY, iv=IV)

    told = json.loads(plain)

    assert list(told) == ["openId", "nickName", "gender", "language", "city", "province", "country", "avatarUrl", "unionId", "watermark"]
    assert told["openId"] == "oGZUI0egBJY1zhBYw2KhdUfwVJJE"
    assert told["watermark"] == {"timestamp": 1477314187, "appid": "wx4f4bc4dec97d474b"}
    assert sealing.encrypt(plain, session_key=KEY, iv=IV) == SEALED


def test_wechats_own_raw_data_has_its_signature() -> None:
    assert sealing.sign_raw(RAW, "HyVFkGl5F5OQWJZZaNzBBg==") == "75e81ceda165f4ffa64f4068af58c64b8f54b88c"


@pytest.mark.parametrize(
    ("key", "message", "signature"),
    [
        ("o0q0otL8aEzpcZL/FT9WsQ==", b'{"foo":"bar"}', "654571f79995b2ce1e149e53c0a33dc39c0a74090db514261454e8dbe432aa0b"),
        ("o0q0otL8aEzpcZL/FT9WsQ==", b"", "46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128"),
        ("tiihtNczf5v6AKRyjwEUhQ==", b"", "7154f9f8b4b76b92f541cbf0e37d48840fa06e5e42da92a6f80168a1516a4735"),
    ],
)
def test_the_text_of_the_session_key_is_the_key_of_signatures(key: str, message: bytes, signature: str) -> None:
    assert sign(key, message) == signature


def test_user_data_is_anonymous_and_carries_who_it_is(stage: Stage, user: str) -> None:
    data = seal(stage, user, "user_info")

    told = read(stage, user, data)

    assert told["openId"] == stage.openid(user, SHOP)
    assert told["unionId"] == stage.control("GET", f"/users/{user}?appid={SHOP}")["unionid"]
    assert (told["nickName"], told["gender"], told["city"]) == ("微信用户", 0, "")
    assert told["watermark"] == {"timestamp": int(stage.clock), "appid": SHOP}
    assert data["signature"] == sealing.sign_raw(data["rawData"], session_key(stage, user))


def test_user_data_can_have_a_name(stage: Stage, user: str) -> None:
    stage.change(anonymous_profiles=False)

    assert read(stage, user, seal(stage, user, "user_info"))["nickName"] == "Ann"


def test_the_phone_comes_encrypted_the_old_way(stage: Stage, user: str) -> None:
    data = stage.act(user, "give-phone", SHOP, way="encrypted")["detail"]

    told = read(stage, user, data)

    assert (told["phoneNumber"], told["purePhoneNumber"], told["countryCode"]) == ("13800138000", "13800138000", "86")


@pytest.mark.parametrize(("what", "key"), [("share", "openGId"), ("group", "opengid"), ("werun", "stepInfoList")])
def test_groups_and_steps_have_their_keys(stage: Stage, user: str, what: str, key: str) -> None:
    assert key in read(stage, user, seal(stage, user, what))


def test_data_under_an_older_key_is_unreadable_after_a_rotation(stage: Stage, user: str) -> None:
    old = session_key(stage, user)
    stage.act(user, "session-key", SHOP, do="rotate")

    data = seal(stage, user, "phone")

    with pytest.raises(ValueError, match=r"."):
        json.loads(sealing.decrypt(data["encryptedData"], session_key=old, iv=data["iv"]))


def test_without_a_session_there_is_no_encrypted_data(stage: Stage, user: str) -> None:
    stage.act(user, "session-key", SHOP, do="expire")

    stage.control("POST", f"/users/{user}/encrypted-data", {"appid": SHOP, "what": "phone"}, status=409)


def check(stage: Stage, sealed_hash: str) -> Any:
    return stage.post("/wxa/business/checkencryptedmsg", {"encrypted_msg_hash": sealed_hash}, access_token=stage.token(SHOP))


def test_encrypted_data_is_known_for_three_days(stage: Stage, user: str) -> None:
    sealed = sealing.hash_of(seal(stage, user, "phone")["encryptedData"])
    made_at = int(stage.clock)

    known = check(stage, sealed)
    stage.clock += 3 * 86_400

    assert known == {"errcode": 0, "errmsg": "ok", "vaild": True, "create_time": made_at}
    assert check(stage, sealed)["errcode"] == 1
    assert check(stage, "00")["errcode"] == 1
    assert check(stage, "")["errcode"] == 40097
