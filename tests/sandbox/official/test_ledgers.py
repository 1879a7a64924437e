"""Whatever people and accounts do in whatever order: credits are never below zero, allowances never exceeded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.sandbox.official.hands import post
from tests.sandbox.stage import HOUSE, Stage

MESSAGES, CLICKS, FOLLOWS, SCANS = (5, 172_800.0), (3, 60.0), (3, 60.0), (3, 60.0)
MOST_A_MONTH = 4


class Ledgers(RuleBasedStateMachine):
    """One person and one account; beside the sandbox a ledger of what has to be possible."""

    @initialize()
    def begin(self) -> None:
        self.stage = Stage()
        templates = [{"id": "N2", "title": "Notice", "content": {"thing1": "What"}}]
        self.stage.control("POST", "/accounts", {"appid": HOUSE, "templates": templates})
        self.user = self.stage.make_user()
        self.openid = self.stage.openid(self.user)
        self.follows = False
        self.blocks = False
        self.credits = 0
        self.windows: dict[str, list[float]] = {}
        self.mass: list[str] = []

    def grant(self, trigger: str, rule: tuple[int, float]) -> None:
        self.windows[trigger] = [rule[0], self.stage.clock + rule[1]]

    def act(self, action: str, **fields: Any) -> None:
        self.stage.act(self.user, action, **fields)

    @precondition(lambda self: not self.follows)
    @rule()
    def follow(self) -> None:
        self.act("follow")
        self.follows = True
        self.grant("follow", FOLLOWS)

    @precondition(lambda self: self.follows)
    @rule()
    def unfollow(self) -> None:
        self.act("unfollow")
        self.follows = False
        self.windows.clear()

    @precondition(lambda self: self.follows)
    @rule(what=st.sampled_from(["send", "click", "scan"]))
    def do_something(self, what: str) -> None:
        self.act(what, **{"send": {"content": "hello"}, "click": {"key": "K"}, "scan": {"scene_str": "s"}}[what])
        self.grant(what, {"send": MESSAGES, "click": CLICKS, "scan": SCANS}[what])

    @precondition(lambda self: self.follows)
    @rule(blocks=st.booleans())
    def block(self, blocks: bool) -> None:
        self.act("block", blocks=blocks)
        self.blocks = blocks

    @rule(accepted=st.booleans())
    def answer_popup(self, accepted: bool) -> None:
        self.act("subscribe", template_id="N2", answer="accept" if accepted else "reject")
        self.credits += accepted

    @rule()
    def turn_off(self) -> None:
        self.act("turn-off-subscription", template_id="N2")
        self.credits = 0

    @rule(seconds=st.sampled_from([1, 59, 61, 3_600, 172_801]))
    def wait(self, seconds: int) -> None:
        self.stage.clock += seconds

    @rule(value=st.sampled_from(["Tea", ""]))
    def send_notice(self, value: str) -> None:
        body = {"touser": self.openid, "template_id": "N2", "data": {"thing1": {"value": value}}}

        errcode = post(self.stage, "/cgi-bin/message/subscribe/bizsend", body)["errcode"]

        may = self.credits > 0 and not self.blocks
        assert errcode == (47003 if not value else 0 if may else 43101)
        self.credits -= errcode == 0

    @rule()
    def send_message(self) -> None:
        errcode = self.stage.write_to(self.user)["errcode"]

        open_windows = [window for window in self.windows.values() if window[1] > self.stage.clock]
        filled = [window for window in open_windows if window[0] > 0]
        assert errcode == (48002 if self.blocks else 45015 if not open_windows else 45047 if not filled else 0)
        if errcode == 0:
            min(filled, key=lambda window: window[1])[0] -= 1

    @rule()
    def send_to_all(self) -> None:
        body = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": "Sale"}}

        errcode = post(self.stage, "/cgi-bin/message/mass/sendall", body)["errcode"]

        month = datetime.fromtimestamp(self.stage.clock + 8 * 3600, UTC).strftime("%Y-%m")
        full = self.follows and self.mass.count(month) >= MOST_A_MONTH
        reached = self.follows and not self.blocks and not full
        assert errcode == (45028 if full else 0)
        self.mass += [month] if reached else []

    @invariant()
    def nothing_is_below_zero_and_nobody_gets_too_much(self) -> None:
        contact = self.stage.contact(self.user)
        assert contact.credits.get("N2", 0) == self.credits >= 0
        assert all(0 <= allowance.left <= 5 for allowance in contact.allowances.values())
        shown = [one for one in self.stage.received(self.user) if one["via"] == "mass_message"]
        assert len(shown) == len(self.mass)


TestLedgers = Ledgers.TestCase
TestLedgers.settings = settings(max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
