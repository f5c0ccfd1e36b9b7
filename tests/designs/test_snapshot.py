"""Snapshots and recipes: one content, one byte form, one digest."""

import json
import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.digest import canonical_json, digest_bytes
from designs.manifest import parse_manifest
from designs.parameters import resolve
from designs.recipe import BadRecipe, OutputSettings, Recipe
from designs.snapshot import BadSnapshot, Parent, ParentKind, Snapshot, SourceFile, parse_snapshot, snapshot_of
from tests.designs.examples import BIN

MANIFEST = parse_manifest(BIN)
FILES = tuple(
    SourceFile(path, digest_bytes(path.encode()), len(path))
    for path in ("README.md", "bin.py", "design.toml", "image.png", "parts/lid.py")
)
PARENTS = (Parent(ParentKind.FORKS, digest_bytes(b"a")), Parent(ParentKind.USES, digest_bytes(b"b")))


def example() -> Snapshot:
    return snapshot_of(
        FILES, MANIFEST, PARENTS, toolchain={"cadquery": "2.8"}, dependencies={"a/b@1.0.0": FILES[0].sha256}
    )


def test_bytes_are_read_back():
    snapshot = example()
    assert parse_snapshot(snapshot.to_bytes()) == snapshot
    assert snapshot.digest == digest_bytes(snapshot.to_bytes())


@given(st.randoms(use_true_random=False))
def test_digest_does_not_depend_on_the_order_of_parts(rng: random.Random):
    files, parents = list(FILES), list(PARENTS)
    rng.shuffle(files)
    rng.shuffle(parents)
    shuffled = snapshot_of(
        files, MANIFEST, parents, dependencies={"a/b@1.0.0": FILES[0].sha256}, toolchain={"cadquery": "2.8"}
    )
    assert shuffled.digest == example().digest


def test_every_part_changes_the_digest():
    changed = [
        snapshot_of([*FILES, SourceFile("x", FILES[0].sha256, 1)], MANIFEST, PARENTS),
        snapshot_of(FILES, replace(MANIFEST, title="Other"), PARENTS),
        snapshot_of(FILES, MANIFEST, PARENTS[:1]),
        snapshot_of(FILES, MANIFEST, PARENTS, toolchain={"cadquery": "2.9"}),
        snapshot_of(FILES, MANIFEST),
        example(),
    ]
    assert len({snapshot.digest for snapshot in changed}) == len(changed)


def test_other_bytes_for_the_same_content_are_refused():
    data = example().to_bytes()
    value = json.loads(data)
    refused = [
        json.dumps(value).encode(),
        data + b"\n",
        data.replace(b'"bin.py","sha256"', b'"bin.py" ,"sha256"'),
        canonical_json({**value, "more": 1}),
        canonical_json({**value, "files": value["files"][::-1]}),
        canonical_json({**value, "parents": [*value["parents"], value["parents"][0]]}),
        data.replace(b'"default":"1.2"', b'"default":"1.20"', 1).replace(b'"max":"4"', b'"max":"4.0"'),
        data.replace(b'"size":6', b'"size":6.0', 1),
        b'{"a":1,' + data[1:],
    ]
    for other in refused:
        assert other != data
        with pytest.raises(BadSnapshot):
            parse_snapshot(other)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": "cofab-snapshot/2"}, "unknown format 'cofab-snapshot/2'"),
        ({"files": []}, "0 files: a design has 1 to 2000"),
        ({"files": [{"path": "../x", "sha256": "0" * 64, "size": 1}]}, "leaves its folder"),
        ({"files": [{"path": "x", "sha256": "0" * 63, "size": 1}]}, "not a SHA-256 digest"),
        ({"files": [{"path": "x", "sha256": "0" * 64, "size": -1}]}, "x: -1 bytes"),
        ({"files": [{"path": "x", "sha256": "0" * 64, "size": True}]}, "True is not a whole number"),
        ({"files": {"a": 1}}, "a list is missing"),
        ({"manifest": {"design": {}}}, "the table is empty"),
        ({"manifest": 3}, "is not a JSON object"),
        ({"parents": [{"kind": "steals", "snapshot": "0" * 64}]}, "'steals' is not a valid ParentKind"),
        ({"dependencies": {"a": "b"}}, "not a SHA-256 digest"),
        ({"toolchain": {"a": "\u202e"}}, "bidirectional"),
    ],
)
def test_damaged_content_is_refused_with_a_reason(change: dict[str, object], reason: str):
    value = json.loads(example().to_bytes())
    with pytest.raises(BadSnapshot, match=reason):
        parse_snapshot(canonical_json({**value, **change}))


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b"null", b"\xff", b"[" * 100_000, b'{"files":NaN}', b"1e999", b'{"format": 1}', b"9" * 9999],
)
def test_what_is_no_snapshot_is_refused(data: bytes):
    with pytest.raises(BadSnapshot):
        parse_snapshot(data)


def test_files_that_clash_or_are_missing_are_refused():
    digest = FILES[0].sha256
    with pytest.raises(BadSnapshot, match=r"'BIN\.py' and 'bin\.py' are one file on some systems"):
        snapshot_of([*FILES, SourceFile("BIN.py", digest, 1)], MANIFEST)
    with pytest.raises(BadSnapshot, match=r"'bin\.py' and 'bin\.py/x' are one file"):
        snapshot_of([*FILES, SourceFile("bin.py/x", digest, 1)], MANIFEST)
    with pytest.raises(BadSnapshot, match=r"the manifest's source names 'bin\.py', which is not among the files"):
        snapshot_of([file for file in FILES if file.path != "bin.py"], MANIFEST)


def test_recipe_digest_is_of_everything_that_matters():
    values = resolve(MANIFEST, {"wall": "2.00"})
    recipe = Recipe(example().digest, values, "cadquery 2.8")
    assert replace(recipe, parameters=resolve(MANIFEST, {"wall": 2})).digest == recipe.digest
    others = [
        recipe,
        replace(recipe, snapshot=FILES[0].sha256),
        replace(recipe, parameters=resolve(MANIFEST, {})),
        replace(recipe, engine_fingerprint="cadquery 2.9"),
        replace(recipe, output=OutputSettings(tolerance_mm=Decimal("0.05"))),
    ]
    assert len({other.digest for other in others}) == len(others)


def test_output_settings_are_bounded_and_read_back():
    settings = OutputSettings(tolerance_mm=Decimal("0.050"))
    assert OutputSettings.from_json(settings.to_json()) == settings
    for tolerance in ("0", "-1", "11"):
        with pytest.raises(BadRecipe, match="out of range"):
            OutputSettings(tolerance_mm=Decimal(tolerance))
    with pytest.raises(BadRecipe):
        OutputSettings.from_json({"tolerance_mm": "x", "angular_tolerance_rad": "1"})
    with pytest.raises(BadRecipe):
        OutputSettings.from_json({"tolerance_mm": "1"})
