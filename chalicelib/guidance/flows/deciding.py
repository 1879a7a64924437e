"""Whether somebody is asked to follow now: decided by the server, reserved for the person before it is said."""

from __future__ import annotations

import logging
from datetime import datetime

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Kind
from chalicelib.aws.tables import TableError
from chalicelib.errors import Busy
from chalicelib.experiments import flows as experiments
from chalicelib.experiments.words import Experiment, Variant
from chalicelib.guidance import tables
from chalicelib.guidance.flows.publishing import in_force
from chalicelib.guidance.rules import choosing
from chalicelib.guidance.rules.choosing import Chosen
from chalicelib.guidance.words import (
    Asked,
    Guidance,
    GuidanceOrder,
    Reason,
    Rule,
    Seen,
    Showing,
    Sight,
    ToChannels,
    Words,
)
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Folded, read_key
from chalicelib.patience import step_aside
from chalicelib.sessions.words import Session
from chalicelib.world import World

log = logging.getLogger("liandong.guidance")
TRIES = 5


def decide(session: Session, asked: Asked, *, world: World, now: datetime) -> Guidance:
    """Say what to show to whoever is logged in, or why nothing. What is to be shown is reserved and counted by this very answer."""
    order = in_force(session.brand, world=world, now=now)
    if order is None:
        return _nothing(Reason.no_rule)
    never = choosing.why_never(order, asked)
    if never is not None:
        return _nothing(never)
    fitting = choosing.fitting_rules(order, asked)
    end = register.find_account(f"{session.brand}.{session.account}", world=world, now=now).kind
    reachable = choosing.reachable(fitting, end, asked)
    if not reachable:
        return _nothing(Reason.no_means if fitting else Reason.no_rule)
    return _decide_for_person(session, asked, order, reachable, end, world=world, now=now)


def _decide_for_person(
    session: Session, asked: Asked, order: GuidanceOrder, reachable: list[Chosen], end: Kind, *, world: World, now: datetime
) -> Guidance:
    """Look at the person and reserve; whoever changes meanwhile, or is asked on another end, is looked at again."""
    key = read_key(session.key)
    for _ in range(TRIES):
        folded = identity.fold(session.brand, key)
        followed = identity.accounts_followed(folded)
        chosen = choosing.choose(reachable, folded, followed, end, new_for_days=order.new_for_days, now=now)
        if isinstance(chosen, Reason):
            return _nothing(chosen)
        sights = tables.read_sights(session.brand, folded.keys)
        if choosing.is_capped(sights, order.cap, now=now):
            return _nothing(Reason.capped)
        shown = _reserve(folded, asked, chosen, sights, world=world, now=now)
        if shown is not None:
            return shown
        step_aside(world)
    raise Busy("Too much happens to this person at once; try again.")


def _reserve(folded: Folded, asked: Asked, chosen: Chosen, sights: list[Sight], *, world: World, now: datetime) -> Guidance | None:
    rule = chosen.rule
    experiment = experiment_of(folded.brand, rule)
    variant = experiments.choose_variant(experiment, str(folded.key))
    showing = Showing(
        brand=folded.brand,
        id=world.new_id(),
        key=str(folded.key),
        rule=rule.name,
        placement=asked.placement,
        variant=variant,
        target=target_of(rule),
        shown_at=now,
    )
    own = next(sight for sight in sights if sight.key == showing.key)
    after = choosing.remember(own, Seen(showing.id, int(now.timestamp())), now=now)
    day = experiments.day_of(now, world.settings.utc_offset_h)
    if not tables.reserve(folded, showing, sights, after, day=day):
        return None
    _note_exposure(experiment, showing, world=world, now=now)
    return _show(showing, chosen)


def _note_exposure(experiment: Experiment, showing: Showing, *, world: World, now: datetime) -> None:
    """Count that somebody has met a variant. What is reserved is shown all the same: not shown now, it would be capped when asked again."""
    try:
        experiments.note_exposure(experiment, showing.variant, showing.key, world=world, now=now)
    except (Busy, TableError) as error:
        log.warning("the showing %s is not among the exposures of %s: %s", showing.id, experiment.name, type(error).__name__)


def experiment_of(brand: str, rule: Rule) -> Experiment:
    """The variants of a rule as an experiment: who gets which stays while the rule keeps its name."""
    variants = tuple(Variant(name=each.name, weight=each.weight) for each in rule.variants)
    return Experiment(brand=brand, name=experiment_name(rule.name), variants=variants)


def experiment_name(rule: str) -> str:
    return f"guidance.{rule}"


def target_of(rule: Rule) -> str:
    """Where a rule leads: an account, or a Channels name."""
    return rule.target.finder_user_name if isinstance(rule.target, ToChannels) else rule.target.account


def _show(showing: Showing, chosen: Chosen) -> Guidance:
    said = next(each for each in chosen.rule.variants if each.name == showing.variant)
    return Guidance(
        show=True,
        showing=showing.id,
        rule=showing.rule,
        variant=showing.variant,
        target=showing.target,
        way=chosen.way,
        words=Words(title=said.title, text=said.text, button=said.button, close=said.close),
        closable=True,
    )


def _nothing(reason: Reason) -> Guidance:
    return Guidance(show=False, reason=reason)
