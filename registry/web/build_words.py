"""What a page shows of a build: its stage in words, its findings, figures and files. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from designs.analysis.report import Analysis
from designs.making import DEFAULT_NOZZLE_MM
from designs.manifest import Manifest
from registry.actions.builds import ArtifactState, BuildState, BuildView
from registry.web.figure_words import Fact, Masses, masses, measured, measured_further
from registry.web.file_words import Drawings, FileGroup, blob_url, drawings, file_groups, obstacle_of
from registry.web.finding_words import FindingWords, finding_words
from registry.web.languages import _, ngettext, noted
from registry.web.make_words import MakeWords, make_words

__all__ = ["STAGES", "AnalysisWords", "BuildWords", "blob_url", "build_words", "stage_words"]

ANALYSIS = "analysis.json"
"""The file that is read for the page."""
STAGES = {
    "queued": noted("Waiting for its turn"),
    "starting": noted("Preparing"),
    "script": noted("Running the model's script"),
    "mesh": noted("Making the mesh"),
    "measure": noted("Measuring"),
    "check": noted("Checking"),
    "glb": noted("Making the 3D view"),
    "3mf": noted("Writing the file for machines"),
}


@dataclass(frozen=True)
class AnalysisWords:
    """What takes longer than a build: it is made when somebody asks for it."""

    make: MakeWords | None
    under_way: bool
    obstacle: str
    """Why there is none."""
    wanting: bool
    """It can be asked for."""


@dataclass(frozen=True)
class BuildWords:
    """A build, ready to be drawn."""

    id: str
    state: str
    stage: str
    progress: float
    error: str
    log: str
    announcement: str
    """What a screen reader is told when this appears."""
    model_url: str | None
    poster_url: str | None
    findings: tuple[FindingWords, ...]
    facts: tuple[Fact, ...]
    further_facts: tuple[Fact, ...]
    masses: Masses
    material: str
    """That the design asks for."""
    analysis: AnalysisWords
    files: tuple[FileGroup, ...]
    drawings: Drawings

    @property
    def fit(self) -> bool:
        """Done, and nothing forbids making it."""
        return self.state == BuildState.DONE and all(finding.severity != "error" for finding in self.findings)

    @property
    def under_way(self) -> bool:
        return self.state in {BuildState.QUEUED, BuildState.RUNNING}

    @property
    def stages(self) -> Mapping[str, str]:
        """Every stage in words, for the page's script."""
        return {stage: _(words) for stage, words in STAGES.items()}

    @property
    def placed(self) -> int:
        """How many findings can be shown in the model."""
        return sum(finding.mark is not None for finding in self.findings)


def build_words(build: BuildView, manifest: Manifest, analysis: Analysis | None = None) -> BuildWords:
    """The manifest's design names the files, and says what it is to be made of; `analysis` where it is there."""
    made = {artifact.name: artifact.sha256 for artifact in build.artifacts if artifact.sha256 is not None}
    measurements = build.measurements if isinstance(build.measurements, Mapping) else {}
    findings = finding_words(build.findings, analysis.findings if analysis else ())
    return BuildWords(
        id=build.id,
        state=build.state.value,
        stage=stage_words(build.stage),
        progress=build.progress,
        error="" if build.error is None else build.error.message,
        log="" if build.error is None else build.error.log,
        announcement=_announcement(build.state, findings),
        model_url=blob_url(made["model.glb"], "model.glb") if "model.glb" in made else None,
        poster_url=blob_url(made["thumbnail.png"], "thumbnail.png") if "thumbnail.png" in made else None,
        findings=findings,
        facts=measured(measurements),
        further_facts=measured_further(measurements),
        masses=masses(measurements),
        material=manifest.print.material,
        analysis=_analysis(build, manifest, analysis),
        files=file_groups(build, manifest.name),
        drawings=drawings(build, manifest.name),
    )


def stage_words(stage: str) -> str:
    """A stage of a build in words; one that has none speaks for itself."""
    return _(STAGES[stage]) if stage in STAGES else stage.replace("_", " ").capitalize()


def _analysis(build: BuildView, manifest: Manifest, analysis: Analysis | None) -> AnalysisWords:
    artifact = next((each for each in build.artifacts if each.name == ANALYSIS), None)
    obstacle = obstacle_of(artifact) if artifact else _("this build is older than analyses")
    nozzle = float(manifest.print.nozzle_mm or DEFAULT_NOZZLE_MM)
    return AnalysisWords(
        make=make_words(analysis, nozzle) if analysis else None,
        under_way=artifact is not None and artifact.state in {ArtifactState.QUEUED, ArtifactState.RUNNING},
        obstacle=obstacle,
        wanting=analysis is None and not obstacle and build.state is BuildState.DONE,
    )


def _announcement(state: BuildState, findings: Sequence[FindingWords]) -> str:
    if state is BuildState.FAILED:
        return _("The model could not be built")
    if state is not BuildState.DONE:
        return _("The model is being built")
    bad = sum(finding.severity in {"error", "warning"} for finding in findings)
    if not bad:
        return _("The model is built")
    told = ngettext("The model is built, with %(num)s finding", "The model is built, with %(num)s findings", bad)
    return told % {"num": bad}
