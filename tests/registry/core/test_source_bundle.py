"""Which versions go into a complete source, and the notices that go with them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.licence_sources import SourceDuty, source_duty
from designs.snapshot import ParentKind
from registry.core.licence_panel import May, panel
from registry.core.source_bundle import MOST_INCLUDED, Relative, brief, licences_text, notice, plan, source_url
from registry.ids import VersionId
from tests.designs.licence_pairs import IDS

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


def relative(name: str, licence: str = "CERN-OHL-S-2.0", *parents: tuple[ParentKind, str], day: int = 0) -> Relative:
    return Relative(
        id=VersionId(name), name=f"ada/{name}@1.0.0", title=name.title(), licence=licence, authors=("Ada",),
        publisher="ada", published_at=MOMENT + timedelta(days=day), changelog=f"About {name}",
        parents=tuple((kind, VersionId(parent)) for kind, parent in parents),
    )  # fmt: skip


def known(*relatives: Relative) -> dict[VersionId, Relative]:
    return {each.id: each for each in relatives}


def test_what_is_used_goes_along_as_its_licence_asks_and_origins_by_their_address() -> None:
    lamp = relative(
        "lamp", "MIT", (ParentKind.USES, "gear"), (ParentKind.USES, "nut"), (ParentKind.FORKS, "torch"), day=2
    )
    gear = relative("gear", "CERN-OHL-W-2.0", (ParentKind.USES, "pin"))
    everything = known(lamp, gear, relative("nut", "MIT"), relative("torch", "MIT", day=1), relative("pin", "MPL-2.0"))
    bundle = plan(lamp, everything)
    assert [each.version.name for each in bundle.included] == ["ada/lamp@1.0.0", "ada/gear@1.0.0", "ada/pin@1.0.0"]
    assert [each.folder for each in bundle.included] == ["source", "parts/ada/gear-1.0.0", "parts/ada/pin-1.0.0"]
    assert [each.name for each in bundle.located] == ["ada/torch@1.0.0", "ada/nut@1.0.0"]
    assert [each.name for each in bundle.changes] == ["ada/lamp@1.0.0", "ada/torch@1.0.0"]


def test_a_licence_that_asks_for_the_files_before_a_change_gets_them() -> None:
    new = relative("new", "TAPR-OHL-1.0", (ParentKind.REVISES, "old"), day=1)
    bundle = plan(new, known(new, relative("old", "TAPR-OHL-1.0")))
    assert [each.version.name for each in bundle.included] == ["ada/new@1.0.0", "ada/old@1.0.0"]
    assert "before the change" in bundle.included[1].why


def test_files_that_moderators_hid_are_not_handed_on() -> None:
    lamp = relative("lamp", "MIT", (ParentKind.USES, "gear"))
    bundle = plan(lamp, known(lamp, replace(relative("gear"), hidden=True)))
    assert [each.version.name for each in bundle.included] == ["ada/lamp@1.0.0"]
    assert [each.name for each in bundle.located] == ["ada/gear@1.0.0"]


def test_beyond_the_most_that_is_included_the_address_is_told() -> None:
    parts = [relative(f"part{number:03}") for number in range(MOST_INCLUDED + 5)]
    whole = relative("whole", "CERN-OHL-S-2.0", *((ParentKind.USES, str(each.id)) for each in parts))
    bundle = plan(whole, known(whole, *parts))
    assert (len(bundle.included), len(bundle.located)) == (MOST_INCLUDED, 6)


def test_notices_are_dated_and_brief_and_say_who_changed_what() -> None:
    old = replace(relative("old"), changelog="")
    new = replace(
        relative("new", "CERN-OHL-S-2.0", (ParentKind.FORKS, "old"), day=9), changelog="x" * 1000, title="# A <b>"
    )
    bundle = plan(new, known(new, old))
    text = notice(bundle, known(new, old), "https://cofab.example/")
    lines = text.splitlines()
    assert lines[0] == "# \\# A \\<b\\>"
    assert "- 2026-03-10, ada: ada/new@1.0.0. It begins a fork of ada/old@1.0.0. " + "x" * 299 + "…" in lines
    assert "- 2026-03-01, ada: ada/old@1.0.0. no description was given" in lines
    assert "<https://cofab.example/api/v1/designs/ada/new/versions/1.0.0/source.zip>" in text


def test_each_licence_is_named_once_with_what_it_asks() -> None:
    whole = relative("whole", "CERN-OHL-S-2.0", (ParentKind.USES, "gear"), (ParentKind.USES, "odd"))
    everything = known(whole, relative("gear", "MIT OR LicenseRef-House"), relative("odd", "do what you like"))
    text = licences_text(plan(whole, everything))
    assert text.count("## CERN-OHL-S-2.0") == 1
    assert "(§3.3(b))" in text
    assert "- LicenseRef-House: its text is among the design's files" in text
    assert "- do what you like: its text" in text


@given(st.text(max_size=500))
def test_a_notice_is_one_short_line(text: str) -> None:
    line = brief(text)
    assert "\n" not in line
    assert len(line) <= 300


def test_where_a_source_is() -> None:
    assert source_url("", "ada/box@1.0.0") == "/api/v1/designs/ada/box/versions/1.0.0/source.zip"


@pytest.mark.parametrize(
    ("licence", "duty"),
    [
        ("MIT", SourceDuty(source=False, originals=False)),
        ("CC-BY-SA-4.0", SourceDuty(source=False, originals=False)),
        ("MIT AND CERN-OHL-S-2.0", SourceDuty(source=True, originals=False)),
        ("TAPR-OHL-1.0", SourceDuty(source=True, originals=True)),
        ("LicenseRef-House", SourceDuty(source=True, originals=False)),
        ("do what you like", SourceDuty(source=True, originals=False)),
    ],
)
def test_what_is_asked_of_the_source(licence: str, duty: SourceDuty) -> None:
    assert source_duty(licence) == duty


@pytest.mark.parametrize(
    ("licence", "answers"),
    [
        ("MIT", "yes yes yes yes"),
        ("CERN-OHL-S-2.0", "yes yes limited limited"),
        ("CC-BY-NC-ND-4.0", "yes no no limited"),
        ("LicenseRef-PPL", "yes limited limited limited"),
        ("LicenseRef-House", "unknown unknown unknown unknown"),
        ("do what you like", "unknown unknown unknown unknown"),
    ],
)
def test_what_one_may_do_is_told_in_words(licence: str, answers: str) -> None:
    told = panel(licence)
    assert " ".join(each.may.value for each in told.permissions) == answers
    assert all(each.reasons for each in told.permissions)


@given(st.sampled_from(IDS))
def test_every_licence_of_the_table_says_something_of_everything(licence: str) -> None:
    told = panel(licence)
    assert [each.what for each in told.permissions] == ["make", "sell", "change", "combine"]
    assert (licence in told.changed_under) == (told.permissions[2].may in {May.YES, May.LIMITED})
