"""Control doors for accounts: make, change, list, check the callback URL, end tokens."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Any

import msgspec
from flask import Blueprint, Response
from msgspec import Struct

from sandbox import crypto, ids, push, tokens
from sandbox.control import doors
from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox
from sandbox.platform.words import Platform
from sandbox.reading import read_host
from sandbox.state import Account, Callback, Format, Kind, Mode
from sandbox.transport import Request, TimedOutError, UnreachableError

_TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")


class _Appid(Struct, forbid_unknown_fields=True):
    appid: str


def add_doors(blueprint: Blueprint, sandbox: Sandbox) -> None:
    """Routes under /_sandbox/accounts and /_sandbox/tokens."""

    @blueprint.post("/accounts")
    def save_account() -> Response:
        with sandbox.lock:
            account = _merge(sandbox, doors.read(dict[str, Any]))
            sandbox.state.accounts[account.appid] = account
        return doors.tell(describe(account))

    @blueprint.get("/accounts")
    def list_accounts() -> Response:
        with sandbox.lock:
            return doors.tell({"accounts": [describe(account) for account in sandbox.state.accounts.values()]})

    @blueprint.post("/accounts/<appid>/verify-url")
    def verify_url(appid: str) -> Response:
        return doors.tell(_verify(sandbox, doors.find_account(sandbox, appid)))

    @blueprint.post("/tokens/revoke")
    def revoke_tokens() -> Response:
        account = doors.find_account(sandbox, doors.read(_Appid).appid)
        with sandbox.lock:
            return doors.tell({"revoked": tokens.revoke(sandbox, account.appid)})

    @blueprint.post("/tokens/expire")
    def expire_tokens() -> Response:
        account = doors.find_account(sandbox, doors.read(_Appid).appid)
        with sandbox.lock:
            return doors.tell({"expired": tokens.expire(sandbox, account.appid)})


def describe(account: Account) -> dict[str, Any]:
    """The account without its secrets."""
    told: dict[str, Any] = msgspec.to_builtins(account)
    del told["secret"]
    if told["callback"] is not None:
        del told["callback"]["token"], told["callback"]["aes_key"], told["callback"]["sealed_for"]
    return told


def _merge(sandbox: Sandbox, given: dict[str, Any]) -> Account:
    """The account as it is with the given fields changed, or a new one."""
    known = sandbox.state.accounts.get(doors.convert(given.get("appid", ""), str))
    before = {} if known is None else msgspec.to_builtins(known)
    account = doors.convert({**before, **given}, Account)
    _check(sandbox, account)
    return account


def _check(sandbox: Sandbox, account: Account) -> None:
    if not account.appid or not account.secret or not account.original_id:
        raise ControlError(400, "appid, secret and original_id must not be empty")
    other = sandbox.account_of_original_id(account.original_id)
    if other is not None and other.appid != account.appid:
        raise ControlError(409, f"original_id {account.original_id} belongs to {other.appid}")
    for entry in account.whitelist or []:
        try:
            ip_network(entry, strict=False)
        except ValueError as error:
            raise ControlError(400, f"whitelist: {error}") from error
    if account.callback is not None:
        _check_callback(account.callback)
    if account.message_url and not _may_be_called(account.message_url):
        raise ControlError(400, "message_url has to be http:// or https:// with a host, in ASCII")
    if account.kind in (Kind.PLATFORM, Kind.SHOP) and account.callback is not None and account.callback.mode is not Mode.SAFE:
        raise ControlError(400, f"the callback of a {account.kind.value} is in safe mode")
    if account.kind is Kind.SHOP and account.callback is not None and account.callback.format is not Format.JSON:
        raise ControlError(400, "the callback of a shop speaks json")
    if account.kind is Kind.PLATFORM:
        sandbox.state.platforms.setdefault(account.appid, Platform())


def _check_callback(callback: Callback) -> None:
    if not _may_be_called(callback.url):
        raise ControlError(400, "callback.url has to be http:// or https:// with a host, in ASCII")
    if not _TOKEN.fullmatch(callback.token):
        raise ControlError(400, "callback.token has 3 to 32 letters and digits")
    if callback.mode is Mode.PLAIN and not callback.aes_key:
        return
    try:
        crypto.decode_key(callback.aes_key)
    except ValueError as error:
        raise ControlError(400, f"callback.aes_key: {error}") from error


def _may_be_called(address: str) -> bool:
    return address.isascii() and bool(read_host(address))


def _verify(sandbox: Sandbox, account: Account) -> dict[str, Any]:
    """The round trip of the echostr, as the console does it when the owner presses save."""
    if account.callback is None:
        raise ControlError(409, f"{account.appid} has no callback: set one with POST /_sandbox/accounts")
    seal = push.make_seal(sandbox)
    echostr = ids.nonce(sandbox.random) + ids.nonce(sandbox.random)
    signature = crypto.sign(account.callback.token, seal.timestamp, seal.nonce)
    query = {"signature": signature, "timestamp": seal.timestamp, "nonce": seal.nonce, "echostr": echostr}
    try:
        answer = sandbox.transport.send(
            Request("GET", push.with_query(account.callback.url, query)), timeout_s=sandbox.state.settings.push_timeout_s
        )
    except (TimedOutError, UnreachableError) as error:
        return {"passed": False, "status": None, "reason": str(error)}
    if answer.status != 200:
        return {"passed": False, "status": answer.status, "reason": f"HTTP status {answer.status}"}
    if answer.body != echostr.encode():
        return {"passed": False, "status": answer.status, "reason": "the body is not exactly the echostr"}
    return {"passed": True, "status": answer.status, "reason": ""}
