"""The story the demo plays on the running stack: a visitor follows, books, logs in and is reminded; and what must not work does not.

Everything goes through the real doors: the front address, the sandbox's pushes, the deployed queues and schedules.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from desk import phone, poster, shop, voice
from desk.one_person import be_one, be_told_apart, give_phone
from desk.settings import ROOT
from desk.shop import ACCOUNT, ACCOUNT_APPID, BRAND, MINI, MINI_APPID, SECRETS, TEMPLATE
from desk.state import Addresses
from desk.teller import Failed, Teller, http, short, strings_in, until
from desk.till import bring_order

TAKEN = frozenset({"accepted", "delivered", "read"})
CARDS, REMINDERS, TOKENS = "/cgi-bin/message/custom/send", "/cgi-bin/message/subscribe/send", "/cgi-bin/stable_token"
SCHEDULE_PATIENCE_S = 110


class Story(Teller):
    """This story's visitor, and what later scenes need of earlier ones."""

    def __init__(self, addresses: Addresses) -> None:
        super().__init__(addresses)
        self.code = ""
        self.unionid = ""
        self.session = ""
        self.phone: dict[str, str] = {}
        self.person = ""
        self.texted_at = 0.0
        self.message = ""
        self.due = datetime.now(UTC)
        self.entry = ""
        self.follows = 0
        self.before: dict[str | None, dict[str, int]] = {}

    @property
    def openids(self) -> set[str]:
        return {self.wechat(f"/users/{self.user}?appid={appid}", method="GET")["openid"] for appid in SECRETS}

    def sent_to_visitor(self, path: str) -> list[dict[str, Any]]:
        """What WeChat took for the visitor on one path."""
        return [call for call in self.calls(path) if not call["errcode"] and self.openids & set(strings_in(call["body"]))]


def play(addresses: Addresses) -> int:
    """Tell the story on a running stack; 0 when every check passed."""
    story = Story(addresses)
    try:
        for number, (title, scene) in enumerate(SCENES, 1):
            story.title(f"{number}. {title}")
            scene(story)
    except (Failed, OSError, KeyError, TypeError) as error:
        story.check(False, f"the story could not go on: {type(error).__name__}: {error}")
    print(f"\ndemo: {story.passed} of {story.checked} checks passed")
    print(f"look at  {addresses.front}/openapi.json   {addresses.sandbox}/_sandbox/log   {addresses.sandbox}/_sandbox/users")
    print(f"play on  {phone.page_of(addresses)}", flush=True)
    return 0 if story.passed == story.checked else 1


def set_up(story: Story) -> None:
    """A brand, its first key by the command line, two accounts by API, reply rules."""
    _command_line(story, "brand", "create", BRAND, "--title", "Demo", allowed="brand_taken")
    scopes = [part for scope in ("admin", "tokens:read") for part in ("--scope", scope)]
    story.key = _command_line(story, "key", "create", BRAND, *scopes, "--note", "demo", shown=False)["key"]
    for appid, name, kind, original in (
        (ACCOUNT_APPID, "oa", "official_account", "gh_demo00000001"),
        (MINI_APPID, "mini", "mini_program", "gh_demo00000002"),
    ):
        app_secret, token, aes_key = SECRETS[appid]
        order = {"name": name, "kind": kind, "appid": appid, "original_id": original, "callback_mode": "safe"}
        secrets = {"app_secret": app_secret, "callback_token": token, "aes_key": aes_key}
        story.tell("→", f"POST /v1/accounts  {short(order)} and its secrets")
        status, answer = http("POST", story.addresses.front + "/v1/accounts", {**order, **secrets}, key=story.key)
        story.tell("←", f"{status} {short(answer)}")
        story.check(status == 201 or answer["Code"] == "account_taken", f"the account {BRAND}.{name} is there")
        shop.tell_sandbox(story, BRAND, appid, name, kind, original)
    answered = story.wechat(f"/accounts/{ACCOUNT_APPID}/verify-url", {})
    story.check(bool(answered.get("passed", answered.get("pass"))), "WeChat's check of the callback address passes")
    status, token = http("GET", f"{story.addresses.front}/v1/tokens/{ACCOUNT}", key=story.key)
    story.check(status == 200, "the broker lends the shop's other systems the access token")
    thumb = shop.upload_picture(story, token["access_token"])
    status, _ = story.api("PUT", f"/v1/reply-rules/{ACCOUNT}", shop.reply_rules(thumb, MINI))
    story.check(status == 201, "reply rules are published")
    shop_scopes = [part for scope in ("messages:write", "records:write", "attribution:read") for part in ("--scope", scope)]
    shop_key = _command_line(story, "key", "create", BRAND, *shop_scopes, "--note", "shop", shown=False)["key"]
    phone.equip(story, shop_key=shop_key)
    if not story.wechat("/users", method="GET")["users"]:
        story.wechat("/users", {"name": phone.NEWCOMER})
    story.user = story.wechat("/users", {"name": phone.VISITOR})["user"]


def follow(story: Story) -> None:
    """The poster's QR code, a follow, a welcome with a link into the mini program."""
    push = until(lambda: _follow_anew(story), lambda answer: "data-miniprogram-appid" in short(answer["push"]))["push"]
    story.check("data-miniprogram-appid" in json.dumps(push, ensure_ascii=False), "the welcome carries a link into the mini program")


def book(story: Story) -> None:
    """A keyword, a text at once, a card right after it."""
    answer = story.act("send", appid=ACCOUNT_APPID, msgtype="text", content="预约")
    story.check("预约" in json.dumps(answer["push"], ensure_ascii=False), "a text answers at once")
    cards = until(lambda: story.sent_to_visitor(CARDS), bool)
    story.check(len(cards) == 1 and "miniprogrampage" in short(cards[0]), "a mini-program card arrives right after it")


def log_in(story: Story) -> None:
    """The menu opens the mini program at a page: one person with both identifiers."""
    launch = poster.tap_menu(story)
    story.code = story.act("login", appid=MINI_APPID)["code"]
    login = {"account": MINI, "code": story.code, "launch": launch}
    story.tell("→", f"POST /v1/sessions/mini-program  {short(launch)} and the code")
    status, session = http("POST", f"{story.addresses.front}/v1/sessions/mini-program", login)
    story.check(status == 201, "the code becomes a session")
    story.session = session["session_token"]
    status, me = story.api("GET", "/v1/me", key=story.session)
    kinds = sorted((each["type"], each["account"] or "") for each in me["person"]["identifiers"])
    expected = [("openid", MINI), ("openid", ACCOUNT), ("unionid", "")]
    story.check(kinds == expected, "one person with both openids, joined by the unionid")
    unionid = story.wechat(f"/users/{story.user}?appid={MINI_APPID}", method="GET")["unionid"]
    story.tell("→", "POST /v1/people/lookup  by unionid")
    _, found = http("POST", f"{story.addresses.front}/v1/people/lookup", {"type": "unionid", "value": unionid}, key=story.key)
    story.check(found.get("id") == me["person"]["id"], "the shop's systems find the same person by unionid")
    story.unionid = unionid


def plan_reminder(story: Story) -> None:
    """One subscription accepted, one reminder planned; the deployed schedule will fire it."""
    story.act("subscribe", appid=MINI_APPID, template_id=TEMPLATE, answer="accept")
    due = datetime.now(UTC) + timedelta(seconds=20)
    order = {
        "to": {"type": "unionid", "value": story.unionid},
        "purpose": "service",
        "channels": [
            {
                "channel": "subscribe_message",
                "account": MINI,
                "template_id": TEMPLATE,
                "data": {"thing1": "肩颈护理", "time2": "2026-11-21 15:00"},
            }
        ],
        "not_before": due.isoformat(),
    }
    story.tell("→", f"POST /v1/messages  not before {due:%H:%M:%S} UTC")
    status, message = http("POST", f"{story.addresses.front}/v1/messages", order, key=story.key)
    story.tell("←", f"{status} {short(message)}")
    story.check(status == 202 and message["state"] == "planned", "the reminder is planned")
    story.message, story.due = message["id"], due


def repeat(story: Story) -> None:
    """WeChat delivers one callback three times."""
    before = len(story.sent_to_visitor(CARDS))
    openid = story.wechat(f"/users/{story.user}?appid={ACCOUNT_APPID}", method="GET")["openid"]
    story.wechat(f"/users/{story.user}/send", {"appid": ACCOUNT_APPID, "msgtype": "text", "content": "你好"})
    fields = {"FromUserName": openid, "MsgType": "text", "Content": "预约", "MsgId": uuid.uuid4().int >> 66}
    deliveries = story.wechat("/push", {"appid": ACCOUNT_APPID, "fields": fields, "times": 3})["deliveries"]
    for delivery in deliveries:
        story.tell("←", f"{delivery['status']} {delivery['outcome']}: {short(delivery['reply'])}")
    story.check(len(deliveries) == 3 and all(each["status"] == 200 for each in deliveries), "each of the three is answered")
    until(lambda: story.sent_to_visitor(CARDS), lambda cards: len(cards) > before)
    time.sleep(3)  # long enough for a second card, if there were to be one
    story.check(len(story.sent_to_visitor(CARDS)) == before + 1, "they have one effect: one card")


def revoke(story: Story) -> None:
    """WeChat invalidates the token while it is in use."""
    story.wechat("/tokens/revoke", {"appid": ACCOUNT_APPID})
    minted, cards = len(story.calls(TOKENS, appid=ACCOUNT_APPID)), len(story.sent_to_visitor(CARDS))
    story.act("send", appid=ACCOUNT_APPID, msgtype="text", content="预约")
    arrived = until(lambda: story.sent_to_visitor(CARDS), lambda now: len(now) > cards)
    story.check(len(arrived) == cards + 1, "the card arrives all the same")
    asked = len(story.calls(TOKENS, appid=ACCOUNT_APPID)) - minted
    story.check(asked == 1, f"one refresh, no more ({asked})")


def refuse(story: Story) -> None:
    """What must not work."""
    status, answer = story.api("POST", "/v1/sessions/mini-program", {"account": MINI, "code": story.code}, key="")
    story.check(status == 400 and answer["Code"] == "login_code_used", "a login code used again is refused, and says so")
    fields = {"MsgType": "text", "Content": "x", "MsgId": uuid.uuid4().int >> 66}
    for words, wanted, code in (
        ("a forged signature", {"forge": "signature"}, "callback_refused"),
        ("a callback with another account's tail", {"forge": "appid"}, "callback_unreadable"),
        ("malformed XML", {"raw_body": "<xml><ToUserName>"}, "callback_unreadable"),
    ):
        (delivery,) = story.wechat("/push", {"appid": ACCOUNT_APPID, "fields": fields, **wanted})["deliveries"]
        story.tell("←", f"{words}: {delivery['status']} {delivery['body']}")
        story.check(400 <= delivery["status"] < 500 and code in delivery["body"], f"{words} is refused ({code})")


def be_reminded(story: Story) -> None:
    """The deployed schedule fires the reminder, once."""
    story.tell("…", "the rule runs every minute; nothing here calls it")
    sent = until(lambda: story.sent_to_visitor(REMINDERS), bool, within_s=SCHEDULE_PATIENCE_S)
    story.check(len(sent) == 1, "the reminder arrives in WeChat once")
    if sent:
        story.check(float(sent[0]["at"]) >= story.due.timestamp(), "not before it was due")
    path = f"/v1/messages/{story.message}"
    message = until(lambda: http("GET", story.addresses.front + path, key=story.key)[1], lambda answer: answer["state"] in TAKEN)
    story.tell("←", short(message))
    story.check(message["state"] in TAKEN, "its row says that WeChat took it, with every step")


def _follow_anew(story: Story) -> Any:
    """Rules take up to ten seconds to reach a warm container that knows older ones: then the visitor follows once more."""
    if story.wechat(f"/users/{story.user}?appid={ACCOUNT_APPID}", method="GET")["follows"]:
        story.wechat(f"/users/{story.user}/unfollow", {"appid": ACCOUNT_APPID})
    story.follows += 1
    return story.act("follow", appid=ACCOUNT_APPID, scene_str=f"e_{story.entry}")


def _command_line(story: Story, *arguments: str, allowed: str = "", shown: bool = True) -> Any:
    """`python -m liandong …` as an operator would call it."""
    story.tell("$", "python -m liandong " + " ".join(arguments))
    environ = {**os.environ, **story.addresses.environment}
    done = subprocess.run(
        [sys.executable, "-m", "liandong", *arguments], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    told = json.loads(done.stdout or done.stderr.strip().splitlines()[-1])
    story.tell("←", short(told) if shown else "a key, shown this once")
    fine = done.returncode == 0 or told["Code"] == allowed
    story.check(fine, f"{arguments[0]} {arguments[1]}")
    return told


SCENES = (
    ("A brand, its first key, an official account and a mini program", set_up),
    ("A poster and a menu are put up", poster.put_up),
    ("A visitor scans the poster and follows (safe mode: encrypted both ways)", follow),
    ("The visitor writes 预约", book),
    ("The visitor taps the menu and opens the mini program", log_in),
    ("The visitor opens 绑定手机号 in the account's menu, a page of ours, and adds a phone", give_phone),
    ("The visitor accepts one subscription, the shop books a reminder", plan_reminder),
    ("WeChat delivers the same callback three times", repeat),
    ("WeChat invalidates the access token", revoke),
    ("What must not work does not", refuse),
    ("The shop says what its orders tell, and how often it writes", voice.lay_down_rules),
    ("The schedule fires the reminder", be_reminded),
    ("The visitor logs in to the app with the same phone", be_one),
    ("An operator tells the phone and the visitor apart, and takes it back", be_told_apart),
    ("An order comes from the till, by the visitor's phone", bring_order),
    ("What the poster brought, from the scan to the orders", poster.tell_ways),
    ("An order is shipped: a rule tells its buyer, by the way that is open", voice.tell_of_shipping),
    ("Marketing asks first, keeps to one a day, and a no at one end is a no at all", voice.ask_and_stop),
)
