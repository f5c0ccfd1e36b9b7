"""Runs a model script in this process and collects what it shows. In the jail only."""

import ast
import linecache
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from designs.scripts import viewers
from designs.scripts.assignments import Value, replace_values
from designs.scripts.entry import entry_names
from designs.scripts.explaining import explain
from designs.scripts.guessing import UnreadableScript, parse
from designs.scripts.reading import read_source
from designs.scripts.results import result_variable

MAX_SHOWN = 500


class ScriptFailed(Exception):
    """The script raised. The message is for its designer."""


@dataclass
class Shown:
    """One call of show_object."""

    value: object
    name: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Surroundings:
    """What an engine puts around a script."""

    names: Mapping[str, object]
    """At hand without an import."""
    is_geometry: Callable[[object], bool]
    """Whether a variable can be the result."""
    exported: list[object] = field(default_factory=list)
    """What the script wrote to files by itself, as it comes."""
    built_with: str = ""
    """Names the libraries and their versions."""


@dataclass
class Script:
    """A script with its values put in, ready to run; `run` may be called again."""

    path: Path
    source: str
    tree: ast.Module
    shown: list[Shown] = field(default_factory=list)

    @classmethod
    def load(cls, path: Path, values: Mapping[str, Value]) -> "Script":
        """Read and prepare; raises ScriptFailed where the source is no Python or does not have the parameters."""
        try:
            source = read_source(path)
            tree = parse(source, path.name)
        except UnreadableScript as error:
            raise ScriptFailed(str(error)) from error
        missing = replace_values(tree, values)
        if missing:
            raise ScriptFailed(
                f"{path.name} does not assign {', '.join(missing)} at its top level: "
                "every parameter of the manifest needs a line like `name = value` there"
            )
        return cls(path, source, tree)

    def run(self, around: Surroundings) -> list[Shown]:
        """Execute; returns what was shown, or else the result variable. Raises ScriptFailed."""
        viewers.stand_in(self.show_object, self.reset_show, self.path.parent)
        sys.path.insert(0, str(self.path.parent))
        sys.argv = [self.path.name]
        linecache.cache[self.path.name] = (
            len(self.source),
            None,
            self.source.splitlines(keepends=True),
            self.path.name,
        )
        code = self._compile(around)
        result: tuple[str, object] | None = None
        for name in entry_names(self.tree):
            names = self._execute(code, name, around)
            if self.shown:
                return self.shown
            result = result or result_variable(self.tree, names, around.exported, around.is_geometry)
        if result is None:
            return []
        print(f"{self.path.name} shows nothing, so its {result[0]} counts: end it with show_object({result[0]})")
        return [Shown(result[1], result[0])]

    def show_object(self, value: object = None, *told: object, **more: object) -> object:
        """What scripts call. CQGI has options in the second place, CQ-editor a name: told apart by their types."""
        if len(self.shown) >= MAX_SHOWN:
            raise RuntimeError(f"more than {MAX_SHOWN} objects shown")
        options: dict[str, object] = {}
        for item in (*told, more.pop("options", None)):
            if isinstance(item, Mapping):
                options.update(item)
            elif isinstance(item, str):
                more.setdefault("name", item)
        merged = {**options, **more}
        if merged.get("clear") is True:
            self.reset_show()
        name = merged.get("name")
        self.shown.append(Shown(value, str(name) if name is not None else None, merged))
        return value

    def reset_show(self, *_told: object, **_more: object) -> None:
        """What some viewers offer: forget what was shown before."""
        self.shown.clear()

    def _compile(self, around: Surroundings) -> types.CodeType:
        try:
            return compile(self.tree, self.path.name, "exec")
        except SyntaxError as error:
            raise ScriptFailed(explain(error, self.path, around.built_with)) from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise ScriptFailed(f"{self.path.name}: {error or type(error).__name__}") from error

    def _execute(self, code: types.CodeType, name: str, around: Surroundings) -> dict[str, object]:
        module = types.ModuleType(name)
        module.__file__ = str(self.path)
        sys.modules[name] = module
        nothing = viewers.ignore
        names = module.__dict__
        names.update(around.names)
        names.update(show_object=self.show_object, debug=nothing, log=nothing, describe_parameter=nothing)
        names.update(rand_color=viewers.rand_color)
        try:
            exec(code, names)  # noqa: S102  (this process is jailed and made for it)
        except SystemExit as error:
            if error.code not in (None, 0) and not self.shown:
                raise ScriptFailed(f"{self.path.name} ended itself: exit {error.code}") from error
        except MemoryError:
            raise
        except BaseException as error:
            raise ScriptFailed(explain(error, self.path, around.built_with)) from error
        return names
