"""The demo shop's till: takes orders and brings them to the backend, asks it what each way in brought, and hangs up posters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from sandbox.emulator import Sandbox
from sandbox.phone import backend
from sandbox.phone.words import Poster, Sale
from sandbox.state import Account, User

SALES_KEPT = POSTERS_KEPT = 200
SOURCE, PAID = "phone", "已支付"
STATS = "/v1/entries/stats"
_NO_ANSWER = {0: "unreachable", 401: "key_refused", 403: "key_refused", 404: "missing"}


class Purchase(Struct, forbid_unknown_fields=True, kw_only=True):
    """What somebody buys in the mini program, and for how much."""

    user: str
    appid: str
    item: Annotated[str, Meta(min_length=1, max_length=64)]
    fen: Annotated[int, Meta(ge=1, le=10_000_000)]


class Hung(Struct, forbid_unknown_fields=True, kw_only=True):
    """A poster: what is printed above the code with this scene."""

    appid: str
    scene: Annotated[str, Meta(min_length=1, max_length=64)]
    title: Annotated[str, Meta(min_length=1, max_length=64)]


def sell(sandbox: Sandbox, user: User, account: Account, wanted: Purchase) -> dict[str, Any]:
    """Keep the order as paid, then bring it to the backend; `record` says what came of that."""
    sale = Sale(f"P-{sandbox.next_message_id()}", sandbox.now(), user.id, account.appid, wanted.item, wanted.fen)
    with sandbox.lock:
        sandbox.state.phone.sales.append(sale)
        del sandbox.state.phone.sales[:-SALES_KEPT]
    return {"order": sale, "record": _bring(sandbox, user, account, sale) if sandbox.state.phone.backend_key else "no_key"}


def ask_ways(sandbox: Sandbox, user: str, account: Account) -> dict[str, Any]:
    """`GET /v1/entries/stats` by the last touch, with the shop's key; `told` says what came of it."""
    if not sandbox.state.phone.backend_key:
        return {"told": "no_key", "stats": None}
    answered = _ask(sandbox, user, account, "GET", f"{STATS}?touch=last")
    fine = answered.status == 200
    return {"told": "fine" if fine else _NO_ANSWER.get(answered.status, "refused"), "stats": answered.body if fine else None}


def hang(sandbox: Sandbox, hung: Hung) -> Poster:
    """Print a title above a code; another one for the same code takes its place."""
    poster = Poster(hung.appid, hung.scene, hung.title)
    with sandbox.lock:
        others = [one for one in sandbox.state.phone.posters if (one.appid, one.scene) != (hung.appid, hung.scene)]
        sandbox.state.phone.posters = [*others, poster][-POSTERS_KEPT:]
    return poster


def _bring(sandbox: Sandbox, user: User, account: Account, sale: Sale) -> str:
    """`POST /v1/records`: the order, by the openid the mini program knows."""
    record = {
        "type": "order",
        "id": sale.id,
        "at": datetime.fromtimestamp(sale.at, UTC).isoformat(),
        "who": {"openid": {backend.need_backend(account).account: user.openids.get(account.appid, "")}},
        "data": {"state": PAID, "total_fen": sale.fen},
    }
    answered = _ask(sandbox, user.id, account, "POST", "/v1/records", {"source": SOURCE, "records": [record]}, key=sale.id)
    return "brought" if answered.status == 202 else _NO_ANSWER.get(answered.status, "refused")


def _ask(sandbox: Sandbox, user: str, account: Account, method: str, path: str, body: Any = None, *, key: str = "") -> backend.Answered:
    return backend.ask(
        sandbox,
        account,
        who="shop",
        user=user,
        method=method,
        path=path,
        body=body,
        token=sandbox.state.phone.backend_key,
        headers={"Idempotency-Key": key} if key else None,
    )
