from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.official.hands import OK, codes, draft, get, keep, post
from tests.sandbox.stage import Stage


def add(stage: Stage, *articles: Any) -> Any:
    return post(stage, "/cgi-bin/draft/add", {"articles": list(articles)})


def show(stage: Stage, media_id: str) -> list[Any]:
    return list(post(stage, "/cgi-bin/draft/get", {"media_id": media_id})["news_item"])


@pytest.fixture
def good(stage: Stage) -> dict[str, Any]:
    """An article that may be."""
    return {"title": "News", "author": "Ann", "content": "<p>Hello</p>", "thumb_media_id": keep(stage, "thumb")["media_id"]}


def test_a_draft_is_told_with_what_was_left_out(stage: Stage, good: dict[str, Any]) -> None:
    added = add(stage, good)

    item = show(stage, added["media_id"])[0]
    assert list(added) == ["media_id"]
    assert item == {
        "article_type": "news",
        "title": "News",
        "author": "Ann",
        "digest": "Hello",
        "content": "<p>Hello</p>",
        "content_source_url": "",
        "thumb_media_id": good["thumb_media_id"],
        "show_cover_pic": 0,
        "need_open_comment": 0,
        "only_fans_can_comment": 0,
        "url": item["url"],
    }


def test_scripts_and_foreign_pictures_are_taken_out(stage: Stage, good: dict[str, Any]) -> None:
    ours, foreign = '<img src="http://mmbiz.qpic.cn/x/0">', '<img src="https://evil.example/x.png">'

    media_id = add(stage, {**good, "content": f"{ours}{foreign}<script>alert(1)</script>text"})["media_id"]

    assert show(stage, media_id)[0]["content"] == f"{ours}text"


def test_only_a_single_article_gets_a_digest(stage: Stage, good: dict[str, Any]) -> None:
    media_id = add(stage, good, good)["media_id"]

    assert [item["digest"] for item in show(stage, media_id)] == ["", ""]


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"title": ""}, 45003),
        ({"title": "x" * 33}, 45003),
        ({"author": "x" * 17}, 40035),
        ({"digest": "x" * 129}, 45004),
        ({"content": ""}, 45166),
        ({"content": "x" * 20_000}, 45002),
        ({"content_source_url": "x" * 1025}, 40039),
        ({"thumb_media_id": "gone"}, 40007),
        ({"article_type": "dance"}, 40008),
        ({"article_type": "newspic"}, 40007),
    ],
)
def test_an_article_that_cannot_be_has_its_code(stage: Stage, good: dict[str, Any], changed: Any, errcode: int) -> None:
    assert add(stage, {**good, **changed})["errcode"] == errcode


def test_pictures_can_be_an_article(stage: Stage) -> None:
    pictures = [{"image_media_id": keep(stage)["media_id"]} for _ in range(2)]

    media_id = add(stage, {"article_type": "newspic", "title": "Pics", "content": "x", "image_info": {"image_list": pictures}})["media_id"]

    assert show(stage, media_id)[0]["image_info"] == {"image_list": pictures}


def test_one_to_eight_articles(stage: Stage, good: dict[str, Any]) -> None:
    assert codes([add(stage), add(stage, *[good] * 8), add(stage, *[good] * 9)]) == [45008, 0, 45008]


def test_one_article_of_a_draft_is_changed(stage: Stage, good: dict[str, Any]) -> None:
    media_id = draft(stage, "A", "B")
    bodies = [
        {"media_id": media_id, "index": 1, "articles": {**good, "title": "New"}},
        {"media_id": media_id, "index": 2, "articles": good},
        {"media_id": "gone", "index": 0, "articles": good},
    ]

    answers = [post(stage, "/cgi-bin/draft/update", body) for body in bodies]

    assert answers[0] == OK
    assert codes(answers) == [0, 40114, 40007]
    assert [item["title"] for item in show(stage, media_id)] == ["A", "New"]


def test_drafts_are_counted_listed_and_deleted(stage: Stage) -> None:
    old = draft(stage, "Old")
    stage.clock += 1
    new = draft(stage, "New")

    counted = get(stage, "/cgi-bin/draft/count")
    told = post(stage, "/cgi-bin/draft/batchget", {"offset": 0, "count": 20, "no_content": 1})
    deleted = [post(stage, "/cgi-bin/draft/delete", {"media_id": old}) for _ in range(2)]

    assert counted == {"total_count": 2}
    assert (told["total_count"], told["item_count"]) == (2, 2)
    assert [item["media_id"] for item in told["item"]] == [new, old]
    assert [list(item) for item in told["item"]] == [["media_id", "content", "update_time"]] * 2
    assert "content" not in told["item"][0]["content"]["news_item"][0]
    assert codes(deleted) == [0, 40007]
    assert post(stage, "/cgi-bin/draft/get", {"media_id": old})["errcode"] == 40007


@pytest.mark.parametrize("page", [{"offset": 0, "count": 0}, {"offset": 0, "count": 21}, {"offset": -1, "count": 1}])
def test_a_page_has_one_to_twenty_drafts(stage: Stage, page: Any) -> None:
    assert post(stage, "/cgi-bin/draft/batchget", page)["errcode"] == 40035


def test_the_draft_box_is_open(stage: Stage) -> None:
    answer = stage.client.post("/cgi-bin/draft/switch", query_string={"access_token": stage.token(), "checkonly": "1"})

    assert answer.get_json(force=True) == {**OK, "is_open": 1}
