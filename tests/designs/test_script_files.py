"""A script without manifest takes along what it imports from beside it, and nothing else."""

from pathlib import Path

from designs.build import build
from designs.sandbox.jail import Jail
from designs.script_files import files_of_script
from designs.source import read_script
from tests.designs.parts import recipe_for

SCRIPT = """
import os
import cadquery as cq
from sizes import height
import lib.edges

found = sorted(os.path.join(top, name) for top, _, names in os.walk(".") for name in names if name[-3:] == ".py")
assert found == ["./lib/edges.py", "./part.py", "./sizes.py"], found
show_object(cq.Workplane().box(10, 20, height))
"""


def lay(folder: Path) -> Path:
    (folder / "lib").mkdir()
    (folder / "part.py").write_text(SCRIPT)
    (folder / "sizes.py").write_text("height = 30\n")
    (folder / "lib" / "edges.py").write_text("")
    (folder / "secrets.py").write_text("password = 1\n")
    (folder / "notes.txt").write_text("private")
    return folder / "part.py"


def test_builds_with_what_it_imports(jail: Jail, tmp_path: Path) -> None:
    (tmp_path / "design").mkdir()
    source = read_script(lay(tmp_path / "design"), [], licence="MIT", authors=["A"])
    assert [file.path for file in source.files] == ["lib/edges.py", "part.py", "sizes.py"]
    result = build(source.root, source.manifest, recipe_for(source.manifest), tmp_path / "out", jail=jail)
    assert result.measurements.bounding_box[1][2] == 15


def test_links_and_huge_files_stay(tmp_path: Path) -> None:
    script = lay(tmp_path)
    (tmp_path / "sizes.py").unlink()
    (tmp_path / "sizes.py").symlink_to(tmp_path / "secrets.py")
    (tmp_path / "lib" / "edges.py").write_text("#" * (1 << 20) + "\n")
    assert files_of_script(script) == ("part.py",)
    (tmp_path / "lib").rename(tmp_path / "real")
    (tmp_path / "real" / "edges.py").write_text("")
    (tmp_path / "lib").symlink_to(tmp_path / "real")
    assert files_of_script(script) == ("part.py",)
