from __future__ import annotations

from tests.sandbox.official.hands import codes, get, post
from tests.sandbox.stage import Stage

CHECK = "/cgi-bin/callback/check"


def test_addresses_are_loopback(stage: Stage) -> None:
    assert get(stage, "/cgi-bin/get_api_domain_ip") == {"ip_list": ["127.0.0.1/32"]}
    assert get(stage, "/cgi-bin/getcallbackip") == {"ip_list": ["127.0.0.1/32"]}


def test_the_check_tells_the_host_of_the_callback(stage: Stage) -> None:
    stage.set_callback()

    both = post(stage, CHECK, {"action": "all", "check_operator": "CHINANET"})
    one = post(stage, CHECK, {"action": "dns", "check_operator": "DEFAULT"})

    assert both == {
        "dns": [{"ip": "brand.test", "real_operator": "CHINANET"}],
        "ping": [{"ip": "brand.test", "from_operator": "CHINANET", "package_loss": "0%", "time": "1ms"}],
    }
    assert one == {"dns": [{"ip": "brand.test", "real_operator": "DEFAULT"}]}


def test_a_check_that_cannot_be_has_its_code(stage: Stage) -> None:
    bodies = [
        {"action": "dance", "check_operator": "DEFAULT"},
        {"action": "all", "check_operator": "nobody"},
        {"action": "all", "check_operator": "DEFAULT"},
    ]

    assert codes([post(stage, CHECK, body) for body in bodies]) == [40202, 40203, 40201]
