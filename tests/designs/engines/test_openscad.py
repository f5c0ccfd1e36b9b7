"""OpenSCAD in the jail: parameters arrive exactly, errors say where, and nothing outside of the folder is read."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from designs.engines.interface import EngineAbsent
from designs.engines.openscad import ENGINE
from designs.sandbox.jail import Jail
from designs.sandbox.limits import MIB, Limits
from designs.script_parameters import read_script_parameters
from tests.designs.engines.jailed import Made, make

MODELS = Path(__file__).parents[1] / "openscad" / "models"
CHANGED = {
    "cable_clip": {"cable_diameter": 8.5, "cables": 3, "screw": 4.2, "countersunk": False},
    "name_tag": {"line_1": "É", "font": "Liberation Mono", "style": "Italic", "plate_0": 80.5, "hole": False},
    "parametric_box": {"inner_length": 80, "part": "second", "wall": 2.4},
    "battery_holder": {"type": 0, "count_y": 2, "clearance": 0.5, "diameters_0": 11.5},
    "pegboard_hook": {"reach": 60, "tip_up": False, "side": "right", "size_1": 6},
    "spacer_ring": {"outer_diameter": 30, "inner_diameter": 12.5, "height": 7},
    "drawer_divider": {"drawer_width": 120, "rows": 3, "heights_1": 30, "flags_0": False},
    "knurled_knob": {"knob_d": 30, "bore": "hex", "quality": 16},
    "phone_stand": {"phone_width": 60, "angle": 35, "thickness": 5},
}


@pytest.fixture
def scad(scad_jail: Jail, tmp_path: Path):
    def run(text: str, limits: Limits = Limits(), **parameters: object) -> Made:  # noqa: B008
        folder = tmp_path / "design"
        folder.mkdir(exist_ok=True)
        (folder / "a.scad").write_text(text)
        return make(scad_jail, "openscad", folder, "a.scad", parameters, limits)

    return run


@pytest.mark.parametrize("name", CHANGED)
def test_models_are_built_with_other_values(name, scad_jail, tmp_path):
    folder = tmp_path / "design"
    folder.mkdir()
    for path in [MODELS / f"{name}.scad", *(MODELS / "stand").iterdir()]:
        target = folder / path.relative_to(MODELS)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    plain = make(scad_jail, "openscad", folder, f"{name}.scad")
    changed = make(scad_jail, "openscad", folder, f"{name}.scad", CHANGED[name])
    for made in (plain, changed):
        assert made.form == "mesh"
        assert made.bodies == [{"name": "part", "colour": None}]
        assert [mesh.open_edges for mesh in made.meshes] == [0]
        assert "WARNING" not in made.log
    assert plain.volume > 100
    assert abs(plain.volume - changed.volume) > 1


def test_parameters_are_read_without_running(scad_jail, tmp_path):
    (tmp_path / "a.scad").write_text(
        'w = 5; // [1:0.5:9]\nc = "a"; // [a:One, b:Two]\n/* [Fit] */\nn = 3; // [1, 3]\ncube('
    )
    found = read_script_parameters(tmp_path / "a.scad", "openscad", jail=scad_jail)
    assert [(p.name, str(p.type), p.allowed(), p.group) for p in found] == [
        ("w", "number", "a number from 1 to 9 in steps of 0.5", ""),
        ("c", "choice", "one of a, b", ""),
        ("n", "integer", "one of 1, 3", "Fit"),
    ]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    text=st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc", "Co", "Cn")), max_size=40),
    number=st.floats(-1e15, 1e15, allow_nan=False).filter(lambda x: x == 0 or abs(x) > 1e-30),
)
def test_values_arrive_exactly(scad, text, number):
    points = "[" + ", ".join(map(str, map(ord, text))) + "]"
    made = scad(
        f't = "x"; n = 1;\nassert([for (c = t) ord(c)] == {points}, t);\n'
        f"assert(n == {number!r}, n);\nassert(is_undef(evil));\ncube(2);",
        t=text,
        n=number,
    )
    assert made.volume == pytest.approx(8)


@pytest.mark.parametrize(
    "text", ['"; evil = 1; //', '\\"; cube(9); //', "\\", "\\\\", "*/ cube(9); /*", "$(id)", "${x}`id`"]
)
def test_text_is_no_code(text, scad):
    made = scad('t = "x";\necho(t);\nassert(is_undef(evil));\ncube(2);', t=text)
    assert made.volume == pytest.approx(8)
    assert f'ECHO: "{text}"' in made.log


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("cube(1);\ncube(;\n", "script_error", "a.scad line 2: syntax error"),
        ("a = 1;\nb = @;", "script_error", "a.scad line 2: '@' does not belong here"),
        ('w = 1;\nassert(w > 2, "too small");\ncube(1);', "script_error", 'a.scad line 2: Assertion .*"too small"'),
        ("function f(x) = f(x + 1) + 1;\necho(f(1));\ncube(1);", "script_error", "a.scad line 1: Recursion detected"),
        ("", "no_geometry", "a.scad makes no body"),
        ("difference() { cube(1); cube(9, center = true); }", "no_geometry", "a.scad makes no body"),
        ("square(9);", "no_geometry", "a.scad is a flat drawing: give it a height with linear_extrude"),
        ("include <gone.scad>\ncube(1);", "script_error", "uses 'gone.scad', which is not in the design's folder"),
        ("use <MCAD/boxes.scad>\ncube(1);", "script_error", "uses 'MCAD/boxes.scad', which is not"),
        ('import("gone.stl");\ncube(1);', "script_error", "uses 'gone.stl', which is not"),
        ("cube(1e9);", "bad_geometry", "at most 1e6 mm can be built"),
        ("cube(1e300 * 1e300);", "no_geometry|bad_geometry", "a.scad"),
    ],
)
def test_errors(text, kind, said, scad):
    made = scad(text)
    assert made.kind in kind.split("|"), (made.kind, made.message, made.log)
    assert re.search(said, made.message), made.message


def test_an_unknown_parameter(scad):
    made = scad("w = 1;\ncube(w);", width=2)
    assert (made.kind, made.message) == (
        "script_error",
        "a.scad: it assigns no 'width' at its top level (it assigns: w)",
    )


@pytest.mark.parametrize(
    "line",
    [
        "include </etc/passwd>",
        "use <../../../../etc/hosts>",
        'import("/etc/passwd");',
        'surface("/proc/1/environ");',
        'import("../../../proc/self/environ");',
        "include </proc/self/maps>",
        "include </usr/share/openscad/libraries/MCAD/boxes.scad>",
    ],
)
def test_nothing_outside_is_read(line, scad):
    made = scad(f"{line}\ncube(1);")
    assert "root:" not in made.log + made.message
    assert "PATH=" not in made.log + made.message
    assert made.kind in ("script_error", ""), made.message
    assert made.kind or made.volume == pytest.approx(1)


def test_files_of_the_folder_are_read(scad, tmp_path):
    (tmp_path / "design").mkdir()
    (tmp_path / "design" / "parts").mkdir()
    (tmp_path / "design" / "parts" / "half.scad").write_text("module half() cube([1, 1, height]);\n")
    (tmp_path / "design" / "sizes.scad").write_text("height = 3;\n")
    text = "use <parts/half.scad>\ninclude <sizes.scad>\nmodule mine() cube([1, 1, height]); mine();"
    assert scad(text).volume == pytest.approx(3)
    assert scad(text, height=5).volume == pytest.approx(5)


@pytest.mark.parametrize(
    ("text", "limits", "kinds"),
    [
        ("minkowski() { sphere(9, $fn = 90); sphere(5, $fn = 90); }", Limits(wall_seconds=1.5), ("timeout",)),
        (
            'function f(n, a) = n == 0 ? a : f(n - 1, str(a, a));\ncube(len(f(40, "ab")));',
            Limits(memory_bytes=256 * MIB),
            ("memory", "crashed"),
        ),
        ("for (i = [0 : 999], k = [0 : 999]) echo(i, k);\ncube(1);", Limits(log_bytes=MIB // 4), ("output",)),
    ],
)
def test_bombs_end_one_build(text, limits, kinds, scad):
    made = scad(text, limits)
    assert made.kind in kinds, (made.kind, made.message, made.log[-500:])
    assert scad("cube(2);").volume == pytest.approx(8)


def test_what_it_says_is_kept_without_its_figures(scad):
    made = scad('echo("here");\ncolor("red") cube(2);\nfoo();')
    assert made.log.splitlines() == [
        "a.scad: color() is left out, since OpenSCAD gives meshes without colours",
        'ECHO: "here"',
        "WARNING: Ignoring unknown module 'foo' in file a.scad, line 3",
    ]


LETTERS = 'linear_extrude(1) text("Hail", font = "{}");'


def test_fonts_are_the_same_everywhere(scad):
    volumes = {font: scad(LETTERS.format(font)).volume for font in ("", "Arial", "Gone Sans:style=Bold", "Courier New")}
    assert volumes["Arial"] == pytest.approx(volumes[""])
    assert volumes["Gone Sans:style=Bold"] > 1.3 * volumes[""]
    assert volumes["Courier New"] not in (pytest.approx(volumes[""]), pytest.approx(volumes["Gone Sans:style=Bold"]))


SEVERAL_FACES = """
cube([40, 30, 5]);
for (i = [0 : 2]) rotate([0, 0, i * 13]) translate([15, 0, 0]) sphere(2, $fn = 20);
"""
"""Started at other addresses, OpenSCAD cuts its faces into other triangles, and always writes them in another order."""


def test_two_workers_give_the_same_bytes(scad, tmp_path):
    first = scad(SEVERAL_FACES)
    again = tmp_path / "a-folder-with-a-longer-name"
    again.mkdir()
    (again / "a.scad").write_text(SEVERAL_FACES)
    (again / "more.txt").write_text("x" * 100_000)
    with Jail(ENGINE.environment()) as other:
        second = make(other, "openscad", again, "a.scad", limits=Limits(memory_bytes=1024 * MIB, scratch_files=99))
    assert first.volume > 5000
    assert first.data == second.data


def test_an_engine_that_is_not_installed_says_how_to_install_it(monkeypatch):
    monkeypatch.setenv("COFAB_OPENSCAD", "/nonexistent/openscad")
    with pytest.raises(
        EngineAbsent, match=r"no '/nonexistent/openscad' on the path. Install it with `apt install openscad`"
    ):
        ENGINE.environment()
    with pytest.raises(EngineAbsent):
        ENGINE.fingerprint()


def test_the_fingerprint_names_the_program():
    assert ENGINE.fingerprint().startswith("openscad/20")
    assert " program/" in ENGINE.fingerprint()
