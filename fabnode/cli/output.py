"""How commands answer: words for people, one JSON value with --json."""

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

_F = TypeVar("_F", bound=Callable[..., Any])


def json_option(command: _F) -> _F:
    return click.option("--json", "as_json", is_flag=True, help="Answer with one JSON value.")(command)


def by_option(command: _F) -> _F:
    return click.option("--by", default=None, help="Who says so. Default: your user name.")(command)


def user_name(by: str | None) -> str:
    import getpass

    return by or getpass.getuser()


def say(value: object, words: str, *, as_json: bool) -> None:
    click.echo(json.dumps(value, indent=1, default=str) if as_json else words)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell."""
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (heads, *rows)
    )
    return "\n".join(lines)
