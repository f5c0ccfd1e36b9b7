"""What a page shows of a build's files: there, to be made, being made, and none of this part."""

from datetime import UTC, datetime

import pytest

from designs.analysis.report import Analysis
from designs.build import ARTIFACTS
from designs.digest import JsonValue
from designs.finding import Finding, Severity
from designs.manifest import manifest_for_script
from registry.actions.builds import ArtifactState, ArtifactView, BuildState, BuildView
from registry.ids import BuildId
from registry.web.build_words import BuildWords, build_words
from registry.web.file_words import Download

BUILD = BuildId("b" * 64)
FILE = "c" * 64


MANIFEST = manifest_for_script("box.py", [], name="box", licence="MIT", authors=["Ada"])


def told(*artifacts: ArtifactView, findings: JsonValue = None, analysis: Analysis | None = None) -> BuildWords:
    view = BuildView(
        id=BUILD, snapshot="a" * 64, versions=("ada/box@1.0.0",), parameters={}, state=BuildState.DONE, stage="done",
        progress=1.0, artifacts=artifacts, measurements={}, findings=findings, seconds={}, error=None, geometry=None,
        requested_at=datetime(2026, 5, 4, tzinfo=UTC), finished_at=None,
    )  # fmt: skip
    return build_words(view, MANIFEST, analysis)


def shown(*artifacts: ArtifactView) -> dict[str, Download]:
    words = told(*artifacts)
    files = [file for group in words.files for file in group.files]
    sheet = [words.drawings.sheet] if words.drawings.sheet else []
    return {each.name: each for each in (*files, *sheet, *words.drawings.views)}


def test_a_file_that_is_there_is_a_download() -> None:
    found = shown(ArtifactView("model.step", ArtifactState.DONE, FILE, 12))["model.step"]
    assert (found.url, found.size, found.file_name) == (f"/blobs/{FILE}/model.step", 12, "box-model.step")
    assert not found.obstacle


@pytest.mark.parametrize(
    ("state", "under_way"),
    [(ArtifactState.ABSENT, False), (ArtifactState.QUEUED, True), (ArtifactState.RUNNING, True)],
)
def test_a_file_that_is_not_there_is_a_link_that_makes_it(state: ArtifactState, *, under_way: bool) -> None:
    found = shown(ArtifactView("model.step", state))["model.step"]
    assert (found.url, found.size) == (f"/builds/{BUILD}/model.step", None)
    assert found.under_way is under_way
    assert not found.obstacle


def test_what_there_is_not_says_why() -> None:
    withheld = ArtifactView("model.dxf", ArtifactState.WITHHELD, reason="it is not flat")
    failed = ArtifactView("model.step", ArtifactState.FAILED, kind="timeout", reason="took too long")
    interrupted = ArtifactView("model.stl", ArtifactState.FAILED, kind="interrupted", reason="the process ended")
    found = shown(withheld, failed, interrupted)
    assert found["model.dxf"].obstacle == "it is not flat"
    assert found["model.step"].obstacle == "took too long"
    assert not found["model.stl"].obstacle


def test_a_drawing_that_there_is_not_is_left_out() -> None:
    found = shown(
        ArtifactView("front.svg", ArtifactState.WITHHELD, reason="too many lines"),
        ArtifactView("top.svg", ArtifactState.ABSENT),
    )
    assert set(found) == {"top.svg"}


def test_every_file_has_one_place_in_the_groups() -> None:
    everything = [ArtifactView(name, ArtifactState.ABSENT) for name in ARTIFACTS if name != "thumbnail.png"]
    assert set(shown(*everything)) == {each.name for each in everything}
    titles = [group.title for group in told(*everything).files]
    assert titles == ["For CAD", "For printing", "For cutting", "For 3D views", "Figures"]


def test_an_analysis_can_be_asked_for_until_it_is_there() -> None:
    absent = told(ArtifactView("analysis.json", ArtifactState.ABSENT)).analysis
    assert (absent.wanting, absent.under_way, absent.make) == (True, False, None)
    running = told(ArtifactView("analysis.json", ArtifactState.RUNNING)).analysis
    assert (running.wanting, running.under_way) == (True, True)
    failed = told(ArtifactView("analysis.json", ArtifactState.FAILED, kind="timeout", reason="took too long")).analysis
    assert (failed.wanting, failed.obstacle) == (False, "took too long")
    there = told(ArtifactView("analysis.json", ArtifactState.DONE, FILE, 9), analysis=Analysis((), None, None)).analysis
    assert (there.wanting, there.make is None) == (False, False)


def test_findings_of_the_analysis_take_the_place_of_quick_ones() -> None:
    quick = Finding("too_thin", Severity.WARNING, "quick", {"body": "lid"}).to_json()
    other = Finding("too_thin", Severity.WARNING, "of another body", {"body": "box"}).to_json()
    better = Finding("too_thin", Severity.WARNING, "thorough", {"body": "lid"})
    grave = Finding("no_volume", Severity.ERROR, "nothing in it", {"body": "pin"})
    words = told(findings=[quick, other], analysis=Analysis((), None, None, findings=(better, grave)))
    assert [each.message for each in words.findings] == ["Nothing in it", "Of another body", "Thorough"]
    assert not words.fit
