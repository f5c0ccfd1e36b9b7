"""Runs a model script in this process, collects what it shows, and tells its errors in the designer's own lines. In
the jail only."""

import ast
import linecache
import random
import re
import sys
import traceback
import types
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from designs.scripts.assignments import Value, replace_values
from designs.scripts.guessing import UnreadableScript, parse

SEED = 20_110_429
"""Any number: scripts that draw random ones give the same part every time."""
MAX_SHOWN = 500
MAX_MESSAGE = 4000
_VIEWERS = ("ocp_vscode", "jupyter_cadquery", "cq_vscode", "yacv_server", "cadquery.vis")
_USUAL_NAMES = ("result", "assembly", "assy", "part", "model", "r")
_NOT_DONE = re.compile(r"StdFail_NotDone|BRep_API: command not done|Standard_ConstructionError|Standard_NullObject")


class ScriptFailed(Exception):
    """The script raised. The message is for its designer."""


@dataclass
class Shown:
    """One call of show_object."""

    value: object
    name: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass
class Script:
    """A script with its values put in, ready to run; `run` may be called again."""

    path: Path
    tree: ast.Module
    shown: list[Shown] = field(default_factory=list)

    @classmethod
    def load(cls, path: Path, values: Mapping[str, Value]) -> "Script":
        """Read and prepare; raises ScriptFailed where the source is no Python or does not have the parameters."""
        try:
            tree = parse(path.read_text(encoding="utf-8-sig"), path.name)
        except (UnreadableScript, UnicodeDecodeError) as error:
            raise ScriptFailed(str(error)) from error
        missing = replace_values(tree, values)
        if missing:
            raise ScriptFailed(
                f"{path.name} does not assign {', '.join(missing)} at its top level: "
                "every parameter of the manifest needs a line like `name = value` there"
            )
        return cls(path, tree)

    def run(self, is_geometry: Callable[[object], bool], extra: Mapping[str, object]) -> list[Shown]:
        """Execute; returns what was shown, or else the usual result variable. Raises ScriptFailed."""
        _make_repeatable()
        self._stand_in_for_viewers()
        sys.path.insert(0, str(self.path.parent))
        source = self.path.read_text(encoding="utf-8-sig")
        linecache.cache[self.path.name] = (len(source), None, source.splitlines(keepends=True), self.path.name)
        code = self._compile()
        names = self._execute(code, "__cqgi__", extra)
        found = self.shown or _result_variable(self.tree, names, is_geometry)
        if not found and "__main__" in source:
            names = self._execute(code, "__main__", extra)
            found = self.shown or _result_variable(self.tree, names, is_geometry)
        return found

    def show_object(self, value: object = None, options: object = None, name: object = None, **more: object) -> object:
        """What scripts call: CQGI's signature, and CQ-editor's."""
        if len(self.shown) >= MAX_SHOWN:
            raise RuntimeError(f"more than {MAX_SHOWN} objects shown")
        merged = {**(options if isinstance(options, Mapping) else {}), **more}
        chosen = name if name is not None else merged.get("name")
        self.shown.append(Shown(value, str(chosen) if chosen is not None else None, merged))
        return value

    def _show_many(self, *values: object, names: object = None, colors: object = None, **_options: object) -> None:
        """The viewers' `show(a, b, names=[…], colors=[…])`."""
        for index, value in enumerate(values):
            name = names[index] if isinstance(names, list | tuple) and index < len(names) else None
            colour = colors[index] if isinstance(colors, list | tuple) and index < len(colors) else None
            self.show_object(value, {"color": colour} if colour else None, name)

    def _compile(self) -> types.CodeType:
        try:
            return compile(self.tree, self.path.name, "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise ScriptFailed(f"{self.path.name}: {error or type(error).__name__}") from error

    def _execute(self, code: types.CodeType, name: str, extra: Mapping[str, object]) -> dict[str, object]:
        module = types.ModuleType(name)
        module.__file__ = str(self.path)
        sys.modules[name] = module
        nothing = _ignore
        names = module.__dict__
        names.update(extra)
        names.update(show_object=self.show_object, debug=nothing, log=nothing, describe_parameter=nothing)
        try:
            exec(code, names)  # noqa: S102  (this process is jailed and made for it)
        except SystemExit as error:
            if error.code not in (None, 0) and not self.shown:
                raise ScriptFailed(f"{self.path.name} ended itself: exit {error.code}") from error
        except MemoryError:
            raise
        except BaseException as error:
            raise ScriptFailed(explain(error, self.path)) from error
        return names

    def _stand_in_for_viewers(self) -> None:
        for name in _VIEWERS:
            module = types.ModuleType(name)
            members = {
                "show": self._show_many,
                "show_all": _ignore,
                "show_object": self.show_object,
                "set_port": _ignore,
            }
            vars(module).update(members, set_defaults=_ignore, reset_show=_ignore, Camera=types.SimpleNamespace)
            sys.modules[name] = module


def explain(error: BaseException, path: Path) -> str:
    """The designer's own line, what Python or the kernel said, and a hint where the kernel is terse."""
    if isinstance(error, SyntaxError) and error.lineno:
        return f"{Path(error.filename or path).name} line {error.lineno}: {error.msg}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_designers(frame.filename, path)]
    said = f"{type(error).__name__}: {error}".strip().rstrip(":")
    hint = ""
    if _NOT_DONE.search(said):
        hint = "\nThe kernel could not do this: often a fillet, chamfer or shell that is too large for its shape."
    elif isinstance(error, ModuleNotFoundError):
        hint = "\nOnly CadQuery, numpy and the design's own files can be imported where models are built."
    if not frames:
        return f"{path.name}: {said}{hint}"[:MAX_MESSAGE]
    where = "".join(f"{Path(f.filename).name} line {f.lineno}: {(f.line or '').strip()}\n" for f in frames[-4:])
    return f"{where}{said}{hint}"[:MAX_MESSAGE]


def _is_designers(filename: str, path: Path) -> bool:
    return filename == path.name or filename.startswith(str(path.parent) + "/")


def _result_variable(
    tree: ast.Module, names: Mapping[str, object], is_geometry: Callable[[object], bool]
) -> list[Shown]:
    """A script that shows nothing: its `result`, or the geometry that it assigned last."""
    assigned = [
        target.id
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    ]
    for name in (*_USUAL_NAMES, *reversed(assigned)):
        if name in names and is_geometry(names[name]):
            return [Shown(names[name], name)]
    return []


def _make_repeatable() -> None:
    """The same script gives the same part: random numbers and ids count from one seed."""
    import numpy as np

    random.seed(SEED)
    np.random.seed(SEED)
    ids = random.Random(SEED)  # noqa: S311

    def next_id() -> uuid.UUID:
        return uuid.UUID(int=ids.getrandbits(128), version=4)

    uuid.uuid4 = next_id
    uuid.uuid1 = lambda *_args, **_kwargs: next_id()


def _ignore(*_args: object, **_kwargs: object) -> None:
    return None
