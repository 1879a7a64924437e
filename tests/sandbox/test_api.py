from __future__ import annotations

import re

import pytest

from sandbox.app import LARGEST_BODY
from tests.sandbox.stage import HOUSE, SHOP, Stage

SEND = "/cgi-bin/message/custom/send"


def test_an_endpoint_that_is_not_there_says_so(stage: Stage) -> None:
    response = stage.call("POST", "/cgi-bin/shorturl", {"action": "long2short"})

    assert response.status_code == 404
    assert "no endpoint /cgi-bin/shorturl" in response.get_json(force=True)["errmsg"]


def test_business_errors_are_http_200_and_end_with_a_request_id_of_the_moment(stage: Stage) -> None:
    response = stage.call("GET", "/cgi-bin/user/get")

    errmsg = response.get_json(force=True)["errmsg"]
    found = re.search(r" rid: ([0-9a-f]{8})-[0-9a-f]{8}-[0-9a-f]{8}$", errmsg)
    assert response.status_code == 200
    assert found is not None
    assert int(found[1], 16) == int(stage.clock)


def test_an_errmsg_may_end_as_those_of_older_servers(stage: Stage) -> None:
    stage.change(errmsg_tail="hints")

    answer = stage.get("/cgi-bin/user/get")

    assert re.fullmatch(r"access_token missing hints: \[ req_id: [0-9a-f-]{26} \]", answer["errmsg"])


@pytest.mark.parametrize("path", ["/cgi-bin/stable_token", "/_sandbox/users"])
def test_a_body_beyond_all_limits_is_refused_in_words(stage: Stage, path: str) -> None:
    response = stage.client.post(path, data=b" " * (LARGEST_BODY + 1))

    assert response.status_code == 413
    assert "exceeds" in response.get_json()["error"]


def test_a_method_that_nobody_serves_is_refused_in_words(stage: Stage) -> None:
    response = stage.client.open("/cgi-bin/stable_token", method="TRACE")

    assert (response.status_code, list(response.get_json())) == (405, ["error"])


def test_the_order_of_checks_is_token_quota_account_method_body_fields(stage: Stage) -> None:
    stage.control("POST", "/accounts", {"appid": HOUSE, "verified": False})
    stage.change(daily_limits={SEND: 1})
    token = stage.token()

    without_token = stage.get(SEND)
    wrong_class = stage.get(SEND, access_token=token)
    over_quota = stage.get(SEND, access_token=token)
    stage.control("POST", "/accounts", {"appid": HOUSE, "verified": True})
    stage.change(daily_limits={})
    wrong_method = stage.get(SEND, access_token=token)
    without_body = stage.call("POST", SEND, access_token=token).get_json(force=True)
    wrong_body = stage.post(SEND, {"touser": 1}, access_token=token)
    wrong_field = stage.post(SEND, {"touser": "nobody", "msgtype": "text"}, access_token=token)

    answers = [without_token, wrong_class, over_quota, wrong_method, without_body, wrong_body, wrong_field]
    assert [answer["errcode"] for answer in answers] == [41001, 48001, 45009, 43002, 44002, 47001, 40003]


def test_a_get_endpoint_refuses_a_post(stage: Stage) -> None:
    assert stage.post("/cgi-bin/user/get", {}, access_token=stage.token())["errcode"] == 43001


def test_the_token_of_a_mini_program_does_not_open_the_follower_api(stage: Stage) -> None:
    assert stage.get("/cgi-bin/user/get", access_token=stage.token(SHOP))["errcode"] == 48001


def test_sns_answers_are_labelled_as_text_and_others_as_json(stage: Stage) -> None:
    sns = stage.call("GET", "/sns/jscode2session")
    other = stage.call("GET", "/cgi-bin/user/get")

    assert sns.content_type == "text/plain"
    assert other.content_type == "application/json; encoding=utf-8"


def test_json_needs_no_content_type(stage: Stage) -> None:
    response = stage.client.post(
        "/cgi-bin/clear_quota", query_string={"access_token": stage.token()}, data=b'{"appid": "%s"}' % HOUSE.encode()
    )

    assert response.get_json(force=True)["errcode"] == 0
