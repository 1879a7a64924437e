"""Resets of quotas without a token or for one API, and the look-up of a request by its rid."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from sandbox import quotas, tokens
from sandbox.beijing import month_of
from sandbox.call import OK, Call, Endpoint, Proof
from sandbox.codes import WechatError
from sandbox.log import LoggedCall

RESETS_PER_MONTH = 50
RID_LIFE_S = 7 * 86_400
_RID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}")


class _Credentials(Struct):
    appid: str = ""
    appsecret: str = ""


class _Path(Struct):
    cgi_path: str = ""


class _Rid(Struct):
    rid: str = ""


def clear_by_secret(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/clear_quota/v2`: appid and appsecret in the body or the query; counts with clear_quota."""
    given = call.read(_Credentials) if call.body else _Credentials()
    appid = given.appid or call.query.get("appid", "")
    call.account = tokens.check_secret(call, appid, given.appsecret or call.query.get("appsecret", ""))
    quotas.reset(call.sandbox, appid)
    return OK


def clear_one(call: Call, endpoints: dict[str, Endpoint]) -> dict[str, Any]:
    """`POST /cgi-bin/openapi/quota/clear`: one API, 50 times a month."""
    path = call.read(_Path).cgi_path
    if path.startswith("/sns/"):
        raise WechatError(76022)
    if path not in endpoints:
        raise WechatError(76021)
    kept = call.official
    kept.cleared_apis_at = [at for at in kept.cleared_apis_at if month_of(at) == month_of(call.now)]
    if len(kept.cleared_apis_at) >= RESETS_PER_MONTH:
        raise WechatError(45009)
    kept.cleared_apis_at.append(call.now)
    call.sandbox.book(call.caller.appid).counts.pop(path, None)
    return OK


def show_request(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/openapi/rid/get`: a refused call of the last 7 days, out of the log of calls."""
    rid = call.read(_Rid).rid
    if not _RID.fullmatch(rid):
        raise WechatError(76002)
    logged = next((one for one in reversed(call.sandbox.log.find()) if _rid_of(one) == rid), None)
    if logged is None:
        raise WechatError(76001)
    if logged.appid != call.caller.appid:
        raise WechatError(76003)
    if logged.at + RID_LIFE_S <= call.now:
        raise WechatError(76004)
    return {**OK, "request": _tell(logged)}


def _rid_of(logged: LoggedCall) -> str:
    message = logged.answer.get("errmsg", "") if isinstance(logged.answer, dict) else ""
    return str(message).rpartition(" rid: ")[2]


def _tell(logged: LoggedCall) -> dict[str, Any]:
    return {
        "invoke_time": int(logged.at),
        "cost_in_ms": logged.ms,
        "request_url": urlencode(logged.query, safe="*"),
        "request_body": "" if logged.body is None else msgspec.json.encode(logged.body).decode(),
        "response_body": msgspec.json.encode(logged.answer).decode(),
        "client_ip": logged.ip,
    }


ENDPOINTS = [
    Endpoint("/cgi-bin/clear_quota/v2", "POST", clear_by_secret, proof=Proof.SECRET, takes_json=False),
    Endpoint("/cgi-bin/openapi/rid/get", "POST", show_request),
]
