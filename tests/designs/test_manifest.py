"""Manifests: what is right is read whole, and what is wrong is told with file, line and key."""

import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.digest import canonical_json
from designs.manifest import (
    Manifest,
    ManifestError,
    Problem,
    known_engines,
    manifest_for_script,
    name_from_file,
    parse_manifest,
)
from designs.parameters import Parameter, ParameterType
from tests.designs.examples import BIN, with_line


def problems(text: str) -> list[str]:
    with pytest.raises(ManifestError) as caught:
        parse_manifest(text)
    return [str(problem) for problem in caught.value.problems]


def test_reads_the_whole_manifest():
    manifest = parse_manifest(BIN)
    assert manifest.name == "gridfinity-bin"
    assert manifest.authors == ("Ada Example <ada@example.org>",)
    assert [parameter.name for parameter in manifest.parameters] == ["units_x", "wall", "lid", "style", "text"]
    wall = manifest.parameters[1]
    assert (wall.type, wall.unit, wall.default, wall.min, wall.max, wall.step) == (
        ParameterType.NUMBER,
        "mm",
        Decimal("1.2"),
        Decimal("0.8"),
        Decimal(4),
        Decimal("0.1"),
    )
    assert manifest.presets[0].values == {"units_x": "4", "wall": "1.6"}
    assert manifest.print.layer_height_mm == Decimal("0.2")
    assert manifest.print.infill_percent == 15
    assert manifest.print.supports is False


def test_json_form_is_read_back_and_has_no_floats():
    manifest = parse_manifest(BIN)
    assert Manifest.from_json(manifest.to_json()) == manifest
    assert b'"default":"1.2"' in canonical_json(manifest.to_json())


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("name =", 'name = "My Bin"', "design.toml:2: design.name: 'My Bin' must be 1 to 63 small letters"),
        ("name =", "", "design.toml:1: design: `name` is missing"),
        ("licence =", 'licence = "CERN OHL"', "design.toml:5: design.licence: 'CERN OHL' is not an SPDX licence id"),
        ("engine =", 'engine = "cadqery"', "design.toml:7: design.engine: unknown engine 'cadqery' (did you mean cad"),
        ("source =", 'source = "../bin.py"', "design.toml:8: design.source: '../bin.py': the path leaves its folder"),
        ("source =", 'sorce = "bin.py"', "design.toml:8: design.sorce: unknown key (did you mean source?)"),
        ("images =", 'images = ["run.exe"]', "design.toml:10: design.images[1]: 'run.exe' is no image"),
        ("tags =", 'tags = ["a", "B c"]', "design.toml:11: design.tags[2]: 'B c': small letters"),
        ("authors =", "authors = []", "design.toml:6: design.authors: has 0 entries: 1 to 50"),
        ("default = 2", 'default = "2"', "design.toml:15: parameters.units_x.default: must be a number without quotes"),
        ("default = 2", "default = 2.5", "design.toml:15: parameters.units_x.default: 2.5 is not a whole number"),
        ("default = 2", "default = 9", "design.toml:15: parameters.units_x.default: 9 is more than 6"),
        ("default = 1.2", "default = 1.25", "design.toml:26: parameters.wall.default: 1.25 is not on a step of 0.1"),
        ("default = 1.2", "default = nan", "design.toml:26: parameters.wall.default: not a number: 'nan'"),
        ("default = 1.2", "default = inf", "design.toml:26: parameters.wall.default: not a number: 'inf'"),
        ("default = 1.2", "default = 1e999", "design.toml:26: parameters.wall.default: too large: 1E+999"),
        (
            "default = 1.2",
            "default = 1979-05-27",
            "parameters.wall.default: must be a number without quotes, not the date",
        ),
        ("min = 0.8", "min = 5", "design.toml:27: parameters.wall.min: 5 is more than max = 4"),
        (
            "min = 0.8",
            "min = 0x" + "f" * 3000,
            "design.toml:27: parameters.wall.min: too large: a whole number of 12000 bits",
        ),
        ("step = 0.1", "step = 0", "design.toml:29: parameters.wall.step: must be more than 0"),
        ("unit =", 'unit = "inch"', "design.toml:25: parameters.wall.unit: unknown unit 'inch': one of mm, deg"),
        ("unit =", 'unite = "mm"', "design.toml:25: parameters.wall.unite: unknown key (did you mean unit?)"),
        (
            "default = false",
            "default = 0",
            "design.toml:33: parameters.lid.default: must be true or false, not the number 0",
        ),
        ("choices =", "choices = []", "design.toml:38: parameters.style.choices: has 0 entries"),
        (
            "choices =",
            'choices = ["round"]',
            "design.toml:37: parameters.style.default: plain is not one of the choices",
        ),
        ("label =", 'label = "Len\\u202Egth"', "design.toml:19: parameters.units_x.label: a bidirectional control"),
        (
            "label =",
            'label = "Len\\u0007gth"',
            "design.toml:19: parameters.units_x.label: a control character (U+0007)",
        ),
        (
            'rule = "wall',
            'rule = "wal * 2 < 3"',
            "design.toml:46: relations[1].rule: `wal` is not a parameter (did you mean",
        ),
        (
            'rule = "wall',
            'rule = "wall > 3"',
            "relations[1].rule: does not hold for the defaults (wall = 1.2): The walls",
        ),
        ("values =", "values = { units_x = 40 }", "design.toml:54: presets.drawer.values.units_x: 40: is more than 6"),
        (
            "values =",
            "values = { width = 1 }",
            "design.toml:54: presets.drawer.values.width: 1: the design has no parameter",
        ),
        (
            "process =",
            'process = "sla"',
            "design.toml:57: print.process: unknown process 'sla': one of fdm, laser, cnc",
        ),
        (
            "infill_percent =",
            "infill_percent = 101",
            "design.toml:61: print.infill_percent: 101 is out of range: 0 to 100",
        ),
        ("supports =", 'supports = "no"', "design.toml:63: print.supports: must be true or false, not the text 'no'"),
        ("[print]", "[printing]", "design.toml:56: printing: unknown key (did you mean print?)"),
        (
            "[parameters.lid]",
            "[parameters.class]",
            "design.toml:31: parameters.class: a name that Python keeps for itself",
        ),
        ("[parameters.lid]", "[parameters.wall]", "design.toml:31: parameters.wall: given twice, first on line 23"),
        ("max = 4", "min = 0.9", "design.toml:28: parameters.wall.min: given twice, first on line 27"),
        ('title = "G', "title = ", "design.toml:3: not TOML: invalid value in column 9"),
    ],
)
def test_tells_file_line_and_key(old: str, new: str, expected: str):
    assert any(expected in problem for problem in problems(with_line(old, new)))


def cut(*lines: str) -> str:
    """The example's manifest, to be cut from a sheet."""
    return BIN[: BIN.index("[print]")] + "\n".join(("[print]", *lines)) + "\n"


def test_what_is_cut_names_its_sheet():
    manifest = parse_manifest(cut('process = "laser"', 'material = "birch plywood"', "thickness_mm = 3", "tabs = true"))
    assert (manifest.print.thickness_mm, manifest.print.tabs) == (3, True)
    assert Manifest.from_json(manifest.to_json()) == manifest


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (('process = "laser"',), "print: `material` is missing"),
        (('process = "cnc"', 'material = "HDPE"', "brim_mm = 2"), "print.brim_mm: means nothing for the process 'cnc'"),
        (("tabs = true",), "print.tabs: means nothing for the process 'fdm'"),
        (('process = "cnc"', 'material = "HDPE"', "thickness_mm = 0"), "print.thickness_mm: 0 is out of range"),
    ],
)
def test_what_another_process_asks_is_refused(lines: tuple[str, ...], expected: str):
    assert any(expected in problem for problem in problems(cut(*lines)))


def test_tells_every_problem_at_once_in_the_order_of_lines():
    text = with_line("min = 0.8", "min = nan").replace('"PLA"', "5").replace('"fdm"', '"sla"').replace("[42", "[")
    text = text.replace('source = "bin.py"', "source = 7")
    assert [problem.split(": ")[1] for problem in problems(text)] == [
        "design.source",
        "parameters.wall.min",
        "print.process",
        "print.material",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "design.toml: `design` is missing"),
        ("x = " + "[" * 3000, "design.toml:1: nested too deeply"),
        ("a=1\nx=" + "[" * 3000, "design.toml:2: nested too deeply"),
        ("a=1\nx = " + "9" * 5000, "design.toml:2: the line is too long"),
        ("a." * 3000 + "b=1", "design.toml:1: the line is too long"),
        ("\ufeff[design]", "design.toml:1: begins with a byte order mark"),
        ("#" * 4000 + "\n" + ("# x\n" * 20_000), "design.toml: too large"),
        ("design = 3", "design.toml:1: design: must be a table"),
        ("[design]\n", "design.toml: design: the table is empty"),
        ("[[design]]\nname='a'", "design.toml:1: design: must be a table"),
    ],
)
def test_hostile_text_is_refused_with_its_line(text: str, expected: str):
    assert problems(text)[0].startswith(expected)


@pytest.mark.parametrize(
    "text",
    [
        "a." * 2000 + "b=1\n" + "\n".join("b." * 2000 + f"c{n}=1" for n in range(14)),
        "\n".join("[" + "a." * 1900 + f"b{n}]\nc=1" for n in range(15)),
        'x = """' * 9000,
        "'" * 64_000,
        "\n".join(f"[a{n}]" for n in range(9000)),
        "x = [" + "{a=1}," * 650 + "]\n" + "y = [[[[" * 800,
    ],
)
def test_hostile_text_takes_no_time(text: str):
    started = time.process_time()
    problems(text)
    assert time.process_time() - started < 3


@given(st.text(max_size=300))
@settings(max_examples=150)
def test_any_text_is_read_or_refused(text: str):
    try:
        manifest = parse_manifest(text)
    except ManifestError:
        return
    assert Manifest.from_json(manifest.to_json()) == manifest


@given(st.sampled_from(BIN.splitlines()), st.text(min_size=1, max_size=20))
@settings(max_examples=150, deadline=None)
def test_a_damaged_line_is_read_or_told_with_a_place(line: str, noise: str):
    found: tuple[Problem, ...] = ()
    try:
        parse_manifest(BIN.replace(line + "\n", line + noise + "\n", 1))
    except ManifestError as error:
        found = error.problems
    assert all(problem.line is not None or problem.key for problem in found)


def test_a_script_without_manifest_gets_one():
    parameters = [Parameter("width", ParameterType.NUMBER, Decimal(10)), Parameter("lid", ParameterType.BOOLEAN, True)]
    manifest = manifest_for_script(
        "My Bracket_v2.py",
        parameters,
        name=name_from_file("My Bracket_v2.py"),
        licence="mit",
        authors=["Ada Example"],
    )
    assert (manifest.name, manifest.title, manifest.licence) == ("my-bracket-v2", "my-bracket-v2", "MIT")
    assert manifest.parameters == tuple(parameters)
    with pytest.raises(ManifestError, match="`authors` is missing"):
        manifest_for_script("a.py", [], name="a", licence="MIT", authors=[])


def test_engines_are_found_by_their_files():
    assert "cadquery" in known_engines()
    assert "interface" not in known_engines()
