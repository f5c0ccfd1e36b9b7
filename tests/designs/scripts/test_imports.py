"""What a script imports from beside it."""

from collections.abc import Mapping

import pytest

from designs.scripts.guessing import UnreadableScript
from designs.scripts.imports import imported_files, main_script

FILES = {
    "box.py": "import cadquery as cq, sizes\nfrom lib.screws import m3\nif x:\n    import late\n",
    "sizes.py": "from math import *\nimport units\n",
    "units.py": "import sizes\n",
    "late.py": "",
    "lib/__init__.py": "from . import nuts\n",
    "lib/screws.py": "from .threads import coarse\nfrom .. import units\n",
    "lib/nuts.py": "",
    "lib/threads.py": "x = (\n",
    "lib/unused.py": "",
    "diary.py": "",
}


def imported(script: str, files: Mapping[str, str] = FILES) -> tuple[str, ...]:
    return imported_files(script, files, files.__getitem__)


def test_all_that_is_reached_and_nothing_else() -> None:
    assert imported("box.py") == (
        "late.py",
        "lib/__init__.py",
        "lib/nuts.py",
        "lib/screws.py",
        "lib/threads.py",
        "sizes.py",
        "units.py",
    )
    assert imported("diary.py") == ()


def test_names_that_are_modules() -> None:
    files = {"a.py": "from lib import screws, nut\n", "lib/screws.py": "", "lib/nuts.py": ""}
    assert imported("a.py", files) == ("lib/screws.py",)


def test_a_circle_ends() -> None:
    assert imported("a.py", {"a.py": "import b\n", "b.py": "import a\n"}) == ("b.py",)


def test_a_chain_is_bounded() -> None:
    files = {f"m{i}.py": f"import m{i + 1}\n" for i in range(500)}
    assert len(imported("m0.py", files)) < 110


def test_what_is_no_text_imports_nothing() -> None:
    def read(path: str) -> str:
        if path == "b.py":
            raise UnreadableScript("b.py is not UTF-8", 1)
        return "import b\n"

    assert imported_files("a.py", {"a.py", "b.py"}, read) == ("b.py",)


@pytest.mark.parametrize(
    ("files", "main"),
    [
        ({"a.py": "import b\n", "b.py": ""}, "a.py"),
        ({"a.py": "", "b.py": ""}, None),
        ({"a.py": "import b\n", "b.py": "import a\n"}, None),
        ({"a.py": "import lib\n", "b.py": "", "lib/__init__.py": "import b\n"}, "a.py"),
    ],
)
def test_the_script_that_the_others_are_for(files: Mapping[str, str], main: str | None) -> None:
    scripts = [path for path in files if "/" not in path]
    assert main_script(scripts, files, files.__getitem__) == main
