"""Signatures for the JS-SDK over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.entries.flows import signing
from chalicelib.entries.words.signing import Signed
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="GET",
        path="/v1/jssdk/{account}",
        does="Sign one web page of an official account for the JS-SDK: what wx.config needs.",
        proof="nothing",
        gives=Signed,
        query=("url", "refused"),
        refusals=(
            "account_missing",
            "jssdk_url_refused",
            "field_invalid",
            "wechat_declined",
            "wechat_busy",
            "platform_ticket_missing",
            "platform_unauthorised",
        ),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """The door of signatures."""
    routes = Blueprint(__name__)

    @routes.route("/v1/jssdk/{account}", methods=["GET"])
    def sign_page(account: str) -> Response:
        outside = world()
        asked = edge.query_of(routes.current_request)
        return edge.answer(signing.sign_page(account, asked, world=outside, now=outside.now()), headers=edge.NO_STORE)

    return routes
