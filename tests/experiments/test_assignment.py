"""Who gets which variant: by weight, the same one every time, and hardly anybody moves when weights do."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.experiments import flows, rules
from chalicelib.experiments.words import Experiment, Exposed, Variant
from tests.faults import Chaos, try_every_fault
from tests.small_world import SmallWorld, small_world

SUBJECTS = [f"openid#mini#{number:032x}" for number in range(4000)]
WEIGHTS = st.lists(st.integers(1, 20), min_size=2, max_size=6)


def experiment(*weights: int, name: str = "colour", brand: str = "demo") -> Experiment:
    variants = tuple(Variant(name=f"v{place}", weight=weight) for place, weight in enumerate(weights))
    return Experiment(brand=brand, name=name, variants=variants)


@settings(max_examples=12)
@given(WEIGHTS)
def test_each_variant_gets_its_share(weights: list[int]) -> None:
    given_to = Counter(rules.assign(experiment(*weights), subject) for subject in SUBJECTS)

    expected = {f"v{place}": weight / sum(weights) for place, weight in enumerate(weights)}
    assert {name: given_to[name] / len(SUBJECTS) for name in expected} == pytest.approx(expected, abs=0.045)


@given(WEIGHTS, st.text(max_size=40), st.randoms())
def test_a_subject_keeps_its_variant_in_whatever_order_they_are_written(weights: list[int], subject: str, random: object) -> None:
    whole = experiment(*weights)
    turned = Experiment(brand=whole.brand, name=whole.name, variants=whole.variants[::-1])

    assert rules.assign(whole, subject) == rules.assign(turned, subject)


@settings(max_examples=25)
@given(WEIGHTS, st.data())
def test_a_changed_weight_moves_nobody_between_the_others(weights: list[int], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(weights) - 1))
    changed = [data.draw(st.integers(0, 40)) if each == place else weight for each, weight in enumerate(weights)]

    before = [rules.assign(experiment(*weights), subject) for subject in SUBJECTS[:500]]
    after = [rules.assign(experiment(*changed), subject) for subject in SUBJECTS[:500]]

    moved = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    grew = changed[place] >= weights[place]
    assert all((new if grew else old) == f"v{place}" for old, new in moved)


def test_two_experiments_divide_people_independently() -> None:
    pairs = Counter((rules.assign(experiment(1, 1), each), rules.assign(experiment(1, 1, name="size"), each)) for each in SUBJECTS)

    assert [count / len(SUBJECTS) for count in pairs.values()] == pytest.approx([0.25] * 4, abs=0.03)


def test_nobody_new_gets_what_has_no_weight_and_of_nothing_but_such_the_first_is_taken() -> None:
    assert {rules.assign(experiment(0, 3, 0), subject) for subject in SUBJECTS} == {"v1"}
    assert rules.assign(experiment(0, 0), "anybody") == "v0"


def expose(ground: SmallWorld, subject: str, *, at: datetime | None = None) -> None:
    flows.note_exposure(experiment(1, 1), "v1", subject, world=ground.world, now=at or ground.clock())


def exposed() -> list[Exposed]:
    return flows.count_exposures("demo", "colour", since="2000-01-01", until="2100-01-01")


def test_a_subject_is_counted_once_a_day() -> None:
    with small_world() as ground:
        for subject in ("a", "a", "b"):
            expose(ground, subject)
        ground.clock.advance(days=1)
        expose(ground, "a")

        counts = exposed()

    assert [each.subjects for each in counts] == [2, 1]
    assert counts[0].day < counts[1].day


def test_an_exposure_is_counted_once_whatever_goes_wrong() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            chaos.run(lambda: expose(ground, "a"), lambda: expose(ground, "a"))
            assert [each.subjects for each in exposed()] == [1]

    assert try_every_fault(play) > 10
