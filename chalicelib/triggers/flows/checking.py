"""Rules held against what there is: types and fields of records, accounts and their templates, people, zones."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from chalicelib.accounts.flows import register
from chalicelib.consent.words import Purpose
from chalicelib.errors import Invalid, Missing
from chalicelib.hub.flows.dictionaries import live_dictionary
from chalicelib.hub.rules.defaults import BEHAVIOUR
from chalicelib.hub.rules.masking import mask_value
from chalicelib.hub.words.dictionary import FieldType, RecordType
from chalicelib.identity import flows as identity
from chalicelib.identity.rules.values import normalise
from chalicelib.identity.words import POINTERS, Identifier
from chalicelib.messaging.flows import settings
from chalicelib.messaging.flows.channels import CHANNELS
from chalicelib.messaging.flows.planning import channel_of
from chalicelib.messaging.words.contents import AnyStep, SubscribeMessage, SubscriptionNotice, TemplateMessage
from chalicelib.messaging.words.orders import Quiet
from chalicelib.templates import flows as templates
from chalicelib.triggers.rules import texts
from chalicelib.triggers.words import OnDay, Recipient, Trigger, TriggersOrder
from chalicelib.world import World

USE = "trigger"
LONGEST_CHOICES = 200


def check(brand: str, order: TriggersOrder, *, world: World, now: datetime) -> None:
    """`Invalid` names what is not there, or could never be sent. The lengths of what a record fills in are not known yet."""
    twice = [name for name, count in Counter(rule.name for rule in order.rules).items() if count > 1]
    if twice:
        raise Invalid(f"Two rules are called {twice[0]} - at `$.rules`.")
    types = live_dictionary(brand, world=world, now=now).types
    for number, rule in enumerate(order.rules):
        at = f"$.rules[{number}]"
        record_type = types.get(rule.type)
        if record_type is None or rule.type == BEHAVIOUR:
            raise Invalid(f"No records of this type are kept one by one: name one of the dictionary - at `{at}.type`.")
        _check_purpose(rule, at)
        _check_fields(rule, record_type, at)
        if rule.to is not None:
            _check_recipient(brand, rule.to, f"{at}.to", world=world, now=now)
        for place, step in enumerate(rule.channels):
            _check_step(brand, rule, step, record_type, f"{at}.channels[{place}]", world=world, now=now)


def seal(brand: str, to: Recipient, at: str, *, world: World, now: datetime) -> Recipient:
    """A recipient as a rule keeps one: the value sealed, in its one spelling. One that is sealed already stays."""
    if to.value is None:
        return to
    account = _name_of(brand, to, at, world=world, now=now)
    try:
        normal = normalise(Identifier(to.type, to.value, account))
    except Invalid as refused:
        raise Invalid(refused.message.replace("`$.", f"`{at}."), code=refused.code) from None
    sealed = world.keyring.seal(brand, normal.value, use=USE, now=now)
    return Recipient(type=to.type, account=to.account, sealed=sealed, masked=mask_value(normal.value))


def unseal(brand: str, to: Recipient, *, world: World) -> Identifier:
    """Whom a rule always writes to. `Invalid` for what was never sealed here."""
    value = world.keyring.unseal(brand, to.sealed or "", use=USE)
    if value is None:
        raise Invalid("This was not sealed here: name the recipient by its value - at `$.to.sealed`.")
    return Identifier(to.type, value, (to.account or "").partition(".")[2])


def _name_of(brand: str, to: Recipient, at: str, *, world: World, now: datetime) -> str:
    if to.account is None:
        return ""
    try:
        return register.find_own_account(brand, to.account, world=world, now=now).name
    except Missing:
        raise Invalid(f"This is not an account of this brand - at `{at}.account`.") from None


def _check_recipient(brand: str, to: Recipient, at: str, *, world: World, now: datetime) -> None:
    if to.type in POINTERS:
        raise Invalid(f"A device, push token or anonymous id is nobody by itself to write to - at `{at}.type`.")
    _name_of(brand, to, at, world=world, now=now)
    try:
        identity.find_person(brand, unseal(brand, to, world=world), world=world, now=now)
    except Missing:
        raise Invalid(f"Nobody is known by this identifier - at `{at}`.") from None
    except Invalid:
        raise Invalid(f"This was not sealed here: name the recipient by its value - at `{at}.sealed`.") from None


def _check_purpose(rule: Trigger, at: str) -> None:
    if rule.purpose is not Purpose.marketing:
        return
    if rule.topic is None:
        raise Invalid(f"Marketing has a topic that people can leave - at `{at}.topic`.")
    if rule.quiet is Quiet.ignore:
        raise Invalid(f"Marketing always keeps quiet hours - at `{at}.quiet`.")


def _check_fields(rule: Trigger, record_type: RecordType, at: str) -> None:
    for place, filter_ in enumerate(rule.where):
        field = record_type.fields.get(filter_.property)
        if field is None:
            raise Invalid(f"Records of this type have no such field - at `{at}.where[{place}].property`.")
        asked = (filter_.equals, *filter_.one_of)
        if field.type is FieldType.choice and any(isinstance(each, str) and each not in field.choices for each in asked):
            has = ", ".join(dict.fromkeys(texts.spell(code, field) for code in field.choices.values()))
            raise Invalid(f"The field has no such choice, it has {has[:LONGEST_CHOICES]} - at `{at}.where[{place}]`.")
    of = rule.when.of
    if of is not None and (of not in record_type.fields or record_type.fields[of].type is not FieldType.time):
        raise Invalid(f"Records of this type have no time of this name - at `{at}.when.of`.")
    if isinstance(rule.when, OnDay) and rule.when.zone is not None and settings.find_zone(rule.when.zone) is None:
        raise Invalid(f"This is no time zone of the IANA database, like Asia/Shanghai - at `{at}.when.zone`.")


def _check_step(brand: str, rule: Trigger, step: AnyStep, record_type: RecordType, at: str, *, world: World, now: datetime) -> None:
    wrong = texts.find_wrong_place(step, rule.type, record_type)
    if wrong is not None:
        raise Invalid(f"No record of this type fills {wrong[1]} - at `{at}{wrong[0]}`.")
    try:
        account = register.find_own_account(brand, step.account, world=world, now=now)
    except Missing:
        raise Invalid(f"This is not an account of this brand - at `{at}.account`.") from None
    options = {}
    if isinstance(step, TemplateMessage | SubscriptionNotice | SubscribeMessage):
        template = templates.find_template(account, step.template_id, world=world, now=now)
        options = {} if template is None else {each.key: each.values for each in template.fields}
    CHANNELS[channel_of(step)].check(account, texts.with_samples(step, options), rule.purpose, place=at, world=world, now=now)
