"""Stand-ins for the viewers that scripts import: what they show counts as shown, the rest of them does nothing."""

import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path

_VIEWERS = (
    "ocp_vscode",
    "jupyter_cadquery",
    "jupyter_cadquery.cadquery",
    "jupyter_cadquery.viewer",
    "jupyter_cadquery.viewer.client",
    "cq_vscode",
    "cq_server",
    "cq_server.ui",
    "yacv_server",
    "cadquery.vis",
    "Helpers",
)
"""The last is that of CadQuery 1 in FreeCAD."""

Told = Callable[..., object]


class _Viewer(types.ModuleType):
    """Any public name can be imported from it; what is not about showing does nothing."""

    __path__: list[str] = []  # noqa: RUF012  (the import system reads it off the module: a package)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing()


class _Nothing:
    """Can be called, and looked into, as often as one likes: `Camera.RESET`, `ui.show()`."""

    def __call__(self, *_args: object, **_options: object) -> None:
        return None

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing()


def ignore(*_args: object, **_options: object) -> None:
    """For calls that say nothing of the result."""


def stand_in(show_object: Told, reset_show: Told, folder: Path) -> None:
    """Make the viewers importable. A file of the design with a viewer's name comes first."""

    def show(*values: object, names: object = None, colors: object = None, **_options: object) -> None:
        """The viewers' `show(a, b, names=[…], colors=[…])`."""
        for index, value in enumerate(values):
            colour = _at(colors, index)
            show_object(value, {"color": colour} if colour else None, name=_at(names, index))

    for name in _VIEWERS:
        root = folder / name.partition(".")[0]
        if root.is_dir() or root.with_suffix(".py").is_file():
            continue
        module = _Viewer(name)
        vars(module).update(show=show, show_object=show_object, reset_show=reset_show, show_all=ignore)
        vars(module).update(debug=ignore, log=ignore)
        sys.modules[name] = module


def rand_color(*_args: object, **_options: object) -> Mapping[str, object]:
    """CQ-editor's random colour: here, none."""
    return {}


def _at(values: object, index: int) -> object:
    return values[index] if isinstance(values, list | tuple) and index < len(values) else None
