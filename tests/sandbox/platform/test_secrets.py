from __future__ import annotations

import json

from tests.sandbox.platform.scene import PLATFORM, Scene
from tests.sandbox.stage import SECRET, SHOP


def test_the_log_has_no_secret_of_a_platform(scene: Scene) -> None:
    own = scene.start()
    token = scene.token_for(SHOP)
    grant = scene.stage.sandbox.state.platforms[PLATFORM].grants[SHOP]
    ticket = next(iter(scene.stage.sandbox.state.platforms[PLATFORM].tickets))
    scene.component.refresh_authorizer_token(SHOP, grant.refresh_token)
    scene.stage.post("/cgi-bin/component/api_start_push_ticket", {"component_appid": PLATFORM, "component_secret": SECRET})

    told = json.dumps(scene.stage.control("GET", "/log"))

    assert "/cgi-bin/component/api_query_auth" in told
    assert not [secret for secret in (own, token, grant.refresh_token, ticket, SECRET) if secret in told]


def test_tickets_never_come_faster_than_the_clock(scene: Scene) -> None:
    scene.stage.change(component_ticket_every_s=0)
    body = {"component_appid": PLATFORM, "component_secret": SECRET}
    scene.stage.post("/cgi-bin/component/api_start_push_ticket", body)

    delivered = scene.stage.control("POST", "/pushes/deliver", {})["delivered"]

    assert len(delivered) == 1
