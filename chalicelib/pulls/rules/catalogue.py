"""What is fetched of which account. Pure.

Of the article endpoints the current ones alone: the six older ones are unmaintained. What can be asked only for yesterday (portraits)
is not here.
"""

from __future__ import annotations

from datetime import date

from chalicelib.accounts.words import Account, Kind
from chalicelib.pulls.words import Period, PullKind, Source, Way
from chalicelib.wechat.figures import MINI, Report

FIRST_OF_NEW = date(2025, 11, 1)
GROWS_DAYS = 30
FOUR_WEEKS_DAYS = 28
MONTH_DAYS = 31


def _of_account(does: str, name: str, *, first: date = date(2014, 12, 1), settles_days: int = 0) -> Source:
    return Source(of=Kind.official_account, way=Way.report, does=does, report=Report(name, first), settles_days=settles_days)


def _of_program(does: str, name: str, *, period: Period = Period.day, settles_days: int = 0) -> Source:
    report = Report(MINI + name, compact=True)
    return Source(of=Kind.mini_program, way=Way.report, does=does, report=report, period=period, settles_days=settles_days)


SOURCES: dict[PullKind, Source] = {
    PullKind.followers: Source(of=Kind.official_account, way=Way.followers, does="Every follower, asked about by the back-fill."),
    PullKind.tags: Source(of=Kind.official_account, way=Way.snapshot, does="Tags, and how many followers have each."),
    PullKind.follower_changes: _of_account("Who came and went, by way in; the day is reconciled.", "getusersummary"),
    PullKind.follower_totals: _of_account("How many follow at the end of the day.", "getusercumulate"),
    PullKind.account_reads: _of_account("All articles together: readers, shares, comments.", "getbizsummary", first=FIRST_OF_NEW),
    PullKind.article_reads: _of_account("Readers of each article on the day.", "getarticleread", first=FIRST_OF_NEW),
    PullKind.article_shares: _of_account("Who shared each article on the day.", "getarticleshare", first=FIRST_OF_NEW),
    PullKind.article_totals: _of_account(
        "Articles of the day, as they stood on each of the 30 days after.",
        "getarticletotaldetail",
        first=FIRST_OF_NEW,
        settles_days=GROWS_DAYS,
    ),
    PullKind.messages: _of_account("Messages people wrote, by kind.", "getupstreammsg"),
    PullKind.messages_by_hour: _of_account("Messages people wrote, by kind and hour.", "getupstreammsghour"),
    PullKind.messages_by_person: _of_account("How many people wrote how much.", "getupstreammsgdist"),
    PullKind.callbacks: _of_account("Callbacks WeChat made, those that failed, and how long they took.", "getinterfacesummary"),
    PullKind.callbacks_by_hour: _of_account("The same by hour.", "getinterfacesummaryhour"),
    PullKind.visits: _of_program("Visits: sessions, pages, people, how long.", "dailyvisittrend"),
    PullKind.visit_totals: _of_program("People so far, and shares of the day.", "dailysummarytrend"),
    PullKind.visit_retention: _of_program(
        "Who came back up to 30 days after.",
        "dailyretaininfo",
        settles_days=GROWS_DAYS,
    ),
    PullKind.visit_sources: _of_program("Visits by source, stay and depth.", "visitdistribution"),
    PullKind.visit_pages: _of_program("The 200 pages seen most.", "visitpage"),
    PullKind.visits_by_week: _of_program("Visits of a week: people count once.", "weeklyvisittrend", period=Period.week),
    PullKind.visits_by_month: _of_program("Visits of a month: people count once.", "monthlyvisittrend", period=Period.month),
    PullKind.visit_retention_by_week: _of_program(
        "Who of a week came back up to four weeks after.", "weeklyretaininfo", period=Period.week, settles_days=FOUR_WEEKS_DAYS
    ),
    PullKind.visit_retention_by_month: _of_program(
        "Who of a month came back in the next.", "monthlyretaininfo", period=Period.month, settles_days=MONTH_DAYS
    ),
    PullKind.shop_orders: Source(of=Kind.channels_shop, way=Way.orders, does="Orders that changed, as records."),
    PullKind.channel: Source(of=Kind.channels_assistant, way=Way.snapshot, does="The Channels account: its name and followers."),
    PullKind.lives: Source(of=Kind.channels_assistant, way=Way.lives, does="Live rooms that began on the day.", settles_days=1),
    PullKind.leads: Source(of=Kind.channels_assistant, way=Way.leads, does="Forms of live rooms, as records; the day tells how many."),
}


def kinds_of(account: Account) -> list[PullKind]:
    """What is fetched of an account; nothing of most kinds of accounts."""
    return [kind for kind, source in SOURCES.items() if source.of is account.kind]
