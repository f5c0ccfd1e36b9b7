"""The fonts that ship: which one stands in for which name, and that the kernel really sets text in them."""

import subprocess
import sys

import pytest
from fontTools.ttLib import TTFont

from designs.engines.fonts import ASPECTS, FAMILIES, Family, choose


@pytest.mark.parametrize(
    ("wanted", "name", "exact"),
    [
        ("Arial", "Arimo", True),
        ("arial bold", "Arimo Bold", True),
        ("Helvetica:style=Bold Italic", "Arimo Bold Italic", True),
        ("sans-serif", "Arimo", True),
        ("", "Arimo", True),
        ("Comic Sans MS", "Arimo", False),
        ("Times New Roman", "Arimo", False),
        ("monospace", "Roboto Mono", True),
        ("Courier New", "Roboto Mono", False),
        ("DejaVu Sans Mono Oblique", "Roboto Mono Italic", False),
    ],
)
def test_what_stands_in(wanted: str, name: str, exact: bool) -> None:
    choice = choose(wanted)
    assert (choice.name, choice.exact) == (name, exact)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@pytest.mark.parametrize("aspect", ASPECTS)
def test_the_files_hold_the_styles_and_scripts(family: Family, aspect: str) -> None:
    font = TTFont(family.path(aspect))
    weight = font["fvar"].instances[family.instance(aspect) - 1].coordinates["wght"]
    assert weight == (700 if "Bold" in aspect else 400)
    wide = set(map(ord, "AzÄßŁřŞğΑΩαωАЯая0123456789±×°µ€½"))
    assert wide - set(font.getBestCmap()) == set()
    assert "SIL Open Font License" in font["name"].getDebugName(13)


IN_THE_KERNEL = """
from designs.engines import fonts, kernel, without_vtk
without_vtk.install()
kernel.use_one_thread()
import cadquery as cq
told = []
fonts.provide(told.append)
def area(**how):
    return round(sum(face.Area() for face in cq.Workplane().text("Größe Ωж", 10, 1, **how).faces("<Z").vals()), 3)
sizes = {name: area(font=name) for name in ("Arial", "Arial Bold", "Courier New", "Papyrus", "Papyrus")}
assert told == [
    "There is no font 'Courier New' where models are built: its text is set in Roboto Mono",
    "There is no font 'Papyrus' where models are built: its text is set in Arimo",
], told
assert sizes["Papyrus"] == sizes["Arial"] == area() > 0
assert sizes["Arial Bold"] == area(kind="bold") > area() * 1.2
assert len({*sizes.values(), area(kind="italic")}) == 4
assert area(fontPath=str(fonts.MONO.path("Regular"))) == sizes["Courier New"]
"""


def test_the_kernel_sets_text_in_them() -> None:
    subprocess.run([sys.executable, "-c", IN_THE_KERNEL], check=True)
