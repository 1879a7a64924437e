"""Addresses of WeChat's servers, and the check of the way to a callback."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from sandbox.call import Call, Endpoint
from sandbox.codes import WechatError
from sandbox.platform import routes

LOOPBACK = ["127.0.0.1/32"]
_ACTIONS = ("dns", "ping", "all")
_OPERATORS = ("CHINANET", "UNICOM", "CAP", "DEFAULT")


class _Check(Struct):
    action: str = ""
    check_operator: str = ""


def list_api_addresses(call: Call) -> dict[str, Any]:
    """`GET /cgi-bin/get_api_domain_ip`: here the machine itself."""
    return {"ip_list": LOOPBACK}


def list_callback_addresses(call: Call) -> dict[str, Any]:
    """`GET /cgi-bin/getcallbackip`: pushes come from the machine itself."""
    return {"ip_list": LOOPBACK}


def check_callback(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/callback/check`: tells the host of the callback, asks nobody."""
    wanted = call.read(_Check)
    if wanted.action not in _ACTIONS:
        raise WechatError(40202)
    if wanted.check_operator not in _OPERATORS:
        raise WechatError(40203)
    callback = routes.find_callback(call.sandbox, call.caller)
    if callback is None:
        raise WechatError(40201)
    host = urlsplit(callback.url).hostname or ""
    operator = wanted.check_operator
    dns = [{"ip": host, "real_operator": operator}]
    ping = [{"ip": host, "from_operator": operator, "package_loss": "0%", "time": "1ms"}]
    return {name: told for name, told in (("dns", dns), ("ping", ping)) if wanted.action in (name, "all")}


ENDPOINTS = [
    Endpoint("/cgi-bin/get_api_domain_ip", "GET", list_api_addresses),
    Endpoint("/cgi-bin/getcallbackip", "GET", list_callback_addresses),
    Endpoint("/cgi-bin/callback/check", "POST", check_callback),
]
