"""WeChat over a real wire on loopback: what is asked, what an answer means, and what no error tells."""

from __future__ import annotations

import http.server
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests.adapters import BaseAdapter

from chalicelib.errors import Busy, Declined, LiandongError, Unknown
from chalicelib.wechat import gateway
from chalicelib.wechat.answers import Overloaded
from chalicelib.wechat.gateway import Follower, Gateway, TokenRejected
from chalicelib.wechat.platforms import Authorization, AuthorizerToken, LoginAnswer, StableToken

APPID = "wx00000000000000a1"
SECRET, TOKEN, CODE, OPENID = "canary-secret-41", "canary-token-42", "canary-code-43", "canary-openid-44"
CANARIES = (SECRET, TOKEN, CODE, OPENID)
TIMEOUT_S = 2.0
IMPATIENT_S = 0.05


class Wire(http.server.ThreadingHTTPServer):
    """A WeChat of bytes: it answers with what it was told, remembers what it was asked, and counts who connected."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Listener)
        self.answers: list[bytes] = []
        self.asked: list[Asked] = []
        self.connections = 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def say(self, body: Any, *, status: str = "200 OK", header: str = "Content-Type: text/plain") -> None:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.append(f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\n{header}\r\n\r\n".encode() + text)


class Asked:
    """One request as it came over the wire."""

    def __init__(self, method: str, target: str, body: bytes) -> None:
        parts = urlsplit(target)
        self.method, self.path = method, parts.path
        self.query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        self.body = json.loads(body) if body else None


class Listener(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Wire

    def setup(self) -> None:
        self.server.connections += 1
        super().setup()

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.server.asked.append(Asked(self.command, self.path, self.rfile.read(length)))
        answer = self.server.answers.pop(0)
        self.wfile.write(answer)
        self.close_connection = not answer

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *args: Any) -> None:
        """The tests look at what we log, not at what WeChat does."""


@pytest.fixture
def wire() -> Iterator[Wire]:
    gateway._client.cache_clear()
    server = Wire()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
    gateway._client(server.url, TIMEOUT_S)._http.close()
    gateway._client.cache_clear()


@pytest.fixture
def wechat(wire: Wire) -> Gateway:
    return Gateway(wire.url, timeout_s=TIMEOUT_S)


def fetch_token(wechat: Gateway) -> object:
    return wechat.fetch_stable_token(APPID, SECRET)


def exchange_code(wechat: Gateway) -> object:
    return wechat.exchange_login_code(APPID, SECRET, CODE)


def fetch_follower(wechat: Gateway) -> object:
    return wechat.fetch_follower(TOKEN, OPENID)


def send_card(wechat: Gateway) -> None:
    wechat.send_customer_message(TOKEN, OPENID, "text", {"content": "canary-content-45"})


def send_reminder(wechat: Gateway) -> object:
    return wechat.send_subscribe_message(TOKEN, OPENID, "TPL", {"thing1": "canary-content-45"}, page="", state="formal")


Call = Callable[[Gateway], object]


def list_followers(wechat: Gateway) -> object:
    return wechat.list_followers(TOKEN, OPENID)


def fetch_followers(wechat: Gateway) -> object:
    return wechat.fetch_followers(TOKEN, [OPENID])


def change_openids(wechat: Gateway) -> object:
    return wechat.change_openids(TOKEN, APPID, [OPENID])


def fetch_component_token(wechat: Gateway) -> object:
    return wechat.fetch_component_token(APPID, SECRET, CODE)


def start_tickets(wechat: Gateway) -> None:
    wechat.start_tickets(APPID, SECRET)


def make_pre_auth_code(wechat: Gateway) -> object:
    return wechat.make_pre_auth_code(TOKEN, APPID)


def redeem_authorization_code(wechat: Gateway) -> object:
    return wechat.redeem_authorization_code(TOKEN, APPID, CODE)


def fetch_authorization(wechat: Gateway) -> object:
    return wechat.fetch_authorization(TOKEN, APPID, APPID)


def refresh_authorizer_token(wechat: Gateway) -> object:
    return wechat.refresh_authorizer_token(TOKEN, APPID, APPID, SECRET)


def exchange_code_by_platform(wechat: Gateway) -> object:
    return wechat.exchange_login_code_by_platform(TOKEN, APPID, APPID, CODE)


def list_mini_programs(wechat: Gateway) -> object:
    return wechat.list_mini_programs(TOKEN)


def ask_for_link(wechat: Gateway) -> None:
    wechat.ask_for_link(TOKEN, APPID, notify=True, show=False)


def ask_for_unlink(wechat: Gateway) -> None:
    wechat.ask_for_unlink(TOKEN, APPID)


BY_SECRET = (fetch_token, exchange_code, fetch_component_token, start_tickets)
BY_PLATFORM = (make_pre_auth_code, redeem_authorization_code, fetch_authorization, refresh_authorizer_token, exchange_code_by_platform)
BY_TOKEN = (fetch_follower, list_followers, fetch_followers, change_openids, send_card, send_reminder)
LINKING = (list_mini_programs, ask_for_link, ask_for_unlink)
CALLS_WITH_TOKEN = (*BY_TOKEN, *BY_PLATFORM, *LINKING)
CALLS = (*BY_SECRET, *CALLS_WITH_TOKEN)


def trouble_of(call: Call, wechat: Gateway) -> LiandongError:
    with pytest.raises(LiandongError) as caught:
        call(wechat)
    return caught.value


def everything_about(error: BaseException) -> str:
    """All that somebody could print of an error, its causes and contexts included."""
    told: list[str] = []
    seen: list[BaseException | None] = [error]
    while seen:
        each = seen.pop()
        if each is not None:
            told += [str(each), repr(each), repr(each.args), repr(vars(each))]
            seen += [each.__cause__, each.__context__]
    return "\n".join(told)


# -- what is asked ------------------------------------------------------------------------------------------------


def test_a_stable_token_is_asked_for_by_secret_and_never_forced(wire: Wire, wechat: Gateway) -> None:
    wire.say({"access_token": TOKEN, "expires_in": 7200})

    token = wechat.fetch_stable_token(APPID, SECRET)

    [asked] = wire.asked
    assert token == StableToken(TOKEN, 7200)
    assert (asked.method, asked.path, asked.query) == ("POST", "/cgi-bin/stable_token", {})
    assert asked.body == {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}


def test_a_login_code_is_exchanged_without_an_access_token(wire: Wire, wechat: Gateway) -> None:
    wire.say({"openid": OPENID, "session_key": "k", "unionid": "u"})

    answer = wechat.exchange_login_code(APPID, SECRET, CODE)

    [asked] = wire.asked
    assert answer == LoginAnswer(OPENID, "k", "u")
    assert (asked.method, asked.path) == ("GET", "/sns/jscode2session")
    assert asked.query == {"appid": APPID, "secret": SECRET, "js_code": CODE, "grant_type": "authorization_code"}


@pytest.mark.parametrize("unionid", [{}, {"unionid": ""}, {"unionid": None}])
def test_an_unbound_mini_program_tells_no_unionid(wire: Wire, wechat: Gateway, unionid: dict[str, Any]) -> None:
    wire.say({"openid": OPENID, "session_key": "k", **unionid})

    assert wechat.exchange_login_code(APPID, SECRET, CODE).unionid is None


@pytest.mark.parametrize(
    ("said", "follower"),
    [
        ({"subscribe": 1, "openid": OPENID, "unionid": "u"}, Follower(OPENID, True, "u")),
        ({"subscribe": 0, "openid": OPENID}, Follower(OPENID, False, None)),
    ],
)
def test_a_follower_is_looked_up_with_the_token_that_was_given(
    wire: Wire, wechat: Gateway, said: dict[str, Any], follower: Follower
) -> None:
    wire.say(said)

    found = wechat.fetch_follower(TOKEN, OPENID)

    [asked] = wire.asked
    assert found == follower
    assert (asked.method, asked.path) == ("GET", "/cgi-bin/user/info")
    assert asked.query == {"access_token": TOKEN, "openid": OPENID}


@pytest.mark.parametrize(
    ("said", "openids"),
    [
        ({"total": 3, "count": 2, "data": {"openid": ["a", "b"]}, "next_openid": "b"}, ("a", "b")),
        ({"total": 3, "count": 0, "next_openid": ""}, ()),
    ],
)
def test_followers_are_listed_page_by_page_and_the_last_page_has_no_data(
    wire: Wire, wechat: Gateway, said: dict[str, Any], openids: tuple[str, ...]
) -> None:
    wire.say(said)
    wire.say(said)

    found = [wechat.list_followers(TOKEN, after) for after in ("", OPENID)]

    assert found == [openids, openids]
    assert [asked.query for asked in wire.asked] == [{"access_token": TOKEN}, {"access_token": TOKEN, "next_openid": OPENID}]


def test_followers_are_asked_about_together(wire: Wire, wechat: Gateway) -> None:
    gone = {"subscribe": 0, "openid": "gone"}
    wire.say({"user_info_list": [{"subscribe": 1, "openid": OPENID, "subscribe_time": 1700000000, "unionid": "u", "remark": ""}, gone]})

    found = wechat.fetch_followers(TOKEN, [OPENID, "gone"])

    [asked] = wire.asked
    assert found == [Follower(OPENID, True, "u", 1700000000), Follower("gone", False, None)]
    assert (asked.method, asked.path, asked.query) == ("POST", "/cgi-bin/user/info/batchget", {"access_token": TOKEN})
    assert asked.body == {"user_list": [{"openid": OPENID}, {"openid": "gone"}]}


def test_openids_of_a_former_account_are_told_with_their_new_ones_and_the_others_left_out(wire: Wire, wechat: Gateway) -> None:
    changed = {"ori_openid": OPENID, "new_openid": "new", "err_msg": "ok"}
    wire.say({"errcode": 0, "errmsg": "ok", "result_list": [changed, {"ori_openid": "gone", "err_msg": "ori_openid error"}]})

    found = wechat.change_openids(TOKEN, APPID, [OPENID, "gone"])

    [asked] = wire.asked
    assert found == {OPENID: "new"}
    assert (asked.path, asked.body) == ("/cgi-bin/changeopenid", {"from_appid": APPID, "openid_list": [OPENID, "gone"]})


def test_a_customer_message_carries_its_content_under_its_kind(wire: Wire, wechat: Gateway) -> None:
    wire.say({"errcode": 0, "errmsg": "ok"})

    wechat.send_customer_message(TOKEN, OPENID, "text", {"content": "欢迎"})

    [asked] = wire.asked
    assert (asked.method, asked.path, asked.query) == ("POST", "/cgi-bin/message/custom/send", {"access_token": TOKEN})
    assert asked.body == {"touser": OPENID, "msgtype": "text", "text": {"content": "欢迎"}}


@pytest.mark.parametrize(("page", "told"), [("", {}), ("pages/book/index", {"page": "pages/book/index"})])
def test_a_subscribe_message_names_its_values_and_leaves_out_an_empty_page(
    wire: Wire, wechat: Gateway, page: str, told: dict[str, str]
) -> None:
    wire.say({"errcode": 0, "errmsg": "ok", "msgid": 2259912})

    name = wechat.send_subscribe_message(TOKEN, OPENID, "TPL", {"thing1": "美容"}, page=page, state="trial")

    [asked] = wire.asked
    assert name == "2259912"
    assert (asked.method, asked.path, asked.query) == ("POST", "/cgi-bin/message/subscribe/send", {"access_token": TOKEN})
    assert asked.body == {
        "touser": OPENID,
        "template_id": "TPL",
        "miniprogram_state": "trial",
        "lang": "zh_CN",
        "data": {"thing1": {"value": "美容"}},
        **told,
    }


def test_a_subscribe_message_may_be_accepted_without_an_id(wire: Wire, wechat: Gateway) -> None:
    wire.say({"errcode": 0, "errmsg": "ok"})

    assert send_reminder(wechat) is None


@pytest.mark.parametrize("call", BY_PLATFORM)
def test_a_platform_proves_itself_by_its_own_token_alone(wire: Wire, wechat: Gateway, call: Call) -> None:
    wire.say({"errcode": 61007})

    trouble_of(call, wechat)

    (asked,) = wire.asked
    assert asked.query["component_access_token"] == TOKEN
    assert "access_token" not in asked.query


@pytest.mark.parametrize("call", BY_SECRET)
def test_a_secret_travels_without_a_token(wire: Wire, wechat: Gateway, call: Call) -> None:
    wire.say({"errcode": 40013})

    trouble_of(call, wechat)

    assert {"access_token", "component_access_token"}.isdisjoint(wire.asked[0].query)


def test_a_mini_program_of_a_platform_logs_in_without_its_secret(wire: Wire, wechat: Gateway) -> None:
    wire.say({"openid": OPENID, "session_key": "k", "unionid": ""})

    answer = wechat.exchange_login_code_by_platform(TOKEN, "wxcomponent", APPID, CODE)

    (asked,) = wire.asked
    assert (asked.method, asked.path) == ("GET", "/sns/component/jscode2session")
    named = {"appid": APPID, "js_code": CODE, "component_appid": "wxcomponent", "component_access_token": TOKEN}
    assert asked.query == {**named, "grant_type": "authorization_code"}
    assert answer == LoginAnswer(OPENID, "k", None)


def test_what_an_account_allows_a_platform_is_told_with_its_permission_sets_in_order(wire: Wire, wechat: Gateway) -> None:
    sets = [{"funcscope_category": {"id": number}} for number in (33, 1, 33, 15)]
    allowed = {"authorizer_appid": APPID, "authorizer_refresh_token": SECRET, "func_info": sets}
    wire.say({"authorization_info": allowed, "authorizer_info": {"user_name": "gh_1", "nick_name": "示例"}})

    told = wechat.fetch_authorization(TOKEN, "wxcomponent", APPID)

    assert told == Authorization(APPID, "gh_1", "示例", SECRET, (1, 15, 33))
    assert wire.asked[0].body == {"component_appid": "wxcomponent", "authorizer_appid": APPID}


@pytest.mark.parametrize(("told", "kept"), [({"authorizer_refresh_token": "newer"}, "newer"), ({}, SECRET)])
def test_a_refresh_token_stays_as_long_as_wechat_tells_no_other(wire: Wire, wechat: Gateway, told: dict[str, str], kept: str) -> None:
    wire.say({"authorizer_access_token": "a", "expires_in": 7200, **told})

    answer = wechat.refresh_authorizer_token(TOKEN, "wxcomponent", APPID, SECRET)

    assert answer == AuthorizerToken(StableToken("a", 7200), kept)
    named = {"component_appid": "wxcomponent", "authorizer_appid": APPID}
    assert wire.asked[0].body == {**named, "authorizer_refresh_token": SECRET}


def test_a_link_is_asked_for_as_the_admins_shall_see_it(wire: Wire, wechat: Gateway) -> None:
    wire.say({"errcode": 0})

    ask_for_link(wechat)

    assert wire.asked[0].body == {"appid": APPID, "notify_users": "1", "show_profile": "0"}


def test_an_official_account_without_mini_programs_has_an_empty_list(wire: Wire, wechat: Gateway) -> None:
    wire.say({"errcode": 0, "errmsg": "ok"})

    assert wechat.list_mini_programs(TOKEN) == []


@pytest.mark.parametrize("call", CALLS_WITH_TOKEN)
def test_an_account_that_has_not_authorised_the_platform_is_told_apart(wire: Wire, wechat: Gateway, call: Call) -> None:
    wire.say({"errcode": 61003, "errmsg": f"{SECRET} {TOKEN}"})

    trouble = trouble_of(call, wechat)

    assert type(trouble) is Declined
    assert (trouble.code, trouble.errcode) == ("platform_unauthorised", 61003)


# -- what is answered ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("errcode", [40013, 40125, 40164, 45009, 48001])
def test_a_refusal_is_declined_with_its_errcode(wire: Wire, wechat: Gateway, call: Call, errcode: int) -> None:
    wire.say({"errcode": errcode, "errmsg": f"no {SECRET} {TOKEN}"})

    trouble = trouble_of(call, wechat)

    assert type(trouble) is Declined
    assert (trouble.code, trouble.errcode) == ("wechat_declined", errcode)
    assert str(errcode) in trouble.message


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("errcode", [-1, -1000, 268487001, 43108, 45011])
def test_a_busy_wechat_did_nothing(wire: Wire, wechat: Gateway, call: Call, errcode: int) -> None:
    wire.say({"errcode": errcode, "errmsg": "system error"})

    trouble = trouble_of(call, wechat)

    assert type(trouble) is (Busy if errcode in (43108, 45011) else Overloaded)
    assert trouble.code == "wechat_busy"


@pytest.mark.parametrize("call", CALLS_WITH_TOKEN)
@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_a_rejected_token_is_told_apart_from_every_other_refusal(wire: Wire, wechat: Gateway, call: Call, errcode: int) -> None:
    wire.say({"errcode": errcode, "errmsg": "invalid credential"})

    trouble = trouble_of(call, wechat)

    assert type(trouble) is TokenRejected
    assert trouble.errcode == errcode
    assert len(wire.asked) == 1


@pytest.mark.parametrize("call", BY_SECRET)
def test_a_wrong_secret_is_no_rejected_token_although_wechat_calls_it_40001(wire: Wire, wechat: Gateway, call: Call) -> None:
    wire.say({"errcode": 40001, "errmsg": "AppSecret error"})

    trouble = trouble_of(call, wechat)

    assert type(trouble) is Declined
    assert trouble.errcode == 40001


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", ["500 Internal Server Error", "502 Bad Gateway", "413 Too Large"])
def test_an_http_error_may_have_happened(wire: Wire, wechat: Gateway, call: Call, status: str) -> None:
    wire.say({"errcode": -1}, status=status)

    trouble = trouble_of(call, wechat)

    assert type(trouble) is Unknown
    assert trouble.code == "outcome_unknown"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b"", b"[]", b'"ok"', b"null"])
def test_an_answer_that_is_no_json_object_may_have_happened(wire: Wire, wechat: Gateway, call: Call, body: bytes) -> None:
    wire.say(body)

    assert type(trouble_of(call, wechat)) is Unknown


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (fetch_token, {"errcode": 0}),
        (fetch_token, {"access_token": TOKEN}),
        (fetch_token, {"access_token": TOKEN, "expires_in": "soon"}),
        (exchange_code, {"session_key": SECRET}),
        (exchange_code, {"openid": OPENID}),
        (fetch_component_token, {"component_access_token": TOKEN}),
        (make_pre_auth_code, {"expires_in": 1800}),
        (redeem_authorization_code, {"authorization_info": {"authorizer_refresh_token": SECRET}}),
        (fetch_authorization, {"authorizer_info": {"user_name": SECRET}}),
        (refresh_authorizer_token, {"authorizer_refresh_token": SECRET, "expires_in": 7200}),
        (exchange_code_by_platform, {"session_key": SECRET}),
        (list_mini_programs, {"wxopens": {"items": [{"status": SECRET}]}}),
    ],
)
def test_an_answer_without_what_was_asked_for_is_unknown_and_tells_nothing_of_it(
    wire: Wire, wechat: Gateway, call: Call, said: dict[str, Any]
) -> None:
    wire.say(said)

    trouble = trouble_of(call, wechat)

    assert type(trouble) is Unknown
    assert not any(canary in everything_about(trouble) for canary in CANARIES)


def test_a_refused_connection_did_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]

    trouble = trouble_of(send_card, Gateway(f"http://127.0.0.1:{port}", timeout_s=TIMEOUT_S))

    assert type(trouble) is Busy
    assert trouble.code == "wechat_busy"


def test_a_read_timeout_may_have_happened() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        trouble = trouble_of(send_card, Gateway(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=IMPATIENT_S))

    assert type(trouble) is Unknown


def test_a_connection_that_breaks_before_the_answer_may_have_happened(wire: Wire, wechat: Gateway) -> None:
    wire.answers.append(b"")

    assert type(trouble_of(send_card, wechat)) is Unknown


def test_a_connection_that_breaks_within_the_answer_may_have_happened(wire: Wire, wechat: Gateway) -> None:
    wire.answers += [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n"]

    assert type(trouble_of(send_card, wechat)) is Unknown


class Unreachable(BaseAdapter):
    """A network in which no connection is made in time."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        raise requests.exceptions.ConnectTimeout(f"no route to {request.url}", request=request)

    def close(self) -> None:
        """Nothing is open."""


def test_a_connect_timeout_did_nothing(wire: Wire, wechat: Gateway) -> None:
    gateway._client(wire.url, TIMEOUT_S)._http.mount(wire.url, Unreachable())

    trouble = trouble_of(fetch_follower, wechat)

    assert type(trouble) is Busy
    assert not any(canary in everything_about(trouble) for canary in CANARIES)


def test_the_proxy_of_the_environment_is_asked_and_read_once(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    wire.say({"access_token": TOKEN, "expires_in": 7200})
    wire.say({"access_token": TOKEN, "expires_in": 7200})
    monkeypatch.setenv("http_proxy", wire.url)
    through = Gateway("http://wechat.invalid", timeout_s=TIMEOUT_S)

    fetch_token(through)
    monkeypatch.delenv("http_proxy")
    fetch_token(through)
    gateway._client("http://wechat.invalid", TIMEOUT_S)._http.close()

    assert len(wire.asked) == 2


# -- what is left behind ------------------------------------------------------------------------------------------


def test_wechatpys_client_is_made_once_and_its_connection_kept(wire: Wire) -> None:
    for _ in range(5):
        wire.say({"access_token": TOKEN, "expires_in": 7200})

    for _ in range(5):
        fetch_token(Gateway(wire.url, timeout_s=TIMEOUT_S))

    assert gateway._client.cache_info().misses == 1
    assert len(wire.asked) == 5
    assert wire.connections == 1


@pytest.mark.parametrize("call", CALLS)
def test_no_trouble_tells_a_secret_a_token_a_code_or_an_openid(
    wire: Wire, wechat: Gateway, call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    leak = " ".join(CANARIES)
    lists: dict[str, Any] = {"user_info_list": [], "result_list": []}
    tokens = {f"{kind}access_token": TOKEN for kind in ("", "component_", "authorizer_")}
    allowed = {"pre_auth_code": CODE, "authorization_info": {"authorizer_appid": APPID, "authorizer_refresh_token": SECRET}}
    wire.say({"errcode": 0, "expires_in": 1, "openid": OPENID, "session_key": SECRET, **tokens, **allowed, **lists})
    wire.say({"errcode": 40001, "errmsg": leak})
    wire.say({"errcode": 40125, "errmsg": leak})
    wire.say({"errcode": -1, "errmsg": leak})
    wire.say({"errmsg": leak}, status="500 Broken")
    wire.say(leak.encode())
    wire.say({"errcode": 45009, "errmsg": leak}, header="a line that is no header")
    wire.answers.append(b"")

    call(wechat)
    troubles = [trouble_of(call, wechat) for _ in range(7)]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        troubles.append(trouble_of(call, Gateway(f"http://127.0.0.1:{port}", timeout_s=IMPATIENT_S)))
    troubles.append(trouble_of(call, Gateway(f"http://127.0.0.1:{port}", timeout_s=TIMEOUT_S)))

    told = "\n".join(map(everything_about, troubles)) + "\n".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    assert wire.answers == []
    assert len(troubles) == 9
    assert not [canary for canary in (*CANARIES, "canary-content-45") if canary in told]
