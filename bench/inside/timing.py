"""CPU time of this process alone: what other programs do on the same cores does not count."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median

Work = Callable[[], object]


def cpu_us(work: Work, *, rounds: int, batch: int) -> float:
    """One call's microseconds: the median of batches."""
    return side_by_side(work, rounds=rounds, batch=batch)[0]


def side_by_side(*works: Work, rounds: int, batch: int) -> list[float]:
    """One call's microseconds for each work: medians of batches that take turns, after one round that does not count."""
    taken: list[list[float]] = [[] for _ in works]
    gc.collect()
    for turn in range(rounds + 1):
        for work, times in zip(works, taken, strict=True):
            spent = _batch_us(work, batch)
            if turn:
                times.append(spent)
    return [median(times) for times in taken]


def _batch_us(work: Work, batch: int) -> float:
    began = time.process_time_ns()
    for _ in range(batch):
        work()
    return (time.process_time_ns() - began) / batch / 1000
