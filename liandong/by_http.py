"""Commands that go through the API, with an API key from the environment."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

from liandong.outcome import Passing, Refusal, read_json

TIMEOUT_S = 30


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Enter the commands into the parser."""
    order = "the order as JSON, - for standard input; fields in docs/api.md"
    add("account create", _create_account, "add an account of any kind to the brand").add_argument(
        "--from", dest="source", required=True, help=order
    )
    add("account list", _list_accounts, "list the brand's accounts")
    add("account show", _show_account, "show one account").add_argument("account", help="brand.name")
    secret = add("account change-secret", _change_secret, "change parts of an account's secret")
    secret.add_argument("account", help="brand.name")
    secret.add_argument("--from", dest="source", required=True, help=order)
    origins = add("account change-origins", _change_origins, "say which origins are the account's own web pages")
    origins.add_argument("account", help="brand.name")
    origins.add_argument("origins", nargs="*", help="https://shop.example.com; none ends web logins")
    origins.add_argument("--no-web-login", action="store_true", help="the account lacks 网页授权: nobody is asked who they are")
    rules = add("rules publish", _publish_rules, "publish reply rules")
    rules.add_argument("account", help="brand.name")
    rules.add_argument("--from", dest="source", required=True, help=order)
    add("rules show", _show_rules, "show the reply rules in force").add_argument("account", help="brand.name")
    back = add("rules rollback", _roll_back, "put an earlier version in force again")
    back.add_argument("account", help="brand.name")
    back.add_argument("version", type=int)
    add("inbox failed", _list_failed, "list callbacks whose effects failed")
    redrive = add("inbox redrive", _redrive, "work failed callbacks off again: one, or the oldest hundred when none is named")
    redrive.add_argument("account", nargs="?", help="brand.name")
    redrive.add_argument("key", nargs="?")
    add("message show", _show_message, "show a message with every step of its way").add_argument("message", metavar="id")


def _create_account(given: argparse.Namespace) -> Any:
    return call("POST", "/v1/accounts", read_json(given.source))


def _list_accounts(given: argparse.Namespace) -> Any:
    return call("GET", "/v1/accounts")


def _show_account(given: argparse.Namespace) -> Any:
    return call("GET", f"/v1/accounts/{_part(given.account)}")


def _change_origins(given: argparse.Namespace) -> Any:
    order = {"web_origins": given.origins, "web_login": not given.no_web_login}
    return call("PUT", f"/v1/accounts/{_part(given.account)}/web-origins", order)


def _change_secret(given: argparse.Namespace) -> Any:
    call("PUT", f"/v1/accounts/{_part(given.account)}/secret", read_json(given.source))
    return {"account": given.account, "changed": True}


def _publish_rules(given: argparse.Namespace) -> Any:
    return call("PUT", f"/v1/reply-rules/{_part(given.account)}", read_json(given.source))


def _show_rules(given: argparse.Namespace) -> Any:
    return call("GET", f"/v1/reply-rules/{_part(given.account)}")


def _roll_back(given: argparse.Namespace) -> Any:
    return call("POST", f"/v1/reply-rules/{_part(given.account)}/rollback", {"version": given.version})


def _list_failed(given: argparse.Namespace) -> Any:
    page = call("GET", "/v1/inbox/failed?limit=100")
    failed = page["callbacks"]
    while page["cursor"]:
        page = call("GET", f"/v1/inbox/failed?limit=100&cursor={page['cursor']}")
        failed += page["callbacks"]
    return failed


def _redrive(given: argparse.Namespace) -> Any:
    if given.account and not given.key:
        raise Refusal("usage", "Name the callback's key too; `inbox failed` lists both.")
    named = [{"account": given.account, "key": given.key}] if given.key else []
    return call("POST", "/v1/inbox/redrive", {"callbacks": named})


def _show_message(given: argparse.Namespace) -> Any:
    return call("GET", f"/v1/messages/{_part(given.message)}")


def address_and_key() -> tuple[str, str]:
    """LIANDONG_URL and LIANDONG_KEY."""
    url, key = os.environ.get("LIANDONG_URL", "").rstrip("/"), os.environ.get("LIANDONG_KEY", "")
    if not url.startswith(("http://", "https://")) or not key:
        raise Refusal("settings_missing", "Set LIANDONG_URL to the API's address (https://…) and LIANDONG_KEY to an API key of the brand.")
    return url, key


def call(method: str, path: str, body: Any = None) -> Any:
    """One API call with LIANDONG_URL and LIANDONG_KEY; a refusal keeps the API's code."""
    return call_with_bytes(method, path, None if body is None else json.dumps(body, ensure_ascii=False).encode())


def call_with_bytes(method: str, path: str, body: bytes | None, **headers: str) -> Any:
    """The same with a body as it is, which may be gzip. `Passing` for what may be tried again."""
    url, key = address_and_key()
    request = urllib.request.Request(url + path, method=method, data=body)
    request.add_header("Authorization", f"Bearer {key}")
    request.add_header("Content-Type", "application/json")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            content = answer.read()
    except urllib.error.HTTPError as error:
        raise _refusal(error) from None
    except (urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException) as error:
        raise Passing("unreachable", f"{url} does not answer: {getattr(error, 'reason', error)}.") from None
    try:
        return json.loads(content) if content else None
    except ValueError:
        raise Refusal("unreachable", "The address answers, and not as Liandong does: check LIANDONG_URL.") from None


def _part(name: str) -> str:
    """A name as part of a path, whatever it is made of."""
    return urllib.parse.quote(name, safe="")


def _refusal(error: urllib.error.HTTPError) -> Refusal:
    try:
        told = json.loads(error.read())
        code, message = told["Code"], told["Message"]
    except (ValueError, KeyError, TypeError):
        code, message = "unreachable", f"The address answered {error.code}, and not as Liandong does: check LIANDONG_URL."
    if error.code != 429 and error.code < 500:
        return Refusal(code, message)
    after = error.headers.get("Retry-After", "")
    return Passing(code, message, retry_after_s=float(after) if after.isdigit() else 0)
