"""`cofab watch` and `cofab orders`: what becomes of what was ordered."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from registry.cli.amending import copies_text
from registry.cli.connection import connect
from registry.cli.following import ATTENTION, FINAL, copy_lines, event_line, follow
from registry.cli.options import json_option, registry_option
from registry.cli.output import clean, good, note, say, table, warn, write_json

if TYPE_CHECKING:
    from registry.client import RegistryClient, Reply


@dataclass(frozen=True)
class Screen:
    """Where an order is shown live."""

    line: Callable[[str], None]
    """A line of its story."""
    copies: Callable[["Reply"], None]
    """How its copies are now."""


@click.command(short_help="Follow an order live.")
@click.argument("order")
@registry_option
@json_option
def watch(*, order: str, registry_url: str | None, as_json: bool) -> None:
    """Follow an order live until it is done: every step, and the progress of each copy.

    Ends with status 0 when all copies are good, 1 when the order failed or was cancelled. With --json every change is
    written as one line of JSON.

    \b
    Examples:
      cofab watch ord_2k9qv0m4
      cofab watch ord_2k9qv0m4 --json
    """
    with connect(registry_url, needs_login=True) as registry:
        ended = watch_order(registry, order, as_json=as_json, until_attention=False)
    raise click.exceptions.Exit(tell_end(ended, as_json=as_json))


@click.command(short_help="List your orders.")
@click.option("--to-make", is_flag=True, help="Those at the facilities that you run, instead of your own.")
@registry_option
@json_option
def orders(*, to_make: bool, registry_url: str | None, as_json: bool) -> None:
    """List your orders, newest first.

    \b
    Examples:
      cofab orders
      cofab orders --to-make --json
    """
    with connect(registry_url, needs_login=True) as registry:
        answer = registry.get("/orders", {"mine": "0" if to_make else "1"})
    if as_json:
        write_json(answer.json)
        return
    found = list(answer.parts("orders"))
    table(
        [
            (
                each.text("id"),
                f"{each.whole('quantity')} × {each.text('version')}",
                each.text("material"),
                f"{each.text('state')}, {copies_text(each)}",
                each.text("placed_at")[:10],
            )
            for each in found
        ],
        indent="",
    )
    if not found:
        note("no orders")


def watch_order(registry: "RegistryClient", order: str, *, as_json: bool, until_attention: bool) -> "Reply":
    """Show an order live; returns it as it ended, or when it needs a person and `until_attention`."""
    with _plain() if as_json or not sys.stderr.isatty() else _bars() as screen:
        copies = {job.text("id"): job.whole("copy") for job in registry.read_order(order).parts("jobs")}
        for news in follow(registry, order):
            if news.line is not None and not as_json:
                screen.line(event_line(news.line, copies))
            if news.order is None:
                continue
            if as_json:
                click.echo(json.dumps(news.order.json, ensure_ascii=False))
            screen.copies(news.order)
            state = news.order.text("state")
            if state in FINAL or (until_attention and state == ATTENTION):
                return news.order
    raise AssertionError("following ends only by an error or by its caller")


def tell_end(order: "Reply", *, as_json: bool) -> int:
    """Say how the order ended; the exit status."""
    state, done, quantity = order.text("state"), order.part("copies").whole("done"), order.whole("quantity")
    if as_json:
        return 0 if state == "done" else 1
    reasons = [reason for reason in (order.maybe_text("reason"), *_reasons(order)) if reason]
    if state == "done":
        good(f"{done} of {quantity} made: {order.text('version')}")
        return 0
    warn(f"{state}, {done} of {quantity} made" + "".join(f"\n  {reason}" for reason in dict.fromkeys(reasons)))
    if state == ATTENTION:
        note(f"  Make what is missing again: cofab redo {order.text('id')}")
    return 1


def _reasons(order: "Reply") -> Iterator[str | None]:
    for job in order.parts("jobs"):
        yield job.maybe_text("reason")


@contextmanager
def _plain() -> Iterator[Screen]:
    yield Screen(say, lambda _order: None)


@contextmanager
def _bars() -> Iterator[Screen]:
    """A bar for each copy at the foot of the terminal; the story goes by above them."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TextColumn("{task.fields[state]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def copies(order: "Reply") -> None:
            for name, state, fraction in copy_lines(order):
                if name not in tasks:
                    tasks[name] = bars.add_task(name, total=None, state="")
                total = None if fraction is None else 1.0
                bars.update(tasks[name], total=total, completed=fraction or 0.0, state=clean(state).replace("[", r"\["))

        def line(text: str) -> None:
            if sys.stdout.isatty():
                bars.console.print(clean(text), markup=False, highlight=False)
            else:
                say(text)

        yield Screen(line, copies)
