"""A change of rules, tried out on what waits for an operator."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.errors import Invalid
from chalicelib.identity.flows.linking import arrange_said
from chalicelib.identity.flows.people import read_person
from chalicelib.identity.rules import persons, trial
from chalicelib.identity.tables import reviews
from chalicelib.identity.words import POINTERS
from chalicelib.identity.words.trials import Trial, TrialOrder
from chalicelib.world import World


def try_rules(brand: str, order: TrialOrder, *, world: World) -> Trial:
    """How the people of contested clusters would change under other rules; nothing is written."""
    if POINTERS & set(order.limits):
        raise Invalid("A device, push token or anonymous id has no limit - at `$.limits`.")
    reissue = timedelta(days=order.phone_reissue_days or world.settings.phone_reissue_days)
    waiting = reviews.list_reviews(brand, after=None, limit=order.sample)
    read = [read_person(brand, each) for each, _ in waiting[: order.sample]]
    sample = list({cluster.id: said for cluster, _, said in read}.values())
    now = [arrange_said(said, world=world) for said in sample]
    limits = {**persons.LIMITS, **order.limits}
    then = [persons.arrange(said.keys, said.links, said.cannots, reissue=reissue, limits=limits) for said in sample]
    compared = [trial.compare(before, after) for before, after in zip(now, then, strict=True)]
    return Trial(
        sampled=len(sample),
        would_join=sum(joins for joins, _ in compared),
        would_split=sum(splits for _, splits in compared),
        persons_now=sum(len(each.groups) for each in now),
        persons_then=sum(len(each.groups) for each in then),
        values_per_anchor=trial.count_values(link for said in sample for link in said.links if not link.taken_back),
    )
