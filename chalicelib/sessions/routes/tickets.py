"""Jump tickets over HTTP: made, followed, used."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.aws.tables import TableError
from chalicelib.errors import LiandongError
from chalicelib.identity.routes.people import read_identifier
from chalicelib.sessions.flows import arrivals, current, tickets
from chalicelib.sessions.routes import app, browsers, mini_program, pages, phone
from chalicelib.sessions.rules.addresses import JUMP_PAGE, is_in_wechat
from chalicelib.sessions.words import Arrival, MadeTicket, MyTicketOrder, TicketLogin, TicketOrder
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

ARRIVAL_REFUSALS = (
    "ticket_refused",
    "ticket_used",
    *dict.fromkeys((*mini_program.CODE_REFUSALS, *app.CODE_REFUSALS, *phone.SMS_CODE_REFUSALS)),
    "outcome_unknown",
)

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/tickets",
        does="Make a jump ticket: it carries something to another end of the brand and logs in there whoever it is made for.",
        scope=Scope.tickets_write,
        takes=TicketOrder,
        gives=MadeTicket,
        status=201,
        refusals=("account_missing", "person_missing"),
    ),
    edge.Door(
        method="POST",
        path="/v1/me/tickets",
        does="Make a jump ticket for oneself.",
        proof="session",
        takes=MyTicketOrder,
        gives=MadeTicket,
        status=201,
        refusals=("session_refused", "session_ended", "account_missing", "too_many_tickets"),
    ),
    edge.Door(
        method="GET",
        path=JUMP_PAGE,
        does="Follow a jump ticket's link to its page, which opens the ticket. Following uses nothing up.",
        proof="ticket",
        shows="text/html",
        status=302,
        refusals=("ticket_refused", "ticket_page_missing"),
    ),
    edge.Door(
        method="POST",
        path="/v1/sessions/ticket",
        does="Use a ticket: of a web login, for its session; a jump ticket, for what it carries and, when it logs in, a session.",
        proof="ticket",
        takes=TicketLogin,
        gives=Arrival,
        status=201,
        otherwise=200,
        refusals=ARRIVAL_REFUSALS,
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of tickets."""
    routes = Blueprint(__name__)

    @routes.route("/v1/tickets", methods=["POST"])
    def make_ticket() -> Response:
        call = prove(routes, world, Scope.tickets_write)
        order = edge.read_body(call.request, TicketOrder)
        who = None if order.who is None else read_identifier(order.who, call, place="$.who")
        home = edge.own_address(call.request, call.world.settings.public_url)
        made = tickets.make_ticket(call.brand, order, who, actor=call.actor, home=home, world=call.world, now=call.now)
        return edge.answer(made, status=201, headers=edge.NO_STORE)

    @routes.route("/v1/me/tickets", methods=["POST"])
    def make_own_ticket() -> Response:
        request, outside = routes.current_request, world()
        now = outside.now()
        claims = current.authenticate(edge.bearer(request), world=outside, now=now)
        order = edge.read_body(request, MyTicketOrder)
        made = tickets.make_own_ticket(order, claims, home=edge.own_address(request, outside.settings.public_url), world=outside, now=now)
        return edge.answer(made, status=201, headers=edge.NO_STORE)

    @routes.route(JUMP_PAGE, methods=["GET"])
    def follow(ticket: str) -> Response:
        request, outside = routes.current_request, world()
        home, in_wechat = edge.own_address(request, outside.settings.public_url), is_in_wechat(str(request.headers.get("user-agent", "")))
        try:
            return browsers.lead(tickets.find_way(ticket, home=home, in_wechat=in_wechat, world=outside, now=outside.now()))
        except (LiandongError, TableError) as refused:
            return pages.show_refusal(refused)

    @routes.route("/v1/sessions/ticket", methods=["POST"])
    def arrive() -> Response:
        shown = edge.read_body(routes.current_request, TicketLogin)
        browser = browsers.read_secret(routes.current_request)
        arrival = arrivals.arrive(shown, browser=browser, world=world(), now=world().now())
        return edge.answer(arrival, status=200 if arrival.session_token is None else 201, headers=edge.NO_STORE)

    return routes
