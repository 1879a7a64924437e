"""Jobs: one of a kind at a time, a batch that counts once, and when the next one is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from chalicelib.accounts import tables as accounts
from chalicelib.accounts.words import Account, CallbackMode, Kind
from chalicelib.errors import Busy, Declined, LiandongError, Missing, Refused
from chalicelib.identity.flows import coverage, jobs
from chalicelib.identity.tables import jobs as tables
from chalicelib.identity.words.jobs import Job, JobKind, JobState, Progress
from tests.faults import Chaos, try_every_order
from tests.house import NOON
from tests.small_world import SmallWorld, small_world

OA = Account(
    id="demo.oa", brand="demo", name="oa", kind=Kind.official_account, appid="wx01", callback_mode=CallbackMode.safe, created_at=NOON
)
JOB = Job(
    brand="demo",
    account="demo.oa",
    kind=JobKind.backfill,
    id="first",
    state=JobState.running,
    position=None,
    seen=0,
    joined=0,
    without_unionid=0,
    unknown=0,
    started_at=NOON,
    changed_at=NOON,
    waits_until=None,
    trouble="",
    version=1,
)
replace = msgspec.structs.replace


class Work:
    """A kind of work that does what it is told, batch by batch, and remembers where each began."""

    def __init__(self) -> None:
        self.begun_at: list[str | None] = []
        self.comes_to: list[str | Exception | None] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def __call__(self, account: Account, job: Job, **moment: Any) -> tuple[str | None, Progress]:
        self.begun_at.append(job.position)
        self.meanwhile()
        came_to = self.comes_to.pop(0) if self.comes_to else f"after {job.position}"
        if isinstance(came_to, Exception):
            raise came_to
        return came_to, Progress(seen=1)


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallWorld]:
    """The brand demo with demo.oa; nothing of it is counted, for that takes an index."""
    monkeypatch.setattr(coverage, "list_due", lambda *brand, **moment: [])
    with small_world() as small:
        accounts.create_brand("demo", "Demo", now=NOON)
        accounts.claim_account(OA)
        accounts.finish_account(OA)
        yield small


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    made = Work()
    monkeypatch.setitem(jobs.WORK, JobKind.backfill, made)
    return made


def start(small: SmallWorld) -> str:
    return jobs.start_backfill(OA, actor="test", world=small.world, now=small.clock()).id


def run(small: SmallWorld) -> int:
    return jobs.work_jobs(world=small.world, now=small.clock())


def kept() -> Job:
    job = tables.read_job("demo", "demo.oa", JobKind.backfill)
    assert job is not None
    return job


# -- rows ------------------------------------------------------------------------------------------------------


def test_while_one_is_running_no_other_takes_its_place(ground: SmallWorld) -> None:
    assert tables.begin_job(JOB)

    assert not tables.begin_job(replace(JOB, id="second"))
    assert kept() == JOB


@pytest.mark.parametrize("state", [JobState.done, JobState.failed])
def test_one_that_is_over_makes_room_for_the_next(ground: SmallWorld, state: JobState) -> None:
    tables.begin_job(replace(JOB, state=state))

    assert tables.begin_job(replace(JOB, id="second"))
    assert kept().id == "second"


def test_a_batch_counts_once(ground: SmallWorld) -> None:
    tables.begin_job(JOB)
    moved = replace(JOB, seen=100, version=2)

    assert tables.keep_job(moved, version=1)
    assert not tables.keep_job(replace(moved, seen=200), version=1)
    assert kept() == moved


def test_a_batch_of_a_former_job_does_not_count_for_the_next(ground: SmallWorld) -> None:
    tables.begin_job(replace(JOB, id="second"))

    assert not tables.keep_job(replace(JOB, seen=100, version=2), version=1)
    assert kept().seen == 0


def test_running_ones_are_those_that_are_not_over(ground: SmallWorld) -> None:
    tables.begin_job(JOB)
    tables.begin_job(replace(JOB, account="demo.second", state=JobState.done))
    tables.begin_job(replace(JOB, account="demo.third", state=JobState.failed))

    assert tables.list_running("demo") == [JOB]


# -- beginning -------------------------------------------------------------------------------------------------


def test_two_who_start_one_at_the_same_moment_see_the_same_one() -> None:
    def play(chaos: Chaos) -> None:
        with small_world(chaos.seed) as small:
            started = chaos.run(partial(start, small), partial(start, small))

            assert set(started) == {kept().id}

    assert try_every_order(play) > 10


def test_starting_one_that_is_running_is_that_one_and_is_not_written_down_again(ground: SmallWorld) -> None:
    first = start(ground)

    again = start(ground)

    assert again == first
    assert [row["did"]["S"] for row in ground.dynamo.rows() if "did" in row] == ["backfill.started"]


def test_another_one_begins_once_the_last_is_over(ground: SmallWorld, work: Work) -> None:
    first = start(ground)
    work.comes_to = [None]
    run(ground)

    assert start(ground) != first
    assert kept().state is JobState.running


def test_who_was_never_an_account_of_the_brand_is_not_migrated_from(ground: SmallWorld) -> None:
    with pytest.raises(Missing) as refused:
        jobs.start_migration(OA, "wx99", actor="test", world=ground.world, now=NOON)

    assert refused.value.code == "account_missing"


# -- a minute's work -------------------------------------------------------------------------------------------


def test_a_minute_does_its_batches_and_the_next_goes_on_behind_them(ground: SmallWorld, work: Work) -> None:
    start(ground)
    work.comes_to = [*map(str, range(10)), None]

    batches = [run(ground), run(ground), run(ground)]

    assert batches == [10, 1, 0]
    assert work.begun_at == [None, *map(str, range(10))]
    assert (kept().state, kept().seen, kept().version) == (JobState.done, 11, 12)


def test_what_is_over_is_not_worked_on(ground: SmallWorld, work: Work) -> None:
    start(ground)
    work.comes_to = [None]

    assert [run(ground), run(ground)] == [1, 0]


def test_no_batch_is_begun_when_the_minute_is_nearly_over(ground: SmallWorld, work: Work) -> None:
    start(ground)
    work.meanwhile = lambda: ground.clock.advance(seconds=14)

    assert run(ground) == 3


@pytest.mark.parametrize("error", [Busy("away"), Declined("no", errcode=45009)])
def test_what_was_in_trouble_is_not_tried_again_in_the_same_minute(ground: SmallWorld, work: Work, error: LiandongError) -> None:
    start(ground)
    work.comes_to = [error]

    assert run(ground) == 1
    assert (kept().state, kept().trouble, kept().position) == (JobState.running, error.message, None)


def test_after_a_used_up_quota_an_hour_passes_and_not_more(ground: SmallWorld, work: Work) -> None:
    start(ground)
    work.comes_to = [Declined("no", errcode=45009), None]
    run(ground)

    ground.clock.advance(seconds=3599)
    early = run(ground)
    ground.clock.advance(seconds=1)

    assert (early, run(ground)) == (0, 1)
    assert (kept().state, kept().trouble, kept().waits_until) == (JobState.done, "", None)


def test_a_batch_after_a_wait_ends_the_wait(ground: SmallWorld, work: Work) -> None:
    start(ground)
    work.comes_to = [Declined("no", errcode=45009), "a", "b", None]
    run(ground)
    ground.clock.advance(hours=1)

    assert run(ground) == 3
    assert kept().state is JobState.done


@pytest.mark.parametrize("error", [Declined("no", errcode=48001), Refused(code="account_missing")])
def test_what_is_refused_for_good_ends_it(ground: SmallWorld, work: Work, error: LiandongError) -> None:
    start(ground)
    work.comes_to = [error]

    run(ground)

    assert (kept().state, kept().trouble) == (JobState.failed, error.message)


def test_who_has_moved_it_on_meanwhile_goes_on_alone(ground: SmallWorld, work: Work) -> None:
    start(ground)
    tables.keep_job(replace(kept(), version=5), version=1)
    stale = tables.read_job("demo", "demo.oa", JobKind.backfill)
    assert stale is not None
    work.meanwhile = lambda: tables.keep_job(replace(stale, position="other", seen=7, version=6), version=5)

    batches = run(ground)

    assert batches == 1
    assert (kept().position, kept().seen, kept().version) == ("other", 7, 6)


def test_it_is_worked_on_from_its_first_moment(ground: SmallWorld, work: Work) -> None:
    tables.begin_job(replace(JOB, waits_until=NOON))
    waiting = replace(JOB, account="demo.second", waits_until=NOON + timedelta(seconds=1))
    tables.begin_job(waiting)
    work.comes_to = [None]

    assert run(ground) == 1
    assert tables.list_running("demo") == [waiting]
