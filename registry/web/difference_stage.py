"""The models that a page shows of a comparison: both sides, and what differs between them. Pure."""

from dataclasses import dataclass

from designs.compare import MODEL
from registry.actions.builds import BuildView
from registry.web.file_words import blob_url
from registry.work.comparing import Compared

GLB = "model.glb"


@dataclass(frozen=True)
class Stage:
    """Addresses of models; None of one that there is not."""

    difference: str | None
    before: str | None
    after: str | None


def stage_of(found: Compared) -> Stage | None:
    """None: nothing can be seen, or the comparison is still under way."""
    if not found.state.final:
        return None
    difference = None if found.model is None else blob_url(found.model.sha256, MODEL)
    stage = Stage(difference, model_of(found.before), model_of(found.after))
    return stage if stage.difference or (stage.before and stage.after) else None


def model_of(build: BuildView) -> str | None:
    """Where the 3D view of a build is."""
    made = next((each.sha256 for each in build.artifacts if each.name == GLB), None)
    return None if made is None else blob_url(made, GLB)
