"""Customizer comments, as people write them, become parameters."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.openscad.annotations import NONE, Annotation, read_annotation
from designs.openscad.customizer import read_customizer
from designs.openscad.guesses import UnknownSetting, definitions, guesses, literal
from designs.openscad.tokens import UnreadableScad, quoted, tokens, unquoted
from designs.scripts.guessing import Guess

MODELS = Path(__file__).parent / "models"
EXPECTED = {
    "cable_clip": [
        Guess("cable_diameter", "number", 6, "Outer diameter of the cable (mm)", 2, 20, 0.5, group="Cable"),
        Guess("cables", "number", 2, "How many cables lie side by side", 1, 8, group="Cable"),
        Guess("screw", "number", 3.5, "2.5 = M2.5, 3.5 = No. 6, 4.2 = No. 8", choices=(2.5, 3.5, 4.2), group="Screw"),
        Guess("countersunk", "boolean", True, group="Screw"),
    ],
    "name_tag": [
        Guess("line_1", "text", "Al", "First line", max=12, group="Text"),
        Guess("line_2", "text", "", "Second line", group="Text"),
        Guess(
            "font",
            "choice",
            "Liberation Sans",
            "Liberation Mono = Typewriter",
            choices=("Liberation Sans", "Liberation Mono", "DejaVu Serif"),
            group="Text",
        ),
        Guess("style", "choice", "Bold", choices=("Regular", "Bold", "Italic"), group="Text"),
        Guess("plate_0", "number", 60, "Width, depth and height; plate[0]", 1, 100, 0.5, group="Plate"),
        Guess("plate_1", "number", 24, "Width, depth and height; plate[1]", 1, 100, 0.5, group="Plate"),
        Guess("plate_2", "number", 2, "Width, depth and height; plate[2]", 1, 100, 0.5, group="Plate"),
        Guess("border", "number", 1.2, step=0.1, group="Plate"),
        Guess("hole", "boolean", True, "for a key ring", group="Plate"),
    ],
    "parametric_box": [
        Guess("inner_length", "number", 40, "Length of the inside", 10, 200),
        Guess("inner_width", "number", 30, "Width of the inside", 10, 200),
        Guess("inner_height", "number", 12.5, "Height of the inside", 5, 100, 0.5),
        Guess(
            "part",
            "choice",
            "both",
            "What to print; first = Box only, second = Lid only, both = Box and lid",
            choices=("first", "second", "both"),
        ),
        Guess("wall", "number", 1.6, "Thickness of the walls", choices=(0.8, 1.2, 1.6, 2, 2.4)),
    ],
    "battery_holder": [
        Guess("type", "integer", 1, "0 = AAA, 1 = AA, 2 = C, 3 = D", choices=(0, 1, 2, 3), group="Battery"),
        Guess("count_x", "integer", 2, "", 1, 6, 1, group="Battery"),
        Guess("count_y", "integer", 1, "", 1, 6, 1, group="Battery"),
        Guess("clearance", "number", -0.2, "added to the diameter", -0.5, 1, 0.1, group="Fit"),
        Guess("depth_percent", "number", 40, "", 0, 100, group="Fit"),
        Guess("facets", "integer", 20, "number of facets", 12, 96, 4),
        Guess("diameters_0", "number", 10.5, "diameters[0]"),
        Guess("diameters_1", "number", 14.5, "diameters[1]"),
        Guess("diameters_2", "number", 26.2, "diameters[2]"),
        Guess("diameters_3", "number", 34.2, "diameters[3]"),
    ],
    "pegboard_hook": [
        Guess("spacing", "number", 25.4, "peg spacing, 25.4 for imperial boards"),
        Guess("peg", "number", 5.8, "mm"),
        Guess("reach", "integer", 30, "", 10, 120, 5),
        Guess("tip_up", "boolean", True),
        Guess("side", "choice", "left", choices=("left", "right")),
        Guess("size_0", "number", 8, "size[0]"),
        Guess("size_1", "number", 8, "size[1]"),
    ],
    "spacer_ring": [
        Guess("outer_diameter", "number", 20, "", 1, 100, group="Ring"),
        Guess("inner_diameter", "number", 8.2, "", 0.5, 99, 0.1, group="Ring"),
        Guess("height", "number", 5, "in mm", group="Ring"),
        Guess("colour", "text", "#ff8800", "a web colour", group="Looks"),
        Guess("chamfer", "boolean", False, group="Looks"),
    ],
    "drawer_divider": [
        Guess("drawer_width", "integer", 90, 'Inside of the drawer: "width" in mm', 50, 600, 10, group="Drawer"),
        Guess("rows", "integer", 2, choices=(1, 2, 3, 4), group="Drawer"),
        Guess("note", "text", 'say "hi" \\ {ok}', max=40, group="Drawer"),
        *(Guess(f"heights_{n}", "number", v, f"heights[{n}]", group="Drawer") for n, v in enumerate((10, 20.5, 15))),
        *(Guess(f"labels_{n}", "text", v, f"labels[{n}]", group="Drawer") for n, v in enumerate("ab")),
        *(Guess(f"flags_{n}", "boolean", v, f"flags[{n}]", group="Drawer") for n, v in enumerate((True, False))),
        Guess("ok", "number", -3.25, "", -10, 10, 0.25, group="Drawer"),
    ],
    "knurled_knob": [
        Guess("knob_d", "number", 20, "Outer diameter", 10, 60, group="Size"),
        Guess("knob_h", "number", 12, "", 6, 40, group="Size"),
        Guess("knurls", "integer", 12, "", 6, 40, 2, group="Size"),
        Guess(
            "bore",
            "choice",
            "round",
            "round = Round, d = D-shaped, hex = Six sides",
            choices=("round", "d", "hex"),
            group="Bore",
        ),
        Guess("bore_d", "number", 6, "", 3, 12, 0.1, group="Bore"),
        Guess("flat", "number", 1, "", 0, 3, 0.25, group="Bore"),
        Guess("quality", "integer", 24, "16 = Draft, 24 = Normal, 64 = Fine", choices=(16, 24, 64), group="Advanced"),
    ],
    "phone_stand": [
        Guess("phone_width", "number", 75, "", 50, 100, group="Phone"),
        Guess("phone_depth", "number", 9, "", 6, 16, 0.5, group="Phone"),
        Guess("angle", "number", 20, "", 0, 45, group="Phone"),
        Guess("base_length", "number", 70, "min 40", group="Base"),
    ],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_parameters_of_a_model(name):
    path = MODELS / f"{name}.scad"
    assert guesses(read_customizer(path.read_text(), path.name))[0] == EXPECTED[name]


def test_every_model_is_expected():
    assert {path.stem for path in MODELS.glob("*.scad")} == set(EXPECTED)


def test_what_cannot_be_a_parameter_is_told_with_its_line():
    source = (MODELS / "drawer_divider.scad").read_text()
    assert guesses(read_customizer(source, "a.scad"))[1] == [
        "line 13: many is no parameter: a vector of 5 elements; at most 4 become parameters"
    ]
    found, refused = guesses(read_customizer('lambda = 1;\nv = [1];\nv_0 = 2;\nlong = "' + "x" * 201 + '";', "a"))
    assert [guess.name for guess in found] == ["v_0"]
    assert [line.partition(" is no")[0] for line in refused] == ["line 1: lambda", "line 2: v", "line 4: long"]


@pytest.mark.parametrize(
    ("comment", "value", "expected"),
    [
        ("[1:9]", 5, Annotation(1, 9)),
        ("[-1:.5:9] and more words", 5, Annotation(-1, 9, 0.5)),
        ("[9]", 5, Annotation(0, 9)),
        ("[-9]", -5, Annotation(-9, 0)),
        ("[1, 2,3]", 1, Annotation(choices=(1, 2, 3), captions=("", "", ""))),
        ("[1:One, 2 : Two]", 1, Annotation(choices=(1, 2), captions=("One", "Two"))),
        ("[7:Seven]", 7, Annotation(choices=(7,), captions=("Seven",))),
        ("[a,b:B]", "a", Annotation(choices=("a", "b"), captions=("", "B"))),
        ("[1:2]", "1", Annotation(choices=("1",), captions=("2",))),
        ("0.1", 1, Annotation(step=0.1)),
        ("8", "x", Annotation(length=8)),
        ("[0:10]", (1, 2), Annotation(0, 10)),
        ("[1,2]", (1, 2), NONE),
        ("[a,b]", ("a", "b"), NONE),
        ("[a,b]", 1, NONE),
        ("[9:1]", 5, NONE),
        ("[1:0:9]", 5, NONE),
        ("[1:2:3:4]", 5, NONE),
        ("[]", 5, NONE),
        ("[1:9", 5, NONE),
        ("-1", 5, NONE),
        ("0", 5, NONE),
        ("2.5", "x", NONE),
        ("[true,false]", True, NONE),
        ("[1e999:2]", 1, NONE),
        ("mm", 5, NONE),
        ("", 5, NONE),
    ],
)
def test_annotations(comment, value, expected):
    assert read_annotation(comment, value) == expected


def test_a_default_is_always_allowed():
    found, _ = guesses(
        read_customizer('a = 99; // [1:2:9]\nb = "z"; // [x, y]\nc = 2.5; // [1:1:9]\nd = "long"; // 2', "a")
    )
    assert found == [
        Guess("a", "integer", 99, "", 1, 99, 2),
        Guess("b", "choice", "z", choices=("z", "x", "y")),
        Guess("c", "number", 2.5, "", 1, 9),
        Guess("d", "text", "long", max=4),
    ]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('a = 1;\nb = "open', "a.scad line 2: this string is not closed"),
        ("a = 1;\n\n/* open", "a.scad line 3: this comment is not closed"),
        ("a = 1;\nb = @;", "a.scad line 2: '@' does not belong here"),
    ],
)
def test_unreadable(source, said):
    with pytest.raises(UnreadableScad, match=said):
        read_customizer(source, "a.scad")


@pytest.mark.parametrize(
    "source",
    ["a = 1", "= 1;", "a == 1;", "f(a = 1);", "module m(a = 1) {}", "function f(a = 1) = a;", "x = [a = 1];", ";;", ""],
)
def test_no_assignment(source):
    assert read_customizer(source, "a").settings == ()


def test_the_last_assignment_counts_as_in_openscad():
    assert [s.value for s in read_customizer("a = 1; a = 2;", "a").settings] == [2]


@given(st.text(max_size=60))
def test_text_in_quotes_comes_out_again(text):
    (word,) = tokens(quoted(text), "a")
    assert word.kind == "string"
    assert unquoted(word.text) == "".join(c for c in text if not 0xD800 <= ord(c) <= 0xDFFF)


values = st.one_of(
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(blacklist_categories=("Cs",)), max_size=30),
)


@settings(deadline=None)
@given(st.one_of(values, st.lists(values, min_size=1, max_size=4)))
def test_a_value_is_read_back_as_it_was_written(value):
    expected = tuple(value) if isinstance(value, list) else value
    written = literal(value)
    (setting,) = read_customizer(f"a = {written};\nb = a;", "a").settings
    assert setting.value == expected


@settings(deadline=None)
@given(st.text(st.sampled_from('ab=;1.[]{}()"/*\\\n ,:-'), max_size=80))
def test_anything_is_read_or_refused_with_a_line(source):
    try:
        found = read_customizer(source, "a.scad")
    except UnreadableScad as error:
        told = [str(error)]
    else:
        told = guesses(found)[1] or ["a.scad line 0"]
    assert all("line " in line for line in told)


def test_definitions():
    offered = read_customizer('a = 1; v = [1, 2, 3]; t = "x"; _w = f(a);', "a")
    assert definitions(offered, {"a": 2.5, "v_1": 7, "t": '";cube(9);//', "_w": True}) == [
        "a=2.5",
        "v=[1, 7, 3]",
        't="\\";cube(9);//"',
        "_w=true",
    ]
    assert definitions(offered, {}) == []
    for name in ("b", "v_3", "v_x", "a;b", "v_-1"):
        with pytest.raises(UnknownSetting, match="assigns no"):
            definitions(offered, {name: 1})
    with pytest.raises(UnknownSetting, match="inf is no number"):
        definitions(offered, {"a": float("inf")})


def test_names_of_included_files_may_be_set():
    offered = read_customizer("include <sizes.scad>\na = 1;", "a")
    assert definitions(offered, {"thickness": 3}) == ["thickness=3"]
    with pytest.raises(UnknownSetting):
        definitions(offered, {"a = 2; b": 3})
