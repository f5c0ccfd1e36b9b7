"""Exports that a CadQuery script makes by itself: noted, and never a reason for a build to fail.

What a script writes is thrown away with its scratch folder. Formats that CadQuery can read again are written, where
the folder allows; meshes and drawings, which take long and can only be looked at, are not.
"""

import functools
from collections.abc import Callable
from typing import Any

_READ_AGAIN = (".step", ".stp", ".brep", ".bin", ".dxf", ".xbf", ".xml")
_SHAPE_METHODS = ("exportStl", "exportStep", "exportBrep", "exportBin", "export")


def watch_exports(exported: list[object]) -> None:
    """From now on every export in this process appends what it would write to the list."""
    import cadquery as cq
    from cadquery.occ_impl import exporters
    from cadquery.occ_impl.exporters import assembly, dxf, svg

    watch = _Watch(exported)
    for name in _SHAPE_METHODS:
        watch.replace(cq.Shape, name, lambda _shape: True)
    for owner, name in (
        (cq.Workplane, "export"),
        (cq.Workplane, "exportSvg"),
        (cq.Sketch, "export"),
        (cq.Assembly, "save"),
        (cq.Assembly, "export"),
    ):
        watch.replace(owner, name, lambda itself: itself)
    for module in (exporters, assembly, dxf, svg):
        for name in [name for name in vars(module) if name.startswith("export")]:
            watch.replace(module, name, lambda _what: None)


class _Watch:
    """Stands before exporting functions; one that calls another counts once."""

    def __init__(self, exported: list[object]) -> None:
        self._exported = exported
        self._known: list[object] = []
        self._busy = False

    def replace(self, owner: Any, name: str, instead: Callable[[object], object]) -> None:
        """Put a watching function in the place of the owner's, where it has one."""
        write = getattr(owner, name, None)
        if not callable(write):
            return

        @functools.wraps(write)
        def watched(*arguments: Any, **options: Any) -> object:
            given = [*arguments, *options.values()]
            if self._busy or not given:
                return write(*arguments, **options)
            self._note(given[0])
            target = next((str(value) for value in given[1:] if _is_path(value)), "")
            if not target or target.lower().endswith(_READ_AGAIN):
                return self._write(lambda: write(*arguments, **options), target, lambda: instead(given[0]))
            return instead(given[0])

        setattr(owner, name, watched)

    def _note(self, value: object) -> None:
        """A workplane and the shape on it are one thing."""
        parts = [value, *getattr(value, "objects", [])] if hasattr(value, "vals") else [value]
        if not any(part is known for part in parts for known in self._known):
            self._exported.append(value)
        self._known.extend(parts)

    def _write(self, write: Callable[[], object], target: str, instead: Callable[[], object]) -> object:
        self._busy = True
        try:
            return write()
        except OSError as error:
            print(f"{target} was not written: {error.strerror or error}")
            return instead()
        finally:
            self._busy = False


def _is_path(value: object) -> bool:
    return hasattr(value, "__fspath__") or isinstance(value, str)
