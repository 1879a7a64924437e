"""The API of third-party platforms: their own token, the authorisation codes, the tokens of those who authorised them."""

from __future__ import annotations

import hmac
from typing import Any

from msgspec import Struct

from sandbox import ids, login, quotas
from sandbox.call import MINI_PROGRAMS, OK, PLATFORMS, Call, Endpoint, Proof
from sandbox.codes import WechatError
from sandbox.platform import authority, grants, tickets
from sandbox.platform.words import Grant, Platform
from sandbox.state import Account, Kind, Token
from sandbox.tokens import LIFE_S, check_ip, check_secret

COMPONENT_TOKEN = "/cgi-bin/component/api_component_token"
MOST_LISTED = 500


class _Secret(Struct):
    component_appid: str = ""
    component_secret: str = ""


class _Credentials(Struct):
    component_appid: str = ""
    component_appsecret: str = ""
    component_verify_ticket: str = ""


class _Wanted(Struct):
    component_appid: str = ""
    authorization_code: str = ""
    authorizer_appid: str = ""
    authorizer_refresh_token: str = ""
    offset: int = 0
    count: int = MOST_LISTED


def start_tickets(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/component/api_start_push_ticket`: the first ticket goes out now, then one every ten minutes."""
    wanted = call.read(_Secret)
    call.account = _platform_of(call, wanted.component_appid, wanted.component_secret)
    tickets.find_platform(call.sandbox, call.caller.appid).ticket_due_at = call.now
    call.sandbox.push_waits.set()
    return OK


def _platform_of(call: Call, appid: str, secret: str) -> Account:
    account = check_secret(call, appid, secret)
    if account.kind is not Kind.PLATFORM:
        raise WechatError(40013)
    return account


def fetch_component_token(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/component/api_component_token`: needs a ticket of the last twelve hours."""
    wanted = call.read(_Credentials)
    call.account = _platform_of(call, wanted.component_appid, wanted.component_appsecret)
    check_ip(call.account, call.ip)
    quotas.spend(call)
    made_at = tickets.find_platform(call.sandbox, call.caller.appid).tickets.get(wanted.component_verify_ticket)
    if made_at is None:
        raise WechatError(61006)
    if made_at + call.sandbox.state.settings.component_ticket_life_s <= call.now:
        raise WechatError(61005)
    text = ids.access_token(call.sandbox.random)
    call.sandbox.state.tokens[text] = Token(appid=call.caller.appid, endpoint=COMPONENT_TOKEN, expires_at=call.now + LIFE_S)
    return {"component_access_token": text, "expires_in": LIFE_S}


def _read(call: Call) -> tuple[_Wanted, Platform]:
    """The body, whose component_appid has to be the caller."""
    wanted = call.read(_Wanted)
    if wanted.component_appid != call.caller.appid:
        raise WechatError(40013)
    return wanted, tickets.find_platform(call.sandbox, call.caller.appid)


def create_pre_auth_code(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/component/api_create_preauthcode`."""
    _read(call)
    return {"pre_auth_code": grants.make_pre_auth_code(call.sandbox, call.caller.appid), "expires_in": grants.PRE_AUTH_LIFE_S}


def query_auth(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/component/api_query_auth`: the tokens behind an authorisation code, once, within an hour."""
    wanted, platform = _read(call)
    found = platform.auth_codes.pop(wanted.authorization_code, None)
    if found is None or found.expires_at <= call.now or found.appid not in platform.grants:
        raise WechatError(61010)
    grant = platform.grants[found.appid]
    info = {
        "authorizer_appid": found.appid,
        "authorizer_access_token": grants.mint(call.sandbox, call.caller.appid, found.appid),
        "expires_in": LIFE_S,
        "authorizer_refresh_token": grant.refresh_token,
        "func_info": _permissions(grant),
    }
    return {"authorization_info": info}


def _permissions(grant: Grant) -> list[dict[str, Any]]:
    return [{"funcscope_category": {"id": number}} for number in grant.permissions]


def _granted(platform: Platform, appid: str) -> Grant:
    grant = platform.grants.get(appid)
    if grant is None:
        raise WechatError(61003)
    return grant


def refresh_authorizer_token(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/component/api_authorizer_token`."""
    wanted, platform = _read(call)
    grant = _granted(platform, wanted.authorizer_appid)
    if not hmac.compare_digest(grant.refresh_token.encode(), wanted.authorizer_refresh_token.encode()):
        raise WechatError(61023)
    text = grants.mint(call.sandbox, call.caller.appid, wanted.authorizer_appid)
    return {"authorizer_access_token": text, "expires_in": LIFE_S, "authorizer_refresh_token": grant.refresh_token}


def show_authorizer(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/component/api_get_authorizer_info`."""
    wanted, platform = _read(call)
    grant = _granted(platform, wanted.authorizer_appid)
    account = call.sandbox.state.accounts[wanted.authorizer_appid]
    authorization = {
        "authorizer_appid": account.appid,
        "authorizer_refresh_token": grant.refresh_token,
        "func_info": _permissions(grant),
    }
    return {"authorizer_info": _describe(account), "authorization_info": authorization}


def _describe(account: Account) -> dict[str, Any]:
    business = dict.fromkeys(("open_store", "open_scan", "open_pay", "open_card", "open_shake"), 0)
    told: dict[str, Any] = {
        "nick_name": account.name or account.appid,
        "head_img": "",
        "service_type_info": {"id": 2 if account.kind is Kind.OFFICIAL_ACCOUNT and account.service else 0},
        "verify_type_info": {"id": 0 if account.verified else -1},
        "user_name": account.original_id,
        "principal_name": account.subject,
        "alias": "",
        "business_info": {**business, "open_pay": int(account.pay_enabled)},
        "qrcode_url": "",
        "account_status": 1,
        "signature": "",
    }
    if account.kind is Kind.MINI_PROGRAM:
        network: dict[str, list[str]] = {"RequestDomain": [], "WsRequestDomain": [], "UploadDomain": [], "DownloadDomain": []}
        told["MiniProgramInfo"] = {"network": network, "categories": [], "visit_status": 0}
    return told


def list_authorizers(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/component/api_get_authorizer_list`: up to 500 at once."""
    wanted, platform = _read(call)
    if wanted.offset < 0 or not 1 <= wanted.count <= MOST_LISTED:
        raise WechatError(40097)
    page = list(platform.grants.items())[wanted.offset : wanted.offset + wanted.count]
    told = [{"authorizer_appid": appid, "refresh_token": grant.refresh_token, "auth_time": int(grant.at)} for appid, grant in page]
    return {"total_count": len(platform.grants), "list": told}


def exchange_login_code(call: Call) -> dict[str, Any]:
    """`GET /sns/component/jscode2session`: a login by the platform, which needs no secret of the mini program."""
    platform = authority.check_component_token(call)
    appid = call.query.get("appid", "")
    account = call.sandbox.state.accounts.get(appid)
    if platform.appid != call.query.get("component_appid", "") or account is None or account.kind is not Kind.MINI_PROGRAM:
        raise WechatError(40013)
    _granted(tickets.find_platform(call.sandbox, platform.appid), appid)
    call.account, call.component = account, platform.appid
    return login.redeem(call)


_BASE = "/cgi-bin/component"
_BY_PLATFORM: dict[str, Any] = {"proof": Proof.COMPONENT, "kinds": PLATFORMS}
ENDPOINTS = [
    Endpoint(f"{_BASE}/api_start_push_ticket", "POST", start_tickets, proof=Proof.SECRET, kinds=PLATFORMS),
    Endpoint(COMPONENT_TOKEN, "POST", fetch_component_token, proof=Proof.SECRET, kinds=PLATFORMS, daily=2_000),
    Endpoint(f"{_BASE}/api_create_preauthcode", "POST", create_pre_auth_code, **_BY_PLATFORM),
    Endpoint(f"{_BASE}/api_query_auth", "POST", query_auth, **_BY_PLATFORM),
    Endpoint(grants.TOKEN_PATH, "POST", refresh_authorizer_token, **_BY_PLATFORM),
    Endpoint(f"{_BASE}/api_get_authorizer_info", "POST", show_authorizer, **_BY_PLATFORM),
    Endpoint(f"{_BASE}/api_get_authorizer_list", "POST", list_authorizers, **_BY_PLATFORM),
    Endpoint("/sns/component/jscode2session", "GET", exchange_login_code, proof=Proof.SECRET, kinds=MINI_PROGRAMS),
]
