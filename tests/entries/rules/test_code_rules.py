"""WeChat's limits of scenes, links in texts and short texts, on both sides; QR codes with room for a logo."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chalicelib.entries.rules import addresses, codes, leading, links, qr, ways
from chalicelib.entries.words import Lead
from chalicelib.entries.words.codes import CodeKind
from chalicelib.entries.words.links import Link, LinkKind, OpenedIn
from chalicelib.entries.words.ways import PageWay
from chalicelib.errors import Invalid
from tests.clock import NOON
from tests.entries.rules.test_registry_rules import PAGE, entry

WAY = PageWay(account="demo.mini", appid="wx1", page="pages/a/b", query="sku=7", path="pages/a/b?sku=7")


@pytest.mark.parametrize("scene", ["a", "x" * 32, "e_k3f9x2aq_0123456789", "!#$&'()*+,/:;=?@-._~"])
def test_a_scene_of_up_to_32_of_wechat_s_characters_is_taken(scene: str) -> None:
    codes.check_scene(CodeKind.mini_program, scene)


@pytest.mark.parametrize("scene", ["", "x" * 33, "a%20b", "中", "a b", "a\n", "scancode_time"])
def test_a_longer_scene_or_one_of_other_characters_is_refused(scene: str) -> None:
    with pytest.raises(Invalid):
        codes.check_scene(CodeKind.mini_program, scene)


def test_a_scene_of_an_official_account_has_up_to_64_characters() -> None:
    codes.check_scene(CodeKind.follow, "x" * 64)

    for scene in ("", "x" * 65):
        with pytest.raises(Invalid):
            codes.check_scene(CodeKind.follow_for_good, scene)


def test_a_scene_names_its_entry_and_its_parameters_and_is_read_again() -> None:
    row = codes.write_row(bytes(range(7)))

    scenes = [codes.write_scene(entry(), each) for each in ("", row)]

    assert [codes.read_scene(scene) for scene in scenes] == [("k3f9x2aq", ""), ("k3f9x2aq", row)]
    assert max(map(len, scenes)) <= 32


@pytest.mark.parametrize("scene", ["", "k3f9x2aq", "e_k3f9x2aq_", "e_K3F9X2AQ", "e_k3f9x2aq_012345678", "e_k3f9x2aq\n"])
def test_another_scene_is_none_of_ours(scene: str) -> None:
    assert codes.read_scene(scene) is None


def test_a_link_in_a_text_of_2048_bytes_is_taken_and_one_more_refused() -> None:
    bare = len(ways.text_link("x", "https://a.test/", WAY).encode())
    spare = 2048 - bare

    def link(extra: int) -> str:
        return ways.text_link("x" * (1 + extra), "https://a.test/", WAY)

    assert len(link(spare).encode()) == 2048
    with pytest.raises(Invalid):
        link(spare + 1)


def test_what_people_read_cannot_break_out_of_any_markup() -> None:
    label = '"><script>alert(1)</script>'

    made = (ways.text_link(label, "https://a.test/", WAY), ways.article_card(label, "", WAY), ways.web_snippet(label, WAY))

    assert all("<script>alert" not in each for each in made)
    assert made[2].count("<script") == 1


def test_a_snippet_names_the_page_as_old_clients_know_it() -> None:
    assert 'path="pages/a/b.html?sku=7"' in ways.web_snippet("去", WAY)


@pytest.mark.parametrize(("length", "parts"), [(70, 1), (71, 2), (134, 2), (135, 3)])
def test_a_text_is_counted_as_operators_do(length: int, parts: int) -> None:
    link = "https://a.test/"

    assert ways.write_sms("字" * (length - len(link) - 2), link).parts == parts


@pytest.mark.parametrize("label", ["", "x" * 65, "a\nb"])
def test_a_label_of_one_to_64_characters_is_taken(label: str) -> None:
    assert ways.check_label("x" * 64, place="label")
    with pytest.raises(Invalid):
        ways.check_label(label, place="label")


def test_a_ticket_goes_along_up_to_256_characters_and_not_beyond() -> None:
    fits, over = "x" * (256 - len("jump%3D")), "x" * (257 - len("jump%3D"))

    assert leading.take_along("https://wxaurl.cn/A", jump=fits, visit="") == f"https://wxaurl.cn/A?cq=jump%3D{fits}"
    assert leading.take_along("https://wxaurl.cn/A", jump=over, visit="") == "https://wxaurl.cn/A"


def test_a_visit_goes_along_beside_a_ticket_that_leaves_room_for_it_and_else_the_ticket_alone() -> None:
    room = 256 - len("jump%3D") - len("%26visit%3Dv0000001")

    both, one = (leading.take_along("https://wxaurl.cn/A", jump="x" * length, visit="v0000001") for length in (room, room + 1))

    assert both.endswith("x%26visit%3Dv0000001")
    assert one.endswith("=jump%3D" + "x" * (room + 1))
    assert leading.take_along("https://wxaurl.cn/A", jump="", visit="v0000001") == "https://wxaurl.cn/A?cq=visit%3Dv0000001"


def test_a_page_s_address_has_its_visit_as_long_as_it_stays_within_what_addresses_may_be() -> None:
    page = "https://a.test/?p="
    room = 2048 - len(page) - len("&visit=v0000001")

    assert addresses.add_visit(page + "x" * room, "v0000001").endswith("&visit=v0000001")
    assert addresses.add_visit(page + "x" * (room + 1), "v0000001") == page + "x" * (room + 1)


@pytest.mark.parametrize(
    ("agent", "opened_in"),
    [
        ("Mozilla/5.0 (iPhone) Mobile/15E148 MicroMessenger/8.0.50", OpenedIn.wechat),
        ("Mozilla/5.0 (Windows NT 6.1) MicroMessenger/7.0 WindowsWechat", OpenedIn.wechat),
        ("Mozilla/5.0 (iPhone) Mobile wxwork/4.1 MicroMessenger/7.0", OpenedIn.mobile),
        ("Mozilla/5.0 (Linux; Android 14; Pixel) Chrome/120 Mobile Safari/537.36", OpenedIn.mobile),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) HarmonyOS", OpenedIn.mobile),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) Safari/605.1.15", OpenedIn.desktop),
        ("", OpenedIn.desktop),
    ],
)
def test_where_a_link_was_opened_is_read_from_the_browser(agent: str, opened_in: OpenedIn) -> None:
    assert leading.read_end(agent) is opened_in


@pytest.mark.parametrize(
    "agent", ["", " ", "curl/8.0", "Googlebot/2.1", "Baiduspider", "WhatsApp/2.23", "python-requests/2.34", "HeadlessChrome/120"]
)
def test_what_is_no_person_is_known(agent: str) -> None:
    assert leading.is_robot(agent)


@pytest.mark.parametrize("agent", ["Mozilla/5.0 (iPhone) Mobile MicroMessenger/8.0", "Mozilla/5.0 (X11; Linux) Cubot/1 Chrome/120"])
def test_a_person_is_no_robot(agent: str) -> None:
    assert not leading.is_robot(agent)


def test_a_code_has_a_quiet_zone_the_best_mending_and_room_for_a_logo() -> None:
    text = "https://api.example.com/l/demo.k3f9x2aq"
    plain, cleared = qr.make(text), qr.make(text)

    qr.clear_middle(cleared.matrix)

    lost = sum(dark != white for one, two in zip(plain.matrix, cleared.matrix, strict=True) for dark, white in zip(one, two, strict=True))
    side, room = len(plain.matrix), len(plain.matrix) // 10
    middle = [row[side // 2 - room : side // 2 + room] for row in cleared.matrix[side // 2 - room : side // 2 + room]]
    assert plain.error == "H"
    assert lost < 0.05 * side * side
    assert not any(map(any, middle))
    assert cleared.matrix[:8] == plain.matrix[:8]  # what scanners find a code by


def test_material_is_drawn_as_png_and_svg_and_a_page_needs_nothing_else() -> None:
    text = "https://api.example.com/l/demo.k3f9x2aq"
    side = len(qr.make(text).matrix) + 8

    png, svg, inline = qr.draw_png(text, logo=True, scale=10), qr.draw_svg(text, logo=True), qr.draw_inline(text)

    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20], "big") == 10 * side
    assert svg.startswith(b"<?xml")
    assert base64.b64decode(inline.removeprefix("data:image/png;base64,")) == qr.draw_png(text, logo=False, scale=8)


def test_a_short_link_is_called_by_a_line_of_up_to_20_characters() -> None:
    names = ("字" * 20, "字" * 21, "a\nb")

    titles = [links.short_title(msgspec.structs.replace(entry(), lead=Lead(name=name, target=PAGE))) for name in names]

    assert titles == ["字" * 20, "字" * 20, "a b"]


def test_a_day_of_quotas_begins_at_midnight_in_beijing() -> None:
    last, first = datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC), datetime(2026, 11, 20, 16, tzinfo=UTC)

    assert (links.day_of(last), links.day_of(first)) == ("2026-11-20", "2026-11-21")
    assert links.next_day(last) == first
    assert links.next_day(first) == datetime(2026, 11, 21, 16, tzinfo=UTC)


@pytest.mark.parametrize(("left", "good"), [(timedelta(minutes=5), False), (timedelta(minutes=5, seconds=1), True), (None, True)])
def test_a_link_is_good_as_long_as_a_visitor_needs(left: timedelta | None, good: bool) -> None:
    link = Link(kind=LinkKind.url_link, mark="m", value="https://wxaurl.cn/A", made_at=NOON, ends_at=None if left is None else NOON + left)

    assert links.is_good(link, NOON) is good
