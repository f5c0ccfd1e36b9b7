"""The documentation is complete, says what the code says, and its links lead somewhere."""

import re
from pathlib import Path

import pytest

from testbed.reference import PAGES, ROOT, pages

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


def documents() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("name", ["cofab.md", "fabnode.md", "settings.md", "errors.md", "http-api.md", "library.md"])
def test_reference_pages_say_what_the_code_says(name: str) -> None:
    assert (PAGES / name).read_text() == pages()[name], "run `make docs` and commit what it writes"


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    broken = [
        target
        for target in LINK.findall(document.read_text())
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert broken == []
