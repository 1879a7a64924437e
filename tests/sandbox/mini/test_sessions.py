from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, rule
from hypothesis.strategies import booleans

from sandbox.login import sign
from tests.sandbox.stage import SECRET, SHOP, Stage


def ask(stage: Stage, path: str, user: str, key: str, **changed: str) -> Any:
    query = {"openid": stage.openid(user, SHOP), "signature": sign(key), "sig_method": "hmac_sha256", **changed}
    return stage.get(path, access_token=stage.token(SHOP), **query)


def reset(stage: Stage, user: str, key: str, **changed: str) -> Any:
    return ask(stage, "/wxa/resetusersessionkey", user, key, **changed)


def key_of(stage: Stage, user: str) -> str:
    return stage.contact(user, SHOP).session_key


def test_a_reset_gives_a_new_key_with_the_old_end(stage: Stage, user: str) -> None:
    old, ends_at = key_of(stage, user), stage.contact(user, SHOP).session_until
    stage.clock += 100

    answer = reset(stage, user, old)

    assert answer["errcode"] == 0
    assert answer["openid"] == stage.openid(user, SHOP)
    assert answer["session_key"] == key_of(stage, user) != old
    assert stage.contact(user, SHOP).session_until == ends_at
    assert ask(stage, "/wxa/checksession", user, old)["errcode"] == 87009


def test_a_reset_names_what_is_wrong(stage: Stage, user: str) -> None:
    key = key_of(stage, user)

    assert reset(stage, user, key, openid="")["errcode"] == 41009
    assert reset(stage, user, key, sig_method="md5")["errcode"] == 87008
    assert reset(stage, user, "another")["errcode"] == 87009
    stage.act(user, "session-key", SHOP, do="expire")
    assert reset(stage, user, key)["errcode"] == 87007


def test_the_phone_and_the_server_have_the_same_user_keys(stage: Stage, user: str) -> None:
    versions = []
    for _ in range(4):
        versions.append(stage.act(user, "user-key", SHOP)["key"]["version"])
        stage.clock += 3600
    stage.clock -= 3600

    told = ask(stage, "/wxa/business/getuserencryptkey", user, key_of(stage, user))["key_info_list"]

    assert versions == [1, 2, 3, 4]
    assert [one["version"] for one in told] == [4, 3, 2]
    assert [one["expire_in"] for one in told] == [3600, 0, 0]
    assert set(told[0]) == {"encrypt_key", "version", "expire_in", "iv", "create_time"}
    assert len(told[0]["iv"]) == 16


class Sessions(RuleBasedStateMachine):
    """However logins, resets, rotations and time follow each other, one key is good at most, and a code is good once."""

    codes = Bundle("codes")

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()
        self.person = self.stage.make_user()
        self.token = self.stage.token(SHOP)
        self.keys: set[str] = set()

    @rule(target=codes)
    def log_in(self) -> str:
        return str(self.stage.act(self.person, "login", SHOP)["code"])

    @rule(code=consumes(codes))
    def exchange(self, code: str) -> None:
        query = {"appid": SHOP, "secret": SECRET, "js_code": code, "grant_type": "authorization_code"}
        first = self.stage.get("/sns/jscode2session", **query)
        second = self.stage.get("/sns/jscode2session", **query)

        assert "session_key" not in second
        if "session_key" in first:
            self.keys.add(first["session_key"])
            assert self.good() <= {first["session_key"]}

    @rule(good=booleans())
    def reset(self, good: bool) -> None:
        for key in self.good() if good else list(self.keys):
            answer = reset_with(self.stage, self.person, key, self.token)
            if answer["errcode"] == 0:
                self.keys.add(answer["session_key"])
                assert self.good() == {answer["session_key"]}

    @rule()
    def rotate(self) -> None:
        if self.keys:
            self.stage.act(self.person, "session-key", SHOP, do="rotate")
            assert self.good() == set()

    @rule()
    def wait(self) -> None:
        self.stage.clock += 200

    def good(self) -> set[str]:
        good = {key for key in self.keys if self.check(key)}
        assert len(good) <= 1
        return good

    def check(self, key: str) -> bool:
        query = {"openid": self.stage.openid(self.person, SHOP), "signature": sign(key), "sig_method": "hmac_sha256"}
        return bool(self.stage.get("/wxa/checksession", access_token=self.token, **query)["errcode"] == 0)


def reset_with(stage: Stage, user: str, key: str, token: str) -> Any:
    query = {"openid": stage.openid(user, SHOP), "signature": sign(key), "sig_method": "hmac_sha256"}
    return stage.get("/wxa/resetusersessionkey", access_token=token, **query)


TestSessions = Sessions.TestCase
TestSessions.settings = settings(max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
