"""The tree of errors: codes are listed, used and told with one status each; the drawing is the tree."""

from __future__ import annotations

import ast
import functools
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib import errors, openapi
from chalicelib.edge import OUR_CODES
from chalicelib.errors import CODES, Busy, Declined, LiandongError, Missing, Refused, TooMany, Unauthenticated, Unknown, place_of
from chalicelib.wechat import gateway

ROOT = Path(errors.__file__).parent.parent
CLASSES = {
    name: kind
    for module in (errors, gateway)
    for name, kind in vars(module).items()
    if inspect.isclass(kind) and issubclass(kind, LiandongError)
}


@functools.cache
def raised() -> tuple[tuple[str, type[LiandongError], str], ...]:
    """Where an error of ours is made, of which class, with which code."""
    return tuple(_raised())


def _raised() -> Iterator[tuple[str, type[LiandongError], str]]:
    for path in (ROOT / "app.py", *sorted((ROOT / "chalicelib").rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text())):
            called = node.func if isinstance(node, ast.Call) else None
            kind = CLASSES.get(called.id) if isinstance(called, ast.Name) else None
            if isinstance(node, ast.Call) and kind is not None:
                codes = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
                constants = [code.value for code in codes if isinstance(code, ast.Constant)]
                yield f"{path.relative_to(ROOT)}:{node.lineno}", kind, str(constants[0]) if constants else kind.default_code
            if isinstance(node, ast.Call):
                named = [keyword.value for keyword in node.keywords if keyword.arg == "refusal"]
                yield from (
                    (f"{path.relative_to(ROOT)}:{node.lineno}", TooMany, str(each.value))
                    for each in named
                    if isinstance(each, ast.Constant)
                )
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name) and node.exc.id in CLASSES:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", CLASSES[node.exc.id], CLASSES[node.exc.id].default_code


def test_the_source_was_read() -> None:
    assert len(raised()) > 40


def test_every_error_in_the_source_has_a_listed_code_with_one_status() -> None:
    unlisted = [(where, code) for where, _, code in raised() if code not in CODES]
    otherwise = [(where, code, kind.status) for where, kind, code in raised() if code in CODES and openapi.status_of(code) != kind.status]

    assert unlisted == []
    assert otherwise == []


def test_every_listed_code_is_used() -> None:
    used = {code for _, _, code in raised()} | set(OUR_CODES.values()) | {"internal"}

    assert set(CODES) == used


def test_the_codes_are_in_order_and_say_what_to_do_in_one_line() -> None:
    assert list(CODES) == sorted(CODES)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in CODES)
    assert all(text.endswith(".") and "\n" not in text for text in CODES.values())


def test_the_drawing_is_the_tree() -> None:
    drawing = (errors.__doc__ or "").splitlines()
    drawn = {line[len(line) - len(line.lstrip(" │├└─")) :].split()[0]: line for line in drawing if re.match(r" {4}[ │├└L]", line)}

    tree = {name: kind for name, kind in CLASSES.items() if kind.__module__ == errors.__name__}

    assert set(drawn) == set(tree)
    for name, kind in tree.items():
        if kind not in (LiandongError, Refused):
            assert f" {kind.status} " in drawn[name]
        depth = len(drawn[name]) - len(drawn[name].lstrip(" │├└─"))
        assert depth == 4 * len([each for each in kind.__mro__ if issubclass(each, LiandongError)])


def test_an_unlisted_code_is_our_mistake() -> None:
    with pytest.raises(AssertionError):
        Missing(code="nonsense")


def test_an_error_without_words_uses_those_of_its_code() -> None:
    error = Unauthenticated()

    assert (error.code, error.message, str(error)) == ("session_refused", CODES["session_refused"], CODES["session_refused"])


def test_an_unknown_outcome_is_a_kind_of_busy_and_busy_is_never_refused() -> None:
    assert issubclass(Unknown, Busy)
    assert not issubclass(Busy, Refused)


def test_wechats_errcode_stays_a_number_beside_the_code() -> None:
    assert (Declined("no", errcode=43101).errcode, Declined().code) == (43101, "wechat_declined")


def test_a_place_is_the_file_and_line_where_an_error_arose() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        1 / 0  # noqa: B018 - it is meant to fail

    line = inspect.currentframe().f_lineno - 2  # type: ignore[union-attr]
    assert place_of(caught.value) == f"test_errors.py:{line}"
    assert place_of(ValueError("never raised")) == "?"
