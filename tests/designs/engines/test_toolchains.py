"""Which engine builds what, where engines are, and what their fingerprints name."""

from dataclasses import replace
from pathlib import Path

import pytest

from designs.build import engine_fingerprint
from designs.engines import toolchains
from designs.engines.interface import EngineAbsent, UnknownEngine, engine_for, find_engine
from designs.sandbox.environment import CAD


@pytest.mark.parametrize(
    ("path", "text", "engine"),
    [
        ("a/part.py", "import cadquery as cq\n", "cadquery"),
        ("part.py", "import math\n  \nfrom build123d import *\n", "build123d"),
        ("part.py", "if True:\n    import build123d as b\n", "build123d"),
        ("part.py", "from bd_warehouse.gear import SpurGear\n", "build123d"),
        ("part.py", "# like build123d, but from build123d_like import x\n", "cadquery"),
        ("PART.STEP", "", "solid"),
        ("part.stl", "", "solid"),
        ("part.scad", "cube(1);", "openscad"),
        ("notes.txt", "", None),
    ],
)
def test_the_engine_of_a_file(path: str, text: str, engine: str | None) -> None:
    assert engine_for(path, text) == engine


@pytest.mark.parametrize("name", ["interface", "toolchains", "kernel", "Cadquery", "../x", "nothing", ""])
def test_what_is_no_engine(name: str) -> None:
    with pytest.raises(UnknownEngine):
        find_engine(name)


def test_fingerprints_name_both_toolchains() -> None:
    mine, theirs = toolchains.fingerprint(CAD), toolchains.fingerprint(toolchains.build123d())
    assert "cadquery-ocp-novtk/7." in mine
    assert "cadquery-ocp-novtk/8." in theirs
    assert "cadquery/" not in theirs.replace("cadquery-ocp", "")
    fingerprint = engine_fingerprint("build123d")
    assert mine in fingerprint
    assert theirs in fingerprint
    assert engine_fingerprint("cadquery").count(mine) == 1


def environment(folder: Path, packages: dict[str, str], python: str = "3.11.7") -> Path:
    """What a virtual environment looks like from outside."""
    site = folder / "lib" / "python3.11" / "site-packages"
    for name, version in packages.items():
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version.partition(' ')[0]}"]
        lines += [f"Requires-Dist: {needed}" for needed in version.split()[1:]]
        (site / f"{name}-{version.partition(' ')[0]}.dist-info").mkdir(parents=True)
        (site / f"{name}-{version.partition(' ')[0]}.dist-info" / "METADATA").write_text("\n".join(lines) + "\n")
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin" / "python").touch()
    (folder / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {python}\n")
    return folder / "bin" / "python"


def test_any_package_that_geometry_passes_through_changes_it(tmp_path: Path) -> None:
    plain = {"build123d": "0.13.0 numpy>=2 ocp_gordon", "numpy": "2.4.6", "Ocp-Gordon": "0.3.1", "pip": "26"}
    variants = (
        plain,
        plain | {"numpy": "2.4.7"},
        plain | {"Ocp-Gordon": "0.3.2"},
        plain | {"pip": "27"},
    )
    prints = []
    for number, packages in enumerate((*variants, plain)):
        python = environment(tmp_path / str(number), packages, python="3.11.8" if number == 4 else "3.11.7")
        prints.append(toolchains.fingerprint(replace(CAD, name="other", python=python)))
    assert prints[0].startswith("build123d/0.13.0 numpy/2.4.6 packages/")
    assert len({*prints}) == 4
    assert prints[3] == prints[0]


def test_an_empty_environment_is_absent(tmp_path: Path) -> None:
    with pytest.raises(EngineAbsent, match="scripts/bootstrap"):
        toolchains.fingerprint(replace(CAD, python=environment(tmp_path, {})))


def test_a_setting_names_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = environment(tmp_path, {"build123d": "0.13.0"})
    monkeypatch.setenv("COFAB_BUILD123D", str(tmp_path))
    assert find_engine("build123d").environment().python == python
