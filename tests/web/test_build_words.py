"""What a page shows of a build's files: there, to be made, being made, and none of this part."""

from datetime import UTC, datetime

import pytest

from registry.actions.builds import ArtifactState, ArtifactView, BuildState, BuildView
from registry.ids import BuildId
from registry.web.build_words import Download, build_words

BUILD = BuildId("b" * 64)
FILE = "c" * 64


def shown(*artifacts: ArtifactView) -> dict[str, Download]:
    view = BuildView(
        id=BUILD, snapshot="a" * 64, versions=("ada/box@1.0.0",), parameters={}, state=BuildState.DONE, stage="done",
        progress=1.0, artifacts=artifacts, measurements={}, findings=[], seconds={}, error=None, geometry=None,
        requested_at=datetime(2026, 5, 4, tzinfo=UTC), finished_at=None,
    )  # fmt: skip
    words = build_words(view, "box")
    return {each.name: each for each in (*words.downloads, *words.drawings)}


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
