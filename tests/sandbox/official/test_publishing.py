from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.official.hands import OK, codes, draft, events, follower, post
from tests.sandbox.stage import HOUSE, Stage


def submit(stage: Stage, media_id: str) -> Any:
    return post(stage, "/cgi-bin/freepublish/submit", {"media_id": media_id})


def status(stage: Stage, publish_id: str) -> Any:
    return post(stage, "/cgi-bin/freepublish/get", {"publish_id": publish_id})


def publish(stage: Stage, *titles: str) -> str:
    """The article id of a finished publication."""
    publish_id = submit(stage, draft(stage, *titles))["publish_id"]
    stage.clock += 11
    return str(status(stage, publish_id)["article_id"])


def test_a_publication_takes_a_while_and_then_has_addresses(stage: Stage) -> None:
    stage.set_callback()
    media_id = draft(stage, "A", "B")

    submitted = submit(stage, media_id)
    early = status(stage, submitted["publish_id"])
    stage.clock += 11
    done = status(stage, submitted["publish_id"])

    event = events(stage, "PUBLISHJOBFINISH")[0]
    assert submitted == {**OK, "publish_id": submitted["publish_id"], "msg_data_id": submitted["msg_data_id"]}
    assert isinstance(submitted["publish_id"], str)
    assert early == {"publish_id": submitted["publish_id"], "publish_status": 1, "fail_idx": []}
    assert list(done) == ["publish_id", "publish_status", "article_id", "article_detail", "fail_idx"]
    assert done["publish_status"] == 0
    assert [item["idx"] for item in done["article_detail"]["item"]] == [1, 2]
    assert event["FromUserName"] == "mphelper"
    assert event["PublishEventInfo"]["publish_id"] == submitted["publish_id"]
    assert event["PublishEventInfo"]["article_id"] == done["article_id"]
    assert post(stage, "/cgi-bin/draft/get", {"media_id": media_id})["errcode"] == 40007


@pytest.mark.parametrize(("outcome", "failed"), [(2, [1, 2]), (3, []), (4, [1, 2])])
def test_a_publication_that_fails_leaves_the_draft(stage: Stage, outcome: int, failed: list[int]) -> None:
    stage.set_callback()
    stage.change(publish_status=outcome)
    media_id = draft(stage, "A", "B")

    publish_id = submit(stage, media_id)["publish_id"]
    stage.clock += 11

    assert status(stage, publish_id) == {"publish_id": publish_id, "publish_status": outcome, "fail_idx": failed}
    assert events(stage, "PUBLISHJOBFINISH")[0]["PublishEventInfo"]["publish_status"] == str(outcome)
    assert "errcode" not in post(stage, "/cgi-bin/draft/get", {"media_id": media_id})


def test_what_is_published_is_told_and_listed_and_can_be_deleted_piecewise(stage: Stage) -> None:
    article_id = publish(stage, "A", "B")

    before = post(stage, "/cgi-bin/freepublish/getarticle", {"article_id": article_id})["news_item"]
    listed = post(stage, "/cgi-bin/freepublish/batchget", {"offset": 0, "count": 20, "no_content": 1})
    answers = [post(stage, "/cgi-bin/freepublish/delete", {"article_id": article_id, "index": index}) for index in (1, 3)]
    after = post(stage, "/cgi-bin/freepublish/getarticle", {"article_id": article_id})["news_item"]

    assert [(one["title"], one["is_deleted"]) for one in before] == [("A", False), ("B", False)]
    assert (listed["total_count"], listed["item"][0]["article_id"]) == (1, article_id)
    assert "content" not in listed["item"][0]["content"]["news_item"][0]
    assert codes(answers) == [0, 40114]
    assert [one["is_deleted"] for one in after] == [True, False]


def test_when_all_is_deleted_the_publication_says_so(stage: Stage) -> None:
    publish_id = submit(stage, draft(stage))["publish_id"]
    stage.clock += 11
    article_id = status(stage, publish_id)["article_id"]

    post(stage, "/cgi-bin/freepublish/delete", {"article_id": article_id})

    assert status(stage, publish_id)["publish_status"] == 5
    stage.control("POST", f"/users/{stage.make_user()}/read", {"appid": HOUSE, "article_id": article_id}, status=409)


def test_what_is_not_there_has_its_code(stage: Stage) -> None:
    answers = [
        submit(stage, "gone"),
        status(stage, "1"),
        post(stage, "/cgi-bin/freepublish/getarticle", {"article_id": "gone"}),
        post(stage, "/cgi-bin/freepublish/delete", {"article_id": "gone"}),
    ]

    assert codes(answers) == [40007, 40035, 53600, 53600]


def test_an_article_can_be_sent_by_customer_service(stage: Stage) -> None:
    article_id, user = publish(stage, "A"), follower(stage)

    answers = [stage.write_to(user, msgtype="mpnewsarticle", mpnewsarticle={"article_id": one}) for one in (article_id, "gone")]

    assert codes(answers) == [0, 53600]
    assert stage.received(user)[-1]["text"] == "A"


def test_a_menu_item_can_open_an_article(stage: Stage) -> None:
    article_id, user = publish(stage), follower(stage)
    button = {"type": "article_id", "name": "Read", "article_id": article_id}

    made = post(stage, "/cgi-bin/menu/create", {"button": [button]})

    assert made == OK
    assert stage.act(user, "tap", name="Read")["opens"] == {"article_id": article_id}
