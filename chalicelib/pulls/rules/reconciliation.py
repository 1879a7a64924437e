"""What WeChat says of a day beside what we heard of it. Pure."""

from __future__ import annotations

from datetime import datetime

from chalicelib.pulls.words import DayOfFigures, Heard, Reconciled


def told_by(figures: DayOfFigures) -> Heard:
    """Who came and went by WeChat's count, over all ways in."""
    lines = figures.lines
    return Heard(sum(int(line.get("new_user", 0)) for line in lines), sum(int(line.get("cancel_user", 0)) for line in lines))


def reconcile(figures: DayOfFigures, heard: Heard, *, tolerance: float, now: datetime) -> Reconciled:
    """Both figures and how far they are apart. Ends of follows raise nothing: WeChat tells nobody when an account of a person is closed."""
    told = told_by(figures)
    off = apart(told.followed, heard.followed)
    return Reconciled(
        day=figures.day,
        told=told,
        heard=heard,
        followed_off=round(off, 1),
        unfollowed_off=round(apart(told.unfollowed, heard.unfollowed), 1),
        is_over=off > tolerance,
        counted_at=now,
    )


def apart(told: int, heard: int) -> float:
    """The difference in per mille of the greater figure; 0 for two zeros."""
    return 1000 * abs(told - heard) / max(told, heard, 1)
