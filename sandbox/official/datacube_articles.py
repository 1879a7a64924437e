"""Statistics of articles (datacube), from what was played: reads and shares, once by the old endpoints, once by the new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sandbox.beijing import day_of
from sandbox.call import Call
from sandbox.codes import WechatError
from sandbox.official import articles, dates
from sandbox.official.endpoint import post
from sandbox.official.words import Article, Moment

ALL_SOURCES = 99_999_999
OLD_DAYS, NEW_DAYS = 7, 30
SCENES = {0: "公众号消息", 1: "好友转发", 2: "朋友圈", 4: "公众号主页", 5: "其它", 6: "看一看", 7: "搜一搜"}
_OLD_SOURCES = {0: "session", 1: "friends", 2: "feed", 4: "hist_msg", 5: "other", 6: "kanyikan", 7: "souyisou"}
_SHARED = {1: "session", 2: "feed", 255: "other"}


def _find(call: Call, what: str, days: list[date], msgid: str | None = None) -> list[Moment]:
    wanted = set(days)
    return [
        one for one in call.official.moments if one.what == what and day_of(one.at) in wanted and (msgid is None or one.detail == msgid)
    ]


def _sum(moments: list[Moment]) -> tuple[int, int]:
    """How many people, how many times."""
    return len({one.openid for one in moments}), len(moments)


def _old_figures(reads: list[Moment], shares: list[Moment]) -> dict[str, int]:
    """The eight figures of the old endpoints; nobody opens the original page or keeps an article here."""
    read_user, read_count = _sum(reads)
    share_user, share_count = _sum(shares)
    return {
        "int_page_read_user": read_user,
        "int_page_read_count": read_count,
        "ori_page_read_user": 0,
        "ori_page_read_count": 0,
        "share_user": share_user,
        "share_count": share_count,
        "add_to_fav_user": 0,
        "add_to_fav_count": 0,
    }


def _refuse_old(call: Call) -> None:
    if not call.sandbox.state.settings.old_article_figures:
        raise WechatError(48001)


def _published(call: Call, day: date) -> Iterator[tuple[Article, int, str]]:
    """The articles of a day: group, place, and the msgid of the statistics."""
    for article in call.official.articles.values():
        if day_of(article.published_at) == day:
            for position in range(1, len(article.articles) + 1):
                yield article, position, f"{article.data_id}_{position}"


def _title(call: Call, msgid: str) -> str:
    data_id, _, position = msgid.partition("_")
    article = next((one for one in call.official.articles.values() if str(one.data_id) == data_id), None)
    return str(article.articles[int(position) - 1]["title"]) if article is not None else ""


def summarise(call: Call) -> dict[str, Any]:
    """`POST /datacube/getarticlesummary`: what was read on a day, by article."""
    _refuse_old(call)
    days = dates.read(call, most=1)
    told = []
    for msgid in sorted({one.detail for what in ("read", "share") for one in _find(call, what, days)}):
        figures = _old_figures(_find(call, "read", days, msgid), _find(call, "share", days, msgid))
        told.append({"ref_date": str(days[0]), "user_source": 0, "msgid": msgid, "title": _title(call, msgid), **figures})
    return {"list": told}


def total(call: Call) -> dict[str, Any]:
    """`POST /datacube/getarticletotal`: the articles of a day, with growing figures for up to seven days."""
    _refuse_old(call)
    day = dates.read(call, most=1)[0]
    return {
        "list": [
            {
                "ref_date": str(day),
                "msgid": msgid,
                "title": article.articles[position - 1]["title"],
                "user_source": 0,
                "details": [_old_total(call, day, until, msgid, article.targets) for until in _days_since(call, day, OLD_DAYS)],
            }
            for article, position, msgid in _published(call, day)
        ]
    }


def _days_since(call: Call, day: date, most: int) -> list[date]:
    """The days with figures since an article was published."""
    yesterday = day_of(call.now) - timedelta(days=1)
    return [one for one in (day + timedelta(days=number) for number in range(most)) if one <= yesterday]


def _until(day: date, until: date) -> list[date]:
    return [day + timedelta(days=number) for number in range((until - day).days + 1)]


def _old_total(call: Call, day: date, until: date, msgid: str, targets: int) -> dict[str, Any]:
    reads, shares = (_find(call, what, _until(day, until), msgid) for what in ("read", "share"))
    told: dict[str, Any] = {"stat_date": str(until), "target_user": targets, **_old_figures(reads, shares)}
    for scene, name in _OLD_SOURCES.items():
        people, times = _sum([one for one in reads if one.scene == scene])
        told[f"int_page_from_{name}_read_user"], told[f"int_page_from_{name}_read_count"] = people, times
    for scene, name in _SHARED.items():
        people, times = _sum([one for one in shares if one.scene == scene])
        told[f"feed_share_from_{name}_user"], told[f"feed_share_from_{name}_cnt"] = people, times
    return told


def _reads(call: Call, most: int, *, hourly: bool) -> dict[str, Any]:
    _refuse_old(call)
    days = dates.read(call, most=most)
    slots: dict[tuple[str, int, int], list[Moment]] = {}
    for one in _find(call, "read", days):
        for source in (one.scene, ALL_SOURCES):
            slots.setdefault((str(day_of(one.at)), dates.ref_hour(one.at) if hourly else 0, source), []).append(one)
    return {
        "list": [
            {"ref_date": day, **({"ref_hour": hour} if hourly else {}), "user_source": source, **_old_figures(moments, [])}
            for (day, hour, source), moments in sorted(slots.items())
        ]
    }


def count_reads(call: Call) -> dict[str, Any]:
    """`POST /datacube/getuserread`."""
    return _reads(call, 3, hourly=False)


def count_reads_by_hour(call: Call) -> dict[str, Any]:
    """`POST /datacube/getuserreadhour`."""
    return _reads(call, 1, hourly=True)


def _shares(call: Call, most: int, *, hourly: bool) -> dict[str, Any]:
    _refuse_old(call)
    slots: dict[tuple[str, int, int], list[Moment]] = {}
    for one in _find(call, "share", dates.read(call, most=most)):
        slots.setdefault((str(day_of(one.at)), dates.ref_hour(one.at) if hourly else 0, one.scene), []).append(one)
    told = []
    for (day, hour, scene), moments in sorted(slots.items()):
        people, times = _sum(moments)
        head = {"ref_date": day, **({"ref_hour": hour} if hourly else {})}
        told.append({**head, "share_scene": scene, "share_count": times, "share_user": people})
    return {"list": told}


def count_shares(call: Call) -> dict[str, Any]:
    """`POST /datacube/getusershare`."""
    return _shares(call, 7, hourly=False)


def count_shares_by_hour(call: Call) -> dict[str, Any]:
    """`POST /datacube/getusersharehour`."""
    return _shares(call, 1, hourly=True)


def _sources(reads: list[Moment]) -> list[dict[str, Any]]:
    people = Counter(scene for scene, _ in {(one.scene, one.openid) for one in reads})
    return [{"user_count": people[scene], "scene_desc": SCENES.get(scene, SCENES[5])} for scene in sorted(people)]


def read_of_articles(call: Call) -> dict[str, Any]:
    """`POST /datacube/getarticleread`: readers on a day, by article and source."""
    days = dates.read(call, most=1, first=dates.FIRST_OF_NEW)
    told = []
    for msgid in sorted({one.detail for one in _find(call, "read", days)}):
        reads = _find(call, "read", days, msgid)
        detail = {"read_user": _sum(reads)[0], "read_user_source": _sources(reads)}
        told.append({"ref_date": str(days[0]), "msgid": msgid, "detail": detail})
    return {"list": told, "is_delay": call.sandbox.state.settings.article_figures_delayed}


def shares_of_articles(call: Call) -> dict[str, Any]:
    """`POST /datacube/getarticleshare`."""
    days = dates.read(call, most=1, first=dates.FIRST_OF_NEW)
    told = [
        {"ref_date": str(days[0]), "msgid": msgid, "detail": {"share_user": _sum(_find(call, "share", days, msgid))[0]}}
        for msgid in sorted({one.detail for one in _find(call, "share", days)})
    ]
    return {"list": told, "is_delay": call.sandbox.state.settings.article_figures_delayed}


def summarise_account(call: Call) -> dict[str, Any]:
    """`POST /datacube/getbizsummary`: all articles of each day together."""
    days = dates.read(call, most=30, first=dates.FIRST_OF_NEW)
    return {
        "list": [{"ref_date": str(day), "detail": _account_figures(call, day)} for day in days],
        "is_delay": call.sandbox.state.settings.article_figures_delayed,
    }


def _account_figures(call: Call, day: date) -> dict[str, Any]:
    reads, shares = (_find(call, what, [day]) for what in ("read", "share"))
    quiet = dict.fromkeys(("zaikan_user", "like_user", "comment_count", "collection_user", "redirect_ori_page_user"), 0)
    sent = sum(1 for _ in _published(call, day))
    return {
        "read_user": _sum(reads)[0],
        "read_user_source": _sources(reads),
        "share_user": _sum(shares)[0],
        **quiet,
        "send_page_count": sent,
    }


def total_detail(call: Call) -> dict[str, Any]:
    """`POST /datacube/getarticletotaldetail`: the articles of a day, with growing figures for up to 30 days."""
    day = dates.read(call, most=1, first=dates.FIRST_OF_NEW)[0]
    told = [
        {
            "ref_date": str(day),
            "msgid": msgid,
            "publish_type": article.publish_type,
            "title": article.articles[position - 1]["title"],
            "content_url": articles.address(article.data_id, position),
            "detail_list": [_new_total(call, day, until, msgid) for until in _days_since(call, day, NEW_DAYS)],
        }
        for article, position, msgid in _published(call, day)
    ]
    return {"list": told, "is_delay": call.sandbox.state.settings.article_figures_delayed}


def _new_total(call: Call, day: date, until: date, msgid: str) -> dict[str, Any]:
    reads, shares = (_find(call, what, _until(day, until), msgid) for what in ("read", "share"))
    quiet = dict.fromkeys(("zaikan_user", "like_user", "comment_count", "collection_user", "praise_money", "read_subscribe_user"), 0)
    rates: dict[str, Any] = {"read_delivery_rate": 0.0, "read_finish_rate": 0.0, "read_avg_activetime": 0.0, "read_jump_position": []}
    return {
        "stat_date": str(until),
        "read_user": _sum(reads)[0],
        "read_user_source": _sources(reads),
        "share_user": _sum(shares)[0],
        **quiet,
        **rates,
    }


ENDPOINTS = [
    post("/datacube/getarticlesummary", summarise),
    post("/datacube/getarticletotal", total),
    post("/datacube/getuserread", count_reads),
    post("/datacube/getuserreadhour", count_reads_by_hour),
    post("/datacube/getusershare", count_shares),
    post("/datacube/getusersharehour", count_shares_by_hour),
    post("/datacube/getarticleread", read_of_articles),
    post("/datacube/getarticleshare", shares_of_articles),
    post("/datacube/getbizsummary", summarise_account),
    post("/datacube/getarticletotaldetail", total_detail),
]
