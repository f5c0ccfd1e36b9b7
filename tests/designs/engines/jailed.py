"""Runs an engine over files in a jail, and looks at what comes back."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from designs.build_error import BuildError
from designs.formats.mesh_form import read_mesh_form
from designs.mesh import Mesh
from designs.sandbox.jail import Jail
from designs.sandbox.limits import Limits


@dataclass(frozen=True)
class Made:
    """What an engine gave, or why it gave nothing."""

    data: bytes = b""
    form: object = None
    bodies: object = None
    log: str = ""
    kind: str = ""
    message: str = ""

    @property
    def meshes(self) -> list[Mesh]:
        assert not self.kind, (self.kind, self.message, self.log)
        return read_mesh_form(self.data)

    @property
    def volume(self) -> float:
        return sum(mesh.volume for mesh in self.meshes)


def make(
    jail: Jail,
    engine: str,
    folder: Path,
    source: str,
    parameters: Mapping[str, object] | None = None,
    limits: Limits = Limits(),  # noqa: B008  (frozen)
) -> Made:
    """Build the file `source` of a folder, all of which goes along."""
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    into = Path(tempfile.mkdtemp(prefix="made-", dir=folder.parent))
    request = {"engine": engine, "source": source, "parameters": dict(parameters or {}), "seed": "00"}
    try:
        done = jail.run("run_script", request, files, into=into, limits=limits)
    except BuildError as error:
        return Made(kind=error.kind, message=str(error), log=error.log)
    assert isinstance(done.result, dict)
    return Made(done.files["geometry"].read_bytes(), done.result["form"], done.result["bodies"], done.log)
