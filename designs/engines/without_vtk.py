"""Lets CadQuery load on a geometry kernel that was built without VTK.

CadQuery imports `vtkmodules`, and two `OCP.IVtk…` modules, only to draw on a screen. The kernel wheel without VTK is
a third of the size and loads faster. `install()` puts a finder in front of the missing modules that gives stand-ins:
every name exists, and calling one says what is missing. Where VTK is really installed, the real modules win.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType

from designs.errors import DesignError

_VTK = "vtkmodules"
_MISSING_IN_OCP = ("OCP.IVtk", "OCP.IVtkOCC", "OCP.IVtkTools", "OCP.IVtkVTK")


class NoDrawing(DesignError):
    """A script asked for on-screen drawing, which is not there."""


class _Absent(type):
    """Metaclass of the stand-ins: naming and subclassing work, calling and looking inside raise."""

    def __call__(cls, *_args: object, **_kwargs: object) -> object:
        raise NoDrawing(f"{cls.__name__} needs VTK, which is not installed: drawing on a screen is not available here")


class _StandIn(ModuleType):
    """A module in which every public name is a class that cannot be used."""

    __path__: list[str] = []  # noqa: RUF012  (the import system reads it off the module: an empty package)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        stand_in = _Absent(name, (), {"__module__": self.__name__})
        setattr(self, name, stand_in)
        return stand_in


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands last on the meta path, so that it only answers for what nothing else has found."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        if fullname == _VTK or fullname.startswith(_VTK + ".") or fullname in _MISSING_IN_OCP:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        del module


def install() -> None:
    """Make `import cadquery` work with or without VTK. Calling it again changes nothing."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())
