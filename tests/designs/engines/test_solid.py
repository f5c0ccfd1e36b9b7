"""Files of geometry, as they are: what is in them comes out, and hostile ones end one build and nothing else."""

import re
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from designs.engines import without_vtk
from designs.engines.solid import ENGINE, unit_doubt
from designs.formats.read_body import MeshBody
from designs.sandbox.jail import Jail
from designs.sandbox.limits import MIB, Limits
from tests.designs.engines.jailed import Made, make
from tests.designs.formats.archives import RELATIONS, TETRAHEDRON, lying, members, model, package
from tests.designs.formats.test_read_stl import CORNERS, ascii_text, binary

SMALL = Limits(wall_seconds=20, memory_bytes=768 * MIB)
ONE = f'<object id="1" name="tip">{TETRAHEDRON}</object>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "design"
    made.mkdir()
    return made


@pytest.fixture
def build(jail: Jail, folder: Path):
    def run(source: str, content: bytes | None = None, **parameters: object) -> Made:
        if content is not None:
            (folder / source).write_bytes(content)
        return make(jail, "solid", folder, source, parameters, SMALL)

    return run


@pytest.fixture(scope="module")
def assembly(tmp_path_factory) -> bytes:
    """A red base, a ball above it and a peg inside of a sub-assembly, as CadQuery writes it."""
    without_vtk.install()
    import cadquery as cq

    whole = cq.Assembly(name="whole")
    whole.add(cq.Workplane().box(10, 10, 10), name="base", color=cq.Color(1, 0, 0))
    whole.add(cq.Workplane().sphere(3), name="ball", loc=cq.Location((0, 0, 20)), color=cq.Color(0.2, 0.4, 0.6))
    inner = cq.Assembly(name="inner").add(cq.Workplane().box(1, 2, 3), name="peg", loc=cq.Location((0, 1, 0)))
    whole.add(inner, loc=cq.Location((30, 0, 0)))
    path = tmp_path_factory.mktemp("step") / "a.step"
    whole.export(str(path))
    return path.read_bytes()


def _boxes(made: Made) -> list[list[float]]:
    """Of every body: least and greatest corner, rounded."""
    from designs.engines.interface import Body
    from designs.formats.brep import bounding_box
    from designs.formats.geometry import Geometry
    from designs.formats.workpiece import read_parts

    assert isinstance(made.bodies, list), made.message
    bodies = tuple(Body(body["name"]) for body in made.bodies)
    parts = read_parts(Geometry(made.data, bodies))
    return [[round(value, 3) for corner in bounding_box(part.shape) for value in corner] for part in parts]


def test_step_keeps_names_colours_and_places(build, assembly):
    made = build("a.step", assembly)
    assert made.form == "brep"
    assert made.bodies == [
        {"name": "base", "colour": [1.0, 0.0, 0.0]},
        {"name": "ball", "colour": [0.2, 0.4, 0.6]},
        {"name": "peg", "colour": None},
    ]
    assert _boxes(made) == [[-5, -5, -5, 5, 5, 5], [-3, -3, 17, 3, 3, 23], [29.5, 0, -1.5, 30.5, 2, 1.5]]


def test_step_in_inches_becomes_millimetres(build, assembly):
    inches = assembly.replace(b"SI_UNIT(.MILLI.,.METRE.)", b"SI_UNIT($,.METRE.)")
    assert inches != assembly
    made = build("a.stp", inches)
    assert _boxes(made)[0] == [-5000, -5000, -5000, 5000, 5000, 5000]


def test_the_same_file_gives_the_same_bytes(build, assembly):
    """Each time in a process of its own."""
    for source, content in (("a.step", assembly), ("a.stl", binary(CORNERS))):
        assert build(source, content).data == build(source, content).data != b""


def test_meshes(build, folder):
    obj = "mtllib a.mtl\nv 0 0 0\nv 10 0 0\nv 0 10 0\nv 0 0 10\nusemtl red\no tip\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 1 4 3\n"
    (folder / "a.mtl").write_text("newmtl red\nKd 1 0 0\n")
    package(folder / "a.3mf", model(ONE, '<item objectid="1"/>' * 2))
    for source, content, names in (
        ("a.stl", binary(CORNERS), ["part"]),
        ("b.STL", (ascii_text(CORNERS, "lid") + ascii_text(CORNERS + 30, "lid")).encode(), ["lid", "lid-2"]),
        ("a.3mf", None, ["tip", "tip-2"]),
        ("a.obj", obj.encode(), ["tip"]),
    ):
        made = build(source, content)
        assert made.form == "mesh", made.message
        assert [body["name"] for body in made.bodies] == names
        assert made.volume == pytest.approx(len(names) * 1000 / 6)
    assert made.bodies[0]["colour"] == [1.0, 0.0, 0.0]


def test_there_are_no_parameters(build, folder):
    made = build("a.stl", binary(CORNERS), scale=2)
    assert (made.kind, made.message) == ("script_error", "a.stl is a file of geometry and takes no parameters: scale")
    assert ENGINE.read_parameters(folder / "a.stl") == []


def test_what_is_not_read_as_it_is(build):
    glb = struct.pack("<4sII", b"glTF", 2, 0xFFFFFFFF) + struct.pack("<I4s", 0xFFFFFFFF, b"JSON")
    made = build("a.glb", glb)
    assert made.message == "a.glb is not a file that is read as it is: those are .step, .stp, .stl, .3mf, .obj"


@pytest.mark.parametrize(
    ("size", "said"), [(0.05, "inches or metres"), (1, None), (300, None), (30_000, "micrometres")]
)
def test_a_size_that_is_hardly_meant_in_millimetres(size, said):
    body = MeshBody("", np.array([[0, 0, 0], [size, 0, 0], [0, size, size]]), np.array([[0, 1, 2]]))
    told = unit_doubt("a.stl", [body])
    assert (told is None) if said is None else (said in str(told) and f"{size:.4g} mm" in str(told))


def _damaged(assembly: bytes) -> dict[str, tuple[bytes, tuple[str, ...], str]]:
    """STEP files by what is wrong with them: content, the kinds of error that are right, and words of the message."""
    head, tail = b"ISO-10303-21;\nHEADER;\n", b"ENDSEC;\nEND-ISO-10303-21;\n"
    nothing = head + b"ENDSEC;\nDATA;\n" + tail
    refers = head + b"ENDSEC;\nDATA;\n#1=PRODUCT('a','a','',(#999999999));\n#2=ADVANCED_FACE('',(#2),#2,.T.);\n" + tail
    brackets = head + b"ENDSEC;\nDATA;\n#1=PRODUCT(" + b"(" * 200_000 + b")" * 200_000 + b");\n" + tail
    loop = assembly.replace(b"CLOSED_SHELL('',(#", b"CLOSED_SHELL('',(#1,#", 1)
    return {
        "empty": (b"", ("bad_geometry",), "no STEP file"),
        "text": (b"hello", ("bad_geometry",), "no STEP file"),
        "cut off": (assembly[: len(assembly) // 2], ("bad_geometry",), "cut off"),
        "nothing in it": (nothing, ("no_geometry", "bad_geometry"), "a.step"),
        "entities that are not there": (refers, ("no_geometry", "bad_geometry"), "a.step"),
        "brackets without end": (brackets, ("no_geometry", "bad_geometry", "crashed"), ""),
        "a shell of something else": (loop, ("", "no_geometry", "bad_geometry", "crashed"), ""),
        "numbers beyond reason": (
            assembly.replace(b"(-5.,", b"(-5.E+308,"),
            ("", "bad_geometry", "crashed", "timeout"),
            "",
        ),
        "references to outside": (
            head + b"ENDSEC;\nDATA;\n#1=DOCUMENT_FILE('/etc/passwd','','',#2,'','');\n#2=DOCUMENT_TYPE('');\n" + tail,
            ("no_geometry", "bad_geometry"),
            "a.step",
        ),
    }


WRONG = sorted(_damaged(b"(-5.,"))


@pytest.mark.parametrize("what", WRONG)
def test_step_files_that_are_wrong(what, build, jail, folder, assembly):
    content, kinds, said = _damaged(assembly)[what]
    (folder / "a.step").write_bytes(content)
    limits = replace(SMALL, wall_seconds=2) if "timeout" in kinds else SMALL
    made = make(jail, "solid", folder, "a.step", limits=limits)
    assert made.kind in kinds, (made.kind, made.message, made.log)
    assert said in made.message
    assert "root:" not in made.message + made.log
    assert build("b.stl", binary(CORNERS)).volume == pytest.approx(1000 / 6), "and the worker is as it was"


@pytest.mark.parametrize("levels", [12, 28])
def test_an_assembly_that_doubles_at_each_level_is_bounded(levels, jail, folder, assembly):
    (folder / "a.step").write_bytes(_doubling(assembly, levels))
    made = make(jail, "solid", folder, "a.step", limits=replace(SMALL, wall_seconds=3))
    assert made.kind in ("bad_geometry", "timeout", "memory"), (made.kind, made.message)
    if levels == 12:
        assert "more than 2000 bodies" in made.message


def _doubling(assembly: bytes, levels: int) -> bytes:
    """The assembly placed twice, that placed twice, and so on: 2 ** levels times, in a few kilobytes more."""
    begin, end, _ = assembly.decode().partition("ENDSEC;\nEND-ISO")
    definition, context = 5, 9
    found = re.search(r"#(10) = SHAPE_REPRESENTATION\('',\(#(\d+),[^)]*\),#(\d+)\)", begin.replace("\n", ""))
    assert found is not None
    shape, axis, units = int(found[1]), int(found[2]), int(found[3])
    lines = []
    at = 900_000
    for level in range(levels):
        product, formation, above, outer = at, at + 1, at + 2, at + 3
        lines += [
            f"#{product}=PRODUCT('p{level}','p{level}','',(#8));",
            f"#{formation}=PRODUCT_DEFINITION_FORMATION('','',#{product});",
            f"#{above}=PRODUCT_DEFINITION('design','',#{formation},#{context});",
            f"#{outer}=SHAPE_REPRESENTATION('',(#{axis}),#{units});",
            f"#{at + 4}=PRODUCT_DEFINITION_SHAPE('','',#{above});",
            f"#{at + 5}=SHAPE_DEFINITION_REPRESENTATION(#{at + 4},#{outer});",
        ]
        for use in (at + 10, at + 20):
            lines += [
                f"#{use}=NEXT_ASSEMBLY_USAGE_OCCURRENCE('{use}','u','',#{above},#{definition},$);",
                f"#{use + 1}=PRODUCT_DEFINITION_SHAPE('Placement','',#{use});",
                f"#{use + 2}=ITEM_DEFINED_TRANSFORMATION('','',#{axis},#{axis});",
                f"#{use + 3}=(REPRESENTATION_RELATIONSHIP('','',#{shape},#{outer})",
                f"REPRESENTATION_RELATIONSHIP_WITH_TRANSFORMATION(#{use + 2})SHAPE_REPRESENTATION_RELATIONSHIP());",
                f"#{use + 4}=CONTEXT_DEPENDENT_SHAPE_REPRESENTATION(#{use + 3},#{use + 1});",
            ]
        definition, shape, at = above, outer, at + 100
    return (begin + "\n".join(lines) + "\n" + end + "-10303-21;\n").encode()


def _bombs(folder: Path) -> dict[str, tuple[Path, str]]:
    entities = '<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    doubling = "".join(
        f'<object id="{n}"><components>{f"""<component objectid="{n - 1}"/>""" * 2}</components></object>'
        for n in range(2, 31)
    )
    huge = b"<a" + b" " * (20 << 20)
    build = '<item objectid="1"/>'
    return {
        "entities": (
            package(folder / "a.3mf", model(ONE, build, before=entities + "]>")),
            "a document type is not read",
        ),
        "a file from outside": (
            package(folder / "b.3mf", model(ONE, build, before='<!DOCTYPE m SYSTEM "file:///etc/passwd">')),
            "a document type is not read",
        ),
        "doubling": (package(folder / "c.3mf", model(ONE + doubling, '<item objectid="30"/>')), "triangles; at most"),
        "zeros": (lying(folder / "d.3mf", "_rels/.rels", bytes(1000), says=600 << 20), "larger than 536870912 bytes"),
        "a lie": (lying(folder / "e.3mf", "_rels/.rels", bytes(50 << 20), says=100), "not as long"),
        "one tag": (
            members(folder / "f.3mf", [("_rels/.rels", RELATIONS.encode()), ("3D/3dmodel.model", huge)]),
            "longer than 1048576 bytes",
        ),
        "a path": (
            members(folder / "g.3mf", [("../../x", b""), ("_rels/.rels", b"")]),
            "not a name within the archive",
        ),
        "not an archive": (_written(folder / "h.3mf", b"PK\5\6" + b"\xff" * 18), "cannot be read as an archive"),
        "a count": (_written(folder / "i.stl", binary(CORNERS, count=2**32 - 1)), "announces 4294967295 triangles"),
        "not a number": (_written(folder / "j.stl", binary(CORNERS * np.nan)), "is nan"),
        "one line": (_written(folder / "k.obj", b"v 0 0 0 " * (1 << 18)), "is longer than"),
        "a face": (_written(folder / "l.obj", b"v 0 0 0\nf " + b"1 " * 200_000 + b"\n"), "corners; 3 to 1000"),
    }


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_bombs_are_refused_before_they_go_off(jail, folder, tmp_path):
    for what, (path, said) in _bombs(folder).items():
        alone = tmp_path / what.replace(" ", "-")
        alone.mkdir()
        path.rename(alone / path.name)
        made = make(jail, "solid", alone, path.name, limits=SMALL)
        assert made.kind == "bad_geometry", (what, made.kind, made.message, made.log)
        assert said in made.message, (what, made.message)
        assert "root:" not in made.message + made.log
