"""The sandbox as one object: its state, clock, random source, ways out, and the memory of what happened."""

from __future__ import annotations

import threading
import time
from bisect import insort
from collections import deque
from collections.abc import Callable
from random import Random

from sandbox.log import CallLog
from sandbox.mini.words import MiniBook
from sandbox.official.words import Official
from sandbox.phone import memory
from sandbox.state import Account, Book, Contact, Push, State, User
from sandbox.transport import HttpTransport, Transport
from sandbox.words import PushRecord

RECORDS_KEPT = 1_000


class Sandbox:
    """One WeChat. Whoever reads or changes `state` holds `lock`; nobody holds it while talking to a callback or sleeping.

    Whoever changed what has to survive the program sets `unsaved`.
    """

    def __init__(
        self,
        state: State | None = None,
        *,
        clock: Callable[[], float] = time.time,
        random: Random | None = None,
        transport: Transport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.state = state or State()
        self.random = random or Random()
        self.transport: Transport = transport or HttpTransport()
        self.sleep = sleep
        self.lock = threading.RLock()
        self.push_waits = threading.Event()
        self.unsaved = threading.Event()
        self.diary = memory.recall(self.state)
        self.log = CallLog(self.diary)
        self.records: deque[PushRecord] = deque(maxlen=RECORDS_KEPT)
        self._clock = clock

    def now(self) -> float:
        """The sandbox's time in unix seconds."""
        clock = self.state.clock
        return self.real_now() + clock.shift_s if clock.stopped_at is None else clock.stopped_at

    def real_now(self) -> float:
        return self._clock()

    def reset(self) -> None:
        """Forget everything, settings and clock included."""
        with self.lock:
            self.state = State()
            self.log.clear()
            self.diary.clear()
            self.records.clear()

    def book(self, appid: str) -> Book:
        return self.state.books.setdefault(appid, Book())

    def official(self, appid: str) -> Official:
        """What is kept about an official account."""
        known = self.state.official.get(appid)
        if known is None:
            known = self.state.official[appid] = Official()
        return known

    def mini_book(self, appid: str) -> MiniBook:
        """What is kept about a mini program."""
        known = self.state.mini_books.get(appid)
        if known is None:
            known = self.state.mini_books[appid] = MiniBook()
        return known

    def enqueue(self, waiting: Push) -> None:
        """Let a push wait for its `due_at`."""
        insort(self.state.waiting, waiting, key=lambda one: one.due_at)
        self.push_waits.set()

    def next_message_id(self) -> int:
        self.state.last_message_id += 1
        return self.state.last_message_id

    def contact(self, appid: str, openid: str) -> Contact | None:
        return self.state.contacts.get(appid, {}).get(openid)

    def person(self, contact: Contact) -> User:
        return self.state.users[contact.user]

    def account_of_original_id(self, original_id: str) -> Account | None:
        return next((account for account in self.state.accounts.values() if account.original_id == original_id), None)
