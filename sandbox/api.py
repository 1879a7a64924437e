"""Answers api.weixin.qq.com's paths: finds the endpoint, checks in WeChat's order, runs it, logs it."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field

from sandbox import customer, faults, ids, login, media, quotas, reading, subscribe, tokens, users
from sandbox.call import Binary, Call, Endpoint, Proof, Upload
from sandbox.channels import registry as channels
from sandbox.codes import MESSAGES, WechatError
from sandbox.emulator import Sandbox
from sandbox.mini import registry as mini
from sandbox.official import registry as official
from sandbox.official import resets
from sandbox.platform import authority
from sandbox.platform import registry as platform
from sandbox.reading import NonsenseError
from sandbox.state import Fault

NOT_HERE = -404


def _show_quota(call: Call) -> dict[str, Any]:
    return quotas.show_quota(call, ENDPOINTS)


def _clear_one_quota(call: Call) -> dict[str, Any]:
    return resets.clear_one(call, ENDPOINTS)


_OWN = [
    Endpoint(tokens.CLASSIC, "GET", tokens.fetch_classic, proof=Proof.SECRET, daily=2_000),
    Endpoint(tokens.STABLE, "POST", tokens.fetch_stable, proof=Proof.SECRET, daily=500_000, minute=10_000),
    Endpoint("/cgi-bin/clear_quota", "POST", quotas.clear_quota),
    Endpoint("/cgi-bin/openapi/quota/get", "POST", _show_quota),
    Endpoint("/cgi-bin/openapi/quota/clear", "POST", _clear_one_quota),
]

ENDPOINTS: dict[str, Endpoint] = {
    endpoint.path: endpoint
    for endpoint in [
        *_OWN,
        *login.ENDPOINTS,
        *users.ENDPOINTS,
        *customer.ENDPOINTS,
        *media.ENDPOINTS,
        *subscribe.ENDPOINTS,
        *official.ENDPOINTS,
        *mini.ENDPOINTS,
        *platform.ENDPOINTS,
        *channels.ENDPOINTS,
    ]
}


class Incoming(Struct, frozen=True):
    """A request to the API, free of any web framework."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    upload: Upload | None
    ip: str


class Outgoing(Struct, frozen=True):
    status: int
    body: bytes
    content_type: str
    filename: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def answer(sandbox: Sandbox, incoming: Incoming) -> Outgoing:
    """WeChat's answer; raises AnswerLostError when a fault swallows it."""
    with sandbox.lock:
        fault = faults.take(sandbox, incoming.path)
    if fault is not None and fault.delay_s:
        sandbox.sleep(fault.delay_s)
    started = sandbox.real_now()
    with sandbox.lock:
        appid, outgoing, told = _play(sandbox, incoming, fault)
        sandbox.log.add(
            at=sandbox.now(),
            method=incoming.method,
            path=incoming.path,
            appid=appid,
            query=incoming.query,
            body=_told_body(incoming),
            status=outgoing.status,
            answer=told,
            fault=faults.describe(fault),
            ip=incoming.ip,
            ms=int((sandbox.real_now() - started) * 1000),
        )
    if fault is not None and (fault.drop_before_effect or fault.drop_after_effect):
        raise faults.AnswerLostError("the answer is lost on purpose")
    return outgoing


def _play(sandbox: Sandbox, incoming: Incoming, fault: Fault | None) -> tuple[str, Outgoing, Any]:
    """The appid that called, the answer, and the answer as it is told to the log."""
    settings = sandbox.state.settings
    content_type = settings.sns_content_type if incoming.path.startswith("/sns/") else settings.json_content_type
    if fault is not None and fault.drop_before_effect:
        return "", Outgoing(0, b"", ""), None
    if fault is not None and fault.status is not None:
        return "", Outgoing(fault.status, b"played by the sandbox", "text/plain"), None
    endpoint = ENDPOINTS.get(incoming.path)
    if endpoint is None:
        told = {"errcode": NOT_HERE, "errmsg": f"the sandbox has no endpoint {incoming.path}; docs/sandbox.md lists those it has"}
        return "", Outgoing(404, msgspec.json.encode(told), content_type), told
    call = Call(
        sandbox=sandbox,
        endpoint=endpoint,
        method=incoming.method,
        query=incoming.query,
        body=incoming.body,
        upload=incoming.upload,
        ip=incoming.ip,
        now=sandbox.now(),
    )
    try:
        if fault is not None and fault.errcode is not None:
            raise WechatError(fault.errcode, MESSAGES.get(fault.errcode, "played by the sandbox"))
        reply = _run(call)
    except WechatError as error:
        reply = {"errcode": error.errcode, "errmsg": f"{error.errmsg} {_tail(call)}", **error.fields}
    appid = call.account.appid if call.account else ""
    if isinstance(reply, Binary):
        told = {"content_type": reply.content_type, "bytes": len(reply.content)}
        return appid, Outgoing(200, reply.content, reply.content_type, reply.filename, reply.headers), told
    return appid, Outgoing(200, msgspec.json.encode(reply), content_type), reply


def _tail(call: Call) -> str:
    """What an errmsg ends with: the id of the request."""
    request_id = ids.request_id(call.sandbox.random, call.now)
    return f"rid: {request_id}" if call.sandbox.state.settings.errmsg_tail == "rid" else f"hints: [ req_id: {request_id} ]"


def _run(call: Call) -> dict[str, Any] | Binary:
    """Token, quota, account class, method, body, then the endpoint's own checks: WeChat's order as far as it is known."""
    endpoint = call.endpoint
    if endpoint.proof is not Proof.SECRET:
        _admit(call)
        if call.caller.kind not in endpoint.kinds or (call.caller.kind in endpoint.verified and not call.caller.verified):
            raise WechatError(48001)
        if endpoint.service and not call.caller.service:
            raise WechatError(48001)
    if call.method != endpoint.method and not endpoint.either_method:
        raise WechatError(43001 if endpoint.method == "GET" else 43002)
    if call.method == "POST" and endpoint.takes_json and not call.body:
        raise WechatError(44002)
    return endpoint.run(call)


def _admit(call: Call) -> None:
    """The account behind the token and the platform that acts for it, then the quota."""
    if call.endpoint.proof is Proof.COMPONENT:
        call.account = authority.check_component_token(call)
    else:
        text = call.query.get("access_token", "")
        call.account = tokens.check_token(call.sandbox, text, call.now)
        call.component = call.sandbox.state.tokens[text].component
        if call.component or call.endpoint.proof is Proof.AUTHORIZER:
            authority.check_permission(call)
    quotas.spend(call)


def _told_body(incoming: Incoming) -> Any:
    if incoming.upload is not None:
        return {"media": incoming.upload.filename, "bytes": len(incoming.upload.content)}
    if not incoming.body:
        return None
    try:
        return reading.read_json(incoming.body, Any)
    except NonsenseError:
        return f"{len(incoming.body)} bytes that are not JSON"
