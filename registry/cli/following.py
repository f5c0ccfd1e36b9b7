"""Following an order live, over every interruption of the connection."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.cli.output import note

if TYPE_CHECKING:
    from registry.client import RegistryClient, Reply

FINAL = frozenset({"done", "partly", "failed", "cancelled"})
"""States of an order from which nothing follows."""
ATTENTION = "attention"
_PATIENCE_SECONDS = 120
_LONGEST_PAUSE = 10.0


@dataclass(frozen=True)
class News:
    """A line of the order's story, or the order as it is now."""

    order: "Reply | None" = None
    line: "Reply | None" = None


def follow(registry: "RegistryClient", order: str, *, pause: Callable[[float], None] = time.sleep) -> Iterator[News]:
    """News of an order until the caller has enough. Raises RegistryUnreachable after two minutes without an answer."""
    from registry.client import RegistryUnreachable

    last_id: str | None = None
    failures, silent_since = 0, time.monotonic()
    while True:
        try:
            for event_id, kind, data in registry.events(f"/orders/{order}/events", after=last_id):
                last_id = event_id or last_id
                failures, silent_since = 0, time.monotonic()
                yield News(order=data) if kind == "order" else News(line=data)
        except RegistryUnreachable:
            if time.monotonic() - silent_since > _PATIENCE_SECONDS:
                raise
            if failures == 0:
                note("The connection broke off; trying again …")
        failures += 1
        pause(min(0.25 * 2**failures, _LONGEST_PAUSE))


_ASKED = {"pause": "asked to pause", "resume": "asked to go on", "cancel": "asked to stop"}


def copy_lines(order: "Reply") -> Sequence[tuple[str, str, float | None]]:
    """Each copy as (name, what is going on, how far from 0 to 1 where that is known)."""
    lines: list[tuple[str, str, float | None]] = []
    for job in order.parts("jobs"):
        attempts = list(job.parts("attempts"))
        state, progress = job.text("state").replace("_", " "), None
        if state == "active" and attempts:
            latest = attempts[-1]
            asked = _ASKED.get(latest.maybe_text("command") or "")
            state = f"{latest.text('state').replace('_', ' ')} on {latest.text('machine_name')}"
            state += f", {asked}" if asked else ""
            progress = latest.number("progress")
        elif state == "waiting":
            state = f"waiting for the build ({order.text('build_stage') or order.text('build_state')})"
            progress = order.number("build_progress")
        elif state == "done":
            progress = 1.0
        reason = job.maybe_text("reason")
        lines.append((f"copy {job.whole('copy')}", f"{state}: {reason}" if reason else state, progress))
    return lines


def event_line(event: "Reply", copies: dict[str, int]) -> str:
    """A line of the story for people."""
    at = event.text("at")[11:19]
    job = event.maybe_text("job")
    where = f"copy {copies[job]}: " if job in copies else ""
    words = event.maybe_text("words")
    kind = event.text("kind").partition(".")[2].replace("_", " ")
    return f"{at} {where}{kind}{f' ({words})' if words else ''}"
