"""Open Know-How manifests: both spellings of okh.toml, the YAML of version 1, what is written, and hostile files."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.manifest import parse_manifest
from designs.okh import ODRL, OTRL, TSDC, Dimensions, OpenKnowHow, Part
from designs.okh_design import design_of, design_toml, know_how_of, semantic
from designs.okh_toml import read_okh, write_okh
from designs.okh_v1 import read_okh_v1
from designs.toml_document import DocumentError
from designs.yaml_document import read_yaml

LOOM = """\
okhv = "OKH-LOSHv1.0"
name = "Hand loom"
repo = "https://example.org/loom"
version = "1.1.0"
license = "CC-BY-SA-4.0"
licensor = "Ada <ada@example.org>"
organization = ["Loom makers"]
function = "Weaves cloth up to 60 cm wide."
readme = "README.md"
image = "loom.jpg"
documentation-language = "en-GB"
technology-readiness-level = "OTRL-5"
documentation-readiness-level = "ODRL-3"
manufacturing-instructions = "/docs/build.md"
source = "loom.scad"
export = ["loom.stl", "loom.step"]
mass = 5200.5
outer-dimensions = { width = 600, depth = 400, height = 350.5 }
tsdc = ["3DP", "ASM"]
fork-of = "https://example.org/older-loom"

[[part]]
name = "Heddle"
source = "heddle.scad"
mass = 12
"""

V1 = """\
%Open Know-How Manifest 1.0
---
title: Hand loom
description: >-
  Weaves cloth
  up to 60 cm wide.
keywords: [weaving, Textiles]
project-link: https://example.org/loom
contributors:
  - name: Ada
    email: ada@example.org
  - name: Bo
version: 1.1
made: true
license:
  hardware: CERN-OHL-S-2.0
  documentation: CC-BY-SA-4.0
licensor:
  name: Loom makers
  affiliation: ~
design-files:
  - path: loom.scad
    title: Everything
manufacturing-files:
  - path: loom.stl
derivative-of:
  title: Older loom
  web: https://example.org/older-loom
sub:
  - title: Heddle
"""


def problems(text: str, read=read_okh) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("okhv", ["OKH-LOSHv1.0", "2.4", "2.0", "LOSHv1"])
def test_both_spellings_are_read(okhv: str) -> None:
    okh = read_okh(LOOM.replace("OKH-LOSHv1.0", okhv))
    assert (okh.name, okh.licensor, okh.mass_g) == ("Hand loom", ("Ada <ada@example.org>",), Decimal("5200.5"))
    assert okh.outer_dimensions == Dimensions(Decimal(600), Decimal(400), Decimal("350.5"))
    assert okh.parts == (Part("Heddle", source=("heddle.scad",), mass_g=Decimal(12)),)


def test_licensors_may_be_tables() -> None:
    text = LOOM.replace('"Ada <ada@example.org>"', '[{ name = "Ada", email = "ada@example.org" }, { name = "Bo" }]')
    assert read_okh(text).licensor == ("Ada <ada@example.org>", "Bo")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('okhv = "OKH-LOSHv1.0"', 'okhv = "1.0"', "okh.toml:1: okhv: '1.0' is not read"),
        ('licensor = "Ada <ada@example.org>"\n', "", "okh.toml: `licensor` is missing"),
        ('"OTRL-5"', '"OTRL-9"', "okh.toml:12: technology-readiness-level: 'OTRL-9' is none"),
        ("mass = 5200.5", 'mass = "heavy"', "okh.toml:17: mass: must be a number"),
        ("depth = 400", "depth = -1", "okh.toml:18: outer-dimensions.depth: -1 must be greater than 0"),
        (", height = 350.5", "", "outer-dimensions: `height` is missing"),
        ('"3DP", "ASM"', '"3DP", "XYZ"', "okh.toml:19: tsdc: 'XYZ' is none"),
        ("fork-of =", "forkof =", "okh.toml:20: forkof: unknown key (did you mean fork-of?)"),
        ('source = "heddle.scad"', "source = 7", "okh.toml:24: part[1].source"),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_key(old: str, new: str, said: str) -> None:
    assert old in LOOM
    assert any(said in each for each in problems(LOOM.replace(old, new))), problems(LOOM.replace(old, new))


def test_version_1_is_read_into_the_same() -> None:
    okh = read_okh_v1(V1)
    assert okh == OpenKnowHow(
        name="Hand loom",
        repo="https://example.org/loom",
        version="1.1",
        licence="CERN-OHL-S-2.0",
        licensor=("Loom makers",),
        function="Weaves cloth up to 60 cm wide.",
        source=("loom.scad",),
        export=("loom.stl",),
        fork_of="https://example.org/older-loom",
        tags=("weaving", "Textiles"),
        parts=(Part("Heddle"),),
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title: Hand loom\n", "", "okh.yml: `title` is missing"),
        ("project-link:", "project-url:", "project-url: unknown key (did you mean project-link?)"),
        ("  hardware: CERN-OHL-S-2.0\n  documentation: CC-BY-SA-4.0", "  other: MIT", "license.other: unknown key"),
        ("version: 1.1", "version: [1, 1]", "okh.yml:13: version: must be text"),
        ("title: Hand loom", "title: Hand loom\ntitle: Again", "okh.yml:4: 'title' is given twice, first on line 3"),
        ("name: Bo", "nome: Bo", "contributors[2]: `name` is missing"),
    ],
)
def test_what_is_wrong_in_version_1_is_told_with_its_line(old: str, new: str, said: str) -> None:
    assert old in V1
    found = problems(V1.replace(old, new), read_okh_v1)
    assert any(said in each for each in found), found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x [1, 1]\nb: [*x, *x]\n", "hostile.yml:1: anchors and aliases (& and *) are not read"),
        ("a: !!python/object/apply:os.system [id]\n", "hostile.yml:1: the tag 'tag:yaml.org,2002:python/object"),
        ("a: !custom x\n", "the tag '!custom' is not read"),
        ("[" * 5000, "nested too deeply"),
        ("a: " * 3000 + "\n", "hostile.yml:1: not YAML"),
        ("- a\n- b\n", "must be one mapping of keys to values"),
        ("a: 1\n---\nb: 2\n", "must be one mapping"),
        ("", "must be one mapping"),
        ("? [a, b]\n: c\n", "a key must be text"),
        ("a: 'unclosed\n", "not YAML"),
        ("a: \x00\n", "not YAML"),
        ("x: y\n" * 20_000, "too large"),
        ("a: [" + "1," * 20_001 + "]\n", "more than 20000 values"),
    ],
)
def test_hostile_yaml_is_refused_at_once(text: str, said: str) -> None:
    began = time.process_time()
    with pytest.raises(DocumentError) as caught:
        read_yaml(text, "hostile.yml")
    assert said in str(caught.value)
    assert time.process_time() - began < 5


@given(st.text(max_size=200))
def test_any_text_is_read_as_yaml_or_refused(text: str) -> None:
    try:
        document = read_yaml(text, "any.yml")
    except DocumentError:
        return
    assert isinstance(document.root, dict)


word = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"]), min_size=1,
               max_size=20).filter(lambda text: bool(text.strip()))  # fmt: skip
words = st.lists(word, max_size=3, unique=True).map(tuple)
size = st.decimals(Decimal("0.1"), 9999, places=1)
box = st.none() | st.builds(Dimensions, size, size, size)
tsdc = st.lists(st.sampled_from(TSDC), max_size=2, unique=True).map(tuple)
part = st.builds(Part, word, words, words, words, tsdc, st.none() | size, box)
known = st.builds(
    OpenKnowHow,
    name=word, repo=word, version=word, licence=word, function=word, readme=word | st.just(""),
    licensor=st.lists(word, min_size=1, max_size=3, unique=True).map(tuple),
    organization=words, image=words, technology_readiness=st.sampled_from(["", *OTRL]),
    documentation_readiness=st.sampled_from(["", *ODRL]), bom=word | st.just(""), manufacturing_instructions=words,
    source=words, export=words, mass_g=st.none() | size, outer_dimensions=box, tsdc=tsdc, fork_of=word | st.just(""),
    language=st.sampled_from(["", "en-GB"]), parts=st.lists(part, max_size=2).map(tuple),
)  # fmt: skip


@given(known)
def test_what_is_written_is_read_back_the_same(okh: OpenKnowHow) -> None:
    assert read_okh(write_okh(okh)) == okh


@pytest.mark.parametrize(
    ("written", "number"),
    [("1.2.0", "1.2.0"), ("v1.2", "1.2.0"), (" 3 ", "3.0.0"), ("1.0.0-rc.1", "1.0.0-rc.1"), ("01.02", "1.2.0"),
     ("latest", None), ("1.2.3.4", None), ("", None)],
)  # fmt: skip
def test_versions_become_semantic(written: str, number: str | None) -> None:
    assert semantic(written) == number


def test_a_module_becomes_a_design_whose_file_can_be_built() -> None:
    made = design_of(read_okh(LOOM), {"loom.scad", "loom.stl", "README.md", "loom.jpg"}, file="okh.toml")
    assert (made.version, made.fork_of) == ("1.1.0", "https://example.org/older-loom")
    assert (made.manifest.name, made.manifest.engine, made.manifest.source) == ("hand-loom", "openscad", "loom.scad")
    assert (made.manifest.readme, made.manifest.images) == ("README.md", ("loom.jpg",))
    assert parse_manifest(design_toml(made.manifest)) == made.manifest
    only = design_of(read_okh(LOOM), {"loom.step"}, file="okh.toml").manifest
    assert (only.engine, only.source, only.readme) == ("solid", "loom.step", None)


def test_what_cannot_be_a_design_is_told_with_the_key() -> None:
    with pytest.raises(DocumentError) as caught:
        design_of(read_okh(LOOM.replace("CC-BY-SA-4.0", "GPLv3").replace("1.1.0", "new")), set(), file="okh.toml")
    said = str(caught.value)
    assert "okh.toml: source: names no file that is here and can be built" in said
    assert "okh.toml: license: 'GPLv3' is not an SPDX licence id: did you mean GPL-3.0-or-later?" in said
    assert "okh.toml: version: 'new' is no version like 1.2.0" in said


def test_a_drawing_to_cut_keeps_its_sheet() -> None:
    text = LOOM.replace('source = "loom.scad"', 'source = "loom.svg"')
    manifest = design_of(read_okh(text), {"loom.svg"}, file="okh.toml").manifest
    assert manifest.print.process == "laser"
    assert parse_manifest(design_toml(manifest)) == manifest


def test_a_design_goes_out_as_a_module_and_comes_back() -> None:
    made = design_of(read_okh(LOOM), {"loom.scad", "README.md", "loom.jpg"}, file="okh.toml")
    sides = (Decimal("60"), Decimal("40.5"), Decimal("3"))
    out = know_how_of(made.manifest, "1.1.0", repo="https://cofab.example/designs/ada/hand-loom", box_mm=sides)
    again = read_okh(write_okh(out))
    assert again == out
    assert again.tsdc == ("3DP",)
    back = design_of(again, {"loom.scad", "README.md", "loom.jpg"}, file="okh.toml")
    assert back.manifest == made.manifest
