"""Resolution of parameters: exact, canonical, complete, and every problem told."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.exact import number_text, parse_number
from designs.manifest import Manifest, parse_manifest
from designs.parameters import Parameter, ParameterError, ParameterType, ResolvedParameters, resolve
from designs.relations import Relation
from designs.values import BadValue, parse_value
from tests.designs.examples import BIN

MANIFEST = parse_manifest(BIN)


def problems(given_values: dict[str, object], preset: str | None = None) -> list[str]:
    with pytest.raises(ParameterError) as caught:
        resolve(MANIFEST, given_values, preset)  # type: ignore[arg-type]
    return [str(problem) for problem in caught.value.problems]


def test_defaults_then_preset_then_given():
    assert resolve(MANIFEST, {}).canonical == {
        "units_x": "2",
        "wall": "1.2",
        "lid": False,
        "style": "plain",
        "text": "",
    }
    resolved = resolve(MANIFEST, {"wall": "2.0 mm", "lid": "yes"}, "drawer")
    assert resolved.canonical == {"units_x": "4", "wall": "2", "lid": True, "style": "plain", "text": ""}
    assert resolved.for_script() == {"units_x": 4, "wall": 2.0, "lid": True, "style": "plain", "text": ""}


@pytest.mark.parametrize(
    "same", ["2", "2.0", "2.00", 2, 2.0, Decimal("2.000"), "+2", "0002", "2e0", " 2 ", "2mm", "20e-1"]
)
def test_one_number_has_one_form(same: object):
    assert resolve(MANIFEST, {"wall": same}).canonical["wall"] == "2"  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"wall": 5}, "wall = 5: is more than 4 mm; allowed: a number from 0.8 to 4 mm in steps of 0.1"),
        ({"wall": "0.79999999"}, "wall = '0.79999999': is less than 0.8 mm"),
        ({"wall": 1.25}, "wall = 1.25: is not on a step of 0.1 (near it: 1.2 or 1.3)"),
        ({"wall": "NaN"}, "wall = 'NaN': is not a number: 'NaN' (write it like 1.2)"),
        ({"wall": float("inf")}, "wall = inf: is not a finite number: Infinity"),
        ({"wall": "1e400"}, "wall = '1e400': is too large: 1E+400"),
        ({"wall": 10**400}, "wall = a whole number of 1329 bits: is too large"),
        ({"wall": "1,5"}, "wall = '1,5': is not a number: '1,5'"),
        ({"wall": "١"}, "is not a number"),
        ({"wall": True}, "wall = True: is not a number"),
        ({"wall": None}, "wall = None: is not a number"),
        ({"wall": "2 cm"}, "wall = '2 cm': is not a number"),
        ({"units_x": "2.5"}, "units_x = '2.5': is not a whole number"),
        ({"lid": "perhaps"}, "lid = 'perhaps': is neither true nor false; allowed: true or false"),
        ({"lid": 1}, "lid = 1: is neither true nor false"),
        ({"style": "round"}, "style = 'round': is not one of the choices; allowed: one of plain, rounded"),
        ({"style": 3}, "style = 3: is not text"),
        ({"text": "nine char"}, "text = 'nine char': is too long: 9 characters, at most 8"),
        ({"text": "a\nb"}, "text = 'a\\nb': is a control character (U+000A) at position 2: remove it"),
        ({"text": "a\u202eb"}, "is a bidirectional control character (U+202E) at position 2"),
        ({"wal": 1}, "wal = 1: the design has no parameter of this name (did you mean wall?)"),
    ],
)
def test_tells_what_is_wrong_and_what_is_allowed(values: dict[str, object], expected: str):
    assert any(expected in problem for problem in problems(values))


def test_tells_every_problem_at_once():
    found = problems({"wal": 1, "wall": 9, "lid": "x", "units_x": 0}, "drawr")
    assert [problem.split(" = ")[0] for problem in found] == ["wal", "preset", "units_x", "wall", "lid"]
    assert "(did you mean drawer?)" in found[1]


def test_a_broken_relation_names_its_values():
    assert problems({"lid": True, "wall": 1}) == [
        "lid, wall = lid = true, wall = 1: the values do not go together; allowed: values with not lid or wall >= 1.2"
    ]


def test_a_whole_default_keeps_whole_values_whole_for_range():
    count = Parameter("n", ParameterType.NUMBER, Decimal("4"))
    width = Parameter("w", ParameterType.NUMBER, Decimal("4.0"))
    values = ResolvedParameters(((count, Decimal("6.0")), (width, Decimal(6)))).for_script()
    assert (type(values["n"]), type(values["w"])) == (int, float)
    assert ResolvedParameters(((count, Decimal("6.5")),)).for_script() == {"n": 6.5}


@pytest.mark.parametrize("spelling", ["2.0", "02", "+2", "2 mm"])
def test_canonical_form_is_read_strictly(spelling: str):
    canonical = dict(resolve(MANIFEST, {}).canonical)
    assert ResolvedParameters.from_canonical(MANIFEST, canonical).canonical == canonical
    with pytest.raises(ParameterError, match="not in canonical form"):
        ResolvedParameters.from_canonical(MANIFEST, {**canonical, "wall": spelling})
    with pytest.raises(ParameterError, match="wall"):
        ResolvedParameters.from_canonical(MANIFEST, {k: v for k, v in canonical.items() if k != "wall"})


steps = st.integers(8, 40).map(lambda tenths: Decimal(tenths) / 10)


@given(wall=steps, units=st.integers(1, 6), lid=st.booleans(), text=st.text("abcä é", max_size=8))
def test_resolving_again_changes_nothing(wall: Decimal, units: int, lid: bool, text: str):
    given_values = {"wall": str(wall), "units_x": units, "lid": lid and wall >= Decimal("1.2"), "text": text}
    once = resolve(MANIFEST, given_values)
    assert resolve(MANIFEST, once.canonical).canonical == once.canonical
    assert ResolvedParameters.from_canonical(MANIFEST, once.canonical) == once


numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6)


@given(numbers)
def test_number_text_is_canonical_and_exact(number: Decimal):
    text = number_text(number)
    assert parse_number(text) == number
    assert number_text(parse_number(text)) == text
    assert "e" not in text.lower()
    assert text != "-0"
    assert not ("." in text and text.endswith("0"))


@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e14, max_value=1e14).filter(lambda x: abs(x) > 1e-9)
)
def test_every_float_of_a_script_is_kept(number: float):
    parameter = Parameter("x", ParameterType.NUMBER, Decimal("0.5"))
    value = parse_value(parameter, number)
    assert ResolvedParameters(((parameter, value),)).for_script()["x"] == number


def test_number_choices():
    parameter = Parameter("d", ParameterType.NUMBER, Decimal("0.4"), choices=(Decimal("0.4"), Decimal("0.6")))
    assert parse_value(parameter, "0.60") == Decimal("0.6")
    with pytest.raises(BadValue, match="not one of the choices"):
        parse_value(parameter, 0.5)
    assert parameter.allowed() == "one of 0.4, 0.6"


def test_a_relation_that_divides_by_zero_is_told():
    a = Parameter("a", ParameterType.NUMBER, Decimal(1))
    design = Manifest(
        name="x", title="x", description="", licence="MIT", authors=("A",), engine="cadquery", source="x.py",
        parameters=(a,), relations=(Relation("1 / a < 5", "Too small"),),
    )  # fmt: skip
    with pytest.raises(ParameterError, match="Too small: `a` is zero"):
        resolve(design, {"a": 0})
