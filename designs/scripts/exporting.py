"""Exports that a script makes by itself: noted, and never a reason for a build to fail.

What a script writes is thrown away with its scratch folder. Formats that it can read again are written, where the
folder allows; meshes and drawings, which take long and can only be looked at, are not.
"""

import functools
from collections.abc import Callable
from typing import Any

_READ_AGAIN = (".step", ".stp", ".brep", ".bin", ".dxf", ".xbf", ".xml")


class Watch:
    """Stands before exporting functions, and appends what they would write to a list. One that calls another counts
    once."""

    def __init__(self, exported: list[object]) -> None:
        self._exported = exported
        self._known: list[object] = []
        self._busy = False

    def replace(self, owner: Any, name: str, instead: Callable[[object], object]) -> None:
        """Put a watching function in the place of the owner's, where it has one. `instead` gives its result, from
        what was to be written, when nothing is."""
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
        except (OSError, RuntimeError) as error:
            print(f"{target} was not written: {getattr(error, 'strerror', None) or error}")
            return instead()
        finally:
            self._busy = False


def _is_path(value: object) -> bool:
    return hasattr(value, "__fspath__") or isinstance(value, str)
