"""What a page shows of a build: its stage in words, its figures as people read them, its files by purpose. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from designs.digest import Digest, JsonValue
from registry.actions.builds import AGAIN, ArtifactState, ArtifactView, BuildState, BuildView
from registry.ids import BuildId
from registry.web import formatting

STAGES = {
    "queued": "Waiting for its turn",
    "starting": "Preparing",
    "script": "Running the model's script",
    "mesh": "Making the mesh",
    "measure": "Measuring",
    "check": "Checking",
    "glb": "Making the 3D view",
    "3mf": "Writing the file for machines",
}
DOWNLOADS = (
    ("model.3mf", "3MF, for slicers"),
    ("model.step", "STEP, for CAD"),
    ("model.stl", "STL mesh"),
    ("model.glb", "GLB, for 3D views"),
    ("model-fine.glb", "GLB, finer"),
    ("model.dxf", "DXF, for cutting"),
    ("drawing.svg", "Drawing with dimensions"),
    ("measurements.json", "Measurements"),
    ("findings.json", "Findings"),
    ("analysis.json", "Analysis"),
)
DRAWINGS = (("front.svg", "From the front"), ("top.svg", "From above"), ("right.svg", "From the right"))


@dataclass(frozen=True)
class Download:
    name: str
    words: str
    url: str
    """Where it is; of one that is not made yet, the address that makes it."""
    size: int | None
    """None: it is not made yet."""
    file_name: str
    """What the file is called when it is kept."""
    obstacle: str = ""
    """Why there is none of this part."""
    under_way: bool = False
    """It is being made."""


@dataclass(frozen=True)
class Finding:
    severity: str
    """info, warning or error"""
    message: str


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
    findings: tuple[Finding, ...]
    facts: tuple[tuple[str, str], ...]
    downloads: tuple[Download, ...]
    drawings: tuple[Download, ...]

    @property
    def fit(self) -> bool:
        """Done, and nothing forbids making it."""
        return self.state == BuildState.DONE and all(finding.severity != "error" for finding in self.findings)

    @property
    def under_way(self) -> bool:
        return self.state in {BuildState.QUEUED, BuildState.RUNNING}


def build_words(build: BuildView, design: str) -> BuildWords:
    """`design` names the files: `bin-model.3mf`."""
    made = {artifact.name: artifact.sha256 for artifact in build.artifacts if artifact.sha256 is not None}
    findings = _findings(build.findings)
    return BuildWords(
        id=build.id,
        state=build.state.value,
        stage=STAGES.get(build.stage, build.stage.replace("_", " ").capitalize()),
        progress=build.progress,
        error="" if build.error is None else build.error.message,
        log="" if build.error is None else build.error.log,
        announcement=_announcement(build.state, findings),
        model_url=blob_url(made["model.glb"], "model.glb") if "model.glb" in made else None,
        poster_url=blob_url(made["thumbnail.png"], "thumbnail.png") if "thumbnail.png" in made else None,
        findings=findings,
        facts=measured(build.measurements) if isinstance(build.measurements, Mapping) else (),
        downloads=_named(DOWNLOADS, build, design),
        drawings=tuple(each for each in _named(DRAWINGS, build, design) if not each.obstacle),
    )


def blob_url(sha256: Digest, name: str) -> str:
    """Where the page fetches a file that is made, under a name."""
    return f"/blobs/{sha256}/{name}"


def making_url(build: BuildId, name: str) -> str:
    """Where the page asks for a file that may not be made yet."""
    return f"/builds/{build}/{name}"


def measured(measurements: Mapping[str, JsonValue]) -> tuple[tuple[str, str], ...]:
    """The figures worth reading, in the order in which people ask for them."""
    facts = [("Size", _size(measurements.get("bounding_box")))]
    volume, area, mass = (_number(measurements.get(name)) for name in ("volume_mm3", "area_mm2", "mass_g"))
    facts.append(("Volume", "" if volume is None else formatting.volume(volume)))
    facts.append(("Mass, solid", "" if mass is None else f"{formatting.figure(mass)} g"))
    facts.append(("Surface", "" if area is None else f"{formatting.figure(area / 100)} cm²"))
    for name, label in (("bodies", "Bodies"), ("triangles", "Triangles")):
        count = _number(measurements.get(name))
        facts.append((label, "" if count is None else formatting.figure(int(count))))
    closed = measurements.get("watertight")
    facts.append(("Watertight", ("yes" if closed else "no") if isinstance(closed, bool) else ""))
    return tuple(fact for fact in facts if fact[1])


def _findings(value: JsonValue) -> tuple[Finding, ...]:
    found = [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
    return tuple(Finding(str(each.get("severity", "info")), str(each.get("message", ""))) for each in found)


def _announcement(state: BuildState, findings: Sequence[Finding]) -> str:
    if state is BuildState.FAILED:
        return "The model could not be built"
    if state is not BuildState.DONE:
        return "The model is being built"
    bad = sum(finding.severity in {"error", "warning"} for finding in findings)
    return f"The model is built, with {formatting.plural(bad, 'finding')}" if bad else "The model is built"


def _named(names: Sequence[tuple[str, str]], build: BuildView, design: str) -> tuple[Download, ...]:
    there = {artifact.name: artifact for artifact in build.artifacts}
    return tuple(_download(build.id, there[name], words, design) for name, words in names if name in there)


def _download(build: BuildId, artifact: ArtifactView, words: str, design: str) -> Download:
    name, state = artifact.name, artifact.state
    gone = state is ArtifactState.WITHHELD or (state is ArtifactState.FAILED and artifact.kind not in AGAIN)
    return Download(
        name,
        words,
        making_url(build, name) if artifact.sha256 is None else blob_url(artifact.sha256, name),
        artifact.size,
        f"{design}-{name}",
        obstacle=(artifact.reason or "it could not be made") if gone else "",
        under_way=state in {ArtifactState.QUEUED, ArtifactState.RUNNING},
    )


def _size(box: JsonValue) -> str:
    """The three extents."""
    lengths = box.get("size") if isinstance(box, Mapping) else None
    numbers = [_number(each) for each in lengths] if isinstance(lengths, list) else []
    return " × ".join(formatting.figure(each) for each in numbers if each is not None) + " mm" if numbers else ""


def _number(value: JsonValue) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
