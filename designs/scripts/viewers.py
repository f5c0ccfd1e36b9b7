"""Stand-ins for the viewers that scripts import: what they show counts as shown, the rest of them does nothing."""

import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_VIEWERS = (
    "ocp_vscode",
    "ocp_vscode.show",
    "jupyter_cadquery",
    "jupyter_cadquery.cadquery",
    "jupyter_cadquery.viewer",
    "jupyter_cadquery.viewer.client",
    "ocp_tessellate",
    "cq_vscode",
    "cq_server",
    "cq_server.ui",
    "yacv_server",
    "cadquery.vis",
    "Helpers",
)
"""The last is that of CadQuery 1 in FreeCAD."""
_KEEPS = ("Helpers", "cadquery.vis")
"""Viewers in which a second `show` adds to the first; in the others it takes its place."""
_SETTINGS = (
    "Animation",
    "Camera",
    "Collapse",
    "ColorMap",
    "Render",
    "UiTab",
    "config",
    "combined_config",
    "get_defaults",
    "reset_defaults",
    "save_screenshot",
    "set_colormap",
    "set_defaults",
    "set_port",
    "set_viewer_config",
    "status",
    "workspace_config",
)
"""What `from ocp_vscode import *` is expected to bring beside showing."""

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

    def add(*values: object, names: object = None, colors: object = None, **_options: object) -> None:
        """The viewers' `show(a, b, names=[…], colors=[…])`."""
        for index, value in enumerate(values):
            colour = _at(colors, index)
            show_object(value, {"color": colour} if colour else None, name=_at(names, index))

    def show(*values: object, **options: Any) -> None:
        reset_show()
        add(*values, **options)

    for name in _VIEWERS:
        root = folder / name.partition(".")[0]
        if root.is_dir() or root.with_suffix(".py").is_file():
            continue
        module = _Viewer(name)
        vars(module).update({setting: _Nothing() for setting in _SETTINGS})
        vars(module).update(
            show=add if name in _KEEPS else show, show_object=show_object, push_object=show_object, show_objects=ignore
        )
        vars(module).update(reset_show=reset_show, show_clear=reset_show, show_all=ignore, debug=ignore, log=ignore)
        sys.modules[name] = module


def rand_color(*_args: object, **_options: object) -> Mapping[str, object]:
    """CQ-editor's random colour: here, none."""
    return {}


def _at(values: object, index: int) -> object:
    return values[index] if isinstance(values, list | tuple) and index < len(values) else None
