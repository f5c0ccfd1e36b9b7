"""How results come out: lines for people, JSON for programs, progress on the error stream."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import click


def write_json(value: object) -> None:
    """One JSON document on the output stream. Exact numbers come out as text."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def say(line: str = "") -> None:
    """A line of the result."""
    click.echo(clean(line))


def note(line: str) -> None:
    """A remark beside the result."""
    click.echo(clean(line), err=True)


def good(line: str) -> None:
    """What was done."""
    click.echo(click.style("✓ ", fg="green") + clean(line))


def warn(line: str) -> None:
    click.echo(click.style("! ", fg="yellow") + clean(line), err=True)


def clean(text: str) -> str:
    """Text from elsewhere, with nothing in it that would steer a terminal."""
    return "".join(character if character.isprintable() or character in "\n\t" else "\ufffd" for character in text)


def table(rows: Iterable[Sequence[str]], indent: str = "  ") -> None:
    """Rows in aligned columns."""
    kept = [[clean(cell).replace("\n", " ") for cell in row] for row in rows]
    widths = [
        max((len(row[n]) for row in kept if n < len(row)), default=0) for n in range(max(map(len, kept), default=0))
    ]
    for row in kept:
        say((indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))).rstrip())


def size_text(size: int) -> str:
    """Bytes for people."""
    if size < 1024:
        return f"{size} B"
    return f"{size / 1024:.1f} KiB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MiB"


Advance = Callable[[str, float], None]
"""Told what is going on and how far it is, from 0 to 1."""


@contextmanager
def progress(title: str, *, quiet: bool = False) -> Iterator[Advance]:
    """A bar on a terminal; elsewhere one line for each new stage; nothing when quiet."""
    if quiet:
        yield lambda _stage, _fraction: None
    elif sys.stderr.isatty():
        with _bar(title) as advance:
            yield advance
    else:
        yield _lines(title)


def _lines(title: str) -> Advance:
    told: set[str] = set()

    def advance(stage: str, fraction: float) -> None:
        del fraction
        if stage not in told:
            told.add(stage)
            note(f"{title}: {stage}")

    return advance


@contextmanager
def _bar(title: str) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(title, total=1.0)

        def advance(stage: str, fraction: float) -> None:
            bars.update(task, description=f"{title}: {clean(stage)}", completed=min(max(fraction, 0.0), 1.0))

        yield advance
