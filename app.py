"""Every door on one page; no logic. What a function or a room needs is imported where it is used: the others need not wait for it."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Any, Literal

from chalice import Chalice, Rate
from chalice.app import DynamoDBEvent, Response, SQSEvent

from chalicelib import edge
from chalicelib.aws.facts import Fact, facts_of, hear_each
from chalicelib.aws.metrics import put_metric
from chalicelib.records import bodies_of, work_off, work_off_at_once, work_off_together
from chalicelib.rooms import Rooms
from chalicelib.wiring import world

STAGE = os.environ.get("STAGE", "local")

app = Chalice(app_name="liandong", configure_logs=False)
rooms = Rooms(
    app,
    world,
    {
        "staff.routes": ("/v1/keys",),
        "accounts.routes": ("/v1/accounts", "/v1/tokens"),
        "accounts.routes.platforms": (
            "/v1/accounts/{account}/authorization",
            "/v1/accounts/{account}/authorized",
            "/v1/accounts/{account}/authorizations",
        ),
        "accounts.routes.mini_programs": ("/v1/accounts/{account}/mini-programs",),
        "accounts.routes.domain_files": ("/v1/accounts/{account}/domain-file", "/{file}"),
        "accounts.routes.quotas": ("/v1/accounts/{account}/quotas",),
        "templates.routes": ("/v1/accounts/{account}/templates",),
        "identity.routes.people": ("/v1/people/lookup", "/v1/people/{person}", "/v1/attributes"),
        "identity.routes.links": ("/v1/links", "/v1/splits", "/v1/people/{person}/links", "/v1/reviews", "/v1/identity/dry-run"),
        "identity.routes.jobs": ("/v1/accounts/{account}/backfill", "/v1/accounts/{account}/migrate"),
        "identity.routes.coverage": ("/v1/identity/coverage",),
        "sessions.routes.mini_program": ("/v1/sessions/mini-program",),
        "sessions.routes.phone": ("/v1/sms-codes", "/v1/sessions/phone"),
        "sessions.routes.app": ("/v1/sessions/app",),
        "sessions.routes.official_account": ("/v1/sessions/official-account",),
        "sessions.routes.tickets": ("/v1/tickets", "/v1/me/tickets", "/j", "/v1/sessions/ticket"),
        "sessions.routes.current": ("/v1/sessions", "/v1/me"),
        "sessions.routes.my_phone": ("/v1/me/phone",),
        "sessions.routes.phone_page": ("/pages/{account}/phone",),
        "sessions.routes.content": ("/v1/me/content-checks",),
        "consent.routes.permissions": ("/v1/me/permissions", "/v1/people/{person}/permissions"),
        "consent.routes.policy": ("/v1/privacy-guideline", "/v1/contact-policy"),
        "consent.routes.page": ("/v1/people/{person}/preference-links", "/p"),
        "consent.routes.grants": ("/v1/me/grants", "/v1/grants", "/v1/privacy"),
        "hub.routes.records": ("/v1/records", "/v1/batches"),
        "hub.routes.events": ("/v1/me/events", "/v1/people/{person}/behaviour"),
        "hub.routes.dictionaries": ("/v1/dictionary",),
        "hub.routes.quarantine": ("/v1/quarantine",),
        "hub.routes.sources": ("/v1/sources",),
        "hub.routes.people": (
            "/v1/people/{person}/records",
            "/v1/people/{person}/cart",
            "/v1/me/orders",
            "/v1/me/reservations",
            "/v1/me/favourites",
            "/v1/me/cart",
        ),
        "archive.routes.queries": ("/v1/people/query", "/v1/queries"),
        "archive.routes.archive": ("/v1/archive",),
        "pulls.routes": (
            "/v1/accounts/{account}/pulls",
            "/v1/accounts/{account}/figures",
            "/v1/accounts/{account}/reconciliation",
        ),
        "entries.routes.registry": ("/v1/entries",),
        "entries.routes.ways": (
            "/v1/entries/{entry}/ways",
            "/v1/entries/{entry}/material",
            "/v1/entries/{entry}/codes",
            "/v1/entries/{entry}/links",
            "/v1/accounts/{account}/link-quotas",
            "/v1/scenes",
        ),
        "entries.routes.leading": ("/l",),
        "entries.routes.signing": ("/v1/jssdk",),
        "attribution.routes": ("/v1/entries/stats", "/v1/people/{person}/touches", "/v1/orders/{order}/touches"),
        "replies.routes.publishing": ("/v1/reply-rules",),
        "replies.routes.figures": ("/v1/reply-rules/{account}/unanswered", "/v1/service/response-times"),
        "lint.routes": ("/v1/content",),
        "menus.routes.menus": ("/v1/menus",),
        "menus.routes.turns": (
            "/v1/menus/{account}/holidays",
            "/v1/menus/{account}/conditional",
            "/v1/menus/{account}/match",
        ),
        "guidance.routes": ("/v1/me/guidance", "/v1/guidance"),
        "offers.routes.registry": ("/v1/offers",),
        "offers.routes.groups": ("/v1/me/groups", "/v1/groups"),
        "offers.routes.codes": ("/v1/me/codes", "/v1/codes"),
        "offers.routes.invitations": ("/v1/me/invitation", "/v1/me/invitations", "/v1/people/{person}/invitations"),
        "messaging.routes.messages": ("/v1/messages", "/v1/people/{person}/messages"),
        "messaging.routes.settings": ("/v1/message-rules",),
        "triggers.routes": ("/v1/triggers",),
        "broadcasts.routes.broadcasts": ("/v1/broadcasts",),
        "broadcasts.routes.masses": ("/v1/mass-sends", "/v1/accounts/{account}/mass-quota"),
        "inbox.routes": ("/wechat", "/v1/inbox"),
        "webhooks.routes": ("/v1/webhooks",),
    },
)


@app.route("/openapi.json", methods=["GET"])
def describe_doors() -> Response:
    from chalicelib import openapi

    return Response(openapi.find_document(rooms.open_all), headers={"Content-Type": "application/json"})


edge.carry_errors(app, ["/openapi.json"])
if "AWS_CHALICE_CLI_MODE" in os.environ:  # Chalice's command line packages, and serves, the routes that are registered
    rooms.open_all()


@app.lambda_function(name="door")
def door(event: dict[str, Any], context: Any) -> Any:
    return app(event, context)


@app.lambda_function(name="mint_token")
def mint_token(event: dict[str, Any], context: Any) -> dict[str, Any] | None:
    from chalicelib.accounts.flows import keeper

    return keeper.answer(event, world=world(), now=world().now())


@app.on_sqs_message(queue=f"liandong-{STAGE}-inbox", batch_size=10, name="apply_callbacks")
def apply_callbacks(event: SQSEvent) -> Any:
    from chalicelib.inbox.flows import applying
    from chalicelib.inbox.words import Callback

    return work_off(event, Callback, lambda callback: applying.apply(callback, world=world(), now=world().now()))


@app.on_sqs_message(queue=f"liandong-{STAGE}-outbox", batch_size=10, name="send_messages")
def send_messages(event: SQSEvent) -> Any:
    from chalicelib.messaging import flows as messaging

    batch = list(event)
    glance = messaging.glance_at(bodies_of(batch, messaging.Handover))

    def send(handover: messaging.Handover) -> None:
        messaging.send_message(handover, glance=glance, world=world(), now=world().now())

    return work_off_at_once(batch, messaging.Handover, send, alike=glance.receiver_of, together=world().together)


@app.on_sqs_message(queue=f"liandong-{STAGE}-broadcasts", batch_size=1, name="send_broadcasts")
def send_broadcasts(event: SQSEvent) -> Any:
    from chalicelib.broadcasts.flows import working
    from chalicelib.broadcasts.words import AnyErrand

    return work_off(event, AnyErrand, lambda errand: working.work(errand, world=world(), now=world().now()))


@app.on_sqs_message(queue=f"liandong-{STAGE}-records", batch_size=1, name="keep_records")
def keep_records(event: SQSEvent) -> Any:
    from chalicelib.hub.flows import releasing
    from chalicelib.hub.words.quarantine import Replay
    from chalicelib.hub.words.records import Part

    return work_off(event, Part | Replay, lambda work: releasing.work_off(work, world=world(), now=world().now()))


@app.on_sqs_message(queue=f"liandong-{STAGE}-pulls", batch_size=1, name="pull_from_wechat")
def pull_from_wechat(event: SQSEvent) -> Any:
    from chalicelib.pulls.flows import running
    from chalicelib.pulls.words import Errand

    return work_off(event, Errand, lambda errand: running.work(errand, world=world(), now=world().now()))


def hear_facts(event: SQSEvent, hear: Callable[..., None]) -> Any:
    return work_off(event, list[Fact], lambda facts: hear_each(facts, lambda fact: hear(fact, world=world(), now=world().now())))


@app.on_sqs_message(queue=f"liandong-{STAGE}-identity-facts", batch_size=4, name="hear_identity")
def hear_identity(event: SQSEvent) -> Any:
    from chalicelib.identity import flows as identity

    return work_off(event, list[Fact], lambda facts: hear_each(facts, identity.hear))


@app.on_sqs_message(queue=f"liandong-{STAGE}-archive-facts", batch_size=10, name="hear_archive")
def hear_archive(event: SQSEvent) -> Any:
    from chalicelib.archive.flows import belonging

    return hear_facts(event, belonging.hear)


@app.on_sqs_message(queue=f"liandong-{STAGE}-touches", batch_size=10, name="keep_touches")
def keep_touches(event: SQSEvent) -> Any:
    from chalicelib.attribution.flows import hearing
    from chalicelib.entries.words.arrivals import Arrived
    from chalicelib.sessions.words import TicketOpened

    return work_off(event, Arrived | TicketOpened, lambda came: hearing.hear_coming(came, world=world(), now=world().now()))


@app.on_sqs_message(queue=f"liandong-{STAGE}-waiting", batch_size=1, name="serve_account")
def serve_account(event: SQSEvent) -> Any:
    from chalicelib.replies.flows import serving
    from chalicelib.replies.words.waiting import Turn

    return work_off(event, Turn, lambda turn: serving.serve_account(turn, world=world(), now=world().now()))


@app.on_sqs_message(queue=f"liandong-{STAGE}-attribution-facts", batch_size=10, name="hear_attribution")
def hear_attribution(event: SQSEvent) -> Any:
    from chalicelib.attribution.flows import hearing

    def together(packs: Sequence[list[Fact]]) -> None:
        hearing.hear(chain.from_iterable(packs), world=world(), now=world().now())

    return work_off_together(event, list[Fact], together, alone=lambda facts: hearing.hear_alone(facts, world=world(), now=world().now()))


@app.on_sqs_message(queue=f"liandong-{STAGE}-trigger-facts", batch_size=4, name="hear_triggers")
def hear_triggers(event: SQSEvent) -> Any:
    from chalicelib.triggers.flows import hearing

    return work_off(event, list[Fact], lambda facts: hearing.hear(facts, world=world(), now=world().now()))


@app.on_sqs_message(queue=f"liandong-{STAGE}-archive", batch_size=1, name="compact")
def compact(event: SQSEvent) -> Any:
    from chalicelib.archive.flows import errands
    from chalicelib.archive.words.catalogue import Errand

    return work_off(event, Errand, lambda errand: errands.run(errand, world=world(), now=world().now()))


@app.on_sqs_message(queue=f"liandong-{STAGE}-webhook-facts", batch_size=4, name="hear_webhooks")
def hear_webhooks(event: SQSEvent) -> Any:
    from chalicelib.webhooks.flows import telling

    return hear_facts(event, telling.hear)


def deliver(event: SQSEvent, lane: Literal["fast", "slow"]) -> Any:
    from chalicelib.webhooks.flows import delivering
    from chalicelib.webhooks.words import Handover

    return work_off(event, Handover, lambda handover: delivering.deliver(handover, delivering.Lane[lane], world=world(), now=world().now()))


@app.on_sqs_message(queue=f"liandong-{STAGE}-webhooks-0", batch_size=5, name="send_webhooks_0")
def send_webhooks_0(event: SQSEvent) -> Any:
    return deliver(event, "fast")


@app.on_sqs_message(queue=f"liandong-{STAGE}-webhooks-1", batch_size=5, name="send_webhooks_1")
def send_webhooks_1(event: SQSEvent) -> Any:
    return deliver(event, "fast")


@app.on_sqs_message(queue=f"liandong-{STAGE}-webhooks-slow", batch_size=3, name="send_webhooks_slow")
def send_webhooks_slow(event: SQSEvent) -> Any:
    return deliver(event, "slow")


@app.on_dynamodb_record(
    stream_arn=f"arn:aws:dynamodb:us-east-1:000000000000:table/liandong-{STAGE}-identities/stream/merged", name="announce"
)
def announce(event: DynamoDBEvent) -> None:
    world().facts.publish(fact for record in event for fact in facts_of(record.to_dict()))


@app.on_dynamodb_record(
    stream_arn=f"arn:aws:dynamodb:us-east-1:000000000000:table/liandong-{STAGE}-records/stream/merged", name="announce_records"
)
def announce_records(event: DynamoDBEvent) -> None:
    world().facts.publish(fact for record in event for fact in facts_of(record.to_dict()))


@app.on_dynamodb_record(
    stream_arn=f"arn:aws:dynamodb:us-east-1:000000000000:table/liandong-{STAGE}-offers/stream/merged", name="announce_offers"
)
def announce_offers(event: DynamoDBEvent) -> None:
    world().facts.publish(fact for record in event for fact in facts_of(record.to_dict()))


@app.on_dynamodb_record(
    stream_arn=f"arn:aws:dynamodb:us-east-1:000000000000:table/liandong-{STAGE}-contacts/stream/merged", name="announce_contacts"
)
def announce_contacts(event: DynamoDBEvent) -> None:
    world().facts.publish(fact for record in event for fact in facts_of(record.to_dict()))


@app.schedule(Rate(1, unit=Rate.MINUTES), name="end_groups")
def end_groups(event: Any) -> None:
    from chalicelib.offers.flows import groups

    groups.end_groups(world=world(), now=world().now())


@app.schedule(Rate(1, unit=Rate.MINUTES), name="send_due")
def send_due(event: Any) -> None:
    from chalicelib.broadcasts.flows import handing
    from chalicelib.messaging import flows as messaging

    sweeps = (messaging.send_due, handing.send_due)
    world().together([partial(sweep, world=world(), now=world().now()) for sweep in sweeps])  # whatever becomes of the other


@app.schedule(Rate(1, unit=Rate.MINUTES), name="retry_webhooks")
def retry_webhooks(event: Any) -> None:
    from chalicelib.webhooks.flows import delivering

    delivering.send_due(world=world(), now=world().now())


@app.schedule(Rate(1, unit=Rate.MINUTES), name="sweep_inbox")
def sweep_inbox(event: Any) -> None:
    from chalicelib.inbox.flows import redriving

    redriving.sweep(world=world(), now=world().now())


@app.schedule(Rate(1, unit=Rate.MINUTES), name="serve_waiting")
def serve_waiting(event: Any) -> None:
    from chalicelib.replies.flows import serving

    serving.plan_turns(world=world(), now=world().now())


@app.schedule(Rate(1, unit=Rate.MINUTES), name="tend_published")
def tend_published(event: Any) -> None:
    from chalicelib.lint.flows import rereading
    from chalicelib.menus.flows import telling

    telling.turn_menus(world=world(), now=world().now())
    rereading.read_again(world=world(), now=world().now())


@app.schedule(Rate(1, unit=Rate.MINUTES), name="refresh_tokens")
def refresh_tokens(event: Any) -> None:
    from chalicelib.accounts.flows import tokens

    put_metric("TokenSecondsLeft", tokens.refresh_tokens(world=world(), now=world().now()))


@app.schedule(Rate(10, unit=Rate.MINUTES), name="compare_quotas")
def compare_quotas(event: Any) -> None:
    from chalicelib.accounts.flows import quotas

    put_metric("QuotasStopped", quotas.compare(world=world(), now=world().now()))


@app.schedule(Rate(10, unit=Rate.MINUTES), name="sync_templates")
def sync_templates(event: Any) -> None:
    from chalicelib.templates import flows

    put_metric("TemplatesNotHad", flows.sync_all(world=world(), now=world().now()))


@app.schedule(Rate(10, unit=Rate.MINUTES), name="plan_pulls")
def plan_pulls(event: Any) -> None:
    from chalicelib.pulls.flows import running

    running.plan_pulls(world=world(), now=world().now())


@app.schedule(Rate(10, unit=Rate.MINUTES), name="renew_links")
def renew_links(event: Any) -> None:
    from chalicelib.entries.flows import links

    links.renew_links(world=world(), now=world().now())


@app.schedule(Rate(1, unit=Rate.MINUTES), name="work_jobs")
def work_jobs(event: Any) -> None:
    from chalicelib.identity.flows import jobs

    jobs.work_jobs(world=world(), now=world().now())


@app.schedule(Rate(1, unit=Rate.HOURS), name="plan_compaction")
def plan_compaction(event: Any) -> None:
    from chalicelib.archive.flows import compacting

    compacting.plan_compaction(world=world())


@app.schedule(Rate(5, unit=Rate.MINUTES), name="watch_records")
def watch_records(event: Any) -> None:
    from chalicelib.hub.flows import sources

    sources.watch(world=world(), now=world().now())
