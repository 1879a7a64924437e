from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.stage import SHOP, Stage


def heard(stage: Stage) -> Any:
    return json.loads(stage.transport.requests[-1].body or b"")


@pytest.mark.parametrize(("kind", "what"), [("8", "the phone number"), ("6", "name and picture"), ("13", "the place")])
def test_what_a_person_takes_back_is_told_without_their_name_in_front(stage: Stage, user: str, kind: str, what: str) -> None:
    stage.set_callback(SHOP, format="json")

    stage.act(user, "revoke-authorization", SHOP, kind=kind)

    event = heard(stage)
    assert event["Event"] == "user_authorization_revoke", what
    assert (event["OpenID"], event["RevokeInfo"], event["AppID"]) == (stage.openid(user, SHOP), kind, SHOP)
    assert event["FromUserName"] != event["OpenID"]


def test_who_closed_the_account_is_told_once_and_nobody_after_that(stage: Stage, user: str) -> None:
    stage.set_callback(SHOP, format="json")
    openid = stage.openid(user, SHOP)

    stage.control("POST", f"/users/{user}/close-account", {})

    sent = stage.post("/wxa/getuserriskrank", _risk(openid), access_token=stage.token(SHOP))
    assert (heard(stage)["Event"], heard(stage)["OpenID"]) == ("user_authorization_cancellation", openid)
    assert sent["errcode"] == 40003
    stage.control("POST", f"/users/{user}/launch", {"appid": SHOP}, status=409)
    stage.control("POST", f"/users/{user}/login", {"appid": SHOP}, status=409)


def _risk(openid: str) -> dict[str, Any]:
    return {"appid": SHOP, "openid": openid, "scene": 1, "client_ip": "203.0.113.9"}
