"""The bundled front end: from the name a template asks for to the file that is served.

`npm run build` writes `static/dist/manifest.json`; every bundled name carries its content's hash, so
those files may be kept by browsers for ever.
"""

import json
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DIST = Path(__file__).parent / "static" / "dist"
BUILD_HINT = "The front end is not built: run 'make setup', or 'npm ci && npm run build' in registry/web."

mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")


@dataclass(frozen=True)
class Assets:
    """What the last bundling left. Empty when nothing was bundled: pages then come unstyled but whole."""

    entries: dict[str, str]
    files: dict[str, Path]

    def url(self, name: str) -> str | None:
        """`app.css` → `/static/app-1A2B3C.css`, or None before the first bundling."""
        entry = self.entries.get(name)
        return f"/static/{entry}" if entry else None

    def file(self, name: str) -> Path | None:
        """The file behind `/static/{name}`; only names that were there at start are served."""
        return self.files.get(name)


def read_assets(dist: Path) -> Assets:
    """Index a bundle folder."""
    manifest = dist / "manifest.json"
    if not manifest.is_file():
        return Assets({}, {})
    files = {path.name: path for path in dist.iterdir() if path.suffix in {".css", ".js", ".woff2", ".map", ".gz"}}
    return Assets(json.loads(manifest.read_text()), files)


@cache
def bundled() -> Assets:
    """The bundle of this installation, indexed at first use."""
    return read_assets(DIST)


def media_type(path: Path) -> str:
    """Content type of a bundled file."""
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"
