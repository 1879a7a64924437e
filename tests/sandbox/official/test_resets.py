from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.official.hands import OK, codes, post
from tests.sandbox.stage import HOUSE, SECRET, SHOP, Stage

ASKED = "/cgi-bin/openapi/rid/get"
MENU = "/cgi-bin/menu/get"


def used(stage: Stage, path: str = MENU) -> int:
    return int(post(stage, "/cgi-bin/openapi/quota/get", {"cgi_path": path})["quota"]["used"])


def rid_of(answer: Any) -> str:
    return str(answer["errmsg"]).rpartition(" rid: ")[2]


@pytest.mark.parametrize("in_query", [True, False])
def test_counts_are_cleared_with_the_secret_alone(stage: Stage, in_query: bool) -> None:
    stage.get(MENU, access_token=stage.token())
    given = {"appid": HOUSE, "appsecret": SECRET}

    answer = stage.client.post("/cgi-bin/clear_quota/v2", **({"query_string": given} if in_query else {"json": given}))

    assert answer.get_json(force=True) == OK
    assert used(stage) == 0


def test_both_resets_count_together_ten_times_a_month(stage: Stage) -> None:
    given = {"appid": HOUSE, "appsecret": SECRET}

    answers = [stage.post("/cgi-bin/clear_quota/v2", given) for _ in range(9)]
    answers += [post(stage, "/cgi-bin/clear_quota", {"appid": HOUSE}), stage.post("/cgi-bin/clear_quota/v2", given)]

    assert codes(answers) == [0] * 10 + [48006]


def test_a_reset_needs_the_secret(stage: Stage) -> None:
    bodies = [{}, {"appid": HOUSE}, {"appid": "wxnobody", "appsecret": "x"}, {"appid": HOUSE, "appsecret": "x"}]

    assert codes([stage.post("/cgi-bin/clear_quota/v2", body) for body in bodies]) == [41002, 41004, 40013, 40125]


def test_one_api_is_reset_alone_fifty_times_a_month(stage: Stage) -> None:
    stage.get(MENU, access_token=stage.token())
    stage.get("/cgi-bin/tags/get", access_token=stage.token())
    path = "/cgi-bin/openapi/quota/clear"

    first = post(stage, path, {"cgi_path": MENU})
    answers = [post(stage, path, {"cgi_path": MENU}) for _ in range(50)]

    assert first == OK
    assert used(stage) == 0
    assert codes(answers) == [0] * 49 + [45009]


@pytest.mark.parametrize(("path", "errcode"), [("/cgi-bin/dance", 76021), ("/sns/userinfo", 76022)])
def test_paths_that_cannot_be_reset(stage: Stage, path: str, errcode: int) -> None:
    assert post(stage, "/cgi-bin/openapi/quota/clear", {"cgi_path": path})["errcode"] == errcode


def test_a_refused_request_is_found_by_its_rid_without_its_secrets(stage: Stage) -> None:
    refused = post(stage, "/cgi-bin/tags/create", {"tag": {"name": ""}})

    told = post(stage, ASKED, {"rid": rid_of(refused)})

    request = told["request"]
    assert told["errcode"] == 0
    assert request["invoke_time"] == int(stage.clock)
    assert request["request_url"] == "access_token=***"
    assert request["request_body"] == '{"tag":{"name":""}}'
    assert '"errcode":45157' in request["response_body"]
    assert request["client_ip"] == "127.0.0.1"
    assert request["cost_in_ms"] >= 0


def test_rids_that_lead_nowhere_have_their_codes(stage: Stage) -> None:
    foreign = rid_of(stage.get(MENU, access_token=stage.token(SHOP)))
    own = rid_of(stage.get(MENU, access_token=stage.token()))

    answers = [post(stage, ASKED, {"rid": rid}) for rid in ("x", "00000000-00000000-00000000", foreign, own)]
    stage.clock += 7 * 86_400
    answers.append(post(stage, ASKED, {"rid": own}))

    assert codes(answers) == [76002, 76001, 76003, 0, 76004]
