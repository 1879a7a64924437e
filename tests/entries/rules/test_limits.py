"""WeChat's limits of codes and links, each from both sides; where a test of another file plays one, it is not repeated here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.entries.rules import links, quotas
from chalicelib.entries.words import EntryOrder, MiniProgramPage
from chalicelib.entries.words.codes import CodeOrder
from chalicelib.entries.words.links import PersonalLinkOrder
from chalicelib.entries.words.quotas import Quota
from chalicelib.wechat.codes import LINK_DAYS, LONGEST_LIFE_S, CodeCalls
from tests.clock import NOON

FOLLOW = {"kind": "follow"}
DRAWN = {"kind": "mini_program"}
PAGE = {"end": "mini_program", "account": "demo.mini", "path": "pages/a"}
ENTRY = {"name": "x", "placement": "menu", "target": PAGE}
PERSONAL = {"who": {"type": "member_no", "value": "M1"}}
LIMITS: list[tuple[type, dict[str, Any], str, Any, Any]] = [
    (CodeOrder, FOLLOW, "lives_s", 60, 59),
    (CodeOrder, FOLLOW, "lives_s", 2_592_000, 2_592_001),
    (CodeOrder, DRAWN, "width", 280, 279),
    (CodeOrder, DRAWN, "width", 1280, 1281),
    (CodeOrder, DRAWN, "page", "pages/a", "/pages/a"),
    (CodeOrder, DRAWN, "page", "pages/a", "pages/a?b=1"),
    (CodeOrder, DRAWN, "page", "p" * 512, "p" * 513),
    (CodeOrder, DRAWN, "version", "trial", "canary"),
    (CodeOrder, DRAWN, "parameters", {f"p{number}": "x" for number in range(20)}, {f"p{number}": "x" for number in range(21)}),
    (CodeOrder, DRAWN, "parameters", {"p": "x" * 256}, {"p": "x" * 257}),
    (PersonalLinkOrder, PERSONAL, "lives_s", 1, 0),
    (PersonalLinkOrder, PERSONAL, "lives_s", 86_400, 86_401),
    (EntryOrder, ENTRY, "utm", {"source": "x" * 64}, {"source": "x" * 65}),
    (
        EntryOrder,
        ENTRY,
        "costs",
        [{"first": "2026-11-01", "last": "2026-11-01", "fen": 0}],
        [{"first": "2026-11-01", "last": "2026-11-01", "fen": -1}],
    ),
    (EntryOrder, ENTRY, "target", {"end": "channels", "finder": "sphA1", "title": "x"}, {"end": "channels", "finder": "A1", "title": "x"}),
]


@pytest.mark.parametrize(
    ("order", "said", "field", "inside", "outside"), LIMITS, ids=[f"{each[2]}-{number}" for number, each in enumerate(LIMITS)]
)
def test_a_limit_is_kept_from_both_sides(order: type, said: dict[str, Any], field: str, inside: Any, outside: Any) -> None:
    msgspec.convert({**said, field: inside}, order)

    with pytest.raises(msgspec.ValidationError, match=rf"\$\.{field}"):
        msgspec.convert({**said, field: outside}, order)


def test_there_are_as_many_of_each_as_wechat_gives() -> None:
    assert {quota.name: most for quota, most in quotas.MOST.items()} == {
        "links": 500_000,
        "short_links": 10_000_000,
        "follow_codes": 100_000,
        "codes_for_good": 100_000,
        "limited_codes": 100_000,
        "unchecked_pages": 60_000,
    }
    assert set(quotas.MOST) == set(Quota)


def test_what_is_counted_by_the_day_is_kept_longer_than_its_day_and_the_rest_for_good() -> None:
    assert quotas.gone_at(Quota.links, NOON) == links.next_day(NOON) + timedelta(days=40)
    assert (quotas.gone_at(Quota.limited_codes, NOON), quotas.ends_at(Quota.limited_codes, NOON)) == (None, None)


class Heard(CodeCalls):
    """Keeps what WeChat would be asked."""

    def __init__(self) -> None:
        self.body: dict[str, Any] = {}

    def _post(self, path: str, body: dict[str, Any], *, token: str | None = None, component_token: str | None = None) -> dict[str, Any]:
        self.body = body
        return {"url_link": "u", "openlink": "u", "link": "u", "url": "u"}

    def _call(self, method: str, path: str, *, params: Any, **request: Any) -> dict[str, Any]:
        raise NotImplementedError

    def _post_for_image(self, path: str, body: dict[str, Any], *, token: str) -> Any:
        raise NotImplementedError


@pytest.mark.parametrize("call", ["make_url_link", "make_scheme"])
def test_a_link_is_asked_for_30_days_which_wechat_gives_at_most_and_is_taken_for_no_longer(call: str) -> None:
    heard = Heard()

    getattr(heard, call)("token", "pages/a", "b=1")

    assert (heard.body["expire_type"], heard.body["expire_interval"], LINK_DAYS) == (1, 30, 30)
    assert timedelta(days=LINK_DAYS) == links.LIVES


def test_a_short_link_is_never_one_of_the_few_that_are_for_good() -> None:
    heard = Heard()

    heard.make_short_link("token", "pages/a?b=1", "x")

    assert heard.body["is_permanent"] is False


def test_a_code_to_follow_is_asked_for_by_a_scene_of_letters_and_ends_or_is_for_good() -> None:
    heard = Heard()

    heard.create_follow_code("token", "e_k3f9x2aq", lives_s=LONGEST_LIFE_S)
    ends = heard.body
    heard.create_follow_code("token", "e_k3f9x2aq", lives_s=None)

    assert (ends["action_name"], ends["expire_seconds"]) == ("QR_STR_SCENE", 2_592_000)
    assert (heard.body["action_name"], "expire_seconds" in heard.body) == ("QR_LIMIT_STR_SCENE", False)


@pytest.mark.parametrize(
    ("path", "good"), [("p" * 512, True), ("p" * 513, False), ("pages/a.b-c_d/1", True), ("", False), ("pages/页", False)]
)
def test_a_page_of_a_mini_program_is_as_its_app_json_has_it(path: str, good: bool) -> None:
    said = {"end": "mini_program", "account": "demo.mini", "path": path}

    if good:
        assert msgspec.convert(said, MiniProgramPage).path == path
    else:
        with pytest.raises(msgspec.ValidationError, match=r"\$\.path"):
            msgspec.convert(said, MiniProgramPage)
