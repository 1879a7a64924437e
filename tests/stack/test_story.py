"""The main job on the real stack: real queues, real schedules, IAM on."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from desk import shop, story
from desk.state import Addresses
from desk.teller import http, until
from tests.stack import logins
from tests.stack.conftest import ROOT, Stack

pytestmark = pytest.mark.stack


def test_the_story_holds_from_the_poster_to_the_reminder(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    failed = story.play(stack.addresses())

    told = capsys.readouterr().out
    assert failed == 0, told
    assert re.search(r"demo: (\d+) of \1 checks passed", told)
    assert "secret" not in told.replace("its secrets", "")


def test_everything_is_there_again_after_down_and_up(stack: Stack) -> None:
    """The story again on what the first one left: brand, accounts, rows, queues and schedules have survived."""
    key = liandong(stack, "key", "create", shop.BRAND, "--scope", "admin")["key"]
    before = http("GET", f"{stack.addresses().front}/v1/accounts", key=key)

    stack.desk("down")
    stack.desk("up")
    after = http("GET", f"{stack.addresses().front}/v1/accounts", key=key)
    _, rules = http("GET", f"{stack.addresses().front}/v1/reply-rules/demo.oa", key=key)
    answered = follow(stack)

    assert before == after
    assert before[0] == 200
    assert len(after[1]) == 3
    assert rules["version"] == 1
    assert "data-miniprogram-appid" in json.dumps(answered)


def test_fifty_threads_on_an_expired_token_cause_one_fetch(stack: Stack) -> None:
    """Fifty containers at once, each with its own cache, on the one row of a real table; the lease lets one through.

    The refresh of every minute may come first: then it is the one.
    """
    addresses, at_first = stack.addresses(), minted(stack)
    http("POST", f"{addresses.sandbox}/_sandbox/tokens/expire", {"appid": shop.ACCOUNT_APPID})
    expire_row(stack, shop.ACCOUNT_APPID)
    before = minted(stack)

    results = run(stack, FIFTY_THREADS)

    assert len(set(results)) == 1
    assert len(results) == 50
    assert minted(stack) - before <= 1
    assert minted(stack) > at_first


def test_a_storm_of_rejections_causes_one_refresh(stack: Stack) -> None:
    addresses = stack.addresses()
    http("POST", f"{addresses.sandbox}/_sandbox/tokens/revoke", {"appid": shop.ACCOUNT_APPID})
    before = minted(stack)

    results = run(stack, REJECTED_FIFTY_TIMES)

    assert set(results) == {"followed"}
    assert minted(stack) - before == 1


def test_a_follow_and_a_login_at_the_same_moment_are_one_person(stack: Stack) -> None:
    results = run(stack, SAME_MOMENT)

    assert len(results) == 8
    assert all(len(set(persons)) == 1 for persons in results)


def test_ten_first_logins_at_once_over_three_ends_are_one_person(stack: Stack) -> None:
    at = stack.addresses()
    user = logins.sandbox(at, "/users")["user"]

    sessions = logins.all_at_once(at, user, [*[logins.in_mini_program, logins.in_app, logins.on_web_page] * 3, logins.in_mini_program])

    refused = [each for each in sessions if not isinstance(each, dict)]
    assert refused == []
    seen = [http("GET", f"{at.front}/v1/me", key=session["session_token"])[1]["person"] for session in sessions]
    assert len({person["id"] for person in seen}) == 1
    assert [each["type"] for each in seen[0]["identifiers"]] == ["openid", "openid", "openid", "unionid"]


def test_who_follows_and_logs_in_in_the_same_instant_is_one_person(stack: Stack) -> None:
    at = stack.addresses()
    user = logins.sandbox(at, "/users")["user"]
    key = liandong(stack, "key", "create", shop.BRAND, "--scope", "people:read")["key"]

    _, session = logins.all_at_once(at, user, [logins.following, logins.in_mini_program])

    _, contact = http("GET", f"{at.sandbox}/_sandbox/users/{user}?appid={shop.ACCOUNT_APPID}")
    follower = {"type": "openid", "value": contact["openid"], "account": shop.ACCOUNT}
    found = until(lambda: http("POST", f"{at.front}/v1/people/lookup", follower, key=key), lambda answer: answer[0] == 200)[1]
    _, me = http("GET", f"{at.front}/v1/me", key=session["session_token"])
    assert found["id"] == me["person"]["id"]
    assert [each["type"] for each in found["identifiers"]] == ["openid", "openid", "unionid"]


def test_a_reply_of_an_account_without_web_login_leads_to_a_page_logged_in(stack: Stack) -> None:
    """The door's role lets it seal a ticket: with keys it may read and not make."""
    at = stack.addresses()
    key = liandong(stack, "key", "create", shop.BRAND, "--scope", "admin")["key"]
    make_plain_account(at, key)
    user = logins.sandbox(at, "/users")["user"]
    logins.sandbox(at, f"/users/{user}/follow", {"appid": PLAIN["appid"]})

    def ask() -> str | None:
        asked = {"appid": PLAIN["appid"], "msgtype": "text", "content": "绑定"}
        (delivery, *_) = logins.sandbox(at, f"/users/{user}/send", asked)["push"]["deliveries"]
        found = re.search(r"/j/([^\"]+)", (delivery["reply"] or {}).get("Content", ""))
        return found and found[1]

    proof = {"ticket": until(ask, bool), "account": f"{shop.BRAND}.plain"}
    status, login = until(lambda: http("POST", f"{at.front}/v1/sessions/ticket", proof), lambda answer: answer[0] != 503)

    assert status == 201
    assert http("GET", f"{at.front}/v1/me", key=login["session_token"])[1]["account"] == f"{shop.BRAND}.plain"


PLAIN = {"name": "plain", "kind": "official_account", "appid": "wxplain000000001", "original_id": "gh_plain"}
PLAIN_SECRETS = {"callback_token": "PlainToken01", "aes_key": "PlainAesKeyOfTheSubscriptionAccount01234567"}


def make_plain_account(at: Addresses, key: str) -> None:
    """A further official account, without web login; whatever is said to it is answered with a link to our page."""
    rule = {"name": "bind", "when": {"on": "default"}, "text": [{"label": "绑定手机号", "page": "phone"}]}
    account = f"{at.front}/v1/accounts/{shop.BRAND}.plain"
    told = [
        http("POST", f"{at.front}/v1/accounts", {**PLAIN, **PLAIN_SECRETS, "app_secret": "plain-secret"}, key=key),
        http("PUT", f"{account}/web-origins", {"web_origins": [], "web_login": False}, key=key),
        http("PUT", f"{at.front}/v1/reply-rules/{shop.BRAND}.plain", {"rules": [rule]}, key=key),
    ]
    assert [status for status, _ in told] == [201, 200, 201], told
    callback = {"url": f"{at.front}/wechat/{shop.BRAND}.plain", "mode": "safe", "format": "xml", "token": PLAIN_SECRETS["callback_token"]}
    shown = {name: PLAIN[name] for name in ("appid", "kind", "original_id")}
    logins.sandbox(at, "/accounts", {**shown, "secret": "plain-secret", "callback": {**callback, "aes_key": PLAIN_SECRETS["aes_key"]}})


def test_the_archive_answers_who_did_what(stack: Stack) -> None:
    """The worker's role lets it bring to the bucket, and compact's lets it read there, with DuckDB from its layer."""
    at = stack.addresses()
    key = liandong(stack, "key", "create", shop.BRAND, "--scope", "admin", "--scope", "personal:read")["key"]
    user = logins.sandbox(at, "/users")["user"]
    (session,) = logins.all_at_once(at, user, [logins.in_mini_program])
    event = {"name": "stack_view", "at": "2026-11-20T11:00:00+08:00", "properties": {"sku": "A1"}}
    told = http("POST", f"{at.front}/v1/me/events", {"events": [{**event, "id": str(n)} for n in range(3)]}, key=session["session_token"])
    assert (told[0], told[1]["accepted"]) == (202, 3)
    until(lambda: http("GET", f"{at.front}/v1/people/{session['person']}/behaviour?days=90", key=key)[1]["events"], bool)

    asked = {"people": {"event": "stack_view", "where": [{"property": "sku", "is": "A1"}], "at_least": 3}}
    query = http("POST", f"{at.front}/v1/people/query", asked, key=key)[1]["id"]
    answer = until(lambda: http("GET", f"{at.front}/v1/queries/{query}", key=key)[1], lambda shown: shown["state"] != "waiting")

    assert (answer["state"], answer["found"]) == ("done", 1)
    assert [each["person"] for each in answer["people"]] == [session["person"]]
    assert len(answer["people"][0]["unionids"]) == 1


def test_a_hundred_orders_of_the_till_are_seen_in_the_mini_program(stack: Stack) -> None:
    """The roles of the records' worker and of the api let an order through, from the batch to the index of who brought it."""
    at = stack.addresses()
    key = liandong(stack, "key", "create", shop.BRAND, "--scope", "records:write")["key"]
    user = logins.sandbox(at, "/users")["user"]
    status, session = logins.in_mini_program(at, user)()
    _, contact = http("GET", f"{at.sandbox}/_sandbox/users/{user}?appid={shop.MINI_APPID}")
    who = {"unionid": contact["unionid"]}
    data = {"订单状态": "已支付", "金额": "¥128.00"}
    orders = [{"type": "order", "id": f"H-{place:03}", "at": "2026-11-20T11:00:00+08:00", "who": who, "data": data} for place in range(100)]

    taken = http("POST", f"{at.front}/v1/records", {"records": orders}, key=key)
    mine = f"{at.front}/v1/me/orders?limit=100"
    seen = until(lambda: http("GET", mine, key=session["session_token"])[1]["records"], lambda records: len(records) == 100)

    assert (status, taken[0], taken[1]["accepted"]) == (201, 202, 100)
    assert {each["id"] for each in seen} == {each["id"] for each in orders}
    assert {each["data"]["total_fen"] for each in seen} == {12800}
    batch = http("GET", f"{at.front}/v1/batches/{taken[1]['id']}", key=key)[1]
    assert (batch["stored"], batch["waiting"]) == (100, 0)


def test_the_schedule_counts_how_many_people_are_known(stack: Stack) -> None:
    """The role of work_jobs lets it read the index, the people and what it has counted itself, and keep that."""
    counted = until(lambda: run(stack, SHARDS_COUNTED), lambda shards: sum(shards) >= 10, within_s=110)

    assert sum(counted) >= 10


def test_a_file_is_imported_counted_and_watched(stack: Stack, tmp_path: Path) -> None:
    """The roles of api, keep_records and watch_records let them count with what they write, leave samples and look."""
    at = stack.addresses()
    liandong(stack, "brand", "create", "grocer")
    key = liandong(stack, "key", "create", "grocer", "--scope", "admin")["key"]
    file = tmp_path / "orders.csv"
    rows = ("订单号,下单时间,手机号,状态,金额", "S-1,2025-11-18 20:15,13912345678,已完成,12.5", "S-2,2025-11-18 20:16,13912345679,待发货,8")
    file.write_text("\n".join(rows), "gb18030")
    imports = ("import", "order", str(file), "--source", "shop", "--id", "订单号", "--at", "下单时间", "--who", "phone=手机号")

    brought = liandong(stack, *imports, LIANDONG_URL=at.front, LIANDONG_KEY=key)
    (source,) = http("GET", f"{at.front}/v1/sources", key=key)[1]["sources"]
    _, tried = http("POST", f"{at.front}/v1/dictionary/dry-run", {"types": {"order": {}}}, key=key)
    watched = run(stack, WATCHED)

    assert (brought["lines"], brought["stored"]) == (2, 2)
    assert (source["received"], source["stored"], source["waiting"]) == (2, 2, 0)
    assert tried["types"][0]["kept"]["looked_at"] == 2
    assert watched == {"error": None, "marks": 0}, watched


def test_a_body_beyond_the_limit_and_a_wrong_type_are_refused_at_the_front(stack: Stack) -> None:
    front = stack.addresses().front

    large = send(f"{front}/wechat/demo.oa", b"x" * 1_100_000, "text/xml")
    typed = send(f"{front}/v1/keys", b"<xml/>", "text/xml")
    missing = send(f"{front}/v1/nothing", b"{}", "application/json")

    assert large[0] in {403, 413}
    assert (typed[0], typed[1]["Code"]) == (415, "content_type")
    assert missing[0] == 403


# -- what the tests ask of a process of their own, so that many containers can be played at once ------------------

PRELUDE = """
import json, threading
from datetime import datetime, timezone
import msgspec
from chalicelib import wiring
from chalicelib.accounts.flows import register, tokens
from chalicelib.aws.tables import TableError
from chalicelib.errors import Busy
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType, Rank

def container():
    return wiring.build_world()

def at_once(work, count):
    barrier, results = threading.Barrier(count), [None] * count
    def run(place):
        world = container()
        account = register.find_account("demo.oa", world=world, now=world.now())
        barrier.wait()
        while results[place] is None:  # as a queue would bring it again
            try:
                results[place] = work(place, world, account, world.now())
            except (Busy, TableError):
                pass
    threads = [threading.Thread(target=run, args=(place,)) for place in range(count)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return results
"""
FIFTY_THREADS = "print(json.dumps(at_once(lambda place, world, account, now: tokens.fetch_token(account, world=world, now=now).value, 50)))"
REJECTED_FIFTY_TIMES = """
import os
openid = os.environ["STORY_OPENID"]
def ask(place, world, account, now):
    follower = tokens.with_token(account, lambda token: world.wechat.fetch_follower(token, openid), world=world, now=now)
    return "followed" if follower.subscribed else "gone"
print(json.dumps(at_once(ask, 50)))
"""
SHARDS_COUNTED = """
from chalicelib.identity.tables import coverage
print(json.dumps([len(each.shards) for each in coverage.list_newest("demo", before=None)]))
"""
WATCHED = """
import boto3
from chalicelib.hub.tables import sources
parts = ("version", "account", "region", "detail-type", "source", "time", "id")
event = {**dict.fromkeys(parts, ""), "detail": {}, "resources": []}
answer = boto3.client("lambda").invoke(FunctionName="liandong-local-watch_records", Payload=json.dumps(event).encode())
marks = sources.list_waiting("grocer", until=datetime(2100, 1, 1, tzinfo=timezone.utc), most=100)
said = answer["Payload"].read().decode() if "FunctionError" in answer else None
print(json.dumps({"error": said, "marks": len(marks)}))
"""
SAME_MOMENT = """
def meet(place, world, account, now):
    union = Identifier(IdentifierType.unionid, f"same-moment-{now:%H%M%S}-{place // 3}")
    end = ("oa", "mini", "app")[place % 3]
    openid = Identifier(IdentifierType.openid, f"{union.value}-{end}", end)
    told = dict(rank=Rank.attested, source="test", at=now, world=world, now=now)
    return identity.assert_link("demo", openid, union, **told).person and (openid, union)
pairs = at_once(meet, 24)
world = container()
now = world.now()
unions = [[each for pair in pairs[start : start + 3] for each in pair] for start in range(0, 24, 3)]
persons = [[identity.find_person("demo", each, world=world, now=now) for each in union] for union in unions]
print(json.dumps(persons))
"""


def run(stack: Stack, program: str) -> Any:
    """Run a program with the stack's environment; the JSON it printed."""
    addresses = stack.addresses()
    environ = {**stack.environ, **addresses.environment, "STORY_OPENID": visitor(stack)}
    done = subprocess.run([sys.executable, "-c", PRELUDE + program], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def liandong(stack: Stack, *arguments: str, **variables: str) -> Any:
    environ = {**stack.environ, **stack.addresses().environment, **variables}
    done = subprocess.run(
        [sys.executable, "-m", "liandong", *arguments], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def visitor(stack: Stack) -> str:
    """The openid of a user who follows."""
    sandbox = stack.addresses().sandbox
    _, users = http("GET", f"{sandbox}/_sandbox/users")
    for user in users["users"]:
        _, seen = http("GET", f"{sandbox}/_sandbox/users/{user['user']}?appid={shop.ACCOUNT_APPID}")
        if seen["follows"]:
            openid: str = seen["openid"]
            return openid
    raise AssertionError("nobody follows")


def follow(stack: Stack) -> Any:
    sandbox = stack.addresses().sandbox
    _, user = http("POST", f"{sandbox}/_sandbox/users", {})
    _, answered = http("POST", f"{sandbox}/_sandbox/users/{user['user']}/follow", {"appid": shop.ACCOUNT_APPID})
    return answered


def minted(stack: Stack) -> int:
    _, log = http("GET", f"{stack.addresses().sandbox}/_sandbox/log?path={story.TOKENS}&appid={shop.ACCOUNT_APPID}")
    return len(log["calls"])


def expire_row(stack: Stack, appid: str) -> None:
    """Let the stored token's life be over."""
    program = f"""
import boto3, time
boto3.client("dynamodb").update_item(
    TableName="liandong-local-credentials", Key={{"pk": {{"S": "demo"}}, "sk": {{"S": "{appid}#access_token"}}}},
    UpdateExpression="SET expires_at = :now", ExpressionAttributeValues={{":now": {{"N": str(int(time.time()))}}}})
print("null")
"""
    run(stack, program)


def send(url: str, body: bytes, content_type: str) -> tuple[int, Any]:
    request = urllib.request.Request(url, data=body, headers={"Content-Type": content_type}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")
