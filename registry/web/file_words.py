"""A build's files by what they are for, and what is said of one that there is not. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from designs.digest import Digest
from registry.actions.builds import AGAIN, ArtifactState, ArtifactView, BuildView
from registry.ids import BuildId
from registry.web.languages import _, noted

GROUPS = (
    (noted("For CAD"), (("model.step", noted("STEP, exact geometry")),)),
    (noted("For printing"), (("model.3mf", noted("3MF, for slicers")), ("model.stl", noted("STL mesh")))),
    (noted("For cutting"), (("model.dxf", noted("DXF outline")),)),
    (noted("For 3D views"), (("model.glb", noted("GLB")), ("model-fine.glb", noted("GLB, finer")))),
    (
        noted("Figures"),
        (
            ("measurements.json", noted("Measurements")),
            ("findings.json", noted("Findings")),
            ("analysis.json", noted("Analysis")),
        ),
    ),
)
SHEET = ("drawing.svg", noted("Drawing with dimensions"))
VIEWS = (
    ("front.svg", noted("From the front")),
    ("top.svg", noted("From above")),
    ("right.svg", noted("From the right")),
)
WORDS = {name: words for names in (*(each for _, each in GROUPS), (SHEET,), VIEWS) for name, words in names}
"""Of every file that a page offers."""


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
class FileGroup:
    """Files for one purpose."""

    title: str
    files: tuple[Download, ...]


@dataclass(frozen=True)
class Drawings:
    """The sheet with dimensions, and the views by themselves."""

    sheet: Download | None
    views: tuple[Download, ...]


def file_groups(build: BuildView, design: str) -> tuple[FileGroup, ...]:
    """`design` names the files: `bin-model.3mf`."""
    groups = (FileGroup(_(title), named(names, build, design)) for title, names in GROUPS)
    return tuple(group for group in groups if group.files)


def drawings(build: BuildView, design: str) -> Drawings:
    """Views that there are not are left out; of the sheet it is said why."""
    sheet = named([SHEET], build, design)
    views = tuple(each for each in named(VIEWS, build, design) if not each.obstacle)
    return Drawings(sheet[0] if sheet else None, views)


def named(names: Iterable[tuple[str, str]], build: BuildView, design: str) -> tuple[Download, ...]:
    """Those of these files that the build knows."""
    there = {artifact.name: artifact for artifact in build.artifacts}
    return tuple(_download(build.id, there[name], _(words), design) for name, words in names if name in there)


def blob_url(sha256: Digest, name: str) -> str:
    """Where the page fetches a file that is made, under a name."""
    return f"/blobs/{sha256}/{name}"


def making_url(build: BuildId, name: str) -> str:
    """Where the page asks for a file that may not be made yet."""
    return f"/builds/{build}/{name}"


def obstacle_of(artifact: ArtifactView) -> str:
    """Why there is none, or nothing: it is there, or may be asked for."""
    gone = artifact.state is ArtifactState.WITHHELD
    gone = gone or (artifact.state is ArtifactState.FAILED and artifact.kind not in AGAIN)
    return (artifact.reason or _("it could not be made")) if gone else ""


def _download(build: BuildId, artifact: ArtifactView, words: str, design: str) -> Download:
    name = artifact.name
    return Download(
        name,
        words,
        making_url(build, name) if artifact.sha256 is None else blob_url(artifact.sha256, name),
        artifact.size,
        f"{design}-{name}",
        obstacle=obstacle_of(artifact),
        under_way=artifact.state in {ArtifactState.QUEUED, ArtifactState.RUNNING},
    )
