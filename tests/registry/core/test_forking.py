"""What may be forked, and how a manifest is renamed."""

from dataclasses import replace

import pytest

from designs.manifest import parse_manifest
from registry.core.forking import may_fork, renamed
from tests.registry.harness import box_files

TEXT = box_files()["design.toml"]


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("CERN-OHL-S-2.0", True),
        ("LicenseRef-PPL", True),
        ("CC-BY-ND-4.0", False),
        ("CC-BY-NC-ND-4.0", False),
        ("CC-BY-ND-4.0 AND MIT", False),
        ("CC-BY-ND-4.0 OR MIT", True),
    ],
)
def test_a_licence_decides(licence: str, allowed: bool):
    decision = may_fork(licence, recalled=False)
    assert decision.allowed == allowed
    assert allowed or "ND" in decision.reasons[0]


def test_what_was_recalled_is_not_spread():
    assert not may_fork("MIT", recalled=True).allowed


def test_only_the_name_changes():
    manifest = parse_manifest(TEXT)
    text = renamed(TEXT, manifest, "crate")
    assert text is not None
    assert parse_manifest(text) == replace(manifest, name="crate")
    changed = [(old, new) for old, new in zip(TEXT.splitlines(), text.splitlines(), strict=True) if old != new]
    assert changed == [('name = "box"', 'name = "crate"')]


@pytest.mark.parametrize(
    "line", ['name="box"', "name = 'box'  # the name", '  name   =   "box"', '"name" = "box"', 'name = """box"""']
)
def test_in_whatever_way_it_is_written_or_not_at_all(line: str):
    text = TEXT.replace('name = "box"', line)
    manifest = parse_manifest(text)
    changed = renamed(text, manifest, "crate")
    assert changed is None or parse_manifest(changed) == replace(manifest, name="crate")


def test_a_name_elsewhere_is_left_alone():
    elsewhere = '[parameters.name]\ntype = "text"\ndefault = "x"\n\n[parameters.width]'
    text = TEXT.replace("[parameters.width]", elsewhere)
    manifest = parse_manifest(text)
    changed = renamed(text, manifest, "crate")
    assert changed is not None
    assert parse_manifest(changed).parameters == manifest.parameters
