"""Two designs, side by side: in words and figures, and in shape by way of the jail."""

import json
import struct
import threading
from pathlib import Path

import pytest

from designs.build import BuildError, Cancel, make_geometry
from designs.compare import LIMITS, Side, Verdict, compare_geometries, compare_values, fingerprint
from designs.comparing.figures import compare_figures, unit_of
from designs.comparing.parts import COLOURS
from designs.comparing.shapes import BodyState
from designs.comparing.texts import MAX_BYTES
from designs.digest import digest_bytes
from designs.engines.interface import Body, Geometry
from designs.formats.colours import linear
from designs.formats.geometry import write_geometry
from designs.formats.mesh_form import write_mesh_form
from designs.manifest import Manifest, parse_manifest
from designs.parameters import resolve
from designs.sandbox.jail import Jail
from designs.snapshot import SourceFile
from designs.source import read_folder
from tests.designs.comparing.bodies import CORNERS, TRIANGLES
from tests.designs.parts import BLOCK, MANIFEST, recipe_for, write_design

LIBRARY = Path(__file__).parents[2] / "designs" / "library"

OTHER = (
    MANIFEST.replace('licence = "CERN-OHL-S-2.0"', 'licence = "CERN-OHL-P-2.0"')
    .replace('unit = "mm"\ndefault = 20', 'unit = "mm"\ndefault = 24')
    .replace("[parameters.holes]", '[parameters.colour]\ntype = "text"\ndefault = "red"\n\n[parameters.holes]')
    .replace('material = "PETG"', 'material = "PLA"')
    + '\n[[relations]]\nrule = "holes < length"\n\n[presets.long]\ntitle = "Long"\nvalues = { length = 90 }\n'
)


def side(
    manifest: Manifest, texts: dict[str, bytes], measured: dict[str, object] | None = None, **given: float
) -> Side:
    files = [SourceFile(path, digest_bytes(data), len(data)) for path, data in texts.items()]
    return Side(manifest, files, resolve(manifest, given).canonical, measured or {})


def test_everything_that_differs_is_named_and_nothing_else() -> None:
    texts = {"block.py": BLOCK.encode(), "a.bin": b"\0", "same.md": b"same\n", "gone.md": b"gone\n"}
    others = {"block.py": BLOCK.replace("10, 5", "10, 6").encode(), "b.bin": b"\0", "same.md": b"same\n"}
    before = side(parse_manifest(MANIFEST), texts, {"volume_mm3": 100.0, "faces": 6, "mass_g": None}, length=20)
    after = side(parse_manifest(OTHER), others, {"volume_mm3": 150.0, "faces": 6, "mass_g": 2.0}, length=30)
    found = compare_values(before, after, lambda file: texts[file.path], lambda file: others[file.path])
    assert [(c.name, c.before, c.after) for c in found.manifest] == [
        ("design.licence", "CERN-OHL-S-2.0", "CERN-OHL-P-2.0"),
        ("print.material", "PETG", "PLA"),
        ("relations", None, "holes < length"),
        ("presets.long", None, "Long"),
    ]
    length, colour = found.choices
    assert (length.name, length.before, length.after, length.unit) == ("length", "20", "30", "mm")
    assert (length.difference, length.relative) == ("10", 0.5)
    assert [(c.name, c.before, c.after) for c in length.declared] == [("default", "20", "24")]
    assert (colour.name, colour.presence, colour.before, colour.after) == ("colour", "added", None, "red")
    assert [(change.state.value, change.path) for change in found.files] == [
        ("moved", "b.bin"),
        ("changed", "block.py"),
        ("removed", "gone.md"),
    ]
    (text,) = found.texts
    assert [line.text.strip()[-20:] for hunk in text.hunks for line in hunk if line.mark != " "] == [
        "orkplane().box(length, 10, 5)"[-20:],
        "orkplane().box(length, 10, 6)"[-20:],
    ]
    volume, mass = found.figures
    assert (volume.name, volume.unit, volume.difference, volume.relative) == ("volume_mm3", "mm³", 50, 0.5)
    assert (mass.before, mass.after, mass.difference, mass.relative) == (None, 2, None, None)
    json.dumps(found.to_json(), allow_nan=False)


def test_a_design_does_not_differ_from_itself() -> None:
    for folder in sorted(path.parent for path in LIBRARY.glob("*/design.toml")):
        source = read_folder(folder)
        one = Side(source.manifest, source.files, resolve(source.manifest, {}).canonical, {"volume_mm3": 1.0})
        found = compare_values(one, one, lambda _: b"", lambda _: b"")
        assert found.to_json() == {"manifest": [], "parameters": [], "files": [], "texts": [], "measurements": []}


def test_a_script_is_compared_under_whatever_name_and_a_long_one_is_not_read() -> None:
    renamed = parse_manifest(MANIFEST.replace('"block.py"', '"new.py"'))
    first = side(parse_manifest(MANIFEST), {"block.py": b"a = 1\n"})
    found = compare_values(first, side(renamed, {"new.py": b"a = 2\n"}), lambda _: b"a = 1\n", lambda _: b"a = 2\n")
    assert [text.path for text in found.texts] == ["new.py"]
    long = Side(renamed, [SourceFile("new.py", digest_bytes(b""), MAX_BYTES + 1)], first.parameters, {})

    def refuse(file: SourceFile) -> bytes:
        raise AssertionError(f"{file.path} was read")

    (text,) = compare_values(first, long, refuse, refuse).texts
    assert text.untold == "longer than 256 KiB"


def test_figures_are_taken_as_they_come() -> None:
    before = {"box": {"size": [1.0, 2.0, 3.0]}, "note": "x", "ok": True, "inner": {"mass_g": 1.0}, "n": 0}
    after = {"box": {"size": [1.0, 2.0 + 1e-12, 4.0]}, "note": "y", "ok": False, "inner": {"mass_g": 1.5}, "n": 2}
    found = {change.name: change for change in compare_figures(before, after)}
    assert list(found) == ["box.size.2", "note", "ok", "inner.mass_g", "n"]
    assert found["n"].relative is None
    assert found["ok"].difference is None
    names = ["volume_mm3", "bounding_box.size.2", "centre_of_mass.0", "inner.mass_g", "faces", "least_box.angle_deg"]
    assert [unit_of(name) for name in names] == ["mm³", "mm", "mm", "g", "", "°"]


def geometry(jail: Jail, folder: Path, script: str = BLOCK, **given: float) -> Path:
    manifest = write_design(folder / "design", script)
    return make_geometry(folder / "design", manifest, recipe_for(manifest, **given), folder / "out", jail=jail).path


def glb_of(path: Path) -> dict:  # type: ignore[type-arg]
    data = path.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    document: dict = json.loads(data[20 : 20 + length])  # type: ignore[type-arg]
    return document


def test_a_hole_more_is_removed_in_its_colour(jail: Jail, tmp_path: Path) -> None:
    one, two = geometry(jail, tmp_path / "a", length=30, holes=1), geometry(jail, tmp_path / "b", length=34, holes=2)
    stages: list[tuple[str, float]] = []
    found = compare_geometries(one, two, tmp_path, jail=jail, progress=lambda *told: stages.append(told))
    assert found.change.verdict is Verdict.DIFFERENT
    assert found.change.added_mm3 == pytest.approx(4 * 10 * 5 + 0, rel=0.1)
    assert [(body.before, body.state) for body in found.change.bodies] == [("block", BodyState.CHANGED)]
    assert [fraction for _, fraction in stages] == sorted(fraction for _, fraction in stages)
    assert found.model is not None
    document = glb_of(found.model.path)
    assert [node["name"] for node in document["nodes"]] == ["kept", "removed", "added"]
    materials = {material["name"]: material for material in document["materials"]}
    for name, colour in COLOURS.items():
        told = materials[name]["pbrMetallicRoughness"]["baseColorFactor"]
        assert told[:3] == pytest.approx([linear(channel) for channel in colour], abs=1e-4)
    assert materials["kept"]["alphaMode"] == "BLEND"
    assert "alphaMode" not in materials["added"]
    again = compare_geometries(one, two, tmp_path / "again", jail=jail)
    assert again.model is not None
    assert again.model.sha256 == found.model.sha256


def test_the_same_bytes_are_identical_and_other_bytes_may_be_the_same_shape(jail: Jail, tmp_path: Path) -> None:
    one = geometry(jail, tmp_path / "a")
    assert compare_geometries(one, one, tmp_path).change.verdict is Verdict.IDENTICAL
    turned = geometry(jail, tmp_path / "b", BLOCK.replace("block = cq.Workplane()", "block = cq.Workplane('XZ')").replace(".box(length, 10, 5)", ".box(length, 5, 10)"))  # fmt: skip  # noqa: E501
    found = compare_geometries(one, turned, tmp_path, jail=jail)
    assert found.change.verdict is Verdict.SAME
    assert found.model is None


def test_the_kernels_own_booleans_are_not_asked(jail: Jail, tmp_path: Path) -> None:
    """Of this pair they give the whole of each side for the difference, and nothing for what is common."""
    source = read_folder(LIBRARY / "tool-rack")
    made = [
        make_geometry(source.root, source.manifest, recipe_for(source.manifest, **given), tmp_path / name, jail=jail)
        for name, given in (("a", {}), ("b", {"first_diameter": 8.5}))
    ]
    change = compare_geometries(made[0].path, made[1].path, tmp_path, jail=jail).change
    assert change.verdict is Verdict.DIFFERENT
    assert change.kept_share is not None
    assert change.kept_share > 0.9


def meshes(path: Path, triangles: object = TRIANGLES) -> Path:
    data = write_mesh_form([(CORNERS * 10, triangles)])  # type: ignore[list-item]
    path.write_bytes(write_geometry(Geometry(data, (Body("box"),), "mesh")))
    return path


def test_meshes_are_compared_with_exact_geometry(jail: Jail, tmp_path: Path) -> None:
    exact = geometry(jail, tmp_path / "a", BLOCK + "\n", holes=0, length=10)
    change = compare_geometries(exact, meshes(tmp_path / "mesh"), tmp_path, jail=jail).change
    assert change.verdict is Verdict.DIFFERENT
    assert change.kept_mm3 == pytest.approx(5 * 5 * 2.5)


def test_what_cannot_be_compared_is_said_with_the_reason(jail: Jail, tmp_path: Path) -> None:
    closed, opened = meshes(tmp_path / "closed"), meshes(tmp_path / "open", TRIANGLES[1:])
    broken = tmp_path / "broken"
    broken.write_bytes(write_geometry(Geometry(b"no geometry", (Body("a"),))))
    foreign = tmp_path / "foreign"
    foreign.write_bytes(b"solid\n")
    for other, words in (
        (opened, "box of the second shape is open: 3 edges"),
        (broken, "kernel breaks down"),
        (foreign, "no file of geometry"),
    ):
        found = compare_geometries(closed, other, tmp_path, jail=jail)
        assert found.change.verdict is Verdict.IMPOSSIBLE
        assert words in found.change.reason
        assert found.model is None


def test_it_takes_no_longer_than_it_may(jail: Jail, tmp_path: Path) -> None:
    one, two = meshes(tmp_path / "one"), meshes(tmp_path / "two", TRIANGLES[1:])
    limits = type(LIMITS)(wall_seconds=0.001, threads=LIMITS.threads)
    found = compare_geometries(one, two, tmp_path, jail=jail, limits=limits)
    assert found.change.verdict is Verdict.IMPOSSIBLE
    assert "longer than 0.001 seconds" in found.change.reason


def test_it_ends_when_nobody_waits_any_more(jail: Jail, tmp_path: Path) -> None:
    cancel = Cancel()
    cancel.cancel()
    with pytest.raises(BuildError) as caught:
        compare_geometries(
            meshes(tmp_path / "one"), meshes(tmp_path / "two", TRIANGLES[1:]), tmp_path, jail=jail, cancel=cancel
        )
    assert caught.value.kind == "cancelled"


def test_the_fingerprint_names_what_compares() -> None:
    told: list[str] = []
    threads = [threading.Thread(target=lambda: told.append(fingerprint())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert told[0] == told[1] == fingerprint()
    assert "manifold3d/" in told[0]
