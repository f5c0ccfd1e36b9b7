"""The reference pages under docs/reference/, written from the code: `python -m testbed.reference` (or `make docs`).

A test compares what stands there with what this writes. A command, option, route, setting or error code that has no
words of its own stops it.
"""

import ast
import importlib
import itertools
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

import registry
from designs.manifest import parse_manifest
from fabnode.cli import fabnode
from registry import errors
from registry.app import create_app
from registry.cli.app import cofab
from registry.settings import Settings
from testbed import permissions
from testbed.licence_reference import licences_page

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "reference"
WRITTEN = "<!-- Written by `make docs` from the code. Change the code's own words, not this page. -->"
ERRORS_INTRODUCTION = """\
Every error answer of the registry is `application/problem+json` (RFC 9457) with `type`, `title`, `status`, `detail`,
`code` and the facts of the case. `detail` says what happened, names the offending value and what to do."""
API_INTRODUCTION = """\
A running registry serves this description with all shapes and examples as `/openapi.json`, and as a page at `/docs`.
Authenticate with `Authorization: Bearer TOKEN`. Errors: see [error codes](errors.md)."""
LIBRARY_INTRODUCTION = """\
Designs that ship with Cofab, under `designs/library/`. Each has a README, presets and its own licence; the tests assert
its geometry by independent figures. `cofab build designs/library/NAME` builds one, `cofab publish` publishes it."""
METHODS = ("get", "post", "put", "patch", "delete", "head")


class Wordless(Exception):
    """Something that users meet has no words of its own."""


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Context]]:
    """Every command from this one down, in the order of the help: its full name, and the context that knows it."""
    context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100)
    yield name, context
    if isinstance(command, click.Group):
        for key in command.list_commands(context):
            below = command.get_command(context, key)
            if below is not None and not below.hidden:
                yield from commands(below, f"{name} {key}")


def command_page(program: click.Command, name: str) -> str:
    parts = [f"# `{name}`", WRITTEN]
    for full_name, context in commands(program, name):
        command = context.command
        if not (command.help or "").strip():
            raise Wordless(f"the command {full_name} has no help")
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not (parameter.help or "").strip():
                raise Wordless(f"the option {parameter.opts[-1]} of {full_name} has no help")
        parts += [f"## `{full_name}`", f"```text\n{command.get_help(context)}\n```"]
    return "\n\n".join(parts) + "\n"


def settings_page() -> str:
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    words = attribute_words(Path(sys.modules[Settings.__module__].__file__ or ""), Settings.__name__)
    for name, field in Settings.model_fields.items():
        if name not in words:
            raise Wordless(f"the setting {name} has no words")
        default = "unset" if field.default is None else f"`{field.default}`"
        rows.append(f"| `COFAB_{name.upper()}` | {default} | {words[name]} |")
    return "\n\n".join(["# Settings of a registry", WRITTEN, (Settings.__doc__ or "").strip(), "\n".join(rows)]) + "\n"


def attribute_words(file: Path, class_name: str) -> dict[str, str]:
    """The string that follows each annotated attribute of a class."""
    tree = ast.parse(file.read_text())
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == class_name)
    words = {}
    for item, following in itertools.pairwise(body):
        if (
            isinstance(item, ast.AnnAssign)
            and isinstance(item.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
            and isinstance(following.value.value, str)
        ):
            words[item.target.id] = " ".join(following.value.value.split())
    return words


def errors_page() -> str:
    load_everything()
    rows = ["| code | means |", "| --- | --- |"]
    for kind in sorted(error_classes(errors.RegistryError), key=lambda kind: kind.code):
        if not kind.__doc__:
            raise Wordless(f"the error {kind.__name__} has no docstring")
        rows.append(f"| `{kind.code}` | {' '.join(kind.__doc__.split())} |")
    narrower = ["| code | raised as | in |", "| --- | --- | --- |"]
    narrower += [f"| `{code}` | `{kind}` | `{place}` |" for code, kind, place in narrower_codes()]
    return (
        "\n\n".join(
            [
                "# Error codes",
                WRITTEN,
                ERRORS_INTRODUCTION,
                "\n".join(rows),
                "## Narrower codes",
                "Where the general code says too little, an answer carries one of these instead.",
                "\n".join(narrower),
            ]
        )
        + "\n"
    )


def load_everything() -> None:
    """Import every module of the registry, so that all of its errors are known whatever was imported before."""
    for module in pkgutil.walk_packages(registry.__path__, "registry."):
        if ".migrations" not in module.name:
            importlib.import_module(module.name)


def error_classes(kind: type[errors.RegistryError]) -> Iterator[type[errors.RegistryError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from error_classes(below)


def narrower_codes() -> list[tuple[str, str, str]]:
    """Each literal `code=` that is given to an error anywhere in the registry: code, error, module."""
    known = {kind.__name__ for kind in error_classes(errors.RegistryError)}
    found = set()
    for file in sorted((ROOT / "registry").rglob("*.py")):
        if "node_modules" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known:
                for keyword in node.keywords:
                    if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                        found.add((str(keyword.value.value), node.func.id, str(file.relative_to(ROOT))))
    return sorted(found)


def api_page() -> str:
    schema: dict[str, Any] = create_app(Settings()).openapi()
    parts = [
        "# HTTP API",
        WRITTEN,
        API_INTRODUCTION,
    ]
    for tag, routes in sorted(routes_by_tag(schema).items()):
        parts += [f"## {tag}", "\n".join(["| call | what for | answers |", "| --- | --- | --- |", *routes])]
    return "\n\n".join(parts) + "\n"


def routes_by_tag(schema: dict[str, Any]) -> dict[str, list[str]]:
    by_tag: dict[str, list[str]] = {}
    for path, item in schema["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            operation = item[method]
            words = (operation.get("description") or operation.get("summary") or "").split("\n\n")[0]
            if not operation.get("description"):
                raise Wordless(f"the route {method.upper()} {path} has no docstring")
            answers = ", ".join(sorted(operation["responses"]))
            by_tag.setdefault((operation.get("tags") or ["other"])[0], []).append(
                f"| `{method.upper()} {path}` | {' '.join(words.split())} | {answers} |"
            )
    return by_tag


def library_page() -> str:
    parts = ["# The library", WRITTEN, LIBRARY_INTRODUCTION]
    for file in sorted((ROOT / "designs" / "library").glob("*/design.toml")):
        design = parse_manifest(file.read_text(), file=str(file))
        home = f"../../designs/library/{design.name}"
        choices = ", ".join(f"`{parameter.name}`" for parameter in design.parameters)
        parts += [
            f"## {design.title}",
            f"![{design.title}]({home}/{design.images[0]})",
            f"{design.description} [Read more]({home}/README.md)",
            f"`{design.name}` · {design.licence} · parameters: {choices}",
        ]
    return "\n\n".join(parts) + "\n"


def pages() -> dict[str, str]:
    """File name → content of every page that is written from the code."""
    return {
        "cofab.md": command_page(cofab, "cofab"),
        "fabnode.md": command_page(fabnode, "fabnode"),
        "settings.md": settings_page(),
        "errors.md": errors_page(),
        "permissions.md": permissions.document(),
        "http-api.md": api_page(),
        "library.md": library_page(),
        "licences.md": licences_page(WRITTEN),
    }


def main() -> None:
    PAGES.mkdir(parents=True, exist_ok=True)
    for name, content in pages().items():
        (PAGES / name).write_text(content)
        print(f"docs/reference/{name}")


if __name__ == "__main__":
    main()
