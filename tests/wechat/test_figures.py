"""Figures, tags, orders and live rooms as WeChat writes them, read for what is used of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from chalicelib.errors import Unknown
from chalicelib.wechat.figures import Report, Told
from chalicelib.wechat.gateway import Gateway
from chalicelib.wechat.leads import Components, Forms
from chalicelib.wechat.shops import Lives, OrderIds, OrderLine

TOKEN = "canary-token"
DAY = date(2026, 7, 1)


class Wechat(Gateway):
    """Answers everything with the same, and remembers what it was asked."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__("http://wechat.invalid", timeout_s=1)
        self.asked: list[tuple[str, Any]] = []
        self._answer = answer

    def _post(self, path: str, body: dict[str, Any], *, token: str | None = None, component_token: str | None = None) -> dict[str, Any]:
        assert token == TOKEN
        self.asked.append((path, body))
        return self._answer

    def _call(self, method: str, path: str, *, params: Any, **request: Any) -> dict[str, Any]:
        assert (method, params["access_token"]) == ("get", TOKEN)
        self.asked.append((path, None))
        return self._answer


def test_a_report_is_asked_for_one_day_as_its_family_writes_days() -> None:
    wechat = Wechat({"list": [{"ref_date": "2026-07-01", "new_user": 2}]})

    told = wechat.fetch_figures(TOKEN, Report("getusersummary"), DAY, DAY)
    wechat.fetch_figures(TOKEN, Report("getweanalysisappidvisitpage", compact=True), DAY, DAY)

    assert told == Told(({"ref_date": "2026-07-01", "new_user": 2},))
    assert wechat.asked == [
        ("/datacube/getusersummary", {"begin_date": "2026-07-01", "end_date": "2026-07-01"}),
        ("/datacube/getweanalysisappidvisitpage", {"begin_date": "20260701", "end_date": "20260701"}),
    ]


def test_a_report_may_say_that_it_is_late() -> None:
    assert Wechat({"list": [], "is_delay": True}).fetch_figures(TOKEN, Report("getarticleread"), DAY, DAY) == Told((), delayed=True)


def test_retention_has_no_list_and_is_one_line() -> None:
    answer = {"errcode": 0, "ref_date": "20260701", "visit_uv_new": [{"key": 0, "value": 2}], "visit_uv": []}

    told = Wechat(answer).fetch_figures(TOKEN, Report("r", compact=True), DAY, DAY)

    assert told == Told(({"visit_uv_new": [{"key": 0, "value": 2}], "visit_uv": []},))


def test_an_answer_that_says_nothing_has_no_lines() -> None:
    assert Wechat({"ref_date": "20260701", "visit_uv": []}).fetch_figures(TOKEN, Report("r"), DAY, DAY) == Told(())
    assert Wechat({"list": []}).fetch_figures(TOKEN, Report("r"), DAY, DAY) == Told(())


def test_tags_are_told_with_their_counts() -> None:
    wechat = Wechat({"tags": [{"id": 2, "name": "星标组", "count": 0}]})

    assert wechat.list_tags(TOKEN) == Told(({"id": 2, "name": "星标组", "count": 0},))
    assert wechat.asked == [("/cgi-bin/tags/get", None)]


@pytest.mark.parametrize(
    ("answer", "ids"),
    [
        ({"order_id_list": ["3705115058471208928", 3705115058471208929], "next_key": "k", "has_more": True}, ("k",)),
        ({"order_id_list": ["3705115058471208928", 3705115058471208929], "next_key": "k", "has_more": False}, (None,)),
    ],
)
def test_ids_of_orders_are_texts_however_they_are_written(answer: dict[str, Any], ids: tuple[str | None]) -> None:
    wechat = Wechat(answer)

    told = wechat.list_changed_orders(TOKEN, 10, 20, "j")

    assert told == OrderIds(("3705115058471208928", "3705115058471208929"), ids[0])
    asked = {"update_time_range": {"start_time": 10, "end_time": 20}, "page_size": 100, "next_key": "j"}
    assert wechat.asked == [("/channels/ec/order/list/get", asked)]


def test_an_order_is_read_with_what_may_be_absent() -> None:
    product = {"sku_id": 200, "title": "橙子", "sku_cnt": 2, "sale_price": 1250, "thumb_img": ""}
    detail = {"product_infos": [product], "price_info": {"order_price": 2500}, "ext_info": {"live_id": "export/1"}}
    full = {"order_id": 37, "status": 20, "create_time": 1, "update_time": 2, "openid": "o1", "unionid": "u1", "order_detail": detail}
    bare = {"order_id": "38", "status": 12, "create_time": 1, "update_time": 2}

    order, gift = (Wechat({"order": each}).fetch_order(TOKEN, "37") for each in (full, bare))

    assert (order.id, order.total_fen, order.live_id, order.paid_at) == ("37", 2500, "export/1", 0)
    assert order.lines == (OrderLine("200", "橙子", 2, 1250),)
    assert (gift.openid, gift.unionid, gift.lines) == ("", None, ())


def test_live_rooms_come_in_pages() -> None:
    more = Wechat({"item": [{"export_id": "export/1"}], "last_buffer": "b", "continue_flag": True}).list_lives(TOKEN, 1, 2, "")
    last = Wechat({"item": [], "last_buffer": "b", "continue_flag": False}).list_lives(TOKEN, 1, 2, "b")

    assert (more, last) == (Lives(({"export_id": "export/1"},), "b"), Lives((), None))


@pytest.mark.parametrize(
    "form",
    [
        '{"leads_data": "[{\\"title\\": \\"手机号\\", \\"value\\": \\"138\\"}]"}',
        {"user_data": [{"title": "手机号", "value": "138"}]},
        {"title": "手机号", "value": 138},
        {"手机号": "138"},
    ],
)
def test_a_form_is_read_however_deep_it_is_wrapped(form: Any) -> None:
    wechat = Wechat({"user_data": [form], "last_buffer": "b", "continue_flag": True})

    told = wechat.list_forms(TOKEN, "c1", first_s=1, last_s=2, following="a")

    assert told == Forms(({"手机号": "138"},), "b")
    asked = {"leads_component_id": "c1", "start_time": 1, "end_time": 2, "last_buffer": "a", "version": 1}
    assert wechat.asked == [("/channels/leads/get_leads_info_by_component_id", asked)]


@pytest.mark.parametrize("form", ["", "no json", "[1]", 7, {"leads_data": "[1]"}, None])
def test_a_form_of_another_shape_is_no_answer_and_is_not_quoted(form: Any) -> None:
    with pytest.raises(Unknown) as caught:
        Wechat({"user_data": [form]}).list_forms(TOKEN, "c1", first_s=1, last_s=2, following="")

    assert "no json" not in str(caught.value)


def test_components_are_listed_in_pages() -> None:
    wechat = Wechat({"item": [{"leads_component_id": 7}, {"leads_component_id": "c1", "status": 1}], "last_buffer": "b"})

    assert wechat.list_lead_components(TOKEN, "") == Components(("7", "c1"), None)


@pytest.mark.parametrize(
    "ask",
    [
        lambda wechat: wechat.list_changed_orders(TOKEN, 1, 2, "k"),
        lambda wechat: wechat.list_lives(TOKEN, 1, 2, "k"),
        lambda wechat: wechat.list_lead_components(TOKEN, "k"),
        lambda wechat: wechat.list_forms(TOKEN, "c1", first_s=1, last_s=2, following="k"),
    ],
)
def test_pages_that_lead_back_to_themselves_are_not_followed_for_ever(ask: Callable[[Gateway], object]) -> None:
    with pytest.raises(Unknown, match="lead back"):
        ask(Wechat({"next_key": "k", "has_more": True, "last_buffer": "k", "continue_flag": True}))


@pytest.mark.parametrize("answer", [{"list": "x"}, {"list": [1]}, {"is_delay": "no"}])
def test_an_answer_of_another_shape_is_no_answer(answer: dict[str, Any]) -> None:
    with pytest.raises(Unknown):
        Wechat(answer).fetch_figures(TOKEN, Report("r"), DAY, DAY)
