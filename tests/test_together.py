"""Tasks done at once: all of them are over in the end, and what came of them is told in their order."""

from __future__ import annotations

import threading

import pytest

from chalicelib.errors import Busy
from chalicelib.together import Threads


def test_what_came_of_each_is_told_in_their_order() -> None:
    gate = threading.Event()

    def wait_for_the_other() -> str:
        assert gate.wait(10)
        return "first"

    def open_the_gate() -> str:
        gate.set()
        return "second"

    assert Threads(2)([wait_for_the_other, open_the_gate]) == ["first", "second"]


def test_one_that_fails_is_told_when_the_others_are_over() -> None:
    over = threading.Event()

    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Threads(1)([fail, over.set])

    assert over.is_set()


def test_a_fault_of_ours_is_told_before_what_is_merely_in_the_way() -> None:
    def be_busy() -> None:
        raise Busy

    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Threads(2)([be_busy, fail])
    with pytest.raises(Busy):
        Threads(2)([be_busy, be_busy])


def test_one_task_needs_no_thread_and_none_none() -> None:
    assert Threads(2)([threading.get_ident]) == [threading.get_ident()]
    assert Threads(2)([]) == []


def test_threads_stay_for_the_next_time() -> None:
    threads = Threads(1)

    assert threads([threading.get_ident, threading.get_ident]) == threads([threading.get_ident, threading.get_ident])
