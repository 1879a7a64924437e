"""The figures: one line of JSON each, every one documented."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bench.__main__ import PARTS, main
from bench.figures import FIGURES, Figure, is_kept, line

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda figure: figure.name)
def test_a_figure_is_one_line_of_json(figure: Figure) -> None:
    told = json.loads(line(figure, 1.23456))

    assert "\n" not in line(figure, 1.23456)
    assert list(told) == ["figure", "value", "unit", "budget", "floor"]
    assert (told["figure"], told["unit"]) == (figure.name, figure.unit)
    assert isinstance(told["value"], int | float)
    assert told["budget"] is None or isinstance(told["budget"], int | float)
    assert told["floor"] is None or isinstance(told["floor"], str)


@pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda figure: figure.name)
def test_a_figure_is_in_the_table_of_the_page_with_its_budget(figure: Figure) -> None:
    budget = "–" if figure.budget is None else f"{figure.bound} {figure.budget:,g} {figure.unit}"

    row = re.search(rf"^\| `{re.escape(figure.name)}` \| ([\d.,]+ {figure.unit}) \| ([^|]+) \|", PAGE, re.MULTILINE)

    assert row is not None, "docs/benchmarks.md keeps the last value of every figure"
    assert row[2].strip() == budget


def test_the_page_names_no_figure_that_is_not_measured() -> None:
    table, _, _ = PAGE.partition("## How it is measured")

    rows = re.findall(r"^\| `([a-z0-9_.]+)` \|", table, re.MULTILINE)

    assert rows == list(FIGURES)


def test_every_figure_is_measured_by_one_part() -> None:
    first_words = [word for words, _ in PARTS for word in words]

    assert len(set(first_words)) == len(first_words)
    assert {name.split(".")[0] for name in FIGURES} == set(first_words)


@pytest.mark.parametrize(
    ("figure", "value", "kept"),
    [
        (Figure("a", "ms", 1.0, digits=2), 1.004, True),
        (Figure("a", "ms", 1.0, digits=2), 1.006, False),
        (Figure("a", "calls", 500, "at least"), 499.6, True),
        (Figure("a", "calls", 500, "at least"), 499.4, False),
        (Figure("a", "ms"), 1e9, True),
    ],
)
def test_a_budget_is_kept_by_the_value_that_is_printed(figure: Figure, value: float, kept: bool) -> None:
    assert is_kept(figure, value) is kept


def test_asking_for_a_figure_that_there_is_not_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "nonsense"])

    told = capsys.readouterr().err
    assert [name for name in FIGURES if name not in told] == []
