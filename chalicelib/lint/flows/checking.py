"""Texts read without publishing them, and the rules as they are shown."""

from __future__ import annotations

from datetime import datetime

from chalicelib.lint.flows.passing import find
from chalicelib.lint.flows.wording import words_in_force
from chalicelib.lint.rules import finding as rules
from chalicelib.lint.rules.rule_set import RULES
from chalicelib.lint.words import Checked, CheckOrder, RulesShown, Written
from chalicelib.world import World


def check(brand: str, order: CheckOrder, *, world: World, now: datetime) -> Checked:
    """What would be found if these texts were published now. Nothing is kept."""
    texts = [
        Written(
            each.place or f"$.texts[{number}].text",
            each.text,
            service=each.service,
            filled=each.filled,
            page=each.page,
            mini_program=each.mini_program,
            leads_to=each.leads_to,
        )
        for number, each in enumerate(order.texts)
    ]
    own = words_in_force(brand, world=world, now=now)
    in_force = rules.in_force(RULES, now)
    found = find(brand, order.account, texts, in_force, own, world=world, now=now)
    return Checked(passes=not rules.refused_among(found), findings=found, rules_version=rules.version_of(in_force, own.version))


def show_rules(brand: str, *, world: World, now: datetime) -> RulesShown:
    """The rule set as of today, and what is still to come."""
    own = words_in_force(brand, world=world, now=now)
    in_force = rules.in_force(RULES, now)
    coming = tuple(rule for rule in RULES if rule not in in_force)
    return RulesShown(version=rules.version_of(in_force, own.version), rules=in_force, coming=coming, own_words=own.version)
