"""Control doors for what people do in mini programs: enter, go about, open links, pay, give data, share."""

from __future__ import annotations

from typing import Any, Literal

from flask import Blueprint, Response
from msgspec import Struct, field

from sandbox.actions import ImpossibleError, Phone
from sandbox.control import acting, doors
from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox
from sandbox.mini import codes, opening, payments, performance, prompts, sessions, shipping, strangers, userdata, visits
from sandbox.mini.words import EncryptKey, Payment, Timing, Visit
from sandbox.settings import Seconds
from sandbox.state import Kind


class _Launch(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    scene: int = 1001
    path: str = ""
    query: str = ""
    referrer_appid: str = ""
    extra_data: dict[str, Any] = field(default_factory=dict)
    stay_s: Seconds = 0.0


class _Browse(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    path: str
    stay_s: Seconds = 0.0
    shared: bool = False


class _OpenLink(Struct, forbid_unknown_fields=True, kw_only=True):
    link: str
    in_wechat: bool = True


class _ScanCode(Struct, forbid_unknown_fields=True, kw_only=True):
    code: str
    way: Literal["scan", "longpress", "album"] = "scan"


class _Seal(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    what: userdata.What


class _SessionKey(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    do: Literal["rotate", "expire"]


class _GivePhone(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    way: Literal["quick", "realtime", "encrypted"] = "quick"


class _Pay(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    amount_fen: int
    description: str = ""
    mch_id: str = ""
    out_trade_no: str = ""


class _Receipt(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    out_trade_no: str
    automatic: bool = False
    wait: bool = True


class _Ship(Struct, forbid_unknown_fields=True, kw_only=True):
    out_trade_no: str


class _Report(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    cost_ms: dict[Literal["1", "2", "3"], int]
    network: int = 1


class _Account(Struct, forbid_unknown_fields=True):
    appid: str


def add_doors(blueprint: Blueprint, sandbox: Sandbox) -> None:
    """Routes of entering and of what the client asks WeChat for."""

    @blueprint.post("/users/<user_id>/launch")
    def launch(user_id: str) -> Response:
        wanted = doors.read(_Launch)
        return acting.tell(sandbox, user_id, wanted.appid, lambda phone: _launch(phone, wanted), as_name="launch")

    @blueprint.post("/users/<user_id>/browse")
    def browse(user_id: str) -> Response:
        wanted = doors.read(_Browse)

        def go(phone: Phone) -> Visit:
            return visits.browse(phone, path=wanted.path, stay_s=wanted.stay_s, shared=wanted.shared)

        return acting.tell(sandbox, user_id, wanted.appid, go, as_name="visit")

    @blueprint.post("/users/<user_id>/open-link")
    def open_link(user_id: str) -> Response:
        wanted = doors.read(_OpenLink)
        appid, _, _ = acting.attempt(lambda: opening.find_target(sandbox, wanted.link))

        def tap(phone: Phone) -> dict[str, Any]:
            return opening.open_link(phone, wanted.link, in_wechat=wanted.in_wechat)

        return acting.tell(sandbox, user_id, appid, tap, as_name="launch")

    @blueprint.post("/users/<user_id>/scan-code")
    def scan_code(user_id: str) -> Response:
        wanted = doors.read(_ScanCode)
        target = codes.read(wanted.code)
        if target is None:
            raise ControlError(400, "code has to be the text in a mini-program code of this sandbox")
        scene = codes.scene_of(target, wanted.way)

        def enter(phone: Phone) -> dict[str, Any]:
            return visits.launch(phone, scene=scene, path=target.path, query=target.query)

        return acting.tell(sandbox, user_id, target.appid, enter, as_name="launch")

    _add_data_doors(blueprint, sandbox)
    _add_payment_doors(blueprint, sandbox)


def _add_data_doors(blueprint: Blueprint, sandbox: Sandbox) -> None:
    @blueprint.post("/users/<user_id>/encrypted-data")
    def seal(user_id: str) -> Response:
        wanted = doors.read(_Seal)
        return acting.tell(sandbox, user_id, wanted.appid, lambda phone: userdata.seal(phone, wanted.what), as_name="data")

    @blueprint.post("/users/<user_id>/session-key")
    def change_session_key(user_id: str) -> Response:
        wanted = doors.read(_SessionKey)
        change = sessions.rotate if wanted.do == "rotate" else sessions.expire
        return acting.tell(sandbox, user_id, wanted.appid, lambda phone: change(sandbox, _known(phone).contact), as_name="session_key")

    @blueprint.post("/users/<user_id>/give-phone")
    def ask_for_phone(user_id: str) -> Response:
        wanted = doors.read(_GivePhone)
        return acting.tell(sandbox, user_id, wanted.appid, lambda phone: _give_phone(phone, wanted.way), as_name="detail")

    @blueprint.post("/users/<user_id>/user-key")
    def give_user_key(user_id: str) -> Response:
        wanted = doors.read(_Account)

        def give(phone: Phone) -> EncryptKey:
            return sessions.newest_key(sandbox, wanted.appid, _known(phone).contact)

        return acting.tell(sandbox, user_id, wanted.appid, give, as_name="key")

    @blueprint.post("/users/<user_id>/plugin-login")
    def log_in_to_plugin(user_id: str) -> Response:
        wanted = doors.read(_Account)

        def give(phone: Phone) -> str:
            return strangers.make_plugin_code(sandbox, phone.user, phone.account)

        return acting.tell(sandbox, user_id, wanted.appid, give, as_name="code")

    @blueprint.post("/users/<user_id>/report-performance")
    def report_performance(user_id: str) -> Response:
        wanted = doors.read(_Report)
        costs = {str(kind): cost for kind, cost in wanted.cost_ms.items()}

        def tell(phone: Phone) -> Timing:
            return performance.report(phone, cost_ms=costs, network=wanted.network)

        return acting.tell(sandbox, user_id, wanted.appid, tell, as_name="timing")

    @blueprint.get("/mini-programs/<appid>")
    def show_book(appid: str) -> Response:
        doors.find_account(sandbox, appid)
        with sandbox.lock:
            book = sandbox.mini_book(appid)
            prompted = {**book.phone_prompts, "cost_fen": book.phone_cost_fen}
            return doors.tell({"visits": book.visits, "payments": list(book.payments.values()), "phone_prompts": prompted})


def _add_payment_doors(blueprint: Blueprint, sandbox: Sandbox) -> None:
    @blueprint.post("/users/<user_id>/pay")
    def pay(user_id: str) -> Response:
        wanted = doors.read(_Pay)

        def settle(phone: Phone) -> Payment:
            return payments.pay(
                phone,
                amount_fen=wanted.amount_fen,
                description=wanted.description,
                mch_id=wanted.mch_id,
                out_trade_no=wanted.out_trade_no,
            )

        return acting.tell(sandbox, user_id, wanted.appid, settle, as_name="payment")

    @blueprint.post("/mini-programs/<appid>/ship")
    def ship(appid: str) -> Response:
        wanted, account = doors.read(_Ship), doors.find_account(sandbox, appid)
        with sandbox.lock:
            return doors.tell({"payment": acting.attempt(lambda: shipping.ship_by_hand(sandbox, account, wanted.out_trade_no))})

    @blueprint.post("/users/<user_id>/confirm-receipt")
    def confirm_receipt(user_id: str) -> Response:
        wanted = doors.read(_Receipt)
        phone = acting.pick_up(sandbox, user_id, wanted.appid)
        with sandbox.lock:
            outs = acting.attempt(lambda: shipping.confirm(phone, wanted.out_trade_no, automatic=wanted.automatic))
        return doors.tell({"openid": phone.openid, "pushes": acting.push_all(sandbox, outs, wait=wanted.wait)})


def _launch(phone: Phone, wanted: _Launch) -> dict[str, Any]:
    return visits.launch(
        phone,
        scene=wanted.scene,
        path=wanted.path,
        query=wanted.query,
        referrer_appid=wanted.referrer_appid,
        extra_data=wanted.extra_data,
        stay_s=wanted.stay_s,
    )


def _known(phone: Phone) -> Phone:
    phone.need(Kind.MINI_PROGRAM)
    if not phone.contact.session_key:
        raise ImpossibleError(f"{phone.user.id} has no session key at {phone.account.appid}: log in first")
    return phone


def _give_phone(phone: Phone, way: str) -> dict[str, Any]:
    """What bindgetphonenumber gets."""
    if way == "encrypted":
        phone.need(Kind.MINI_PROGRAM)
        return userdata.seal(phone, "phone")
    return prompts.ask(phone, "realtime" if way == "realtime" else "quick")
