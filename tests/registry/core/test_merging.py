"""The three-way merge of contents: what it may never do, on generated designs."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.digest import digest_bytes
from designs.manifest import parse_manifest
from registry.core.merging import Choice, ConflictKind, Content, Entry, How, Merged, Resolution
from registry.core.merging_contents import entry_of, merge_contents
from registry.core.merging_lines import Clash, joined, merge_lines

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n", "\n"]), max_size=12)
TEXTS = LINES.map("".join)

MANIFEST = """\
# What this is.
[design]
name = "bin"
title = "A bin"
licence = "CERN-OHL-S-2.0"
authors = ["Ada"]
engine = "cadquery"
source = "bin.py"
tags = ["storage"]

# How wide.
[parameters.width]
type = "number"
unit = "mm"
default = 20.0
min = 10
max = 60  # what the bed holds
label = "Width"

[parameters.height]
type = "number"
unit = "mm"
default = 30.0
min = 5
max = 100

[[relations]]
rule = "height <= width * 4"
message = "It would topple"

[presets.small]
values = { width = 12, height = 10 }
"""


def binary(data: bytes) -> Entry:
    return Entry(digest_bytes(data), len(data))


def content(files: Mapping[str, str]) -> Content:
    return {path: entry_of(text) for path, text in files.items()}


def manifest_of(merged: Merged) -> str:
    text = merged.files["design.toml"].text
    assert text is not None
    return text


def designs(manifest: str) -> Content:
    return content({"design.toml": manifest})


FILES = st.dictionaries(st.sampled_from(["one.py", "two.md", "three.txt"]), TEXTS, max_size=3).map(content)


@given(FILES, FILES)
def test_what_one_side_alone_changed_is_the_result(base: Content, changed: Content) -> None:
    for merged in (merge_contents(base, changed, base), merge_contents(base, base, changed)):
        assert merged.files == changed
        assert merged.clean
        assert not merged.conflicts


@given(FILES, FILES)
def test_what_both_changed_alike_is_the_result(base: Content, changed: Content) -> None:
    merged = merge_contents(base, changed, changed)
    assert merged.files == changed
    assert merged.changed == ()


@given(TEXTS, TEXTS, TEXTS)
def test_the_sides_of_a_text_can_be_exchanged(base: str, one: str, other: str) -> None:
    forth, back = merge_lines(base, one, other), merge_lines(base, other, one)
    assert joined(forth) == joined(back)
    clashes = [(piece.base, piece.ours, piece.theirs) for piece in forth if isinstance(piece, Clash)]
    assert clashes == [(piece.base, piece.theirs, piece.ours) for piece in back if isinstance(piece, Clash)]


@given(TEXTS, TEXTS, TEXTS)
def test_a_clash_is_where_both_changed_and_differently(base: str, one: str, other: str) -> None:
    for piece in merge_lines(base, one, other):
        if isinstance(piece, Clash):
            assert piece.base != piece.ours != piece.theirs != piece.base


@given(TEXTS, TEXTS, TEXTS, st.sampled_from([Choice.OURS, Choice.THEIRS]))
def test_choosing_one_side_everywhere_leaves_nothing_open(base: str, one: str, other: str, choice: Choice) -> None:
    sides = [content({"x.py": text}) for text in (base, one, other)]
    first = merge_contents(*sides)
    settled = merge_contents(*sides, {conflict.id: Resolution(choice) for conflict in first.conflicts})
    assert settled.clean
    assert [conflict.id for conflict in settled.conflicts] == [conflict.id for conflict in first.conflicts]
    assert len({conflict.id for conflict in first.conflicts}) == len(first.conflicts)


@given(st.data())
def test_no_change_to_lines_apart_is_lost(data: st.DataObject) -> None:
    base = [f"line {number}\n" for number in range(data.draw(st.integers(4, 20)))]
    here = data.draw(st.integers(0, len(base) - 3))
    there = data.draw(st.integers(here + 2, len(base) - 1))
    ours, theirs = list(base), list(base)
    ours[here], theirs[there] = "ours\n", data.draw(st.sampled_from(["", "theirs\n", "one\ntwo\n"]))
    expected = list(ours)
    expected[there] = theirs[there]
    assert joined(merge_lines("".join(base), "".join(ours), "".join(theirs))) == "".join(expected)


def test_texts_that_differ_in_everything_clash_in_bounded_time() -> None:
    base, one, other = ("".join(f"{side}{number}\n" for number in range(5000)) for side in "bot")
    (piece,) = merge_lines(base, one, other)
    assert isinstance(piece, Clash)


def test_a_line_that_both_changed_is_resolved_line_by_line() -> None:
    sides = [content({"x.py": f"top\nw = {number}\nend\nh = {number}\n"}) for number in (1, 2, 3)]
    merged = merge_contents(*sides)
    first, second = merged.conflicts
    assert (first.place, first.ours, first.theirs, first.base) == ("line 2", "w = 2\n", "w = 3\n", "w = 1\n")
    assert merged.open == {first.id, second.id}
    assert "x.py" not in merged.files
    half = merge_contents(*sides, {first.id: Resolution(Choice.THEIRS)})
    assert half.open == {second.id}
    whole = merge_contents(*sides, {first.id: Resolution(Choice.BOTH), second.id: Resolution(Choice.TEXT, "h = 9")})
    assert whole.files["x.py"].text == "top\nw = 2\nw = 3\nend\nh = 9\n"
    assert [changed.how for changed in whole.changed] == [How.MERGED]


@pytest.mark.parametrize("choice", [Choice.OURS, Choice.THEIRS, Choice.BASE])
def test_files_that_are_no_text_are_chosen_whole(choice: Choice) -> None:
    sides = {name: {"part.step": binary(name.encode())} for name in ("base", "ours", "theirs")}
    merged = merge_contents(sides["base"], sides["ours"], sides["theirs"])
    (conflict,) = merged.conflicts
    assert conflict.kind is ConflictKind.FILE
    settled = merge_contents(sides["base"], sides["ours"], sides["theirs"], {conflict.id: Resolution(choice)})
    assert settled.files == sides[choice.value]


def test_a_file_removed_here_and_changed_there_asks() -> None:
    base, theirs = content({"a.md": "one\n"}), content({"a.md": "two\n"})
    merged = merge_contents(base, {}, theirs)
    (conflict,) = merged.conflicts
    assert (conflict.kind, conflict.message) == (
        ConflictKind.REMOVED,
        "a.md was removed by the target and changed by the offer",
    )
    assert merge_contents(base, {}, theirs, {conflict.id: Resolution(Choice.OURS)}).files == {}
    assert merge_contents(base, {}, theirs, {conflict.id: Resolution(Choice.THEIRS)}).files == theirs


def test_changes_follow_a_renamed_file() -> None:
    text = "".join(f"{number}\n" for number in range(20))
    ours = content({"model.py": text.replace("3\n", "three\n", 1)})
    theirs = content({"parts/model.py": text.replace("17\n", "seventeen\n")})
    merged = merge_contents(content({"model.py": text}), ours, theirs)
    assert merged.clean
    assert list(merged.files) == ["parts/model.py"]
    assert "three\n" in str(merged.files["parts/model.py"].text)
    assert "seventeen\n" in str(merged.files["parts/model.py"].text)
    assert merged.changed[0].renamed_from == "model.py"


def test_two_renames_to_what_is_there_lose_nothing() -> None:
    text = "".join(f"{number}\n" for number in range(9))
    base, ours = content({"a.py": text}), content({"a.py": text, "b.py": "mine\n"})
    merged = merge_contents(base, ours, content({"b.py": text}))
    assert [conflict.path for conflict in merged.conflicts] == ["b.py"]


def changed(*replacements: tuple[str, str], manifest: str = MANIFEST) -> str:
    for old, new in replacements:
        assert manifest.count(old) == 1, old
        manifest = manifest.replace(old, new)
    return manifest


def test_values_changed_on_neighbouring_lines_are_merged_by_key_and_comments_stay() -> None:
    ours = changed(("default = 20.0", "default = 24.0"))
    theirs = changed(("min = 10", "min = 8"), ("max = 60", "max = 70"))
    merged = merge_contents(designs(MANIFEST), designs(ours), designs(theirs))
    assert manifest_of(merged) == changed(
        ("default = 20.0", "default = 24.0"), ("min = 10", "min = 8"), ("max = 60", "max = 70")
    )
    assert merged.clean


def test_the_name_stays_ours_and_authors_and_tags_are_sets() -> None:
    ours = changed(('authors = ["Ada"]', 'authors = ["Ada", "Cy"]'))
    theirs = changed(
        ('name = "bin"', 'name = "better-bin"'), ('["Ada"]', '["Ada", "Bob"]'), ('["storage"]', '["workshop"]')
    )
    merged = merge_contents(designs(MANIFEST), designs(ours), designs(theirs))
    manifest = parse_manifest(manifest_of(merged))
    assert (manifest.name, manifest.authors, manifest.tags) == ("bin", ("Ada", "Cy", "Bob"), ("workshop",))


def test_parameters_presets_and_relations_are_merged_by_name() -> None:
    depth = '[parameters.depth]\ntype = "integer"\ndefault = 4\n\n'
    wall = '[parameters.wall]\n# At least two lines.\ntype = "number"\nunit = "mm"\ndefault = 1.2\n\n'
    ours = changed(("[[relations]]", f"{depth}[[relations]]"), ("{ width = 12, height = 10 }", "{ width = 12 }"))
    theirs = changed(
        ("[[relations]]", f'{wall}[[relations]]\nrule = "width > wall"\n\n[[relations]]'),
        ("[presets.small]", "[presets.flat]\nvalues = { height = 6 }\n\n[presets.small]"),
    )
    merged = merge_contents(designs(MANIFEST), designs(ours), designs(theirs))
    manifest = parse_manifest(manifest_of(merged))
    assert merged.clean
    assert {parameter.name for parameter in manifest.parameters} == {"width", "height", "depth", "wall"}
    assert {preset.name: dict(preset.values) for preset in manifest.presets} == {
        "small": {"width": "12"},
        "flat": {"height": "6"},
    }
    assert {relation.rule for relation in manifest.relations} == {"height <= width * 4", "width > wall"}
    assert "# At least two lines." in manifest_of(merged)
    assert "# what the bed holds" in manifest_of(merged)


def test_a_value_that_both_changed_differently_is_chosen_or_written() -> None:
    sides = [designs(changed(("default = 20.0", f"default = {value}"))) for value in ("20.0", "24.0", "18.0")]
    merged = merge_contents(*sides)
    (conflict,) = merged.conflicts
    assert (conflict.kind, conflict.place) == (ConflictKind.VALUE, "parameters.width.default")
    assert (conflict.base, conflict.ours, conflict.theirs) == ("20.0", "24.0", "18.0")
    written = merge_contents(*sides, {conflict.id: Resolution(Choice.TEXT, "21.5")})
    assert manifest_of(written) == changed(("default = 20.0", "default = 21.5"))
    for text in ("twenty", "1\nmax = 3", ""):
        assert merge_contents(*sides, {conflict.id: Resolution(Choice.TEXT, text)}).open == {conflict.id}


def test_a_parameter_removed_here_and_changed_there_asks() -> None:
    start, end = MANIFEST.index("[parameters.height]"), MANIFEST.index("[[relations]]")
    without = MANIFEST[:start] + MANIFEST[end:]
    ours = changed(
        ('[[relations]]\nrule = "height <= width * 4"\nmessage = "It would topple"\n\n', ""),
        (", height = 10", ""),
        manifest=without,
    )
    merged = merge_contents(designs(MANIFEST), designs(ours), designs(changed(("max = 100", "max = 120"))))
    (conflict,) = merged.conflicts
    assert (conflict.kind, conflict.place, conflict.ours) == (ConflictKind.TABLE, "parameters.height", None)


def test_two_bounds_that_do_not_go_together_are_told() -> None:
    ours = changed(
        ("min = 10", "min = 40"), ("default = 20.0", "default = 50.0"), ("{ width = 12, height = 10 }", "{ }")
    )
    theirs = changed(("max = 60", "max = 30"))
    merged = merge_contents(designs(MANIFEST), designs(ours), designs(theirs))
    (conflict,) = merged.conflicts
    assert conflict.kind is ConflictKind.MANIFEST
    assert "min" in conflict.message
    settled = merge_contents(
        designs(MANIFEST), designs(ours), designs(theirs), {conflict.id: Resolution(Choice.TEXT, MANIFEST)}
    )
    assert settled.files == designs(MANIFEST)


VALUES = st.sampled_from(["20.0", "22.5", "30"])


@st.composite
def manifests(draw: st.DrawFn) -> str:
    """A manifest in which some things differ from MANIFEST."""
    text = changed(("default = 20.0", f"default = {draw(VALUES)}"), ("max = 60", f"max = {draw(st.integers(60, 63))}"))
    text = text.replace('title = "A bin"', f'title = "{draw(st.sampled_from(["A bin", "Bin", "Ein Kübel"]))}"')
    extra = draw(st.lists(st.sampled_from(["depth", "wall", "lip"]), unique=True))
    added = "".join(f'[parameters.{name}]\ntype = "boolean"\ndefault = true\n\n' for name in extra)
    text = text.replace("[[relations]]", f"{added}[[relations]]")
    if draw(st.booleans()):
        text = text[: text.index("[presets.small]")]
    authors = draw(st.lists(st.sampled_from(["Ada", "Bob", "Cy"]), min_size=1, unique=True))
    return text.replace('["Ada"]', "[" + ", ".join(f'"{author}"' for author in authors) + "]")


@given(manifests(), manifests())
def test_the_result_of_a_merge_without_conflict_is_a_manifest(ours: str, theirs: str) -> None:
    merged = merge_contents(designs(MANIFEST), designs(ours), designs(theirs))
    if merged.clean:
        manifest = parse_manifest(manifest_of(merged))
        names = {parameter.name for side in (ours, theirs) for parameter in parse_manifest(side).parameters}
        assert {parameter.name for parameter in manifest.parameters} == names
    else:
        assert all(conflict.ours != conflict.theirs for conflict in merged.conflicts)
    back = merge_contents(designs(MANIFEST), designs(theirs), designs(ours))
    assert {(c.place, c.base, c.ours, c.theirs) for c in merged.conflicts} == {
        (c.place, c.base, c.theirs, c.ours) for c in back.conflicts
    }


@given(manifests(), manifests())
def test_manifests_changed_by_one_side_come_out_as_they_are(base: str, side: str) -> None:
    assert merge_contents(designs(base), designs(side), designs(base)).files == designs(side)
    assert merge_contents(designs(base), designs(base), designs(side)).files == designs(side)


@pytest.mark.parametrize("removed_here", [True, False])
def test_what_one_side_renamed_and_the_other_removed_is_asked_about(removed_here: bool) -> None:
    text = "one\ntwo\nthree\nfour\n"
    base, renamed, removed = content({"a.md": text}), content({"docs/a.md": text}), content({})
    sides = (removed, renamed) if removed_here else (renamed, removed)
    merged = merge_contents(base, *sides)
    (conflict,) = merged.conflicts
    assert (conflict.path, conflict.kind, merged.clean) == ("docs/a.md", ConflictKind.REMOVED, False)
    kept = Choice.THEIRS if removed_here else Choice.OURS
    assert merge_contents(base, *sides, {conflict.id: Resolution(kept)}).files == renamed
    gone = Choice.OURS if removed_here else Choice.THEIRS
    assert merge_contents(base, *sides, {conflict.id: Resolution(gone)}).files == {}
