"""The documentation is complete, says what the code says, and its links lead somewhere."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from testbed.reference import PAGES, ROOT

WRITE = "import json; from testbed.reference import pages; print(json.dumps(pages()))"

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


@pytest.fixture(scope="session")
def written() -> dict[str, str]:
    """The pages by an interpreter of their own: what other tests did to the commands does not show in it."""
    done = subprocess.run([sys.executable, "-c", WRITE], capture_output=True, text=True, check=True, cwd=ROOT)
    pages: dict[str, str] = json.loads(done.stdout)
    return pages


def documents() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize(
    "name", ["cofab.md", "fabnode.md", "settings.md", "errors.md", "http-api.md", "library.md", "licences.md"]
)
def test_reference_pages_say_what_the_code_says(name: str, written: dict[str, str]) -> None:
    assert (PAGES / name).read_text() == written[name], "run `make docs` and commit what it writes"


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    broken = [
        target
        for target in LINK.findall(document.read_text())
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert broken == []
