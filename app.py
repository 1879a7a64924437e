"""Every door on one page; no logic."""

import os
from typing import Any

from chalice import Chalice, Rate
from chalice.app import DynamoDBEvent, Response, SQSEvent

from chalicelib import edge, openapi
from chalicelib.accounts import routes as accounts
from chalicelib.accounts.callers import let_pages_in
from chalicelib.accounts.flows import keeper, quotas, tokens
from chalicelib.accounts.routes import domain_files, mini_programs, platforms
from chalicelib.accounts.routes import quotas as quota_doors
from chalicelib.archive.flows import belonging, compacting, errands
from chalicelib.archive.routes import archive as archived
from chalicelib.archive.routes import queries
from chalicelib.archive.words.catalogue import Errand as ArchiveErrand
from chalicelib.attribution import routes as attribution
from chalicelib.attribution.flows import hearing, keeping
from chalicelib.aws.facts import Fact, facts_of
from chalicelib.aws.metrics import put_metric
from chalicelib.consent.routes import grants, permissions
from chalicelib.consent.routes import page as preferences
from chalicelib.consent.routes import policy as contact_policy
from chalicelib.entries.flows import links as entry_links
from chalicelib.entries.routes import leading, signing, ways
from chalicelib.entries.routes import registry as entries
from chalicelib.entries.words.arrivals import Arrived
from chalicelib.guidance import routes as guidance
from chalicelib.hub.flows import releasing
from chalicelib.hub.flows import sources as counts
from chalicelib.hub.routes import dictionaries, events, quarantine, records, sources
from chalicelib.hub.routes import people as records_of_people
from chalicelib.hub.words.quarantine import Replay
from chalicelib.hub.words.records import Part
from chalicelib.identity import flows as identity
from chalicelib.identity.flows import jobs as identity_jobs
from chalicelib.identity.routes import coverage, jobs, links, people
from chalicelib.inbox import flows as inbox
from chalicelib.inbox import routes as callbacks
from chalicelib.inbox.words import Callback
from chalicelib.lint import routes as content
from chalicelib.lint.flows import rereading
from chalicelib.menus.flows import telling as menu_telling
from chalicelib.menus.routes import menus, turns
from chalicelib.messaging import flows as messaging
from chalicelib.messaging.routes import messages
from chalicelib.messaging.routes import settings as message_rules
from chalicelib.offers.flows import groups
from chalicelib.offers.routes import codes, invitations
from chalicelib.offers.routes import groups as group_doors
from chalicelib.offers.routes import registry as offers
from chalicelib.pulls import routes as pulls
from chalicelib.pulls.flows import running
from chalicelib.pulls.words import Errand
from chalicelib.records import work_off
from chalicelib.replies.flows import serving
from chalicelib.replies.routes import figures as reply_figures
from chalicelib.replies.routes import publishing as reply_rules
from chalicelib.sessions.routes import app as app_login
from chalicelib.sessions.routes import content as my_content
from chalicelib.sessions.routes import current as sessions
from chalicelib.sessions.routes import mini_program, my_phone, official_account, phone, phone_page, tickets
from chalicelib.staff import routes as staff
from chalicelib.templates import flows as template_flows
from chalicelib.templates import routes as templates
from chalicelib.webhooks import routes as webhooks
from chalicelib.webhooks.flows import delivering, telling
from chalicelib.webhooks.words import Handover
from chalicelib.wiring import world

STAGE = os.environ.get("STAGE", "local")
LOGINS = (mini_program, phone, app_login, official_account, tickets, sessions, my_phone, phone_page, my_content)
ACCOUNTS = (accounts, platforms, mini_programs, domain_files, quota_doors)
CONSENT = (permissions, contact_policy, preferences, grants)
HUB = (records, events, dictionaries, quarantine, sources, records_of_people, queries, archived)
ENTRIES = (entries, ways, leading, signing)
MENUS = (menus, turns)
REPLIES = (reply_rules, reply_figures)
OFFERS = (offers, group_doors, codes, invitations)
MESSAGES = (messages, message_rules)
WAYS = (*ENTRIES, attribution, *REPLIES, content, *MENUS, guidance, *OFFERS)
ROOMS = (staff, *ACCOUNTS, templates, people, links, jobs, coverage, *LOGINS, *CONSENT, *HUB, pulls, *WAYS, *MESSAGES, callbacks, webhooks)
DOORS = tuple(door for room in ROOMS for door in room.DOORS)

app = Chalice(app_name="liandong", configure_logs=False)
let_pages_in(app, DOORS, world)
app.register_middleware(edge.refuse, "http")
for room in ROOMS:
    app.register_blueprint(room.make_routes(world))


@app.route("/openapi.json", methods=["GET"])
def describe_doors() -> Response:
    return Response(openapi.document(DOORS).decode(), headers={"Content-Type": "application/json"})


edge.carry_errors(app)


@app.lambda_function(name="door")
def door(event: dict[str, Any], context: Any) -> Any:
    return app(event, context)


@app.lambda_function(name="mint_token")
def mint_token(event: dict[str, Any], context: Any) -> dict[str, Any] | None:
    return keeper.answer(event, world=world(), now=world().now())


@app.on_sqs_message(queue=f"liandong-{STAGE}-inbox", batch_size=10, name="apply_callbacks")
def apply_callbacks(event: SQSEvent) -> Any:
    return work_off(event, Callback, lambda callback: inbox.apply(callback, world=world(), now=world().now()))


@app.on_sqs_message(queue=f"liandong-{STAGE}-outbox", batch_size=5, name="send_messages")
def send_messages(event: SQSEvent) -> Any:
    return work_off(event, messaging.Handover, lambda handover: messaging.send_message(handover, world=world(), now=world().now()))


@app.on_sqs_message(queue=f"liandong-{STAGE}-records", batch_size=1, name="keep_records")
def keep_records(event: SQSEvent) -> Any:
    return work_off(event, Part | Replay, lambda work: releasing.work_off(work, world=world(), now=world().now()))


@app.on_sqs_message(queue=f"liandong-{STAGE}-pulls", batch_size=1, name="pull_from_wechat")
def pull_from_wechat(event: SQSEvent) -> Any:
    return work_off(event, Errand, lambda errand: running.work(errand, world=world(), now=world().now()))


@app.on_sqs_message(queue=f"liandong-{STAGE}-identity-facts", batch_size=10, name="hear_identity")
def hear_identity(event: SQSEvent) -> Any:
    return work_off(event, Fact, identity.hear)


@app.on_sqs_message(queue=f"liandong-{STAGE}-archive-facts", batch_size=10, name="hear_archive")
def hear_archive(event: SQSEvent) -> Any:
    return work_off(event, Fact, lambda fact: belonging.hear(fact, world=world(), now=world().now()))


@app.on_sqs_message(queue=f"liandong-{STAGE}-touches", batch_size=10, name="keep_touches")
def keep_touches(event: SQSEvent) -> Any:
    return work_off(event, Arrived, lambda arrived: keeping.keep_arrival(arrived, world=world(), now=world().now()))


@app.on_sqs_message(queue=f"liandong-{STAGE}-attribution-facts", batch_size=10, name="hear_attribution")
def hear_attribution(event: SQSEvent) -> Any:
    return work_off(event, Fact, lambda fact: hearing.hear(fact, world=world(), now=world().now()))


@app.on_sqs_message(queue=f"liandong-{STAGE}-archive", batch_size=1, name="compact")
def compact(event: SQSEvent) -> Any:
    return work_off(event, ArchiveErrand, lambda errand: errands.run(errand, world=world(), now=world().now()))


@app.on_sqs_message(queue=f"liandong-{STAGE}-webhook-facts", batch_size=10, name="hear_webhooks")
def hear_webhooks(event: SQSEvent) -> Any:
    return work_off(event, Fact, lambda fact: telling.hear(fact, world=world(), now=world().now()))


def deliver(event: SQSEvent, lane: delivering.Lane) -> Any:
    return work_off(event, Handover, lambda handover: delivering.deliver(handover, lane, world=world(), now=world().now()))


@app.on_sqs_message(queue=f"liandong-{STAGE}-webhooks-0", batch_size=5, name="send_webhooks_0")
def send_webhooks_0(event: SQSEvent) -> Any:
    return deliver(event, delivering.Lane.fast)


@app.on_sqs_message(queue=f"liandong-{STAGE}-webhooks-1", batch_size=5, name="send_webhooks_1")
def send_webhooks_1(event: SQSEvent) -> Any:
    return deliver(event, delivering.Lane.fast)


@app.on_sqs_message(queue=f"liandong-{STAGE}-webhooks-slow", batch_size=3, name="send_webhooks_slow")
def send_webhooks_slow(event: SQSEvent) -> Any:
    return deliver(event, delivering.Lane.slow)


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
    groups.end_groups(world=world(), now=world().now())


@app.schedule(Rate(1, unit=Rate.MINUTES), name="send_due")
def send_due(event: Any) -> None:
    messaging.send_due(world=world(), now=world().now())


@app.schedule(Rate(1, unit=Rate.MINUTES), name="retry_webhooks")
def retry_webhooks(event: Any) -> None:
    delivering.send_due(world=world(), now=world().now())


@app.schedule(Rate(1, unit=Rate.MINUTES), name="sweep_inbox")
def sweep_inbox(event: Any) -> None:
    inbox.sweep(world=world(), now=world().now())


@app.schedule(Rate(1, unit=Rate.MINUTES), name="serve_waiting")
def serve_waiting(event: Any) -> None:
    put_metric("AnswersLate", serving.serve_waiting(world=world(), now=world().now()))


@app.schedule(Rate(1, unit=Rate.MINUTES), name="tend_published")
def tend_published(event: Any) -> None:
    menu_telling.turn_menus(world=world(), now=world().now())
    rereading.read_again(world=world(), now=world().now())


@app.schedule(Rate(1, unit=Rate.MINUTES), name="refresh_tokens")
def refresh_tokens(event: Any) -> None:
    put_metric("TokenSecondsLeft", tokens.refresh_tokens(world=world(), now=world().now()))


@app.schedule(Rate(10, unit=Rate.MINUTES), name="compare_quotas")
def compare_quotas(event: Any) -> None:
    put_metric("QuotasStopped", quotas.compare(world=world(), now=world().now()))


@app.schedule(Rate(10, unit=Rate.MINUTES), name="sync_templates")
def sync_templates(event: Any) -> None:
    put_metric("TemplatesNotHad", template_flows.sync_all(world=world(), now=world().now()))


@app.schedule(Rate(10, unit=Rate.MINUTES), name="plan_pulls")
def plan_pulls(event: Any) -> None:
    running.plan_pulls(world=world(), now=world().now())


@app.schedule(Rate(10, unit=Rate.MINUTES), name="renew_links")
def renew_links(event: Any) -> None:
    entry_links.renew_links(world=world(), now=world().now())


@app.schedule(Rate(1, unit=Rate.MINUTES), name="work_jobs")
def work_jobs(event: Any) -> None:
    identity_jobs.work_jobs(world=world(), now=world().now())


@app.schedule(Rate(1, unit=Rate.HOURS), name="plan_compaction")
def plan_compaction(event: Any) -> None:
    compacting.plan_compaction(world=world())


@app.schedule(Rate(5, unit=Rate.MINUTES), name="watch_records")
def watch_records(event: Any) -> None:
    counts.watch(world=world(), now=world().now())
