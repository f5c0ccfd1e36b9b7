"""Parameters in scripts: found, replaced, and guessed at, against what Python itself makes of the script."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.scripts.assignments import assignments, replace_values
from designs.scripts.guessing import UnreadableScript, guess_parameters, parse

NAMES = st.sampled_from(["a", "b", "width", "n"])
VALUES = st.floats(-1e6, 1e6) | st.integers(-(10**9), 10**9) | st.booleans() | st.text(max_size=8)
FORMS = st.sampled_from(
    ["{n} = {v!r}", "{n}: object = {v!r}", "{n} = other = {v!r}", "{n}, other = {v!r}, 2", "[{n}] = [{v!r}]"]
)


def run(tree: ast.Module) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(compile(tree, "script", "exec"), names)
    return names


@given(NAMES, VALUES, VALUES, FORMS)
def test_the_script_sees_the_new_value(name: str, before: object, after: float | int | bool | str, form: str) -> None:
    tree = parse(form.format(n=name, v=before) + f"\nseen = {name}\n", "script")
    assert replace_values(tree, {name: after}) == ()
    seen = run(tree)["seen"]
    assert seen == after
    counts = type(before) is int and type(after) is float and after.is_integer()
    assert type(seen) is (int if counts else type(after))


@given(NAMES, VALUES, FORMS)
def test_defaults_are_what_the_script_has(name: str, value: object, form: str) -> None:
    source = form.format(n=name, v=value)
    found = {assignment.name: assignment.literal for assignment in assignments(ast.parse(source))}
    assert found[name] == run(ast.parse(source))[name]


def test_what_is_computed_is_replaced_when_named() -> None:
    tree = parse("width = 2 * 10\nheight = width / 2\n", "script")
    assert replace_values(tree, {"width": 6.0}) == ()
    assert run(tree)["height"] == 3.0


def test_a_later_computation_stays() -> None:
    tree = parse("width = 2.0\nwidth = width * 10\n", "script")
    replace_values(tree, {"width": 3.0})
    assert run(tree)["width"] == 30.0


def test_what_is_not_at_the_top_is_missing() -> None:
    tree = parse("def f():\n    width = 1\nif True:\n    height = 2\nobject.depth = 3 if False else 0\n", "script")
    assert replace_values(tree, {"width": 1, "height": 2, "depth": 3}) == ("width", "height", "depth")


def test_lines_stay_where_they_were() -> None:
    tree = parse("a = 1\n\n\nb = 1 / a\n", "script")
    replace_values(tree, {"a": 0})
    with pytest.raises(ZeroDivisionError) as caught:
        run(tree)
    assert caught.tb is not None
    assert caught.traceback[-1].lineno + 1 == 4


def types_of(source: str) -> dict[str, str]:
    return {guess.name: guess.type for guess in guess_parameters(parse(source, "script"), source)}


def test_types() -> None:
    source = "length = 80\nteeth = 20\nk = 3\nratio = 0.5\nname = 'x'\nsolid = True\nlist(range(k))\n"
    expected = {
        "length": "number",
        "teeth": "integer",
        "k": "integer",
        "ratio": "number",
        "name": "text",
        "solid": "boolean",
    }
    assert types_of(source) == expected


def test_counts_by_use() -> None:
    source = "p = 6\nq = 5\nr = 4\ns = 3\nw.polarArray(10, 0, 360, p)\nw.rarray(9, 9, q, r)\nw.polygon(s, 10)\n"
    assert set(types_of(source).values()) == {"integer"}


def test_not_parameters() -> None:
    assert (
        types_of("x = None\ny = (1, 2)\nz = f(1)\n__all__ = 'a'\n_p = 1\nbig = 1e999\nt = 'a\\nb'\nimport os\n") == {}
    )


def test_comments_describe() -> None:
    source = "a = 1  # how wide\nb = '#'  # no\nc = 2\ndescribe_parameter(c, 'the depth')\n"
    told = {guess.name: guess.description for guess in guess_parameters(parse(source, "script"), source)}
    assert told == {"a": "how wide", "b": "", "c": "the depth"}


def test_a_flood_of_parameters_is_bounded() -> None:
    source = "\n".join(f"p{i} = {i}" for i in range(500))
    assert len(types_of(source)) == 100


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(source: str) -> None:
    try:
        tree = parse(source, "script")
    except UnreadableScript:
        return
    guess_parameters(tree, source)


@pytest.mark.parametrize("source", ["x = (", "\0", "(" * 5000, "x = " + "-" * 100_000 + "1"])
def test_unreadable(source: str) -> None:
    with pytest.raises(UnreadableScript):
        parse(source, "script")


def test_lengths_with_units_of_build123d() -> None:
    source = "from build123d import *\na, b = 50 * MM, 1 / 4 * IN\nc = -(2 * CM)\nd = 2 * IN * IN\ne = MM\nf = 2 * a\n"
    found = {guess.name: guess.default for guess in guess_parameters(parse(source, "script"), source)}
    assert found == {"a": 50.0, "b": 6.35, "c": -20.0, "e": 1.0}
    tree = parse(source, "script")
    replace_values(tree, {"b": 8.0})
    assert "8.0" in ast.unparse(tree)


def test_units_are_those_of_build123d_only() -> None:
    assert types_of("MM = 1\na = 3 * MM\n") == {}
    assert types_of("from build123d import Box, IN\na = 3 * MM\nb = 3 * IN\n") == {"b": "number"}
