"""Mass sends through the house: one call, one job, whatever was lost."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chalicelib.accounts.flows import register
from chalicelib.accounts.flows.quotas import QuotaSpent
from chalicelib.accounts.words import Account
from chalicelib.errors import Declined, Unknown
from chalicelib.messaging.flows.channels import mass
from chalicelib.messaging.words.masses import Everybody, MassPictures, MassText, Tagged, These
from chalicelib.wechat.sending import MassStatus
from tests.messaging.channels.studio import Studio

CALL = "/cgi-bin/message/mass/sendall"
WORDS = MassText(text="本月活动")


@pytest.fixture
def account(studio: Studio) -> Account:
    return register.find_account("demo.oa", world=studio.house.world, now=studio.house.clock())


def send(studio: Studio, account: Account, key: str, audience: Any = None, content: Any = WORDS) -> str:
    whom, world, now = audience or Everybody(), studio.house.world, studio.house.clock()
    mass.make_ready(account, whom, world=world, now=now)
    return mass.send(account, whom, content, key=key, world=world, now=now)


def test_every_follower_those_named_and_those_with_a_tag_are_reached(studio: Studio, account: Account) -> None:
    named, other = studio.somebody(), studio.somebody()
    openids = tuple(studio.scene.openid(user) for user in (named, other))

    first = send(studio, account, "k-all")
    second = send(studio, account, "k-some", These(openids=openids))
    with pytest.raises(Declined) as untagged:
        send(studio, account, "k-tag", Tagged(tag=7))

    assert untagged.value.errcode == 40152
    assert len({first, second}) == 2
    assert [studio.scene.seen(user, "mass_message") for user in (named, other)] == [["本月活动"] * 2] * 2


def test_a_lost_answer_is_one_send_and_tells_its_job_a_minute_later(studio: Studio, account: Account) -> None:
    user = studio.somebody()
    studio.house.play("/faults", {"path": CALL, "drop_after_effect": True})

    with pytest.raises(Unknown):
        send(studio, account, "k-lost")
    with pytest.raises(Unknown):  # 45066: asked again too soon
        send(studio, account, "k-lost")
    studio.house.clock.advance(seconds=61)
    job = send(studio, account, "k-lost")

    assert studio.scene.seen(user, "mass_message") == ["本月活动"]
    assert re.fullmatch("[0-9]+", job)
    assert mass.find_status(account, job, world=studio.house.world, now=studio.house.clock()) is MassStatus.sent


def test_a_preview_shows_it_to_one(studio: Studio, account: Account) -> None:
    user, other = studio.somebody(), studio.somebody()
    pictures = MassPictures(media_ids=(studio.media("image"),), recommend="新品")

    mass.preview(account, pictures, openid=studio.scene.openid(user), world=studio.house.world, now=studio.house.clock())

    assert (studio.scene.seen(user, "mass_message"), studio.scene.seen(other, "mass_message")) == (["新品"], [])


def test_what_cannot_be_taken_back_stays(studio: Studio, account: Account) -> None:
    job = send(studio, account, "k-back")
    studio.house.clock.advance(minutes=10)

    with pytest.raises(Declined) as stays:
        mass.take_back(account, job, world=studio.house.world, now=studio.house.clock())

    assert stays.value.errcode == 40065


def test_a_day_that_is_used_up_stops_every_further_send_unasked(studio: Studio, account: Account) -> None:
    studio.house.play("/faults", {"path": CALL, "errcode": 45009})

    for key in ("k-spent", "k-unasked"):
        with pytest.raises(QuotaSpent):
            send(studio, account, key)

    asked = [call.body.get("clientmsgid") for call in studio.house.sandbox.log.find(path=CALL)]
    assert (asked.count("k-spent"), asked.count("k-unasked")) == (1, 0)
