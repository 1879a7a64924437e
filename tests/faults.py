"""The fault kit: flows interleaved at every AWS call, crashed, refused, delivered twice and in another order; each run can be played again.

Each flow is a greenlet, so that a turn costs next to nothing; it hands over at each AWS call. Nothing here is specific to a room:

    def play(chaos: Chaos) -> None:
        ...make the ground...
        chaos.run(lambda: log_in(...), lambda: follow(...))
        ...what has to hold, however it went...

    try_seeds(play, 300)      # random orders, random faults
    try_every_order(play)     # each interleaving there is, no faults
    try_every_fault(play)     # each fault at each call, one at a time

Flows share what a container shares. What a container has only one of, like Chalice's current request, cannot stand two flows at once:
interleave flows, not doors.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError
from greenlet import getcurrent, greenlet

from chalicelib.aws.tables import TableError
from chalicelib.errors import Busy
from tests.small_dynamo import refusal

Work = Callable[[], Any]
PATIENCE_S = 60
MOST_ORDERS = 20_000
MOST_FAULTS = 12
TAPE_SHOWN = 60
READS = frozenset({"GetItem", "Query", "BatchGetItem", "GetParameter", "Decrypt", "GetQueueAttributes", "ReceiveMessage", "Scan"})
LOCKED_BY_TRANSACTIONS = frozenset({"TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem"})


class Fate(Enum):
    """What may become of an AWS call."""

    goes_well = "goes well"
    crashes_before = "the process ends before the call"
    crashes_after = "the call takes effect and the process ends"
    answer_lost = "the call takes effect and the caller gets a time-out"
    asked_twice = "the answer is lost and botocore asks again by itself"
    conflicts = "another transaction holds the item: nothing happens"
    throttled = "AWS refuses for now: nothing happens"


FAULTS = tuple(fate for fate in Fate if fate is not Fate.goes_well)


class Crash(BaseException):
    """The process ended here. Nothing catches it but the kit."""


class Chaos:
    """One run. `seed` decides order and faults, unless `turns` names the order's beginning and `at` the fault of the n-th call.

    `one`: a fault at the first call that can meet it, of all from the n-th on; `met_at` is where that was, 0 when it was nowhere.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        chance: float = 0.0,
        turns: Sequence[int] | None = None,
        switches: int | None = None,
        at: dict[int, Fate] | None = None,
        one: tuple[int, Fate] | None = None,
    ) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.turns: list[int] = []
        self.widths: list[int] = []
        self.steps = 0
        self.tape: list[str] = []
        self._chance = chance
        self._prescribed = turns
        self._at = at or {}
        self._one = one
        self.met_at = 0
        self._faults_left = MOST_FAULTS
        self._switches_left = -1 if switches is None else switches
        self._last: _Flow | None = None
        self._flows: dict[greenlet, _Flow] = {}
        self._over = False

    def run(self, *works: Work) -> list[Any]:
        """Run all to their end, interleaved; what crashed, timed out or was refused is delivered again. Results in the works' order."""
        results: list[Any] = [None] * len(works)
        with _every_call_through(self._call), _hanging_told(self):
            waiting = [_Flow(self, number, work) for number, work in enumerate(works)]
            try:
                while waiting:
                    flow = next((flow for flow in waiting if flow.ended), None)
                    if flow is None:
                        self._next(waiting).go_on()
                    elif isinstance(flow.error, INTERRUPTED):
                        self.tape.append(f"{flow.number} is delivered again after {type(flow.error).__name__}")
                        self._last = waiting[waiting.index(flow)] = _Flow(self, flow.number, flow.work)
                    else:
                        waiting.remove(flow)
                        results[flow.number] = flow.outcome()
            finally:
                self._end(waiting)
        return results

    def deliveries(self, works: Sequence[Work], *, twice: float = 0.3) -> list[Work]:
        """The same works in another order, some of them twice: what a queue may do."""
        delivered = [work for work in works for _ in range(1 + (self.random.random() < twice))]
        self.random.shuffle(delivered)
        return delivered

    def _next(self, waiting: list[_Flow]) -> _Flow:
        """Whose turn it is. To go on with the same one is the first choice, and no switch."""
        goes_on = self._last in waiting
        choices = sorted(waiting, key=lambda flow: flow is not self._last)
        flow = choices[0 if goes_on and self._switches_left == 0 else self._choose(len(choices))]
        self._switches_left -= goes_on and flow is not self._last
        self._last = flow
        return flow

    def _choose(self, width: int) -> int:
        place = len(self.turns)
        if self._prescribed is None:
            turn = self.random.randrange(width)
        elif place < len(self._prescribed):
            turn = min(self._prescribed[place], width - 1)  # a flow may be shorter than in the play before: its caches are warm
        else:
            turn = 0
        self.turns.append(turn)
        self.widths.append(width)
        return turn

    def _call(self, do: Callable[[], Any], operation: str, asked: dict[str, Any]) -> Any:
        flow = self._flows.get(getcurrent())
        if flow is None:
            return do()
        flow.hand_over()
        if self._over:
            raise Crash
        fate = self._draw(operation)
        self.tape.append(f"{flow.number} {operation}" + ("" if fate is Fate.goes_well else f": {fate.value}"))
        return _meet(fate, do, operation, asked)

    def _draw(self, operation: str) -> Fate:
        self.steps += 1
        fate = self._at.get(self.steps, Fate.goes_well)
        if self._chance and self._faults_left and self.random.random() < self._chance:
            fate = self.random.choice(FAULTS)
        if self._one and not self.met_at and self.steps >= self._one[0] and _is_possible(self._one[1], operation):
            fate, self.met_at = self._one[1], self.steps
        if not _is_possible(fate, operation):
            return Fate.goes_well
        self._faults_left -= fate is not Fate.goes_well
        return fate

    def _end(self, waiting: list[_Flow]) -> None:
        """Flows left over by a failure end at their next call."""
        self._over = True
        for flow in waiting:
            while not flow.ended:
                flow.go_on()
        self._over = False


INTERRUPTED = (Crash, Busy, TableError, ClientError, ReadTimeoutError)


class _Flow:
    """One delivery of one work; it stands before its first call once it is made."""

    def __init__(self, chaos: Chaos, number: int, work: Work) -> None:
        self.number = number
        self.work = work
        self.error: BaseException | None = None
        self.ended = False
        self._chaos = chaos
        self._result: Any = None
        self._greenlet = greenlet(self._run)
        self.go_on()

    def go_on(self) -> None:
        """Let it make the call it stands before, and run until the next one or its end."""
        signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)
        self._greenlet.switch()

    def hand_over(self) -> None:
        self._greenlet.parent.switch()

    def outcome(self) -> Any:
        if self.error is not None:
            raise self.error
        return self._result

    def _run(self) -> None:
        self._chaos._flows[self._greenlet] = self
        try:
            self._result = self.work()
        except BaseException as error:
            self.error = error
        finally:
            del self._chaos._flows[self._greenlet]
            self.ended = True


def try_seeds(play: Callable[[Chaos], None], count: int, *, chance: float = 0.1) -> None:
    """Play under many seeds. `FAULT_SEED=<seed>` plays that one alone."""
    only = os.environ.get("FAULT_SEED")
    for seed in [int(only)] if only else range(count):
        _played(play, Chaos(seed, chance=chance))


def try_every_order(play: Callable[[Chaos], None], *, switches: int | None = None) -> int:
    """Play each interleaving there is, or each with at most so many switches; how many there were."""
    turns: list[int] = []
    for number in range(1, MOST_ORDERS):
        chaos = Chaos(turns=turns, switches=switches)
        _played(play, chaos)
        later = [place for place, turn in enumerate(chaos.turns) if turn + 1 < chaos.widths[place]]
        if not later:
            return number
        turns = [*chaos.turns[: later[-1]], chaos.turns[later[-1]] + 1]
    raise AssertionError(f"more than {MOST_ORDERS} orders: interleave less, or try seeds")


def try_every_fault(play: Callable[[Chaos], None], *, fates: Sequence[Fate] = FAULTS) -> int:
    """Play with each fault at each call that can meet it, one fault a time, and at last without; how many calls all faults were put to."""
    calls = 0
    for fate in fates:
        met_at, reached = 0, True
        while reached:
            chaos = Chaos(turns=(), one=(met_at + 1, fate))
            _played(play, chaos)
            reached, met_at = chaos.met_at > 0, chaos.met_at
        calls += chaos.steps
    return calls


def _played(play: Callable[[Chaos], None], chaos: Chaos) -> None:
    try:
        play(chaos)
    except BaseException as error:
        error.add_note(f"seed {chaos.seed}: FAULT_SEED={chaos.seed} plays it again; turns {chaos.turns}")
        error.add_note("\n".join(chaos.tape[-TAPE_SHOWN:]))
        raise


def _is_possible(fate: Fate, operation: str) -> bool:
    if operation in READS:
        return fate in (Fate.crashes_before, Fate.answer_lost, Fate.throttled)
    if operation == "TransactWriteItems":
        return fate is not Fate.asked_twice  # a transaction bears a token and is answered as before
    return fate is not Fate.conflicts or operation in LOCKED_BY_TRANSACTIONS


def _meet(fate: Fate, do: Callable[[], Any], operation: str, asked: dict[str, Any]) -> Any:
    if fate is Fate.crashes_before:
        raise Crash
    if fate is Fate.throttled:
        raise refusal("ThrottlingException", operation)
    if fate is Fate.conflicts:
        raise _conflict(operation, asked)
    answer = do()
    if fate is Fate.crashes_after:
        raise Crash
    if fate is Fate.answer_lost:
        raise ReadTimeoutError(endpoint_url="https://aws.test")
    if fate is Fate.asked_twice:
        return do()
    return answer


def _conflict(operation: str, asked: dict[str, Any]) -> ClientError:
    if operation != "TransactWriteItems":
        return refusal("TransactionConflictException", operation)
    reasons = [{"Code": "TransactionConflict"}, *({"Code": "None"} for _ in asked["TransactItems"][1:])]
    return refusal("TransactionCanceledException", operation, CancellationReasons=reasons)


@contextmanager
def _hanging_told(chaos: Chaos) -> Iterator[None]:
    """A flow that waits for what another one holds would wait for ever: nobody else runs meanwhile."""

    def tell(*_: Any) -> None:
        raise AssertionError(f"a flow hangs: {chaos.tape[-3:]}")

    before = signal.signal(signal.SIGALRM, tell)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _every_call_through(pass_on: Callable[[Callable[[], Any], str, dict[str, Any]], Any]) -> Iterator[None]:
    real = BaseClient._make_api_call
    BaseClient._make_api_call = lambda client, operation, asked: pass_on(lambda: real(client, operation, dict(asked)), operation, asked)
    try:
        yield
    finally:
        BaseClient._make_api_call = real
