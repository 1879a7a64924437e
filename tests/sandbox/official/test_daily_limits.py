from __future__ import annotations

import pytest

from sandbox.api import ENDPOINTS
from tests.sandbox.official.hands import codes, post
from tests.sandbox.stage import Stage

LIMITS = {
    "/cgi-bin/menu/create": 1_000,
    "/cgi-bin/menu/get": 10_000,
    "/cgi-bin/menu/delete": 1_000,
    "/cgi-bin/menu/addconditional": 2_000,
    "/cgi-bin/menu/delconditional": 2_000,
    "/cgi-bin/menu/trymatch": 20_000,
    "/cgi-bin/media/upload": 100_000,
    "/cgi-bin/media/get": 200_000,
    "/cgi-bin/message/custom/send": 500_000,
    "/cgi-bin/message/mass/sendall": 100,
    "/cgi-bin/message/mass/send": 100,
    "/cgi-bin/message/mass/preview": 100,
    "/cgi-bin/qrcode/create": 100_000,
    "/cgi-bin/user/get": 500,
    "/cgi-bin/user/info": 5_000_000,
    "/cgi-bin/user/info/updateremark": 10_000,
    "/cgi-bin/draft/add": 1_000,
    "/cgi-bin/draft/get": 500,
    "/cgi-bin/draft/delete": 1_000,
    "/cgi-bin/draft/update": 1_000,
    "/cgi-bin/draft/count": 1_000,
    "/cgi-bin/draft/batchget": 1_000,
    "/cgi-bin/freepublish/submit": 100,
    "/cgi-bin/freepublish/get": 100,
    "/cgi-bin/freepublish/delete": 10,
    "/cgi-bin/freepublish/getarticle": 100,
    "/cgi-bin/freepublish/batchget": 100,
    "/cgi-bin/message/template/send": 100_000,
    "/cgi-bin/stable_token": 500_000,
    "/cgi-bin/token": 2_000,
}


@pytest.mark.parametrize("path", LIMITS)
def test_a_new_service_accounts_daily_limit_is_wechats(stage: Stage, path: str) -> None:
    quota = post(stage, "/cgi-bin/openapi/quota/get", {"cgi_path": path})["quota"]

    assert quota["daily_limit"] == LIMITS[path]


def test_at_the_limit_it_is_45009_until_midnight_in_beijing(stage: Stage) -> None:
    answers = [post(stage, "/cgi-bin/freepublish/delete", {"article_id": "x"}) for _ in range(11)]
    stage.clock += 8 * 3600

    assert codes(answers) == [53600] * 10 + [45009]
    assert post(stage, "/cgi-bin/freepublish/delete", {"article_id": "x"})["errcode"] == 53600


def test_every_endpoint_of_official_accounts_asks_for_a_token_or_a_secret(stage: Stage) -> None:
    paths = [path for path, endpoint in ENDPOINTS.items() if path.startswith(("/datacube/", "/customservice/", "/cgi-bin/menu"))]

    answers = {path: stage.call(ENDPOINTS[path].method, path).get_json(force=True)["errcode"] for path in paths}

    assert set(answers.values()) == {41001}
