"""Sends pushes to callbacks as WeChat does: signed, perhaps encrypted, repeated when the answer is no use."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from sandbox import crypto, ids, people, replies, wire
from sandbox.emulator import Sandbox
from sandbox.official import desk, history
from sandbox.platform import routes
from sandbox.state import Account, Callback, Format, Kind, Mode, Push, Shown
from sandbox.transport import Answer, Request, TimedOutError, UnreachableError
from sandbox.wire import MalformedError
from sandbox.words import Delivery, Outcome, PushRecord

_HEARD = (Outcome.ACKNOWLEDGED, Outcome.REPLIED)
_BODY_KEPT = 20_000
_USUAL = wire.Shape()


class Seal(Struct, frozen=True):
    """What goes into the signature and the ciphertext of one delivery."""

    timestamp: str
    nonce: str
    salt: bytes


def compose(sandbox: Sandbox, account: Account, openid: str, msgtype: str, fields: dict[str, Any], *, delay_s: float = 0.0) -> Push:
    """A push about a person: the common head, the fields, and for a message its MsgId."""
    push_id = sandbox.next_message_id()
    head = {"ToUserName": account.original_id, "FromUserName": openid, "CreateTime": int(sandbox.now()), "MsgType": msgtype}
    tail = {} if msgtype == "event" else {"MsgId": push_id}
    return Push(id=push_id, appid=account.appid, openid=openid, fields={**head, **fields, **tail}, due_at=sandbox.now() + delay_s)


def make_seal(sandbox: Sandbox) -> Seal:
    """A new timestamp, nonce and salt: repeats of a push differ in them."""
    at = sandbox.real_now() if sandbox.state.settings.sign_pushes_with_real_time else sandbox.now()
    return Seal(timestamp=str(int(at)), nonce=ids.nonce(sandbox.random), salt=ids.salt(sandbox.random))


def write(push: Push, account: Account, callback: Callback, seal: Seal, *, shape: wire.Shape = _USUAL) -> Request:
    """The request that carries the push in the callback's mode and format."""
    text = wire.write(push.fields, callback.format, shape=shape)
    if callback.mode is Mode.PLAIN:
        return address(callback, seal, push.openid, body=text)
    key = crypto.decode_key(callback.aes_key)
    ciphertext = crypto.encrypt(text.encode(), key=key, appid=callback.sealed_for or account.appid, salt=seal.salt)
    body = envelop(push, callback, ciphertext, shape=shape)
    return address(callback, seal, push.openid, body=body, ciphertext=ciphertext)


def envelop(push: Push, callback: Callback, ciphertext: str, *, shape: wire.Shape = _USUAL) -> str:
    """The body around a ciphertext: in compatible mode beside the plain fields."""
    address_fields: dict[str, Any] = {name: push.fields[name] for name in ("ToUserName", "AppId") if name in push.fields}
    plain = push.fields if callback.mode is Mode.COMPATIBLE else address_fields
    return wire.write({**plain, "Encrypt": ciphertext}, callback.format, shape=shape)


def address(callback: Callback, seal: Seal, openid: str, *, body: str, ciphertext: str | None = None) -> Request:
    """The signed request; a ciphertext adds encrypt_type and msg_signature."""
    query = {"signature": crypto.sign(callback.token, seal.timestamp, seal.nonce), "timestamp": seal.timestamp, "nonce": seal.nonce}
    if openid:
        query["openid"] = openid
    if ciphertext is not None:
        query["encrypt_type"] = "aes"
        query["msg_signature"] = crypto.sign(callback.token, seal.timestamp, seal.nonce, ciphertext)
    content_type = "text/xml" if callback.format is Format.XML else "application/json"
    return Request(method="POST", url=with_query(callback.url, query), body=body.encode(), content_type=content_type)


def with_query(url: str, query: dict[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def deliver(sandbox: Sandbox, push: Push) -> PushRecord:
    """Deliver until the callback answers well or the tries are used up, then show the person what came of it."""
    account = sandbox.state.accounts.get(push.appid)
    deliveries: list[Delivery] = []
    screen: replies.Screen | None = None
    callback = None if account is None else routes.find_callback(sandbox, account)
    if account is not None and callback is not None:
        deliveries, screen = _try_repeatedly(sandbox, push, account, callback)
    with sandbox.lock:
        for delivery in deliveries:
            history.note_delivery(sandbox, push.appid, ms=delivery.ms, failed=delivery.outcome not in _HEARD)
        _try_later(sandbox, push, account, deliveries)
        seen = _show(sandbox, push, deliveries, screen)
        _hand_over(sandbox, push, deliveries)
        record = PushRecord(push.id, push.appid, push.openid, push.fields, deliveries, seen)
        sandbox.records.append(record)
        sandbox.diary.note("push", record, at=sandbox.now(), user=_whose(sandbox, push), appid=push.appid)
    return record


def _whose(sandbox: Sandbox, push: Push) -> str:
    """The person a push is about; empty for system pushes."""
    contact = sandbox.contact(push.appid, push.openid)
    return "" if contact is None else contact.user


def _try_repeatedly(sandbox: Sandbox, push: Push, account: Account, callback: Callback) -> tuple[list[Delivery], replies.Screen | None]:
    settings = sandbox.state.settings
    deliveries: list[Delivery] = []
    at_once = 1 if push.tried else settings.deliveries
    while True:
        with sandbox.lock:
            seal = make_seal(sandbox)
        request = write(push, account, callback, seal, shape=wire.shape_of(settings))
        delivery, screen = try_once(sandbox, request, push, account, callback)
        deliveries.append(delivery)
        if delivery.outcome in _HEARD or len(deliveries) >= at_once or not _is_repeated(sandbox, delivery):
            return deliveries, screen
        if settings.retry_wait_s:
            sandbox.sleep(settings.retry_wait_s)


def _try_later(sandbox: Sandbox, push: Push, account: Account | None, deliveries: list[Delivery]) -> None:
    """A shop's event that nobody took is tried again for hours."""
    settings, tried = sandbox.state.settings, push.tried + len(deliveries)
    if account is None or account.kind is not Kind.SHOP or not deliveries or deliveries[-1].outcome in _HEARD:
        return
    if tried < settings.shop_deliveries:
        waits = settings.shop_retry_waits_s
        wait_s = waits[min(max(0, tried - settings.deliveries), len(waits) - 1)]
        sandbox.enqueue(replace(push, due_at=sandbox.now() + wait_s, tried=tried))


def _is_repeated(sandbox: Sandbox, delivery: Delivery) -> bool:
    if delivery.outcome is Outcome.BAD_STATUS:
        return sandbox.state.settings.retry_on_bad_status
    if delivery.outcome is Outcome.MALFORMED:
        return sandbox.state.settings.retry_on_malformed
    return True


def try_once(
    sandbox: Sandbox, request: Request, push: Push, account: Account, callback: Callback
) -> tuple[Delivery, replies.Screen | None]:
    """One delivery, and what its reply would show."""
    timeout_s = sandbox.state.settings.push_timeout_s
    try:
        answer = sandbox.transport.send(request, timeout_s=timeout_s)
    except TimedOutError as error:
        return Delivery(None, int(timeout_s * 1000), Outcome.TIMED_OUT, None, "", str(error)), None
    except UnreachableError as error:
        return Delivery(None, 0, Outcome.UNREACHABLE, None, "", str(error)), None
    return _judge(sandbox, answer, push, account, callback)


def _judge(sandbox: Sandbox, answer: Answer, push: Push, account: Account, callback: Callback) -> tuple[Delivery, replies.Screen | None]:
    ms, body = int(answer.elapsed_s * 1000), answer.body.decode(errors="replace")[:_BODY_KEPT]
    if answer.status != 200:
        return Delivery(answer.status, ms, Outcome.BAD_STATUS, None, body, f"HTTP status {answer.status}"), None
    fields: dict[str, Any] | None = None
    try:
        fields = replies.read(answer.body, account, callback)
        if fields is None:
            return Delivery(answer.status, ms, Outcome.ACKNOWLEDGED, None, body, ""), None
        with sandbox.lock:
            screen = replies.render(sandbox, fields, account, push) if may_answer(sandbox, push) else None
    except MalformedError as error:
        return Delivery(answer.status, ms, Outcome.MALFORMED, fields, body, str(error)), None
    return Delivery(answer.status, ms, Outcome.REPLIED, fields, body, ""), screen


def may_answer(sandbox: Sandbox, push: Push) -> bool:
    """Whether a reply to this push can reach the person: not to events like unsubscribe or receipts."""
    return bool(push.openid) and push.fields.get("Event", "") not in sandbox.state.settings.silent_events


def _hand_over(sandbox: Sandbox, push: Push, deliveries: list[Delivery]) -> None:
    """A reply transfer_customer_service puts a person of an official account into the hands of an agent."""
    reply = deliveries[-1].reply if deliveries and deliveries[-1].outcome is Outcome.REPLIED else None
    account = sandbox.state.accounts.get(push.appid)
    if reply is None or reply.get("MsgType") != "transfer_customer_service" or account is None or account.kind is not Kind.OFFICIAL_ACCOUNT:
        return
    wanted = reply.get("TransInfo")
    event = desk.transfer(sandbox, push.appid, push.openid, str(wanted.get("KfAccount", "")) if isinstance(wanted, dict) else "")
    if event is not None:
        sandbox.enqueue(compose(sandbox, account, push.openid, "event", event, delay_s=sandbox.state.settings.receipt_delay_s))


def _show(sandbox: Sandbox, push: Push, deliveries: list[Delivery], screen: replies.Screen | None) -> Shown | None:
    contact = sandbox.contact(push.appid, push.openid)
    if contact is None or not deliveries or not may_answer(sandbox, push):
        return None
    if screen is not None:
        return people.show(
            sandbox, contact.user, appid=push.appid, via="reply", msgtype=screen.msgtype, text=screen.text, content=screen.content
        )
    account = sandbox.state.accounts.get(push.appid)
    if deliveries[-1].outcome in _HEARD or account is None or account.kind is not Kind.OFFICIAL_ACCOUNT:
        return None
    notice = sandbox.state.settings.unavailable_notice
    return people.show(sandbox, contact.user, appid=push.appid, via="notice", msgtype="notice", text=notice, content={})
