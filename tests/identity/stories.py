"""Random histories: persons, what is truly said of them, and what contradicts it."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import combinations

import msgspec

from chalicelib.identity.rules import persons
from chalicelib.identity.words import Identifier, Rank
from tests.house import NOON
from tests.identity.people import Pair, Said, app_uid, member_no, openid, phone, unionid

ACCOUNTS = ("oa", "mini", "shop")
WEAKER = (Rank.observed, Rank.declared, Rank.verified, Rank.attested)
RANKS = (*WEAKER, Rank.operator)


class Story(msgspec.Struct, frozen=True):
    """Who was met before, what was told of them, in the order it was told in, and who all of them are."""

    met: list[Identifier]
    told: list[Said]
    everybody: list[Identifier]


def tell_story(dice: random.Random) -> Story:
    """Two or three people, links that hold each together, links across, splits and their undoing, some of it twice; in any order."""
    groups = [some_person(number, dice) for number in range(dice.choice((2, 2, 2, 3)))]
    identifiers = [each for group in groups for each in group]
    pairs = [pair for group in groups for pair in some_pairs(group, dice)]
    pairs += [(dice.choice(a), dice.choice(b)) for a, b in combinations(groups, 2) for _ in range(dice.randint(0, 2))]
    told = [Said(a=a, b=b, rank=dice.choice(RANKS), at=some_time(dice)) for a, b in pairs]
    if dice.random() < 0.05:
        told += shared_value(identifiers, dice)
    for _ in range(dice.randint(0, 2)):
        a, b = dice.sample(identifiers, 2)
        told += [Said(a=a, b=b, active=dice.random() < 0.6, at=some_time(dice)) for _ in range(dice.randint(1, 3))]
    told += [dice.choice(told) for _ in range(dice.randint(0, 3))]
    dice.shuffle(told)
    apart = [each for one in told if one.active is not None for each in (one.a, one.b)]
    met = [*dict.fromkeys([*apart, *(each for each in identifiers if dice.random() < 0.2)])]
    return Story(met, told, [*dict.fromkeys([*identifiers, *(each for one in told for each in (one.a, one.b))])])


def some_person(number: int, dice: random.Random) -> list[Identifier]:
    """A person with at most one identifier of each kind, two phones excepted."""
    everything = [
        unionid(f"union-{number}"),
        *(openid(account, f"open-{account}-{number}") for account in ACCOUNTS),
        phone(f"1380000{number}001"),
        phone(f"1380000{number}002"),
        member_no(f"member-{number}"),
        app_uid(f"app-user-{number}"),
    ]
    return dice.sample(everything, dice.randint(2, 4))


def some_pairs(person: list[Identifier], dice: random.Random) -> list[Pair]:
    """Pairs that hold a person together, and a few more."""
    pairs = [(each, dice.choice(person[:place])) for place, each in enumerate(person) if place]
    pairs += [(a, b) for a, b in (dice.sample(person, 2) for _ in range(dice.randint(0, 1)))]
    return [pair if dice.random() < 0.5 else pair[::-1] for pair in pairs]


def shared_value(others: list[Identifier], dice: random.Random) -> list[Said]:
    """One value with more owners than a person's value has, in touch with others: it joins nobody, whoever comes first.

    Of some owners an operator says that it is theirs, once or more, whatever is said of the same pair besides.
    """
    hub = dice.choice((app_uid("everybodys-app"), openid("shop", "everybodys-openid"), phone("13800009009")))
    most = persons.MOST_OWNERS.get(hub.type, persons.MOST_OWNERS_OTHERWISE)
    owners = [*(member_no(f"owner-{number}") for number in range(most + dice.randint(0, 3))), *dice.sample(others, 2)]
    told = [Said(a=hub, b=owner, rank=dice.choice(WEAKER), at=some_time(dice)) for owner in owners]
    for owner in dice.sample(owners, dice.randint(0, 3)):
        told += [Said(a=hub, b=owner, rank=dice.choice(RANKS[-2:]), at=some_time(dice)) for _ in range(dice.randint(1, 3))]
    return told


def some_time(dice: random.Random) -> datetime:
    """Some so far apart that a phone may have been given to somebody else, some within one second."""
    return NOON - timedelta(days=dice.choice((0, 1, 2, 100, 200)), seconds=dice.randint(0, 2), microseconds=dice.randint(0, 3) * 250_000)
